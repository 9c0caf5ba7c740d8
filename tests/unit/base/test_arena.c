/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "suite.h"

START_TEST(memory_is_zeroed_and_aligned)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    for (size_t size = 0; size < 200; size++) {
        char *p = dmx_arena_alloc(arena, size);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_int_eq(p[i], 0);
        memset(p, 0xff, size);
    }
    ck_assert(!dmx_arena_failed(arena));
    dmx_arena_free(&arena);
    ck_assert_ptr_null(arena);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(blocks_do_not_overlap)
{
    enum { BLOCKS = 500, SIZE = 100 };
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    unsigned char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = dmx_arena_alloc(arena, SIZE);
        memset(blocks[i], (int)(i & 0xff), SIZE);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < SIZE; k++)
            ck_assert_uint_eq(blocks[i][k], i & 0xff);
    ck_assert_uint_ge(dmx_arena_used(arena), (size_t)BLOCKS * SIZE);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *label;
    size_t cap, size;
    bool fits;
} cap_rows[] = {
    {"one below", 4096, 4095, true},
    {"exactly", 4096, 4096, true},
    {"one above", 4096, 4097, false},
    {"far above", 4096, SIZE_MAX, false},
    {"almost SIZE_MAX", 4096, SIZE_MAX - 8, false},
    {"no room at all", 0, 0, false},
};

START_TEST(cap_is_hard_and_failure_sticky)
{
    struct dmx_arena *arena = dmx_arena_new(cap_rows[_i].cap);
    const void *p = dmx_arena_alloc(arena, cap_rows[_i].size);
    ck_assert_msg((p != NULL) == cap_rows[_i].fits, "%s", cap_rows[_i].label);
    ck_assert_msg(dmx_arena_failed(arena) == !cap_rows[_i].fits, "%s: failed", cap_rows[_i].label);
    p = dmx_arena_alloc(arena, 16);
    ck_assert_msg(dmx_arena_failed(arena) == (!cap_rows[_i].fits || !p), "%s: sticky", cap_rows[_i].label);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(cap_counts_all_blocks)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    size_t got = 0;
    while (dmx_arena_alloc(arena, 1024))
        got += 1024;
    ck_assert_uint_le(got, 64 * 1024);
    ck_assert_uint_ge(got, 48 * 1024);
    ck_assert(dmx_arena_failed(arena));
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(array_overflow_is_refused)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    ck_assert_ptr_null(dmx_arena_array(arena, SIZE_MAX / 2 + 2, 2));
    ck_assert(dmx_arena_failed(arena));
    ck_assert_ptr_nonnull(dmx_arena_array(arena, 3, 0));
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(grow_keeps_elements)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    int *numbers = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++) {
        int *larger = dmx_arena_grow(arena, numbers, count, &capacity, sizeof *numbers);
        ck_assert_ptr_nonnull(larger);
        ck_assert_uint_gt(capacity, count);
        numbers = larger;
        numbers[count++] = i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(numbers[i], i);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(grow_without_room_keeps_the_old)
{
    struct dmx_arena *arena = dmx_arena_new(128);
    size_t capacity = 0;
    char(*array)[16] = dmx_arena_grow(arena, NULL, 0, &capacity, sizeof *array);
    ck_assert_ptr_nonnull(array);
    size_t before = capacity;
    ck_assert_ptr_null(dmx_arena_grow(arena, array, capacity, &capacity, sizeof *array));
    ck_assert_uint_eq(capacity, before);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(copies_end_in_nul)
{
    struct dmx_arena *arena = dmx_arena_new(4096);
    struct dmx_slice copy = dmx_arena_dup(arena, DMX_SLICE("A\0b"));
    ck_assert_uint_eq(copy.len, 3);
    ck_assert_int_eq(memcmp(copy.ptr, "A\0b", 4), 0);
    copy = dmx_arena_dup_lower(arena, DMX_SLICE("EXAMPLE.Com[\xC4"));
    ck_slice_eq("lower", copy, "example.com[\xC4");
    ck_assert_int_eq(copy.ptr[copy.len], '\0');
    copy = dmx_arena_dup(arena, DMX_SLICE_NONE);
    ck_assert_ptr_nonnull(copy.ptr);
    ck_assert_uint_eq(copy.len, 0);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(copy_without_room)
{
    struct dmx_arena *arena = dmx_arena_new(16);
    const struct dmx_slice text = DMX_SLICE("longer than the sixteen bytes of the arena");
    ck_assert_ptr_null(dmx_arena_dup(arena, text).ptr);
    ck_assert_ptr_null(dmx_arena_dup_lower(arena, text).ptr);
    ck_assert_ptr_null(dmx_arena_dup(arena, dmx_slice("", SIZE_MAX)).ptr);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(arena)
{
    DMX_TEST(memory_is_zeroed_and_aligned);
    DMX_TEST(blocks_do_not_overlap);
    DMX_TABLE(cap_is_hard_and_failure_sticky, cap_rows);
    DMX_TEST(cap_counts_all_blocks);
    DMX_TEST(array_overflow_is_refused);
    DMX_TEST(grow_keeps_elements);
    DMX_TEST(grow_without_room_keeps_the_old);
    DMX_TEST(copies_end_in_nul);
    DMX_TEST(copy_without_room);
}
