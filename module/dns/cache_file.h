/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The cache's file: which file is trusted to be mapped, and how a new one is made. */
#ifndef DMX_DNS_CACHE_FILE_H
#define DMX_DNS_CACHE_FILE_H

#include <sys/types.h>

#include "cache_format.h"
#include "dmx/dns/cache.h"

/* Far below PATH_MAX: a page of stack or heap that is touched for the first time costs 10 % of opening the cache. */
enum { DMX_CACHE_PATH_MAX = 1024 };

/* A mapped file whose header has been checked. All numbers are our own copies: the file may change at any time. */
struct dmx_cache_map {
    uint8_t *base;
    uint64_t bytes;
    uint64_t small_sets, large_sets;
    uint64_t bucket_lines, buckets_at; /* how many, and the offset of the first */
    int64_t created_s;
    uint8_t key[DMX_SIPHASH_KEY_BYTES];
    bool read_only;
    dev_t dev;
    ino_t ino;
};

/* As dmx_cache_open(). */
enum dmx_status dmx_cache_map_open(const struct dmx_cache_settings *settings, struct dmx_cache_map *out,
                                   struct dmx_reason *out_reason) DMX_NODISCARD;
void dmx_cache_map_close(struct dmx_cache_map *map);
bool dmx_cache_map_is_current(const struct dmx_cache_map *map, const char *path);

/* The map of an open cache. */
const struct dmx_cache_map *dmx_cache_map_of(const struct dmx_cache *cache);

/* The hash of all sizes and offsets of the format. */
uint64_t dmx_cache_layout(void);

static inline struct dmx_cache_header *dmx_cache_header(const struct dmx_cache_map *map)
{
    return (struct dmx_cache_header *)(void *)map->base;
}

#endif
