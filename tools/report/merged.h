/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Records that the mask has touched: what was several sources may be one now, and equal records are counted together
 * (requirement H9). They are kept until the report's end, as many as there is room for.
 */
#ifndef DMX_REPORT_MERGED_H
#define DMX_REPORT_MERGED_H

#include <stdint.h>

#include "dmx/base/arena.h"

struct merged {
    struct dmx_arena *arena;
    struct merged_item {
        uint32_t crc;
        uint64_t count;
        struct dmx_slice head, tail;
    } * items;
    size_t count, capacity;
};

enum { MERGED_MAX = 1000 };              /* one network's clients, most of which look alike */
enum { MERGED_BYTES = 4 * 1024 * 1024 }; /* and their records */

enum dmx_status merged_begin(struct merged *merged) DMX_NODISCARD;
void merged_end(struct merged *merged);

/* False: there is no more room, the record is to be written as it is. The texts are copied. */
bool merged_add(struct merged *merged, struct dmx_slice head, struct dmx_slice tail, uint64_t count);

#endif
