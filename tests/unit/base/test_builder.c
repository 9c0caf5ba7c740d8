/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/builder.h"

#include "suite.h"

START_TEST(writes_every_kind)
{
    char buf[256];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&b, DMX_SLICE("a"));
    dmx_put(&b, DMX_SLICE_NONE);
    dmx_put_cstr(&b, "b");
    dmx_put_cstr(&b, NULL);
    dmx_put_char(&b, 'c');
    dmx_put_lower(&b, DMX_SLICE("DE-9"));
    dmx_put_be16(&b, 0x4142);
    dmx_put_be32(&b, 0x61626364);
    dmx_put_be64(&b, 0x3132333435363738);
    ck_slice_eq("all", dmx_builder_text(&b), "abcde-9ABabcd12345678");
    ck_assert_int_eq(buf[b.len], '\0');
}
END_TEST

static const struct {
    uint64_t value;
    const char *want;
} unsigned_rows[] = {
    {0, "0"},
    {9, "9"},
    {10, "10"},
    {UINT64_MAX, "18446744073709551615"},
};

START_TEST(unsigned_numbers)
{
    char buf[32];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_u64(&b, unsigned_rows[_i].value);
    ck_slice_eq("u64", dmx_builder_text(&b), unsigned_rows[_i].want);
}
END_TEST

static const struct {
    int64_t value;
    const char *want;
} signed_rows[] = {
    {0, "0"},
    {-1, "-1"},
    {INT64_MAX, "9223372036854775807"},
    {INT64_MIN, "-9223372036854775808"},
};

START_TEST(signed_numbers)
{
    char buf[32];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_i64(&b, signed_rows[_i].value);
    ck_slice_eq("i64", dmx_builder_text(&b), signed_rows[_i].want);
}
END_TEST

static const struct {
    const char *label, *text;
    size_t max_bytes;
    const char *want;
} escape_rows[] = {
    {"plain", "Hello, ~world", 99, "Hello, ~world"},
    {"backslash", "a\\b", 99, "a\\\\b"},
    {"line ends and tab", "a\r\n\tb", 99, "a\\x0d\\x0a\\x09b"},
    {"8-bit and DEL", "\xC3\xA4\x7f", 99, "\\xc3\\xa4\\x7f"},
    {"as long as allowed", "abc", 3, "abc"},
    {"one over", "abcd", 3, "abc..."},
    {"nothing allowed", "a", 0, "..."},
    {"empty", "", 0, ""},
};

START_TEST(escapes)
{
    char buf[256];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_escaped(&b, dmx_slice_cstr(escape_rows[_i].text), escape_rows[_i].max_bytes);
    ck_slice_eq(escape_rows[_i].label, dmx_builder_text(&b), escape_rows[_i].want);
}
END_TEST

static const struct {
    const char *label;
    size_t size, bytes;
    bool fits;
} fixed_rows[] = {
    {"no buffer", 0, 0, false}, {"only the NUL", 1, 0, true}, {"nothing beside the NUL", 1, 1, false},
    {"one below", 8, 6, true},  {"exactly", 8, 7, true},      {"one above", 8, 8, false},
};

START_TEST(fixed_limit)
{
    char buf[16] = {0};
    struct dmx_builder b = dmx_builder_fixed(buf, fixed_rows[_i].size);
    for (size_t i = 0; i < fixed_rows[_i].bytes; i++)
        dmx_put_char(&b, 'x');
    struct dmx_slice text = dmx_builder_text(&b);
    ck_assert_msg(b.failed == !fixed_rows[_i].fits, "%s: failed", fixed_rows[_i].label);
    ck_assert_msg(text.len == (fixed_rows[_i].fits ? fixed_rows[_i].bytes : 0), "%s: %zu", fixed_rows[_i].label,
                  text.len);
    for (size_t i = fixed_rows[_i].size; i < sizeof buf; i++)
        ck_assert_int_eq(buf[i], 0);
}
END_TEST

START_TEST(failure_is_sticky)
{
    char buf[8];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&b, "abc");
    dmx_put_cstr(&b, "too long for it");
    dmx_put_char(&b, 'd');
    ck_assert(b.failed);
    ck_assert_ptr_null(dmx_builder_text(&b).ptr);
}
END_TEST

START_TEST(grows_to_its_limit)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 1000);
    ck_slice_eq("empty", dmx_builder_text(&b), "");
    for (size_t i = 0; i < 1000; i++)
        dmx_put_char(&b, (char)('a' + i % 26));
    struct dmx_slice text = dmx_builder_text(&b);
    ck_assert_uint_eq(text.len, 1000);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(text.ptr[i], (char)('a' + i % 26));
    ck_assert_int_eq(text.ptr[1000], '\0');
    dmx_put_char(&b, 'x');
    ck_assert(b.failed);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(arena_without_room)
{
    struct dmx_arena *arena = dmx_arena_new(256);
    struct dmx_builder b = dmx_builder_arena(arena, 100000);
    for (size_t i = 0; i < 1000; i++)
        dmx_put_char(&b, 'x');
    ck_assert(b.failed);
    ck_assert(dmx_arena_failed(arena));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(builder)
{
    DMX_TEST(writes_every_kind);
    DMX_TABLE(unsigned_numbers, unsigned_rows);
    DMX_TABLE(signed_numbers, signed_rows);
    DMX_TABLE(escapes, escape_rows);
    DMX_TABLE(fixed_limit, fixed_rows);
    DMX_TEST(failure_is_sticky);
    DMX_TEST(grows_to_its_limit);
    DMX_TEST(arena_without_room);
}
