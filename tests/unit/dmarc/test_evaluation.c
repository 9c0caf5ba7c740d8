/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Alignment and result, in both rule sets. Labels begin with the requirement. */
#include "dmx/dmarc/evaluation.h"

#include "suite.h"
#include "world.h"

enum { QUESTIONS = 100, MAX_SIGNATURES = 8 };

#define ORG    "example.com"
#define SUB    "a.example.com"
#define REJECT "v=DMARC1; p=reject"

/*
 * What SPF and DKIM said, as words: "spf=RESULT:DOMAIN", "helo=RESULT:DOMAIN" (SPF of HELO alone), "dkim=RESULT:DOMAIN".
 * RESULT "failed" is a temperror by a lookup, "temperror" one by a limit.
 */
struct evidence {
    struct dmx_author author;
    struct dmx_spf_result spf;
    struct dmx_dkim_result dkim[MAX_SIGNATURES];
    size_t dkim_count;
};

static enum dmx_result result_of(struct dmx_slice word, bool *out_failed)
{
    enum dmx_result result = DMX_TEMPERROR;
    *out_failed = dmx_slice_eq(word, DMX_SLICE("failed"));
    ck_assert(*out_failed || dmx_result_parse(word, &result));
    return result;
}

static void read_word(struct dmx_slice word, struct evidence *out)
{
    size_t equals = dmx_slice_find(word, '='), colon = dmx_slice_find(word, ':');
    struct dmx_slice kind = dmx_slice_upto(word, equals), domain = dmx_slice_from(word, colon + 1);
    bool failed;
    enum dmx_result result = result_of(dmx_slice_from(dmx_slice_upto(word, colon), equals + 1), &failed);
    if (dmx_slice_eq(kind, DMX_SLICE("dkim"))) {
        ck_assert_uint_lt(out->dkim_count, MAX_SIGNATURES);
        out->dkim[out->dkim_count++] =
            (struct dmx_dkim_result){.result = result, .domain = domain, .dns_failed = failed};
        return;
    }
    out->spf = (struct dmx_spf_result){.result = result, .domain = domain, .dns_failed = failed};
    out->spf.identity = dmx_slice_eq(kind, DMX_SLICE("helo")) ? DMX_SPF_HELO : DMX_SPF_MAILFROM;
}

static void read_evidence(const char *words, struct evidence *out)
{
    struct dmx_slice rest = dmx_slice_cstr(words), word;
    while (rest.len && dmx_slice_split(&rest, ' ', &word))
        read_word(word, out);
}

/* "RESULT [spf] [dkim] [TOKEN]" */
static void put_result(struct dmx_builder *b, const struct dmx_dmarc_result *result)
{
    dmx_put_cstr(b, dmx_result_word(result->result));
    dmx_put_cstr(b, result->spf_aligned ? " spf" : "");
    dmx_put_cstr(b, result->dkim_aligned ? " dkim" : "");
    if (result->reason.token) {
        dmx_put_char(b, ' ');
        dmx_put_cstr(b, result->reason.token);
    }
}

static void judge(struct world *world, const struct evidence *evidence, enum dmx_rules rules,
                  struct dmx_dmarc_result *out)
{
    struct dmx_discovery discovery = {.status = DMX_DISCOVERY_NONE};
    struct dmx_slice domain = evidence->author.domain;
    if (evidence->author.status == DMX_AUTHOR_OK)
        WORLD_RUN(world, dmx_discovery_eval(domain, rules, world->psl, world->book, &discovery));
    const struct dmx_dmarc_evidence all = {&evidence->author, &discovery, &evidence->spf, evidence->dkim,
                                           evidence->dkim_count};
    WORLD_RUN(world, dmx_dmarc_eval(&all, rules, world->psl, world->book, out));
}

