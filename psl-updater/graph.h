/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The smallest graph whose ways are the given words: ways that begin alike go together until they part, and from where
 * they end alike they go together again. A node is one byte and what may follow it.
 */
#ifndef DMX_UPDATER_GRAPH_H
#define DMX_UPDATER_GRAPH_H

#include <stdint.h>

#include "dmx/base/arena.h"

struct dmx_node {
    uint32_t first_child; /* in children */
    uint16_t child_count; /* 0: the end of a word */
    uint8_t byte;
};

struct dmx_graph {
    const struct dmx_node *nodes;
    const uint32_t *children; /* numbers of nodes, those of one node side by side, sorted by byte */
    const uint32_t *root;     /* the nodes with which words begin */
    size_t node_count, child_count, root_count;
};

/* words: sorted by bytes, all different, none the beginning of another. NULL without memory. */
struct dmx_graph *dmx_graph_build(const struct dmx_slice *words, size_t count, struct dmx_arena *arena) DMX_NODISCARD;

/* The numbers of all nodes, each before its children, and an only child close behind its parent. NULL without memory. */
const uint32_t *dmx_graph_order(const struct dmx_graph *graph, struct dmx_arena *arena) DMX_NODISCARD;

#endif
