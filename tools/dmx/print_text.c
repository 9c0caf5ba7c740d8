/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The verdict for people: result first, then why, line by line. */
#include "dmx/pipeline/effects.h"
#include "print.h"
#include "tool.h"

enum { MAX_SHOWN = 300 };

static void put_safe(FILE *to, struct dmx_slice s)
{
    print_safe(to, s, MAX_SHOWN);
}

static void put_reason(FILE *to, const struct dmx_reason *reason)
{
    if (!reason->token)
        return;
    fprintf(to, "        %s", reason->text ? reason->text : reason->token);
    if (reason->detail.len) {
        fputs(": ", to);
        put_safe(to, reason->detail);
    }
    if (reason->section)
        fprintf(to, " [%s]", reason->section);
    fputc('\n', to);
}

/* What the owner of the records should mend; it changes no result. */
static void put_flags(FILE *to, const struct dmx_spf_result *spf)
{
    char text[128];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_spf_flags(&b, spf);
    struct dmx_slice flags = dmx_builder_text(&b);
    if (flags.len)
        fprintf(to, "        worth mending: %.*s [RFC 7208 sections 3.1, 4.6.4, 5.5]\n", DMX_SLICE_ARG(flags));
    if (spf->lookups)
        fprintf(to, "        %u of %d lookups [RFC 7208 section 4.6.4]\n", spf->lookups, DMX_SPF_MAX_LOOKUPS);
}

static void put_spf(FILE *to, const struct dmx_spf_result *spf, bool verbose)
{
    fprintf(to, "SPF     %s", dmx_result_word(spf->result));
    if (spf->domain.len) {
        fprintf(to, " for %s ", spf->identity == DMX_SPF_HELO ? "HELO" : "MAIL FROM domain");
        put_safe(to, spf->domain);
    }
    fputc('\n', to);
    if (!verbose)
        return;
    put_reason(to, &spf->reason);
    put_flags(to, spf);
    if (spf->explanation.ptr) {
        fputs("        the sender says: ", to);
        put_safe(to, spf->explanation);
        fputc('\n', to);
    }
}

/* What people should know of a signature whether it passed or not. */
static void put_weak(FILE *to, unsigned flags)
{
    struct dmx_dkim_weakness weakness;
    while (dmx_dkim_weakness_next(&flags, &weakness))
        fprintf(to, "        weak: %s [%s]\n", weakness.text, weakness.section);
}

static void put_dkim(FILE *to, const struct dmx_verdict *verdict, bool verbose)
{
    if (verdict->dkim_count == 0)
        fputs("DKIM    none: no signature\n", to);
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        const struct dmx_dkim_result *dkim = &verdict->dkim[i];
        fprintf(to, "DKIM    %s", dmx_result_word(dkim->result));
        if (dkim->domain.len) {
            fputs(" for ", to);
            put_safe(to, dkim->domain);
        }
        if (verbose && dkim->selector.len) {
            fputs(" selector ", to);
            put_safe(to, dkim->selector);
            fputc(' ', to);
            put_safe(to, dkim->algorithm);
            if (dkim->key_bits)
                fprintf(to, " %u bits", dkim->key_bits);
        }
        fputc('\n', to);
        if (verbose || dkim->result != DMX_PASS)
            put_reason(to, &dkim->reason);
        if (verbose)
            put_weak(to, dkim->weak);
    }
    if (verdict->dkim_ignored)
        fprintf(to, "        %zu more signatures were not looked at (dkim_max_signatures)\n", verdict->dkim_ignored);
}

static void put_arc(FILE *to, const struct dmx_verdict *verdict, bool verbose)
{
    const struct dmx_arc_result *arc = &verdict->arc;
    if (!verdict->has_arc)
        return;
    fprintf(to, "ARC     %s", dmx_result_word(arc->result));
    for (size_t i = arc->count; i > 0; i--) {
        fprintf(to, "%s%u by ", i == arc->count ? ", seal " : ", ", arc->sets[i - 1].instance);
        put_safe(to, arc->sets[i - 1].domain.len ? arc->sets[i - 1].domain : DMX_SLICE("?"));
    }
    fputc('\n', to);
    put_reason(to, &arc->reason);
    if (verbose && arc->has_oldest_pass)
        fprintf(to, "        message signatures hold from set %u on [RFC 8617 section 5.2]\n",
                arc->oldest_pass ? arc->oldest_pass : 1);
    if (verbose)
        put_reason(to, &verdict->sealers_reason);
}

static void put_author(FILE *to, const struct dmx_author *author)
{
    if (author->status == DMX_AUTHOR_OK) {
        fputs("From    ", to);
        put_safe(to, author->domain);
        fputc('\n', to);
        if (author->name_domain.len) {
            fputs("        the name beside it shows an address of another domain: ", to);
            put_safe(to, author->name_domain);
            fputc('\n', to);
        }
        return;
    }
    fputs(author->status == DMX_AUTHOR_NONE ? "From    none\n" : "From    cannot be validated\n", to);
    put_reason(to, &author->reason);
}

static const char *alignment_words(enum dmx_alignment_mode mode)
{
    return mode == DMX_STRICT ? "strict" : "relaxed";
}

