/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/builder.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum { FIRST_CAPACITY = 128 };

struct dmx_builder dmx_builder_fixed(char *buf, size_t size)
{
    return (struct dmx_builder){.buf = buf, .capacity = size, .max = size ? size - 1 : 0, .failed = size == 0};
}

struct dmx_builder dmx_builder_arena(struct dmx_arena *arena, size_t max)
{
    return (struct dmx_builder){.arena = arena, .max = max};
}

/* Room for n more bytes and the final NUL. */
static bool reserve(struct dmx_builder *b, size_t n)
{
    if (b->failed || n > b->max - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
    while (capacity < need)
        capacity *= 2;
    char *larger = b->arena ? dmx_arena_alloc(b->arena, capacity) : NULL;
    if (!larger) {
        b->failed = true;
        return false;
    }
    if (b->len)
        memcpy(larger, b->buf, b->len);
    b->buf = larger;
    b->capacity = capacity;
    return true;
}

void dmx_put(struct dmx_builder *b, struct dmx_slice s)
{
    if (!reserve(b, s.len) || s.len == 0)
        return;
    memcpy(b->buf + b->len, s.ptr, s.len);
    b->len += s.len;
}

void dmx_put_cstr(struct dmx_builder *b, const char *text)
{
    dmx_put(b, dmx_slice_cstr(text));
}

void dmx_put_char(struct dmx_builder *b, char ch)
{
    dmx_put(b, dmx_slice(&ch, 1));
}

void dmx_put_u64(struct dmx_builder *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    dmx_put(b, dmx_slice(digits + at, sizeof digits - at));
}

void dmx_put_i64(struct dmx_builder *b, int64_t value)
{
    if (value < 0)
        dmx_put_char(b, '-');
    dmx_put_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void dmx_put_lower(struct dmx_builder *b, struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        dmx_put_char(b, dmx_lower(s.ptr[i]));
}

void dmx_put_be16(struct dmx_builder *b, uint16_t value)
{
    dmx_put_char(b, (char)(value >> 8));
    dmx_put_char(b, (char)(value & 0xff));
}

void dmx_put_be32(struct dmx_builder *b, uint32_t value)
{
    dmx_put_be16(b, (uint16_t)(value >> 16));
    dmx_put_be16(b, (uint16_t)(value & 0xffff));
}

void dmx_put_be64(struct dmx_builder *b, uint64_t value)
{
    dmx_put_be32(b, (uint32_t)(value >> 32));
    dmx_put_be32(b, (uint32_t)value);
}

static void put_escaped_byte(struct dmx_builder *b, char ch)
{
    static const char hex[] = "0123456789abcdef";
    if (ch == '\\') {
        dmx_put_cstr(b, "\\\\");
    } else if (ch == ' ' || dmx_is_vchar(ch)) {
        dmx_put_char(b, ch);
    } else {
        const char code[4] = {'\\', 'x', hex[(unsigned char)ch >> 4], hex[ch & 15]};
        dmx_put(b, dmx_slice(code, sizeof code));
    }
}

void dmx_put_escaped(struct dmx_builder *b, struct dmx_slice s, size_t max_bytes)
{
    struct dmx_slice shown = dmx_slice_upto(s, max_bytes);
    for (size_t i = 0; i < shown.len; i++)
        put_escaped_byte(b, shown.ptr[i]);
    if (shown.len < s.len)
        dmx_put_cstr(b, "...");
}

struct dmx_slice dmx_builder_text(struct dmx_builder *b)
{
    if (!reserve(b, 0))
        return DMX_SLICE_NONE;
    b->buf[b->len] = '\0';
    return dmx_slice(b->buf, b->len);
}
