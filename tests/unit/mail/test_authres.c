/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/authres.h"

#include <string.h>

#include "suite.h"

#define ID "mx.receiver.example"

static const struct {
    const char *label, *value;
    bool ours;
} from_rows[] = {
    {"plain", " mx.receiver.example; dmarc=pass", true},
    {"no space", "mx.receiver.example;dmarc=pass", true},
    {"nothing after it", " mx.receiver.example", true},
    {"none", " mx.receiver.example; none", true},
    {"G7 case", " MX.Receiver.EXAMPLE; dmarc=pass", true},
    {"version", " mx.receiver.example 1; dmarc=pass", true},
    {"version and comments", " mx.receiver.example (a) 1 (b) ; dmarc=pass", true},
    {"comment before", " (c) mx.receiver.example; dmarc=pass", true},
    {"nested comments before", "(a(b(c)\\)))\t(d)mx.receiver.example; dmarc=pass", true},
    {"comment right after", " mx.receiver.example(c); dmarc=pass", true},
    {"G7 fold before", "\r\n\tmx.receiver.example; dmarc=pass", true},
    {"LF fold before", "\n mx.receiver.example\n ; dmarc=pass", true},
    {"tabs", "\t\tmx.receiver.example\t;\tdmarc=pass", true},
    {"quoted", " \"mx.receiver.example\"; dmarc=pass", true},
    {"quoted, case", " \"MX.receiver.example\" 1; dmarc=pass", true},
    {"quoted pairs", " \"m\\x.receiver.ex\\ample\"; dmarc=pass", true},
    {"last dot", " mx.receiver.example.; dmarc=pass", true},
    {"ours and garbage", " mx.receiver.example dmarc=pass", true},
    {"ours and an open comment", " mx.receiver.example (dmarc=pass", true},
    {"a longer name", " mx.receiver.example.evil.example; dmarc=pass", false},
    {"a longer name with a hyphen", " mx.receiver.example-x; dmarc=pass", false},
    {"a longer name before", " xmx.receiver.example; dmarc=pass", false},
    {"a name below", " a.mx.receiver.example; dmarc=pass", false},
    {"a shorter name", " receiver.example; dmarc=pass", false},
    {"a prefix", " mx.receiver.exampl; dmarc=pass", false},
    {"another", " mx.other.example; dmarc=pass", false},
    {"another with version", " mx.other.example 1; dmarc=pass", false},
    {"another that tells of us", " mx.other.example; dkim=pass header.d=mx.receiver.example", false},
    {"another that tells of us in a comment", " (mx.receiver.example) mx.other.example; dkim=pass", false},
    {"a quoted longer name", " \"mx.receiver.example.evil.example\"; dmarc=pass", false},
    {"no id, nothing of us", " spf=pass (sender ip is 192.0.2.1) smtp.mailfrom=e.example; dkim=none", false},
    {"nothing", "", false},
    {"blank", " \r\n ", false},
    {"open comment, nothing of us", " (mx.other.example; dkim=pass", false},
    {"no id, ours below", " dmarc=pass mx.receiver.example; x", true},
    {"after another word", " x mx.receiver.example; dmarc=pass", true},
    {"after a semicolon", " ; mx.receiver.example; dmarc=pass", true},
    {"slash after it", " mx.receiver.example/1; dmarc=pass", true},
    {"equals after it", " mx.receiver.example=1; dmarc=pass", true},
    {"open comment before", " (x mx.receiver.example; dmarc=pass", true},
    {"comment closed twice", " (x)) mx.receiver.example; dmarc=pass", true},
    {"open quote", " \"mx.receiver.example; dmarc=pass", true},
    {"half quoted", " \"mx.receiver\".example; dmarc=pass", true},
    {"quoted in two", " \"mx\".\"receiver\".\"example\"; dmarc=pass", true},
    {"blanks inside the quotes", " \" mx.receiver.example \"; dmarc=pass", true},
    {"fold inside the quotes", " \"mx.rec\r\n eiver.example\"; dmarc=pass", true},
    {"blanks around dots", " mx . receiver . example; dmarc=pass", true},
    {"comment around dots", " mx.(c)receiver.example; dmarc=pass", true},
    {"comment inside a label", " mx.recei(c)ver.example; dmarc=pass", true},
    {"nested comments inside", " mx.recei(c(d\\))e)ver.example; dmarc=pass", true},
    {"backslash outside quotes", " m\\x.receiver.example; dmarc=pass", true},
    {"control before", " \001mx.receiver.example; dmarc=pass", true},
    {"control after", " mx.receiver.example\001; dmarc=pass", true},
    {"angle brackets", " <mx.receiver.example>; dmarc=pass", true},
    {"at sign", " u@mx.receiver.example; dmarc=pass", true},
    {"version that is none", " mx.other.example v1; x=mx.receiver.example", true},
    {"8-bit name", " m\xC3\xBC.example; dmarc=pass", false},
};

