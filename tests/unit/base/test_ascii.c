/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/ascii.h"

#include <string.h>

#include "suite.h"

/* Each class against its letters written out, for every byte value. */
static const struct {
    const char *label;
    bool (*is_member)(char);
    const char *members;
    size_t count;
} class_rows[] = {
#define CLASS(fn, text)                 \
    {                                   \
#fn, fn, text, sizeof(text) - 1 \
    }
    CLASS(dmx_is_digit, "0123456789"),
    CLASS(dmx_is_alpha, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    CLASS(dmx_is_alnum, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    CLASS(dmx_is_wsp, " \t"),
    CLASS(dmx_is_fws, " \t\r\n"),
};

START_TEST(classes)
{
    for (int byte = 0; byte < 256; byte++) {
        bool want = memchr(class_rows[_i].members, byte, class_rows[_i].count) != NULL;
        ck_assert_msg(class_rows[_i].is_member((char)byte) == want, "%s: byte %d", class_rows[_i].label, byte);
    }
}
END_TEST

START_TEST(visible)
{
    for (int byte = 0; byte < 256; byte++)
        ck_assert_msg(dmx_is_vchar((char)byte) == (byte >= 0x21 && byte <= 0x7e), "byte %d", byte);
}
END_TEST

START_TEST(lower)
{
    for (int byte = 0; byte < 256; byte++) {
        char want = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : (char)byte;
        ck_assert_msg(dmx_lower((char)byte) == want, "byte %d", byte);
    }
}
END_TEST

START_TEST(hex)
{
    static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    for (int byte = 0; byte < 256; byte++) {
        const char *at = memchr(digits, byte, 16);
        const char *upper_at = memchr(upper, byte, 16);
        long want = at ? at - digits : upper_at ? upper_at - upper : -1;
        ck_assert_msg(dmx_hex_value((char)byte) == want, "byte %d", byte);
    }
}
END_TEST

DMX_SUITE(ascii)
{
    DMX_TABLE(classes, class_rows);
    DMX_TEST(visible);
    DMX_TEST(lower);
    DMX_TEST(hex);
}
