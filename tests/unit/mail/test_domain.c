/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/domain.h"

#include <string.h>

#include "dmx/base/builder.h"
#include "suite.h"

static const struct {
    const char *label, *text, *want; /* NULL: no domain */
} rows[] = {
    {"plain", "example.com", "example.com"},
    {"case", "Example.COM", "example.com"},
    {"last dot", "example.com.", "example.com"},
    {"one label", "localhost", "localhost"},
    {"underscore", "_dmarc.example.com", "_dmarc.example.com"},
    {"hyphens anywhere", "-a-.example", "-a-.example"},
    {"number among labels", "4.example", "4.example"},
    {"number as top label", "example.4", "example.4"},
    {"U-label",
     "b\xC3\xBC"
     "cher.example",
     "xn--bcher-kva.example"},
    {"U-label in capitals",
     "B\xC3\x9C"
     "CHER.EXAMPLE",
     "xn--bcher-kva.example"},
    {"decomposed",
     "bu\xCC\x88"
     "cher.example",
     "xn--bcher-kva.example"},
    {"sharp s stays (no transition)", "fu\xC3\x9F.example", "xn--fu-hia.example"},
    {"ideographic full stop",
     "example\xE3\x80\x82"
     "com",
     "example.com"},
    {"ideographic full stop last",
     "b\xC3\xBC"
     "cher.example\xE3\x80\x82",
     "xn--bcher-kva.example"},
    {"wide letters", "\xEF\xBD\x85xample.com", "example.com"},
    {"soft hyphen", "exam\xC2\xADple.com", "example.com"},
    {"A-label", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
    {"odd A-label is kept", "xn--zzzzzzzzz-.example", "xn--zzzzzzzzz-.example"},
    {"odd A-label beside a U-label",
     "xn--0.b\xC3\xBC"
     "cher.example",
     "xn--0.xn--bcher-kva.example"},
    {"empty", "", NULL},
    {"only a dot", ".", NULL},
    {"first dot", ".example.com", NULL},
    {"two dots", "example..com", NULL},
    {"two last dots", "example.com..", NULL},
    {"ideographic stop after a dot", "example.com.\xE3\x80\x82", NULL},
    {"address literal", "[192.0.2.1]", NULL},
    {"dotted quad", "192.0.2.1", NULL},
    {"one number", "2130706433", NULL},
    {"space", "example .com", NULL},
    {"at sign", "a@example.com", NULL},
    {"wide at sign",
     "a\xEF\xBC\xA0"
     "example.com",
     NULL},
    {"wide slash",
     "a\xEF\xBC\x8F"
     "example.com",
     NULL},
    {"slash", "a/example.com", NULL},
    {"colon", "example.com:25", NULL},
    {"star", "*.example.com", NULL},
    {"not UTF-8",
     "b\xFC"
     "cher.example",
     NULL},
    {"overlong UTF-8",
     "a\xC0\xAE"
     "example",
     NULL},
    {"disallowed character",
     "a\xE2\x80\xA8"
     "b.example",
     NULL},
    {"replacement character", "\xEF\xBF\xBD.example", NULL},
};

START_TEST(normal_form)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_slice got = DMX_SLICE_NONE, again;
    bool ok = dmx_domain_normalise(dmx_slice_cstr(rows[_i].text), arena, &got);
    ck_assert_msg(ok == (rows[_i].want != NULL), "%s: got \"%.*s\"", rows[_i].label, DMX_SLICE_ARG(got));
    if (ok) {
        ck_slice_eq(rows[_i].label, got, rows[_i].want);
        ck_assert_msg(dmx_domain_normalise(got, arena, &again) && dmx_slice_eq(got, again), "%s: not stable",
                      rows[_i].label);
    }
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(nul_ends_nothing)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_slice got;
    ck_assert(!dmx_domain_normalise(DMX_SLICE("example.com\0.example"), arena, &got));
    ck_assert(!dmx_domain_normalise(DMX_SLICE("b\xC3\xBC\0.example"), arena, &got));
    ck_assert(!dmx_domain_normalise(DMX_SLICE_NONE, arena, &got));
    dmx_arena_free(&arena);
}
END_TEST

