/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../psl-updater/accept.h"

#include <string.h>

#include "dmx/base/builder.h"
#include "sample.h"
#include "suite.h"

/* What the list has always said, and nothing else. */
static const char *const sentinels[] = {
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "info",
    "de",
    "fr",
    "uk",
    "co.uk",
    "ac.uk",
    "org.uk",
    "jp",
    "co.jp",
    "com.au",
    "co.nz",
    "br",
    "com.br",
    "cn",
    "com.cn",
    "in",
    "co.in",
    "xn--p1ai",
    "eu",
    "es",
    "it",
    "nl",
    "pl",
    "ru",
    "us",
    "ca",
    "ch",
    "at",
    "be",
    "se",
    "io",
    "biz",
    "gov.uk",
    "com.mx",
    "co.za",
    "com.tr",
    "com.ar",
    "com.sg",
    "com.tw",
    "co.kr",
    "co.il",
    "*.ck",
    "!www.ck",
    "*.kawasaki.jp",
    "!city.kawasaki.jp",
};
static const char *const private_sentinels[] = {"github.io", "herokuapp.com", "cloudfront.net", "s3.amazonaws.com",
                                                "netlify.app"};

struct recipe {
    size_t count;        /* of rules, filled up with others */
    const char *version; /* NULL: none */
    const char *without; /* this sentinel; NULL: with all */
    const char *with;    /* one rule more */
    size_t private_out;  /* so many of the private sentinels are missing */
    size_t first;        /* the number with which the others begin */
};

static struct dmx_list make(const struct recipe *recipe, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, 1 << 20);
    size_t count = 0;
    if (recipe->version) {
        dmx_put_cstr(&b, "// VERSION: ");
        dmx_put_cstr(&b, recipe->version);
        dmx_put_char(&b, '\n');
    }
    dmx_put_cstr(&b, BEGIN_ICANN);
    for (size_t i = 0; i < DMX_COUNT(sentinels); i++) {
        if (recipe->without && strcmp(recipe->without, sentinels[i]) == 0)
            continue;
        dmx_put_cstr(&b, sentinels[i]);
        dmx_put_char(&b, '\n');
        count++;
    }
    if (recipe->with) {
        dmx_put_cstr(&b, recipe->with);
        dmx_put_char(&b, '\n');
        count++;
    }
    dmx_put_cstr(&b, END_ICANN BEGIN_PRIVATE);
    for (size_t i = recipe->private_out; i < DMX_COUNT(private_sentinels); i++, count++) {
        dmx_put_cstr(&b, private_sentinels[i]);
        dmx_put_char(&b, '\n');
    }
    for (size_t i = recipe->first; count < recipe->count; i++, count++) {
        dmx_put_char(&b, 'x');
        dmx_put_u64(&b, i);
        dmx_put_cstr(&b, ".example\n");
    }
    dmx_put_cstr(&b, END_PRIVATE);
    return sample_parse(dmx_builder_text(&b), arena);
}

#define OLD "2024-01-01_00-00-00_UTC"
#define OF(n, v)                     \
    {                                \
        .count = (n), .version = (v) \
    }
#define NEW   "2024-01-02_00-00-00_UTC"
#define NEW_S 1704153600

