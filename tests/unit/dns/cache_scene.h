/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A cache in a scratch directory, and words for what is kept in it and found. */
#ifndef DMX_TESTS_DNS_CACHE_SCENE_H
#define DMX_TESTS_DNS_CACHE_SCENE_H

#include "dmx/dns/cache.h"
#include "render.h"

enum { NOW = 1700000000, SCENE_BYTES = 256 * 1024, YEAR = 365 * 86400 };

struct scene {
    char dir[64];
    char path[96];
    struct dmx_cache_settings settings; /* of path; 1 day, 1 hour, no stale answers */
    struct dmx_cache *cache;
    struct dmx_arena *arena;
};

/* A scratch directory without a cache in it; removes it with all that is there. */
void scene_setup(struct scene *scene);
void scene_teardown(struct scene *scene);

/* Opens the cache (anew) by the scene's settings. "ok", "ok REASON", or "none REASON". */
const char *scene_open(struct scene *scene);

struct dmx_question question_of(const char *name, uint16_t type);

/* An answer with one TXT record, in the scene's arena. */
struct dmx_answer text_answer(struct scene *scene, const char *text, uint32_t ttl_s);
/* One with a record of size bytes. */
struct dmx_answer long_answer(struct scene *scene, size_t size, uint32_t ttl_s);
struct dmx_answer bare_answer(enum dmx_dns_status status, uint32_t ttl_s);

/* Keeps a TXT answer, or a bare one, for a name. */
void keep(struct scene *scene, const char *name, struct dmx_answer answer, int64_t now_s);

/* "miss", "fresh ok 300 | TXT x", "stale …", "stale-now …". */
const char *find_text(struct scene *scene, const char *name, uint16_t type, int64_t now_s);

struct dmx_cache_stats stats_of(const struct scene *scene);

#endif