START_TEST(recognises)
{
    bool got = dmx_authres_is_from(dmx_slice_cstr(from_rows[_i].value), DMX_SLICE(ID));
    ck_assert_msg(got == from_rows[_i].ours, "%s: %s", from_rows[_i].label, got ? "ours" : "not ours");
    got = dmx_authres_is_from(dmx_slice_cstr(from_rows[_i].value), DMX_SLICE("MX.RECEIVER.example."));
    ck_assert_msg(got == from_rows[_i].ours, "%s: with a last dot", from_rows[_i].label);
}
END_TEST

START_TEST(odd_ids)
{
    ck_assert(!dmx_authres_is_from(DMX_SLICE("; none"), DMX_SLICE_NONE));
    ck_assert(!dmx_authres_is_from(DMX_SLICE_NONE, DMX_SLICE(ID)));
    ck_assert(dmx_authres_is_from(DMX_SLICE("mx.receiver.example\0; dmarc=pass"), DMX_SLICE(ID)));
    ck_assert(dmx_authres_is_from(DMX_SLICE("\0mx.receiver.example; dmarc=pass"), DMX_SLICE(ID)));
}
END_TEST

static const size_t id_lengths[] = {1, 253, 1023};

START_TEST(long_ids)
{
    char value[1100];
    memset(value, 'a', sizeof value);
    size_t n = id_lengths[_i];
    ck_assert(dmx_authres_is_from(dmx_slice(value, n), dmx_slice(value, n)));
    ck_assert(!dmx_authres_is_from(dmx_slice(value, n - 1), dmx_slice(value, n)));
    value[n / 2] = '(';
    ck_assert(!dmx_authres_is_from(dmx_slice(value, n), DMX_SLICE(ID)));
}
END_TEST

/* Time that grows with the square of the length would show as a time-out here. */
static const char *const slow_units[] = {"m(", "m\\(", "(", "m()", "((\\)", "\"(", "m\"\\", "mx.receiver.exampl"};

START_TEST(long_values_take_linear_time)
{
    struct dmx_arena *arena = dmx_arena_new(4 * 1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 1024 * 1024);
    dmx_put_cstr(&b, "x y ");
    while (b.len < 1000 * 1000)
        dmx_put_cstr(&b, slow_units[_i]);
    struct dmx_slice value = dmx_builder_text(&b);
    ck_assert(value.len > 0);
    ck_assert(!dmx_authres_is_from(value, DMX_SLICE(ID)));
    dmx_arena_free(&arena);
}
END_TEST

/* ---- writing ------------------------------------------------------------------------------------------------------ */

struct sheet {
    char buf[8192];
    struct dmx_builder b;
    struct dmx_authres ar;
};

static struct sheet sheet;

static void begin(const char *id)
{
    sheet.b = dmx_builder_fixed(sheet.buf, sizeof sheet.buf);
    dmx_authres_begin(&sheet.ar, &sheet.b, dmx_slice_cstr(id));
}

static struct dmx_slice end(void)
{
    dmx_authres_end(&sheet.ar);
    return dmx_builder_text(&sheet.b);
}

START_TEST(writes_none)
{
    begin(ID);
    ck_slice_eq("none", end(), "Authentication-Results: mx.receiver.example; none\n");
}
END_TEST

START_TEST(writes_methods)
{
    const struct dmx_reason reason = DMX_REASON("body-hash", "body hash did \"not\" verify", NULL);
    const struct dmx_reason silent = DMX_REASON_NONE;
    begin(ID);
    dmx_authres_method(&sheet.ar, "spf", DMX_SOFTFAIL, NULL);
    dmx_authres_property(&sheet.ar, "smtp", "mailfrom", DMX_SLICE("u@e.example"));
    dmx_authres_method(&sheet.ar, "dkim", DMX_FAIL, &reason);
    dmx_authres_property(&sheet.ar, "header", "d", DMX_SLICE("e.example"));
    dmx_authres_property(&sheet.ar, "header", "i", DMX_SLICE_NONE);
    dmx_authres_method(&sheet.ar, "dmarc", DMX_PASS, &silent);
    dmx_authres_property(&sheet.ar, "header", "from", DMX_SLICE("e.example"));
    dmx_authres_comment(&sheet.ar, DMX_SLICE("p=none"));
    ck_slice_eq("methods", end(),
                "Authentication-Results: mx.receiver.example;\n"
                "\tspf=softfail smtp.mailfrom=u@e.example;\n"
                "\tdkim=fail reason=\"body hash did \\\"not\\\" verify\" header.d=e.example;\n"
                "\tdmarc=pass header.from=e.example (p=none)\n");
}
END_TEST

