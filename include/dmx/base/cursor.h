/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A cursor walks over bytes from left to right with a sticky error: after the first failure every read yields zero or
 * the empty slice and consumes nothing, so that a parser reads like its grammar and looks once at the end.
 */
#ifndef DMX_BASE_CURSOR_H
#define DMX_BASE_CURSOR_H

#include <stdint.h>

#include "dmx/base/slice.h"

struct dmx_cursor {
    const char *start;
    const char *at;
    const char *end;
    bool failed;
};

struct dmx_cursor dmx_cursor_from(struct dmx_slice s);

/* Bytes not yet read; 0 after a failure. */
size_t dmx_cursor_left(const struct dmx_cursor *c);
/* Bytes read so far: the place to name in a reason. */
size_t dmx_cursor_offset(const struct dmx_cursor *c);
bool dmx_cursor_at_end(const struct dmx_cursor *c);

/* The next byte as 0..255 without reading it, -1 at the end or after a failure. */
int dmx_cursor_peek(const struct dmx_cursor *c);

/* Reads ch if it is next and says whether it was; expect also fails when it was not. */
bool dmx_cursor_accept(struct dmx_cursor *c, char ch);
void dmx_cursor_expect(struct dmx_cursor *c, char ch);

/* The longest run (maybe empty) of bytes for which is_member holds. */
struct dmx_slice dmx_cursor_run(struct dmx_cursor *c, bool (*is_member)(char));

/* Exactly n bytes; fails when fewer are left. */
struct dmx_slice dmx_cursor_bytes(struct dmx_cursor *c, size_t n);
/* Everything that is left. */
struct dmx_slice dmx_cursor_rest(struct dmx_cursor *c);

/* Unsigned numbers, most significant byte first. */
uint8_t dmx_cursor_u8(struct dmx_cursor *c);
uint16_t dmx_cursor_u16(struct dmx_cursor *c);
uint32_t dmx_cursor_u32(struct dmx_cursor *c);
uint64_t dmx_cursor_u64(struct dmx_cursor *c);

void dmx_cursor_fail(struct dmx_cursor *c);

#endif
