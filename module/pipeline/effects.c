/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict as header fields, $local_scan_data and log line. Everything from outside is escaped and clipped here. */
#include "dmx/pipeline/effects.h"

#include "acl.h"
#include "dmx/mail/authres.h"

#include "dmx/base/banned.h"

enum {
    MAX_SHOWN_ADDRESS = 320, /* RFC 5321 section 4.5.3.1: 64 + 1 + 255 */
    MAX_SHOWN_DOMAIN = 255,
    MAX_SHOWN_DETAIL = 200,
    MAX_SHOWN_RECORD = 500,
    SHOWN_SIGNATURE = 8,  /* RFC 6008: enough of b= to tell signatures apart */
    DKIM_LOG_ROOM = 2000, /* of the log line: beyond it signatures are only counted */
    SPF_LOG_ROOM = 128,   /* a domain without normal form is shown escaped */
    LOG_ROOM = 32 * 1024, /* the whole line with every byte escaped */
};

static struct dmx_slice dkim_signature_start(const struct dmx_dkim_result *dkim)
{
    return dmx_slice_upto(dkim->signature, SHOWN_SIGNATURE);
}

/* A chain that the site, or trouble of its own, left alone: nothing is said of it. */
static bool is_left_out(const struct dmx_arc_result *arc)
{
    return dmx_slice_eq(dmx_slice_cstr(arc->reason.token), DMX_SLICE("not-evaluated"));
}

static void put_spf(struct dmx_authres *ar, const struct dmx_verdict *verdict, const struct dmx_envelope *envelope)
{
    const struct dmx_spf_result *spf = &verdict->spf;
    dmx_authres_method(ar, "spf", spf->result, &spf->reason);
    /* A null sender was checked as postmaster@HELO (RFC 7208 section 2.4): HELO is what people find in the log. */
    if (spf->identity == DMX_SPF_HELO || envelope->mail_from.len == 0)
        dmx_authres_property(ar, "smtp", "helo", dmx_slice_upto(envelope->helo, MAX_SHOWN_DOMAIN));
    else if (envelope->mail_from.len <= MAX_SHOWN_ADDRESS)
        dmx_authres_property(ar, "smtp", "mailfrom", envelope->mail_from);
    else
        dmx_authres_property(ar, "smtp", "mailfrom", dmx_slice_upto(spf->domain, MAX_SHOWN_DOMAIN));
}

static void put_helo(struct dmx_authres *ar, const struct dmx_verdict *verdict, const struct dmx_envelope *envelope)
{
    if (!verdict->has_helo)
        return;
    dmx_authres_method(ar, "spf", verdict->helo.result, &verdict->helo.reason);
    dmx_authres_property(ar, "smtp", "helo", dmx_slice_upto(envelope->helo, MAX_SHOWN_DOMAIN));
}

/* Its weaknesses as words, with a separator before each. */
static void put_weak(struct dmx_builder *b, unsigned flags, const char *separator)
{
    struct dmx_dkim_weakness weakness;
    while (dmx_dkim_weakness_next(&flags, &weakness)) {
        dmx_put_cstr(b, separator);
        dmx_put_cstr(b, weakness.word);
    }
}

static void put_dkim_comment(struct dmx_authres *ar, const struct dmx_dkim_result *dkim)
{
    char text[DMX_AUTHRES_TEXT];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    if (dkim->key_bits) {
        dmx_put_u64(&b, dkim->key_bits);
        dmx_put_cstr(&b, "-bit key");
    }
    if (dkim->weak) {
        dmx_put_cstr(&b, b.len ? ", weak:" : "weak:");
        put_weak(&b, dkim->weak, " ");
    }
    if (dkim->partial_body)
        dmx_put_cstr(&b, b.len ? ", part of the body is not signed" : "part of the body is not signed");
    if (b.len && (dkim->weak || dkim->partial_body))
        dmx_authres_comment(ar, dmx_builder_text(&b));
}

