/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whether a failure report is due, and to whom. */
#include "dmx/pipeline/failure.h"

#include "dmx/base/ascii.h"
#include "dmx/dmarc/uri.h"

#include "dmx/base/banned.h"

/* ---- conditions --------------------------------------------------------------------------------------------------- */

/*
 * RFC 9989 section 4.7, "d": a signature that failed, aligned or not. What did not pass for good: it is wrong, its key
 * is missing or revoked, or it is too weak for us. Not what could not be looked up.
 */
static bool has_failed_signature(const struct dmx_verdict *verdict)
{
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        enum dmx_result result = verdict->dkim[i].result;
        if (result == DMX_FAIL || result == DMX_PERMERROR || result == DMX_POLICY)
            return true;
    }
    return false;
}

/*
 * "s": SPF failed, aligned or not. A soft fail is one (the host is not authorised, RFC 7208 section 2.6.5), and so is a
 * record that cannot be used: its owner is the one who can mend it. The inbound relays' mail has none.
 */
static bool has_failed_spf(const struct dmx_verdict *verdict)
{
    enum dmx_result result = verdict->spf.result;
    return result == DMX_FAIL || result == DMX_SOFTFAIL || result == DMX_PERMERROR;
}

uint32_t dmx_failure_conditions(const struct dmx_verdict *verdict)
{
    const struct dmx_dmarc_result *dmarc = &verdict->dmarc;
    uint32_t conditions = 0;
    /* Where a lookup failed nobody knows what did not pass. */
    if (!verdict->judged || (dmarc->result != DMX_PASS && dmarc->result != DMX_FAIL))
        return 0;
    if (!dmarc->spf_aligned && !dmarc->dkim_aligned)
        conditions |= DMX_FAILURE_ALL;
    if (!dmarc->spf_aligned || !dmarc->dkim_aligned)
        conditions |= DMX_FAILURE_ANY;
    if (has_failed_signature(verdict))
        conditions |= DMX_FAILURE_DKIM;
    if (has_failed_spf(verdict))
        conditions |= DMX_FAILURE_SPF;
    return conditions;
}

/* ("0" / "1" / "d" / "s") *( ":" … ), already looked at when the record was read. */
uint32_t dmx_failure_asked(const struct dmx_dmarc_record *record)
{
    static const struct {
        char letter;
        uint32_t condition;
    } rows[] = {{'0', DMX_FAILURE_ALL}, {'1', DMX_FAILURE_ANY}, {'d', DMX_FAILURE_DKIM}, {'s', DMX_FAILURE_SPF}};
    uint32_t asked = 0;
    if (record->ruf.len == 0)
        return 0;
    for (size_t i = 0; i < record->fo.len; i++)
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
            if (dmx_lower(record->fo.ptr[i]) == rows[row].letter)
                asked |= rows[row].condition;
    return asked ? asked : DMX_FAILURE_ALL;
}

/* ---- what is never reported --------------------------------------------------------------------------------------- */

/* Whether a value's media type (RFC 2045 section 5.1) is this one. */
static bool is_type(struct dmx_slice value, struct dmx_slice type)
{
    value = dmx_slice_trim(value);
    struct dmx_slice rest = dmx_slice_from(value, type.len);
    return dmx_slice_starts_nocase(value, type) &&
           (rest.len == 0 || (!dmx_is_alnum(rest.ptr[0]) && rest.ptr[0] != '-'));
}

/*
 * Mail about mail: bounces and failure reports (RFC 6522), and aggregate reports, which have nothing but their subject in
 * common (RFC 9990 section 3.5.2). Two hosts whose reports fail each other's DMARC would otherwise write to each other for
 * ever; who marks forged mail so escapes this report and none of its judgement. Replies by machines come to report_email and
 * its VERP addresses, mail to which is not to be reported either (decide.c).
 */
