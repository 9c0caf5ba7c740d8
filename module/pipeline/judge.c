/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Collect, ask, evaluate, decide: rounds of evaluation and answers until nobody asks any more. */
#include "asking.h"
#include "decide.h"
#include "dmx/arc/arc.h"
#include "dmx/base/invariant.h"
#include "dmx/dkim/dkim.h"
#include "dmx/dmarc/evaluation.h"
#include "dmx/mail/domain.h"
#include "dmx/pipeline/pipeline.h"
#include "dmx/spf/spf.h"
#include "shadow.h"
#include "stale.h"

#include "dmx/base/banned.h"

enum { CHAIN_ASKS_AT_ONCE = 10 }; /* ARC sets; three hops are many */

/* What holds of a chain until it is validated, or for ever when it is not. */
static const struct dmx_arc_result not_evaluated = {
    .result = DMX_FAIL, .reason = DMX_REASON_INIT("not-evaluated", "the ARC chain was not validated", NULL)};

struct road {
    const struct dmx_engine *engine;
    const struct dmx_assumption *assumption;
    const struct dmx_budget *budget;
    struct dmx_arena *arena;
    struct dmx_answers *book;
    struct dmx_spf_request spf_request;
    struct dmx_spf_request helo_request;
    struct dmx_dkim *dkim; /* NULL when assumed */
    struct dmx_arc *arc;   /* NULL when there is no ARC field, or arc = no */
    struct dmx_verify_memo memo;
    bool discovered; /* the policy is known, or that there is none */
    struct dmx_verdict *verdict;
};

static enum dmx_step verify(struct road *road)
{
    struct dmx_verdict *verdict = road->verdict;
    enum dmx_step spf = DMX_DONE, dkim = DMX_DONE, helo = DMX_DONE;
    if (!verdict->inbound_relay && (!road->assumption || !road->assumption->has_spf))
        spf = dmx_spf_eval(&road->spf_request, road->book, road->arena, &verdict->spf);
    if (road->dkim) {
        dkim = dmx_dkim_eval(road->dkim, road->book, road->budget);
        verdict->dkim = dmx_dkim_results(road->dkim, &verdict->dkim_count);
        verdict->dkim_ignored = dmx_dkim_ignored(road->dkim);
    }
    if (verdict->has_helo)
        helo = dmx_spf_eval(&road->helo_request, road->book, road->arena, &verdict->helo);
    return spf == DMX_DONE && dkim == DMX_DONE && helo == DMX_DONE ? DMX_DONE : DMX_PENDING;
}

/*
 * Last of those who ask, since nothing but an override depends on it. A chain as long as no honest one is waits until
 * the others have asked all they need: its hundred keys must not use up dns_max_questions before.
 */
static enum dmx_step validate_chain(struct road *road, enum dmx_step others)
{
    if (!road->arc)
        return DMX_DONE;
    if (others == DMX_PENDING && dmx_arc_get(road->arc)->count > CHAIN_ASKS_AT_ONCE)
        return DMX_PENDING;
    enum dmx_step step = dmx_arc_eval(road->arc, road->book, road->budget);
    if (step == DMX_DONE)
        road->verdict->arc = *dmx_arc_get(road->arc);
    return step;
}

/* The author domain's questions go first: the policy must not be what dns_max_questions cuts. */
static enum dmx_step evaluate(struct road *road)
{
    struct dmx_verdict *verdict = road->verdict;
    enum dmx_step discovered = dmx_discover(road->engine, road->book, verdict), verified = verify(road);
    road->discovered = discovered == DMX_DONE;
    if (discovered == DMX_PENDING || verified == DMX_PENDING) {
        (void)!validate_chain(road, DMX_PENDING); /* it asks at the same time as they */
        return DMX_PENDING;
    }
    enum dmx_step step = dmx_weigh(road->engine, road->book, verdict);
    return validate_chain(road, step) == DMX_DONE ? step : DMX_PENDING;
}

/* What is still under way has nobody to answer to. */
static void end_asking(const struct dmx_engine *engine)
{
    if (engine->dns.end)
        engine->dns.end(engine->dns.ctx);
}

static enum dmx_status travel(struct road *road)
{
    for (unsigned round = 0; round < DMX_LAST_ROUNDS; round++) {
        if (evaluate(road) == DMX_DONE)
            return DMX_OK;
        if (dmx_arena_failed(road->arena))
            return DMX_NOMEM;
        /* Pending with nothing to ask would go on for ever. */
        if (DMX_BROKEN(dmx_answers_open(road->book) > 0))
            return DMX_LIMIT;
        dmx_ask(road->engine, road->book, road->budget, round);
    }
    return DMX_LIMIT;
}

