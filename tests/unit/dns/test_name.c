/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dns/name.h"
#include "suite.h"

#define TEN    "abcdefghij"
#define L62    TEN TEN TEN TEN TEN TEN "ab"
#define L63    L62 "c"
#define L64    L63 "d"
#define NAME61 TEN TEN TEN TEN TEN TEN "a"

static struct dmx_slice printed(const struct dmx_name *name)
{
    static char buf[2048];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_name(&b, name);
    return dmx_builder_text(&b);
}

static const struct {
    const char *label;
    struct dmx_slice text;
    const char *want; /* NULL: refused */
} texts[] = {
    {"plain", DMX_SLICE_INIT("example.com"), "example.com"},
    {"last dot", DMX_SLICE_INIT("example.com."), "example.com"},
    {"lower case", DMX_SLICE_INIT("EXAMPLE.Com"), "example.com"},
    {"empty is the root", DMX_SLICE_INIT(""), "."},
    {"dot is the root", DMX_SLICE_INIT("."), "."},
    {"two dots", DMX_SLICE_INIT(".."), NULL},
    {"leading dot", DMX_SLICE_INIT(".com"), NULL},
    {"empty label", DMX_SLICE_INIT("a..b"), NULL},
    {"two last dots", DMX_SLICE_INIT("a.b.."), NULL},
    {"space and NUL", DMX_SLICE_INIT("a b\0c.test"), "a\\032b\\000c.test"},
    {"eight bits", DMX_SLICE_INIT("\303\251.test"), "\\195\\169.test"},
    {"a backslash is a byte", DMX_SLICE_INIT("a\\.test"), "a\\092.test"},
    {"label of 62", DMX_SLICE_INIT(L62), L62},
    {"label of 63", DMX_SLICE_INIT(L63), L63},
    {"label of 64", DMX_SLICE_INIT(L64), NULL},
    {"name of 252", DMX_SLICE_INIT(L63 "." L63 "." L63 "." TEN TEN TEN TEN TEN TEN),
     L63 "." L63 "." L63 "." TEN TEN TEN TEN TEN TEN},
    {"name of 253", DMX_SLICE_INIT(L63 "." L63 "." L63 "." NAME61), L63 "." L63 "." L63 "." NAME61},
    {"name of 253 and a dot", DMX_SLICE_INIT(L63 "." L63 "." L63 "." NAME61 "."), L63 "." L63 "." L63 "." NAME61},
    {"name of 254", DMX_SLICE_INIT(L63 "." L63 "." L63 "." NAME61 "b"), NULL},
};

START_TEST(from_text)
{
    struct dmx_name name;
    bool ok = dmx_name_from_text(texts[_i].text, &name);
    ck_assert_msg(ok == (texts[_i].want != NULL), "%s: accepted %d", texts[_i].label, ok);
    if (ok)
        ck_slice_eq(texts[_i].label, printed(&name), texts[_i].want);
}
END_TEST

static const struct {
    const char *label, *prefix, *text, *want;
} parts[] = {
    {"prefix", "_dmarc", "example.com", "_dmarc.example.com"},
    {"prefix of two labels", "s._domainkey", "example.com.", "s._domainkey.example.com"},
    {"no prefix", "", "example.com", "example.com"},
    {"prefix of the root", "_dmarc", "", "_dmarc"},
    {"prefix with an empty label", "a..b", "test", NULL},
    {"prefix with a last dot", "a.", "test", NULL},
    {"empty label in the text", "a", ".test", NULL},
    {"too long together", "ab", L63 "." L63 "." L63 "." NAME61, NULL},
};

START_TEST(from_parts)
{
    struct dmx_name name;
    bool ok = dmx_name_from_parts(dmx_slice_cstr(parts[_i].prefix), dmx_slice_cstr(parts[_i].text), &name);
    ck_assert_msg(ok == (parts[_i].want != NULL), "%s: accepted %d", parts[_i].label, ok);
    if (ok)
        ck_slice_eq(parts[_i].label, printed(&name), parts[_i].want);
}
END_TEST

START_TEST(append_stops_at_255)
{
    struct dmx_name name;
    dmx_name_root(&name);
    for (int i = 0; i < 127; i++)
        ck_assert(dmx_name_append(&name, DMX_SLICE("a")));
    ck_assert_uint_eq(name.len, 255);
    ck_assert_uint_eq(dmx_name_labels(&name), 127);
    ck_assert(!dmx_name_append(&name, DMX_SLICE("a")));
    ck_assert_uint_eq(name.len, 255);
    ck_assert(!dmx_name_append(&name, DMX_SLICE("")));
}
END_TEST

static const struct {
    const char *label, *a, *b;
    bool want;
} pairs[] = {
    {"same", "a.test", "a.test", true},
    {"case", "A.tEst", "a.Test", true},
    {"other", "a.test", "b.test", false},
    {"dots elsewhere", "ab.c", "a.bc", false},
    {"prefix", "a.test", "a.test.com", false},
    {"suffix", "test", "a.test", false},
    {"only letters have case", "a[.test", "a{.test", false},
    {"eight bits have none", "\303\251", "\303\211", false},
};

START_TEST(eq)
{
    struct dmx_name a, b;
    ck_assert(dmx_name_from_text(dmx_slice_cstr(pairs[_i].a), &a));
    ck_assert(dmx_name_from_text(dmx_slice_cstr(pairs[_i].b), &b));
    ck_assert_msg(dmx_name_eq(&a, &b) == pairs[_i].want, "%s", pairs[_i].label);
    ck_assert_msg(dmx_name_eq(&b, &a) == pairs[_i].want, "%s, turned", pairs[_i].label);
}
END_TEST

START_TEST(parents)
{
    struct dmx_name name;
    ck_assert(dmx_name_from_text(DMX_SLICE("www.Example.com"), &name));
    ck_assert_uint_eq(dmx_name_labels(&name), 3);
    ck_assert(dmx_name_parent(&name, &name));
    ck_slice_eq("first", printed(&name), "example.com");
    ck_assert(dmx_name_parent(&name, &name));
    ck_slice_eq("second", printed(&name), "com");
    ck_assert(dmx_name_parent(&name, &name));
    ck_slice_eq("root", printed(&name), ".");
    ck_assert_uint_eq(dmx_name_labels(&name), 0);
    struct dmx_name before = name;
    ck_assert(!dmx_name_parent(&name, &name));
    ck_assert(dmx_name_eq(&before, &name));
}
END_TEST

START_TEST(a_dot_inside_a_label_is_escaped)
{
    struct dmx_name name;
    dmx_name_root(&name);
    ck_assert(dmx_name_append(&name, DMX_SLICE("a.b")));
    ck_assert(dmx_name_append(&name, DMX_SLICE("c")));
    ck_slice_eq("printed", printed(&name), "a\\046b.c");
}
END_TEST

DMX_SUITE(dns_name)
{
    DMX_TABLE(from_text, texts);
    DMX_TABLE(from_parts, parts);
    DMX_TABLE(eq, pairs);
    DMX_TEST(append_stops_at_255);
    DMX_TEST(parents);
    DMX_TEST(a_dot_inside_a_label_is_escaped);
}
