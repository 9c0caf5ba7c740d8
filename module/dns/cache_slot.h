/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One slot of the cache: copying it out, taking it, publishing an entry in it. The protocol stands in cache_format.h. No
 * function here waits, and none loops more than DMX_CACHE_READ_TRIES times.
 */
#ifndef DMX_DNS_CACHE_SLOT_H
#define DMX_DNS_CACHE_SLOT_H

#include "cache_file.h"

/* A writer takes below a microsecond for most entries: who meets one tries again, and then has a miss. */
enum { DMX_CACHE_READ_TRIES = 3 };

enum dmx_cache_class { DMX_CLASS_SMALL = 0, DMX_CLASS_LARGE, DMX_CLASSES };

struct dmx_cache_place {
    uint64_t set;  /* offset of the set in the file */
    uint64_t slot; /* offset of the slot in the file */
    enum dmx_cache_class class;
    unsigned way;
};

/* Payload that a slot of the class holds, and slots of a set. */
size_t dmx_cache_capacity(enum dmx_cache_class class);
unsigned dmx_cache_ways(enum dmx_cache_class class);

/* The way of the set on which the hash falls; of the n-th slot of all (small ones first). */
struct dmx_cache_place dmx_cache_place(const struct dmx_cache_map *map, enum dmx_cache_class class, uint64_t hash,
                                       unsigned way);
size_t dmx_cache_slots(const struct dmx_cache_map *map, enum dmx_cache_class class);
struct dmx_cache_place dmx_cache_place_nth(const struct dmx_cache_map *map, size_t n);

/* The hash by which a name and type are found in a set; 0 for a slot that was never used, or was cleared. */
uint64_t dmx_cache_tag(const struct dmx_cache_map *map, const struct dmx_cache_place *place);

enum { DMX_CACHE_CANDIDATES = DMX_CACHE_SMALL_WAYS + DMX_CACHE_LARGE_WAYS };

/* The slots of both classes that bear the tag; how many. */
size_t dmx_cache_candidates(const struct dmx_cache_map *map, uint64_t tag,
                            struct dmx_cache_place out[DMX_CACHE_CANDIDATES]);

enum dmx_cache_reading {
    DMX_READ_OK = 0,
    DMX_READ_BUSY,   /* somebody writes it */
    DMX_READ_STUCK,  /* somebody has been writing it for over DMX_CACHE_STUCK_MS */
    DMX_READ_DAMAGED /* there is no entry in it that checks out */
};

/* Copies an entry out and checks it. out holds an entry only after OK; behind its payload is what was there before. */
enum dmx_cache_reading dmx_cache_slot_read(const struct dmx_cache_map *map, const struct dmx_cache_place *place,
                                           struct dmx_cache_image *out) DMX_NODISCARD;

/* The hints. Counting a hit writes; not for a map that is read-only. */
uint32_t dmx_cache_slot_hits(const struct dmx_cache_map *map, const struct dmx_cache_place *place);
uint32_t dmx_cache_slot_used_s(const struct dmx_cache_map *map, const struct dmx_cache_place *place);
void dmx_cache_slot_count_hit(const struct dmx_cache_map *map, const struct dmx_cache_place *place, int64_t now_s);

/*
 * Publishes the image under the tag, or clears the slot when the image is NULL. False: somebody else writes it, or took
 * it over meanwhile. Fills in the image's sequence and place.
 */
bool dmx_cache_slot_write(const struct dmx_cache_map *map, const struct dmx_cache_place *place,
                          struct dmx_cache_image *image, uint64_t tag, uint32_t used_s) DMX_NODISCARD;

/* Adds one to a counter of the header, unless the map is read-only. */
void dmx_cache_count(const struct dmx_cache_map *map, enum dmx_cache_counter_name which);

#endif
