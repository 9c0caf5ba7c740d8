/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Counts by name: how many messages of each domain, source or recipient domain fared how. */
#ifndef DMX_TOOLS_TALLY_H
#define DMX_TOOLS_TALLY_H

#include <stdint.h>

#include "dmx/base/arena.h"

struct tally_row {
    struct dmx_slice name;
    uint64_t refused, quarantined, deferred;
    uint64_t others; /* messages of that name that fared otherwise */
};

/* An open hash table; rows without a name are free. */
struct tally {
    struct tally_row *rows;
    size_t capacity, count;
    struct dmx_arena *arena; /* for rows and names */
};

/* The row of a name, made when it is new; NULL without memory. */
struct tally_row *tally_get(struct tally *tally, struct dmx_slice name);

/* Packs the rows that count something together, those with the most refused first, then the most quarantined; how many there are. */
size_t tally_sort(struct tally *tally);

#endif