static void put_dkim(struct dmx_authres *ar, const struct dmx_dkim_result *dkim)
{
    dmx_authres_method(ar, "dkim", dkim->result, &dkim->reason);
    dmx_authres_property(ar, "header", "d", dkim->domain);
    dmx_authres_property(ar, "header", "s", dmx_slice_upto(dkim->selector, MAX_SHOWN_DOMAIN));
    dmx_authres_property(ar, "header", "a", dmx_slice_upto(dkim->algorithm, MAX_SHOWN_DOMAIN));
    dmx_authres_property(ar, "header", "b", dkim_signature_start(dkim));
    put_dkim_comment(ar, dkim);
}

/* The seals as RFC 8617 section 7.2.2 names them, the newest first. */
static void put_arc(struct dmx_authres *ar, const struct dmx_arc_result *arc)
{
    char text[DMX_AUTHRES_TEXT * 4];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_authres_method(ar, "arc", arc->result, &arc->reason);
    if (arc->has_oldest_pass) {
        dmx_put_u64(&b, arc->oldest_pass);
        dmx_authres_property(ar, "header", "oldest-pass", dmx_builder_text(&b));
        b.len = 0;
    }
    for (size_t i = arc->count; i > 0 && b.len < DMX_AUTHRES_TEXT; i--) {
        if (arc->sets[i - 1].domain.len == 0)
            continue;
        dmx_put_cstr(&b, b.len ? " as[" : "as[");
        dmx_put_u64(&b, arc->sets[i - 1].instance);
        dmx_put_cstr(&b, "].d=");
        dmx_put(&b, arc->sets[i - 1].domain);
    }
    if (b.len)
        dmx_authres_comment(ar, dmx_builder_text(&b));
}

static void put_dmarc(struct dmx_authres *ar, const struct dmx_verdict *verdict)
{
    dmx_authres_method(ar, "dmarc", verdict->dmarc.result, &verdict->dmarc.reason);
    dmx_authres_property(ar, "header", "from", verdict->author.domain);
    if (!verdict->has_policy)
        return;
    dmx_authres_property(ar, "policy", "dmarc", dmx_slice_cstr(dmx_policy_word(verdict->policy)));
    if (verdict->dmarc.result == DMX_FAIL && verdict->override.type) {
        char text[256];
        struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
        dmx_put_cstr(&b, "disposition=");
        dmx_put_cstr(&b, dmx_disposition_word(verdict->disposition));
        dmx_put_cstr(&b, ": ");
        dmx_put(&b, dmx_slice_upto(verdict->override.comment, MAX_SHOWN_DETAIL));
        dmx_authres_comment(ar, dmx_builder_text(&b));
    }
}

void dmx_put_authres(struct dmx_builder *out, const struct dmx_verdict *verdict, const struct dmx_envelope *envelope,
                     struct dmx_slice id)
{
    struct dmx_authres ar = {0};
    dmx_authres_begin(&ar, out, id);
    if (verdict->judged) {
        /* DMARC first: what a limit leaves out must not be the verdict. */
        put_dmarc(&ar, verdict);
        put_spf(&ar, verdict, envelope);
        if (verdict->has_arc && !is_left_out(&verdict->arc))
            put_arc(&ar, &verdict->arc);
        for (size_t i = 0; i < verdict->dkim_count; i++)
            put_dkim(&ar, &verdict->dkim[i]);
        if (verdict->dkim_count == 0)
            dmx_authres_method(&ar, "dkim", DMX_NONE, NULL);
        put_helo(&ar, verdict, envelope);
    }
    dmx_authres_end(&ar);
}

const char *dmx_fail_policy_word(const struct dmx_verdict *verdict)
{
    bool failed = verdict->judged && verdict->dmarc.result == DMX_FAIL && verdict->has_policy;
    if (verdict->disposition == DMX_DISPOSITION_REJECT)
        return NULL;
    if (failed && !verdict->approved && verdict->policy != DMX_POLICY_NONE)
        return dmx_policy_word(verdict->policy);
    return verdict->disposition == DMX_DISPOSITION_QUARANTINE ? "quarantine" : NULL;
}

