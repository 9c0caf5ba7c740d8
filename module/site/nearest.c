/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "nearest.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum {
    MAX_NAME = 40, /* the longest option has 26 letters; what is longer than this was no slip of a finger */
    FEWEST_EDITS = 2,
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(struct dmx_slice a, size_t i, struct dmx_slice b, size_t j)
{
    return dmx_lower(a.ptr[i]) == dmx_lower(b.ptr[j]);
}

/*
 * Insertions, deletions, changes and swaps of neighbours that lead from a to b, each of at most MAX_NAME bytes
 * (optimal string alignment: three rows of the matrix are enough).
 */
static size_t edits(struct dmx_slice a, struct dmx_slice b)
{
    size_t rows[3][MAX_NAME + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = same(a, i - 1, b, j - 1) ? 0 : 1;
            now[j] = least(least(now[j - 1], last[j]) + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.len];
}

const struct dmx_option *dmx_option_nearest(struct dmx_slice name)
{
    if (name.len == 0 || name.len > MAX_NAME)
        return NULL;
    size_t allowed = name.len / 3 > FEWEST_EDITS ? name.len / 3 : FEWEST_EDITS;
    size_t best = allowed + 1;
    const struct dmx_option *nearest = NULL;
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        size_t distance = edits(name, dmx_slice_cstr(dmx_options[i].name));
        if (distance < best) {
            best = distance;
            nearest = &dmx_options[i];
        }
    }
    return nearest;
}
