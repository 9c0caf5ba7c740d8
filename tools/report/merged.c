/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "merged.h"

#include "dmx/base/crc.h"

#include "dmx/base/banned.h"

enum dmx_status merged_begin(struct merged *merged)
{
    *merged = (struct merged){.arena = dmx_arena_new(MERGED_BYTES)};
    return merged->arena ? DMX_OK : DMX_NOMEM;
}

void merged_end(struct merged *merged)
{
    dmx_arena_free(&merged->arena);
}

static struct merged_item *find(const struct merged *merged, const struct merged_item *wanted)
{
    for (size_t i = 0; i < merged->count; i++) {
        struct merged_item *item = &merged->items[i];
        if (item->crc == wanted->crc && dmx_slice_eq(item->head, wanted->head) &&
            dmx_slice_eq(item->tail, wanted->tail))
            return item;
    }
    return NULL;
}

static bool keep(struct merged *merged, struct merged_item item)
{
    if (merged->count == MERGED_MAX)
        return false;
    struct merged_item *items =
        dmx_arena_grow(merged->arena, merged->items, merged->count, &merged->capacity, sizeof *items);
    if (!items)
        return false;
    merged->items = items;
    item.head = dmx_arena_dup(merged->arena, item.head);
    item.tail = dmx_arena_dup(merged->arena, item.tail);
    if (!item.head.ptr || !item.tail.ptr)
        return false;
    items[merged->count++] = item;
    return true;
}

bool merged_add(struct merged *merged, struct dmx_slice head, struct dmx_slice tail, uint64_t count)
{
    struct merged_item item = {dmx_crc32(dmx_crc32(0, head), tail), count, head, tail};
    struct merged_item *known = find(merged, &item);
    if (!known)
        return keep(merged, item);
    known->count += count;
    return true;
}
