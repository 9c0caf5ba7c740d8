/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What a failure report needs to know of a message, as values. */
#include <string.h>

#include "dmx/mail/authres.h"
#include "dmx/pipeline/effects.h"
#include "dmx/pipeline/event.h"
#include "dmx/pipeline/failure.h"

#include "dmx/base/banned.h"

/* The first fields that have room, whole ones only. */
static void take_header(const struct dmx_message *message, struct dmx_arena *arena, struct dmx_capsule *out)
{
    size_t count = 0, len = 0;
    for (; count < message->field_count; count++) {
        size_t need = message->fields[count].raw.len + 1;
        if (need > DMX_CAPSULE_HEADER - len)
            break;
        len += need;
    }
    out->header_cut |= count < message->field_count;
    char *text = dmx_arena_alloc(arena, len + 1);
    if (!text)
        return;
    out->header = dmx_slice(text, len);
    for (size_t i = 0; i < count; i++) {
        struct dmx_slice raw = message->fields[i].raw;
        memcpy(text, raw.ptr, raw.len);
        text += raw.len;
        *text++ = '\n';
    }
}

/* What no report would hold is not kept either. */
static bool wants_body(const struct dmx_config *config)
{
    return config->failure_content == DMX_CONTENT_MESSAGE || config->failure_dkim_body;
}

static enum dmx_status take_body(const struct dmx_body *body, struct dmx_arena *arena, struct dmx_capsule *out)
{
    size_t size = body->size < DMX_CAPSULE_BODY ? (size_t)body->size : DMX_CAPSULE_BODY;
    char *text = dmx_arena_alloc(arena, size + 1);
    if (!text)
        return DMX_NOMEM;
    int64_t len = size > 0 ? body->read_at(body->ctx, 0, text, size) : 0;
    if (len < 0)
        return DMX_IO;
    out->body = dmx_slice(text, (size_t)len);
    return DMX_OK;
}

/* As it is written into the message, or would be. */
static struct dmx_slice make_authres(const struct dmx_envelope *envelope, const struct dmx_verdict *verdict,
                                     struct dmx_slice authserv_id, struct dmx_arena *arena)
{
    struct dmx_builder field = dmx_builder_arena(arena, DMX_AUTHRES_MAX);
    dmx_put_authres(&field, verdict, envelope, authserv_id);
    struct dmx_slice text = dmx_builder_text(&field);
    return dmx_slice_upto(text, text.len > 0 ? text.len - 1 : 0);
}

static void take_evidence(const struct dmx_verdict *verdict, const struct dmx_failure *failure, struct dmx_capsule *out)
{
    out->spf_record = verdict->spf.record;
    for (size_t i = 0; i < verdict->dkim_count && i < DMX_EVENT_DKIM; i++)
        out->dkim_identities[i] = verdict->dkim[i].identity;
    for (size_t i = 0; i < failure->count; i++)
        out->destinations[i] = failure->destinations[i];
    out->destination_count = failure->count;
    out->conditions = failure->conditions;
}

enum dmx_status dmx_failure_capsule(const struct dmx_config *config, const struct dmx_envelope *envelope,
                                    const struct dmx_verdict *verdict, const struct dmx_message *message,
                                    const struct dmx_failure *failure, const struct dmx_failure_facts *facts,
                                    struct dmx_arena *arena, struct dmx_capsule *out)
{
    *out = (struct dmx_capsule){
        .receiver = envelope->receiver,
        .authserv_id = facts->authserv_id,
        .queue_id = facts->queue_id,
        .helo = envelope->helo,
        .mail_from = envelope->mail_from,
        .has_mail_from = envelope->has_mail_from,
        .envelope_id = facts->envelope_id,
        .authres = make_authres(envelope, verdict, facts->authserv_id, arena),
        .header_cut = facts->header_cut,
        .body_size = message->body.size,
        .body_wire_form = message->body.wire_form,
    };
    memcpy(out->id, facts->id, sizeof out->id);
    take_evidence(verdict, failure, out);
    take_header(message, arena, out);
    enum dmx_status status = dmx_event_of(config, envelope, verdict, arena, &out->event);
    if (status == DMX_OK && wants_body(config))
        status = take_body(&message->body, arena, out);
    return status == DMX_OK && dmx_arena_failed(arena) ? DMX_NOMEM : status;
}
