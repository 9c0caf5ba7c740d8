/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/cache.h"

#include <stdlib.h>
#include <string.h>

#include "cache_handle.h"

#include "dmx/base/banned.h"

static struct dmx_slice payload_of(const struct dmx_cache_image *image)
{
    return dmx_slice((const char *)image->payload, image->len);
}

struct dmx_cache_key dmx_cache_key_of(const struct dmx_cache *cache, const struct dmx_question *question)
{
    struct dmx_cache_key key;
    struct dmx_builder b = dmx_builder_fixed(key.bytes, sizeof key.bytes);
    dmx_put_cache_key(&b, question);
    struct dmx_slice text = dmx_builder_text(&b);
    key.len = text.len;
    key.tag = dmx_siphash(cache->map.key, text);
    if (key.tag == 0) /* means a slot without an entry */
        key.tag = 1;
    return key;
}

bool dmx_cache_is_of(const struct dmx_cache_image *image, const struct dmx_cache_key *key)
{
    return image->len >= key->len && memcmp(image->payload, key->bytes, key->len) == 0;
}

/* ---- life of the handle ------------------------------------------------------------------------------------------- */

static bool copy_path(struct dmx_cache *cache, const char *path)
{
    struct dmx_builder b = dmx_builder_fixed(cache->path, sizeof cache->path);
    dmx_put_cstr(&b, path);
    return dmx_builder_text(&b).len > 0;
}

enum dmx_status dmx_cache_open(const struct dmx_cache_settings *settings, struct dmx_cache **out,
                               struct dmx_reason *out_reason)
{
    *out = NULL;
    *out_reason = DMX_REASON_ABOUT("cache-memory", "no memory", NULL, dmx_slice_cstr(settings->path));
    struct dmx_cache *cache = malloc(sizeof *cache);
    if (!cache)
        return DMX_NOMEM;
    cache->limits = (struct dmx_cache_limits){settings->max_ttl_s, settings->negative_max_ttl_s, settings->stale_s};
    *out_reason = DMX_REASON_ABOUT("cache-path", "is too long a path", NULL, dmx_slice_cstr(settings->path));
    enum dmx_status status = copy_path(cache, settings->path) ? DMX_OK : DMX_INVALID;
    if (status == DMX_OK)
        status = dmx_cache_map_open(settings, &cache->map, out_reason);
    if (status != DMX_OK) {
        free(cache);
        return status;
    }
    *out = cache;
    return DMX_OK;
}

void dmx_cache_close(struct dmx_cache **cache)
{
    if (!*cache)
        return;
    dmx_cache_map_close(&(*cache)->map);
    free(*cache);
    *cache = NULL;
}

const struct dmx_cache_map *dmx_cache_map_of(const struct dmx_cache *cache)
{
    return &cache->map;
}

bool dmx_cache_is_current(const struct dmx_cache *cache)
{
    return dmx_cache_map_is_current(&cache->map, cache->path);
}

/* ---- finding ------------------------------------------------------------------------------------------------------ */

/* What a set holds for a name and type. */
struct found {
    struct dmx_cache_image *answer; /* the best one, or NULL */
    struct dmx_cache_place place;   /* of it */
    enum dmx_cache_life life;
    bool failure; /* DNS failed a few seconds ago */
    struct dmx_answer failed;
};

static void swap(struct dmx_cache_image **a, struct dmx_cache_image **b)
{
    struct dmx_cache_image *image = *a;
    *a = *b;
    *b = image;
}

/* Pinned before fresh before stale; of equals, which two writers at the same time may leave, the later one. */
static bool is_better(const struct dmx_cache_image *image, enum dmx_cache_life life, const struct found *found)
{
    if (!found->answer)
        return true;
    const bool pinned = image->kind == DMX_KIND_PINNED, had_pinned = found->answer->kind == DMX_KIND_PINNED;
    if (pinned != had_pinned)
        return pinned;
    if (life != found->life)
        return life == DMX_LIFE_FRESH;
    return image->born_s > found->answer->born_s;
}

/* A failure is a few bytes without records: it is read at once. */
static void note_failure(const struct dmx_cache_image *image, int64_t now_s, struct found *found)
{
    struct dmx_question unused;
    struct dmx_answer answer;
    if (!dmx_cache_entry_read(payload_of(image), dmx_cache_remaining_s(image, now_s), NULL, &unused, &answer) ||
        !dmx_answer_is_temporary(&answer))
        return;
    found->failed = answer;
    found->failure = true;
}

