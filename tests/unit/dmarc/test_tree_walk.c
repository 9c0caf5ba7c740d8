/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The tree walk's vectors V1 to V29, and the rules C1 to C8 and D1 to D6 behind them. */
#include "../../../module/dmarc/tree_walk.h"

#include "dmx/dmarc/discovery.h"
#include "dmx/dmarc/evaluation.h"
#include "suite.h"
#include "world.h"

enum { QUESTIONS = 100 };

#define EXAMPLE "example.com"

static const struct {
    const char *label, *author, *zone;
    size_t levels;      /* that the walk reaches: what a walk step by step would ask */
    const char *policy; /* where the record stands; NULL: no DMARC */
    const char *org, *effective;
    const char *other; /* an identifier that passed; NULL: none */
    bool aligned;
} vectors[] = {
    {"V1 own record", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=reject"), 2, EXAMPLE, EXAMPLE, "reject", NULL, false},
    {"V2 E4 subdomain inherits p", "a.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject") "a.example.com A 192.0.2.1\n",
     3, EXAMPLE, EXAMPLE, "reject", EXAMPLE, true},
    {"V3 sp", "a.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject; sp=none") "a.example.com A 192.0.2.1\n", 3, EXAMPLE,
     EXAMPLE, "none", NULL, false},
    {"V4 np on NXDOMAIN", "nx.example.com", RECORD(EXAMPLE, "v=DMARC1; p=none; sp=quarantine; np=reject"), 3, EXAMPLE,
     EXAMPLE, "reject", NULL, false},
    {"V5 NODATA exists", "empty.example.com",
     RECORD(EXAMPLE, "v=DMARC1; p=none; sp=quarantine; np=reject") "$NODATA empty.example.com\n", 3, EXAMPLE, EXAMPLE,
     "quarantine", NULL, false},
    {"V6 np absent: sp", "nx.example.com", RECORD(EXAMPLE, "v=DMARC1; p=none; sp=quarantine"), 3, EXAMPLE, EXAMPLE,
     "quarantine", NULL, false},
    {"V7 D10 own record, np above", "a.example.com",
     RECORD("a.example.com", "v=DMARC1; p=none") RECORD(EXAMPLE, "v=DMARC1; p=reject; np=reject"), 3, "a.example.com",
     EXAMPLE, "none", EXAMPLE, true},
    {"V8 C6 D3 D5 a record in between", "a.b.example.com",
     RECORD("b.example.com", "v=DMARC1; p=none") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 4, EXAMPLE, EXAMPLE, "reject",
     "b.example.com", true},
    {"V9 C1 C7 D1 psd=n", "a.mail.example.com",
     RECORD("mail.example.com", "v=DMARC1; p=none; psd=n") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 2, "mail.example.com",
     "mail.example.com", "none", EXAMPLE, false},
    {"V10 D2 D6 psd=y at the TLD, org has a record", "a.example.bank",
     RECORD("example.bank", "v=DMARC1; p=quarantine") RECORD("bank", "v=DMARC1; p=reject; psd=y"), 3, "example.bank",
     "example.bank", "quarantine", "example.bank", true},
    {"V11 C4 D5 D7 psd=y at the TLD, org has none", "a.example.bank",
     RECORD("bank", "v=DMARC1; p=reject; sp=quarantine; np=reject; psd=y") "a.example.bank A 192.0.2.1\n", 3, "bank",
     "example.bank", "quarantine", "example.bank", true},
    {"V12 D5 psd=y, a record in between", "a.m.example.bank",
     RECORD("m.example.bank", "v=DMARC1; p=none") RECORD("bank", "v=DMARC1; p=reject; psd=y"), 4, "bank",
     "example.bank", "reject", "m.example.bank", true},
    {"V13 C1 C7 psd=y at the start", "co.bank", RECORD("co.bank", "v=DMARC1; p=reject; psd=y"), 1, "co.bank", "co.bank",
     "reject", "x.co.bank", false},
    {"V14 B4 several: the walk goes on", "a.example.com",
     RECORD("a.example.com", "v=DMARC1; p=none") RECORD("a.example.com", "v=DMARC1; p=reject")
         RECORD(EXAMPLE, "v=DMARC1; p=quarantine"),
     3, EXAMPLE, EXAMPLE, "quarantine", NULL, false},
    {"V15 B3 junk beside one record", EXAMPLE, RECORD(EXAMPLE, "v=spf1 -all") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 2,
     EXAMPLE, EXAMPLE, "reject", NULL, false},
    {"V16 B3 only junk at the author", "a.example.com",
     RECORD("a.example.com", "v=spf1 -all") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 3, EXAMPLE, EXAMPLE, "reject", NULL,
     false},
    {"V17 B3 lower-case dmarc1", "a.example.com",
     RECORD("a.example.com", "v=dmarc1; p=none") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 3, EXAMPLE, EXAMPLE, "reject",
     NULL, false},
    {"V18 B3 blanks", EXAMPLE, RECORD(EXAMPLE, "v = DMARC1 ;p= reject"), 2, EXAMPLE, EXAMPLE, "reject", NULL, false},
    {"V19 C2 13 labels", "a.b.c.d.e.f.g.h.i.j.mail.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject"), 8, EXAMPLE,
     EXAMPLE, "reject", NULL, false},
    {"V20 C2 8 labels", "a.b.c.d.e.f.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject"), 8, EXAMPLE, EXAMPLE, "reject",
     NULL, false},
    {"V21 C2 9 labels", "a.b.c.d.e.f.g.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject"), 8, EXAMPLE, EXAMPLE,
     "reject", NULL, false},
    {"V22 C2 a record that is skipped", "b.c.d.e.f.g.h.i.example.com",
     RECORD("c.d.e.f.g.h.i.example.com", "v=DMARC1; p=none") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 8, EXAMPLE, EXAMPLE,
     "reject", NULL, false},
    {"V23 D9 t=y: reject", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=reject; t=y"), 2, EXAMPLE, EXAMPLE, "quarantine", NULL,
     false},
    {"V24 D9 t=y: quarantine", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=quarantine; t=y"), 2, EXAMPLE, EXAMPLE, "none",
     NULL, false},
    {"V25 B5 pct", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=reject; pct=0"), 2, EXAMPLE, EXAMPLE, "reject", NULL, false},
    {"V26 B11 bad p, good rua", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=rejct; rua=mailto:r@example.com"), 2, EXAMPLE,
     EXAMPLE, "none", NULL, false},
    {"V27 B11 bad p, no rua", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=rejct"), 2, NULL, EXAMPLE, NULL, NULL, false},
    {"V28 B11 bad sp, good rua", EXAMPLE, RECORD(EXAMPLE, "v=DMARC1; p=reject; sp=x; rua=mailto:r@example.com"), 2,
     EXAMPLE, EXAMPLE, "none", NULL, false},
    {"V29 C9 D4 no record anywhere", "a.example.com", "a.example.com A 192.0.2.1\n", 3, NULL, "a.example.com", NULL,
     EXAMPLE, false},

    {"D2 nine labels below psd=y: the org domain was skipped", "z.h.g.f.e.d.c.b.a",
     RECORD("g.f.e.d.c.b.a", "v=DMARC1; p=reject; psd=y"), 2, "g.f.e.d.c.b.a", "h.g.f.e.d.c.b.a", "reject", NULL,
     false},
    {"D2 psd=y with a broken record below", "a.example.bank",
     RECORD("example.bank", "v=DMARC1; p=none; p=none") RECORD("bank", "v=DMARC1; p=reject; psd=y"), 3, NULL,
     "example.bank", NULL, NULL, false},
    {"D3 a record at the TLD without psd", EXAMPLE, RECORD("com", "v=DMARC1; p=none; sp=reject"), 2, "com", "com",
     "reject", "other.com", true},
    {"C1 psd=n at the start", "a.example.com",
     RECORD("a.example.com", "v=DMARC1; p=none; psd=n") RECORD(EXAMPLE, "v=DMARC1; p=reject"), 1, "a.example.com",
     "a.example.com", "none", EXAMPLE, false},
    {"C1 psd=y of several records does not count", "a.example.com",
     RECORD("a.example.com", "v=DMARC1; psd=y") RECORD("a.example.com", "v=DMARC1; p=none")
         RECORD(EXAMPLE, "v=DMARC1; p=reject"),
     3, EXAMPLE, EXAMPLE, "reject", "b.example.com", true},
    {"C6 psd=u is like none", "a.example.com", RECORD(EXAMPLE, "v=DMARC1; p=reject; psd=u"), 3, EXAMPLE, EXAMPLE,
     "reject", NULL, false},
    {"C7 the other side's psd=n", "a.example.com",
     RECORD(EXAMPLE, "v=DMARC1; p=reject") RECORD("b.example.com", "v=DMARC1; p=none; psd=n"), 3, EXAMPLE, EXAMPLE,
     "reject", "b.example.com", false},
    {"C4 one label", "localhost", RECORD("localhost", "v=DMARC1; p=reject"), 1, "localhost", "localhost", "reject",
     NULL, false},
};

static void check_policy(int row, const struct dmx_discovery *got)
{
    const char *label = vectors[row].label;
    ck_slice_eq(label, got->org_domain, vectors[row].org);
    ck_assert_msg((got->status == DMX_DISCOVERY_FOUND) == (vectors[row].policy != NULL), "%s: status %d", label,
                  got->status);
    if (!vectors[row].policy)
        return;
    ck_slice_eq(label, got->policy_domain, vectors[row].policy);
    ck_slice_eq(label, dmx_slice_cstr(dmx_policy_word(got->policy)), vectors[row].effective);
}

static void check_other(int row, struct world *world, const struct dmx_discovery *discovery)
{
    struct dmx_author author = {.status = DMX_AUTHOR_OK, .domain = dmx_slice_cstr(vectors[row].author)};
    struct dmx_dkim_result dkim = {.result = DMX_PASS, .domain = dmx_slice_cstr(vectors[row].other)};
    struct dmx_spf_result spf = {.result = DMX_NONE};
    struct dmx_dmarc_evidence evidence = {&author, discovery, &spf, &dkim, 1};
    struct dmx_dmarc_result result;
    WORLD_RUN(world, dmx_dmarc_eval(&evidence, DMX_RULES_9989, NULL, world->book, &result));
    ck_assert_msg(result.dkim_aligned == vectors[row].aligned, "%s: aligned", vectors[row].label);
}

START_TEST(vector)
{
    struct world world;
    struct dmx_discovery got;
    struct dmx_walk walk;
    struct dmx_slice author = dmx_slice_cstr(vectors[_i].author);
    world_open(&world, vectors[_i].zone, QUESTIONS);
    WORLD_RUN(&world, dmx_walk_eval(author, world.book, &walk));
    ck_assert_msg(walk.count == vectors[_i].levels, "%s: %zu levels", vectors[_i].label, walk.count);
    ck_assert_uint_le(dmx_answers_count(world.book), DMX_WALK_MAX); /* C3 */
    ck_assert_uint_eq(world.rounds, 1);
    WORLD_RUN(&world, dmx_discovery_eval(author, DMX_RULES_9989, NULL, world.book, &got));
    check_policy(_i, &got);
    if (vectors[_i].other)
        check_other(_i, &world, &got);
    world_close(&world);
}
END_TEST

/* C2, C3: which names a walk asks for. */
#define SEVEN       "a.b.c.d.e." EXAMPLE
#define SEVEN_NAMES SEVEN " b.c.d.e." EXAMPLE " c.d.e." EXAMPLE " d.e." EXAMPLE " e." EXAMPLE " " EXAMPLE " com"

static const struct {
    const char *label, *start, *names;
} walks[] = {
    {"C2 1 label", "com", "com"},
    {"C2 2 labels", EXAMPLE, EXAMPLE " com"},
    {"C2 7 labels", SEVEN, SEVEN_NAMES},
    {"C2 8 labels", "x." SEVEN, "x." SEVEN " " SEVEN_NAMES},
    {"C2 9 labels", "y.x." SEVEN, "y.x." SEVEN " " SEVEN_NAMES},
    {"C3 many labels", "1.2.3.4.5.6.7.8.9.y.x." SEVEN, "1.2.3.4.5.6.7.8.9.y.x." SEVEN " " SEVEN_NAMES},
    {"C2 nothing", "", ""},
};

START_TEST(names)
{
    struct dmx_slice got[DMX_WALK_MAX];
    char buf[300];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    size_t count = dmx_walk_names(dmx_slice_cstr(walks[_i].start), got);
    for (size_t i = 0; i < count; i++) {
        if (i)
            dmx_put_char(&b, ' ');
        dmx_put(&b, got[i]);
    }
    ck_slice_eq(walks[_i].label, dmx_builder_text(&b), walks[_i].names);
}
END_TEST

/* The longest name there is, 127 labels: eight questions, and no name too long. */
START_TEST(labels_127)
{
    struct world world;
    struct dmx_walk walk;
    char name[254];
    for (size_t i = 0; i < 253; i++)
        name[i] = i % 2 ? '.' : 'a';
    world_open(&world, "_dmarc.a.a TXT \"v=DMARC1\"\n", QUESTIONS);
    WORLD_RUN(&world, dmx_walk_eval(dmx_slice(name, 253), world.book, &walk));
    ck_assert_uint_eq(walk.count, 8);
    ck_assert_uint_eq(dmx_answers_count(world.book), 7); /* the first name has no room for _dmarc */
    ck_slice_eq("C3 127 labels", walk.org, "a.a");
    world_close(&world);
}
END_TEST

/* D2: the start has a record, the org domain between it and the public suffix was skipped. */
START_TEST(org_level)
{
    struct world world;
    struct dmx_walk walk;
    world_open(&world, RECORD("z.h.g.f.e.d.c.b.a", "v=DMARC1") RECORD("g.f.e.d.c.b.a", "v=DMARC1; psd=y"), QUESTIONS);
    WORLD_RUN(&world, dmx_walk_eval(DMX_SLICE("z.h.g.f.e.d.c.b.a"), world.book, &walk));
    ck_slice_eq("D2", walk.org, "h.g.f.e.d.c.b.a");
    ck_assert_uint_eq(walk.org_level, walk.count);
    ck_assert_uint_eq(walk.psd_level, 1);
    world_close(&world);
}
END_TEST

/* The organizational domain of anything, for reports as for alignment. */
static const struct {
    const char *label, *domain, *zone;
    enum dmx_rules rules;
    const char *org;
    bool failed;
} orgs[] = {
    {"the list", "a.b.example.co.uk", RECORD("b.example.co.uk", "v=DMARC1"), DMX_RULES_7489, "example.co.uk", false},
    {"the walk", "a.b.example.co.uk", RECORD("b.example.co.uk", "v=DMARC1"), DMX_RULES_9989, "b.example.co.uk", false},
    {"the walk, broken off at once", "a.b.example.com", FAIL("a.b.example.com"), DMX_RULES_9989, "a.b.example.com",
     true},
    {"the walk, broken off later", "a.b.example.com", RECORD("b.example.com", "v=DMARC1") FAIL(EXAMPLE), DMX_RULES_9989,
     "b.example.com", true},
    {"the list never fails", "a.b.example.com", FAIL("a.b.example.com"), DMX_RULES_7489, EXAMPLE, false},
};

START_TEST(org)
{
    struct world world;
    struct dmx_slice got;
    bool failed;
    world_open(&world, orgs[_i].zone, QUESTIONS);
    WORLD_RUN(&world, dmx_org_domain_eval(dmx_slice_cstr(orgs[_i].domain), orgs[_i].rules, world.psl, world.book, &got,
                                          &failed));
    ck_slice_eq(orgs[_i].label, got, orgs[_i].org);
    ck_assert_msg(failed == orgs[_i].failed, "%s: failed", orgs[_i].label);
    world_close(&world);
}
END_TEST

DMX_SUITE(tree_walk)
{
    DMX_TABLE(vector, vectors);
    DMX_TABLE(names, walks);
    DMX_TEST(labels_127);
    DMX_TEST(org_level);
    DMX_TABLE(org, orgs);
}
