/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists of texts: in order and each once, so that a binary search answers. */
#include <stdlib.h>
#include <string.h>

#include "gathering.h"

#include "dmx/base/banned.h"

/* By bytes; every entry is in lower case. */
int dmx_text_compare(struct dmx_slice a, struct dmx_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

static int compare_items(const void *left, const void *right)
{
    return dmx_text_compare(*(const struct dmx_slice *)left, *(const struct dmx_slice *)right);
}

/* Leaves out what stands twice; how many are left, and their bytes. */
static size_t each_once(struct dmx_slice *texts, size_t count, size_t *out_bytes)
{
    size_t kept = 0;
    *out_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && dmx_slice_eq(texts[kept - 1], texts[i]))
            continue;
        texts[kept++] = texts[i];
        *out_bytes += texts[i].len;
    }
    return kept;
}

enum dmx_status dmx_finish_texts(struct dmx_gathering *list, struct dmx_slice **out_items, size_t *out_count)
{
    struct dmx_slice *texts = list->items;
    size_t bytes = 0;
    if (list->count > 1)
        qsort(texts, list->count, sizeof *texts, compare_items);
    size_t kept = each_once(texts, list->count, &bytes);
    /* All texts in one piece: 100,000 allocations would waste as much as they hold. */
    struct dmx_slice *items = dmx_arena_array(list->at.config->arena, kept, sizeof *items);
    char *text = dmx_arena_alloc(list->at.config->arena, bytes);
    if (!items || !text)
        return dmx_gathering_no_memory(list);
    for (size_t i = 0; i < kept; i++) {
        memcpy(text, texts[i].ptr, texts[i].len);
        items[i] = dmx_slice(text, texts[i].len);
        text += texts[i].len;
    }
    *out_items = items;
    *out_count = kept;
    return DMX_OK;
}

bool dmx_texts_contain(const struct dmx_slice *items, size_t count, struct dmx_slice text)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = dmx_text_compare(items[middle], text);
        if (order == 0)
            return true;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}