static void check(const char *label, const char *author, const char *zone, const char *words, enum dmx_rules rules,
                  const char *want)
{
    struct world world;
    struct evidence evidence = {.author = {.domain = dmx_slice_cstr(author)}};
    struct dmx_dmarc_result got;
    char buf[200];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    world_open(&world, zone, QUESTIONS);
    read_evidence(words, &evidence);
    judge(&world, &evidence, rules, &got);
    put_result(&b, &got);
    ck_slice_eq(label, dmx_builder_text(&b), want);
    ck_assert_msg(got.result == DMX_PASS || got.reason.section, "%s: a reason without section", label);
    /* A failure cites the rules that decided it. */
    const char *cited = rules == DMX_RULES_7489 ? "RFC 7489 " : "RFC 9989 ";
    ck_assert_msg(got.result != DMX_FAIL || strncmp(got.reason.section, cited, strlen(cited)) == 0, "%s: cites %s",
                  label, got.reason.section);
    world_close(&world);
}

/* The same in both rule sets: the record stands at example.com. */
static const struct {
    const char *label, *author, *record, *evidence, *want;
} both[] = {
    {"A3 case of d=", ORG, REJECT, "dkim=pass:EXAMPLE.COM", "pass dkim"},
    {"A3 a last dot", ORG, REJECT "; adkim=s", "dkim=pass:example.com.", "pass dkim"},
    {"E1 SPF of MAIL FROM", ORG, REJECT, "spf=pass:example.com", "pass spf"},
    {"E1 SPF of HELO alone", ORG, REJECT, "helo=pass:example.com", "fail nothing-passed"},
    {"E1 SPF of HELO alone, failed lookup", ORG, REJECT, "helo=failed:example.com", "fail nothing-passed"},
    {"E1 softfail is no pass", ORG, REJECT, "spf=softfail:example.com", "fail nothing-passed"},
    {"E1 no domain", ORG, REJECT, "spf=pass:", "fail not-aligned"},
    {"E1 no normal form", ORG, REJECT, "spf=pass:[192.0.2.1]", "fail not-aligned"},
    {"E2 the second of two", ORG, REJECT, "dkim=pass:other.example dkim=pass:example.com", "pass dkim"},
    {"E2 the first of two", ORG, REJECT, "dkim=pass:example.com dkim=fail:example.com", "pass dkim"},
    {"E2 neither", ORG, REJECT, "dkim=pass:other.example dkim=fail:example.com", "fail not-aligned"},
    {"E3 adkim=s, d= is the parent", SUB, REJECT "; adkim=s", "dkim=pass:example.com", "fail not-aligned"},
    {"E3 adkim=s, d= is below", ORG, REJECT "; adkim=s", "dkim=pass:a.example.com", "fail not-aligned"},
    {"E3 adkim=s, equal", SUB, REJECT "; adkim=s", "dkim=pass:a.example.com", "pass dkim"},
    {"E3 adkim=s says nothing of SPF", SUB, REJECT "; adkim=s", "spf=pass:example.com", "pass spf"},
    {"E3 aspf=s, the parent", SUB, REJECT "; aspf=s", "spf=pass:example.com", "fail not-aligned"},
    {"E3 aspf=s says nothing of DKIM", SUB, REJECT "; aspf=s", "dkim=pass:example.com", "pass dkim"},
    {"E4 relaxed: the parent", SUB, REJECT, "dkim=pass:example.com", "pass dkim"},
    {"E4 relaxed: below", ORG, REJECT, "dkim=pass:x.y.example.com", "pass dkim"},
    {"E4 relaxed: siblings", SUB, REJECT, "spf=pass:b.example.com", "pass spf"},
    {"E4 relaxed: the suffix is no organization", ORG, REJECT, "dkim=pass:com", "fail not-aligned"},
    {"E4 relaxed: under the same suffix", ORG, REJECT, "dkim=pass:other.com", "fail not-aligned"},
    {"E4 relaxed: the end of the name alone", ORG, REJECT, "dkim=pass:badexample.com", "fail not-aligned"},
    {"E4 relaxed: the name as the start", ORG, REJECT, "dkim=pass:example.com.evil.example", "fail not-aligned"},
    {"E5 both", ORG, REJECT, "spf=pass:example.com dkim=pass:example.com", "pass spf dkim"},
    {"E5 SPF alone", ORG, REJECT, "spf=pass:example.com dkim=fail:example.com", "pass spf"},
    {"E5 DKIM alone", ORG, REJECT, "spf=fail:example.com dkim=pass:example.com", "pass dkim"},
    {"E5 nothing passed", ORG, REJECT, "spf=fail:example.com dkim=permerror:example.com", "fail nothing-passed"},
    {"E5 nothing at all", ORG, REJECT, "", "fail nothing-passed"},
    {"E5 p=none fails as well", ORG, "v=DMARC1; p=none", "", "fail nothing-passed"},
    {"E6 key lookup failed, aligned", ORG, REJECT, "spf=fail:example.com dkim=failed:example.com",
     "temperror lookup-failed"},
    {"E6 key lookup failed, aligned by the org domain", SUB, REJECT, "dkim=failed:b.example.com",
     "temperror lookup-failed"},
    {"E6 key lookup failed, could not align", ORG, REJECT, "dkim=failed:other.example", "fail nothing-passed"},
    {"E6 key lookup failed, strict", SUB, REJECT "; adkim=s", "dkim=failed:example.com", "fail nothing-passed"},
    {"E6 SPF lookup failed, aligned", ORG, REJECT, "spf=failed:example.com", "temperror lookup-failed"},
    {"E6 SPF lookup failed, could not align", ORG, REJECT, "spf=failed:other.example", "fail nothing-passed"},
    {"E6 cut by a limit", ORG, REJECT, "spf=temperror:example.com dkim=temperror:example.com", "fail nothing-passed"},
    {"E6 an aligned pass of the other", ORG, REJECT, "spf=pass:example.com dkim=failed:example.com", "pass spf"},
    {"E6 an aligned pass beside", ORG, REJECT, "dkim=failed:example.com dkim=pass:a.example.com", "pass dkim"},
    {"E6 a pass that is not aligned", ORG, REJECT, "spf=pass:other.example dkim=failed:example.com",
     "temperror lookup-failed"},
    {"E6 key lookup failed at the suffix, which could not align", ORG, REJECT, "dkim=failed:com",
     "fail nothing-passed"},
    {"E8 rsa-sha1 is policy", ORG, REJECT, "dkim=policy:example.com", "fail nothing-passed"},
    {"E9 a partial body is policy", SUB, REJECT, "dkim=policy:a.example.com", "fail nothing-passed"},
};

