/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/ascii.h"

enum { FIRST_CAPACITY = 256 };

/* FNV-1a, without case. Names come from outside, but whoever floods the table slows a report down and nothing else. */
static size_t hash(struct dmx_slice name)
{
    uint64_t value = 14695981039346656037ULL;
    for (size_t i = 0; i < name.len; i++)
        value = (value ^ (unsigned char)dmx_lower(name.ptr[i])) * 1099511628211ULL;
    return (size_t)(value ^ value >> 32);
}

/* The row of the name, or the free one where it belongs. */
static struct tally_row *find(struct tally_row *rows, size_t capacity, struct dmx_slice name)
{
    size_t at = hash(name) % capacity;
    while (rows[at].name.ptr && !dmx_slice_eq_nocase(rows[at].name, name))
        at = (at + 1) % capacity;
    return &rows[at];
}

static bool grow(struct tally *tally)
{
    size_t capacity = tally->capacity ? 2 * tally->capacity : FIRST_CAPACITY;
    struct tally_row *rows = dmx_arena_array(tally->arena, capacity, sizeof *rows);
    if (!rows)
        return false;
    for (size_t i = 0; i < tally->capacity; i++)
        if (tally->rows[i].name.ptr)
            *find(rows, capacity, tally->rows[i].name) = tally->rows[i];
    tally->rows = rows;
    tally->capacity = capacity;
    return true;
}

struct tally_row *tally_get(struct tally *tally, struct dmx_slice name)
{
    if (tally->count * 2 >= tally->capacity && !grow(tally))
        return NULL;
    struct tally_row *row = find(tally->rows, tally->capacity, name);
    if (!row->name.ptr) {
        row->name = dmx_arena_dup(tally->arena, name);
        if (!row->name.ptr)
            return NULL;
        tally->count++;
    }
    return row;
}

static int by_weight(const void *left, const void *right)
{
    const struct tally_row *a = left, *b = right;
    if (a->refused != b->refused)
        return a->refused < b->refused ? 1 : -1;
    uint64_t x = a->quarantined + a->deferred, y = b->quarantined + b->deferred;
    if (x != y)
        return x < y ? 1 : -1;
    size_t common = a->name.len < b->name.len ? a->name.len : b->name.len;
    int order = memcmp(a->name.ptr, b->name.ptr, common);
    return order != 0 ? order : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

size_t tally_sort(struct tally *tally)
{
    size_t kept = 0;
    for (size_t i = 0; i < tally->capacity; i++) {
        const struct tally_row row = tally->rows[i];
        if (row.name.ptr && row.refused + row.quarantined + row.deferred > 0)
            tally->rows[kept++] = row;
    }
    if (kept > 1)
        qsort(tally->rows, kept, sizeof *tally->rows, by_weight);
    return kept;
}
