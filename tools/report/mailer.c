/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/mailer.h"

#include <string.h>
#include <time.h>

#include "dmx/base/clock.h"
#include "dmx/base/siphash.h"
#include "dmx/report/message.h"
#include "dmx/report/rollup.h"
#include "dmx/report/sendmail.h"
#include "dmx/report/suppress.h"
#include "dmx/report/verp.h"

#include "dmx/base/banned.h"

enum {
    SOME = 100,   /* deliveries that are read at a time */
    HOSTS = 4096, /* counters of destinations, found by a hash: two that share one wait a bit sooner */
    LIST_BYTES = 4 * 1024 * 1024,
    MAIL_BYTES = 8 * DMX_ROLLUP_MAX_BYTES, /* of the arena that one mail is made in */
    ENVELOPE_MAX = 400,
    MS_PER_S = 1000,
    NS_PER_MS = 1000 * 1000,
};

struct mailing {
    const struct dmx_mailer *mailer;
    struct dmx_mailer_result *result;
    uint32_t hosts[HOSTS];
    int64_t pause_ms;
    unsigned broken;  /* in a row */
    unsigned unclear; /* in all */
    bool first;
};

int64_t dmx_mailer_wait_s(uint32_t attempts)
{
    int64_t wait_s = DMX_MAILER_FIRST_WAIT_S;
    while (attempts-- > 1 && wait_s < DMX_MAILER_MOST_WAIT_S)
        wait_s *= 2;
    return wait_s < DMX_MAILER_MOST_WAIT_S ? wait_s : DMX_MAILER_MOST_WAIT_S;
}

static int64_t now_of(const struct mailing *m)
{
    return dmx_clock_unix_s() + m->mailer->skew_s;
}

/* ---- the mail ---- */

/* What a document was named when it was made, whatever the options say now: RECEIVER "!" … "!" UNIQUE ".xml.gz" */
static void identify(const struct dmx_store_report *report, struct dmx_slice file, struct dmx_report_identity *out)
{
    size_t last = dmx_slice_rfind(file, '!');
    struct dmx_slice unique = dmx_slice_from(file, last + 1);
    *out = (struct dmx_report_identity){
        .policy_domain = report->policy.domain,
        .receiver = dmx_slice_upto(file, dmx_slice_find(file, '!')),
        .begin_s = (int64_t)report->day * DMX_DAY_S,
        .end_s = ((int64_t)report->day + 1) * DMX_DAY_S - 1,
        .unique = dmx_slice_upto(unique, dmx_slice_find(unique, '.')),
    };
}

static enum dmx_status put_mail(const struct mailing *m, const struct dmx_store_delivery *delivery,
                                const struct dmx_store_report *report, const struct dmx_store_document *document,
                                struct dmx_builder *out, struct dmx_reason *out_reason)
{
    char part[24];
    const struct dmx_config *config = m->mailer->config;
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_builder number = dmx_builder_fixed(part, sizeof part);
    struct dmx_report_identity identity;
    identify(report, document->name, &identity);
    dmx_put_i64(&number, delivery->id);
    const struct dmx_report_mail mail = {
        .identity = &identity,
        .org_name = config->report_org,
        .email = config->report_email,
        .extra_contact = config->report_contact,
        .to = &delivery->address,
        .to_count = 1,
        .time_s = report->closed_s,
        .part = dmx_builder_text(&number),
        .bulk = config->precedence_bulk,
        .mask = &mask,
        .gzip = document->bytes,
    };
    return dmx_report_mail_put(&mail, dmx_sink_builder(out), out_reason);
}

/* The mail that is kept, or a new one. DMX_INVALID with a reason: there is none. */
static enum dmx_status find_mail(const struct mailing *m, const struct dmx_store_report *report,
                                 struct dmx_store_delivery *delivery, struct dmx_arena *arena,
                                 struct dmx_reason *out_reason)
{
    struct dmx_store *store = m->mailer->store;
    struct dmx_store_document document;
    struct dmx_builder mail = dmx_builder_arena(arena, 2 * DMX_ROLLUP_MAX_BYTES);
    *out_reason = DMX_REASON_NONE;
    enum dmx_status status = store->verbs->message_get(store, delivery->id, arena, &delivery->message);
    if (status != DMX_OK || delivery->message.len > 0)
        return status;
    status = dmx_rollup_document(store, m->mailer->config, report, delivery->dialect, arena, &document, out_reason);
    if (status == DMX_OK)
        status = put_mail(m, delivery, report, &document, &mail, out_reason);
    delivery->message = dmx_builder_text(&mail);
    return status;
}

/* ---- the hand-over ---- */

static enum dmx_status note(struct mailing *m, struct dmx_store_delivery *delivery, enum dmx_delivery_state state,
                            struct dmx_slice outcome)
{
    struct dmx_store *store = m->mailer->store;
    delivery->state = state;
    delivery->outcome = outcome;
    m->result->handed += state == DMX_DELIVERY_HANDED;
    m->result->later += state == DMX_DELIVERY_PENDING;
    m->result->failed += state == DMX_DELIVERY_FAILED;
    m->result->suppressed += state == DMX_DELIVERY_SUPPRESSED;
    enum dmx_status status = store->verbs->delivery_set(store, delivery);
    if (status == DMX_OK && m->mailer->see)
        m->mailer->see(m->mailer->ctx, delivery);
    return status;
}

