/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From capsules to mails: which are wanted, who may have them, which are alike. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/clock.h"
#include "dmx/base/siphash.h"
#include "dmx/report/arf.h"
#include "dmx/report/suppress.h"
#include "failure_plan.h"

#include "dmx/base/banned.h"

enum {
    BATCH_BYTES = 128 * 1024 * 1024, /* DMX_FAILURES_BATCH capsules, and answers from DNS */
    MADE_BYTES = 64 * 1024 * 1024,   /* addresses and ids of all mails that wait */
    URIS_MAX = DMX_CAPSULE_DESTINATIONS * (DMX_CAPSULE_TEXT + 1),
    WHY_MAX = 400,
    SILENT_MAX = 3, /* batches of one run that may cost DMX_FAILURES_DNS_MS each, besides those of new capsules */
};

static void tell(const struct failure_planning *p, const char *what, const char *file, struct dmx_slice about,
                 struct dmx_slice why)
{
    const struct dmx_failures_event event = {.what = what, .file = file, .about = about, .why = why};
    failure_tell(p->run, &event);
}

/* ---- one capsule ---- */

const char *dmx_failures_unwanted(const struct dmx_config *config, const struct dmx_policy_published *policy,
                                  const struct dmx_event *event)
{
    if (dmx_report_is_excluded(config, policy->domain))
        return "the domain is excluded";
    /* Requirement L2, whichever the rules were. */
    if (policy->record.psd == DMX_PSD_YES)
        return "the record is a public suffix's";
    if (event->flags & (DMX_EVENT_NO_REPORT | DMX_EVENT_INBOUND_RELAY))
        return "nothing is reported about such a message";
    return NULL;
}

static struct dmx_slice join_uris(const struct dmx_capsule *capsule, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, URIS_MAX);
    for (size_t i = 0; i < capsule->destination_count; i++) {
        dmx_put_cstr(&out, i > 0 ? "," : "");
        dmx_put(&out, capsule->destinations[i]);
    }
    return dmx_builder_text(&out);
}

/* A capsule that nobody is to hear of goes at once. *out_kept: it is in *item. */
static enum dmx_status take(struct failure_planning *p, const struct journal_file *entry, struct failure_item *item,
                            bool *out_kept)
{
    const char *file = entry->name;
    struct dmx_slice bytes;
    const char *why = "larger than a capsule may be";
    char *id = dmx_arena_alloc(p->arena, FAILURE_ID + 1);
    *item = (struct failure_item){
        .entry = entry, .file = file, .capsule = dmx_arena_alloc(p->arena, sizeof *item->capsule)};
    *out_kept = false;
    if (!item->capsule || !id)
        return DMX_NOMEM;
    enum dmx_status status = failure_read(p->run->dir, file, DMX_CAPSULE_MAX, p->arena, &bytes);
    if (status == DMX_IO && errno == ENOENT)
        return DMX_OK;
    if (status == DMX_OK)
        status = dmx_capsule_get(bytes, p->arena, item->capsule, &why);
    if (status == DMX_INVALID || status == DMX_LIMIT)
        return failure_drop_damaged(p->run, file, why);
    if (status != DMX_OK)
        return failure_complain(p->run, status, file, status == DMX_IO ? strerrordesc_np(errno) : "out of memory");
    p->run->result->tally.capsules++;
    struct dmx_builder b = dmx_builder_fixed(id, FAILURE_ID + 1);
    failure_put_id(&b, item->capsule->id);
    item->id = dmx_builder_text(&b);
    const struct dmx_event *event = &item->capsule->event;
    dmx_policy_published_of(event->policy_domain, event->record, event->rules, &item->policy);
    item->uris = join_uris(item->capsule, p->arena);
    const char *unwanted = dmx_failures_unwanted(p->run->about->config, &item->policy, event);
    if (!unwanted && item->uris.len == 0)
        unwanted = "nobody is named who wants it";
    *out_kept = !unwanted;
    if (!unwanted)
        return DMX_OK;
    p->run->result->tally.unwanted++;
    tell(p, "not reported", file, event->policy_domain, dmx_slice_cstr(unwanted));
    return failure_drop(p->run, file);
}

/* ---- to whom ---- */

static bool ask(struct failure_planning *p, struct dmx_answers *book)
{
    bool pending = false;
    for (size_t i = 0; i < p->count; i++) {
        struct failure_item *item = &p->items[i];
        if (!item->known)
            item->known = dmx_failure_destinations_eval(&item->policy, item->uris, p->run->about->psl, book, p->arena,
                                                        &item->destinations) == DMX_DONE;
        pending |= !item->known;
    }
    return pending;
}

