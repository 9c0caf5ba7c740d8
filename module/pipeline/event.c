/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/pipeline/event.h"

#include "acl.h"
#include "asking.h"
#include "decide.h"
#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

/* ---- to the journal ---- */

static struct dmx_slice word(const char *text)
{
    return dmx_slice_cstr(text);
}

static const char *const author_words[] = {
    [DMX_AUTHOR_OK] = "ok",
    [DMX_AUTHOR_NONE] = "none",
    [DMX_AUTHOR_MULTIPLE] = "multiple",
    [DMX_AUTHOR_INVALID] = "invalid",
};
enum { AUTHOR_WORDS = sizeof author_words / sizeof *author_words };

/* The word alone: the administrator's reason may be about a person. */
static struct dmx_slice acl_word(struct dmx_slice value)
{
    struct acl_order order = acl_order_parse(value);
    if (order.word == ACL_NOTHING || order.word == ACL_UNKNOWN)
        return DMX_SLICE_NONE;
    return dmx_slice_trim(dmx_slice_upto(dmx_slice_trim(value), dmx_slice_find(dmx_slice_trim(value), ':')));
}

static uint32_t flags_of(const struct dmx_verdict *verdict)
{
    const struct {
        bool set;
        uint32_t flag;
    } rows[] = {
        {verdict->dmarc.spf_aligned, DMX_EVENT_SPF_ALIGNED},
        {verdict->dmarc.dkim_aligned, DMX_EVENT_DKIM_ALIGNED},
        {verdict->spf.identity == DMX_SPF_HELO, DMX_EVENT_SPF_OF_HELO},
        {verdict->null_sender, DMX_EVENT_NULL_SENDER},
        {verdict->has_list, DMX_EVENT_LIST_FIELDS},
        {verdict->inbound_relay, DMX_EVENT_INBOUND_RELAY},
        {verdict->no_report, DMX_EVENT_NO_REPORT},
        {verdict->mixed_recipients, DMX_EVENT_MIXED_RECIPIENTS},
        {verdict->author.name_domain.len > 0, DMX_EVENT_NAME_DOMAIN},
    };
    uint32_t flags = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        flags |= rows[i].set ? rows[i].flag : 0;
    return flags;
}

/* Domains only, each once: who exactly was written to is nobody's business. */
static enum dmx_status put_recipients(const struct dmx_envelope *envelope, struct dmx_arena *arena,
                                      struct dmx_event *out)
{
    struct dmx_slice *domains = dmx_arena_array(arena, DMX_EVENT_RECIPIENTS, sizeof *domains);
    if (!domains)
        return DMX_NOMEM;
    out->recipients = domains;
    for (size_t i = 0; i < envelope->recipient_count; i++) {
        struct dmx_slice address = envelope->recipients[i];
        struct dmx_slice domain = dmx_slice_from(address, dmx_slice_rfind(address, '@') + 1);
        bool seen = domain.len == 0;
        for (size_t j = 0; j < out->recipient_count && !seen; j++)
            seen = dmx_slice_eq_nocase(domains[j], domain);
        if (!seen && out->recipient_count == DMX_EVENT_RECIPIENTS) {
            out->flags |= DMX_EVENT_MORE_RECIPIENTS;
            break;
        }
        if (!seen)
            domains[out->recipient_count++] = domain;
    }
    return DMX_OK;
}

static enum dmx_status put_dkim(const struct dmx_verdict *verdict, struct dmx_arena *arena, struct dmx_event *out)
{
    struct dmx_event_dkim *dkim = dmx_arena_array(arena, verdict->dkim_count, sizeof *dkim);
    if (!dkim)
        return DMX_NOMEM;
    for (size_t i = 0; i < verdict->dkim_count; i++)
        dkim[i] = (struct dmx_event_dkim){
            .result = word(dmx_result_word(verdict->dkim[i].result)),
            .domain = verdict->dkim[i].domain,
            .selector = verdict->dkim[i].selector,
            .reason = word(verdict->dkim[i].reason.token),
            .header_intact = verdict->dkim[i].header_intact,
        };
    out->dkim = dkim;
    out->dkim_count = verdict->dkim_count;
    return DMX_OK;
}

static enum dmx_status put_notes(const struct dmx_lint *lint, struct dmx_arena *arena, struct dmx_event *out)
{
    struct dmx_slice *notes = dmx_arena_array(arena, lint->count, sizeof *notes);
    if (!notes)
        return DMX_NOMEM;
    for (size_t i = 0; i < lint->count; i++)
        notes[i] = word(lint->items[i].token);
    out->notes = notes;
    out->note_count = lint->count;
    return DMX_OK;
}

