/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/cursor.h"

#include "dmx/base/ascii.h"
#include "suite.h"

START_TEST(reads_from_left_to_right)
{
    struct dmx_cursor c = dmx_cursor_from(DMX_SLICE("12ab\xFF=rest"));
    ck_assert_uint_eq(dmx_cursor_left(&c), 10);
    ck_assert_int_eq(dmx_cursor_peek(&c), '1');
    ck_slice_eq("digits", dmx_cursor_run(&c, dmx_is_digit), "12");
    ck_slice_eq("no digits", dmx_cursor_run(&c, dmx_is_digit), "");
    ck_assert(!dmx_cursor_accept(&c, 'b'));
    ck_assert(dmx_cursor_accept(&c, 'a'));
    ck_slice_eq("bytes", dmx_cursor_bytes(&c, 1), "b");
    ck_assert_int_eq(dmx_cursor_peek(&c), 0xff);
    ck_assert_uint_eq(dmx_cursor_u8(&c), 0xff);
    dmx_cursor_expect(&c, '=');
    ck_assert_uint_eq(dmx_cursor_offset(&c), 6);
    ck_slice_eq("rest", dmx_cursor_rest(&c), "rest");
    ck_assert(dmx_cursor_at_end(&c));
    ck_assert(!c.failed);
    ck_slice_eq("no rest", dmx_cursor_rest(&c), "");
    ck_assert(!c.failed);
}
END_TEST

START_TEST(numbers_are_big_endian)
{
    struct dmx_cursor c = dmx_cursor_from(DMX_SLICE("\x01\x02\x03\xFF\xFE\xFD\xFC\xFB\x00\x01\x02\x03\x04\x05\x06"));
    ck_assert_uint_eq(dmx_cursor_u8(&c), 1);
    ck_assert_uint_eq(dmx_cursor_u16(&c), 0x0203);
    ck_assert_uint_eq(dmx_cursor_u32(&c), 0xfffefdfc);
    ck_assert_uint_eq(dmx_cursor_u64(&c), 0xfb00010203040506);
    ck_assert(dmx_cursor_at_end(&c) && !c.failed);
}
END_TEST

static void read_u16(struct dmx_cursor *c)
{
    ck_assert_uint_eq(dmx_cursor_u16(c), 0);
}

static void read_u32(struct dmx_cursor *c)
{
    ck_assert_uint_eq(dmx_cursor_u32(c), 0);
}

static void read_u64(struct dmx_cursor *c)
{
    ck_assert_uint_eq(dmx_cursor_u64(c), 0);
}

static void read_two(struct dmx_cursor *c)
{
    ck_assert_uint_eq(dmx_cursor_bytes(c, 2).len, 0);
}

static void read_most(struct dmx_cursor *c)
{
    ck_assert_uint_eq(dmx_cursor_bytes(c, SIZE_MAX).len, 0);
}

static void expect_other(struct dmx_cursor *c)
{
    dmx_cursor_expect(c, 'y');
}

static const struct {
    const char *label;
    void (*read)(struct dmx_cursor *);
} failure_rows[] = {
    {"u16 of one byte", read_u16}, {"u32 of one byte", read_u32}, {"u64 of one byte", read_u64},
    {"two of one byte", read_two}, {"SIZE_MAX bytes", read_most}, {"another byte", expect_other},
    {"told to", dmx_cursor_fail},
};

START_TEST(failure_is_sticky)
{
    struct dmx_cursor c = dmx_cursor_from(DMX_SLICE("x"));
    failure_rows[_i].read(&c);
    ck_assert_msg(c.failed, "%s", failure_rows[_i].label);
    ck_assert_int_eq(dmx_cursor_peek(&c), -1);
    ck_assert_uint_eq(dmx_cursor_left(&c), 0);
    ck_assert(dmx_cursor_at_end(&c));
    ck_assert(!dmx_cursor_accept(&c, 'x'));
    ck_assert_uint_eq(dmx_cursor_u8(&c), 0);
    ck_assert_uint_eq(dmx_cursor_run(&c, dmx_is_alpha).len, 0);
    ck_assert_uint_eq(dmx_cursor_rest(&c).len, 0);
    ck_assert_uint_eq(dmx_cursor_offset(&c), 0);
    ck_assert(c.failed);
}
END_TEST

START_TEST(nothing_to_read)
{
    struct dmx_cursor c = dmx_cursor_from(DMX_SLICE_NONE);
    ck_assert(dmx_cursor_at_end(&c));
    ck_assert_int_eq(dmx_cursor_peek(&c), -1);
    ck_assert_uint_eq(dmx_cursor_run(&c, dmx_is_alpha).len, 0);
    ck_assert(!c.failed);
    dmx_cursor_expect(&c, 'x');
    ck_assert(c.failed);
}
END_TEST

DMX_SUITE(cursor)
{
    DMX_TEST(reads_from_left_to_right);
    DMX_TEST(numbers_are_big_endian);
    DMX_TABLE(failure_is_sticky, failure_rows);
    DMX_TEST(nothing_to_read);
}
