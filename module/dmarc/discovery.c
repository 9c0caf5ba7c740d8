/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/discovery.h"

#include "dmx/base/invariant.h"
#include "tree_walk.h"

#include "dmx/base/banned.h"

/* The record that was picked, and who asked for it. */
struct choice {
    struct dmx_slice author;
    enum dmx_rules rules;
    struct dmx_slice domain; /* where it stands */
    const struct dmx_published *found;
    bool author_exists; /* known without a question */
};

static enum dmx_step finish(struct dmx_discovery *out, enum dmx_discovery_status status, struct dmx_reason reason)
{
    out->status = status;
    out->reason = reason;
    return DMX_DONE;
}

/* Where discovery is written down, for the reader of a reason. */
static struct dmx_reason by_rules(struct dmx_reason reason, enum dmx_rules rules)
{
    reason.section = rules == DMX_RULES_7489 ? "RFC 7489 section 6.6.3" : "RFC 9989 section 4.10.1";
    return reason;
}

static bool is_nxdomain(const struct dmx_answer *answer)
{
    return answer->status == DMX_DNS_NXDOMAIN;
}

enum existence { EXISTS, MISSING, NOT_ASKED };

/*
 * NXDOMAIN for the Author Domain itself (RFC 8020, requirement D8); whatever else comes back, it exists or nobody knows.
 * Behind a CNAME, NXDOMAIN speaks of the alias's target: only the question for the CNAME is about this very name.
 */
static enum dmx_step ask_existence(const struct choice *choice, struct dmx_answers *book, enum existence *out)
{
    *out = EXISTS;
    if (choice->author_exists)
        return DMX_DONE;
    const struct dmx_slice no_prefix = DMX_SLICE("");
    const struct dmx_answer *txt = dmx_answers_ask_text(book, no_prefix, choice->author, DMX_RR_TXT);
    const struct dmx_answer *alias = dmx_answers_ask_text(book, no_prefix, choice->author, DMX_RR_CNAME);
    if (!txt || !alias)
        return DMX_PENDING;
    if (is_nxdomain(txt) && is_nxdomain(alias))
        *out = MISSING;
    else if (txt->status == DMX_DNS_CUT || alias->status == DMX_DNS_CUT)
        *out = NOT_ASKED;
    return DMX_DONE;
}

/*
 * np, sp or p, whichever the record has for this Author Domain (requirements D7, D10). Where a limit or the deadline kept
 * the question for its existence from being asked, the stricter of np and what else applies: a sender must gain nothing
 * by using up our questions.
 */
static enum dmx_step pick_tag(const struct choice *choice, struct dmx_answers *book, struct dmx_discovery *out)
{
    const struct dmx_dmarc_record *record = &out->record;
    bool inherited = !dmx_slice_eq(choice->domain, choice->author);
    bool is_inherited_sp = inherited && record->sp_state == DMX_TAG_VALID;
    enum dmx_policy otherwise = is_inherited_sp ? record->sp : record->p;
    enum existence existence = EXISTS;
    if (inherited && record->np_state == DMX_TAG_VALID && ask_existence(choice, book, &existence) == DMX_PENDING)
        return DMX_PENDING;
    out->tag = is_inherited_sp ? DMX_FROM_SP : DMX_FROM_P;
    out->published = otherwise;
    if (existence == MISSING || (existence == NOT_ASKED && record->np > otherwise)) {
        out->tag = DMX_FROM_NP;
        out->published = record->np;
    }
    return DMX_DONE;
}

/*
 * Whether policy tags are missing or bad (RFC 7489 section 6.6.3 step 6, RFC 9989 section 4.10.1). An absent p is a
 * defect under RFC 7489 only, where p is required; RFC 9989 section 4.7 makes it p=none (requirement B12).
 */
static bool is_defective(const struct dmx_dmarc_record *record, enum dmx_rules rules)
{
    return record->p_state == DMX_TAG_BAD || record->sp_state == DMX_TAG_BAD || record->np_state == DMX_TAG_BAD ||
           (record->p_state == DMX_TAG_ABSENT && rules == DMX_RULES_7489);
}

/* The owner wants reports, so the record stands for p=none; one who does not gets no DMARC (requirement B11). */
static enum dmx_step apply_defective(const struct choice *choice, struct dmx_discovery *out)
{
    struct dmx_reason reason =
        DMX_REASON_ABOUT("bad-policy-tag", "the record's policy is missing or not valid", NULL, choice->domain);
    reason = by_rules(reason, choice->rules);
    if (!out->record.has_rua_uri)
        return finish(out, DMX_DISCOVERY_NONE, reason);
    reason.text = "the record's policy is missing or not valid: taken as p=none, since it asks for reports";
    out->policy_domain = choice->domain;
    out->record.p = out->record.sp = out->record.np = DMX_POLICY_NONE;
    return finish(out, DMX_DISCOVERY_FOUND, reason);
}

