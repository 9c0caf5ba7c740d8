/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Policy discovery by the suffix list, and what both rule sets share. Labels begin with the requirement. */
#include "dmx/dmarc/discovery.h"

#include <string.h>

#include "suite.h"
#include "world.h"

enum { QUESTIONS = 100 };

#define SUB    "a.example.com"
#define ORG    "example.com"
#define EXISTS SUB " A 192.0.2.1\n"

/* found: "WHERE TAG PUBLISHED APPLIED", else the status and the reason's token. */
static const struct {
    const char *label, *author, *zone, *want;
} both[] = {
    {"B1 a CNAME on the way", ORG, "_dmarc." ORG " CNAME r.example.net\nr.example.net TXT \"v=DMARC1; p=reject\"\n",
     "example.com p reject reject"},
    {"B1 a CNAME to nowhere", ORG, "_dmarc." ORG " CNAME r.example.net\n", "none no-record"},
    {"B2 character-strings are joined", ORG, "_dmarc." ORG " TXT \"v=DMARC1; p=rej\" \"ect; sp=no\" \"ne\"\n",
     "example.com p reject reject"},
    {"B3 junk beside the record", ORG, RECORD(ORG, "v=spf1 -all") RECORD(ORG, "v=DMARC1; p=reject") RECORD(ORG, ""),
     "example.com p reject reject"},
    {"B3 only junk at the author", SUB, RECORD(SUB, "v=spf1 -all") RECORD(ORG, "v=DMARC1; p=reject"),
     "example.com p reject reject"},
    {"B3 lower-case dmarc1", SUB, RECORD(SUB, "v=dmarc1; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "example.com p reject reject"},
    {"B11 bad p, with rua", ORG, RECORD(ORG, "v=DMARC1; p=rejct; sp=reject; rua=mailto:r@example.com"),
     "example.com p none none bad-policy-tag"},
    {"B11 bad p, no rua", ORG, RECORD(ORG, "v=DMARC1; p=rejct"), "none bad-policy-tag"},
    {"B11 bad p, rua that is no URI", ORG, RECORD(ORG, "v=DMARC1; p=rejct; rua=r@example.com"), "none bad-policy-tag"},
    {"B11 bad sp, with rua", ORG, RECORD(ORG, "v=DMARC1; p=reject; sp=x; rua=mailto:r@example.com"),
     "example.com p none none bad-policy-tag"},
    {"B11 bad sp, with rua, below", SUB, RECORD(ORG, "v=DMARC1; p=reject; sp=x; rua=mailto:r@example.com") EXISTS,
     "example.com p none none bad-policy-tag"},
    {"B11 bad sp, no rua", ORG, RECORD(ORG, "v=DMARC1; p=reject; sp=x"), "none bad-policy-tag"},
    {"B11 bad np, with rua", ORG, RECORD(ORG, "v=DMARC1; p=reject; np=x; rua=https://example.com/"),
     "example.com p none none bad-policy-tag"},
    {"B11 bad np, no rua", ORG, RECORD(ORG, "v=DMARC1; p=reject; np=x"), "none bad-policy-tag"},
    {"B11 bad p at the author does not go on", SUB, RECORD(SUB, "v=DMARC1; p=rejct") RECORD(ORG, "v=DMARC1; p=reject"),
     "none bad-policy-tag"},
    {"B13 a tag twice at the author", SUB, RECORD(SUB, "v=DMARC1; p=none; p=reject") RECORD(ORG, "v=DMARC1; p=reject"),
     "permerror duplicate-tag"},
    {"B13 a tag twice at the org domain", SUB, RECORD(ORG, "v=DMARC1; p=none; p=reject"), "permerror duplicate-tag"},
    {"C9 no record", SUB, EXISTS, "none no-record"},
    {"C10 SERVFAIL at the author", SUB, FAIL(SUB) RECORD(ORG, "v=DMARC1; p=reject"), "temperror policy-lookup-failed"},
    {"C10 SERVFAIL at the org domain", SUB, FAIL(ORG), "temperror policy-lookup-failed"},
    {"C10 TIMEOUT at the org domain", SUB, "$FAIL _dmarc." ORG " TXT TIMEOUT\n", "temperror policy-lookup-failed"},
    {"C10 SERVFAIL at the org domain, own record", SUB, FAIL(ORG) RECORD(SUB, "v=DMARC1; p=reject"),
     "a.example.com p reject reject"},
    {"C11 REFUSED at the author", SUB, "$FAIL _dmarc." SUB " TXT REFUSED\n", "temperror policy-lookup-failed"},
    {"D5 own record", SUB, RECORD(SUB, "v=DMARC1; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "a.example.com p none none"},
    {"D5 not one in between", "x." SUB, RECORD(SUB, "v=DMARC1; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "example.com p reject reject"},
    {"D7 sp for a name below", SUB, RECORD(ORG, "v=DMARC1; p=reject; sp=none"), "example.com sp none none"},
    {"D7 p where sp is absent", SUB, RECORD(ORG, "v=DMARC1; p=reject"), "example.com p reject reject"},
    {"D7 np: NXDOMAIN", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=quarantine; np=reject"), "example.com np reject reject"},
    {"D7 np absent: sp", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=quarantine"), "example.com sp quarantine quarantine"},
    {"D7 np without sp", SUB, RECORD(ORG, "v=DMARC1; p=reject; np=none"), "example.com np none none"},
    {"D8 the name has an address", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=quarantine; np=reject") EXISTS,
     "example.com sp quarantine quarantine"},
    {"D8 NODATA", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=quarantine; np=reject") "$NODATA " SUB "\n",
     "example.com sp quarantine quarantine"},
    {"D8 an empty non-terminal", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") "x.y." SUB " A 192.0.2.1\n",
     "example.com p none none"},
    {"D8 junk at _dmarc below it", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") RECORD(SUB, "junk"),
     "example.com p none none"},
    {"D8 a wildcard", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") "*." ORG " MX 5 mx.example.com\n",
     "example.com p none none"},
    {"D8 an alias to nowhere", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") SUB " CNAME gone.example.net\n",
     "example.com p none none"},
    {"D8 timeout is not NXDOMAIN", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") "$FAIL " SUB " TXT TIMEOUT\n",
     "example.com p none none"},
    {"D8 SERVFAIL is not NXDOMAIN", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject") "$FAIL " SUB " ANY SERVFAIL\n",
     "example.com p none none"},
    {"D9 t=y: reject", ORG, RECORD(ORG, "v=DMARC1; p=reject; t=y"), "example.com p reject quarantine testing"},
    {"D9 t=y: quarantine", ORG, RECORD(ORG, "v=DMARC1; p=quarantine; t=y"), "example.com p quarantine none testing"},
    {"D9 t=y: none", ORG, RECORD(ORG, "v=DMARC1; p=none; t=y"), "example.com p none none"},
    {"D9 t=y: sp", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=reject; t=y"), "example.com sp reject quarantine testing"},
    {"D10 sp and np of the own record", SUB, RECORD(SUB, "v=DMARC1; p=quarantine; sp=none; np=reject"),
     "a.example.com p quarantine quarantine"},
};

static const struct {
    const char *label, *author, *zone, *want;
} by_list[] = {
    {"B4 several at the author end it", SUB,
     RECORD(SUB, "v=DMARC1; p=none") RECORD(SUB, "v=DMARC1; p=reject") RECORD(ORG, "v=DMARC1; p=quarantine"),
     "none several-records"},
    {"B4 several at the org domain", SUB, RECORD(ORG, "v=DMARC1; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "none several-records"},
    {"B4 one of several is broken", ORG, RECORD(ORG, "v=DMARC1; p=none; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "none several-records"},
    {"B12 absent p, with rua", ORG, RECORD(ORG, "v=DMARC1; rua=mailto:r@example.com"),
     "example.com p none none bad-policy-tag"},
    {"B12 absent p, no rua: RFC 7489 asks for one", ORG, RECORD(ORG, "v=DMARC1; adkim=s"), "none bad-policy-tag"},
    {"M1 psd has no effect", SUB, RECORD(SUB, "v=DMARC1; p=none; psd=n") RECORD("com", "v=DMARC1; p=reject; psd=y"),
     "a.example.com p none none"},
    {"M1 the suffix's record is nobody's policy", SUB, RECORD("com", "v=DMARC1; p=reject; psd=y"), "none no-record"},
    {"M1 a failing suffix does not matter", SUB, FAIL("com") RECORD(ORG, "v=DMARC1; p=reject"),
     "example.com p reject reject"},
    {"M1 two labels of suffix", "a.b.example.co.uk",
     RECORD("example.co.uk", "v=DMARC1; p=reject") RECORD("co.uk", "v=DMARC1; p=none"),
     "example.co.uk p reject reject"},
    {"M1 a suffix with a record of its own", "co.uk", RECORD("co.uk", "v=DMARC1; p=reject"), "co.uk p reject reject"},
};

static const struct {
    const char *label, *author, *zone, *want;
} by_walk[] = {
    {"B4 several at the author: the walk goes on", SUB,
     RECORD(SUB, "v=DMARC1; p=none") RECORD(SUB, "v=DMARC1; p=reject") RECORD(ORG, "v=DMARC1; p=quarantine"),
     "example.com p quarantine quarantine"},
    {"B4 several everywhere", ORG, RECORD(ORG, "v=DMARC1; p=none") RECORD(ORG, "v=DMARC1; p=reject"),
     "none several-records"},
    {"B12 absent p, with rua", ORG, RECORD(ORG, "v=DMARC1; rua=mailto:r@example.com"), "example.com p none none"},
    {"B12 absent p, no rua", ORG, RECORD(ORG, "v=DMARC1; adkim=s"), "example.com p none none"},
    {"B3 bare v=DMARC1", ORG, RECORD(ORG, "v=DMARC1"), "example.com p none none"},
    {"B13 a broken one in between is no policy", "x." SUB,
     RECORD(SUB, "v=DMARC1; p=none; p=none") RECORD(ORG, "v=DMARC1; p=reject"), "example.com p reject reject"},
    {"C10 SERVFAIL at the TLD, nothing below", SUB, FAIL("com"), "temperror policy-lookup-failed"},
    {"C10 SERVFAIL in between", "x." SUB, FAIL(SUB) RECORD(ORG, "v=DMARC1; p=reject"),
     "temperror policy-lookup-failed"},
    {"C10 SERVFAIL above the record", SUB, FAIL("com") RECORD(ORG, "v=DMARC1; p=reject"),
     "temperror policy-lookup-failed"},
    {"C10 SERVFAIL above psd=n does not matter", SUB, FAIL("com") RECORD(ORG, "v=DMARC1; p=reject; psd=n"),
     "example.com p reject reject"},
    {"D7 np of a PSD record", "nx.example.bank", RECORD("bank", "v=DMARC1; p=none; np=reject; psd=y"),
     "bank np reject reject"},
    {"D9 t=y of a PSD record", "example.bank", RECORD("bank", "v=DMARC1; p=none; sp=reject; t=y; psd=y"),
     "bank sp reject quarantine testing"},
};

static void put_discovery(struct dmx_builder *b, const struct dmx_discovery *d)
{
    static const char *const statuses[] = {"found", "none", "temperror", "permerror"};
    static const char *const tags[] = {"p", "sp", "np"};
    if (d->status != DMX_DISCOVERY_FOUND) {
        dmx_put_cstr(b, statuses[d->status]);
    } else {
        dmx_put(b, d->policy_domain);
        const char *const words[] = {tags[d->tag], dmx_policy_word(d->published), dmx_policy_word(d->policy)};
        for (size_t i = 0; i < DMX_COUNT(words); i++) {
            dmx_put_char(b, ' ');
            dmx_put_cstr(b, words[i]);
        }
    }
    if (d->reason.token) {
        dmx_put_char(b, ' ');
        dmx_put_cstr(b, d->reason.token);
    }
}

static void check(const char *label, const char *author, const char *zone, enum dmx_rules rules, const char *want)
{
    struct world world;
    struct dmx_discovery got;
    char buf[400];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    world_open(&world, zone, QUESTIONS);
    WORLD_RUN(&world, dmx_discovery_eval(dmx_slice_cstr(author), rules, world.psl, world.book, &got));
    put_discovery(&b, &got);
    ck_slice_eq(label, dmx_builder_text(&b), want);
    ck_assert_msg((got.status == DMX_DISCOVERY_FOUND) == (got.policy_domain.len > 0), "%s: policy domain", label);
    ck_assert_msg(got.org_domain.len > 0, "%s: org domain", label);
    ck_assert_msg(world.rounds <= 2, "%s: %zu rounds", label, world.rounds);
    world_close(&world);
}

START_TEST(both_by_list)
{
    check(both[_i].label, both[_i].author, both[_i].zone, DMX_RULES_7489, both[_i].want);
}
END_TEST

START_TEST(both_by_walk)
{
    check(both[_i].label, both[_i].author, both[_i].zone, DMX_RULES_9989, both[_i].want);
}
END_TEST

START_TEST(only_by_list)
{
    check(by_list[_i].label, by_list[_i].author, by_list[_i].zone, DMX_RULES_7489, by_list[_i].want);
}
END_TEST

START_TEST(only_by_walk)
{
    check(by_walk[_i].label, by_walk[_i].author, by_walk[_i].zone, DMX_RULES_9989, by_walk[_i].want);
}
END_TEST

/* How much is asked, and in how many rounds. */
static const struct {
    const char *label, *author, *zone;
    enum dmx_rules rules;
    size_t questions, rounds;
} costs[] = {
    {"list: an org domain", ORG, RECORD(ORG, "v=DMARC1; p=none"), DMX_RULES_7489, 1, 1},
    {"list: a name below asks for both at once", "x.y." SUB, RECORD(ORG, "v=DMARC1; p=none"), DMX_RULES_7489, 2, 1},
    {"list: np costs two more", SUB, RECORD(ORG, "v=DMARC1; p=none; np=none"), DMX_RULES_7489, 4, 2},
    {"list: no np, no question", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=reject"), DMX_RULES_7489, 2, 1},
    {"list: the name is known to exist", SUB, RECORD(ORG, "v=DMARC1; p=none; np=none") "$NODATA _dmarc." SUB "\n",
     DMX_RULES_7489, 2, 1},
    {"list: np of the own record", ORG, RECORD(ORG, "v=DMARC1; p=none; np=none"), DMX_RULES_7489, 1, 1},
    {"C5 walk: all names at once", SUB, RECORD(ORG, "v=DMARC1; p=none"), DMX_RULES_9989, 3, 1},
    {"C3 C5 walk: never more than eight", "a.b.c.d.e.f.g.h.i.j.k.l." SUB, "", DMX_RULES_9989, 8, 1},
};

START_TEST(cost)
{
    struct world world;
    struct dmx_discovery got;
    world_open(&world, costs[_i].zone, QUESTIONS);
    WORLD_RUN(&world,
              dmx_discovery_eval(dmx_slice_cstr(costs[_i].author), costs[_i].rules, world.psl, world.book, &got));
    size_t questions = dmx_answers_count(world.book);
    ck_assert_msg(questions == costs[_i].questions, "%s: %zu questions", costs[_i].label, questions);
    ck_assert_msg(world.rounds == costs[_i].rounds, "%s: %zu rounds", costs[_i].label, world.rounds);
    world_close(&world);
}
END_TEST

/* A policy that could not be asked for is not known, which is never the same as "no policy". */
static const struct {
    const char *label, *author, *zone;
    size_t max_questions;
    enum dmx_discovery_status list, walk;
    enum dmx_policy policy; /* where one is found */
} limits[] = {
    {"C10 nothing may be asked", SUB, "", 0, DMX_DISCOVERY_TEMPERROR, DMX_DISCOVERY_TEMPERROR, DMX_POLICY_NONE},
    {"C10 the author alone", SUB, "", 1, DMX_DISCOVERY_TEMPERROR, DMX_DISCOVERY_TEMPERROR, DMX_POLICY_NONE},
    {"C10 the author alone, own record", SUB, RECORD(SUB, "v=DMARC1; p=none"), 1, DMX_DISCOVERY_FOUND,
     DMX_DISCOVERY_FOUND, DMX_POLICY_NONE},
    {"C10 all but the TLD", SUB, RECORD(ORG, "v=DMARC1; p=none"), 2, DMX_DISCOVERY_FOUND, DMX_DISCOVERY_TEMPERROR,
     DMX_POLICY_NONE},
    {"C10 all", SUB, RECORD(ORG, "v=DMARC1; p=none"), 3, DMX_DISCOVERY_FOUND, DMX_DISCOVERY_FOUND, DMX_POLICY_NONE},
    {"D8 whether it exists cannot be asked: the stricter", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject"), 3,
     DMX_DISCOVERY_FOUND, DMX_DISCOVERY_FOUND, DMX_POLICY_REJECT},
    {"D8 the same with a stricter sp", SUB, RECORD(ORG, "v=DMARC1; p=none; sp=quarantine; np=none"), 3,
     DMX_DISCOVERY_FOUND, DMX_DISCOVERY_FOUND, DMX_POLICY_QUARANTINE},
    {"D8 half of it can be asked", SUB, RECORD(ORG, "v=DMARC1; p=none; np=reject"), 4, DMX_DISCOVERY_FOUND,
     DMX_DISCOVERY_FOUND, DMX_POLICY_REJECT},
};

START_TEST(limit)
{
    static const enum dmx_rules rules[] = {DMX_RULES_7489, DMX_RULES_9989};
    for (size_t i = 0; i < DMX_COUNT(rules); i++) {
        struct world world;
        struct dmx_discovery got;
        enum dmx_discovery_status want = rules[i] == DMX_RULES_7489 ? limits[_i].list : limits[_i].walk;
        world_open(&world, limits[_i].zone, limits[_i].max_questions);
        WORLD_RUN(&world, dmx_discovery_eval(dmx_slice_cstr(limits[_i].author), rules[i], world.psl, world.book, &got));
        ck_assert_msg(got.status == want, "%s: rules %zu: got %d", limits[_i].label, i, got.status);
        ck_assert_msg(got.status != DMX_DISCOVERY_FOUND || got.policy == limits[_i].policy, "%s: policy",
                      limits[_i].label);
        world_close(&world);
    }
}
END_TEST

START_TEST(closed_book)
{
    struct world world;
    struct dmx_discovery got;
    world_open(&world, RECORD(ORG, "v=DMARC1; p=reject"), QUESTIONS);
    ck_assert_int_eq(dmx_discovery_eval(DMX_SLICE(ORG), DMX_RULES_7489, world.psl, world.book, &got), DMX_PENDING);
    dmx_answers_close(world.book);
    ck_assert_int_eq(dmx_discovery_eval(DMX_SLICE(ORG), DMX_RULES_7489, world.psl, world.book, &got), DMX_DONE);
    ck_assert_int_eq(got.status, DMX_DISCOVERY_TEMPERROR);
    ck_assert_str_eq(got.reason.token, "policy-lookup-cut");
    world_close(&world);
}
END_TEST

START_TEST(longest_author)
{
    static const char label[] = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg.";
    char author[254];
    struct dmx_builder b = dmx_builder_fixed(author, sizeof author);
    for (int i = 0; i < 3; i++)
        dmx_put_cstr(&b, label);
    dmx_put(&b, dmx_slice(label, 49));
    dmx_put_cstr(&b, "." ORG);
    ck_assert_uint_eq(dmx_builder_text(&b).len, 253); /* _dmarc does not fit before it: no such name, and so on */
    check("list", author, RECORD(ORG, "v=DMARC1; p=reject"), DMX_RULES_7489, "example.com p reject reject");
    check("walk", author, RECORD(ORG, "v=DMARC1; p=reject"), DMX_RULES_9989, "example.com p reject reject");
}
END_TEST

START_TEST(two_hundred_records)
{
    static char zone[200 * 40];
    struct dmx_builder b = dmx_builder_fixed(zone, sizeof zone);
    for (int i = 0; i < 200; i++)
        dmx_put_cstr(&b, RECORD(ORG, "v=spf1"));
    ck_assert_uint_gt(dmx_builder_text(&b).len, 0);
    check("B3 junk", ORG, zone, DMX_RULES_7489, "none no-record");
    check("B3 junk", ORG, zone, DMX_RULES_9989, "none no-record");
}
END_TEST

DMX_SUITE(discovery)
{
    DMX_TABLE(both_by_list, both);
    DMX_TABLE(both_by_walk, both);
    DMX_TABLE(only_by_list, by_list);
    DMX_TABLE(only_by_walk, by_walk);
    DMX_TABLE(cost, costs);
    DMX_TABLE(limit, limits);
    DMX_TEST(closed_book);
    DMX_TEST(longest_author);
    DMX_TEST(two_hundred_records);
}
