/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../module/mail/lexis.h"

#include <string.h>

#include "suite.h"

/* RFC 5322 section 3.2.3 and RFC 2045 section 5.1, letter by letter. */
START_TEST(classes)
{
    for (int byte = 0; byte < 256; byte++) {
        bool alnum = byte < 0x80 && ((byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z'));
        bool atext = alnum || byte >= 0x80 || (byte && strchr("!#$%&'*+-/=?^_`{|}~", byte));
        bool token = alnum || (byte && byte < 0x80 && strchr("!#$%&'*+-.^_`{|}~", byte));
        ck_assert_msg(dmx_is_atext((char)byte) == atext, "atext %d", byte);
        ck_assert_msg(dmx_is_token((char)byte) == token, "token %d", byte);
    }
}
END_TEST

static const struct {
    const char *text, *quoted, *meaning, *rest; /* quoted NULL: refused */
} quoted_rows[] = {
    {"\"\"x", "", "", "x"},        {"\"a b\"", "a b", "a b", ""}, {"\"a\\\"b\\\\\" y", "a\\\"b\\\\", "a\"b\\", " y"},
    {"\"\\a\"", "\\a", "a", ""},   {"a\"b\"", NULL, NULL, NULL},  {"\"a", NULL, NULL, NULL},
    {"\"a\\\"", NULL, NULL, NULL}, {"\"a\\", NULL, NULL, NULL},   {"", NULL, NULL, NULL},
};

START_TEST(quoted)
{
    char buf[64];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_cstr(quoted_rows[_i].text));
    struct dmx_slice got = dmx_read_quoted(&c);
    ck_assert_msg(c.failed == !quoted_rows[_i].quoted, "%s", quoted_rows[_i].text);
    if (c.failed)
        return;
    ck_slice_eq(quoted_rows[_i].text, got, quoted_rows[_i].quoted);
    dmx_put_unquoted(&b, got);
    ck_slice_eq(quoted_rows[_i].text, dmx_builder_text(&b), quoted_rows[_i].meaning);
    ck_slice_eq(quoted_rows[_i].text, dmx_cursor_rest(&c), quoted_rows[_i].rest);
}
END_TEST

static const struct {
    const char *text, *rest; /* NULL: refused */
} cfws_rows[] = {
    {"", ""},          {"x", "x"},       {" \r\n\tx", "x"}, {"(a)x", "x"}, {" (a) (b(c)) \t(d)x", "x"},
    {"(a\\)b)x", "x"}, {"(\\\\)x", "x"}, {"(a))x", ")x"},   {"(a", NULL},  {"(a\\)", NULL},
    {"(a(b)", NULL},   {"(\\", NULL},    {"(\"(\")", NULL},
};

START_TEST(cfws)
{
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_cstr(cfws_rows[_i].text));
    dmx_skip_cfws(&c);
    ck_assert_msg(c.failed == !cfws_rows[_i].rest, "%s", cfws_rows[_i].text);
    if (!c.failed)
        ck_slice_eq(cfws_rows[_i].text, dmx_cursor_rest(&c), cfws_rows[_i].rest);
}
END_TEST

DMX_SUITE(lexis)
{
    DMX_TEST(classes);
    DMX_TABLE(quoted, quoted_rows);
    DMX_TABLE(cfws, cfws_rows);
}
