/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/base64.h"

#include <stdint.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

int dmx_base64_value(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return ch - 'A';
    if (ch >= 'a' && ch <= 'z')
        return ch - 'a' + 26;
    if (dmx_is_digit(ch))
        return ch - '0' + 52;
    if (ch == '+')
        return 62;
    return ch == '/' ? 63 : -1;
}

struct decoder {
    uint32_t bits;
    unsigned held;    /* letters of the present group */
    unsigned padding; /* '=' seen */
    char *out;
    size_t len;
};

static bool take_letter(struct decoder *d, char ch)
{
    int value = ch == '=' ? 0 : dmx_base64_value(ch);
    if (value < 0 || (ch != '=' && d->padding))
        return false;
    if (ch == '=' && (++d->padding > 2 || d->held < 2))
        return false;
    d->bits = d->bits << 6 | (uint32_t)value;
    if (++d->held < 4)
        return true;
    for (unsigned i = 0; i < 3 - d->padding; i++)
        d->out[d->len++] = (char)(d->bits >> (16 - 8 * i) & 0xff);
    d->bits = 0;
    d->held = 0;
    return true;
}

bool dmx_base64_decode(struct dmx_slice s, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct decoder d = {.out = dmx_arena_alloc(arena, s.len / 4 * 3 + 3)};
    if (!d.out)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (dmx_is_fws(s.ptr[i]))
            continue;
        /* A group that held padding is the last one. */
        if ((d.padding && d.held == 0) || !take_letter(&d, s.ptr[i]))
            return false;
    }
    if (d.held)
        return false;
    *out = dmx_slice(d.out, d.len);
    return true;
}

void dmx_put_base64(struct dmx_builder *out, struct dmx_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; bytes.len > 0; bytes = dmx_slice_from(bytes, 3)) {
        const unsigned char *p = (const unsigned char *)bytes.ptr;
        unsigned group = (unsigned)p[0] << 16 | (bytes.len > 1 ? (unsigned)p[1] << 8 : 0) | (bytes.len > 2 ? p[2] : 0U);
        dmx_put_char(out, digits[group >> 18]);
        dmx_put_char(out, digits[group >> 12 & 0x3f]);
        dmx_put_char(out, bytes.len > 1 ? digits[group >> 6 & 0x3f] : '=');
        dmx_put_char(out, bytes.len > 2 ? digits[group & 0x3f] : '=');
    }
}
