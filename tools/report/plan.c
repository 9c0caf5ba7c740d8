/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/plan.h"

#include "dmx/base/clock.h"
#include "dmx/base/siphash.h"
#include "dmx/report/rollup.h"

#include "dmx/base/banned.h"

enum {
    /* Of a batch: its reports' texts, and answers from DNS. */
    BATCH_BYTES = 64 * 1024 * 1024,
    /* Of one report: the documents of its dialects, each of which a builder has grown to. */
    REPORT_BYTES = 8 * DMX_ROLLUP_MAX_BYTES,
    OUTCOME_BYTES = 400,
    ADDRESS_SHOWN = 200, /* bytes of an address that is none */
    REGISTRANTS = 4096,  /* counters, found by a hash: two that share one get fewer reports */
};

/* One report on its way. */
struct item {
    const struct dmx_store_report *report;
    struct dmx_policy_published policy;
    struct dmx_destinations destinations;
    const char *unwanted; /* why it is not looked up */
    bool known;           /* what became of its destinations */
};

struct planning {
    const struct dmx_plan *plan;
    struct dmx_plan_result *result;
    struct dmx_arena *arena; /* of the batch */
    struct item *items;
    size_t count;
    uint32_t registrants[REGISTRANTS]; /* reports of this run whose organization is none of the suffix list's */
};

/* ---- whether ---- */

static bool is_old(const struct dmx_plan *plan, const struct dmx_store_report *report)
{
    return plan->day < 0 && report->day < dmx_day_of(plan->now_s) - DMX_PLAN_DAYS;
}

/*
 * A wildcard record with psd=n, or one with psd=y above it, makes an organization of each name below it. For those the
 * number holds for whoever registered the domain, in a run: the store counts by the organizations that the records say.
 */
static bool is_over_registrant(struct planning *p, const struct dmx_store_report *report)
{
    struct dmx_slice org = dmx_psl_org_domain(p->plan->psl, report->policy.domain);
    if (!p->plan->psl || dmx_slice_eq(org, report->policy.org_domain))
        return false;
    uint64_t hash = dmx_siphash(p->plan->store->key, org) + (uint32_t)report->day;
    return p->registrants[hash % REGISTRANTS]++ >= DMX_PLAN_ORGANIZATION;
}

static enum dmx_status look_at_organization(struct planning *p, struct item *item)
{
    size_t before = 0;
    struct dmx_store *store = p->plan->store;
    enum dmx_status status = store->verbs->before(store, item->report, DMX_PLAN_ORGANIZATION, &before);
    if (status == DMX_OK && (before >= DMX_PLAN_ORGANIZATION || is_over_registrant(p, item->report))) {
        item->unwanted = "over the number of reports an organization gets a day";
        p->result->capped++;
    }
    return status;
}

static enum dmx_status look_at(struct planning *p, const struct dmx_store_report *report, struct item *item)
{
    *item = (struct item){.report = report};
    p->result->reports++;
    dmx_policy_published_of(report->policy.domain, report->policy.record, report->policy.rules, &item->policy);
    if (is_old(p->plan, report)) {
        item->unwanted = "too old";
        p->result->old++;
    } else if (dmx_report_is_excluded(p->plan->config, report->policy.domain)) {
        item->unwanted = "excluded";
        p->result->excluded++;
    } else {
        return look_at_organization(p, item);
    }
    return DMX_OK;
}

/* ---- to whom ---- */

/* Every item's questions go out together; a book's worth at a time. */
static bool ask(struct planning *p, struct dmx_answers *book)
{
    bool pending = false;
    for (size_t i = 0; i < p->count; i++) {
        struct item *item = &p->items[i];
        if (item->unwanted || item->known)
            continue;
        item->known =
            dmx_destinations_eval(&item->policy, p->plan->psl, book, p->arena, &item->destinations) == DMX_DONE;
        pending |= !item->known;
    }
    return pending;
}