static enum dmx_step apply_record(const struct choice *choice, struct dmx_answers *book, struct dmx_discovery *out)
{
    out->record = choice->found->record;
    if (is_defective(&out->record, choice->rules))
        return apply_defective(choice, out);
    out->policy_domain = choice->domain;
    if (pick_tag(choice, book, out) == DMX_PENDING)
        return DMX_PENDING;
    out->policy = out->published;
    struct dmx_reason reason = DMX_REASON_NONE;
    if (out->record.testing && out->published != DMX_POLICY_NONE) {
        out->policy = dmx_policy_lowered(out->published);
        reason =
            DMX_REASON("testing", "the record says t=y: its policy is lowered by one level", "RFC 9989 section 4.7");
    }
    return finish(out, DMX_DISCOVERY_FOUND, reason);
}

static enum dmx_step apply(const struct choice *choice, struct dmx_answers *book, struct dmx_discovery *out)
{
    switch (choice->found->kind) {
    case DMX_PUBLISHED_RECORD:
        return apply_record(choice, book, out);
    case DMX_PUBLISHED_BROKEN:
        return finish(out, DMX_DISCOVERY_PERMERROR, choice->found->reason);
    case DMX_PUBLISHED_NOTHING:
    case DMX_PUBLISHED_SEVERAL:
        return finish(out, DMX_DISCOVERY_NONE, by_rules(choice->found->reason, choice->rules));
    case DMX_PUBLISHED_FAILED:
    case DMX_PUBLISHED_CUT:
        break;
    }
    return finish(out, DMX_DISCOVERY_TEMPERROR, by_rules(choice->found->reason, choice->rules));
}

/* The Author Domain, then its organizational domain; asked together, since most mail needs the second one or neither. */
static enum dmx_step discover_by_list(struct dmx_slice author, const struct dmx_psl *psl, struct dmx_answers *book,
                                      struct dmx_discovery *out)
{
    struct dmx_published own, org;
    enum dmx_step own_step = dmx_published_eval(author, book, &own), org_step = DMX_DONE;
    out->org_domain = dmx_psl_org_domain(psl, author);
    bool is_org = out->org_domain.len == author.len;
    if (!is_org)
        org_step = dmx_published_eval(out->org_domain, book, &org);
    if (own_step == DMX_PENDING)
        return DMX_PENDING;
    struct choice choice = {author, DMX_RULES_7489, author, &own, own.name_exists};
    if (own.kind == DMX_PUBLISHED_NOTHING && !is_org) {
        if (org_step == DMX_PENDING)
            return DMX_PENDING;
        choice.found = &org;
        choice.domain = out->org_domain;
    }
    return apply(&choice, book, out);
}

/* Which level's record speaks when the author has none: the org domain's, else the public suffix's (D5, D6). */
static size_t policy_level(const struct dmx_walk *walk)
{
    return walk->org_level < walk->count ? walk->org_level : walk->psd_level;
}

static enum dmx_step discover_by_walk(struct dmx_slice author, struct dmx_answers *book, struct dmx_discovery *out)
{
    struct dmx_walk walk;
    if (dmx_walk_eval(author, book, &walk) == DMX_PENDING)
        return DMX_PENDING;
    out->org_domain = walk.org;
    if (DMX_BROKEN(walk.count > 0))
        return finish(out, DMX_DISCOVERY_TEMPERROR, DMX_REASON("no-author", "no Author Domain was given", NULL));
    struct choice choice = {author, DMX_RULES_9989, author, &walk.found[0], walk.found[0].name_exists};
    enum dmx_published_kind own = walk.found[0].kind;
    if (own == DMX_PUBLISHED_RECORD || own == DMX_PUBLISHED_BROKEN)
        return apply(&choice, book, out);
    if (walk.end != DMX_WALK_COMPLETE)
        return finish(out, DMX_DISCOVERY_TEMPERROR, by_rules(walk.found[walk.count - 1].reason, DMX_RULES_9989));
    size_t level = policy_level(&walk);
    if (level < walk.count) {
        choice.found = &walk.found[level];
        choice.domain = walk.names[level];
    }
    return apply(&choice, book, out);
}

enum dmx_step dmx_discovery_eval(struct dmx_slice author, enum dmx_rules rules, const struct dmx_psl *psl,
                                 struct dmx_answers *book, struct dmx_discovery *out)
{
    *out = (struct dmx_discovery){.status = DMX_DISCOVERY_NONE, .org_domain = author};
    switch (rules) {
    case DMX_RULES_7489:
        return discover_by_list(author, psl, book, out);
    case DMX_RULES_9989:
        break;
    }
    return discover_by_walk(author, book, out);
}

enum dmx_step dmx_org_domain_eval(struct dmx_slice domain, enum dmx_rules rules, const struct dmx_psl *psl,
                                  struct dmx_answers *book, struct dmx_slice *out_org, bool *out_failed)
{
    struct dmx_walk walk;
    *out_failed = false;
    if (rules == DMX_RULES_7489) {
        *out_org = dmx_psl_org_domain(psl, domain);
        return DMX_DONE;
    }
    if (dmx_walk_eval(domain, book, &walk) == DMX_PENDING)
        return DMX_PENDING;
    *out_org = walk.org;
    *out_failed = walk.end != DMX_WALK_COMPLETE;
    return DMX_DONE;
}
