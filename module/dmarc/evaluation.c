/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/evaluation.h"

#include "alignment.h"

#include "dmx/base/banned.h"

/* One thing that SPF or DKIM said about a domain, as far as DMARC is concerned. */
struct identifier {
    struct dmx_slice domain;
    enum dmx_alignment_mode mode;
    bool passed;
    bool failed_lookup; /* did not pass, because a lookup failed */
};

/* What identifiers of one kind came to. */
struct tally {
    bool passed;              /* one passed, aligned or not */
    bool aligned;             /* one passed and is aligned */
    struct dmx_slice unknown; /* the first of which nobody can say it; ptr NULL: none */
};

struct trial {
    const struct dmx_dmarc_evidence *evidence;
    struct dmx_alignment_author author;
    struct dmx_answers *book;
    struct tally spf, dkim;
    struct dmx_slice unknown;
};

/* Only MAIL FROM counts, which for the null sender is postmaster@HELO (requirement E1). */
static struct identifier spf_identifier(const struct dmx_dmarc_evidence *evidence)
{
    const struct dmx_spf_result *spf = evidence->spf;
    bool counts = spf->identity == DMX_SPF_MAILFROM, passed = counts && spf->result == DMX_PASS;
    return (struct identifier){
        .domain = spf->domain,
        .mode = evidence->discovery->record.aspf,
        .passed = passed,
        .failed_lookup = counts && !passed && spf->dns_failed,
    };
}

/* d=, never i= (requirement E2). */
static struct identifier dkim_identifier(const struct dmx_dmarc_evidence *evidence, size_t n)
{
    const struct dmx_dkim_result *dkim = &evidence->dkim[n];
    bool passed = dkim->result == DMX_PASS;
    return (struct identifier){
        .domain = dkim->domain,
        .mode = evidence->discovery->record.adkim,
        .passed = passed,
        .failed_lookup = !passed && dkim->dns_failed,
    };
}

static enum dmx_step weigh_pass(struct trial *trial, const struct identifier *id, struct tally *tally)
{
    enum dmx_alignment alignment;
    if (!id->passed || tally->aligned)
        return DMX_DONE;
    tally->passed = true;
    if (dmx_alignment_eval(&trial->author, id->domain, id->mode, trial->book, &alignment) == DMX_PENDING)
        return DMX_PENDING;
    tally->aligned = alignment == DMX_ALIGNED;
    if (alignment == DMX_ALIGNMENT_UNKNOWN && !tally->unknown.ptr)
        tally->unknown = id->domain;
    return DMX_DONE;
}

/* Everything that passed. All of it is looked at before anything is waited for, so that the walks run side by side. */
static enum dmx_step weigh_passes(struct trial *trial)
{
    const struct dmx_dmarc_evidence *evidence = trial->evidence;
    struct identifier id = spf_identifier(evidence);
    enum dmx_step step = weigh_pass(trial, &id, &trial->spf);
    bool pending = false;
    for (size_t i = 0; i < evidence->dkim_count; i++) {
        id = dkim_identifier(evidence, i);
        pending |= weigh_pass(trial, &id, &trial->dkim) == DMX_PENDING;
    }
    if (step == DMX_PENDING || (pending && !trial->dkim.aligned))
        return DMX_PENDING;
    trial->unknown = trial->spf.unknown.ptr ? trial->spf.unknown : trial->dkim.unknown;
    return DMX_DONE;
}

/* One whose lookup failed, and which would have been aligned, or might have been, had it passed (requirement E6). */
static enum dmx_step weigh_failure(struct trial *trial, const struct identifier *id)
{
    enum dmx_alignment alignment;
    if (!id->failed_lookup || trial->unknown.ptr)
        return DMX_DONE;
    if (dmx_alignment_eval(&trial->author, id->domain, id->mode, trial->book, &alignment) == DMX_PENDING)
        return DMX_PENDING;
    if (alignment != DMX_NOT_ALIGNED)
        trial->unknown = id->domain;
    return DMX_DONE;
}

