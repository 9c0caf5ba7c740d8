/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum {
    FIRST_CHUNK = 8 * 1024, /* most messages fit in one or two */
    MAX_CHUNK = 256 * 1024, /* above this, growing gains nothing */
    FIRST_ELEMENTS = 8,
};

struct chunk {
    struct chunk *next;
    size_t size; /* of data */
    alignas(max_align_t) char data[];
};

struct dmx_arena {
    struct chunk *chunks;
    char *at;
    size_t left;
    size_t taken; /* from malloc, data only */
    size_t used;  /* by callers */
    size_t cap;
    bool failed;
    bool capped;
};

struct dmx_arena *dmx_arena_new(size_t cap_bytes)
{
    struct dmx_arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->cap = cap_bytes;
    return arena;
}

void dmx_arena_free(struct dmx_arena **arena)
{
    if (!*arena)
        return;
    struct chunk *next;
    for (struct chunk *chunk = (*arena)->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(*arena);
    *arena = NULL;
}

static bool add_chunk(struct dmx_arena *arena, size_t need)
{
    size_t size = arena->taken ? arena->taken : FIRST_CHUNK;
    if (size > MAX_CHUNK)
        size = MAX_CHUNK;
    if (size < need)
        size = need;
    size_t room = arena->cap - arena->taken;
    if (size > room)
        size = room;
    if (size < need) {
        arena->capped = true;
        return false;
    }
    struct chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        return false;
    *chunk = (struct chunk){.next = arena->chunks, .size = size};
    arena->chunks = chunk;
    arena->taken += size;
    arena->at = chunk->data;
    arena->left = size;
    return true;
}

void *dmx_arena_alloc(struct dmx_arena *arena, size_t size)
{
    const size_t mask = alignof(max_align_t) - 1;
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX - mask) {
        arena->failed = true;
        return NULL;
    }
    size = (size + mask) & ~mask;
    if (size > arena->left && !add_chunk(arena, size)) {
        arena->failed = true;
        return NULL;
    }
    char *out = arena->at;
    arena->at += size;
    arena->left -= size;
    arena->used += size;
    memset(out, 0, size);
    return out;
}

void *dmx_arena_array(struct dmx_arena *arena, size_t count, size_t element_size)
{
    if (element_size && count > SIZE_MAX / element_size) {
        arena->failed = true;
        return NULL;
    }
    return dmx_arena_alloc(arena, count * element_size);
}

void *dmx_arena_grow(struct dmx_arena *arena, void *array, size_t count, size_t *capacity, size_t element_size)
{
    if (*capacity > count)
        return array;
    size_t wanted = *capacity ? *capacity * 2 : FIRST_ELEMENTS;
    void *larger = dmx_arena_array(arena, wanted, element_size);
    if (!larger)
        return NULL;
    if (count)
        memcpy(larger, array, count * element_size);
    *capacity = wanted;
    return larger;
}

struct dmx_slice dmx_arena_dup(struct dmx_arena *arena, struct dmx_slice s)
{
    char *copy = s.len < SIZE_MAX ? dmx_arena_alloc(arena, s.len + 1) : NULL;
    if (!copy)
        return DMX_SLICE_NONE;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return dmx_slice(copy, s.len);
}

struct dmx_slice dmx_arena_dup_lower(struct dmx_arena *arena, struct dmx_slice s)
{
    char *copy = s.len < SIZE_MAX ? dmx_arena_alloc(arena, s.len + 1) : NULL;
    if (!copy)
        return DMX_SLICE_NONE;
    for (size_t i = 0; i < s.len; i++)
        copy[i] = dmx_lower(s.ptr[i]);
    return dmx_slice(copy, s.len);
}

bool dmx_arena_failed(const struct dmx_arena *arena)
{
    return arena->failed;
}

bool dmx_arena_capped(const struct dmx_arena *arena)
{
    return arena->capped;
}

size_t dmx_arena_used(const struct dmx_arena *arena)
{
    return arena->used;
}