START_TEST(begins_where_the_builder_is)
{
    sheet.b = dmx_builder_fixed(sheet.buf, sizeof sheet.buf);
    dmx_put_cstr(&sheet.b, "X: y\n");
    dmx_authres_begin(&sheet.ar, &sheet.b, DMX_SLICE(ID));
    ck_slice_eq("second field", end(), "X: y\nAuthentication-Results: mx.receiver.example; none\n");
}
END_TEST

static const struct {
    const char *label, *value, *want;
} value_rows[] = {
    {"domain", "e.example", "e.example"},
    {"address", "u+x@e.example", "u+x@e.example"},
    {"only a domain after @", "@e.example", "@e.example"},
    {"base64", "ab/c+d==", "\"ab/c+d==\""},
    {"blank", "a b", "\"a b\""},
    {"semicolon", "a;dkim=pass", "\"a;dkim=pass\""},
    {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
    {"comment", "a(b)", "\"a(b)\""},
    {"line ends", "a\r\nSubject: x", "\"a??Subject: x\""},
    {"tab, NUL-like and DEL", "a\tb\001c\x7F", "\"a?b?c?\""},
    {"8-bit",
     "b\xC3\xBC"
     "cher",
     "\"b??cher\""},
    {"two at signs", "a@b@c", "\"a@b@c\""},
    {"at sign last", "a@", "\"a@\""},
    {"quoted local part", "\"a b\"@e.example", "\"\\\"a b\\\"@e.example\""},
};

START_TEST(values_are_made_safe)
{
    char want[256];
    begin("i");
    dmx_authres_method(&sheet.ar, "x", DMX_NONE, NULL);
    dmx_authres_property(&sheet.ar, "p", "q", dmx_slice_cstr(value_rows[_i].value));
    snprintf(want, sizeof want, "Authentication-Results: i;\n\tx=none p.q=%s\n", value_rows[_i].want);
    ck_slice_eq(value_rows[_i].label, end(), want);
}
END_TEST

static const struct {
    const char *label, *comment, *want;
} comment_rows[] = {
    {"plain", "p=none dis=none", "(p=none dis=none)"},
    {"brackets", "a)b(c", "(a\\)b\\(c)"},
    {"backslash last", "a\\", "(a\\\\)"},
    {"line end", "a\nX: y", "(a?X: y)"},
    {"quotes stay", "\"", "(\")"},
    {"empty", "", "()"},
};

START_TEST(comments_are_made_safe)
{
    char want[256];
    begin("i");
    dmx_authres_method(&sheet.ar, "x", DMX_NONE, NULL);
    dmx_authres_comment(&sheet.ar, dmx_slice_cstr(comment_rows[_i].comment));
    snprintf(want, sizeof want, "Authentication-Results: i;\n\tx=none %s\n", comment_rows[_i].want);
    ck_slice_eq(comment_rows[_i].label, end(), want);
}
END_TEST

START_TEST(comment_limit)
{
    for (size_t n = DMX_AUTHRES_TEXT - 1; n <= DMX_AUTHRES_TEXT + 1; n++) {
        char text[DMX_AUTHRES_TEXT + 1];
        memset(text, ')', sizeof text);
        begin("i");
        dmx_authres_method(&sheet.ar, "x", DMX_NONE, NULL);
        dmx_authres_comment(&sheet.ar, dmx_slice(text, n));
        struct dmx_slice got = end();
        size_t dots = dmx_slice_find(got, '.');
        ck_assert_msg((dots < got.len) == (n > DMX_AUTHRES_TEXT), "%zu", n);
        ck_assert_msg(dmx_slice_ends_nocase(got, n > DMX_AUTHRES_TEXT ? DMX_SLICE("\\)...)\n") : DMX_SLICE("\\))\n")),
                      "%zu", n);
    }
}
END_TEST

START_TEST(value_limit)
{
    for (size_t n = DMX_AUTHRES_VALUE - 1; n <= DMX_AUTHRES_VALUE + 1; n++) {
        char text[DMX_AUTHRES_VALUE + 1];
        memset(text, '"', sizeof text);
        begin("i");
        dmx_authres_method(&sheet.ar, "x", DMX_NONE, NULL);
        dmx_authres_property(&sheet.ar, "p", "q", dmx_slice(text, n));
        struct dmx_slice got = end();
        if (n > DMX_AUTHRES_VALUE)
            ck_slice_eq("too long", got, "Authentication-Results: i;\n\tx=none (p.q is too long)\n");
        else
            ck_assert_uint_gt(got.len, 2 * n);
    }
}
END_TEST

START_TEST(id_is_made_safe)
{
    begin("a b@c\n");
    ck_slice_eq("id", end(), "Authentication-Results: \"a b@c?\"; none\n");
    begin("a@b");
    ck_slice_eq("id", end(), "Authentication-Results: \"a@b\"; none\n");
}
END_TEST

static void put_dkim(size_t bytes)
{
    char text[DMX_AUTHRES_VALUE];
    memset(text, 'a', sizeof text);
    dmx_authres_method(&sheet.ar, "dkim", DMX_PASS, NULL);
    dmx_authres_property(&sheet.ar, "header", "d", dmx_slice(text, bytes));
    dmx_authres_property(&sheet.ar, "header", "s", dmx_slice(text, bytes));
}

static void check_lines(struct dmx_slice text)
{
    struct dmx_slice line;
    while (dmx_slice_split(&text, '\n', &line))
        ck_assert_uint_lt(line.len, 998);
}

START_TEST(whole_field_limit)
{
    begin(ID);
    for (size_t i = 0; i < 100; i++)
        put_dkim(200);
    dmx_authres_method(&sheet.ar, "dmarc", DMX_FAIL, NULL);
    struct dmx_slice got = end();
    ck_assert_uint_le(got.len, DMX_AUTHRES_MAX);
    ck_assert_uint_ge(got.len, DMX_AUTHRES_MAX - 600);
    ck_assert_uint_eq(sheet.ar.methods + sheet.ar.omitted, 101);
    char want[64];
    snprintf(want, sizeof want, ";\n\tdmarc=fail\n\t(... and %zu more)\n", sheet.ar.omitted);
    ck_assert(dmx_slice_ends_nocase(got, dmx_slice_cstr(want)));
    check_lines(got);
}
END_TEST

/* Whatever the length of the items, the limit holds and no method stands there by half. */
START_TEST(field_limit_at_every_length)
{
    for (size_t bytes = 1; bytes <= DMX_AUTHRES_VALUE; bytes++) {
        begin(ID);
        for (size_t i = 0; i < 300; i++)
            put_dkim(bytes);
        struct dmx_slice got = end(), rest = got;
        ck_assert_uint_le(got.len, DMX_AUTHRES_MAX);
        ck_assert_uint_gt(sheet.ar.methods, 0);
        ck_assert_uint_eq(sheet.ar.methods + sheet.ar.omitted, 300);
        size_t selectors = 0;
        for (; rest.len > 0; rest = dmx_slice_from(rest, 1))
            selectors += dmx_slice_starts(rest, DMX_SLICE("header.s="));
        ck_assert_uint_eq(selectors, sheet.ar.methods);
        check_lines(got);
    }
}
END_TEST

START_TEST(small_builder_fails)
{
    struct dmx_builder b = dmx_builder_fixed(sheet.buf, 60);
    dmx_authres_begin(&sheet.ar, &b, DMX_SLICE(ID));
    dmx_authres_method(&sheet.ar, "dkim", DMX_PASS, NULL);
    dmx_authres_property(&sheet.ar, "header", "d", DMX_SLICE("e.example"));
    dmx_authres_comment(&sheet.ar, DMX_SLICE("c"));
    dmx_authres_end(&sheet.ar);
    ck_assert(b.failed);
}
END_TEST

START_TEST(what_is_written_is_recognised)
{
    begin(ID);
    put_dkim(20);
    struct dmx_slice got = end();
    struct dmx_slice value = dmx_slice_from(got, dmx_slice_find(got, ':') + 1);
    ck_assert(dmx_authres_is_from(value, DMX_SLICE(ID)));
    ck_assert(!dmx_authres_is_from(value, DMX_SLICE("receiver.example")));
}
END_TEST

DMX_SUITE(authres)
{
    DMX_TABLE(recognises, from_rows);
    DMX_TEST(odd_ids);
    DMX_TABLE(long_ids, id_lengths);
    DMX_TABLE(long_values_take_linear_time, slow_units);
    DMX_TEST(writes_none);
    DMX_TEST(writes_methods);
    DMX_TEST(begins_where_the_builder_is);
    DMX_TABLE(values_are_made_safe, value_rows);
    DMX_TABLE(comments_are_made_safe, comment_rows);
    DMX_TEST(comment_limit);
    DMX_TEST(value_limit);
    DMX_TEST(id_is_made_safe);
    DMX_TEST(whole_field_limit);
    DMX_TEST(field_limit_at_every_length);
    DMX_TEST(small_builder_fails);
    DMX_TEST(what_is_written_is_recognised);
}
