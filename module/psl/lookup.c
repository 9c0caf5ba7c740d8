/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/lookup.h"

#include <stddef.h>
#include <stdint.h>

#include "dmx/base/banned.h"

struct graph {
    const uint8_t *bytes;
    size_t len;
};

/* link / last-link: how far it leads, 0 where there is none. Takes *at behind it. */
static size_t read_link(const struct graph *g, size_t *at, bool *out_last)
{
    static const uint8_t sizes[] = {1, 1, 2, 3};
    if (*at >= g->len)
        return 0;
    uint8_t first = g->bytes[*at];
    size_t size = sizes[first >> 5 & 3], distance = size == 1 ? first & 0x3f : first & 0x1f;
    if (size > g->len - *at)
        return 0;
    *out_last = first & 0x80;
    for (size_t i = 1; i < size; i++)
        distance = distance << 8 | g->bytes[*at + i];
    *at += size;
    return distance;
}

/* What a node begins with, the high bit aside: a letter, or a value where the name has ended. */
static bool begins(uint8_t byte, struct dmx_slice rest)
{
    if (rest.len == 0)
        return (byte & 0xf0) == DMX_DAFSA_VALUE;
    return (byte & 0x7f) == (uint8_t)rest.ptr[0];
}

/* Of the links at `at`, the node that goes on with the rest of the name; g->len for none. */
static size_t follow(const struct graph *g, size_t at, struct dmx_slice rest)
{
    size_t target = at;
    for (bool last = false; !last;) {
        size_t distance = read_link(g, &at, &last);
        if (distance == 0 || distance >= g->len - target)
            return g->len;
        target += distance;
        if (begins(g->bytes[target], rest))
            return target;
    }
    return g->len;
}

/* *letter end-letter, as far as the name has them. True: links follow at *at. */
static bool walk_letters(const struct graph *g, size_t *at, struct dmx_slice *rest)
{
    while (*at < g->len && rest->len > 0 && (g->bytes[*at] & 0x7f) == (uint8_t)rest->ptr[0]) {
        *rest = dmx_slice_from(*rest, 1);
        if (g->bytes[(*at)++] & 0x80)
            return true;
    }
    return false;
}

/* Every step takes a byte of the name or ends, and the links of one place lie one behind the other: so it ends. */
static int find(const struct graph *g, struct dmx_slice rest)
{
    size_t at = 0;
    do {
        at = follow(g, at, rest);
    } while (walk_letters(g, &at, &rest));
    if (at >= g->len || rest.len > 0 || (g->bytes[at] & 0xf0) != DMX_DAFSA_VALUE)
        return DMX_DAFSA_UNKNOWN;
    return g->bytes[at] & 0x0f;
}

int dmx_dafsa_find(struct dmx_slice file, struct dmx_slice name)
{
    struct dmx_slice graph = dmx_slice_from(file, DMX_DAFSA_MAGIC_BYTES);
    const struct graph g = {(const uint8_t *)graph.ptr, graph.len};
    return find(&g, name);
}

bool dmx_dafsa_is_suffix(struct dmx_slice file, struct dmx_slice name)
{
    int rule = dmx_dafsa_find(file, name);
    if (rule != DMX_DAFSA_UNKNOWN)
        return !(rule & DMX_DAFSA_EXCEPTION); /* a wildcard makes what it stands below a suffix too, as in libpsl */
    size_t dot = dmx_slice_find(name, '.');
    if (dot == name.len)
        return false;
    rule = dmx_dafsa_find(file, dmx_slice_from(name, dot + 1));
    return rule != DMX_DAFSA_UNKNOWN && rule & DMX_DAFSA_WILDCARD;
}

struct dmx_slice dmx_dafsa_suffix(struct dmx_slice file, struct dmx_slice name)
{
    size_t dot = dmx_slice_find(name, '.');
    while (dot < name.len && !dmx_dafsa_is_suffix(file, name)) {
        name = dmx_slice_from(name, dot + 1);
        dot = dmx_slice_find(name, '.');
    }
    return name;
}
