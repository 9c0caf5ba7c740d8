/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What belongs to one message lives in one arena and is dropped at once. The arena has a hard cap; an allocation
 * beyond it, or refused by malloc, gives NULL and makes the failure sticky, so that a result can be checked once where
 * it is handed over (dmx_arena_failed). Not for use by two threads.
 */
#ifndef DMX_BASE_ARENA_H
#define DMX_BASE_ARENA_H

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

struct dmx_arena;

/* A new arena that never holds more than cap_bytes; NULL without memory. The caller frees it. */
struct dmx_arena *dmx_arena_new(size_t cap_bytes) DMX_NODISCARD;

/* Frees the arena and everything taken from it, sets *arena to NULL; a NULL *arena is fine. */
void dmx_arena_free(struct dmx_arena **arena);

/* Zeroed memory, aligned for any type, valid until the arena is freed; NULL when it cannot be had. */
void *dmx_arena_alloc(struct dmx_arena *arena, size_t size) DMX_NODISCARD;

/* Zeroed room for count elements; NULL on overflow too. */
void *dmx_arena_array(struct dmx_arena *arena, size_t count, size_t element_size) DMX_NODISCARD;

/*
 * Room for one more element: returns array itself while *capacity > count, else a larger copy with *capacity
 * raised (the old one stays in the arena). NULL when it cannot be had; array is still valid then.
 */
void *dmx_arena_grow(struct dmx_arena *arena, void *array, size_t count, size_t *capacity,
                     size_t element_size) DMX_NODISCARD;

/* A copy of s, with a NUL after its end that is not counted. The empty slice with ptr NULL when memory is out. */
struct dmx_slice dmx_arena_dup(struct dmx_arena *arena, struct dmx_slice s);

/* The same in lower case (ASCII letters only). */
struct dmx_slice dmx_arena_dup_lower(struct dmx_arena *arena, struct dmx_slice s);

/* True once any allocation has failed. */
bool dmx_arena_failed(const struct dmx_arena *arena);

/* True once an allocation has failed by the cap: the message's doing, where a failing malloc is ours. */
bool dmx_arena_capped(const struct dmx_arena *arena);

/* Bytes handed out so far, for tests and benches. */
size_t dmx_arena_used(const struct dmx_arena *arena);

#endif
