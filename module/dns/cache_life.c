/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache_life.h"

#include "cache_entry.h"

#include "dmx/base/banned.h"

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t dmx_cache_life_of(const struct dmx_answer *answer, const struct dmx_cache_limits *limits)
{
    switch (answer->status) {
    case DMX_DNS_OK:
        return lesser(answer->ttl_s, limits->max_ttl_s);
    case DMX_DNS_NODATA:
    case DMX_DNS_NXDOMAIN:
        return lesser(answer->ttl_s, limits->negative_max_ttl_s);
    case DMX_DNS_SERVFAIL:
    case DMX_DNS_TIMEOUT:
    case DMX_DNS_REFUSED:
    case DMX_DNS_MALFORMED:
        return DMX_CACHE_FAILURE_S;
    case DMX_DNS_CUT:
        return 0;
    }
    return 0;
}

/* The status behind the key, without reading the rest. */
static bool is_negative(const struct dmx_cache_image *image)
{
    const size_t at = (size_t)1 + image->payload[0] + 2;
    return at < image->len && image->payload[at] != DMX_DNS_OK;
}

static uint32_t ceiling_s(const struct dmx_cache_image *image, const struct dmx_cache_limits *limits)
{
    if (image->kind == DMX_KIND_PINNED)
        return DMX_CACHE_PIN_MAX_S;
    if (image->kind == DMX_KIND_FAILURE)
        return DMX_CACHE_FAILURE_S;
    return is_negative(image) ? limits->negative_max_ttl_s : limits->max_ttl_s;
}

enum dmx_cache_life dmx_cache_life(const struct dmx_cache_image *image, const struct dmx_cache_limits *limits,
                                   int64_t now_s)
{
    const bool pinned = image->kind == DMX_KIND_PINNED;
    if (image->kind > DMX_KIND_PINNED || image->born_s < 0 || (image->born_s > now_s && !pinned) ||
        image->ends_s <= image->born_s || image->ends_s - image->born_s > ceiling_s(image, limits))
        return DMX_LIFE_OVER;
    if (now_s < image->ends_s)
        return DMX_LIFE_FRESH;
    if (image->kind == DMX_KIND_ANSWER && now_s - image->ends_s < limits->stale_s)
        return DMX_LIFE_STALE;
    return DMX_LIFE_OVER;
}

uint32_t dmx_cache_remaining_s(const struct dmx_cache_image *image, int64_t now_s)
{
    return (uint32_t)(image->ends_s - now_s);
}

enum dmx_cache_rank dmx_cache_rank(const struct dmx_cache_image *image, const struct dmx_cache_limits *limits,
                                   int64_t now_s)
{
    const enum dmx_cache_life life = dmx_cache_life(image, limits, now_s);
    if (life == DMX_LIFE_OVER)
        return DMX_RANK_OVER;
    if (image->kind == DMX_KIND_PINNED)
        return DMX_RANK_KEPT;
    if (life == DMX_LIFE_STALE)
        return image->value && !is_negative(image) ? DMX_RANK_STALE_VALUED : DMX_RANK_STALE;
    if (image->kind == DMX_KIND_FAILURE)
        return DMX_RANK_FAILURE;
    if (is_negative(image))
        return image->value ? DMX_RANK_ORDINARY : DMX_RANK_NEGATIVE;
    return image->value ? DMX_RANK_VALUED : DMX_RANK_ORDINARY;
}

bool dmx_cache_worth_less(const struct dmx_cache_worth *a, const struct dmx_cache_worth *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->idle_s != b->idle_s)
        return a->idle_s > b->idle_s;
    return a->hits < b->hits;
}