static void put_policies(const struct dmx_verdict *verdict, struct dmx_event *out)
{
    if (verdict->bad_from_found)
        out->bad_from_policy = word(dmx_policy_word(verdict->bad_from_policy));
    if (verdict->author.status != DMX_AUTHOR_OK || verdict->discovery.status != DMX_DISCOVERY_FOUND)
        return;
    out->policy_domain = verdict->discovery.policy_domain;
    out->record = verdict->discovery.record.text;
    out->published = word(dmx_policy_word(verdict->discovery.published));
    out->policy = word(dmx_policy_word(verdict->discovery.policy));
}

static void put_shadow(const struct dmx_shadow *shadow, struct dmx_event *out)
{
    if (!shadow->judged)
        return;
    out->shadow_rules = word(dmx_rules_word(shadow->rules));
    out->shadow_result = word(dmx_result_word(shadow->dmarc.result));
    out->shadow_would_be = word(dmx_disposition_word(shadow->would_be));
    if (shadow->has_policy)
        out->shadow_policy = word(dmx_policy_word(shadow->policy));
}

static void put_judgement(const struct dmx_config *config, const struct dmx_verdict *verdict, struct dmx_event *out)
{
    out->rules = word(dmx_rules_word(dmx_rules_of(config)));
    out->author = verdict->author.domain;
    out->author_status = word(author_words[verdict->author.status]);
    out->org_domain = verdict->dmarc.org_domain;
    out->result = word(dmx_result_word(verdict->dmarc.result));
    out->reason = word(verdict->dmarc.reason.token);
    out->override_type = word(verdict->override.type);
    out->override_comment = verdict->override.comment;
    out->signal = word(verdict->corroboration.signal);
    out->indirect = word(verdict->corroboration.indirect);
    out->spf_result = word(dmx_result_word(verdict->spf.result));
    out->spf_domain = verdict->spf.domain;
    out->arc_result = word(dmx_result_word(verdict->arc.result));
    out->arc_override = verdict->arc_override;
    if (verdict->arc.result == DMX_PASS && verdict->arc.count > 0)
        out->arc_sealer = verdict->arc.sets[verdict->arc.count - 1].domain;
    put_policies(verdict, out);
    put_shadow(&verdict->shadow, out);
}

enum dmx_status dmx_event_of(const struct dmx_config *config, const struct dmx_envelope *envelope,
                             const struct dmx_verdict *verdict, struct dmx_arena *arena, struct dmx_event *out)
{
    *out = (struct dmx_event){
        .time_s = envelope->now_s,
        .client = envelope->client,
        .flags = flags_of(verdict),
        .draw = (uint8_t)envelope->draw,
        .acl = acl_word(envelope->acl),
        .acl_signal = dmx_slice_trim(envelope->acl_signal),
        .disposition = word(dmx_disposition_word(verdict->disposition)),
        .would_be = word(dmx_disposition_word(verdict->would_be)),
    };
    enum dmx_status status = put_recipients(envelope, arena, out);
    if (verdict->exempt != DMX_EXEMPT_NO) {
        out->exempt = word(dmx_exempt_word(verdict->exempt));
        return status;
    }
    put_judgement(config, verdict, out);
    if (status == DMX_OK)
        status = put_dkim(verdict, arena, out);
    return status == DMX_OK ? put_notes(&verdict->lint, arena, out) : status;
}

/* ---- and back ---- */

static enum dmx_result result_of(struct dmx_slice text)
{
    enum dmx_result result;
    return dmx_result_parse(text, &result) ? result : DMX_NONE;
}

static enum dmx_policy policy_of(struct dmx_slice text)
{
    enum dmx_policy policy;
    return dmx_policy_parse(text, &policy) ? policy : DMX_POLICY_NONE;
}

static enum dmx_author_status author_of(struct dmx_slice text)
{
    for (size_t i = 0; i < AUTHOR_WORDS; i++)
        if (dmx_slice_eq(text, word(author_words[i])))
            return (enum dmx_author_status)i;
    return DMX_AUTHOR_NONE;
}