static struct dmx_slice envelope_of(const struct mailing *m, int64_t delivery, char room[static ENVELOPE_MAX])
{
    const struct dmx_config *config = m->mailer->config;
    struct dmx_builder b = dmx_builder_fixed(room, ENVELOPE_MAX);
    if (dmx_slice_eq(config->report_envelope, DMX_SLICE("null")))
        return DMX_SLICE_NONE;
    if (!dmx_slice_eq(config->report_envelope, DMX_SLICE("verp")))
        return config->report_envelope;
    dmx_put_verp(&b, m->mailer->store->key, config->report_email, delivery);
    return b.failed ? config->report_email : dmx_builder_text(&b);
}

static enum dmx_sendmail_outcome hand_over(const struct mailing *m, const struct dmx_store_delivery *delivery,
                                           char text[static DMX_SENDMAIL_TEXT])
{
    char room[ENVELOPE_MAX];
    const struct dmx_sendmail call = {
        .path = m->mailer->config->sendmail.ptr,
        .envelope = envelope_of(m, delivery->id, room),
        .recipient = delivery->address,
        .message = delivery->message,
        .timeout_ms = m->mailer->config->sendmail_timeout_ms,
    };
    return dmx_sendmail_run(&call, text);
}

static enum dmx_status refuse(struct mailing *m, struct dmx_store_delivery *delivery, struct dmx_slice why,
                              struct dmx_arena *arena)
{
    enum dmx_status status = dmx_suppress_add(m->mailer->store, delivery->address, now_of(m), why, arena);
    return status == DMX_OK ? note(m, delivery, DMX_DELIVERY_FAILED, why) : status;
}

/* What is unclear ends no run: a domain's owner can publish addresses at which sendmail stumbles, hundreds in a row. */
static void note_trouble(struct mailing *m, enum dmx_sendmail_outcome outcome, struct dmx_slice why)
{
    m->broken = outcome == DMX_SENDMAIL_BROKEN ? m->broken + 1 : 0;
    m->unclear += outcome == DMX_SENDMAIL_UNCLEAR;
    m->result->broken = m->broken >= DMX_MAILER_BROKEN;
    if (outcome != DMX_SENDMAIL_BROKEN && outcome != DMX_SENDMAIL_UNCLEAR)
        return;
    struct dmx_builder b = dmx_builder_fixed(m->result->outcome, sizeof m->result->outcome);
    dmx_put(&b, why);
    dmx_builder_text(&b);
}

/* The attempt is in the store, mail and all, before it is made. */
static enum dmx_status attempt(struct mailing *m, const struct dmx_store_report *report,
                               struct dmx_store_delivery *delivery, struct dmx_arena *arena)
{
    char text[DMX_SENDMAIL_TEXT];
    struct dmx_store *store = m->mailer->store;
    delivery->attempts++;
    delivery->state = DMX_DELIVERY_PENDING;
    delivery->next_s = now_of(m) + dmx_mailer_wait_s(delivery->attempts);
    delivery->outcome = DMX_SLICE("the reporter ended while it handed it over");
    enum dmx_status status = store->verbs->delivery_set(store, delivery);
    if (status != DMX_OK)
        return status;
    enum dmx_sendmail_outcome outcome = hand_over(m, delivery, text);
    struct dmx_slice why = dmx_slice_cstr(text);
    delivery->message = DMX_SLICE_NONE; /* it is kept */
    note_trouble(m, outcome, why);
    if (outcome == DMX_SENDMAIL_TAKEN)
        return note(m, delivery, DMX_DELIVERY_HANDED, why);
    if (outcome == DMX_SENDMAIL_REFUSED)
        return refuse(m, delivery, why, arena);
    bool over = now_of(m) - report->closed_s >= DMX_MAILER_GIVE_UP_S;
    return note(m, delivery, over ? DMX_DELIVERY_FAILED : DMX_DELIVERY_PENDING, why);
}

/* Not today: a host has got its share. */
static enum dmx_status put_off(struct mailing *m, struct dmx_store_delivery *delivery)
{
    delivery->next_s = now_of(m) + DMX_MAILER_FIRST_WAIT_S;
    return note(m, delivery, DMX_DELIVERY_PENDING, DMX_SLICE("its host has got as much as it gets in one run"));
}

static bool has_enough(struct mailing *m, const struct dmx_store_delivery *delivery)
{
    struct dmx_slice host = dmx_slice_from(delivery->address, dmx_slice_rfind(delivery->address, '@') + 1);
    uint32_t *count = &m->hosts[dmx_siphash(m->mailer->store->key, host) % HOSTS];
    return (*count)++ >= DMX_MAILER_DESTINATION;
}

static enum dmx_status give_up(struct mailing *m, struct dmx_store_delivery *delivery, const struct dmx_reason *reason)
{
    return note(m, delivery, DMX_DELIVERY_FAILED, dmx_slice_cstr(reason->text ? reason->text : "it cannot be made"));
}

