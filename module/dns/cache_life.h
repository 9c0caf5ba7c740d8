/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* How long an entry of the cache lives, and which one has to make room. Pure: time is an argument. */
#ifndef DMX_DNS_CACHE_LIFE_H
#define DMX_DNS_CACHE_LIFE_H

#include "cache_format.h"
#include "dmx/dns/answer.h"

struct dmx_cache_limits {
    uint32_t max_ttl_s, negative_max_ttl_s, stale_s;
};

enum {
    /* RFC 9520 section 3.2 wants at least 1 and at most 300. So long one dead server costs one message its patience. */
    DMX_CACHE_FAILURE_S = 5,
    /* What an administrator pins for longer was a slip of the pen. */
    DMX_CACHE_PIN_MAX_S = 10 * 366 * 86400,
};

enum dmx_cache_life { DMX_LIFE_OVER = 0, DMX_LIFE_FRESH, DMX_LIFE_STALE };

/* For how long an answer is to be kept; 0: not at all. */
uint32_t dmx_cache_life_of(const struct dmx_answer *answer, const struct dmx_cache_limits *limits);

/*
 * Whether an entry may serve at now_s. Not before it was born, and never for longer than the ceilings: a clock that
 * steps back finds entries of the future, which are none; but a pin has its end from the administrator, and counts.
 */
enum dmx_cache_life dmx_cache_life(const struct dmx_cache_image *image, const struct dmx_cache_limits *limits,
                                   int64_t now_s);

/* Of a fresh entry. */
uint32_t dmx_cache_remaining_s(const struct dmx_cache_image *image, int64_t now_s);

/* In the order in which they make room. */
enum dmx_cache_rank {
    DMX_RANK_FREE = 0,
    DMX_RANK_OVER,
    DMX_RANK_STALE,
    DMX_RANK_FAILURE,
    DMX_RANK_NEGATIVE,
    DMX_RANK_ORDINARY,     /* and a policy that is known not to be there */
    DMX_RANK_STALE_VALUED, /* what serves when DNS fails: a sender of made-up names must not throw it out first */
    DMX_RANK_VALUED,
    DMX_RANK_KEPT, /* pinned, or being written */
};

enum dmx_cache_rank dmx_cache_rank(const struct dmx_cache_image *image, const struct dmx_cache_limits *limits,
                                   int64_t now_s);

struct dmx_cache_worth {
    enum dmx_cache_rank rank;
    uint32_t idle_s; /* since it was last of use */
    uint32_t hits;
};

/* Whether a makes room before b: the lower rank, the longer idle, the fewer hits. */
bool dmx_cache_worth_less(const struct dmx_cache_worth *a, const struct dmx_cache_worth *b);

#endif
