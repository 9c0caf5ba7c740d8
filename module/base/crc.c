/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/crc.h"

#include "dmx/base/banned.h"

/*
 * Four bytes at a time, by a table for each place. A CRC is linear: the entry of a byte is the sum of those of its bits,
 * and so eight numbers, the entries of 1, 2, 4, … 128, make a table.
 */
#define BIT(i, n, b) ((i) >> (n)&1 ? (b) : 0U)
#define BITS(i, b0, b1, b2, b3, b4, b5, b6, b7)                                                                      \
    (BIT(i, 0, b0) ^ BIT(i, 1, b1) ^ BIT(i, 2, b2) ^ BIT(i, 3, b3) ^ BIT(i, 4, b4) ^ BIT(i, 5, b5) ^ BIT(i, 6, b6) ^ \
     BIT(i, 7, b7))
#define FOUR(i, ...) BITS(i, __VA_ARGS__), BITS(i + 1, __VA_ARGS__), BITS(i + 2, __VA_ARGS__), BITS(i + 3, __VA_ARGS__)
#define SIXTEEN(i, ...) \
    FOUR(i, __VA_ARGS__), FOUR(i + 4, __VA_ARGS__), FOUR(i + 8, __VA_ARGS__), FOUR(i + 12, __VA_ARGS__)
#define SIXTY_FOUR(i, ...) \
    SIXTEEN(i, __VA_ARGS__), SIXTEEN(i + 16, __VA_ARGS__), SIXTEEN(i + 32, __VA_ARGS__), SIXTEEN(i + 48, __VA_ARGS__)
#define TABLE(...)                                                                             \
    {                                                                                          \
        SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__), SIXTY_FOUR(128, __VA_ARGS__), \
            SIXTY_FOUR(192, __VA_ARGS__)                                                       \
    }

static const uint32_t tables[4][256] = {
    TABLE(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    TABLE(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    TABLE(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    TABLE(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
};

static uint32_t byte_of(uint32_t word, int place)
{
    return word >> (8 * place) & 0xff;
}

uint32_t dmx_crc32(uint32_t crc, struct dmx_slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr, *end = bytes.ptr ? at + bytes.len : at;
    crc = ~crc;
    for (; end - at >= 4; at += 4) {
        crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        crc = tables[3][byte_of(crc, 0)] ^ tables[2][byte_of(crc, 1)] ^ tables[1][byte_of(crc, 2)] ^
              tables[0][byte_of(crc, 3)];
    }
    for (; at < end; at++)
        crc = tables[0][(crc ^ *at) & 0xff] ^ (crc >> 8);
    return ~crc;
}
