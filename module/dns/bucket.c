/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A bucket is one word, and every change of it one compare and swap: there is no state between two. Its tokens are
 * kept as the time at which it will be full again (the generic cell rate algorithm): an empty word, and one whose time
 * is past, is a full bucket. cache_format.h has the place of the words.
 */
#include "dmx/dns/bucket.h"

#include "cache_file.h"

#include "dmx/base/banned.h"

enum {
    UNIT_MS = 125, /* of time in a word: 32 bits of it are 17 years, which is compared modulo */
    UNITS_PER_S = 1000 / UNIT_MS,
    /* Who loses that often is in the company of a process that writes all the time, which is none of ours. */
    TRIES = 1000,
    /*
     * A process may be stopped between its look at the clock and here, and find a time that is further away than this
     * rate makes any. If it were put right at once, each such process would buy tokens for all.
     */
    SKEW_UNITS = 60 * UNITS_PER_S,
    /* No rate makes a time that is further away (and a day for what is rounded): such a word is nobody's. */
    MOST_UNITS = (DMX_BUCKET_PERIOD_MAX_S + 24 * 60 * 60) * UNITS_PER_S + SKEW_UNITS,
    TAG_SHIFT = 48,
    FULL_SHIFT = 16,
};

/* A bucket as it is looked for. */
struct sought {
    _Atomic uint64_t *line; /* the words among which it is */
    uint64_t tag;           /* not 0 */
    uint32_t now;           /* in units */
    uint32_t gap, burst;    /* units until a token is back, and until all are */
};

/* Where it is, or may be put. */
struct found {
    _Atomic uint64_t *word; /* NULL: there is no room */
    uint64_t before;        /* as it was; of another bucket, which nobody will miss, when it has another tag */
    int32_t full_in;        /* units until it is full; 0: it is */
    uint32_t refused;
};

static struct sought sought_of(const struct dmx_cache_map *map, struct dmx_slice key,
                               const struct dmx_bucket_rate *rate, uint64_t now_ms)
{
    const uint64_t hash = dmx_siphash(map->key, key);
    const uint64_t line = ((hash & UINT32_MAX) * map->bucket_lines) >> 32;
    const uint32_t units = rate->period_s * UNITS_PER_S;
    struct sought out = {
        .line = (_Atomic uint64_t *)(void *)(map->base + map->buckets_at + line * DMX_CACHE_LINE),
        .tag = hash >> TAG_SHIFT,
        .now = (uint32_t)(now_ms / UNIT_MS),
    };
    if (out.tag == 0)
        out.tag = 1;
    if (rate->count > 0) {
        out.gap = (units + rate->count - 1) / rate->count;
        out.burst = out.gap * rate->count;
    }
    return out;
}

static uint64_t tag_of(uint64_t word)
{
    return word >> TAG_SHIFT;
}

/* How long until the bucket is full, which may be past. An empty word has been full for ever. */
static int32_t full_in(uint64_t word, uint32_t now)
{
    return tag_of(word) == 0 ? INT32_MIN : (int32_t)((uint32_t)(word >> FULL_SHIFT) - now);
}

static uint64_t word_of(const struct sought *bucket, int32_t wait, uint32_t refused)
{
    const uint32_t full = bucket->now + (uint32_t)wait;
    const uint32_t counted = refused < DMX_BUCKET_REFUSED_MAX ? refused : DMX_BUCKET_REFUSED_MAX;
    return bucket->tag << TAG_SHIFT | (uint64_t)full << FULL_SHIFT | counted;
}

/* A time far beyond any that this rate makes: the clock was set back, or the rate was another. */
static int32_t plausible(const struct sought *bucket, int32_t wait)
{
    if (wait < 0)
        return 0;
    return wait > (int32_t)bucket->burst + SKEW_UNITS ? (int32_t)bucket->burst : wait;
}

/*
 * The bucket's word, or else the one that has been full for longest: every process chooses the same, so that a bucket
 * does not get two. What is not full is never given up, as its bucket would be full by that; but what no rate makes
 * would keep its place for years, after damage or a reboot, with which the clock begins anew.
 */
static struct found find(const struct sought *bucket)
{
    struct found oldest = {.word = NULL};
    int32_t least = 1;
    for (size_t i = 0; i < DMX_CACHE_LINE_WORDS; i++) {
        const uint64_t word = atomic_load_explicit(&bucket->line[i], memory_order_relaxed);
        const int32_t wait = full_in(word, bucket->now);
        if (tag_of(word) == bucket->tag)
            return (struct found){&bucket->line[i], word, plausible(bucket, wait), word & DMX_BUCKET_REFUSED_MAX};
        const int32_t rank = wait > MOST_UNITS ? 0 : wait;
        if (rank >= least)
            continue;
        least = rank;
        oldest = (struct found){&bucket->line[i], word, 0, 0};
    }
    return oldest;
}

static bool swap(const struct found *found, uint64_t after)
{
    uint64_t before = found->before;
    return before == after || atomic_compare_exchange_strong_explicit(found->word, &before, after, memory_order_relaxed,
                                                                      memory_order_relaxed);
}

static bool has_token(const struct sought *bucket, const struct found *found)
{
    return bucket->gap > 0 && found->full_in <= (int32_t)(bucket->burst - bucket->gap);
}

bool dmx_bucket_has(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate, uint64_t now_ms)
{
    const struct dmx_cache_map *map = dmx_cache_map_of(cache);
    if (map->read_only)
        return false;
    const struct sought bucket = sought_of(map, key, rate, now_ms);
    const struct found found = find(&bucket);
    if (!found.word)
        return false;
    /* An implausible time is put right at once: its wait would never end if nobody took or refused. */
    if (tag_of(found.before) == bucket.tag && full_in(found.before, bucket.now) > found.full_in && found.full_in > 0)
        (void)swap(&found, word_of(&bucket, found.full_in, found.refused));
    return has_token(&bucket, &found);
}

bool dmx_bucket_take(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate, uint64_t now_ms,
                     uint32_t *out_refused)
{
    const struct dmx_cache_map *map = dmx_cache_map_of(cache);
    *out_refused = 0;
    if (map->read_only)
        return false;
    const struct sought bucket = sought_of(map, key, rate, now_ms);
    for (int i = 0; i < TRIES; i++) {
        const struct found found = find(&bucket);
        if (!found.word)
            return false;
        const bool taken = has_token(&bucket, &found);
        const uint64_t after = taken ? word_of(&bucket, found.full_in + (int32_t)bucket.gap, 0)
                                     : word_of(&bucket, found.full_in, found.refused + 1);
        if (!swap(&found, after))
            continue;
        if (taken)
            *out_refused = found.refused;
        return taken;
    }
    return false;
}

void dmx_bucket_refuse(struct dmx_cache *cache, struct dmx_slice key, const struct dmx_bucket_rate *rate,
                       uint64_t now_ms, uint32_t count)
{
    const struct dmx_cache_map *map = dmx_cache_map_of(cache);
    if (map->read_only || count == 0)
        return;
    const struct sought bucket = sought_of(map, key, rate, now_ms);
    count = count < DMX_BUCKET_REFUSED_MAX ? count : DMX_BUCKET_REFUSED_MAX;
    for (int i = 0; i < TRIES; i++) {
        const struct found found = find(&bucket);
        if (!found.word || swap(&found, word_of(&bucket, found.full_in, found.refused + count)))
            return;
    }
}
