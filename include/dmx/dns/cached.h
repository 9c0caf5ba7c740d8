/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A source with the cache in front of it: what the cache knows is answered from it, the rest by the source behind, whose
 * answers are kept. For the engine an answer from the cache is like any other; only one that is over its time says so.
 */
#ifndef DMX_DNS_CACHED_H
#define DMX_DNS_CACHED_H

#include "dmx/dns/cache.h"
#include "dmx/dns/source.h"

struct dmx_cached;

struct dmx_cached_settings {
    struct dmx_cache *cache;
    struct dmx_dns_source behind; /* both must outlive this */
    int64_t (*now_s)(void);       /* wall clock */
    bool serve_stale;             /* when DNS fails: TIMEOUT, SERVFAIL, REFUSED or MALFORMED, never CUT */
    /* How much an answer is worth keeping: DMX_CACHE_ORDINARY or DMX_CACHE_VALUED. NULL: all are ordinary. */
    int (*value)(const void *ctx, const struct dmx_question *question, const struct dmx_answer *answer);
    const void *value_ctx;
};

/* NULL without memory; the caller frees it. */
struct dmx_cached *dmx_cached_new(const struct dmx_cached_settings *settings) DMX_NODISCARD;
void dmx_cached_free(struct dmx_cached **cached);

struct dmx_dns_source dmx_cached_source(struct dmx_cached *cached);

#endif