static void put_pair(struct dmx_builder *out, const char *key, const char *value)
{
    dmx_put_char(out, ' ');
    dmx_put_cstr(out, key);
    dmx_put_char(out, '=');
    dmx_put_cstr(out, value);
}

/* key="text", with quotes inside turned into apostrophes so that the value ends where it seems to. */
static void put_quoted(struct dmx_builder *out, const char *key, struct dmx_slice text, size_t max)
{
    put_pair(out, key, "\"");
    for (size_t i = 0; i < text.len && i < max; i++)
        dmx_put_escaped(out, text.ptr[i] == '"' ? DMX_SLICE("'") : dmx_slice(text.ptr + i, 1), 1);
    dmx_put_cstr(out, text.len > max ? "...\"" : "\"");
}

static void put_reason(struct dmx_builder *out, const char *key, const struct dmx_reason *reason)
{
    char text[512];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    if (!reason->token)
        return;
    dmx_put_cstr(&b, reason->token);
    if (reason->text) {
        dmx_put_cstr(&b, ": ");
        dmx_put_cstr(&b, reason->text);
    }
    if (reason->detail.len) {
        dmx_put_cstr(&b, " (");
        dmx_put(&b, dmx_slice_upto(reason->detail, MAX_SHOWN_DETAIL));
        dmx_put_cstr(&b, ")");
    }
    put_quoted(out, key, dmx_builder_text(&b), sizeof text);
}

static void put_log_dkim_one(struct dmx_builder *out, const struct dmx_dkim_result *dkim)
{
    dmx_put_cstr(out, dmx_result_word(dkim->result));
    dmx_put_char(out, '(');
    if (dkim->domain.len)
        dmx_put_escaped(out, dkim->domain, MAX_SHOWN_DOMAIN);
    if (dkim->reason.token) {
        dmx_put_cstr(out, ":");
        dmx_put_cstr(out, dkim->reason.token);
    }
    if (dkim->weak) {
        dmx_put_cstr(out, ":weak");
        put_weak(out, dkim->weak, "/");
    }
    dmx_put_char(out, ')');
}

static void put_log_dkim(struct dmx_builder *out, const struct dmx_verdict *verdict)
{
    put_pair(out, "dkim", "");
    if (verdict->dkim_count == 0)
        dmx_put_cstr(out, dmx_result_word(DMX_NONE));
    size_t ignored = verdict->dkim_ignored, limit = out->len + DKIM_LOG_ROOM;
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        if (out->len > limit) {
            ignored += verdict->dkim_count - i;
            break;
        }
        if (i)
            dmx_put_char(out, ',');
        put_log_dkim_one(out, &verdict->dkim[i]);
    }
    if (ignored) {
        dmx_put_char(out, '+');
        dmx_put_u64(out, ignored);
    }
}

static void put_log_spf(struct dmx_builder *out, const char *key, const struct dmx_spf_result *spf)
{
    put_pair(out, key, dmx_result_word(spf->result));
    if (spf->domain.len == 0)
        return;
    dmx_put_char(out, '(');
    dmx_put_cstr(out, spf->identity == DMX_SPF_HELO ? "helo " : "");
    dmx_put_escaped(out, spf->domain, SPF_LOG_ROOM);
    dmx_put_char(out, ')');
}

/* The newest sealer, and how many there are or why the chain failed. */
static void put_log_arc(struct dmx_builder *out, const struct dmx_arc_result *arc)
{
    bool evaluated = !is_left_out(arc);
    put_pair(out, "arc", evaluated ? dmx_result_word(arc->result) : "not-evaluated");
    if (!evaluated || arc->result == DMX_NONE)
        return;
    dmx_put_char(out, '(');
    if (arc->count > 0)
        dmx_put_escaped(out, arc->sets[arc->count - 1].domain, MAX_SHOWN_DOMAIN);
    dmx_put_char(out, ':');
    if (arc->reason.token)
        dmx_put_cstr(out, arc->reason.token);
    else
        dmx_put_u64(out, arc->count);
    dmx_put_char(out, ')');
}

