/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache_slot.h"

#include <string.h>

#include "dmx/base/clock.h"

#include "dmx/base/banned.h"

enum { BUSY = 1, STAMP_SHIFT = 32, WORD = sizeof(uint64_t) };

static const struct {
    unsigned ways;
    uint64_t slot_bytes;
    uint64_t set_bytes;
} classes[DMX_CLASSES] = {
    [DMX_CLASS_SMALL] = {DMX_CACHE_SMALL_WAYS, DMX_CACHE_SMALL_SLOT, DMX_CACHE_SMALL_SET},
    [DMX_CLASS_LARGE] = {DMX_CACHE_LARGE_WAYS, DMX_CACHE_LARGE_SLOT, DMX_CACHE_LARGE_SET},
};

size_t dmx_cache_capacity(enum dmx_cache_class class)
{
    return classes[class].slot_bytes - DMX_SLOT_HEAD;
}

unsigned dmx_cache_ways(enum dmx_cache_class class)
{
    return classes[class].ways;
}

static uint64_t sets_of(const struct dmx_cache_map *map, enum dmx_cache_class class)
{
    return class == DMX_CLASS_SMALL ? map->small_sets : map->large_sets;
}

size_t dmx_cache_slots(const struct dmx_cache_map *map, enum dmx_cache_class class)
{
    return (size_t)sets_of(map, class) * classes[class].ways;
}

static struct dmx_cache_place place_in(const struct dmx_cache_map *map, enum dmx_cache_class class, uint64_t set,
                                       unsigned way)
{
    uint64_t first = DMX_CACHE_PAGE;
    if (class == DMX_CLASS_LARGE)
        first += map->small_sets * classes[DMX_CLASS_SMALL].set_bytes;
    const uint64_t at = first + set * classes[class].set_bytes;
    return (struct dmx_cache_place){at, at + DMX_CACHE_LINE + way * classes[class].slot_bytes, class, way};
}

/* The two classes take the two halves of the hash: names that meet in one do not meet in the other. */
struct dmx_cache_place dmx_cache_place(const struct dmx_cache_map *map, enum dmx_cache_class class, uint64_t hash,
                                       unsigned way)
{
    const uint64_t half = class == DMX_CLASS_SMALL ? hash >> 32 : hash & UINT32_MAX;
    return place_in(map, class, (half * sets_of(map, class)) >> 32, way);
}

struct dmx_cache_place dmx_cache_place_nth(const struct dmx_cache_map *map, size_t n)
{
    enum dmx_cache_class class = DMX_CLASS_SMALL;
    if (n >= dmx_cache_slots(map, DMX_CLASS_SMALL)) {
        n -= dmx_cache_slots(map, DMX_CLASS_SMALL);
        class = DMX_CLASS_LARGE;
    }
    return place_in(map, class, n / classes[class].ways, (unsigned)(n % classes[class].ways));
}

static struct dmx_cache_slot *slot_at(const struct dmx_cache_map *map, const struct dmx_cache_place *place)
{
    return (struct dmx_cache_slot *)(void *)(map->base + place->slot);
}

static _Atomic uint64_t *tag_at(const struct dmx_cache_map *map, const struct dmx_cache_place *place)
{
    return (_Atomic uint64_t *)(void *)(map->base + place->set) + place->way;
}

uint64_t dmx_cache_tag(const struct dmx_cache_map *map, const struct dmx_cache_place *place)
{
    return atomic_load_explicit(tag_at(map, place), memory_order_relaxed);
}

size_t dmx_cache_candidates(const struct dmx_cache_map *map, uint64_t tag,
                            struct dmx_cache_place out[DMX_CACHE_CANDIDATES])
{
    size_t count = 0;
    for (enum dmx_cache_class class = 0; class < DMX_CLASSES; class ++) {
        const struct dmx_cache_place first = dmx_cache_place(map, class, tag, 0);
        for (unsigned way = 0; way < classes[class].ways; way++) {
            if (atomic_load_explicit(tag_at(map, &first) + way, memory_order_relaxed) != tag)
                continue;
            out[count] = first;
            out[count].way = way;
            out[count++].slot += way * classes[class].slot_bytes;
        }
    }
    return count;
}

/* Reads the clock after the sequence, so that no stamp is of the future but one of before a boot: that is stuck too. */
static bool is_stuck(uint64_t sequence)
{
    const uint32_t age_ms = (uint32_t)dmx_clock_mono_ms() - (uint32_t)(sequence >> STAMP_SHIFT);
    return age_ms > DMX_CACHE_STUCK_MS;
}

static uint64_t image_check(const struct dmx_cache_map *map, const struct dmx_cache_image *image)
{
    return dmx_siphash(map->key, dmx_slice((const char *)image, DMX_IMAGE_HEAD + (size_t)image->len));
}

static size_t words_of(size_t payload_bytes)
{
    return (DMX_IMAGE_HEAD - DMX_IMAGE_BEFORE + payload_bytes + WORD - 1) / WORD;
}

/* A word at a time: the words may change under our hands, and must not be read twice or torn within. */
static void copy_out(const struct dmx_cache_slot *slot, size_t from, size_t to, struct dmx_cache_image *out)
{
    uint8_t *at = (uint8_t *)out + DMX_IMAGE_BEFORE;
    for (size_t i = from; i < to; i++) {
        const uint64_t word = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
        memcpy(at + i * WORD, &word, WORD);
    }
}

