/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "record.h"

#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

/* What a row is made into. */
struct record {
    struct dmx_builder *out;
    const struct dmx_mask *mask;
    const struct dmx_aggregate_row *row;
    const struct dmx_aggregate *report;
    bool old;    /* RFC 7489 */
    bool hidden; /* the mask hid something */
};

static void put(struct record *r, size_t indent, const char *name, struct dmx_slice text, size_t max_bytes)
{
    if (xml_put_element(r->out, r->mask, indent, name, text, max_bytes))
        r->hidden = true;
}

/* ---- words that both dialects, or one of them, have ---- */

enum { OLD = 1, NEW = 2, BOTH = OLD | NEW };

struct word {
    const char *word;
    unsigned dialects;
};

/* RFC 8601 section 2.7, as far as the schemas have it. */
static const struct word dkim_words[] = {
    {"none", BOTH},    {"pass", BOTH},      {"fail", BOTH},      {"policy", BOTH},
    {"neutral", BOTH}, {"temperror", BOTH}, {"permerror", BOTH}, {NULL, 0},
};
static const struct word spf_words[] = {
    {"none", BOTH},    {"pass", BOTH},      {"fail", BOTH},      {"softfail", BOTH}, {"policy", NEW},
    {"neutral", BOTH}, {"temperror", BOTH}, {"permerror", BOTH}, {NULL, 0},
};
static const struct word reason_words[] = {
    {"forwarded", OLD},
    {"sampled_out", OLD},
    {"trusted_forwarder", BOTH},
    {"mailing_list", BOTH},
    {"local_policy", BOTH},
    {"policy_test_mode", NEW},
    {"other", BOTH},
    {NULL, 0},
};
static const struct word disposition_words[] = {
    {"none", BOTH},
    {"quarantine", BOTH},
    {"reject", BOTH},
    {NULL, 0},
};

/* The word itself where the dialect has it, else what stands for it. */
static const char *word_of(const struct record *r, const struct word *words, struct dmx_slice text, const char *instead)
{
    for (; words->word; words++)
        if (words->dialects & (r->old ? OLD : NEW) && dmx_slice_eq_nocase(text, dmx_slice_cstr(words->word)))
            return words->word;
    return instead;
}

/* ---- row ---- */

/*
 * The pattern of RFC 7489's schema takes IPv6 addresses of eight groups only; readers take both. RFC 9990 has no pattern.
 */
static void put_ipv6_groups(struct dmx_builder *out, const struct dmx_ip *ip)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i += 2) {
        unsigned group = (unsigned)ip->bytes[i] << 8 | ip->bytes[i + 1];
        unsigned shift = 12;
        while (shift > 0 && group >> shift == 0)
            shift -= 4;
        if (i > 0)
            dmx_put_char(out, ':');
        for (;; shift -= 4) {
            dmx_put_char(out, hex[group >> shift & 0xf]);
            if (shift == 0)
                break;
        }
    }
}

static void put_source(struct record *r)
{
    struct dmx_ip ip = r->row->source;
    dmx_put_cstr(r->out, "      <source_ip>");
    if (dmx_mask_hides(r->mask, &ip)) {
        r->hidden = true;
        ip = (struct dmx_ip){.family = ip.family};
    }
    if (r->hidden && r->mask->form == DMX_MASK_LITERAL)
        dmx_put_cstr(r->out, "X.X.X.X");
    else if (r->old && ip.family == DMX_IP_V6)
        put_ipv6_groups(r->out, &ip);
    else
        dmx_put_ip(r->out, &ip);
    dmx_put_cstr(r->out, "</source_ip>\n");
}

/* "pass" is RFC 9990's: nothing was done because the message passed, under a policy that asks for something. */
static const char *disposition_of(const struct record *r)
{
    const struct dmx_aggregate_row *row = r->row;
    const char *word = word_of(r, disposition_words, row->disposition, "none");
    bool none = dmx_slice_eq(dmx_slice_cstr(word), DMX_SLICE("none"));
    bool pass = (row->dkim_aligned || row->spf_aligned) && row->policy != DMX_POLICY_NONE;
    return !r->old && none && pass ? "pass" : word;
}

static void put_reason(struct record *r, const struct dmx_aggregate_reason *reason)
{
    const char *word = word_of(r, reason_words, reason->type, NULL);
    char buf[XML_TEXT_MAX + XML_NAME_MAX + 1];
    struct dmx_builder comment = dmx_builder_fixed(buf, sizeof buf);
    if (!word) { /* its own word is told in the comment */
        dmx_put(&comment, dmx_slice_upto(reason->type, XML_NAME_MAX - 2));
        dmx_put_cstr(&comment, reason->comment.len > 0 ? ": " : "");
    }
    dmx_put(&comment, dmx_slice_upto(reason->comment, XML_TEXT_MAX));
    xml_put_tag(r->out, 8, "reason");
    xml_put_word(r->out, 10, "type", word ? word : "other");
    if (comment.len > 0)
        put(r, 10, "comment", dmx_builder_text(&comment), XML_TEXT_MAX);
    xml_put_tag(r->out, 8, "/reason");
}

/* Requirement I8: a failure that was not treated as the policy says has a reason, known or not. */
static bool lacks_reason(const struct record *r)
{
    const struct dmx_aggregate_row *row = r->row;
    const char *word = word_of(r, disposition_words, row->disposition, "none");
    return row->reason_count == 0 && !row->dkim_aligned && !row->spf_aligned &&
           !dmx_slice_eq(dmx_slice_cstr(word), dmx_slice_cstr(dmx_policy_word(row->policy)));
}

