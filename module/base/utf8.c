/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/utf8.h"

#include <stdint.h>

#include "dmx/base/banned.h"

/*
 * RFC 3629 section 4. Bytes that follow the first one, and the range of the second, which shuts out overlong forms,
 * surrogates and everything over U+10FFFF.
 */
static const struct utf8_row {
    uint8_t first_low, first_high, more, second_low, second_high;
} utf8_rows[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

size_t dmx_utf8_next(struct dmx_slice s)
{
    const uint8_t *p = (const uint8_t *)s.ptr;
    const struct utf8_row *row = utf8_rows, *end = utf8_rows + sizeof utf8_rows / sizeof *utf8_rows;
    while (row < end && (p[0] < row->first_low || p[0] > row->first_high))
        row++;
    if (row == end || s.len <= row->more)
        return 0;
    if (row->more && (p[1] < row->second_low || p[1] > row->second_high))
        return 0;
    for (size_t i = 2; i <= row->more; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return (size_t)row->more + 1;
}

bool dmx_is_utf8(struct dmx_slice s)
{
    for (size_t n; s.len > 0; s = dmx_slice_from(s, n)) {
        n = dmx_utf8_next(s);
        if (n == 0)
            return false;
    }
    return true;
}
