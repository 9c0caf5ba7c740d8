/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "graph.h"

#include <string.h>

#include "dmx/base/banned.h"

enum { NONE = UINT32_MAX };

/* A node whose word is still being read: its children may not be complete. */
struct open_node {
    size_t first_closed; /* its children in `closed`, up to the top */
    uint8_t byte;
};

struct builder {
    struct dmx_node *nodes;
    uint32_t *children;
    uint32_t *table; /* numbers of nodes by what they are; NONE: free */
    size_t table_mask;
    struct open_node *open; /* the word that is being read */
    size_t depth;
    uint32_t *closed; /* complete nodes whose parent is open, in the order of the words */
    size_t closed_count;
    size_t node_count, child_count;
};

static bool is_same(const struct builder *b, uint32_t id, uint8_t byte, const uint32_t *children, size_t count)
{
    const struct dmx_node *node = &b->nodes[id];
    return node->byte == byte && node->child_count == count &&
           (count == 0 || memcmp(&b->children[node->first_child], children, count * sizeof *children) == 0);
}

static size_t hash_of(uint8_t byte, const uint32_t *children, size_t count)
{
    uint64_t hash = byte + 1;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ children[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (size_t)((hash * 0x9e3779b97f4a7c15u) >> 20);
}

/* The one node of this byte and these children; two ways that end alike meet here. */
static uint32_t intern(struct builder *b, uint8_t byte, const uint32_t *children, size_t count)
{
    size_t slot = hash_of(byte, children, count) & b->table_mask;
    for (; b->table[slot] != NONE; slot = (slot + 1) & b->table_mask)
        if (is_same(b, b->table[slot], byte, children, count))
            return b->table[slot];
    uint32_t id = (uint32_t)b->node_count++;
    b->nodes[id] = (struct dmx_node){(uint32_t)b->child_count, (uint16_t)count, byte};
    if (count)
        memcpy(&b->children[b->child_count], children, count * sizeof *children);
    b->child_count += count;
    b->table[slot] = id;
    return id;
}

static void close_node(struct builder *b)
{
    const struct open_node *top = &b->open[--b->depth];
    uint32_t id = intern(b, top->byte, &b->closed[top->first_closed], b->closed_count - top->first_closed);
    b->closed_count = top->first_closed;
    b->closed[b->closed_count++] = id;
}

static size_t common_bytes(struct dmx_slice a, struct dmx_slice b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
        n++;
    return n;
}

static void read_words(struct builder *b, const struct dmx_slice *words, size_t count)
{
    struct dmx_slice before = DMX_SLICE_NONE;
    for (size_t i = 0; i < count; before = words[i++]) {
        size_t common = common_bytes(before, words[i]);
        while (b->depth > common)
            close_node(b);
        while (b->depth < words[i].len) {
            b->open[b->depth] = (struct open_node){b->closed_count, (uint8_t)words[i].ptr[b->depth]};
            b->depth++;
        }
    }
    while (b->depth > 0)
        close_node(b);
}

static bool make_room(struct builder *b, const struct dmx_slice *words, size_t count, struct dmx_arena *arena)
{
    size_t bytes = 1, longest = 1, slots = 16;
    for (size_t i = 0; i < count; i++) {
        bytes += words[i].len;
        longest = words[i].len > longest ? words[i].len : longest;
    }
    while (slots < 2 * bytes)
        slots *= 2;
    b->nodes = dmx_arena_array(arena, bytes, sizeof *b->nodes);
    b->children = dmx_arena_array(arena, bytes, sizeof *b->children);
    b->closed = dmx_arena_array(arena, bytes, sizeof *b->closed);
    b->open = dmx_arena_array(arena, longest, sizeof *b->open);
    b->table = dmx_arena_array(arena, slots, sizeof *b->table);
    b->table_mask = slots - 1;
    if (dmx_arena_failed(arena) || bytes >= NONE)
        return false;
    memset(b->table, 0xff, slots * sizeof *b->table);
    return true;
}

struct dmx_graph *dmx_graph_build(const struct dmx_slice *words, size_t count, struct dmx_arena *arena)
{
    struct builder b = {.depth = 0};
    struct dmx_graph *graph = dmx_arena_alloc(arena, sizeof *graph);
    if (!graph || !make_room(&b, words, count, arena))
        return NULL;
    read_words(&b, words, count);
    *graph = (struct dmx_graph){b.nodes, b.children, b.closed, b.node_count, b.child_count, b.closed_count};
    return graph;
}

/* Kahn's algorithm with a stack: what has become free last goes next, so that ways stay together. */
const uint32_t *dmx_graph_order(const struct dmx_graph *graph, struct dmx_arena *arena)
{
    size_t n = graph->node_count, done = 0, waiting = 0;
    uint32_t *order = dmx_arena_array(arena, n + 1, sizeof *order);
    uint32_t *stack = dmx_arena_array(arena, n + 1, sizeof *stack);
    uint32_t *parents = dmx_arena_array(arena, n + 1, sizeof *parents);
    if (!order || !stack || !parents)
        return NULL;
    for (size_t i = 0; i < graph->child_count; i++)
        parents[graph->children[i]]++;
    for (size_t i = 0; i < graph->root_count; i++)
        if (parents[graph->root[i]] == 0)
            stack[waiting++] = graph->root[i];
    while (waiting > 0) {
        const struct dmx_node *node = &graph->nodes[order[done++] = stack[--waiting]];
        for (size_t i = 0; i < node->child_count; i++) {
            uint32_t child = graph->children[node->first_child + i];
            if (--parents[child] == 0)
                stack[waiting++] = child;
        }
    }
    return order;
}