static void check_both(int row, enum dmx_rules rules)
{
    char zone[300];
    struct dmx_builder b = dmx_builder_fixed(zone, sizeof zone);
    dmx_put_cstr(&b, "_dmarc." ORG " TXT \"");
    dmx_put_cstr(&b, both[row].record);
    dmx_put_cstr(&b, "\"\n");
    ck_assert_uint_gt(dmx_builder_text(&b).len, 0);
    check(both[row].label, both[row].author, zone, both[row].evidence, rules, both[row].want);
}

START_TEST(both_by_list)
{
    check_both(_i, DMX_RULES_7489);
}
END_TEST

START_TEST(both_by_walk)
{
    check_both(_i, DMX_RULES_9989);
}
END_TEST

/* Zones of their own. */
static const struct {
    const char *label, *author, *zone, *evidence, *list, *walk;
} zones[] = {
    {"C9 no record, aligned all the same", ORG, "", "dkim=pass:example.com", "none no-record", "none no-record"},
    {"C10 the policy's lookup failed, aligned all the same", ORG, FAIL(ORG), "dkim=pass:example.com",
     "temperror policy-lookup-failed", "temperror policy-lookup-failed"},
    {"B13 a tag twice", ORG, RECORD(ORG, "v=DMARC1; p=none; p=reject"), "dkim=pass:example.com",
     "permerror duplicate-tag", "permerror duplicate-tag"},
    {"B4 two records", ORG, RECORD(ORG, REJECT) RECORD(ORG, "v=DMARC1; p=none"), "dkim=pass:example.com",
     "none several-records", "none several-records"},
    {"C7 psd=n of the identifier", SUB, RECORD(ORG, REJECT) RECORD("b." ORG, "v=DMARC1; p=none; psd=n"),
     "dkim=pass:b.example.com", "pass dkim", "fail not-aligned"},
    {"C7 psd=n of the author", SUB, RECORD(SUB, REJECT "; psd=n") RECORD(ORG, REJECT), "dkim=pass:example.com",
     "pass dkim", "fail not-aligned"},
    {"E4 two customers of a suffix", "a.github.io", RECORD("a.github.io", REJECT), "dkim=pass:b.github.io",
     "fail not-aligned", "fail not-aligned"},
    {"D11 a private suffix with a record is one organization", "a.github.io", RECORD("github.io", REJECT),
     "dkim=pass:b.github.io", "none no-record", "pass dkim"},

    {"E6 the TLD failed: equal", ORG, RECORD(ORG, REJECT) FAIL("com"), "dkim=pass:example.com", "pass dkim",
     "pass dkim"},
    {"E6 the TLD failed: one record for both", ORG, RECORD(ORG, REJECT) FAIL("com"), "dkim=pass:b.example.com",
     "pass dkim", "pass dkim"},
    {"E6 the TLD failed: a stranger", ORG, RECORD(ORG, REJECT) FAIL("com"), "dkim=pass:other.com", "fail not-aligned",
     "fail not-aligned"},
    {"E6 the TLD failed: a stranger's key failed", ORG, RECORD(ORG, REJECT) FAIL("com"), "dkim=failed:other.com",
     "fail nothing-passed", "fail nothing-passed"},
    {"E6 a suffix failed: a stranger", "example.co.uk", RECORD("example.co.uk", REJECT) FAIL("co.uk"),
     "dkim=pass:other.co.uk", "fail not-aligned", "fail not-aligned"},
    {"E6 the org domain failed: its own signature", SUB, RECORD(SUB, REJECT) FAIL(ORG), "dkim=pass:example.com",
     "pass dkim", "temperror lookup-failed"},
    {"E6 the org domain failed: a sibling", SUB, RECORD(SUB, REJECT) FAIL(ORG), "dkim=pass:b.example.com", "pass dkim",
     "temperror lookup-failed"},
    {"E6 the org domain failed: nothing passed", SUB, RECORD(SUB, REJECT) FAIL(ORG), "dkim=fail:example.com",
     "fail nothing-passed", "fail nothing-passed"},
    {"E6 the org domain failed: SPF failed too", SUB, RECORD(SUB, REJECT) FAIL(ORG), "spf=failed:example.com",
     "temperror lookup-failed", "temperror lookup-failed"},
    {"E6 the identifier's walk failed", ORG, RECORD(ORG, REJECT) FAIL("b." ORG), "dkim=pass:b.example.com", "pass dkim",
     "temperror lookup-failed"},
    {"E6 the identifier's walk failed, the other passes", ORG, RECORD(ORG, REJECT) FAIL("b." ORG),
     "spf=pass:example.com dkim=pass:b.example.com", "pass spf dkim", "pass spf"},
    {"E6 a stranger's walk is not looked at", ORG, RECORD(ORG, REJECT) FAIL("b.other.example"),
     "dkim=pass:b.other.example", "fail not-aligned", "fail not-aligned"},
};