/* True when the image is the best so far, and is to be kept. */
static bool consider(const struct dmx_cache *cache, const struct dmx_cache_image *image, int64_t now_s,
                     struct found *found)
{
    enum dmx_cache_life life = dmx_cache_life(image, &cache->limits, now_s);
    if (life == DMX_LIFE_OVER)
        return false;
    if (image->kind == DMX_KIND_FAILURE) {
        note_failure(image, now_s, found);
        return false;
    }
    if (!is_better(image, life, found))
        return false;
    found->life = life;
    return true;
}

static void search(struct dmx_cache *cache, const struct dmx_cache_key *key, int64_t now_s, struct found *found)
{
    struct dmx_cache_image *image = &cache->images[0], *best = &cache->images[1];
    struct dmx_cache_place places[DMX_CACHE_CANDIDATES];
    *found = (struct found){.answer = NULL};
    const size_t count = dmx_cache_candidates(&cache->map, key->tag, places);
    for (size_t i = 0; i < count; i++) {
        if (dmx_cache_slot_read(&cache->map, &places[i], image) != DMX_READ_OK || !dmx_cache_is_of(image, key) ||
            !consider(cache, image, now_s, found))
            continue;
        swap(&image, &best);
        found->answer = best;
        found->place = places[i];
    }
}

/* The answer of an entry, with what remains of its life as TTL. A failure must be of that kind, and nothing else. */
bool dmx_cache_read_answer(const struct dmx_cache_image *image, enum dmx_cache_life life, int64_t now_s,
                           struct dmx_arena *arena, struct dmx_question *out_question, struct dmx_answer *out)
{
    const uint32_t ttl_s = life == DMX_LIFE_FRESH ? dmx_cache_remaining_s(image, now_s) : 0;
    return dmx_cache_entry_read(payload_of(image), ttl_s, arena, out_question, out) &&
           dmx_answer_is_temporary(out) == (image->kind == DMX_KIND_FAILURE);
}

static enum dmx_cache_found find(struct dmx_cache *cache, const struct dmx_cache_key *key, int64_t now_s,
                                 struct dmx_arena *arena, struct dmx_answer *out)
{
    struct found found;
    struct dmx_question unused;
    search(cache, key, now_s, &found);
    if (found.failure && !found.answer) {
        *out = found.failed;
        return DMX_CACHE_FRESH;
    }
    if (!found.answer || !dmx_cache_read_answer(found.answer, found.life, now_s, arena, &unused, out))
        return DMX_CACHE_MISS;
    if (!cache->map.read_only)
        dmx_cache_slot_count_hit(&cache->map, &found.place, now_s);
    if (found.life == DMX_LIFE_FRESH)
        return DMX_CACHE_FRESH;
    return found.failure ? DMX_CACHE_STALE_NOW : DMX_CACHE_STALE;
}

enum dmx_cache_found dmx_cache_find(struct dmx_cache *cache, const struct dmx_question *question, int64_t now_s,
                                    struct dmx_arena *arena, struct dmx_answer *out)
{
    static const enum dmx_cache_counter_name counters[] = {
        [DMX_CACHE_MISS] = DMX_COUNT_MISSES,
        [DMX_CACHE_FRESH] = DMX_COUNT_HITS,
        [DMX_CACHE_STALE] = DMX_COUNT_MISSES, /* DNS is asked first */
        [DMX_CACHE_STALE_NOW] = DMX_COUNT_STALE,
    };
    const struct dmx_cache_key key = dmx_cache_key_of(cache, question);
    enum dmx_cache_found found = find(cache, &key, now_s, arena, out);
    dmx_cache_count(&cache->map, counters[found]);
    return found;
}

/* ---- storing ------------------------------------------------------------------------------------------------------ */

/* What there is of a name and type before an answer to it is kept. */
struct survey {
    bool fresh, pinned;        /* an answer that is fresh; one that is pinned */
    bool busy;                 /* somebody writes a slot of this name and type just now */
    bool has_own[DMX_CLASSES]; /* an entry of the same kind, to be replaced */
    struct dmx_cache_place own[DMX_CLASSES];
};

