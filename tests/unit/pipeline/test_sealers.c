/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* When a chain makes up for a DMARC fail, and each condition without which it does not (design section 4). */
#include "../../../module/pipeline/sealers.h"
#include "suite.h"

#define PASSED "mx; dmarc=pass header.from=author.example"
#define FAILED "mx; dmarc=fail header.from=author.example"

static const struct {
    const char *label;
    const char *trusted; /* as in the configuration */
    enum dmx_result chain;
    struct dmx_arc_set sets[4]; /* domain and results; instances are their places */
    const char *want;           /* the comment, or the reason's token, or "" */
} rows[] = {
#define SET(d, text)                                                                                  \
    {                                                                                                 \
        .domain = DMX_SLICE_INIT(d), .selector = DMX_SLICE_INIT("s"), .results = DMX_SLICE_INIT(text) \
    }
    {"one listed sealer who saw a pass",
     "a.example",
     DMX_PASS,
     {SET("a.example", PASSED)},
     "arc=pass as[1].d=a.example as[1].s=s"},
    {"two of them",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", PASSED), SET("b.example", FAILED)},
     "arc=pass as[2].d=b.example as[2].s=s as[1].d=a.example as[1].s=s"},
    {"the second saw nothing",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", PASSED), SET("b.example", "mx")},
     "arc=pass as[2].d=b.example as[2].s=s as[1].d=a.example as[1].s=s"},
    {"a stranger first, and the listed one saw a pass",
     "b.example",
     DMX_PASS,
     {SET("x.test", FAILED), SET("b.example", PASSED)},
     "arc=pass as[2].d=b.example as[2].s=s"},
    {"the first speaks of another domain",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", "mx; dmarc=pass header.from=other.example"), SET("b.example", PASSED)},
     "arc=pass as[2].d=b.example as[2].s=s"},
    {"no policy at the first",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", "mx; dmarc=none header.from=author.example"), SET("b.example", PASSED)},
     "arc=pass as[2].d=b.example as[2].s=s"},
    {"by wildcard", "*.example", DMX_PASS, {SET("a.example", PASSED)}, "arc=pass as[1].d=a.example as[1].s=s"},

    {"nobody is listed", "", DMX_PASS, {SET("a.example", PASSED)}, ""},
    {"the chain fails", "a.example", DMX_FAIL, {SET("a.example", PASSED)}, ""},
    {"there is no chain", "a.example", DMX_NONE, {{0}}, ""},
    {"the sealer is not listed", "b.example", DMX_PASS, {SET("a.example", PASSED)}, "sealer-not-listed"},
    {"a name below a listed one", "a.example", DMX_PASS, {SET("sub.a.example", PASSED)}, "sealer-not-listed"},
    {"a name that ends alike", "a.example", DMX_PASS, {SET("xa.example", PASSED)}, "sealer-not-listed"},
    {"a stranger last", "a.example", DMX_PASS, {SET("a.example", PASSED), SET("x.test", PASSED)}, "sealer-not-listed"},
    {"a stranger in the middle",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", PASSED), SET("x.test", PASSED), SET("b.example", "mx; spf=pass")},
     "no-sealer-saw-pass"},
    {"a forger first, relayed by a listed one",
     "b.example",
     DMX_PASS,
     {SET("x.test", PASSED), SET("b.example", FAILED)},
     "sealer-saw-fail"},
    {"a forgery relayed by a listed one", "a.example", DMX_PASS, {SET("a.example", FAILED)}, "sealer-saw-fail"},
    {"relayed by two, the second mistaken",
     "a.example, b.example",
     DMX_PASS,
     {SET("a.example", FAILED), SET("b.example", PASSED)},
     "sealer-saw-fail"},
    {"a pass for another domain",
     "a.example",
     DMX_PASS,
     {SET("a.example", "mx; dmarc=pass header.from=other.example")},
     "no-sealer-saw-pass"},
    {"a pass for the organization",
     "a.example",
     DMX_PASS,
     {SET("a.example", "mx; dmarc=pass header.from=example")},
     "no-sealer-saw-pass"},
    {"no word of DMARC", "a.example", DMX_PASS, {SET("a.example", "mx; spf=pass; dkim=pass")}, "no-sealer-saw-pass"},
    {"no domain", "a.example", DMX_PASS, {SET("a.example", "mx; dmarc=pass")}, "no-sealer-saw-pass"},
    {"a pass with doubt", "a.example", DMX_PASS, {SET("a.example", PASSED " (; dmarc=fail)")}, "no-sealer-saw-pass"},
    {"a pass in quotes",
     "a.example",
     DMX_PASS,
     {SET("a.example", "mx; spf=pass smtp.mailfrom=\"; dmarc=pass header.from=author.example\"@x")},
     "no-sealer-saw-pass"},
    {"unreadable", "a.example", DMX_PASS, {SET("a.example", PASSED " (")}, "no-sealer-saw-pass"},
    {"a temperror",
     "a.example",
     DMX_PASS,
     {SET("a.example", "mx; dmarc=temperror header.from=author.example")},
     "no-sealer-saw-pass"},
    {"a seal without a domain", "a.example", DMX_PASS, {{.results = DMX_SLICE_INIT(PASSED)}}, "sealer-not-listed"},
};