static bool could_align(const void *ctx, struct dmx_slice domain)
{
    const struct road *road = ctx;
    const struct dmx_author *author = &road->verdict->author;
    if (author->status != DMX_AUTHOR_OK)
        return false;
    struct dmx_slice org = dmx_psl_org_domain(road->engine->psl, author->domain);
    return dmx_domain_within(domain, org) || dmx_domain_within(org, domain);
}

/* Not List-Unsubscribe and the like: newsletters, which nobody passes on, carry those too. */
static bool has_list(const struct dmx_message *message)
{
    return dmx_message_find(message, DMX_SLICE("List-Id"), 0) < message->field_count ||
           dmx_message_find(message, DMX_SLICE("List-Post"), 0) < message->field_count;
}

static struct dmx_spf_request spf_request(const struct dmx_envelope *envelope, const struct dmx_config *config,
                                          enum dmx_spf_identity identity)
{
    return (struct dmx_spf_request){
        .identity = identity,
        .client = envelope->client,
        .helo = envelope->helo,
        .mail_from = envelope->mail_from,
        .has_mail_from = envelope->has_mail_from,
        .receiver = envelope->receiver,
        .now_s = envelope->now_s,
        .look_for_type_99 = config->log_verbose && identity == DMX_SPF_MAILFROM,
    };
}

static enum dmx_status begin_dkim(struct road *road, const struct dmx_envelope *envelope,
                                  const struct dmx_message *message)
{
    const struct dmx_config *config = road->engine->config;
    struct dmx_dkim_settings *settings = dmx_arena_alloc(road->arena, sizeof *settings);
    if (!settings)
        return DMX_NOMEM;
    *settings = (struct dmx_dkim_settings){
        .min_rsa_bits = (unsigned)config->dkim_min_rsa_bits,
        .accept_rsa_sha1 = config->dkim_rsa_sha1 == DMX_ACCEPT,
        .accept_partial_body = config->dkim_partial_body == DMX_ACCEPT,
        .max_signatures = (size_t)config->dkim_max_signatures,
        .now_s = envelope->now_s,
        .memo = &road->memo,
        .could_align = could_align,
        .could_align_ctx = road,
    };
    return dmx_dkim_begin(message, settings, road->arena, &road->dkim);
}

static enum dmx_status begin_arc(struct road *road, const struct dmx_envelope *envelope,
                                 const struct dmx_message *message)
{
    const struct dmx_config *config = road->engine->config;
    struct dmx_verdict *verdict = road->verdict;
    verdict->has_arc = dmx_arc_present(message);
    if (!verdict->has_arc)
        return DMX_OK;
    verdict->arc = not_evaluated;
    if (!config->arc)
        return DMX_OK;
    struct dmx_arc_settings *settings = dmx_arena_alloc(road->arena, sizeof *settings);
    if (!settings)
        return DMX_NOMEM;
    *settings = (struct dmx_arc_settings){
        .min_rsa_bits = (unsigned)config->dkim_min_rsa_bits,
        .accept_partial_body = config->dkim_partial_body == DMX_ACCEPT,
        .oldest_pass = config->arc_oldest_pass,
        .max_signatures = (size_t)config->dkim_max_signatures,
        .now_s = envelope->now_s,
        .memo = &road->memo,
    };
    return dmx_arc_begin(message, settings, road->arena, &road->arc);
}

static void conclude(struct road *road, const struct dmx_envelope *envelope)
{
    struct dmx_verdict *verdict = road->verdict;
    const struct dmx_engine *engine = road->engine;
    dmx_dmarc_lint(&verdict->author, &verdict->discovery, dmx_rules_of(engine->config), road->book, &verdict->lint);
    dmx_hear_sealers(engine->config, road->arena, verdict);
    verdict->judged = true;
    dmx_decide(engine->config, envelope, road->arena, verdict);
    if (engine->config->shadow)
        dmx_shadow_judge(engine, envelope, road->book, road->budget, verdict);
    verdict->questions = dmx_answers_count(road->book);
    verdict->stale = dmx_stale_names(road->book, road->arena);
}

/*
 * A message that is made to use up the memory granted to it does not escape its author's policy: what would have passed
 * was not looked at. False: the policy is not known either.
 */