static void survey_slot(struct dmx_cache *cache, const struct dmx_cache_place *place, const struct dmx_cache_key *key,
                        bool failure, int64_t now_s, struct survey *out)
{
    struct dmx_cache_image *image = &cache->images[0];
    enum dmx_cache_reading reading = dmx_cache_slot_read(&cache->map, place, image);
    if (reading == DMX_READ_BUSY)
        out->busy = true;
    bool own = reading == DMX_READ_STUCK || reading == DMX_READ_DAMAGED;
    if (reading == DMX_READ_OK && dmx_cache_is_of(image, key)) {
        const bool alive = dmx_cache_life(image, &cache->limits, now_s) == DMX_LIFE_FRESH;
        out->pinned |= alive && image->kind == DMX_KIND_PINNED;
        out->fresh |= alive && image->kind == DMX_KIND_ANSWER;
        own = (image->kind == DMX_KIND_FAILURE) == failure;
    }
    if (own) {
        out->has_own[place->class] = true;
        out->own[place->class] = *place;
    }
}

static struct survey survey(struct dmx_cache *cache, const struct dmx_cache_key *key, bool failure, int64_t now_s)
{
    struct survey out = {.fresh = false};
    struct dmx_cache_place places[DMX_CACHE_CANDIDATES];
    const size_t count = dmx_cache_candidates(&cache->map, key->tag, places);
    for (size_t i = 0; i < count; i++)
        survey_slot(cache, &places[i], key, failure, now_s, &out);
    return out;
}

/* What a slot is worth at present, and to whom it was last of use. */
static struct dmx_cache_worth worth_of(struct dmx_cache *cache, const struct dmx_cache_place *place, int64_t now_s)
{
    struct dmx_cache_image *image = &cache->images[0];
    struct dmx_cache_worth worth = {.rank = DMX_RANK_FREE};
    enum dmx_cache_reading reading = dmx_cache_slot_read(&cache->map, place, image);
    if (reading == DMX_READ_BUSY)
        worth.rank = DMX_RANK_KEPT;
    if (reading != DMX_READ_OK || dmx_cache_tag(&cache->map, place) == 0)
        return worth;
    worth.rank = dmx_cache_rank(image, &cache->limits, now_s);
    worth.idle_s = (uint32_t)now_s - dmx_cache_slot_used_s(&cache->map, place);
    worth.hits = dmx_cache_slot_hits(&cache->map, place);
    return worth;
}

/* The slot of the set that is of least use; its rank. */
static enum dmx_cache_rank least_useful(struct dmx_cache *cache, enum dmx_cache_class class,
                                        const struct dmx_cache_key *key, int64_t now_s, struct dmx_cache_place *out)
{
    struct dmx_cache_worth least = {.rank = DMX_RANK_KEPT};
    for (unsigned way = 0; way < dmx_cache_ways(class) && least.rank != DMX_RANK_FREE; way++) {
        struct dmx_cache_place place = dmx_cache_place(&cache->map, class, key->tag, way);
        struct dmx_cache_worth worth = worth_of(cache, &place, now_s);
        if (way > 0 && !dmx_cache_worth_less(&worth, &least))
            continue;
        least = worth;
        *out = place;
    }
    return least.rank;
}

/* An entry ready to be kept, all but its place. */
static bool make_image(struct dmx_cache_image *image, const struct dmx_question *question,
                       const struct dmx_answer *answer)
{
    /* The builder wants a byte for a NUL; an entry that would fill the very last byte is taken for too large. */
    struct dmx_builder b = dmx_builder_fixed((char *)image->payload, sizeof image->payload);
    dmx_put_cache_entry(&b, question, answer);
    const size_t len = dmx_builder_text(&b).len;
    image->len = (uint16_t)len;
    image->zero = 0;
    /* The last word is written whole. */
    if (len)
        memset(image->payload + len, 0, (8 - len % 8) % 8);
    return len > 0;
}

/* In the place of the old entry, or of what is of least use. The old one's size may have been another. */
static bool put(struct dmx_cache *cache, struct dmx_cache_image *image, const struct dmx_cache_key *key, int64_t now_s,
                const struct survey *before)
{
    const enum dmx_cache_class class =
        image->len <= dmx_cache_capacity(DMX_CLASS_SMALL) ? DMX_CLASS_SMALL : DMX_CLASS_LARGE;
    const enum dmx_cache_class other = class == DMX_CLASS_SMALL ? DMX_CLASS_LARGE : DMX_CLASS_SMALL;
    struct dmx_cache_place place = before->own[class];
    enum dmx_cache_rank rank = DMX_RANK_FREE;
    if (!before->has_own[class])
        rank = least_useful(cache, class, key, now_s, &place);
    /* Whoever floods us with names that fail pushes out others of their kind. */
    if (rank == DMX_RANK_KEPT || (image->kind == DMX_KIND_FAILURE && rank > DMX_RANK_FAILURE))
        return false;
    if (!dmx_cache_slot_write(&cache->map, &place, image, key->tag, (uint32_t)now_s))
        return false;
    if (rank > DMX_RANK_OVER)
        dmx_cache_count(&cache->map, DMX_COUNT_EVICTIONS);
    bool removed = before->has_own[other] && dmx_cache_slot_write(&cache->map, &before->own[other], NULL, 0, 0);
    (void)removed; /* if not, the later of the two is found */
    dmx_cache_count(&cache->map, DMX_COUNT_STORES);
    return true;
}