/* A domain of total bytes: labels of at most label bytes and a dot between. */
static struct dmx_slice make_domain(char *buf, size_t total, size_t label)
{
    memset(buf, 'a', total);
    for (size_t i = label; i + 1 < total; i += label + 1)
        buf[i] = '.';
    return dmx_slice(buf, total);
}

static const struct {
    size_t total, label;
    bool ok;
} limit_rows[] = {
    {62, 62, true},   {63, 63, true},   {64, 64, false},  {252, 62, true},   {253, 63, true},
    {254, 63, false}, {255, 63, false}, {256, 63, false}, {5000, 63, false},
};

START_TEST(limits)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    char buf[5001];
    struct dmx_slice got, text = make_domain(buf, limit_rows[_i].total, limit_rows[_i].label);
    ck_assert_msg(dmx_domain_normalise(text, arena, &got) == limit_rows[_i].ok, "%zu", text.len);
    buf[text.len] = '.';
    text.len++;
    ck_assert_msg(dmx_domain_normalise(text, arena, &got) == limit_rows[_i].ok, "%zu with a last dot", text.len);
    dmx_arena_free(&arena);
}
END_TEST

/* A label of u-umlauts: 63 bytes of Punycode hold so many of them. */
enum { LONGEST = 57 };

START_TEST(long_u_labels)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 8192);
    struct dmx_slice got;
    for (size_t i = 0; i < 1100; i++) {
        dmx_put_cstr(&b, "\xC3\xBC");
        bool ok = dmx_domain_normalise(dmx_builder_text(&b), arena, &got);
        ck_assert_msg(ok == (i + 1 <= LONGEST), "%zu characters: %s", i + 1, ok ? "accepted" : "refused");
    }
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *child, *parent;
    bool within;
} within_rows[] = {
    {"example.com", "example.com", true},
    {"a.example.com", "example.com", true},
    {"a.b.example.com", "example.com", true},
    {"example.com", "a.example.com", false},
    {"notexample.com", "example.com", false},
    {"example.com.evil", "example.com", false},
    {"com", "example.com", false},
    {"example.com", "com", true},
    {"example.com", "", false},
    {"", "com", false},
};

START_TEST(within)
{
    bool got = dmx_domain_within(dmx_slice_cstr(within_rows[_i].child), dmx_slice_cstr(within_rows[_i].parent));
    ck_assert_msg(got == within_rows[_i].within, "%s in %s", within_rows[_i].child, within_rows[_i].parent);
}
END_TEST

static const struct {
    const char *domain, *parent;
    size_t labels;
} label_rows[] = {
    {"", "", 0},
    {"com", "", 1},
    {"example.com", "com", 2},
    {"a.b.example.com", "b.example.com", 4},
};

START_TEST(labels)
{
    struct dmx_slice domain = dmx_slice_cstr(label_rows[_i].domain);
    ck_assert_uint_eq(dmx_domain_labels(domain), label_rows[_i].labels);
    ck_slice_eq(label_rows[_i].domain, dmx_domain_parent(domain), label_rows[_i].parent);
    ck_assert_uint_eq(dmx_domain_labels(DMX_SLICE_NONE), 0);
    ck_assert_uint_eq(dmx_domain_parent(DMX_SLICE_NONE).len, 0);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_arena *arena = dmx_arena_new(0);
    struct dmx_slice got;
    ck_assert(!dmx_domain_normalise(DMX_SLICE("example.com"), arena, &got));
    ck_assert(dmx_arena_failed(arena));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(domain)
{
    DMX_TABLE(normal_form, rows);
    DMX_TEST(nul_ends_nothing);
    DMX_TABLE(limits, limit_rows);
    DMX_TEST(long_u_labels);
    DMX_TABLE(within, within_rows);
    DMX_TABLE(labels, label_rows);
    DMX_TEST(without_memory);
}
