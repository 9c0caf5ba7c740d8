/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whether an identifier is aligned with the Author Domain (RFC 7489 section 3.1, RFC 9989 section 4.4). */
#ifndef DMX_DMARC_ALIGNMENT_H
#define DMX_DMARC_ALIGNMENT_H

#include "dmx/dmarc/discovery.h"
#include "tree_walk.h"

enum dmx_alignment {
    DMX_NOT_ALIGNED = 0,
    DMX_ALIGNED,
    DMX_ALIGNMENT_UNKNOWN, /* a lookup failed on which it depends */
};

/* The author's side of the comparison, the same for all identifiers of a message. */
struct dmx_alignment_author {
    struct dmx_slice domain;
    enum dmx_rules rules;
    const struct dmx_psl *psl;
    struct dmx_walk walk; /* DMX_RULES_9989 only */
};

/* Fills *out; under the tree walk this is the walk that discovery made already. */
enum dmx_step dmx_alignment_begin(struct dmx_slice author, enum dmx_rules rules, const struct dmx_psl *psl,
                                  struct dmx_answers *book, struct dmx_alignment_author *out) DMX_NODISCARD;

/*
 * Judges one identifier, any text: what has no normal form is not aligned. Asks only where the answer could align it.
 * Under the tree walk, what was CUT makes it not aligned.
 */
enum dmx_step dmx_alignment_eval(const struct dmx_alignment_author *author, struct dmx_slice identifier,
                                 enum dmx_alignment_mode mode, struct dmx_answers *book,
                                 enum dmx_alignment *out) DMX_NODISCARD;

#endif
