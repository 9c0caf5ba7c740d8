/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/cursor.h"

#include "dmx/base/banned.h"

struct dmx_cursor dmx_cursor_from(struct dmx_slice s)
{
    const char *at = s.ptr ? s.ptr : "";
    return (struct dmx_cursor){at, at, at + s.len, false};
}

size_t dmx_cursor_left(const struct dmx_cursor *c)
{
    return c->failed ? 0 : (size_t)(c->end - c->at);
}

size_t dmx_cursor_offset(const struct dmx_cursor *c)
{
    return (size_t)(c->at - c->start);
}

bool dmx_cursor_at_end(const struct dmx_cursor *c)
{
    return dmx_cursor_left(c) == 0;
}

int dmx_cursor_peek(const struct dmx_cursor *c)
{
    return dmx_cursor_at_end(c) ? -1 : (unsigned char)*c->at;
}

bool dmx_cursor_accept(struct dmx_cursor *c, char ch)
{
    if (dmx_cursor_at_end(c) || *c->at != ch)
        return false;
    c->at++;
    return true;
}

void dmx_cursor_expect(struct dmx_cursor *c, char ch)
{
    if (!dmx_cursor_accept(c, ch))
        c->failed = true;
}

struct dmx_slice dmx_cursor_run(struct dmx_cursor *c, bool (*is_member)(char))
{
    const char *from = c->at;
    while (!dmx_cursor_at_end(c) && is_member(*c->at))
        c->at++;
    return dmx_slice(from, (size_t)(c->at - from));
}

struct dmx_slice dmx_cursor_bytes(struct dmx_cursor *c, size_t n)
{
    if (dmx_cursor_left(c) < n) {
        c->failed = true;
        return DMX_SLICE_NONE;
    }
    struct dmx_slice out = dmx_slice(c->at, n);
    c->at += n;
    return out;
}

struct dmx_slice dmx_cursor_rest(struct dmx_cursor *c)
{
    return dmx_cursor_bytes(c, dmx_cursor_left(c));
}

static uint32_t read_number(struct dmx_cursor *c, size_t bytes)
{
    struct dmx_slice raw = dmx_cursor_bytes(c, bytes);
    uint32_t value = 0;
    for (size_t i = 0; i < raw.len; i++)
        value = value << 8 | (unsigned char)raw.ptr[i];
    return value;
}

uint8_t dmx_cursor_u8(struct dmx_cursor *c)
{
    return (uint8_t)read_number(c, 1);
}

uint16_t dmx_cursor_u16(struct dmx_cursor *c)
{
    return (uint16_t)read_number(c, 2);
}

uint32_t dmx_cursor_u32(struct dmx_cursor *c)
{
    return read_number(c, 4);
}

uint64_t dmx_cursor_u64(struct dmx_cursor *c)
{
    uint64_t high = dmx_cursor_u32(c), low = dmx_cursor_u32(c);
    return c->failed ? 0 : high << 32 | low;
}

void dmx_cursor_fail(struct dmx_cursor *c)
{
    c->failed = true;
}