START_TEST(zone_by_list)
{
    check(zones[_i].label, zones[_i].author, zones[_i].zone, zones[_i].evidence, DMX_RULES_7489, zones[_i].list);
}
END_TEST

START_TEST(zone_by_walk)
{
    check(zones[_i].label, zones[_i].author, zones[_i].zone, zones[_i].evidence, DMX_RULES_9989, zones[_i].walk);
}
END_TEST

/* A4: without one Author Domain nothing is evaluated, whatever passed. */
static const struct {
    const char *label;
    enum dmx_author_status status;
    enum dmx_result want;
} authors[] = {
    {"A4 no From field", DMX_AUTHOR_NONE, DMX_NONE},
    {"A4 several domains", DMX_AUTHOR_MULTIPLE, DMX_PERMERROR},
    {"A4 unreadable", DMX_AUTHOR_INVALID, DMX_PERMERROR},
};

START_TEST(author)
{
    static const enum dmx_rules rules[] = {DMX_RULES_7489, DMX_RULES_9989};
    for (size_t i = 0; i < DMX_COUNT(rules); i++) {
        struct world world;
        struct dmx_dmarc_result got;
        struct evidence evidence = {.author = {.status = authors[_i].status,
                                               .domain = DMX_SLICE(ORG),
                                               .reason = DMX_REASON("why", "said by mail", NULL)}};
        world_open(&world, RECORD(ORG, REJECT), QUESTIONS);
        read_evidence("spf=pass:example.com dkim=pass:example.com", &evidence);
        judge(&world, &evidence, rules[i], &got);
        ck_assert_msg(got.result == authors[_i].want, "%s: got %s", authors[_i].label, dmx_result_word(got.result));
        ck_assert(!got.spf_aligned && !got.dkim_aligned);
        ck_assert_str_eq(got.reason.token, "why");
        ck_assert_uint_eq(dmx_answers_count(world.book), 0);
        world_close(&world);
    }
}
END_TEST

