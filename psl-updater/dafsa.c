/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dafsa.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/psl/dafsa.h"
#include "graph.h"

enum {
    MAX_WORD = 256, /* a name of 253 bytes and its value */
    SHORT_LINK = 1 << 6,
    MIDDLE_LINK = 1 << 13,
    LONG_LINK = 1 << 21,
};

/* ---- words: what leads through the graph --------------------------------------------------------------------------- */

static int value_of(struct dmx_name_rules rules)
{
    return DMX_DAFSA_VALUE | (rules.exception ? DMX_DAFSA_EXCEPTION : 0) | (rules.wildcard ? DMX_DAFSA_WILDCARD : 0) |
           (rules.icann ? DMX_DAFSA_ICANN : 0) | (rules.private_section ? DMX_DAFSA_PRIVATE : 0);
}

static struct dmx_slice make_word(const struct dmx_list *list, struct dmx_slice name, struct dmx_arena *arena)
{
    char buf[MAX_WORD];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&b, name);
    dmx_put_char(&b, (char)value_of(dmx_list_find(list, name)));
    return dmx_arena_dup(arena, dmx_builder_text(&b));
}

static int compare_words(const void *a, const void *b)
{
    const struct dmx_slice *one = a, *other = b;
    int order = memcmp(one->ptr, other->ptr, one->len < other->len ? one->len : other->len);
    return order ? order : (one->len > other->len) - (one->len < other->len);
}

/* Each name once, sorted: the value behind a name sorts after any letter, so their order is not by_ascii's. */
static struct dmx_slice *make_words(const struct dmx_list *list, struct dmx_arena *arena, size_t *out_count)
{
    size_t count = 0;
    struct dmx_slice before = DMX_SLICE_NONE, *words = dmx_arena_array(arena, list->count + 1, sizeof *words);
    for (size_t i = 0; words && i < list->count; i++) {
        struct dmx_slice name = list->rules[list->by_ascii[i]].ascii;
        if (i == 0 || !dmx_slice_eq(name, before))
            words[count++] = make_word(list, name, arena);
        before = name;
    }
    if (!words || dmx_arena_failed(arena))
        return NULL;
    qsort(words, count, sizeof *words, compare_words);
    *out_count = count;
    return words;
}

/* ---- bytes: written from the last to the first, for a link's length depends on what lies behind it ------------------- */

struct writer {
    const struct dmx_graph *graph;
    uint8_t *buf;
    size_t at;          /* of the first byte that is written */
    size_t *place;      /* of each node that is written */
    size_t places[256]; /* of the children of one node */
    bool too_far;
};

static size_t link_bytes(size_t distance)
{
    return distance < SHORT_LINK ? 1 : distance < MIDDLE_LINK ? 2 : 3;
}

static void put_link(struct writer *w, size_t distance, size_t bytes, bool last)
{
    static const uint8_t marks[] = {0, 0, 0x40, 0x60};
    w->too_far |= distance >= LONG_LINK;
    for (size_t i = 1; i < bytes; i++, distance >>= 8)
        w->buf[--w->at] = distance & 0xff;
    w->buf[--w->at] = (uint8_t)(marks[bytes] | (last ? 0x80 : 0) | (distance & 0x3f));
}

static int compare_places(const void *a, const void *b)
{
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    return (one > other) - (one < other);
}

static void put_links(struct writer *w, const uint32_t *children, size_t count)
{
    size_t *places = w->places;
    for (size_t i = 0; i < count; i++)
        places[i] = w->place[children[i]];
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = count - 1; i > 0; i--) {
        size_t distance = places[i] - places[i - 1];
        put_link(w, distance, link_bytes(distance), i == count - 1);
    }
    /* The first counts from its own beginning, which depends on its own length. */
    size_t bytes = 1;
    while (bytes < 3 && link_bytes(places[0] - w->at + bytes) > bytes)
        bytes++;
    put_link(w, places[0] - w->at + bytes, bytes, count == 1);
}

static void put_node(struct writer *w, uint32_t id)
{
    const struct dmx_node *node = &w->graph->nodes[id];
    const uint32_t *children = &w->graph->children[node->first_child];
    bool follows = node->child_count == 1 && w->place[children[0]] == w->at;
    if (node->child_count > 0 && !follows)
        put_links(w, children, node->child_count);
    w->buf[--w->at] = (uint8_t)(node->byte | (node->child_count > 0 && !follows ? 0x80 : 0));
    w->place[id] = w->at;
}

static struct dmx_slice put_graph(const struct dmx_graph *graph, struct dmx_arena *arena, bool *out_too_far)
{
    size_t size = graph->node_count + 3 * (graph->child_count + graph->root_count);
    struct writer w = {.graph = graph, .at = size};
    w.buf = dmx_arena_alloc(arena, size + 1);
    w.place = dmx_arena_array(arena, graph->node_count + 1, sizeof *w.place);
    const uint32_t *order = dmx_graph_order(graph, arena);
    if (!w.buf || !w.place || !order)
        return DMX_SLICE_NONE;
    for (size_t i = graph->node_count; i-- > 0;)
        put_node(&w, order[i]);
    put_links(&w, graph->root, graph->root_count);
    *out_too_far = w.too_far;
    return dmx_slice((const char *)w.buf + w.at, size - w.at);
}

static void put_be64(struct dmx_builder *b, uint64_t value)
{
    dmx_put_be32(b, (uint32_t)(value >> 32));
    dmx_put_be32(b, (uint32_t)value);
}

static void put_file(const struct dmx_list *list, struct dmx_slice graph, struct dmx_builder *out)
{
    size_t start = out->len;
    dmx_put(out, DMX_SLICE(DMX_DAFSA_MAGIC));
    dmx_put(out, graph);
    dmx_put(out, DMX_SLICE(DMX_DAFSA_SEAL));
    put_be64(out, (uint64_t)list->version_s);
    dmx_put_be32(out, (uint32_t)list->count);
    dmx_put_be32(out, list->text_crc);
    if (!out->failed)
        put_be64(out, dmx_dafsa_sum(dmx_slice(out->buf + start, out->len - start)));
    dmx_put_char(out, (char)DMX_DAFSA_ASCII);
}

enum dmx_status dmx_dafsa_compile(const struct dmx_list *list, struct dmx_arena *arena, struct dmx_builder *out,
                                  struct dmx_reason *out_reason)
{
    size_t count = 0;
    bool too_far = false;
    *out_reason = DMX_REASON("memory", "no memory to compile the list", NULL);
    struct dmx_slice *words = make_words(list, arena, &count);
    struct dmx_graph *graph = words ? dmx_graph_build(words, count, arena) : NULL;
    if (!graph)
        return DMX_NOMEM;
    if (graph->root_count == 0) {
        *out_reason = DMX_REASON("empty", "a list without a rule cannot be compiled", NULL);
        return DMX_INVALID;
    }
    struct dmx_slice bytes = put_graph(graph, arena, &too_far);
    if (!bytes.ptr)
        return DMX_NOMEM;
    if (too_far || bytes.len > DMX_DAFSA_MAX_BYTES - DMX_DAFSA_MAGIC_BYTES - DMX_DAFSA_SEAL_BYTES - 1) {
        *out_reason = DMX_REASON("too-large", "the compiled list would be too large for its form", NULL);
        return DMX_LIMIT;
    }
    put_file(list, bytes, out);
    if (out->failed)
        return DMX_NOMEM;
    *out_reason = DMX_REASON_NONE;
    return DMX_OK;
}