static void put_log_record(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict)
{
    if (verdict->discovery.status != DMX_DISCOVERY_FOUND || verdict->author.status != DMX_AUTHOR_OK)
        return;
    put_pair(out, "policy_domain", "");
    dmx_put_escaped(out, verdict->discovery.policy_domain, MAX_SHOWN_DOMAIN);
    if (config->log_dmarc_record)
        put_quoted(out, "record", verdict->discovery.record.text, MAX_SHOWN_RECORD);
}

/* What a pass rests on. */
static const char *pass_words(const struct dmx_dmarc_result *dmarc)
{
    if (dmarc->spf_aligned && dmarc->dkim_aligned)
        return "aligned: SPF and DKIM";
    return dmarc->spf_aligned ? "aligned: SPF" : "aligned: DKIM";
}

/* The verdict's part of the line: what was decided and why. */
static void put_log_decision(struct dmx_builder *out, const struct dmx_verdict *verdict)
{
    put_pair(out, "dmarc", dmx_result_word(verdict->dmarc.result));
    put_pair(out, "policy", verdict->has_policy ? dmx_policy_word(verdict->policy) : "-");
    put_pair(out, "disposition", dmx_disposition_word(verdict->disposition));
    if (verdict->would_be != verdict->disposition)
        put_pair(out, "would_be", dmx_disposition_word(verdict->would_be));
    put_pair(out, "domain", "");
    if (verdict->author.domain.len)
        dmx_put_escaped(out, verdict->author.domain, MAX_SHOWN_DOMAIN);
    else
        dmx_put_char(out, '-');
    if (verdict->override.type) {
        put_pair(out, "override", verdict->override.type);
        put_quoted(out, "because", verdict->override.comment, MAX_SHOWN_DETAIL);
    }
    if (verdict->dmarc.result == DMX_PASS && !verdict->reason.token)
        put_quoted(out, "reason", dmx_slice_cstr(pass_words(&verdict->dmarc)), MAX_SHOWN_DETAIL);
    else
        put_reason(out, "reason", &verdict->reason);
}

void dmx_put_spf_flags(struct dmx_builder *out, const struct dmx_spf_result *spf)
{
    const struct {
        bool holds;
        const char *words;
    } rows[] = {
        {spf->flags & DMX_SPF_PLUS_ALL, "+all"},
        {spf->flags & DMX_SPF_USES_PTR, "ptr"},
        {spf->lookups > DMX_SPF_MAX_LOOKUPS, "over 10 lookups"},
        {spf->flags & DMX_SPF_TYPE_99, "type 99 record"},
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].holds)
            continue;
        dmx_put_cstr(out, between);
        dmx_put_cstr(out, rows[i].words);
        between = ", ";
    }
}

static void put_spf_flags(struct dmx_builder *out, const struct dmx_spf_result *spf)
{
    char text[128];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_spf_flags(&b, spf);
    if (b.len)
        put_quoted(out, "spf_flags", dmx_builder_text(&b), sizeof text);
}

static void put_log_stale(struct dmx_builder *out, struct dmx_slice names)
{
    if (names.len == 0)
        return;
    put_pair(out, "dns", "stale(");
    dmx_put_escaped(out, names, MAX_SHOWN_DOMAIN);
    dmx_put_char(out, ')');
}

/* on_reject = corroborated names what it went by. */
static void put_log_corroboration(struct dmx_builder *out, const struct dmx_corroboration *c)
{
    if (c->signal)
        put_pair(out, "signal", c->signal);
    if (c->indirect)
        put_pair(out, "indirect", c->indirect);
}

/* Only where it would have made a difference: that is what an administrator who compares the rules looks for. */
static void put_log_shadow(struct dmx_builder *out, const struct dmx_shadow *shadow)
{
    if (!shadow->judged || !shadow->differs)
        return;
    put_pair(out, "shadow_rules", dmx_rules_word(shadow->rules));
    put_pair(out, "shadow_dmarc", dmx_result_word(shadow->dmarc.result));
    put_pair(out, "shadow_policy", shadow->has_policy ? dmx_policy_word(shadow->policy) : "-");
    put_pair(out, "shadow_disposition", dmx_disposition_word(shadow->would_be));
}