static enum dmx_status deliver(struct mailing *m, struct dmx_store_delivery *delivery, struct dmx_arena *arena)
{
    struct dmx_store *store = m->mailer->store;
    struct dmx_store_suppression suppression;
    struct dmx_store_report report;
    struct dmx_reason reason;
    bool suppressed;
    enum dmx_status status = dmx_suppress_find(store, delivery->address, now_of(m), arena, &suppressed, &suppression);
    if (status == DMX_OK && suppressed)
        return note(m, delivery, DMX_DELIVERY_SUPPRESSED, suppression.reason);
    if (status == DMX_OK && has_enough(m, delivery))
        return put_off(m, delivery);
    if (status == DMX_OK)
        status = store->verbs->report_get(store, delivery->report, DMX_SLICE_NONE, arena, &report);
    if (status != DMX_OK)
        return status;
    status = find_mail(m, &report, delivery, arena, &reason);
    if (status == DMX_LIMIT || (status == DMX_INVALID && reason.token))
        return give_up(m, delivery, &reason);
    return status == DMX_OK ? attempt(m, &report, delivery, arena) : status;
}

/* ---- all of them ---- */

/* A flood of reports at midnight is what gets a host blocked. */
static void pause_between(struct mailing *m)
{
    struct timespec pause = {.tv_sec = m->pause_ms / MS_PER_S, .tv_nsec = m->pause_ms % MS_PER_S * NS_PER_MS};
    if (!m->first && m->pause_ms > 0)
        nanosleep(&pause, NULL);
    m->first = false;
}

static bool may_go_on(const struct mailing *m)
{
    return !m->result->broken && (!m->mailer->go_on || m->mailer->go_on(m->mailer->ctx));
}

static enum dmx_status deliver_all(struct mailing *m, struct dmx_store_delivery *list, size_t count)
{
    enum dmx_status status = DMX_OK;
    for (size_t i = 0; i < count && status == DMX_OK && may_go_on(m); i++) {
        struct dmx_arena *arena = dmx_arena_new(MAIL_BYTES);
        pause_between(m);
        status = arena ? deliver(m, &list[i], arena) : DMX_NOMEM;
        dmx_arena_free(&arena);
    }
    return status;
}

static enum dmx_status prepare(struct mailing *m)
{
    struct dmx_store_totals totals;
    struct dmx_store *store = m->mailer->store;
    enum dmx_status status = store->verbs->totals(store, now_of(m), &totals);
    uint64_t waiting = status == DMX_OK ? totals.deliveries[DMX_DELIVERY_PENDING] : 0;
    int64_t share_ms = waiting > 0 ? DMX_MAILER_SPREAD_MS / (int64_t)waiting : 0;
    m->pause_ms = m->mailer->at_once ? 0 : share_ms < DMX_MAILER_PAUSE_MS ? share_ms : DMX_MAILER_PAUSE_MS;
    return status;
}

/* What has had its turn is not due any more, so the next ones are always the first. */
static enum dmx_status run_some(struct mailing *m, int64_t until_s, size_t *out_count)
{
    struct dmx_store_delivery *list = NULL;
    struct dmx_arena *arena = dmx_arena_new(LIST_BYTES);
    struct dmx_store *store = m->mailer->store;
    *out_count = 0;
    enum dmx_status status =
        arena ? store->verbs->deliveries(store, 0, until_s, SOME, arena, &list, out_count) : DMX_NOMEM;
    if (status == DMX_OK)
        status = deliver_all(m, list, *out_count);
    dmx_arena_free(&arena);
    return status;
}

enum dmx_status dmx_mailer_run(const struct dmx_mailer *mailer, struct dmx_mailer_result *out)
{
    struct mailing m = {.mailer = mailer, .result = out, .first = true};
    size_t count = 1;
    *out = (struct dmx_mailer_result){.handed = 0};
    int64_t until_s = now_of(&m); /* nothing is tried twice in one run */
    enum dmx_status status = prepare(&m);
    while (status == DMX_OK && count > 0 && may_go_on(&m))
        status = run_some(&m, until_s, &count);
    out->broken |= out->handed == 0 && m.unclear >= DMX_MAILER_UNCLEAR;
    return status;
}

enum dmx_status dmx_mailer_resend(const struct dmx_mailer *mailer, int64_t report, struct dmx_mailer_result *out)
{
    struct mailing m = {.mailer = mailer, .result = out, .first = true};
    struct dmx_store_delivery *list = NULL;
    struct dmx_arena *arena = dmx_arena_new(LIST_BYTES);
    size_t count = 0, wanted = 0;
    *out = (struct dmx_mailer_result){.handed = 0};
    enum dmx_status status =
        arena ? mailer->store->verbs->deliveries(mailer->store, report, 0, 0, arena, &list, &count) : DMX_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (list[i].state != DMX_DELIVERY_REFUSED)
            list[wanted++] = list[i];
    if (status == DMX_OK)
        status = deliver_all(&m, list, wanted);
    dmx_arena_free(&arena);
    return status;
}
