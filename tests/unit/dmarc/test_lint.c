/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What is told of records; the verdict never depends on it. */
#include "dmx/dmarc/lint.h"

#include "suite.h"
#include "world.h"

static struct dmx_slice join(const struct dmx_lint *lint, char *buf, size_t size)
{
    struct dmx_builder b = dmx_builder_fixed(buf, size);
    for (size_t i = 0; i < lint->count; i++) {
        dmx_put_cstr(&b, i ? " " : "");
        dmx_put_cstr(&b, lint->items[i].token);
    }
    return dmx_builder_text(&b);
}

#define RUA "; rua=mailto:r@a.example"
static const struct {
    const char *label, *record, *old, *new; /* tokens under RFC 7489 and 9989; new NULL: the same */
} rows[] = {
    {"nothing wrong", "v=DMARC1; p=none" RUA, "", NULL},
    {"every tag of RFC 9989",
     "v=DMARC1; p=none; sp=reject; np=quarantine; adkim=s; aspf=r; psd=u; t=y; fo=1:d:s; ruf=mailto:f@a.example" RUA,
     "", NULL},
    {"M3 pct", "v=DMARC1; p=none; pct=50" RUA, "", "historic-tag"},
    {"M3 rf", "v=DMARC1; p=none; rf=afrf" RUA, "", "historic-tag"},
    {"M3 ri", "v=DMARC1; p=none; ri=3600" RUA, "interval-not-followed", NULL},
    {"M3 size", "v=DMARC1; p=none; rua=mailto:r@a.example!10m", "", "obsolete-size"},
    {"M3 no p", "v=DMARC1" RUA, "missing-policy", NULL},
    {"bad p", "v=DMARC1; p=rejct" RUA, "bad-value", NULL},
    {"bad sp, np", "v=DMARC1; p=none; sp=x; np=" RUA, "bad-value bad-value", NULL},
    {"bad modes", "v=DMARC1; p=none; adkim=x; aspf=strict" RUA, "bad-value bad-value", NULL},
    {"bad psd, t", "v=DMARC1; p=none; psd=q; t=maybe" RUA, "bad-value bad-value", NULL},
    {"bad pct", "v=DMARC1; p=none; pct=101" RUA, "bad-value", NULL},
    {"bad pct, long", "v=DMARC1; p=none; pct=0050" RUA, "bad-value", NULL},
    {"bad ri", "v=DMARC1; p=none; ri=1d" RUA, "bad-value", NULL},
    {"bad fo", "v=DMARC1; p=none; fo=9; ruf=mailto:f@a.example" RUA, "bad-value", NULL},
    {"fo of 0 and 1", "v=DMARC1; p=none; fo=0:1; ruf=mailto:f@a.example" RUA, "bad-value", NULL},
    {"fo without ruf", "v=DMARC1; p=none; fo=1" RUA, "fo-without-ruf", NULL},
    {"missing mailto:", "v=DMARC1; p=none; rua=r@a.example", "missing-mailto", NULL},
    {"missing mailto: in the second", "v=DMARC1; p=none; rua=mailto:r@a.example, r@b.example", "missing-mailto", NULL},
    {"two slashes", "v=DMARC1; p=none; rua=mailto://r@a.example", "", NULL},
    {"no address", "v=DMARC1; p=none; rua=mailto:", "bad-uri", NULL},
    {"a comma at the end", "v=DMARC1; p=none; rua=mailto:r@a.example,", "", NULL},
    {"another scheme", "v=DMARC1; p=none; rua=https://a.example/r", "other-scheme", NULL},
    {"empty rua", "v=DMARC1; p=none; rua=", "bad-value", NULL},
    {"no rua", "v=DMARC1; p=none", "no-reports", NULL},
    {"unknown tag", "v=DMARC1; p=none; x=y" RUA, "unknown-tag", NULL},
    {"no equals sign", "v=DMARC1; p=none; reject" RUA, "not-a-tag", NULL},
    {"a comma for a semicolon", "v=DMARC1; p=none, rua=mailto:r@a.example", "bad-value no-reports", NULL},
    {"duplicate", "v=DMARC1; p=none; p=none" RUA, "duplicate-tag", NULL},
    {"empty parts", "v=DMARC1;; p=none ; " RUA ";", "", NULL},
    {"more than is kept", "v=DMARC1;a=;b=;c=;d=;e=;f=;g=;h=;i=;j=;k=;l=;m=;n=;o=;q=;r=;s=",
     "unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag "
     "unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag unknown-tag",
     NULL},
};