/* C8: what walks are made for identifiers. Discovery of a.example.com asks three questions. */
static const struct {
    const char *label, *record, *evidence;
    size_t questions, rounds;
} costs[] = {
    {"C8 nothing passed", REJECT, "spf=fail:b.example.com dkim=fail:c.example.com", 3, 1},
    {"C8 equal", REJECT, "spf=pass:a.example.com dkim=pass:a.example.com", 3, 1},
    {"C8 strict", REJECT "; adkim=s; aspf=s", "spf=pass:b.example.com dkim=pass:c.example.com", 3, 1},
    {"C8 strangers", REJECT, "spf=pass:a.b.c.other.com dkim=pass:a.b.c.other.org", 3, 1},
    {"C8 on the author's own path", REJECT, "dkim=pass:example.com", 3, 1},
    {"C7 siblings, side by side", REJECT, "spf=pass:b.example.com dkim=pass:c.example.com", 5, 2},
    {"C8 one aligned signature is enough", REJECT, "dkim=pass:a.example.com dkim=pass:b.example.com", 3, 1},
    {"C8 one aligned signature is not kept waiting", REJECT, "dkim=pass:b.example.com dkim=pass:a.example.com", 4, 1},
    {"C8 no record", "junk", "dkim=pass:b.example.com", 3, 1},
};

START_TEST(cost)
{
    struct world world;
    struct evidence evidence = {.author = {.domain = DMX_SLICE(SUB)}};
    struct dmx_dmarc_result got;
    char zone[200];
    struct dmx_builder b = dmx_builder_fixed(zone, sizeof zone);
    dmx_put_cstr(&b, "_dmarc." ORG " TXT \"");
    dmx_put_cstr(&b, costs[_i].record);
    dmx_put_cstr(&b, "\"\n");
    ck_assert_uint_gt(dmx_builder_text(&b).len, 0);
    world_open(&world, zone, QUESTIONS);
    read_evidence(costs[_i].evidence, &evidence);
    judge(&world, &evidence, DMX_RULES_9989, &got);
    size_t questions = dmx_answers_count(world.book);
    ck_assert_msg(questions == costs[_i].questions, "%s: %zu questions", costs[_i].label, questions);
    ck_assert_msg(world.rounds == costs[_i].rounds, "%s: %zu rounds", costs[_i].label, world.rounds);
    world_close(&world);
}
END_TEST

/* E6: what was cut counts as not passing. The limit falls after the discovery of a.example.com. */
static const struct {
    const char *label;
    size_t max_questions;
    const char *want;
} limits[] = {
    {"E6 no room for the identifier's walk", 3, "fail not-aligned"},
    {"E6 room for it", 4, "pass dkim"},
};

