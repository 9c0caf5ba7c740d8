/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/siphash.h"

#include <string.h>

#include "dmx/base/banned.h"

enum { WORD = sizeof(uint64_t), ROUNDS = 2, FINAL_ROUNDS = 4 };

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_rounds(struct state *s, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 = rotl(s->v0, 32) + s->v3;
        s->v2 += s->v1;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 = rotl(s->v2, 32);
    }
}

/* Up to 8 bytes, the first one lowest, whatever the machine. */
static inline uint64_t word_at(const char *bytes, size_t count)
{
    uint64_t word = 0;
    memcpy(&word, bytes, count);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

uint64_t dmx_siphash(const uint8_t key[DMX_SIPHASH_KEY_BYTES], struct dmx_slice bytes)
{
    const uint64_t k0 = word_at((const char *)key, WORD), k1 = word_at((const char *)key + WORD, WORD);
    /* "somepseudorandomlygeneratedbytes" */
    struct state s = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                      k1 ^ 0x7465646279746573};
    const size_t whole = bytes.len - bytes.len % WORD;
    for (size_t i = 0; i < whole; i += WORD) {
        uint64_t word = word_at(bytes.ptr + i, WORD);
        s.v3 ^= word;
        sip_rounds(&s, ROUNDS);
        s.v0 ^= word;
    }
    /* The rest, and the length modulo 256 in the highest byte. */
    uint64_t last = (uint64_t)bytes.len << 56;
    if (bytes.len > whole)
        last |= word_at(bytes.ptr + whole, bytes.len - whole);
    s.v3 ^= last;
    sip_rounds(&s, ROUNDS);
    s.v0 ^= last;
    s.v2 ^= 0xff;
    sip_rounds(&s, FINAL_ROUNDS);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
