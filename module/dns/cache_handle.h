/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The handle of the shared cache, for cache.c, which finds and stores, and cache_view.c, which forgets and shows. */
#ifndef DMX_DNS_CACHE_HANDLE_H
#define DMX_DNS_CACHE_HANDLE_H

#include "cache_entry.h"
#include "cache_life.h"
#include "cache_slot.h"
#include "dmx/dns/cache.h"

struct dmx_cache {
    struct dmx_cache_map map;
    struct dmx_cache_limits limits;
    char path[DMX_CACHE_PATH_MAX];
    /* Where entries are copied to, and made. Here, as a large one each on the stack would be much for a guest. */
    struct dmx_cache_image images[3];
};

/* A name and type as a slot's payload begins with them. */
struct dmx_cache_key {
    char bytes[DMX_CACHE_KEY_MAX + 1];
    size_t len;
    uint64_t tag;
};

struct dmx_cache_key dmx_cache_key_of(const struct dmx_cache *cache, const struct dmx_question *question);

/* Whether an image is of that name and type: tags may fall together. */
bool dmx_cache_is_of(const struct dmx_cache_image *image, const struct dmx_cache_key *key);

/* The question and answer of an image, in the arena, with what remains of their lives. False: it is none. */
bool dmx_cache_read_answer(const struct dmx_cache_image *image, enum dmx_cache_life life, int64_t now_s,
                           struct dmx_arena *arena, struct dmx_question *out_question, struct dmx_answer *out);

#endif
