/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/base64.h"

#include <string.h>

#include "suite.h"

static const struct {
    const char *label, *text;
    bool ok;
    const char *want;
} rows[] = {
    /* RFC 4648 section 10 */
    {"empty", "", true, ""},
    {"f", "Zg==", true, "f"},
    {"fo", "Zm8=", true, "fo"},
    {"foo", "Zm9v", true, "foo"},
    {"foob", "Zm9vYg==", true, "foob"},
    {"fooba", "Zm9vYmE=", true, "fooba"},
    {"foobar", "Zm9vYmFy", true, "foobar"},
    {"all letters of the end", "+/+/", true, "\xFB\xFF\xBF"},
    {"folds anywhere", " Z\r\n\tm 9\nv\r\n ", true, "foo"},
    {"folds in the padding", "Zg\r\n =\t=", true, "f"},
    {"no padding", "Zg", false, NULL},
    {"half of the padding", "Zg=", false, NULL},
    {"too much padding", "Zg===", false, NULL},
    {"padding alone", "====", false, NULL},
    {"padding of a whole group", "Zm9v====", false, NULL},
    {"one letter", "Z", false, NULL},
    {"three pads", "Z===", false, NULL},
    {"letters after padding", "Zg==Zm9v", false, NULL},
    {"letter inside padding", "Zg=v", false, NULL},
    {"URL letters", "-_-_", false, NULL},
    {"a colon", "Zm9v:", false, NULL},
    {"8-bit", "Zm9\xF6", false, NULL},
    {"vertical tab", "Zm9v\v", false, NULL},
};

START_TEST(decodes)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_slice out = DMX_SLICE_NONE;
    bool ok = dmx_base64_decode(dmx_slice_cstr(rows[_i].text), arena, &out);
    ck_assert_msg(ok == rows[_i].ok, "%s: %s", rows[_i].label, ok ? "accepted" : "refused");
    if (ok)
        ck_slice_eq(rows[_i].label, out, rows[_i].want);
    ck_assert(!dmx_arena_failed(arena));
    dmx_arena_free(&arena);
}
END_TEST

/* What can be decoded was encoded so, but for folds. */
START_TEST(encodes)
{
    char buf[64];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    if (!rows[_i].ok || strpbrk(rows[_i].text, " \t"))
        return;
    dmx_put_base64(&out, dmx_slice_cstr(rows[_i].want));
    ck_slice_eq(rows[_i].label, dmx_builder_text(&out), rows[_i].text);
}
END_TEST

START_TEST(nul_is_no_letter)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_slice out;
    ck_assert(!dmx_base64_decode(DMX_SLICE("Zm9v\0"), arena, &out));
    ck_assert(dmx_base64_decode(DMX_SLICE("AAAA"), arena, &out));
    ck_assert_uint_eq(out.len, 3);
    ck_assert_int_eq(memcmp(out.ptr, "\0\0\0", 3), 0);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_arena *arena = dmx_arena_new(16);
    struct dmx_slice out;
    ck_assert(!dmx_base64_decode(DMX_SLICE("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"), arena, &out));
    ck_assert(dmx_arena_failed(arena));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(base64)
{
    DMX_TABLE(decodes, rows);
    DMX_TABLE(encodes, rows);
    DMX_TEST(nul_is_no_letter);
    DMX_TEST(without_memory);
}