static const struct {
    const char *label;
    struct recipe candidate, installed;
    struct dmx_accept_limits limits;
    const char *token, *detail, *warning; /* NULL: accepted; of any content; none */
} rows[] = {
    {"newer", OF(1000, NEW), OF(1000, OLD), {.min_rules = 100}, NULL, NULL, NULL},
    {"the same", OF(1000, OLD), OF(1000, OLD), {.min_rules = 100}, NULL, NULL, NULL},
    {"older", OF(1000, OLD), OF(1000, NEW), {.min_rules = 100}, "older", OLD "; installed is " NEW, NULL},
    {"older, allowed", OF(1000, OLD), OF(1000, NEW), {.min_rules = 100, .allow_older = true}, NULL, NULL, "older"},
    {"no version", {.count = 1000}, OF(1000, NEW), {.min_rules = 100}, NULL, NULL, "no-version"},
    {"neither has one", {.count = 1000}, {.count = 1000}, {.min_rules = 100}, NULL, NULL, "no-version"},
    {"a version beside one that had none", OF(1000, OLD), {.count = 1000}, {.min_rules = 100}, NULL, NULL, NULL},
    {"a version of another form", OF(1000, "42"), OF(1000, NEW), {.min_rules = 100}, NULL, NULL, "unreadable-version"},
    {"a day ahead of the clock",
     OF(1000, NEW),
     OF(1000, OLD),
     {.now_s = NEW_S - 86400, .min_rules = 100},
     NULL,
     NULL,
     NULL},
    {"more than a day ahead",
     OF(1000, NEW),
     OF(1000, OLD),
     {.now_s = NEW_S - 86401, .min_rules = 100},
     "future",
     NEW,
     NULL},
    {"older was allowed, not newer than now",
     OF(1000, NEW),
     {.count = 0},
     {.now_s = 1, .min_rules = 100, .allow_older = true},
     "future",
     NEW,
     NULL},
    {"older than one that never can have been",
     OF(1000, OLD),
     OF(1000, "2999-12-31_00-00-00_UTC"),
     {.now_s = NEW_S, .min_rules = 100},
     NULL,
     NULL,
     NULL},
    {"90 days old", OF(1000, NEW), OF(1000, OLD), {.now_s = NEW_S + 90 * 86400, .min_rules = 100}, NULL, NULL, NULL},
    {"older than that",
     OF(1000, NEW),
     OF(1000, OLD),
     {.now_s = NEW_S + 90 * 86400 + 1, .min_rules = 100},
     NULL,
     NULL,
     "frozen"},
    {"the first", OF(1000, NEW), {.count = 0}, {.min_rules = 100}, NULL, NULL, "nothing-to-compare"},
    {"one below the minimum",
     OF(999, NEW),
     {.count = 0},
     {.min_rules = 1000},
     "too-few-rules",
     "999 rules; 1000 or more would be right",
     NULL},
    {"the minimum", OF(1000, NEW), {.count = 0}, {.min_rules = 1000}, NULL, NULL, "nothing-to-compare"},
    {"one below the usual minimum",
     OF(5999, NEW),
     {.count = 0},
     {.min_rules = 0},
     "too-few-rules",
     "5999 rules; 6000 or more would be right",
     NULL},
    {"the usual minimum", OF(6000, NEW), {.count = 0}, {.min_rules = 0}, NULL, NULL, "nothing-to-compare"},
    {"a tenth less", OF(900, NEW), OF(1000, OLD), {.min_rules = 100}, NULL, NULL, NULL},
    {"more than a tenth less",
     OF(899, NEW),
     OF(1000, OLD),
     {.min_rules = 100},
     "shrunk",
     "899 rules; 900 to 1300 would be right",
     NULL},
    {"three tenths more", OF(1300, NEW), OF(1000, OLD), {.min_rules = 100}, NULL, NULL, NULL},
    {"more than three tenths more",
     OF(1301, NEW),
     OF(1000, OLD),
     {.min_rules = 100},
     "grown",
     "1301 rules; 900 to 1300 would be right",
     NULL},
    {"twice Debian's", OF(2000, NEW), OF(1000, OLD), {.min_rules = 100, .installed_is_debian = true}, NULL, NULL, NULL},
    {"more than twice Debian's",
     OF(2001, NEW),
     OF(1000, OLD),
     {.min_rules = 100, .installed_is_debian = true},
     "grown",
     "2001 rules; 900 to 2000 would be right",
     NULL},
    {"less than Debian's",
     OF(899, NEW),
     OF(1000, OLD),
     {.min_rules = 100, .installed_is_debian = true},
     "shrunk",
     NULL,
     NULL},
    {"no com",
     {.count = 1000, .version = NEW, .without = "com"},
     OF(1000, OLD),
     {.min_rules = 100},
     "sentinel-missing",
     "com",
     NULL},
    {"no com but its wildcard",
     {.count = 1000, .version = NEW, .without = "com", .with = "*.com"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-missing",
     "com",
     NULL},
    {"no co.uk",
     {.count = 1000, .version = NEW, .without = "co.uk"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-missing",
     "co.uk",
     NULL},
    {"a wildcard of com",
     {.count = 1000, .version = NEW, .with = "*.com"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-wrong",
     "com",
     NULL},
    {"a wildcard of com that spares whoever is looked at",
     {.count = 1000,
      .version = NEW,
      .with = "*.com\n!example.com\n!google.com\n!gmail.com\n!outlook.com\n!yahoo.com\n!microsoft.com\n!apple.com\n"
              "!icloud.com\n!amazon.com\n!facebook.com\n!paypal.com\n!linkedin.com"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-wrong",
     "com",
     NULL},
    {"a wildcard of a top-level domain that nobody looks at",
     {.count = 1000, .version = NEW, .with = "zz\n*.zz"},
     {.count = 1000, .version = OLD, .with = "zz"},
     {.min_rules = 100},
     "top-wildcard",
     "zz",
     NULL},
    {"a wildcard that was there",
     {.count = 1000, .version = NEW, .with = "zz\n*.zz"},
     {.count = 1000, .version = OLD, .with = "*.zz"},
     {.min_rules = 100},
     NULL,
     NULL,
     NULL},
    {"a wildcard of a new top-level domain",
     {.count = 1000, .version = NEW, .with = "*.zz"},
     OF(1000, OLD),
     {.min_rules = 100},
     NULL,
     NULL,
     NULL},
    {"a fifth replaced",
     {.count = 1000, .version = NEW, .first = 200},
     OF(1000, OLD),
     {.min_rules = 100},
     NULL,
     NULL,
     NULL},
    {"more than a fifth",
     {.count = 1000, .version = NEW, .first = 201},
     OF(1000, OLD),
     {.min_rules = 100},
     "lost",
     NULL,
     NULL},
    {"two fifths of Debian's",
     {.count = 1000, .version = NEW, .first = 400},
     OF(1000, OLD),
     {.min_rules = 100, .installed_is_debian = true},
     NULL,
     NULL,
     NULL},
    {"more than two fifths",
     {.count = 1000, .version = NEW, .first = 401},
     OF(1000, OLD),
     {.min_rules = 100, .installed_is_debian = true},
     "lost",
     NULL,
     NULL},
    {"gmail.com",
     {.count = 1000, .version = NEW, .with = "gmail.com"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-wrong",
     "gmail.com",
     NULL},
    {"no exception of ck",
     {.count = 1000, .version = NEW, .without = "!www.ck"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-wrong",
     "www.ck",
     NULL},
    {"no exception of kawasaki.jp",
     {.count = 1000, .version = NEW, .without = "!city.kawasaki.jp"},
     {.count = 0},
     {.min_rules = 100},
     "sentinel-wrong",
     "city.kawasaki.jp",
     NULL},
    {"two private ones gone",
     {.count = 1000, .version = NEW, .private_out = 2},
     {.count = 0},
     {.min_rules = 100},
     NULL,
     NULL,
     "nothing-to-compare"},
    {"three private ones gone",
     {.count = 1000, .version = NEW, .private_out = 3},
     {.count = 0},
     {.min_rules = 100},
     "private-missing",
     NULL,
     NULL},
};

START_TEST(judges)
{
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    struct dmx_list candidate = make(&rows[_i].candidate, arena), installed = make(&rows[_i].installed, arena);
    struct dmx_accept_warnings warnings;
    struct dmx_reason reason;
    const char *label = rows[_i].label;
    enum dmx_status status = dmx_list_accept(&candidate, rows[_i].installed.count ? &installed : NULL, &rows[_i].limits,
                                             arena, &warnings, &reason);
    ck_assert_msg(status == (rows[_i].token ? DMX_INVALID : DMX_OK), "%s: %s", label, reason.token);
    ck_slice_eq(label, dmx_slice_cstr(reason.token), rows[_i].token ? rows[_i].token : "");
    if (rows[_i].detail)
        ck_slice_eq(label, reason.detail, rows[_i].detail);
    if (!rows[_i].token)
        ck_slice_eq(label, dmx_slice_cstr(warnings.count ? warnings.items[0].token : ""),
                    rows[_i].warning ? rows[_i].warning : "");
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(wildcard_missing)
{
    static const struct recipe recipe = {.count = 1000, .version = NEW};
    static const struct dmx_accept_limits limits = {.min_rules = 100};
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    struct dmx_list list = make(&recipe, arena);
    struct dmx_rule *rules = dmx_arena_array(arena, list.count, sizeof *rules);
    memcpy(rules, list.rules, list.count * sizeof *rules);
    for (size_t i = 0; i < list.count; i++)
        rules[i].wildcard &= !dmx_slice_eq(rules[i].ascii, DMX_SLICE("ck"));
    list.rules = rules;
    struct dmx_accept_warnings warnings;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_list_accept(&list, NULL, &limits, arena, &warnings, &reason), DMX_INVALID);
    ck_slice_eq("ck", reason.detail, "sentinel.ck");
    dmx_arena_free(&arena);
}
END_TEST

/* Debian's copy, which says no VERSION, is good enough to go on from. */
START_TEST(the_real_list)
{
    static const struct dmx_accept_limits limits = {.min_rules = 0};
    struct dmx_arena *arena = dmx_arena_new(DMX_LIST_ARENA_BYTES);
    struct dmx_list list = sample_parse(sample_file(SAMPLE_TEXT, arena), arena);
    struct dmx_accept_warnings warnings;
    struct dmx_reason reason;
    enum dmx_status status = dmx_list_accept(&list, &list, &limits, arena, &warnings, &reason);
    ck_assert_msg(status == DMX_OK, "%s: %.*s", reason.token, DMX_SLICE_ARG(reason.detail));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(accept)
{
    DMX_TABLE(judges, rows);
    DMX_TEST(wildcard_missing);
    DMX_TEST(the_real_list);
}
