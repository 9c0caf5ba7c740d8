/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The limits of failure reports (requirement L4): a bucket for each recipient, organization and set of conditions, one for
 * each organization, and one for all.
 *
 * What was refused is counted in the recipient's bucket, whichever refused it, so that the next report to this recipient
 * tells of all like it and of no others. The two that are shared are looked at first: whoever makes up recipients must
 * not fill the table with theirs when nothing is sent anyway.
 */
#include "dmx/dns/bucket.h"
#include "dmx/pipeline/failure.h"

#include "dmx/base/banned.h"

enum { KEY_MAX = 1024 }; /* an organization of 253 and an address of 64 + 255, and some; a longer one is cut */

struct key {
    char bytes[KEY_MAX];
    struct dmx_slice text;
};

struct limits {
    struct dmx_cache *cache;
    uint64_t now_ms;
    struct dmx_bucket_rate recipient, domain, all;
    struct key domain_key;
};

static const struct dmx_slice all_key = DMX_SLICE_INIT("all");

static struct dmx_bucket_rate rate_of(const struct dmx_rate *rate)
{
    return (struct dmx_bucket_rate){rate->count, rate->period_s};
}

static void make_key(struct key *key, const char *kind, struct dmx_slice organization, uint32_t conditions,
                     struct dmx_slice address)
{
    struct dmx_builder b = dmx_builder_fixed(key->bytes, sizeof key->bytes);
    dmx_put_cstr(&b, kind);
    dmx_put_u64(&b, conditions);
    dmx_put_char(&b, ' ');
    dmx_put_lower(&b, dmx_slice_upto(organization, KEY_MAX / 4));
    dmx_put_char(&b, ' ');
    dmx_put(&b, dmx_slice_upto(address, KEY_MAX / 2));
    key->text = dmx_builder_text(&b);
}

static void recipient_key(struct key *key, const struct dmx_failure *failure, size_t i)
{
    make_key(key, "recipient ", failure->organization, failure->conditions, failure->keys[i]);
}

static void begin(struct limits *limits, const struct dmx_config *config, struct dmx_cache *cache, uint64_t now_ms,
                  const struct dmx_failure *failure)
{
    limits->cache = cache;
    limits->now_ms = now_ms;
    limits->recipient = rate_of(&config->failure_rate.recipient);
    limits->domain = rate_of(&config->failure_rate.domain);
    limits->all = rate_of(&config->failure_rate.all);
    make_key(&limits->domain_key, "domain ", failure->organization, 0, DMX_SLICE_NONE);
}

static bool shared_have(const struct limits *limits)
{
    return dmx_bucket_has(limits->cache, all_key, &limits->all, limits->now_ms) &&
           dmx_bucket_has(limits->cache, limits->domain_key.text, &limits->domain, limits->now_ms);
}

/* After a look that found one, this fails only if another process was faster. */
static bool take_shared(const struct limits *limits)
{
    uint32_t unused;
    return dmx_bucket_take(limits->cache, all_key, &limits->all, limits->now_ms, &unused) &&
           dmx_bucket_take(limits->cache, limits->domain_key.text, &limits->domain, limits->now_ms, &unused);
}

/* Leaves in *failure the recipients that have a token. */
static void take_recipients(const struct limits *limits, bool may, struct dmx_failure *failure)
{
    struct key key;
    size_t kept = 0;
    for (size_t i = 0; i < failure->count; i++) {
        uint32_t refused;
        recipient_key(&key, failure, i);
        if (!may) {
            dmx_bucket_refuse(limits->cache, key.text, &limits->recipient, limits->now_ms, 1);
            continue;
        }
        if (!dmx_bucket_take(limits->cache, key.text, &limits->recipient, limits->now_ms, &refused))
            continue;
        failure->destinations[kept] = failure->destinations[i];
        failure->keys[kept] = failure->keys[i];
        failure->refused[kept++] = refused;
    }
    failure->count = kept;
}

static void count_again(const struct limits *limits, const struct dmx_failure *failure)
{
    struct key key;
    for (size_t i = 0; i < failure->count; i++) {
        recipient_key(&key, failure, i);
        dmx_bucket_refuse(limits->cache, key.text, &limits->recipient, limits->now_ms, failure->refused[i] + 1);
    }
}

uint32_t dmx_failure_limit(const struct dmx_config *config, struct dmx_cache *cache, uint64_t now_ms,
                           struct dmx_failure *failure)
{
    struct limits limits;
    uint32_t most = 0;
    begin(&limits, config, cache, now_ms, failure);
    take_recipients(&limits, shared_have(&limits), failure);
    if (failure->count > 0 && !take_shared(&limits)) {
        count_again(&limits, failure);
        failure->count = 0;
    }
    /* Two recipients were refused the same messages: the larger count has them all. */
    for (size_t i = 0; i < failure->count; i++)
        most = failure->refused[i] > most ? failure->refused[i] : most;
    return failure->count > 0 ? most + 1 : 0;
}

void dmx_failure_forgo(const struct dmx_config *config, struct dmx_cache *cache, uint64_t now_ms,
                       const struct dmx_failure *failure)
{
    struct limits limits;
    begin(&limits, config, cache, now_ms, failure);
    count_again(&limits, failure);
}
