/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "siphash.h"

#include "dmx/base/banned.h"

struct state {
    uint64_t v[4];
};

static uint64_t rotated(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void stir(struct state *s, int rounds)
{
    uint64_t *v = s->v;
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotated(v[1], 13) ^ v[0];
        v[3] = rotated(v[3], 16) ^ v[2];
        v[0] = rotated(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotated(v[1], 17) ^ v[2];
        v[3] = rotated(v[3], 21) ^ v[0];
        v[2] = rotated(v[2], 32);
    }
}

/* Up to 8 bytes, the least significant first. */
static uint64_t word_of(const char *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)(uint8_t)bytes[i] << (8 * i);
    return word;
}

static void take(struct state *s, uint64_t word)
{
    s->v[3] ^= word;
    stir(s, 2);
    s->v[0] ^= word;
}

uint64_t siphash(const uint8_t key[16], struct dmx_slice bytes)
{
    uint64_t k0 = word_of((const char *)key, 8), k1 = word_of((const char *)key + 8, 8);
    struct state s = {
        {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U, k1 ^ 0x7465646279746573U}};
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8)
        take(&s, word_of(bytes.ptr + at, 8));
    take(&s, word_of(bytes.ptr + at, bytes.len - at) | (uint64_t)bytes.len << 56);
    s.v[2] ^= 0xff;
    stir(&s, 4);
    return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