/* One try. True: nobody wrote between the first and the last load. */
static bool copy_quietly(const struct dmx_cache_slot *slot, const struct dmx_cache_place *place, uint64_t sequence,
                         struct dmx_cache_image *out, uint64_t *out_check)
{
    const size_t head = words_of(0);
    *out_check = atomic_load_explicit(&slot->check, memory_order_relaxed);
    copy_out(slot, 0, head, out);
    if (out->len <= dmx_cache_capacity(place->class))
        copy_out(slot, head, words_of(out->len), out);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&slot->sequence, memory_order_relaxed) == sequence;
}

enum dmx_cache_reading dmx_cache_slot_read(const struct dmx_cache_map *map, const struct dmx_cache_place *place,
                                           struct dmx_cache_image *out)
{
    const struct dmx_cache_slot *slot = slot_at(map, place);
    uint64_t sequence = 0, check;
    for (int i = 0; i < DMX_CACHE_READ_TRIES; i++) {
        sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
        if ((sequence & BUSY) || !copy_quietly(slot, place, sequence, out, &check))
            continue;
        out->sequence = sequence;
        out->place = place->slot;
        const bool good = out->len <= dmx_cache_capacity(place->class) && image_check(map, out) == check;
        return good ? DMX_READ_OK : DMX_READ_DAMAGED;
    }
    return (sequence & BUSY) && is_stuck(sequence) ? DMX_READ_STUCK : DMX_READ_BUSY;
}

uint32_t dmx_cache_slot_hits(const struct dmx_cache_map *map, const struct dmx_cache_place *place)
{
    return atomic_load_explicit(&slot_at(map, place)->hits, memory_order_relaxed);
}

uint32_t dmx_cache_slot_used_s(const struct dmx_cache_map *map, const struct dmx_cache_place *place)
{
    return atomic_load_explicit(&slot_at(map, place)->used_s, memory_order_relaxed);
}

void dmx_cache_slot_count_hit(const struct dmx_cache_map *map, const struct dmx_cache_place *place, int64_t now_s)
{
    struct dmx_cache_slot *slot = slot_at(map, place);
    atomic_fetch_add_explicit(&slot->hits, 1, memory_order_relaxed);
    atomic_store_explicit(&slot->used_s, (uint32_t)now_s, memory_order_relaxed);
}

void dmx_cache_count(const struct dmx_cache_map *map, enum dmx_cache_counter_name which)
{
    if (!map->read_only)
        atomic_fetch_add_explicit(&dmx_cache_header(map)->counters[which].n, 1, memory_order_relaxed);
}

/* Makes the sequence odd with the present time in it. False: somebody else was there, or came first. */
static bool take(const struct dmx_cache_map *map, struct dmx_cache_slot *slot, uint64_t *out_sequence)
{
    uint64_t before = atomic_load_explicit(&slot->sequence, memory_order_acquire);
    const bool busy = before & BUSY;
    if (busy && !is_stuck(before))
        return false;
    const uint32_t count = ((uint32_t)before + 1) | BUSY;
    *out_sequence = (uint64_t)(uint32_t)dmx_clock_mono_ms() << STAMP_SHIFT | count;
    /* One whose count went round in the same millisecond: not told from the stuck one. Leave it. */
    if (*out_sequence == before)
        return false;
    if (!atomic_compare_exchange_strong_explicit(&slot->sequence, &before, *out_sequence, memory_order_acq_rel,
                                                 memory_order_relaxed))
        return false;
    /* Whoever sees one of the words that follow sees the odd sequence, too. */
    atomic_thread_fence(memory_order_release);
    if (busy)
        dmx_cache_count(map, DMX_COUNT_TAKEOVERS);
    return true;
}

static uint64_t published(uint64_t taken)
{
    return (taken & ~(uint64_t)UINT32_MAX) | (uint32_t)(taken + 1);
}

/* Only if the slot is still ours. */
static bool publish(struct dmx_cache_slot *slot, uint64_t taken)
{
    return atomic_compare_exchange_strong_explicit(&slot->sequence, &taken, published(taken), memory_order_release,
                                                   memory_order_relaxed);
}

static void copy_in(struct dmx_cache_slot *slot, const struct dmx_cache_image *image)
{
    const uint8_t *at = (const uint8_t *)image + DMX_IMAGE_BEFORE;
    for (size_t i = 0; i < words_of(image->len); i++) {
        uint64_t word;
        memcpy(&word, at + i * WORD, WORD);
        atomic_store_explicit(&slot->words[i], word, memory_order_relaxed);
    }
}

bool dmx_cache_slot_write(const struct dmx_cache_map *map, const struct dmx_cache_place *place,
                          struct dmx_cache_image *image, uint64_t tag, uint32_t used_s)
{
    struct dmx_cache_slot *slot = slot_at(map, place);
    uint64_t taken, check = 0;
    if (map->read_only || !take(map, slot, &taken))
        return false;
    if (image) {
        image->sequence = published(taken);
        image->place = place->slot;
        check = image_check(map, image);
        copy_in(slot, image);
    }
    /* 0 fits by accident once in 2^64 times: a slot that is cleared checks out no more. */
    atomic_store_explicit(&slot->check, check, memory_order_relaxed);
    atomic_store_explicit(&slot->hits, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->used_s, used_s, memory_order_relaxed);
    atomic_store_explicit(tag_at(map, place), image ? tag : 0, memory_order_relaxed);
    return publish(slot, taken);
}
