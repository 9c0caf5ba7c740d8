/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists of addresses and blocks: in order and disjoint, so that one binary search answers. */
#include <stdlib.h>
#include <string.h>

#include "gathering.h"
#include "list.h"
#include "value.h"

#include "dmx/base/banned.h"

/* Clears the bits that do not count, so that equal blocks are equal bytes. */
static void mask_block(struct dmx_cidr *block)
{
    for (size_t i = 0; i < sizeof block->ip.bytes; i++) {
        unsigned bits = block->prefix > 8 * i ? (unsigned)(block->prefix - 8 * i) : 0;
        if (bits < 8)
            block->ip.bytes[i] &= (uint8_t)(0xff00U >> bits);
    }
}

enum dmx_status dmx_take_cidr(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_cidr block;
    if (!dmx_cidr_parse(entry, &block))
        return dmx_reading_refuse(&list->at, entry, NULL);
    mask_block(&block);
    return dmx_gathering_add(list, &block);
}

/* By family, first address, and the larger block first: a block that holds another stands before it. */
static int compare_blocks(const void *left, const void *right)
{
    const struct dmx_cidr *a = left, *b = right;
    if (a->ip.family != b->ip.family)
        return a->ip.family < b->ip.family ? -1 : 1;
    int order = memcmp(a->ip.bytes, b->ip.bytes, sizeof a->ip.bytes);
    return order != 0 ? order : (int)a->prefix - (int)b->prefix;
}

/* Two blocks are disjoint or one holds the other, so that what is left after this is in order and disjoint. */
enum dmx_status dmx_finish_cidrs(struct dmx_gathering *list, struct dmx_cidr_list *out)
{
    struct dmx_cidr *blocks = list->items;
    size_t kept = 0;
    if (list->count > 1)
        qsort(blocks, list->count, sizeof *blocks, compare_blocks);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || !dmx_cidr_contains(&blocks[kept - 1], &blocks[i].ip))
            blocks[kept++] = blocks[i];
    struct dmx_cidr *items = dmx_arena_array(list->at.config->arena, kept, sizeof *items);
    if (!items)
        return dmx_gathering_no_memory(list);
    if (kept > 0)
        memcpy(items, blocks, kept * sizeof *items);
    *out = (struct dmx_cidr_list){.items = items, .count = kept};
    return DMX_OK;
}

bool dmx_cidr_list_contains(const struct dmx_cidr_list *list, const struct dmx_ip *ip)
{
    /* The last block that begins at or before ip is the only one that can hold it. */
    struct dmx_cidr host = {.ip = *ip, .prefix = UINT8_MAX};
    size_t from = 0, to = list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_blocks(&list->items[middle], &host) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 && dmx_cidr_contains(&list->items[from - 1], ip);
}

void dmx_list_print_cidrs(const struct dmx_cidr_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct dmx_cidr *block = &list->items[i];
        if (i > 0)
            dmx_put_cstr(out, ", ");
        dmx_put_ip(out, &block->ip);
        if (block->prefix == (block->ip.family == DMX_IP_V4 ? 32 : 128))
            continue;
        dmx_put_char(out, '/');
        dmx_put_u64(out, block->prefix);
    }
}