static bool conclude_without_evidence(struct road *road, const struct dmx_envelope *envelope)
{
    struct dmx_verdict *verdict = road->verdict;
    if (!dmx_arena_capped(road->arena) || !road->discovered)
        return false;
    verdict->spf = (struct dmx_spf_result){.reason = DMX_REASON("not-judged", "not looked at", NULL)};
    verdict->has_helo = false;
    verdict->dkim_count = 0;
    if (verdict->has_arc)
        verdict->arc = not_evaluated;
    bool has_record = verdict->author.status == DMX_AUTHOR_OK && verdict->discovery.status == DMX_DISCOVERY_FOUND;
    if (has_record)
        verdict->dmarc = (struct dmx_dmarc_result){
            .result = DMX_FAIL,
            .org_domain = verdict->discovery.org_domain,
            .reason = DMX_REASON("too-costly", "the message needs more memory than one message is granted", NULL),
        };
    if (has_record || dmx_is_bad_from(&verdict->author))
        conclude(road, envelope);
    return has_record || dmx_is_bad_from(&verdict->author);
}

/* Whatever ends the road early is our own trouble: the mail is delivered, and the log says so. */
static void give_up(struct dmx_verdict *verdict, enum dmx_status status)
{
    verdict->dmarc = (struct dmx_dmarc_result){
        .result = DMX_TEMPERROR,
        .reason = DMX_REASON_ABOUT("not-judged", "the message could not be judged", NULL,
                                   dmx_slice_cstr(dmx_status_name(status))),
    };
    verdict->spf = (struct dmx_spf_result){0};
    verdict->dkim_count = 0;
    verdict->has_policy = false;
    verdict->disposition = verdict->would_be = DMX_DISPOSITION_NONE;
    verdict->reason = verdict->dmarc.reason;
    verdict->judged = true;
}

enum dmx_status dmx_pipeline_judge(const struct dmx_engine *engine, const struct dmx_envelope *envelope,
                                   const struct dmx_message *message, const struct dmx_assumption *assumption,
                                   const struct dmx_budget *budget, struct dmx_arena *arena, struct dmx_verdict *out)
{
    struct road road = {
        .engine = engine,
        .assumption = assumption,
        .budget = budget,
        .arena = arena,
        .book = dmx_answers_new(arena, (size_t)engine->config->dns_max_questions),
        .spf_request = spf_request(envelope, engine->config, DMX_SPF_MAILFROM),
        .helo_request = spf_request(envelope, engine->config, DMX_SPF_HELO),
        .verdict = out,
    };
    enum dmx_status status = road.book ? DMX_OK : DMX_NOMEM;
    out->inbound_relay = dmx_cidr_list_contains(&engine->config->inbound_relays, &envelope->client);
    out->has_helo = engine->config->spf_helo && envelope->mail_from.len > 0 && !out->inbound_relay;
    out->null_sender = envelope->has_mail_from && envelope->mail_from.len == 0;
    if (out->inbound_relay)
        out->spf.reason = DMX_REASON("inbound-relay", "the client relays for this site: SPF is not its to pass", NULL);
    if (assumption && assumption->has_spf)
        out->spf = assumption->spf;
    if (assumption && assumption->has_dkim) {
        out->dkim = assumption->dkim;
        out->dkim_count = assumption->dkim_count;
    }
    if (status == DMX_OK) {
        dmx_author_find(message, arena, &out->author);
        out->has_list = has_list(message);
        if (!assumption || !assumption->has_dkim)
            status = begin_dkim(&road, envelope, message);
        if (status == DMX_OK)
            status = begin_arc(&road, envelope, message);
    }
    if (status == DMX_OK)
        status = travel(&road);
    if (status == DMX_OK && dmx_arena_failed(arena))
        status = DMX_NOMEM;
    if (status == DMX_OK)
        conclude(&road, envelope);
    else if (conclude_without_evidence(&road, envelope))
        status = DMX_OK;
    else
        give_up(out, status);
    end_asking(engine);
    return status;
}

void dmx_pipeline_spf_only(const struct dmx_engine *engine, const struct dmx_envelope *envelope,
                           const struct dmx_budget *budget, struct dmx_arena *arena, struct dmx_spf_result *out)
{
    struct dmx_answers *book = dmx_answers_new(arena, (size_t)engine->config->dns_max_questions);
    const struct dmx_spf_request request = spf_request(envelope, engine->config, DMX_SPF_MAILFROM);
    if (!book) {
        *out =
            (struct dmx_spf_result){.result = DMX_TEMPERROR, .reason = DMX_REASON("no-memory", "out of memory", NULL)};
        return;
    }
    enum dmx_step step = DMX_PENDING;
    for (unsigned round = 0; round < DMX_LAST_ROUNDS && step == DMX_PENDING; round++) {
        step = dmx_spf_eval(&request, book, arena, out);
        if (step == DMX_PENDING)
            dmx_ask(engine, book, budget, round);
    }
    end_asking(engine);
    if (step == DMX_DONE)
        return;
    *out = (struct dmx_spf_result){.result = DMX_TEMPERROR,
                                   .reason = DMX_REASON("too-many-rounds", "the evaluation did not end", NULL)};
}