static void set_trusted(struct dmx_config *config, const char *trusted)
{
    char text[256];
    struct dmx_config_error error;
    snprintf(text, sizeof text, "trusted_sealers=%s", trusted);
    ck_assert_msg(dmx_config_set(config, dmx_slice_cstr(text), &error) == DMX_OK, "%s", error.text);
}

START_TEST(vouching)
{
    struct dmx_config *config;
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_arc_set sets[4];
    struct dmx_arc_result arc = {.result = rows[_i].chain, .sets = sets};
    struct dmx_slice comment = DMX_SLICE_NONE;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    set_trusted(config, rows[_i].trusted);
    for (; arc.count < 4 && rows[_i].sets[arc.count].results.len; arc.count++) {
        sets[arc.count] = rows[_i].sets[arc.count];
        sets[arc.count].instance = (unsigned)arc.count + 1;
    }
    bool got = sealers_vouch(&arc, &config->trusted_sealers, DMX_SLICE("author.example"), arena, &comment, &reason);
    ck_slice_eq(rows[_i].label, got ? comment : dmx_slice_cstr(reason.token), rows[_i].want);
    ck_assert_msg(got == dmx_slice_starts(dmx_slice_cstr(rows[_i].want), DMX_SLICE("arc=")), "%s", rows[_i].label);
    /* Without an author there is nothing to vouch for. */
    ck_assert(!sealers_vouch(&arc, &config->trusted_sealers, DMX_SLICE(""), arena, &comment, &reason));
    dmx_config_free(&config);
    dmx_arena_free(&arena);
}
END_TEST

/* Fifty sealers with the longest names: a comment that ends, and says that it does. */
START_TEST(long_comment)
{
    static const char label[] = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg";
    char name[254];
    struct dmx_config *config;
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_arc_set sets[50];
    struct dmx_arc_result arc = {.result = DMX_PASS, .sets = sets, .count = 50};
    struct dmx_slice comment;
    struct dmx_reason reason;
    snprintf(name, sizeof name, "%s.%s.%s.%.61s", label, label, label, label);
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    set_trusted(config, "");
    char trusted[300];
    snprintf(trusted, sizeof trusted, "*.%.61s", label);
    set_trusted(config, trusted);
    for (unsigned i = 0; i < 50; i++)
        sets[i] = (struct dmx_arc_set){i + 1, dmx_slice_cstr(name), dmx_slice_cstr(name), DMX_SLICE(PASSED)};
    ck_assert(sealers_vouch(&arc, &config->trusted_sealers, DMX_SLICE("author.example"), arena, &comment, &reason));
    ck_assert_uint_lt(comment.len, 3000);
    ck_assert(dmx_slice_ends_nocase(comment, DMX_SLICE(" ...")));
    dmx_config_free(&config);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(sealers)
{
    DMX_TABLE(vouching, rows);
    DMX_TEST(long_comment);
}