static enum dmx_status find_destinations(struct failure_planning *p)
{
    const struct dmx_dns_source *dns = &p->run->about->dns;
    const struct dmx_budget budget = {dmx_clock_mono_ms() + DMX_FAILURES_DNS_MS, dmx_clock_mono_ms};
    struct dmx_answers *book = dmx_answers_new(p->arena, p->count * DMX_DESTINATION_QUESTIONS);
    bool late = false;
    if (!book)
        return DMX_NOMEM;
    while (ask(p, book) && !dmx_arena_failed(p->arena)) {
        late = dmx_budget_spent(&budget);
        if (late)
            dmx_answers_close(book);
        else
            dns->resolve(dns->ctx, book, &budget);
    }
    p->silent += late;
    if (dns->end)
        dns->end(dns->ctx);
    return dmx_arena_failed(p->arena) ? DMX_NOMEM : DMX_OK;
}

static size_t count_of(const struct failure_item *item, enum dmx_destination_status status)
{
    size_t n = 0;
    for (size_t i = 0; i < item->destinations.count; i++)
        n += item->destinations.items[i].status == status;
    return n;
}

/* Whether a capsule is put off as a whole, so that each is in the mails to all of its addresses, or in none. */
static bool must_wait(const struct failure_planning *p, const struct failure_item *item)
{
    int64_t age_s = failure_now_s(p->run) - item->capsule->event.time_s;
    bool late =
        age_s >= DMX_FAILURES_UNKNOWN_S || age_s < -DMX_FAILURES_UNKNOWN_S; /* the clock may have been set back */
    return count_of(item, DMX_DESTINATION_LATER) > 0 && (!late || count_of(item, DMX_DESTINATION_READY) == 0);
}

/* ---- which are alike ---- */

/* Requirement L4: it is the condition that is reported, not each message in which it shows. */
static bool are_alike(const struct dmx_capsule *a, const struct dmx_capsule *b)
{
    return dmx_slice_eq(a->event.policy_domain, b->event.policy_domain) &&
           dmx_slice_eq(a->event.author, b->event.author) && dmx_slice_eq(a->event.record, b->event.record) &&
           a->conditions == b->conditions && dmx_ip_eq(&a->event.client, &b->event.client) &&
           dmx_slice_eq(a->event.reason, b->event.reason) && dmx_slice_eq(a->event.disposition, b->event.disposition);
}

static enum dmx_status add_to_group(struct failure_planning *p, size_t number, struct dmx_slice address)
{
    for (size_t i = 0; i < p->group_count; i++) {
        struct failure_group *group = &p->groups[i];
        if (group->count == DMX_FAILURES_BATCH || !dmx_slice_eq(group->address, address) ||
            !are_alike(p->items[group->items[0]].capsule, p->items[number].capsule))
            continue;
        group->items[group->count++] = number;
        return DMX_OK;
    }
    struct failure_group *groups =
        dmx_arena_grow(p->arena, p->groups, p->group_count, &p->group_capacity, sizeof *groups);
    if (!groups)
        return DMX_NOMEM;
    p->groups = groups;
    groups[p->group_count++] = (struct failure_group){.address = address, .items = {number}, .count = 1};
    return DMX_OK;
}

static void refuse(struct failure_planning *p, const struct failure_item *item,
                   const struct dmx_destination *destination)
{
    p->run->result->tally.refused++;
    tell(p, "not sent", item->file, destination->published,
         dmx_slice_cstr(destination->reason.text ? destination->reason.text : "it is not known who it is"));
}

static enum dmx_status add_address(struct failure_planning *p, size_t number, struct dmx_slice address)
{
    struct dmx_store_suppression suppression;
    struct dmx_store *store = p->run->about->store;
    bool suppressed;
    if (failure_is_made(p, address, p->items[number].id))
        return DMX_OK;
    enum dmx_status status =
        dmx_suppress_find(store, address, failure_now_s(p->run), p->arena, &suppressed, &suppression);
    if (status != DMX_OK)
        return failure_complain(p->run, status, p->items[number].file, store->error);
    if (!suppressed)
        return add_to_group(p, number, address);
    p->run->result->tally.suppressed++;
    tell(p, "suppressed", p->items[number].file, address, suppression.reason);
    return DMX_OK;
}

static void put_off(struct failure_planning *p, struct failure_item *item)
{
    item->stays = true;
    p->waiting[p->waiting_count++] = *item->entry;
    tell(p, "later", item->file, item->policy.domain, DMX_SLICE("it is not known yet who may have it"));
}