static void put_evaluated(struct record *r)
{
    static const struct dmx_aggregate_reason unknown = {DMX_SLICE_INIT("other"),
                                                        DMX_SLICE_INIT("the policy was not applied")};
    const struct dmx_aggregate_row *row = r->row;
    xml_put_tag(r->out, 6, "policy_evaluated");
    xml_put_word(r->out, 8, "disposition", disposition_of(r));
    xml_put_word(r->out, 8, "dkim", row->dkim_aligned ? "pass" : "fail");
    xml_put_word(r->out, 8, "spf", row->spf_aligned ? "pass" : "fail");
    for (size_t i = 0; i < row->reason_count && i < RECORD_REASONS; i++)
        put_reason(r, &row->reasons[i]);
    if (lacks_reason(r))
        put_reason(r, &unknown);
    xml_put_tag(r->out, 6, "/policy_evaluated");
}

/* ---- auth_results ---- */

enum { PRIORITIES = 4 };

/*
 * Requirement I10: passes that are strictly aligned, those that are aligned at all, other passes, the rest. Without the
 * organizational domains, which nothing else of a report needs, "related" stands for aligned: it only orders.
 */
static int priority(const struct record *r, const struct dmx_aggregate_dkim *dkim)
{
    struct dmx_slice from = r->row->header_from, policy = r->report->policy.domain;
    if (!dmx_slice_eq_nocase(dkim->result, DMX_SLICE("pass")))
        return 3;
    if (dmx_slice_eq_nocase(dkim->domain, from))
        return 0;
    bool related = dmx_domain_within(dkim->domain, from) || dmx_domain_within(from, dkim->domain) ||
                   (dmx_domain_within(dkim->domain, policy) && dmx_domain_within(from, policy));
    return related ? 1 : 2;
}

static void put_dkim(struct record *r, const struct dmx_aggregate_dkim *dkim)
{
    xml_put_tag(r->out, 6, "dkim");
    put(r, 8, "domain", dkim->domain, XML_NAME_MAX);
    if (!r->old || dkim->selector.len > 0)
        put(r, 8, "selector", dkim->selector, XML_NAME_MAX);
    xml_put_word(r->out, 8, "result", word_of(r, dkim_words, dkim->result, "none"));
    if (dkim->human_result.len > 0)
        put(r, 8, "human_result", dkim->human_result, XML_TEXT_MAX);
    xml_put_tag(r->out, 6, "/dkim");
}

static void put_signatures(struct record *r, size_t most)
{
    size_t written = 0;
    for (int wanted = 0; wanted < PRIORITIES; wanted++)
        for (size_t i = 0; i < r->row->dkim_count && written < most; i++) {
            if (priority(r, &r->row->dkim[i]) != wanted)
                continue;
            put_dkim(r, &r->row->dkim[i]);
            written++;
        }
}

/*
 * RFC 7489 wants one element at least, and readers want a domain in it, also where there was none to ask about (a null
 * sender that said HELO with an address); it knows HELO as a scope. RFC 9990 wants one at most, and calls the null sender's
 * identity, postmaster@HELO, that of MAIL FROM (RFC 7208 section 2.4).
 */
static void put_spf(struct record *r)
{
    const struct dmx_aggregate_row *row = r->row;
    if (!r->old && row->spf_domain.len == 0)
        return;
    xml_put_tag(r->out, 6, "spf");
    put(r, 8, "domain", row->spf_domain.len > 0 ? row->spf_domain : DMX_SLICE("unknown"), XML_NAME_MAX);
    xml_put_word(r->out, 8, "scope", r->old && row->spf_of_helo ? "helo" : "mfrom");
    xml_put_word(r->out, 8, "result", word_of(r, spf_words, row->spf_result, "none"));
    if (!r->old && row->spf_human_result.len > 0)
        put(r, 8, "human_result", row->spf_human_result, XML_TEXT_MAX);
    xml_put_tag(r->out, 6, "/spf");
}

/* ---- the whole ---- */

static struct record record_of(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask,
                               const struct dmx_aggregate_row *row)
{
    return (struct record){out, mask, row, report, report->dialect == DMX_DIALECT_RFC7489, false};
}

bool record_put_head(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask,
                     const struct dmx_aggregate_row *row)
{
    struct record r = record_of(out, report, mask, row);
    xml_put_tag(out, 2, "record");
    xml_put_tag(out, 4, "row");
    put_source(&r);
    return r.hidden;
}

bool record_put_tail(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask,
                     const struct dmx_aggregate_row *row, size_t signatures)
{
    struct record r = record_of(out, report, mask, row);
    put_evaluated(&r);
    xml_put_tag(out, 4, "/row");
    xml_put_tag(out, 4, "identifiers");
    put(&r, 6, "envelope_from", row->envelope_from, XML_NAME_MAX);
    put(&r, 6, "header_from", row->header_from, XML_NAME_MAX);
    xml_put_tag(out, 4, "/identifiers");
    xml_put_tag(out, 4, "auth_results");
    put_signatures(&r, signatures);
    put_spf(&r);
    xml_put_tag(out, 4, "/auth_results");
    xml_put_tag(out, 2, "/record");
    return r.hidden;
}