static void put_spf_alignment(FILE *to, const struct dmx_verdict *verdict)
{
    const struct dmx_spf_result *spf = &verdict->spf;
    if (spf->result != DMX_PASS) {
        fputs("        SPF did not pass: nothing to align\n", to);
        return;
    }
    fprintf(to, "        SPF %sdomain ", spf->identity == DMX_SPF_HELO ? "HELO " : "");
    put_safe(to, spf->domain);
    fputs(" against author ", to);
    put_safe(to, verdict->author.domain);
    fprintf(to, ", %s: %s\n", alignment_words(verdict->discovery.record.aspf),
            verdict->dmarc.spf_aligned ? "aligned" : "not aligned");
}

/* Of several signatures one that is aligned is enough, and which one it is shows by their domains. */
static void put_dkim_alignment(FILE *to, const struct dmx_verdict *verdict)
{
    size_t passed = 0;
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        if (verdict->dkim[i].result != DMX_PASS)
            continue;
        fputs(passed++ ? ", " : "        DKIM domain ", to);
        put_safe(to, verdict->dkim[i].domain);
    }
    if (passed == 0) {
        fputs("        DKIM did not pass: nothing to align\n", to);
        return;
    }
    fputs(" against author ", to);
    put_safe(to, verdict->author.domain);
    fprintf(to, ", %s: ", alignment_words(verdict->discovery.record.adkim));
    if (passed > 1)
        fputs(verdict->dmarc.dkim_aligned ? "at least one is " : "none is ", to);
    fputs(verdict->dmarc.dkim_aligned || passed > 1 ? "aligned\n" : "not aligned\n", to);
}

static void put_policy(FILE *to, const struct dmx_verdict *verdict)
{
    static const char *const tags[] = {[DMX_FROM_P] = "p", [DMX_FROM_SP] = "sp", [DMX_FROM_NP] = "np"};
    const struct dmx_discovery *d = &verdict->discovery;
    if (verdict->author.status != DMX_AUTHOR_OK)
        return;
    fputs("        organizational domain ", to);
    put_safe(to, d->org_domain);
    fputc('\n', to);
    if (d->status != DMX_DISCOVERY_FOUND) /* dmarc.reason has said why */
        return;
    fputs("        record at _dmarc.", to);
    put_safe(to, d->policy_domain);
    fputs(": ", to);
    put_safe(to, d->record.text);
    fprintf(to, "\n        policy %s from %s", dmx_policy_word(d->published), tags[d->tag]);
    if (d->policy != d->published)
        fprintf(to, ", lowered to %s by t=y", dmx_policy_word(d->policy));
    fputc('\n', to);
    put_spf_alignment(to, verdict);
    put_dkim_alignment(to, verdict);
}

/* One line each; what an owner should hear of, and what an administrator may have wondered about. */
static void put_lint(FILE *to, const struct dmx_lint *lint)
{
    for (size_t i = 0; i < lint->count; i++)
        put_reason(to, &lint->items[i]);
}

static void put_shadow(FILE *to, const struct dmx_shadow *shadow)
{
    if (!shadow->judged)
        return;
    fprintf(to, "Shadow  %s: %s", dmx_rules_word(shadow->rules), dmx_result_word(shadow->dmarc.result));
    if (shadow->has_policy)
        fprintf(to, ", policy %s", dmx_policy_word(shadow->policy));
    fprintf(to, ", %s%s\n", dmx_disposition_word(shadow->would_be), shadow->differs ? " (differs)" : "");
}

static void put_stale(FILE *to, struct dmx_slice names)
{
    if (names.len == 0)
        return;
    fputs("DNS     failed; answers over their time came from the cache for ", to);
    put_safe(to, names);
    fputc('\n', to);
}

static void put_disposition(FILE *to, const struct dmx_verdict *verdict)
{
    fprintf(to, "Verdict %s", dmx_disposition_word(verdict->disposition));
    if (verdict->override.type) {
        fprintf(to, " (%s: ", verdict->override.type);
        put_safe(to, verdict->override.comment);
        fputc(')', to);
    }
    if (verdict->would_be != verdict->disposition)
        fprintf(to, "; mode = enforce: %s", dmx_disposition_word(verdict->would_be));
    fputc('\n', to);
}

void print_text(FILE *to, const struct dmx_verdict *verdict, bool verbose)
{
    if (verdict->exempt != DMX_EXEMPT_NO) {
        fprintf(to, "Verdict exempt: %s\n", dmx_exempt_word(verdict->exempt));
        return;
    }
    put_author(to, &verdict->author);
    put_spf(to, &verdict->spf, verbose);
    if (verdict->has_helo)
        put_spf(to, &verdict->helo, verbose);
    put_dkim(to, verdict, verbose);
    put_arc(to, verdict, verbose);
    fprintf(to, "DMARC   %s", dmx_result_word(verdict->dmarc.result));
    if (verdict->has_policy)
        fprintf(to, ", policy %s", dmx_policy_word(verdict->policy));
    fputc('\n', to);
    /* Without an author the reason stands under From. */
    if (verdict->author.status == DMX_AUTHOR_OK)
        put_reason(to, &verdict->dmarc.reason);
    if (verbose) {
        put_policy(to, verdict);
        put_lint(to, &verdict->lint);
    }
    put_disposition(to, verdict);
    put_shadow(to, &verdict->shadow);
    put_stale(to, verdict->stale);
    if (verbose)
        fprintf(to, "        %zu question%s asked of DNS\n", verdict->questions, verdict->questions == 1 ? "" : "s");
}

void print_text_spf(FILE *to, const struct dmx_spf_result *spf, bool verbose)
{
    put_spf(to, spf, true);
    if (verbose)
        fprintf(to, "        identity %s\n", spf->identity == DMX_SPF_HELO ? "helo" : "mailfrom");
}