static void put_log_lint(struct dmx_builder *out, const struct dmx_lint *lint)
{
    for (size_t i = 0; i < lint->count && out->len < DKIM_LOG_ROOM; i++)
        put_reason(out, "record_lint", &lint->items[i]);
}

static void put_log_reasons(struct dmx_builder *out, const struct dmx_verdict *verdict)
{
    put_reason(out, "spf_reason", &verdict->spf.reason);
    put_spf_flags(out, &verdict->spf);
    put_reason(out, "arc_reason", &verdict->arc.reason);
    put_reason(out, "sealers_reason", &verdict->sealers_reason);
    for (size_t i = 0; i < verdict->dkim_count && out->len < DKIM_LOG_ROOM; i++)
        put_reason(out, "dkim_reason", &verdict->dkim[i].reason);
    put_log_lint(out, &verdict->lint);
}

static void put_log_line(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict,
                         const struct dmx_envelope *envelope)
{
    struct acl_order order = acl_order_parse(envelope->acl);
    dmx_put_cstr(out, "dmx:");
    if (verdict->exempt != DMX_EXEMPT_NO) {
        put_pair(out, "disposition", dmx_disposition_word(verdict->disposition));
        put_pair(out, "exempt", dmx_exempt_word(verdict->exempt));
        if (verdict->exempt_reason.len)
            put_quoted(out, "because", verdict->exempt_reason, MAX_SHOWN_DETAIL);
        return;
    }
    put_log_spf(out, "spf", &verdict->spf);
    if (verdict->has_helo)
        put_log_spf(out, "helo_spf", &verdict->helo);
    put_log_dkim(out, verdict);
    put_log_arc(out, &verdict->arc);
    put_log_decision(out, verdict);
    put_log_stale(out, verdict->stale);
    put_log_corroboration(out, &verdict->corroboration);
    put_log_shadow(out, &verdict->shadow);
    if (verdict->author.name_domain.len) {
        put_pair(out, "name_domain", "");
        dmx_put_escaped(out, verdict->author.name_domain, MAX_SHOWN_DOMAIN);
    }
    put_log_record(out, config, verdict);
    if (order.word != ACL_NOTHING)
        put_quoted(out, order.word == ACL_UNKNOWN ? "unknown_acl_m_dmx" : "acl_m_dmx", envelope->acl, MAX_SHOWN_DETAIL);
    if (config->log_verbose)
        put_log_reasons(out, verdict);
}

/* Built with room for everything escaped, then clipped: results and decision stand in front of texts. */
void dmx_put_log(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict,
                 const struct dmx_envelope *envelope)
{
    char line[LOG_ROOM];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    put_log_line(&b, config, verdict, envelope);
    dmx_put(out, dmx_slice_upto(dmx_builder_text(&b), DMX_LOG_MAX));
}

void dmx_put_data(struct dmx_builder *out, const struct dmx_verdict *verdict)
{
    if (verdict->exempt != DMX_EXEMPT_NO) {
        dmx_put_cstr(out, "dmarc=none disposition=exempt exempt=");
        dmx_put_cstr(out, dmx_exempt_word(verdict->exempt));
        return;
    }
    dmx_put_cstr(out, "dmarc=");
    dmx_put_cstr(out, dmx_result_word(verdict->dmarc.result));
    put_pair(out, "spf", dmx_result_word(verdict->spf.result));
    put_pair(out, "policy", verdict->has_policy ? dmx_policy_word(verdict->policy) : "-");
    put_pair(out, "disposition", dmx_disposition_word(verdict->disposition));
    if (verdict->author.domain.len) {
        put_pair(out, "domain", "");
        dmx_put_escaped(out, verdict->author.domain, MAX_SHOWN_DOMAIN);
    }
}