static enum dmx_disposition disposition_of(struct dmx_slice text)
{
    for (int i = DMX_DISPOSITION_NONE; i <= DMX_DISPOSITION_EXEMPT; i++)
        if (dmx_slice_eq(text, word(dmx_disposition_word((enum dmx_disposition)i))))
            return (enum dmx_disposition)i;
    return DMX_DISPOSITION_NONE;
}

static bool restore_dkim(const struct dmx_event *event, struct dmx_arena *arena, struct dmx_verdict *out)
{
    struct dmx_dkim_result *dkim = dmx_arena_array(arena, event->dkim_count, sizeof *dkim);
    if (!dkim)
        return false;
    for (size_t i = 0; i < event->dkim_count; i++) {
        dkim[i].result = result_of(event->dkim[i].result);
        dkim[i].domain = event->dkim[i].domain;
        dkim[i].selector = event->dkim[i].selector;
        dkim[i].header_intact = event->dkim[i].header_intact;
    }
    out->dkim = dkim;
    out->dkim_count = event->dkim_count;
    return true;
}

/* Of the chain what decisions look at: whether it is intact, who sealed it last, and who vouched. */
static bool restore_arc(const struct dmx_event *event, struct dmx_arena *arena, struct dmx_verdict *out)
{
    struct dmx_arc_set *set = dmx_arena_alloc(arena, sizeof *set);
    if (!set)
        return false;
    set->instance = 1;
    set->domain = event->arc_sealer;
    out->arc.result = result_of(event->arc_result);
    out->arc.sets = set;
    out->arc.count = event->arc_sealer.len > 0;
    out->arc_override = event->arc_override;
    return true;
}

static void restore_discovery(const struct dmx_event *event, struct dmx_discovery *out)
{
    struct dmx_reason reason;
    out->status = event->policy.len ? DMX_DISCOVERY_FOUND : DMX_DISCOVERY_NONE;
    out->policy_domain = event->policy_domain;
    out->org_domain = event->org_domain;
    out->published = policy_of(event->published);
    out->policy = policy_of(event->policy);
    /* For pct. A record that does not parse any more, cut as it is, has the defaults. */
    if (dmx_dmarc_record_parse(event->record, &out->record, &reason) != DMX_RECORD_DMARC)
        out->record = (struct dmx_dmarc_record){.pct = 100};
}

static bool restore(const struct dmx_event *event, struct dmx_arena *arena, struct dmx_verdict *out)
{
    *out = (struct dmx_verdict){
        .judged = true,
        .author = {.status = author_of(event->author_status), .domain = event->author},
        .spf = {.result = result_of(event->spf_result), .domain = event->spf_domain},
        .dmarc = {.result = result_of(event->result), .org_domain = event->org_domain},
        .has_list = event->flags & DMX_EVENT_LIST_FIELDS,
        .inbound_relay = event->flags & DMX_EVENT_INBOUND_RELAY,
        .mixed_recipients = event->flags & DMX_EVENT_MIXED_RECIPIENTS,
        .null_sender = event->flags & DMX_EVENT_NULL_SENDER,
        .bad_from_found = event->bad_from_policy.len > 0,
        .bad_from_policy = policy_of(event->bad_from_policy),
    };
    if (event->flags & DMX_EVENT_SPF_OF_HELO)
        out->spf.identity = DMX_SPF_HELO;
    restore_discovery(event, &out->discovery);
    return restore_arc(event, arena, out) && restore_dkim(event, arena, out);
}

enum dmx_replay dmx_event_replay(const struct dmx_event *event, const struct dmx_config *config,
                                 struct dmx_arena *arena, enum dmx_disposition *out_would_be)
{
    struct dmx_verdict verdict;
    const struct dmx_envelope envelope = {
        .client = event->client,
        .acl = event->acl,
        .acl_signal = event->acl_signal,
        .now_s = event->time_s,
        .draw = event->draw,
    };
    struct dmx_slice rules = word(dmx_rules_word(dmx_rules_of(config)));
    *out_would_be = disposition_of(event->would_be);
    if (event->exempt.len > 0)
        return DMX_REPLAY_EXEMPT;
    if (!dmx_slice_eq(event->rules, rules)) {
        *out_would_be = disposition_of(event->shadow_would_be);
        return dmx_slice_eq(event->shadow_rules, rules) ? DMX_REPLAYED : DMX_REPLAY_OTHER_RULES;
    }
    if (!restore(event, arena, &verdict))
        return DMX_REPLAYED;
    dmx_decide(config, &envelope, arena, &verdict);
    *out_would_be = verdict.would_be;
    return DMX_REPLAYED;
}