void dmx_cache_store(struct dmx_cache *cache, const struct dmx_question *question, const struct dmx_answer *answer,
                     int value, int64_t now_s)
{
    const uint32_t life_s = dmx_cache_life_of(answer, &cache->limits);
    if (cache->map.read_only || life_s == 0 || !dmx_cache_keeps_type(question->type))
        return;
    struct dmx_cache_image *image = &cache->images[2];
    const bool failure = dmx_answer_is_temporary(answer);
    const struct dmx_cache_key key = dmx_cache_key_of(cache, question);
    const struct survey before = survey(cache, &key, failure, now_s);
    if (before.pinned || (failure && before.fresh))
        return;
    image->born_s = now_s;
    image->ends_s = now_s + life_s;
    image->kind = failure ? DMX_KIND_FAILURE : DMX_KIND_ANSWER;
    image->value = value == DMX_CACHE_VALUED;
    if (before.busy || !make_image(image, question, answer) || !put(cache, image, &key, now_s, &before))
        dmx_cache_count(&cache->map, DMX_COUNT_SKIPPED);
}

/* Two that pin a name at the same instant may have taken a slot each: one of them goes when it is pinned anew. */
static void drop_older_pins(struct dmx_cache *cache, const struct dmx_cache_key *key, int64_t now_s)
{
    struct dmx_cache_image *image = &cache->images[0];
    struct dmx_cache_place places[DMX_CACHE_CANDIDATES];
    const size_t count = dmx_cache_candidates(&cache->map, key->tag, places);
    for (size_t i = 0; i < count; i++) {
        if (dmx_cache_slot_read(&cache->map, &places[i], image) == DMX_READ_OK && dmx_cache_is_of(image, key) &&
            image->kind == DMX_KIND_PINNED && image->born_s < now_s)
            (void)!dmx_cache_slot_write(&cache->map, &places[i], NULL, 0, 0);
    }
}

/* Then there is nothing to write, and several processes that enter the same pins are not in each other's way. */
static bool is_pinned_so(struct dmx_cache *cache, const struct dmx_cache_key *key, const struct dmx_cache_image *wanted)
{
    struct dmx_cache_image *image = &cache->images[0];
    struct dmx_cache_place places[DMX_CACHE_CANDIDATES];
    const size_t count = dmx_cache_candidates(&cache->map, key->tag, places);
    for (size_t i = 0; i < count; i++) {
        if (dmx_cache_slot_read(&cache->map, &places[i], image) == DMX_READ_OK &&
            dmx_cache_life(image, &cache->limits, wanted->born_s) == DMX_LIFE_FRESH && image->kind == DMX_KIND_PINNED &&
            image->ends_s == wanted->ends_s && image->len == wanted->len &&
            memcmp(image->payload, wanted->payload, image->len) == 0)
            return true;
    }
    return false;
}

bool dmx_cache_pin(struct dmx_cache *cache, const struct dmx_question *question, const struct dmx_answer *answer,
                   int64_t now_s, int64_t ends_s)
{
    if (cache->map.read_only || ends_s <= now_s || answer->status > DMX_DNS_NXDOMAIN ||
        !dmx_cache_keeps_type(question->type))
        return false;
    struct dmx_cache_image *image = &cache->images[2];
    const struct dmx_cache_key key = dmx_cache_key_of(cache, question);
    const struct survey before = survey(cache, &key, false, now_s);
    image->born_s = now_s;
    image->ends_s = ends_s - now_s > DMX_CACHE_PIN_MAX_S ? now_s + DMX_CACHE_PIN_MAX_S : ends_s;
    image->kind = DMX_KIND_PINNED;
    image->value = DMX_CACHE_VALUED;
    if (!make_image(image, question, answer))
        return false;
    if (is_pinned_so(cache, &key, image))
        return true;
    if (before.busy || !put(cache, image, &key, now_s, &before))
        return false;
    drop_older_pins(cache, &key, now_s);
    return true;
}