START_TEST(lint_record)
{
    char buf[512];
    struct dmx_lint lint = {.count = 0};
    dmx_dmarc_lint_record(dmx_slice_cstr(rows[_i].record), DMX_RULES_7489, &lint);
    ck_slice_eq(rows[_i].label, join(&lint, buf, sizeof buf), rows[_i].old);
    lint.count = 0;
    dmx_dmarc_lint_record(dmx_slice_cstr(rows[_i].record), DMX_RULES_9989, &lint);
    ck_slice_eq(rows[_i].label, join(&lint, buf, sizeof buf), rows[_i].new ? rows[_i].new : rows[_i].old);
    for (size_t i = 0; i < lint.count; i++)
        ck_assert_msg(lint.items[i].text, "%s: a finding without words", rows[_i].label);
}
END_TEST

/* The whole of a name, after discovery, and without another question. */
static const struct {
    const char *label, *zone, *author, *old, *new;
} names[] = {
    {"one", "_dmarc.a.example. TXT \"v=DMARC1; p=none; rua=mailto:r@a.example\"\n", "a.example", "", ""},
    {"M3 two records", "_dmarc.a.example. TXT \"v=DMARC1; p=none\"\n_dmarc.a.example. TXT \"v=DMARC1; p=reject\"\n",
     "a.example", "several-records", "several-records"},
    {"M3 two at the author, one above",
     "_dmarc.x.a.example. TXT \"v=DMARC1; p=none\"\n_dmarc.x.a.example. TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.a.example. TXT \"v=DMARC1; p=none; pct=1; rua=mailto:r@a.example\"\n",
     "x.a.example", "several-records", "several-records historic-tag"},
    {"M3 lower case", "_dmarc.a.example. TXT \"v=dmarc1; p=none\"\n", "a.example", "version-case", "version-case"},
    {"blanks in a lower case", "_dmarc.a.example. TXT \"V = Dmarc1 ; p=none\"\n", "a.example", "version-case",
     "version-case"},
    {"something else", "_dmarc.a.example. TXT \"v=spf1 -all\"\n_dmarc.a.example. TXT \"\"\n", "a.example", "", ""},
    {"the organization's", "_dmarc.a.example. TXT \"v=DMARC1; p=none\"\n", "x.a.example", "no-reports", "no-reports"},
    {"nothing", "x. A 192.0.2.1\n", "a.example", "", ""},
    {"failure", "$FAIL _dmarc.a.example. TXT SERVFAIL\n", "a.example", "", ""},
};

static void check_name(size_t row, enum dmx_rules rules, const char *want)
{
    char buf[512];
    struct world world;
    struct dmx_discovery discovery;
    struct dmx_lint lint;
    const struct dmx_author author = {.status = DMX_AUTHOR_OK, .domain = dmx_slice_cstr(names[row].author)};
    world_open(&world, names[row].zone, 40);
    WORLD_RUN(&world, dmx_discovery_eval(author.domain, rules, world.psl, world.book, &discovery));
    size_t asked = dmx_answers_count(world.book);
    dmx_dmarc_lint(&author, &discovery, rules, world.book, &lint);
    ck_slice_eq(names[row].label, join(&lint, buf, sizeof buf), want);
    ck_assert_msg(dmx_answers_count(world.book) == asked, "%s: a question more", names[row].label);
    world_close(&world);
}

START_TEST(lint_name)
{
    check_name((size_t)_i, DMX_RULES_7489, names[_i].old);
    check_name((size_t)_i, DMX_RULES_9989, names[_i].new);
}
END_TEST

START_TEST(lint_no_author)
{
    const struct dmx_author author = {.status = DMX_AUTHOR_INVALID};
    const struct dmx_discovery discovery = {.status = DMX_DISCOVERY_NONE};
    struct dmx_lint lint = {.count = 7};
    dmx_dmarc_lint(&author, &discovery, DMX_RULES_7489, NULL, &lint);
    ck_assert_uint_eq(lint.count, 0);
}
END_TEST

DMX_SUITE(lint)
{
    DMX_TABLE(lint_record, rows);
    DMX_TABLE(lint_name, names);
    DMX_TEST(lint_no_author);
}