static enum dmx_step weigh_failures(struct trial *trial)
{
    const struct dmx_dmarc_evidence *evidence = trial->evidence;
    struct identifier id = spf_identifier(evidence);
    bool pending = weigh_failure(trial, &id) == DMX_PENDING;
    for (size_t i = 0; i < evidence->dkim_count; i++) {
        id = dkim_identifier(evidence, i);
        pending |= weigh_failure(trial, &id) == DMX_PENDING;
    }
    return pending && !trial->unknown.ptr ? DMX_PENDING : DMX_DONE;
}

static enum dmx_step finish(struct dmx_dmarc_result *out, enum dmx_result result, struct dmx_reason reason)
{
    out->result = result;
    out->reason = reason;
    return DMX_DONE;
}

static enum dmx_step conclude(const struct trial *trial, struct dmx_dmarc_result *out)
{
    bool old = trial->author.rules == DMX_RULES_7489;
    if (trial->unknown.ptr)
        return finish(out, DMX_TEMPERROR,
                      DMX_REASON_ABOUT("lookup-failed",
                                       "a lookup failed for a domain that could align with the author's",
                                       old ? "RFC 7489 section 6.6.2" : "RFC 9989 section 5.3.6", trial->unknown));
    if (trial->spf.passed || trial->dkim.passed)
        return finish(out, DMX_FAIL,
                      DMX_REASON("not-aligned", "what passed SPF or DKIM is not aligned with the author's domain",
                                 old ? "RFC 7489 section 3.1" : "RFC 9989 section 4.4"));
    return finish(out, DMX_FAIL,
                  DMX_REASON("nothing-passed", "neither SPF nor DKIM passed",
                             old ? "RFC 7489 section 6.6.2" : "RFC 9989 section 5.3.5"));
}

/* There is a record, so it is pass, fail, or not to be known (requirements E5, E6). */
static enum dmx_step eval_identifiers(const struct dmx_dmarc_evidence *evidence, struct trial *trial,
                                      struct dmx_dmarc_result *out)
{
    trial->evidence = evidence;
    if (weigh_passes(trial) == DMX_PENDING)
        return DMX_PENDING;
    out->spf_aligned = trial->spf.aligned;
    out->dkim_aligned = trial->dkim.aligned;
    if (out->spf_aligned || out->dkim_aligned)
        return finish(out, DMX_PASS, DMX_REASON_NONE);
    if (weigh_failures(trial) == DMX_PENDING)
        return DMX_PENDING;
    return conclude(trial, out);
}

static enum dmx_step eval_author_ok(const struct dmx_dmarc_evidence *evidence, struct trial *trial,
                                    struct dmx_dmarc_result *out)
{
    const struct dmx_discovery *discovery = evidence->discovery;
    out->org_domain = discovery->org_domain;
    switch (discovery->status) {
    case DMX_DISCOVERY_NONE:
        return finish(out, DMX_NONE, discovery->reason);
    case DMX_DISCOVERY_TEMPERROR:
        return finish(out, DMX_TEMPERROR, discovery->reason);
    case DMX_DISCOVERY_PERMERROR:
        return finish(out, DMX_PERMERROR, discovery->reason);
    case DMX_DISCOVERY_FOUND:
        break;
    }
    return eval_identifiers(evidence, trial, out);
}

enum dmx_step dmx_dmarc_eval(const struct dmx_dmarc_evidence *evidence, enum dmx_rules rules, const struct dmx_psl *psl,
                             struct dmx_answers *book, struct dmx_dmarc_result *out)
{
    const struct dmx_author *author = evidence->author;
    struct trial trial = {.book = book};
    *out = (struct dmx_dmarc_result){.result = DMX_NONE};
    switch (author->status) {
    case DMX_AUTHOR_NONE:
        return finish(out, DMX_NONE, author->reason);
    case DMX_AUTHOR_MULTIPLE:
    case DMX_AUTHOR_INVALID:
        return finish(out, DMX_PERMERROR, author->reason);
    case DMX_AUTHOR_OK:
        break;
    }
    if (evidence->discovery->status == DMX_DISCOVERY_FOUND &&
        dmx_alignment_begin(author->domain, rules, psl, book, &trial.author) == DMX_PENDING)
        return DMX_PENDING;
    return eval_author_ok(evidence, &trial, out);
}