static enum dmx_status find_destinations(struct planning *p)
{
    const struct dmx_budget budget = {dmx_clock_mono_ms() + DMX_PLAN_BATCH_MS, dmx_clock_mono_ms};
    struct dmx_answers *book = dmx_answers_new(p->arena, (size_t)DMX_PLAN_BATCH * DMX_DESTINATION_QUESTIONS);
    if (!book)
        return DMX_NOMEM;
    while (ask(p, book) && !dmx_arena_failed(p->arena)) {
        if (dmx_budget_spent(&budget))
            dmx_answers_close(book);
        else
            p->plan->dns.resolve(p->plan->dns.ctx, book, &budget);
    }
    if (p->plan->dns.end)
        p->plan->dns.end(p->plan->dns.ctx);
    return dmx_arena_failed(p->arena) ? DMX_NOMEM : DMX_OK;
}

/* ---- what ---- */

static void put_reason(struct dmx_builder *out, const struct dmx_reason *reason)
{
    dmx_put_cstr(out, reason->text ? reason->text : "it cannot be made");
    if (reason->detail.len == 0)
        return;
    dmx_put_cstr(out, ": ");
    dmx_put_escaped(out, reason->detail, OUTCOME_BYTES / 8);
}

/* The document, and what it means for the delivery. */
static enum dmx_status prepare(struct planning *p, const struct item *item, const struct dmx_destination *destination,
                               struct dmx_arena *arena, struct dmx_store_delivery *delivery,
                               struct dmx_builder *outcome)
{
    struct dmx_store_document document;
    struct dmx_reason reason;
    enum dmx_status status = dmx_rollup_document(p->plan->store, p->plan->config, item->report, delivery->dialect,
                                                 arena, &document, &reason);
    if (status == DMX_LIMIT || (status == DMX_INVALID && reason.token)) {
        delivery->state = DMX_DELIVERY_FAILED;
        put_reason(outcome, &reason);
        return DMX_OK;
    }
    /* RFC 7489 section 6.2: what is larger is not sent there. */
    if (status == DMX_OK && destination->max_bytes > 0 && document.bytes.len > destination->max_bytes) {
        delivery->state = DMX_DELIVERY_REFUSED;
        dmx_put_cstr(outcome, "the report is larger than the address takes: ");
        dmx_put_u64(outcome, document.bytes.len);
        dmx_put_cstr(outcome, " bytes");
    }
    return status;
}

static enum dmx_status put_delivery(struct planning *p, const struct item *item,
                                    const struct dmx_destination *destination, struct dmx_arena *arena)
{
    char buf[OUTCOME_BYTES], shown[4 * ADDRESS_SHOWN];
    struct dmx_builder outcome = dmx_builder_fixed(buf, sizeof buf), address = dmx_builder_fixed(shown, sizeof shown);
    struct dmx_store_delivery delivery = {
        .report = item->report->id,
        .dialect = dmx_report_dialect_of(p->plan->config, destination->host),
        .address = destination->address,
        .next_s = p->plan->now_s,
    };
    enum dmx_status status = DMX_OK;
    if (destination->status == DMX_DESTINATION_READY) {
        status = prepare(p, item, destination, arena, &delivery, &outcome);
    } else {
        delivery.state = DMX_DELIVERY_REFUSED;
        dmx_put_escaped(&address, destination->published, ADDRESS_SHOWN);
        delivery.address = dmx_builder_text(&address);
        put_reason(&outcome, &destination->reason);
    }
    delivery.outcome = dmx_builder_text(&outcome);
    p->result->deliveries += delivery.state == DMX_DELIVERY_PENDING;
    p->result->refused += delivery.state == DMX_DELIVERY_REFUSED;
    p->result->unsent += delivery.state == DMX_DELIVERY_FAILED;
    return status == DMX_OK ? p->plan->store->verbs->delivery_put(p->plan->store, &delivery) : status;
}

static bool has_later(const struct item *item)
{
    bool later = false;
    for (size_t i = 0; i < item->destinations.count && !item->unwanted; i++)
        later |= item->destinations.items[i].status == DMX_DESTINATION_LATER;
    return later;
}

