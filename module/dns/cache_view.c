/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What is done with the cache as a whole: forgetting, listing, counting. */
#include "cache_handle.h"

#include "dmx/base/banned.h"

/* ---- forgetting --------------------------------------------------------------------------------------------------- */

enum forget { FORGET_ANSWERS, FORGET_ALL, FORGET_PINS };

static bool is_forgotten(const struct dmx_cache_image *image, enum forget which)
{
    switch (which) {
    case FORGET_ANSWERS:
        return image->kind != DMX_KIND_PINNED;
    case FORGET_ALL:
        return true;
    case FORGET_PINS:
        return image->kind == DMX_KIND_PINNED;
    }
    return false;
}

static size_t forget(struct dmx_cache *cache, const struct dmx_question *question, enum forget which)
{
    const struct dmx_cache_key key = dmx_cache_key_of(cache, question);
    struct dmx_cache_image *image = &cache->images[0];
    struct dmx_cache_place places[DMX_CACHE_CANDIDATES];
    const size_t candidates = dmx_cache_candidates(&cache->map, key.tag, places);
    size_t count = 0;
    for (size_t i = 0; i < candidates; i++) {
        if (dmx_cache_slot_read(&cache->map, &places[i], image) == DMX_READ_OK && dmx_cache_is_of(image, &key) &&
            is_forgotten(image, which) && dmx_cache_slot_write(&cache->map, &places[i], NULL, 0, 0))
            count++;
    }
    return count;
}

bool dmx_cache_unpin(struct dmx_cache *cache, const struct dmx_question *question)
{
    return forget(cache, question, FORGET_PINS) > 0;
}

size_t dmx_cache_flush(struct dmx_cache *cache, const struct dmx_name *name, bool pins)
{
    struct dmx_question question = {.name = *name};
    size_t count = 0;
    for (question.type = 0; question.type <= DMX_CACHE_TYPE_MAX; question.type++) {
        if (dmx_cache_keeps_type(question.type))
            count += forget(cache, &question, pins ? FORGET_ALL : FORGET_ANSWERS);
    }
    return count;
}

static size_t slot_count(const struct dmx_cache *cache)
{
    return dmx_cache_slots(&cache->map, DMX_CLASS_SMALL) + dmx_cache_slots(&cache->map, DMX_CLASS_LARGE);
}

/* Slots that do not check out are cleared as well, and not counted. */
size_t dmx_cache_flush_all(struct dmx_cache *cache, bool pins)
{
    struct dmx_cache_image *image = &cache->images[0];
    size_t count = 0;
    for (size_t n = 0; n < slot_count(cache); n++) {
        struct dmx_cache_place place = dmx_cache_place_nth(&cache->map, n);
        if (dmx_cache_tag(&cache->map, &place) == 0)
            continue;
        const bool entry = dmx_cache_slot_read(&cache->map, &place, image) == DMX_READ_OK;
        if (entry && !is_forgotten(image, pins ? FORGET_ALL : FORGET_ANSWERS))
            continue;
        if (dmx_cache_slot_write(&cache->map, &place, NULL, 0, 0) && entry)
            count++;
    }
    return count;
}

/* ---- showing ------------------------------------------------------------------------------------------------------ */

enum shown { SHOW_ALL, SHOW_PINS };

/* The entry of one slot, if there is one that may still serve. */
static bool show(struct dmx_cache *cache, const struct dmx_cache_place *place, enum shown which, int64_t now_s,
                 struct dmx_arena *arena, struct dmx_cache_entry *out)
{
    struct dmx_cache_image *image = &cache->images[0];
    if (dmx_cache_tag(&cache->map, place) == 0 || dmx_cache_slot_read(&cache->map, place, image) != DMX_READ_OK)
        return false;
    enum dmx_cache_life life = dmx_cache_life(image, &cache->limits, now_s);
    if (life == DMX_LIFE_OVER || (which == SHOW_PINS && image->kind != DMX_KIND_PINNED))
        return false;
    *out = (struct dmx_cache_entry){
        .state = life == DMX_LIFE_FRESH ? DMX_CACHE_FRESH : DMX_CACHE_STALE,
        .pinned = image->kind == DMX_KIND_PINNED,
        .hits = dmx_cache_slot_hits(&cache->map, place),
        .born_s = image->born_s,
        .ends_s = image->ends_s,
    };
    return dmx_cache_read_answer(image, life, now_s, arena, &out->question, &out->answer);
}

static bool next(struct dmx_cache *cache, size_t *cursor, enum shown which, int64_t now_s, struct dmx_arena *arena,
                 struct dmx_cache_entry *out)
{
    while (*cursor < slot_count(cache) && !dmx_arena_failed(arena)) {
        struct dmx_cache_place place = dmx_cache_place_nth(&cache->map, (*cursor)++);
        if (show(cache, &place, which, now_s, arena, out))
            return true;
    }
    return false;
}

bool dmx_cache_next(struct dmx_cache *cache, size_t *cursor, int64_t now_s, struct dmx_arena *arena,
                    struct dmx_cache_entry *out)
{
    return next(cache, cursor, SHOW_ALL, now_s, arena, out);
}

bool dmx_cache_next_pin(struct dmx_cache *cache, size_t *cursor, int64_t now_s, struct dmx_arena *arena,
                        struct dmx_cache_entry *out)
{
    return next(cache, cursor, SHOW_PINS, now_s, arena, out);
}

static uint64_t counter(const struct dmx_cache *cache, enum dmx_cache_counter_name which)
{
    return atomic_load_explicit(&dmx_cache_header(&cache->map)->counters[which].n, memory_order_relaxed);
}

void dmx_cache_stats(const struct dmx_cache *cache, struct dmx_cache_stats *out)
{
    struct dmx_cache_image image;
    const struct dmx_cache_map *map = &cache->map;
    *out = (struct dmx_cache_stats){
        .hits = counter(cache, DMX_COUNT_HITS),
        .misses = counter(cache, DMX_COUNT_MISSES),
        .stale = counter(cache, DMX_COUNT_STALE),
        .stores = counter(cache, DMX_COUNT_STORES),
        .evictions = counter(cache, DMX_COUNT_EVICTIONS),
        .skipped_writes = counter(cache, DMX_COUNT_SKIPPED),
        .takeovers = counter(cache, DMX_COUNT_TAKEOVERS),
        .size_bytes = map->bytes,
        .slots = dmx_cache_slots(map, DMX_CLASS_SMALL),
        .large_slots = dmx_cache_slots(map, DMX_CLASS_LARGE),
        .created_s = map->created_s,
    };
    for (size_t n = 0; n < slot_count(cache); n++) {
        struct dmx_cache_place place = dmx_cache_place_nth(map, n);
        if (dmx_cache_tag(map, &place) == 0 || dmx_cache_slot_read(map, &place, &image) != DMX_READ_OK)
            continue;
        if (place.class == DMX_CLASS_SMALL)
            out->slots_used++;
        else
            out->large_slots_used++;
        out->pinned += image.kind == DMX_KIND_PINNED;
    }
}

uint64_t dmx_cache_mark(const struct dmx_cache *cache)
{
    return atomic_load_explicit(&dmx_cache_header(&cache->map)->mark.n, memory_order_relaxed);
}

void dmx_cache_set_mark(struct dmx_cache *cache, uint64_t mark)
{
    if (!cache->map.read_only)
        atomic_store_explicit(&dmx_cache_header(&cache->map)->mark.n, mark, memory_order_relaxed);
}
