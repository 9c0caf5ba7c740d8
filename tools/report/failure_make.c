/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The mails that are made of capsules, and those that were made before. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/siphash.h"
#include "dmx/report/arf.h"
#include "failure_plan.h"

#include "dmx/base/banned.h"

enum { NAME_TEXT_MAX = 400 }; /* an id and an address */

/* ---- what waits already ---- */

static enum dmx_status read_made(struct failure_planning *p, const char *name, struct failure_made *out)
{
    struct dmx_slice bytes;
    struct dmx_queued_mail mail;
    struct dmx_arena *arena = dmx_arena_new(2 * FAILURE_MAIL_MAX);
    enum dmx_status status = arena ? failure_read(p->run->dir, name, FAILURE_MAIL_MAX, arena, &bytes) : DMX_NOMEM;
    if (status == DMX_OK)
        status = failure_mail_get(bytes, arena, &mail);
    if (status == DMX_OK) {
        struct dmx_slice *ids = dmx_arena_array(p->made_arena, mail.capsule_count, sizeof *ids);
        for (size_t i = 0; ids && i < mail.capsule_count; i++)
            ids[i] = dmx_arena_dup(p->made_arena, mail.capsules[i]);
        *out = (struct failure_made){dmx_arena_dup(p->made_arena, mail.recipient), ids, mail.capsule_count};
        status = dmx_arena_failed(p->made_arena) ? DMX_NOMEM : DMX_OK;
    }
    dmx_arena_free(&arena);
    return status;
}

/* One that cannot be read is the sender's business. */
enum dmx_status failure_find_made(struct failure_planning *p)
{
    struct journal_files files;
    enum dmx_status status = journal_dir_list(p->run->dir, failure_mail, &files);
    p->made = dmx_arena_array(p->made_arena, files.count, sizeof *p->made);
    if (!p->made)
        status = DMX_NOMEM;
    for (size_t i = 0; i < files.count && status == DMX_OK; i++) {
        status = read_made(p, files.items[i].name, &p->made[p->made_count]);
        p->made_count += status == DMX_OK;
        status = status == DMX_NOMEM ? status : DMX_OK;
    }
    free(files.items);
    return status;
}

bool failure_is_made(const struct failure_planning *p, struct dmx_slice address, struct dmx_slice id)
{
    for (size_t i = 0; i < p->made_count; i++) {
        if (!dmx_slice_eq(p->made[i].address, address))
            continue;
        for (size_t j = 0; j < p->made[i].count; j++)
            if (dmx_slice_eq(p->made[i].capsules[j], id))
                return true;
    }
    return false;
}

/* ---- mails ---- */

/* Letters that follow from the oldest capsule and the address: whoever begins anew makes the same file. */
static void put_mail_name(const struct failure_planning *p, struct dmx_slice id, struct dmx_slice address,
                          char room[static JOURNAL_NAME_BYTES])
{
    struct dmx_builder b = dmx_builder_fixed(room, JOURNAL_NAME_BYTES),
                       text = dmx_builder_arena(p->arena, NAME_TEXT_MAX);
    uint64_t hash;
    uint8_t digest[16];
    for (size_t half = 0; half < 2; half++) {
        dmx_put_cstr(&text, half ? "" : "mail");
        dmx_put_char(&text, '\0');
        dmx_put(&text, id);
        dmx_put(&text, address);
        hash = dmx_siphash(p->run->about->store->key, dmx_builder_text(&text));
        memcpy(digest + half * sizeof hash, &hash, sizeof hash);
    }
    dmx_put_cstr(&b, failure_mail);
    failure_put_id(&b, digest);
    (void)dmx_builder_text(&b);
}

static uint64_t incidents_of(const struct failure_planning *p, const struct failure_group *group)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < group->count; i++) {
        uint32_t some = p->items[group->items[i]].capsule->incidents;
        sum += some > 0 ? some : 1;
    }
    return sum;
}

/* It is due at once: its time is 0. */
static enum dmx_status write_mail(struct failure_planning *p, const struct failure_group *group,
                                  struct dmx_queued_mail *mail, struct dmx_arena *arena)
{
    char name[JOURNAL_NAME_BYTES];
    struct dmx_slice *ids = dmx_arena_array(arena, group->count, sizeof *ids);
    struct dmx_builder file = dmx_builder_arena(arena, FAILURE_MAIL_MAX);
    if (!ids)
        return DMX_NOMEM;
    for (size_t i = 0; i < group->count; i++)
        ids[i] = p->items[group->items[i]].id;
    mail->capsules = ids;
    mail->capsule_count = group->count;
    failure_mail_put(&file, mail);
    struct dmx_slice bytes = dmx_builder_text(&file);
    put_mail_name(p, ids[0], group->address, name);
    if (bytes.len == 0)
        return DMX_NOMEM;
    p->run->result->made++;
    p->written += bytes.len;
    return failure_write(p->run->dir, name, bytes, 0) == DMX_OK
               ? DMX_OK
               : failure_complain(p->run, DMX_IO, name, strerrordesc_np(errno));
}

static void give_up(struct failure_planning *p, const struct failure_item *item, struct dmx_slice address,
                    const struct dmx_reason *reason)
{
    const struct dmx_failures_event event = {
        .what = "cannot be made",
        .file = item->file,
        .about = address,
        .why = dmx_slice_cstr(reason->text ? reason->text : "it is too large"),
        .trouble = true,
    };
    p->run->result->tally.failed++;
    failure_tell(p->run, &event);
}

enum dmx_status failure_make_mail(struct failure_planning *p, const struct failure_group *group)
{
    const struct failure_item *first = &p->items[group->items[0]];
    struct dmx_arena *arena = dmx_arena_new(DMX_ARF_ARENA + 4 * FAILURE_MAIL_MAX);
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_queued_mail mail = {
        .recipient = group->address,
        .domain = first->policy.domain,
        .made_s = failure_now_s(p->run),
        .incidents = incidents_of(p, group),
    };
    const struct dmx_arf arf = {
        .capsule = first->capsule,
        .incidents = mail.incidents,
        .recipient = group->address,
        .time_s = mail.made_s,
        .settings = &p->settings,
        .redaction = &p->redaction,
    };
    enum dmx_status status = arena ? dmx_arf_make(&arf, arena, &mail.message, &reason) : DMX_NOMEM;
    if (status == DMX_OK)
        status = write_mail(p, group, &mail, arena);
    else if (status == DMX_INVALID || status == DMX_LIMIT)
        give_up(p, first, group->address, &reason), status = DMX_OK;
    dmx_arena_free(&arena);
    return status;
}