/* What is known is settled; the report stays closed while something is not (requirement K6). */
static enum dmx_status settle(struct planning *p, const struct item *item)
{
    struct dmx_arena *arena = dmx_arena_new(REPORT_BYTES);
    struct dmx_store *store = p->plan->store;
    enum dmx_status status = arena ? DMX_OK : DMX_NOMEM;
    for (size_t i = 0; i < item->destinations.count && !item->unwanted && status == DMX_OK; i++)
        if (item->destinations.items[i].status != DMX_DESTINATION_LATER)
            status = put_delivery(p, item, &item->destinations.items[i], arena);
    if (status == DMX_OK && !has_later(item))
        status = store->verbs->done(store, item->report->id);
    dmx_arena_free(&arena);
    return status;
}

static void tell(struct planning *p, const struct item *item)
{
    bool later = has_later(item);
    p->result->later += later;
    if (p->plan->see)
        p->plan->see(p->plan->ctx, item->report,
                     item->unwanted ? item->unwanted
                     : later        ? "not known yet"
                                    : "planned",
                     item->unwanted ? NULL : &item->destinations);
}

/* A batch is one transaction: some thousand of each its own would wait for the disk most of the time. */
static enum dmx_status settle_all(struct planning *p)
{
    struct dmx_store *store = p->plan->store;
    enum dmx_status status = p->plan->dry ? DMX_OK : store->verbs->group_begin(store);
    bool begun = status == DMX_OK && !p->plan->dry;
    for (size_t i = 0; i < p->count && status == DMX_OK; i++) {
        tell(p, &p->items[i]);
        if (!p->plan->dry)
            status = settle(p, &p->items[i]);
    }
    if (begun && status == DMX_OK)
        return store->verbs->group_end(store);
    if (begun)
        store->verbs->rollback(store);
    return status;
}

/* ---- all of them ---- */

static enum dmx_status plan_some(struct planning *p, const struct dmx_store_report *reports, size_t count)
{
    enum dmx_status status = DMX_OK;
    p->items = dmx_arena_array(p->arena, count, sizeof *p->items);
    p->count = count;
    if (!p->items)
        return DMX_NOMEM;
    for (size_t i = 0; i < count && status == DMX_OK; i++)
        status = look_at(p, &reports[i], &p->items[i]);
    if (status == DMX_OK)
        status = find_destinations(p);
    return status == DMX_OK ? settle_all(p) : status;
}

/* *filter goes on behind the last one. */
static enum dmx_status plan_batch(struct planning *p, struct dmx_store_filter *filter, size_t *out_count)
{
    struct dmx_store_report *reports;
    *out_count = 0;
    p->arena = dmx_arena_new(BATCH_BYTES);
    if (!p->arena)
        return DMX_NOMEM;
    enum dmx_status status = p->plan->store->verbs->reports(p->plan->store, filter, p->arena, &reports, out_count);
    if (status == DMX_OK && *out_count > 0) {
        filter->after_id = reports[*out_count - 1].id;
        status = plan_some(p, reports, *out_count);
    }
    dmx_arena_free(&p->arena);
    return status;
}

static enum dmx_status plan_state(struct planning *p, enum dmx_report_state state)
{
    bool any = p->plan->day < 0;
    struct dmx_store_filter filter = {
        .state = state,
        .from_day = any ? INT32_MIN : p->plan->day,
        .to_day = any ? state == DMX_REPORT_OPEN ? dmx_day_of(p->plan->now_s - p->plan->wait_s) - 1
                                                 : dmx_day_of(p->plan->now_s) + 2
                      : p->plan->day,
        .most = DMX_PLAN_BATCH,
    };
    enum dmx_status status = DMX_OK;
    for (size_t count = filter.most; status == DMX_OK && count == filter.most;)
        status = plan_batch(p, &filter, &count);
    return status;
}

enum dmx_status dmx_plan_run(const struct dmx_plan *plan, struct dmx_plan_result *out)
{
    struct planning p = {.plan = plan, .result = out};
    *out = (struct dmx_plan_result){.reports = 0};
    enum dmx_status status = plan_state(&p, DMX_REPORT_CLOSED);
    return status == DMX_OK && plan->dry ? plan_state(&p, DMX_REPORT_OPEN) : status;
}