START_TEST(limit)
{
    struct world world;
    struct evidence evidence = {.author = {.domain = DMX_SLICE(SUB)}};
    struct dmx_dmarc_result got;
    char buf[100];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    world_open(&world, RECORD(ORG, REJECT), limits[_i].max_questions);
    read_evidence("dkim=pass:b.example.com", &evidence);
    judge(&world, &evidence, DMX_RULES_9989, &got);
    put_result(&b, &got);
    ck_slice_eq(limits[_i].label, dmx_builder_text(&b), limits[_i].want);
    ck_slice_eq(limits[_i].label, got.org_domain, ORG);
    world_close(&world);
}
END_TEST

/* E6: the author's own walk cut above its own record. */
START_TEST(author_cut)
{
    struct world world;
    struct evidence evidence = {.author = {.domain = DMX_SLICE(SUB)}};
    struct dmx_dmarc_result got;
    world_open(&world, RECORD(SUB, REJECT), 1);
    read_evidence("dkim=pass:example.com", &evidence);
    judge(&world, &evidence, DMX_RULES_9989, &got);
    ck_assert_int_eq(got.result, DMX_FAIL);
    world_close(&world);
}
END_TEST

/* E6: without a list only the last label is known to be nobody's. */
static const struct {
    const char *label, *author, *zone, *evidence, *want;
    enum dmx_rules rules;
} without_list[] = {
    {"E6 no list, the TLD failed: a stranger", ORG, RECORD(ORG, REJECT) FAIL("com"), "dkim=pass:other.com",
     "fail not-aligned", DMX_RULES_9989},
    {"E6 no list, a suffix failed: a stranger", "example.co.uk", RECORD("example.co.uk", REJECT) FAIL("co.uk"),
     "dkim=pass:other.co.uk", "temperror lookup-failed", DMX_RULES_9989},
    {"E4 no list: the author's own", SUB, RECORD(SUB, REJECT), "dkim=pass:" SUB, "pass dkim", DMX_RULES_7489},
    {"E4 no list: nobody knows of a parent", SUB, RECORD(SUB, REJECT), "dkim=pass:" ORG, "temperror lookup-failed",
     DMX_RULES_7489},
    {"E4 no list: nor of a child", ORG, RECORD(ORG, REJECT), "dkim=pass:" SUB, "temperror lookup-failed",
     DMX_RULES_7489},
    {"E4 no list: a sibling is a stranger", SUB, RECORD(SUB, REJECT), "dkim=pass:b." ORG, "fail not-aligned",
     DMX_RULES_7489},
    {"E3 no list: strict is strict", SUB, RECORD(SUB, "v=DMARC1; p=reject; adkim=s"), "dkim=pass:" ORG,
     "fail not-aligned", DMX_RULES_7489},
};

START_TEST(no_list)
{
    struct world world;
    struct evidence evidence = {.author = {.domain = dmx_slice_cstr(without_list[_i].author)}};
    struct dmx_dmarc_result got;
    char buf[100];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    world_open(&world, without_list[_i].zone, QUESTIONS);
    dmx_psl_free(&world.psl);
    read_evidence(without_list[_i].evidence, &evidence);
    judge(&world, &evidence, without_list[_i].rules, &got);
    put_result(&b, &got);
    ck_slice_eq(without_list[_i].label, dmx_builder_text(&b), without_list[_i].want);
    world_close(&world);
}
END_TEST

DMX_SUITE(evaluation)
{
    DMX_TABLE(both_by_list, both);
    DMX_TABLE(both_by_walk, both);
    DMX_TABLE(zone_by_list, zones);
    DMX_TABLE(zone_by_walk, zones);
    DMX_TABLE(author, authors);
    DMX_TABLE(cost, costs);
    DMX_TABLE(limit, limits);
    DMX_TEST(author_cut);
    DMX_TABLE(no_list, without_list);
}