/* As many as a record may name, whatever a host makes of one by its own word (requirement K5). */
static enum dmx_status address(struct failure_planning *p, size_t number)
{
    const struct failure_item *item = &p->items[number];
    enum dmx_status status = DMX_OK;
    size_t ready = 0;
    for (size_t i = 0; i < item->destinations.count && status == DMX_OK; i++) {
        const struct dmx_destination *destination = &item->destinations.items[i];
        if (destination->status != DMX_DESTINATION_READY)
            refuse(p, item, destination);
        else if (ready++ < DMX_CAPSULE_DESTINATIONS)
            status = add_address(p, number, destination->address);
    }
    return status;
}

static enum dmx_status settle(struct failure_planning *p, size_t number)
{
    struct failure_item *item = &p->items[number];
    if (item->destinations.count == 0) {
        p->run->result->tally.unwanted++;
        tell(p, "not reported", item->file, item->policy.domain, DMX_SLICE("no address in it can be used"));
    }
    if (!must_wait(p, item))
        return address(p, number);
    put_off(p, item);
    return DMX_OK;
}

/* ---- all of them ---- */

static enum dmx_status plan_batch(struct failure_planning *p)
{
    enum dmx_status status = p->count > 0 ? find_destinations(p) : DMX_OK;
    for (size_t i = 0; i < p->count && status == DMX_OK; i++)
        status = settle(p, i);
    for (size_t i = 0; i < p->group_count && status == DMX_OK; i++)
        status = failure_make_mail(p, &p->groups[i]);
    for (size_t i = 0; i < p->count && status == DMX_OK; i++)
        if (!p->items[i].stays)
            status = failure_drop(p->run, p->items[i].file);
    return status;
}

static enum dmx_status read_batch(struct failure_planning *p, const struct journal_file *files, size_t count)
{
    enum dmx_status status = DMX_OK;
    p->items = dmx_arena_array(p->arena, count, sizeof *p->items);
    p->count = p->group_count = p->group_capacity = 0;
    p->groups = NULL;
    if (!p->items)
        return DMX_NOMEM;
    for (size_t i = 0; i < count && status == DMX_OK; i++) {
        bool kept;
        status = take(p, &files[i], &p->items[p->count], &kept);
        p->count += status == DMX_OK && kept;
    }
    return status == DMX_OK ? plan_batch(p) : status;
}

/* From any place on, that of a minute: a run that has no time for all begins with others than the last. */
static uint64_t chance_of(const struct failure_planning *p)
{
    const int64_t minute = failure_now_s(p->run) / 60;
    return dmx_siphash(p->run->about->store->key, dmx_slice((const char *)&minute, sizeof minute));
}

/* The new ones all, of the others as many as there is time for. */
static enum dmx_status plan_all(struct failure_planning *p, struct journal_files *files, size_t fresh)
{
    enum dmx_status status = DMX_OK;
    size_t count;
    for (; p->seen < files->count && status == DMX_OK; p->seen += count) {
        const size_t rest = (p->seen < fresh ? fresh : files->count) - p->seen;
        count = rest < DMX_FAILURES_BATCH ? rest : DMX_FAILURES_BATCH;
        if (p->seen == fresh)
            p->silent = 0;
        if (p->seen >= fresh && p->silent >= SILENT_MAX)
            break;
        /* What is beyond would be deleted unsent: it waits as capsules. */
        if (p->written > DMX_FAILURES_BYTES)
            break;
        p->arena = dmx_arena_new(BATCH_BYTES);
        status = p->arena ? read_batch(p, files->items + p->seen, count) : DMX_NOMEM;
        dmx_arena_free(&p->arena);
    }
    return status;
}

static enum dmx_status plan_files(struct failure_planning *p, struct journal_files *files)
{
    size_t fresh;
    enum dmx_status status = failure_order(files, failure_now_s(p->run), chance_of(p), &fresh);
    p->made_arena = dmx_arena_new(MADE_BYTES);
    p->waiting = p->made_arena ? dmx_arena_array(p->made_arena, files->count, sizeof *p->waiting) : NULL;
    status = status != DMX_OK || p->waiting ? status : DMX_NOMEM;
    status = status == DMX_OK ? failure_find_made(p) : status;
    status = status == DMX_OK ? plan_all(p, files, fresh) : status;
    if (status == DMX_OK)
        status = failure_make_room(p->run, p->waiting, p->waiting_count, files->count - p->seen);
    dmx_arena_free(&p->made_arena);
    return status;
}

enum dmx_status failure_plan(struct failure_run *run)
{
    struct failure_planning p = {
        .run = run,
        .redaction = dmx_redaction_of(run->about->config, run->about->store->key),
        .settings = dmx_arf_settings_of(run->about->config),
    };
    struct journal_files files;
    enum dmx_status status = failure_list_capsules(run->dir, &files);
    if (status == DMX_OK && files.count > 0)
        status = plan_files(&p, &files);
    free(files.items);
    return status == DMX_NOMEM ? failure_complain(run, status, DMX_CAPSULE_DIR, "out of memory") : status;
}
