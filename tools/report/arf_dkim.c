/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* DKIM-Canonicalized-Header and -Body (RFC 6591 section 3.2.4): what a signature that failed was to be over. */
#include "arf_parts.h"

#include "dmx/dkim/signature.h"
#include "dmx/dkim/verify.h"

#include "dmx/base/banned.h"

static void put_piece(void *ctx, struct dmx_slice piece)
{
    dmx_put(ctx, piece);
}

static bool is_of(const struct dmx_signature *signature, const struct dmx_event_dkim *wanted)
{
    return dmx_slice_eq(signature->domain, wanted->domain) && dmx_slice_eq(signature->selector, wanted->selector);
}

/* Several signatures may have one domain and selector: which of those it is, from 0. */
static size_t ordinal_of(const struct dmx_event *event, size_t number)
{
    size_t n = 0;
    for (size_t i = 0; i < number; i++)
        n += dmx_slice_eq(event->dkim[i].domain, event->dkim[number].domain) &&
             dmx_slice_eq(event->dkim[i].selector, event->dkim[number].selector);
    return n;
}

static bool find_signature(const struct dmx_message *message, const struct dmx_event *event, size_t number,
                           struct dmx_arena *arena, struct dmx_signature *out, size_t *out_field)
{
    const struct dmx_slice name = DMX_SLICE("DKIM-Signature");
    struct dmx_reason reason;
    size_t skip = ordinal_of(event, number);
    for (size_t i = dmx_message_find(message, name, 0); i < message->field_count;
         i = dmx_message_find(message, name, i + 1)) {
        bool valid = dmx_signature_parse(&message->fields[i], DMX_SIGNATURE_DKIM, arena, out, &reason);
        if (!is_of(out, &event->dkim[number]))
            continue;
        *out_field = i;
        if (skip-- == 0)
            return valid;
    }
    return false;
}

static struct dmx_slice canonical_header(const struct dmx_message *message, const struct dmx_signature *signature,
                                         size_t field, struct dmx_arena *arena)
{
    const struct dmx_budget unlimited = DMX_BUDGET_UNLIMITED;
    struct dmx_verify_memo memo = {.index = NULL};
    struct dmx_field_index *index = dmx_field_index_get(&memo, message, arena);
    struct dmx_builder out = dmx_builder_arena(arena, 2 * DMX_CAPSULE_HEADER);
    const struct dmx_header_digest what = {
        .canon = signature->header_canon,
        .names = signature->names,
        .self = field,
        .cut = signature->cut,
    };
    if (!index || dmx_header_write(index, &what, &unlimited, (struct dmx_sink){put_piece, &out}) != DMX_OK)
        return DMX_SLICE_NONE;
    return dmx_builder_text(&out);
}

static struct dmx_slice canonical_body(const struct dmx_capsule *capsule, const struct dmx_signature *signature,
                                       struct dmx_arena *arena)
{
    struct dmx_canon_body *canon = dmx_arena_alloc(arena, sizeof *canon);
    struct dmx_builder out = dmx_builder_arena(arena, 2 * DMX_CAPSULE_BODY + 2);
    if (!canon)
        return DMX_SLICE_NONE;
    dmx_canon_body_init(canon, signature->body_canon, capsule->body_wire_form, (struct dmx_sink){put_piece, &out});
    if (capsule->body.len > 0)
        dmx_canon_body_put(canon, capsule->body);
    dmx_canon_body_end(canon);
    struct dmx_slice body = dmx_builder_text(&out);
    return signature->has_length && signature->length < body.len ? dmx_slice_upto(body, signature->length) : body;
}

bool arf_canonical(const struct dmx_capsule *capsule, size_t number, struct dmx_arena *arena, struct arf_canonical *out)
{
    struct dmx_message message;
    struct dmx_signature signature;
    size_t field = 0;
    *out = (struct arf_canonical){.header = DMX_SLICE_NONE};
    if (dmx_message_parse(capsule->header, arena, &message) != DMX_OK ||
        !find_signature(&message, &capsule->event, number, arena, &signature, &field))
        return false;
    if (!capsule->header_cut)
        out->header = canonical_header(&message, &signature, field, arena);
    if (capsule->body.len == capsule->body_size)
        out->body = canonical_body(capsule, &signature, arena);
    return true;
}
