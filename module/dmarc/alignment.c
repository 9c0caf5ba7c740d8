/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "alignment.h"

#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

/* The longest name that both are or lie below; empty when they share not even the last label. */
static struct dmx_slice common_parent(struct dmx_slice a, struct dmx_slice b)
{
    while (a.len > 0 && !dmx_domain_within(b, a))
        a = dmx_domain_parent(a);
    return a;
}

/* A name that nobody's mail has in common: one label, or a public suffix where a list is at hand. */
static bool is_registry(const struct dmx_psl *psl, struct dmx_slice name)
{
    return dmx_domain_labels(name) < 2 || dmx_psl_is_suffix(psl, name);
}

/*
 * Whether a walk from the identifier could end where the author's did. The organizational domain of a name is that name
 * or above it, so one outside of the author's is decided without a question.
 *
 * Where the author's own walk broke off, the end could be anything that both have in common. A registry's name is not
 * taken for that: else a stranger's valid signature would turn a failure into a temporary error whenever _dmarc of
 * some suffix cannot be looked up, and what a sender adds must never make things gentler.
 */
static bool could_align(const struct dmx_alignment_author *author, struct dmx_slice identifier)
{
    if (author->walk.end == DMX_WALK_COMPLETE)
        return dmx_domain_within(identifier, author->walk.org);
    return !is_registry(author->psl, common_parent(author->domain, identifier));
}

/*
 * Both walks, as far as they came. Two different starts come to the same name only by a record that both met: whatever
 * stands above it and could not be looked up would move both ends alike, so that this holds for broken walks too.
 */
static enum dmx_alignment compare(const struct dmx_walk *author, const struct dmx_walk *identifier)
{
    if (dmx_slice_eq(author->org, identifier->org))
        return DMX_ALIGNED;
    if (author->end == DMX_WALK_COMPLETE && identifier->end == DMX_WALK_COMPLETE)
        return DMX_NOT_ALIGNED;
    bool cut = author->end == DMX_WALK_CUT || identifier->end == DMX_WALK_CUT;
    return cut ? DMX_NOT_ALIGNED : DMX_ALIGNMENT_UNKNOWN;
}

static enum dmx_step eval_by_walk(const struct dmx_alignment_author *author, struct dmx_slice identifier,
                                  struct dmx_answers *book, enum dmx_alignment *out)
{
    struct dmx_walk walk;
    if (!could_align(author, identifier))
        return DMX_DONE;
    if (dmx_walk_eval(identifier, book, &walk) == DMX_PENDING)
        return DMX_PENDING;
    *out = compare(&author->walk, &walk);
    return DMX_DONE;
}

enum dmx_step dmx_alignment_begin(struct dmx_slice author, enum dmx_rules rules, const struct dmx_psl *psl,
                                  struct dmx_answers *book, struct dmx_alignment_author *out)
{
    *out = (struct dmx_alignment_author){.domain = author, .rules = rules, .psl = psl};
    return rules == DMX_RULES_9989 ? dmx_walk_eval(author, book, &out->walk) : DMX_DONE;
}

enum dmx_step dmx_alignment_eval(const struct dmx_alignment_author *author, struct dmx_slice identifier,
                                 enum dmx_alignment_mode mode, struct dmx_answers *book, enum dmx_alignment *out)
{
    struct dmx_slice domain;
    *out = DMX_NOT_ALIGNED;
    if (!dmx_domain_normalise(identifier, dmx_answers_arena(book), &domain))
        return DMX_DONE;
    if (dmx_slice_eq(domain, author->domain)) {
        *out = DMX_ALIGNED;
        return DMX_DONE;
    }
    if (mode == DMX_STRICT) /* never on to the organizational domain (requirement E3) */
        return DMX_DONE;
    if (author->rules == DMX_RULES_9989)
        return eval_by_walk(author, domain, book, out);
    if (!author->psl) {
        /* Without a list nobody can say where the organization ends between the two. */
        if (dmx_domain_within(domain, author->domain) || dmx_domain_within(author->domain, domain))
            *out = DMX_ALIGNMENT_UNKNOWN;
        return DMX_DONE;
    }
    struct dmx_slice org = dmx_psl_org_domain(author->psl, author->domain);
    if (dmx_slice_eq(dmx_psl_org_domain(author->psl, domain), org))
        *out = DMX_ALIGNED;
    return DMX_DONE;
}