static bool is_report(const struct dmx_message *message)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct dmx_field *field = &message->fields[i];
        if (dmx_slice_eq_nocase(field->name, DMX_SLICE("Content-Type")) &&
            (is_type(field->value, DMX_SLICE("multipart/report")) ||
             is_type(field->value, DMX_SLICE("message/feedback-report"))))
            return true;
        if (dmx_slice_eq_nocase(field->name, DMX_SLICE("Subject")) &&
            dmx_slice_starts_nocase(dmx_slice_trim(field->value), DMX_SLICE("Report Domain:")))
            return true;
    }
    return false;
}

/* A word for what keeps a report from being made, whatever failed; NULL: nothing. The cheap ones first. */
static const char *obstacle(const struct dmx_config *config, const struct dmx_verdict *verdict,
                            const struct dmx_message *message)
{
    const struct dmx_discovery *discovery = &verdict->discovery;
    if (!dmx_config_sends_failures(config))
        return "not-sent";
    if (!verdict->judged || verdict->exempt != DMX_EXEMPT_NO)
        return "not-judged";
    if (verdict->author.status != DMX_AUTHOR_OK || discovery->status != DMX_DISCOVERY_FOUND)
        return "no-policy";
    if (discovery->record.ruf.len == 0)
        return "no-ruf";
    /* RFC 9991 section 2: a registry would be shown its customers' mail. */
    if (discovery->record.psd == DMX_PSD_YES)
        return "public-suffix";
    if (verdict->no_report)
        return "no-report";
    if (dmx_config_excludes_reports(config, discovery->policy_domain))
        return "excluded";
    return is_report(message) ? "is-report" : NULL;
}

/* ---- to whom ------------------------------------------------------------------------------------------------------ */

static bool is_known(const struct dmx_failure *failure, struct dmx_slice key)
{
    for (size_t i = 0; i < failure->count; i++)
        if (dmx_slice_eq(failure->keys[i], key))
            return true;
    return false;
}

/* The mailto URIs, in order, as many as there is room for. */
static void find_destinations(struct dmx_slice ruf, struct dmx_arena *arena, struct dmx_failure *out)
{
    struct dmx_report_uri uri;
    struct dmx_slice address;
    while (out->count < DMX_CAPSULE_DESTINATIONS && dmx_report_uri_next(&ruf, &uri)) {
        if (!dmx_report_uri_address(&uri, arena, &address))
            continue;
        struct dmx_slice key = dmx_arena_dup_lower(arena, address);
        if (is_known(out, key))
            continue;
        out->destinations[out->count] = uri.text;
        out->keys[out->count++] = key;
    }
}

/*
 * Whom the limits count. Not the policy domain: a wildcard record would make a domain of each name. Nor what the tree walk of
 * RFC 9989 section 4.10 finds, if there is a list: its owner would make an organization of each name, by psd= or by records
 * below a gap, and one domain would take the tokens of all.
 */
static struct dmx_slice organization_of(const struct dmx_verdict *verdict, const struct dmx_psl *psl)
{
    const struct dmx_slice policy = verdict->discovery.policy_domain;
    if (psl)
        return dmx_psl_org_domain(psl, policy);
    return verdict->dmarc.org_domain.len > 0 ? verdict->dmarc.org_domain : policy;
}

enum dmx_status dmx_failure_find(const struct dmx_config *config, const struct dmx_psl *psl,
                                 const struct dmx_verdict *verdict, const struct dmx_message *message,
                                 struct dmx_arena *arena, struct dmx_failure *out)
{
    *out = (struct dmx_failure){.why_not = obstacle(config, verdict, message)};
    if (out->why_not)
        return DMX_OK;
    const struct dmx_dmarc_record *record = &verdict->discovery.record;
    const uint32_t conditions = dmx_failure_asked(record) & dmx_failure_conditions(verdict);
    if (conditions == 0) {
        out->why_not = "no-condition";
        return DMX_OK;
    }
    find_destinations(record->ruf, arena, out);
    if (dmx_arena_failed(arena))
        return DMX_NOMEM;
    out->organization = organization_of(verdict, psl);
    if (out->count == 0)
        out->why_not = "no-destination";
    else
        out->conditions = conditions;
    return DMX_OK;
}
