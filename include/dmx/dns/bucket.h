/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Token buckets in the shared cache: how often something may happen on this host, whichever of Exim's processes does it.
 * A bucket of rate COUNT/PERIOD holds COUNT tokens at first, and each that is taken comes back after PERIOD/COUNT. It
 * counts what it refused since the last that it gave. No call waits, whatever other processes do; one that dies in the
 * middle of a call leaves nothing behind.
 *
 * Where there is doubt the answer is no: with a cache that is only read, one in which too many buckets are in use, and
 * for at most one PERIOD and a minute after the clock was set back or the file was tampered with. now_ms is of a clock that never
 * steps and is the same for all processes (dmx_clock_mono_ms), and may step all the same.
 */
#ifndef DMX_DNS_BUCKET_H
#define DMX_DNS_BUCKET_H

#include "dmx/dns/cache.h"

struct dmx_bucket_rate {
    uint32_t count;    /* 0: never; at most one a second */
    uint32_t period_s; /* at most DMX_BUCKET_PERIOD_MAX_S */
};

enum {
    DMX_BUCKET_PERIOD_MAX_S = 60 * 60 * 24 * 30,
    DMX_BUCKET_REFUSED_MAX = 65535, /* counted; more are so many */
};

/* Whether there is a token. */
bool dmx_bucket_has(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate, uint64_t now_ms);

/* Takes one: *out_refused is what had been refused since the last, and is 0 from now on. False: refused, and counted. */
bool dmx_bucket_take(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate, uint64_t now_ms,
                     uint32_t *out_refused) DMX_NODISCARD;

/* Counts so many as refused that were refused for another reason, and takes nothing. */
void dmx_bucket_refuse(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate,
                       uint64_t now_ms, uint32_t count);

#endif
