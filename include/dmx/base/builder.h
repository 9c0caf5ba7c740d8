/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A builder appends text with a sticky error: after the first append that does not fit, further appends do nothing,
 * and the caller looks once at the end. The text lies either in a buffer of the caller's or, growing, in an arena.
 */
#ifndef DMX_BASE_BUILDER_H
#define DMX_BASE_BUILDER_H

#include <stdint.h>

#include "dmx/base/arena.h"

struct dmx_builder {
    char *buf;
    size_t len;
    size_t capacity;
    size_t max;              /* never longer than this */
    struct dmx_arena *arena; /* NULL: fixed buffer */
    bool failed;
};

/* Over the caller's buffer of size bytes; one byte of it is kept for a final NUL. */
struct dmx_builder dmx_builder_fixed(char *buf, size_t size);
/* Growing in the arena up to max bytes. */
struct dmx_builder dmx_builder_arena(struct dmx_arena *arena, size_t max);

void dmx_put(struct dmx_builder *b, struct dmx_slice s);
void dmx_put_cstr(struct dmx_builder *b, const char *text);
void dmx_put_char(struct dmx_builder *b, char ch);
void dmx_put_u64(struct dmx_builder *b, uint64_t value);
void dmx_put_i64(struct dmx_builder *b, int64_t value);
void dmx_put_lower(struct dmx_builder *b, struct dmx_slice s);
/* Big-endian numbers. */
void dmx_put_be16(struct dmx_builder *b, uint16_t value);
void dmx_put_be32(struct dmx_builder *b, uint32_t value);
void dmx_put_be64(struct dmx_builder *b, uint64_t value);

/*
 * Text from outside, for a log line or a reply: printable ASCII as it is, backslash doubled, everything else as \xHH;
 * at most max_bytes of s, "…" never: a clipped text ends in "...".
 */
void dmx_put_escaped(struct dmx_builder *b, struct dmx_slice s, size_t max_bytes);

/* What was built, with a NUL after its end that is not counted; the empty slice after a failure. */
struct dmx_slice dmx_builder_text(struct dmx_builder *b);

#endif
