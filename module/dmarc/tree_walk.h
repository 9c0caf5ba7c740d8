/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The DNS tree walk (RFC 9989 section 4.10): from a name towards the root, at most eight questions, and the
 * organizational domain that it finds. All questions are asked at once: a walk then waits once instead of up to eight
 * times, at the price of those above a psd= record, which a walk step by step would have spared.
 */
#ifndef DMX_DMARC_TREE_WALK_H
#define DMX_DMARC_TREE_WALK_H

#include "published.h"

enum { DMX_WALK_MAX = 8 }; /* RFC 9989 section 4.10: no walk asks more */

enum dmx_walk_end {
    DMX_WALK_COMPLETE = 0, /* psd= or the last label reached */
    DMX_WALK_FAILED,       /* a lookup failed: what lies beyond is not known */
    DMX_WALK_CUT,          /* a lookup was not made */
};

struct dmx_walk {
    struct dmx_slice names[DMX_WALK_MAX];
    struct dmx_published found[DMX_WALK_MAX];
    size_t count; /* levels that the walk reached, the last one included */
    enum dmx_walk_end end;
    struct dmx_slice org; /* when not COMPLETE: by what came before the end */
    /* The level that has the org domain's record, and the one whose psd=y made it the org domain; count: none. */
    size_t org_level, psd_level;
};

/* The names of a walk, longest first: start itself, then down to one label. */
size_t dmx_walk_names(struct dmx_slice start, struct dmx_slice out_names[static DMX_WALK_MAX]);

/* Walks from start (normal form). Names and org are slices of start. */
enum dmx_step dmx_walk_eval(struct dmx_slice start, struct dmx_answers *book, struct dmx_walk *out) DMX_NODISCARD;

#endif
