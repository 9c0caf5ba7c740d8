/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/authorise.h"

#include <stdlib.h>
#include <string.h>

#include "../dmarc/world.h"
#include "suite.h"

enum { R7489 = 0, R9989 = 1 };

#define LABEL63                "a23456789012345678901234567890123456789012345678901234567890123"
#define LONG127                LABEL63 "." LABEL63
#define AUTH(name, host, text) name "._report._dmarc." host " TXT \"" text "\"\n"

/*
 * want: the destinations in order, divided by blanks: an address to which reports go, with "!" and the largest size if
 * there is one, and "*" where its domain has authorised it; "-WORD" for one that is refused, "?HOST" for one to be asked
 * about again.
 */
static const struct {
    const char *label, *domain, *rua, *zone, *want;
    int rules;
} rows[] = {
    {"H2 no rua, no report", "example.com", "", "", "", R7489},
    {"K1 the domain itself", "example.com", "mailto:r@example.com", "", "r@example.com", R7489},
    {"K1 a sibling of the same organization", "mail.example.com", "mailto:r@reports.example.com", "",
     "r@reports.example.com", R7489},
    {"K1 the same by the tree walk", "mail.example.com", "mailto:r@reports.example.com",
     RECORD("example.com", "v=DMARC1; p=none"), "r@reports.example.com", R9989},
    {"K1 the tree walk parts what the list joins", "mail.example.com", "mailto:r@reports.example.com",
     RECORD("example.com", "v=DMARC1; p=none") RECORD("reports.example.com", "v=DMARC1; p=none; psd=n"),
     "-not-authorised", R9989},
    {"K1 customers of one registry are strangers", "a.co.uk", "mailto:r@b.co.uk", "", "-not-authorised", R7489},
    {"K2 another organization that agrees", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1"), "r@red.example*", R7489},
    {"K2 under the tree walk", "example.com", "mailto:r@red.example", AUTH("example.com", "red.example", "v=DMARC1"),
     "r@red.example*", R9989},
    {"K2 a host below the domain that agrees", "example.com", "mailto:r@in.red.example",
     AUTH("example.com", "red.example", "v=DMARC1"), "-not-authorised", R7489},
    {"K2 the policy domain, not that of From", "example.com", "mailto:r@red.example",
     AUTH("mail.example.com", "red.example", "v=DMARC1"), "-not-authorised", R7489},
    {"K2 A-labels", "xn--bcher-kva.example", "mailto:r@xn--rd-fka.example",
     AUTH("xn--bcher-kva.example", "xn--rd-fka.example", "v=DMARC1"), "r@xn--rd-fka.example*", R7489},
    {"K3 a name longer than DNS has", LONG127, "mailto:r@" LONG127 ".example", "", "-name-too-long", R7489},
    {"K4 a semicolon at the end", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1;"), "r@red.example*", R7489},
    {"K4 several records, one of which counts", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=spf1 -all") AUTH("example.com", "red.example", "v=DMARC1")
         AUTH("example.com", "red.example", "v=DMARC1; x=1"),
     "r@red.example*", R7489},
    {"K4 v comes first", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "rua=mailto:r@red.example; v=DMARC1"), "-not-authorised", R7489},
    {"K4 its case counts", "example.com", "mailto:r@red.example", AUTH("example.com", "red.example", "v=dmarc1"),
     "-not-authorised", R7489},
    {"K5 another address at the same host", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:other@RED.example"), "other@red.example*", R7489},
    {"K5 several of them", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:a@red.example,mailto:b@red.example!5"),
     "a@red.example* b@red.example*!5", R7489},
    {"K5 another host: neither", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:r@blue.example"), "-other-host", R7489},
    {"K5 another host among them: neither", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:a@red.example,mailto:r@in.red.example"), "-other-host",
     R7489},
    {"K5 nothing that can be read replaces nothing", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=https://red.example/"), "r@red.example*", R7489},
    {"K6 nothing there", "example.com", "mailto:r@red.example", "", "-not-authorised", R7489},
    {"K6 a name without TXT", "example.com", "mailto:r@red.example", "$NODATA example.com._report._dmarc.red.example\n",
     "-not-authorised", R7489},
    {"K6 SERVFAIL is asked again", "example.com", "mailto:r@red.example",
     "$FAIL example.com._report._dmarc.red.example TXT SERVFAIL\n", "?red.example", R7489},
    {"K6 so is a timeout", "example.com", "mailto:r@red.example",
     "$FAIL example.com._report._dmarc.red.example TXT TIMEOUT\n", "?red.example", R7489},
    {"K6 and a walk that broke off", "example.com", "mailto:r@red.example",
     FAIL("red.example") AUTH("example.com", "red.example", "v=DMARC1"), "?red.example", R9989},
    {"K6 and one of the domain itself", "mail.example.com", "mailto:r@red.example", FAIL("example.com"), "?red.example",
     R9989},
    {"K6 but not where nothing is to be asked", "example.com", "mailto:r@example.com", FAIL("example.com"),
     "r@example.com", R9989},
    {"K7 a wildcard is DNS's", "example.com", "mailto:r@red.example", AUTH("*", "red.example", "v=DMARC1"),
     "r@red.example*", R7489},
    {"J9 in order, malformed ones passed over", "example.com",
     "mailto:a@example.com, mailto:, https://example.com/r,r@example.com, mailto:b@example.com", "",
     "a@example.com b@example.com", R7489},
    {"J9 each by itself", "example.com", "mailto:a@red.example,mailto:b@example.com,mailto:c@blue.example",
     AUTH("example.com", "blue.example", "v=DMARC1") "$FAIL example.com._report._dmarc.red.example TXT SERVFAIL\n",
     "?red.example b@example.com c@blue.example*", R7489},
    {"J9 twice is once", "example.com", "mailto:a@example.com,mailto:a@EXAMPLE.com,mailto:A@example.com", "",
     "a@example.com A@example.com", R7489},
    {"percent-encoded", "example.com", "mailto:a%2Cb%21@example.com", "", "a,b!@example.com", R7489},
    {"no domain", "example.com", "mailto:a@-..-", "", "-bad-address", R7489},
    {"a literal", "example.com", "mailto:a@[192.0.2.1]", "", "-bad-address", R7489},
    {"no host", "example.com",
     "mailto:a@x_y.example.com,mailto:a@-x.example.com,mailto:a@x-.example.com,mailto:a@example.com", "",
     "-bad-address -bad-address -bad-address a@example.com", R7489},
    {"a local part of 64", "example.com", "mailto:" LABEL63 "4@example.com", "", LABEL63 "4@example.com", R7489},
    {"a local part of 65", "example.com", "mailto:" LABEL63 "45@example.com", "", "-bad-address", R7489},
    {"K5 none of those in the other's place", "example.com", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:" LABEL63 "45@red.example"), "-other-host", R7489},
    {"J11 a size under RFC 7489", "example.com",
     "mailto:a@example.com!10m,mailto:b@example.com!7,mailto:c@example.com!2K,mailto:d@example.com!1t,mailto:e@example."
     "com!0",
     "", "a@example.com!10485760 b@example.com!7 c@example.com!2048 d@example.com!1099511627776 e@example.com", R7489},
    {"J11 a size that is no bound", "example.com",
     "mailto:a@example.com!99999999999999999999k,mailto:b@example.com!99999999999g", "", "a@example.com b@example.com",
     R7489},
    {"J11 no size under RFC 9989", "example.com", "mailto:a@example.com!10m", RECORD("example.com", "v=DMARC1"),
     "a@example.com", R9989},
};

static void render(const struct dmx_destinations *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct dmx_destination *item = &list->items[i];
        dmx_put_cstr(out, i > 0 ? " " : "");
        if (item->status == DMX_DESTINATION_READY) {
            dmx_put(out, item->address);
            dmx_put_cstr(out, item->external ? "*" : "");
            ck_assert(!item->reason.token);
        } else {
            dmx_put_cstr(out, item->status == DMX_DESTINATION_LATER ? "?" : "-");
            dmx_put(out, item->status == DMX_DESTINATION_LATER ? item->host : dmx_slice_cstr(item->reason.token));
            ck_assert(item->address.len == 0 && item->published.len > 0);
        }
        if (item->max_bytes > 0 && item->status == DMX_DESTINATION_READY) {
            dmx_put_char(out, '!');
            dmx_put_u64(out, item->max_bytes);
        }
    }
}

START_TEST(destinations)
{
    char record[1000], buf[2000];
    struct world world;
    struct dmx_policy_published policy;
    static struct dmx_destinations list;
    world_open(&world, rows[_i].zone, DMX_DESTINATION_QUESTIONS);
    snprintf(record, sizeof record, "v=DMARC1; p=none%s%s", *rows[_i].rua ? "; rua=" : "", rows[_i].rua);
    dmx_policy_published_of(dmx_slice_cstr(rows[_i].domain), dmx_slice_cstr(record),
                            rows[_i].rules == R9989 ? DMX_SLICE("rfc9989") : DMX_SLICE("rfc7489"), &policy);
    WORLD_RUN(&world, dmx_destinations_eval(&policy, world.psl, world.book, world.arena, &list));
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    render(&list, &out);
    ck_slice_eq(rows[_i].label, dmx_builder_text(&out), rows[_i].want);
    ck_assert_msg(world.rounds <= 3, "%s: %zu rounds", rows[_i].label, world.rounds);
    world_close(&world);
}
END_TEST

static const struct {
    const char *label, *uris, *zone, *want;
} failure_rows[] = {
    {"L1 no ruf, no report", "", "", ""},
    {"L3 each of them", "mailto:a@example.com,mailto:b@example.com", "", "a@example.com b@example.com"},
    {"L3 K2 an external one that agrees", "mailto:r@red.example", AUTH("example.com", "red.example", "v=DMARC1"),
     "r@red.example*"},
    {"L3 K6 one that does not", "mailto:r@red.example", "", "-not-authorised"},
    {"L3 K5 its ruf takes the place", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:no@red.example; ruf=mailto:f@red.example"),
     "f@red.example*"},
    {"L3 K5 its rua does not", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; rua=mailto:no@red.example"), "r@red.example*"},
    {"L3 K5 a ruf at another host", "mailto:r@red.example",
     AUTH("example.com", "red.example", "v=DMARC1; ruf=mailto:f@blue.example"), "-other-host"},
};

START_TEST(failure_destinations)
{
    char buf[2000];
    struct world world;
    struct dmx_policy_published policy;
    static struct dmx_destinations list;
    struct dmx_slice uris = dmx_slice_cstr(failure_rows[_i].uris);
    world_open(&world, failure_rows[_i].zone, DMX_DESTINATION_QUESTIONS);
    dmx_policy_published_of(DMX_SLICE("example.com"), DMX_SLICE("v=DMARC1; p=none; rua=mailto:no@example.com"),
                            DMX_SLICE("rfc7489"), &policy);
    WORLD_RUN(&world, dmx_failure_destinations_eval(&policy, uris, world.psl, world.book, world.arena, &list));
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    render(&list, &out);
    ck_slice_eq(failure_rows[_i].label, dmx_builder_text(&out), failure_rows[_i].want);
    world_close(&world);
}
END_TEST

/* J9: the limit, and one over it. */
START_TEST(many)
{
    char record[4000];
    struct dmx_builder text = dmx_builder_fixed(record, sizeof record);
    struct world world;
    struct dmx_policy_published policy;
    static struct dmx_destinations list;
    int count = DMX_DESTINATIONS_MAX + _i;
    dmx_put_cstr(&text, "v=DMARC1; p=none; rua=");
    for (int i = 0; i < count; i++) {
        dmx_put_cstr(&text, i > 0 ? ",mailto:a" : "mailto:a");
        dmx_put_u64(&text, (uint64_t)i);
        dmx_put_cstr(&text, "@example.com");
    }
    world_open(&world, "", DMX_DESTINATION_QUESTIONS);
    dmx_policy_published_of(DMX_SLICE("example.com"), dmx_builder_text(&text), DMX_SLICE("rfc7489"), &policy);
    WORLD_RUN(&world, dmx_destinations_eval(&policy, world.psl, world.book, world.arena, &list));
    ck_assert_uint_eq(list.count, _i < 0 ? (size_t)DMX_DESTINATIONS_MAX - 1 : (size_t)DMX_DESTINATIONS_MAX);
    ck_assert_uint_eq(list.ignored, _i > 0 ? 1 : 0);
    world_close(&world);
}
END_TEST

/* ---- the site's choices ---- */

static const struct {
    const char *domain;
    bool excluded;
} exclusions[] = {
    {"own.example", true},    {"mail.own.example", true},  {"disown.example", false}, {"example", false},
    {"listed.example", true}, {"a.listed.example", false}, {"a.below.example", true}, {"below.example", false},
};

START_TEST(excluded)
{
    struct dmx_config *config;
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert(!dmx_report_is_excluded(config, DMX_SLICE("own.example")));
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("report_email=dmarc@OWN.example"), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, DMX_SLICE("report_exclude=listed.example, *.below.example"), &error),
                     DMX_OK);
    ck_assert_msg(dmx_report_is_excluded(config, dmx_slice_cstr(exclusions[_i].domain)) == exclusions[_i].excluded,
                  "%s", exclusions[_i].domain);
    dmx_config_free(&config);
}
END_TEST

static const struct {
    const char *label, *rules, *option, *host;
    enum dmx_dialect want;
} dialects[] = {
    {"M2 auto under rfc7489", "rules=rfc7489", "report_dialect=auto", "a.example", DMX_DIALECT_RFC7489},
    {"M2 auto under rfc9989", "rules=rfc9989", "report_dialect=auto", "a.example", DMX_DIALECT_RFC9990},
    {"M2 a word", "rules=rfc7489", "report_dialect=rfc9990", "a.example", DMX_DIALECT_RFC9990},
    {"M2 the other word", "rules=rfc9989", "report_dialect=rfc7489", "a.example", DMX_DIALECT_RFC7489},
    {"M2 a destination", "rules=rfc9989", "report_dialect=a.example rfc7489", "a.example", DMX_DIALECT_RFC7489},
    {"M2 another one", "rules=rfc9989", "report_dialect=a.example rfc7489", "b.example", DMX_DIALECT_RFC9990},
    {"M2 not what is below it", "rules=rfc9989", "report_dialect=a.example rfc7489", "x.a.example",
     DMX_DIALECT_RFC9990},
    {"M2 all below one", "rules=rfc9989", "report_dialect=*.a.example rfc7489, rfc9990", "x.y.a.example",
     DMX_DIALECT_RFC7489},
    {"M2 auto for one, a word for the rest", "rules=rfc7489", "report_dialect=rfc9990, a.example auto", "a.example",
     DMX_DIALECT_RFC7489},
};

START_TEST(dialect)
{
    struct dmx_config *config;
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(dialects[_i].rules), &error), DMX_OK);
    ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(dialects[_i].option), &error), DMX_OK);
    ck_assert_msg(dmx_report_dialect_of(config, dmx_slice_cstr(dialects[_i].host)) == dialects[_i].want, "%s",
                  dialects[_i].label);
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(authorise)
{
    DMX_TABLE(destinations, rows);
    DMX_TABLE(failure_destinations, failure_rows);
    tcase_add_loop_test(tcase, many, -1, 2);
    DMX_TABLE(excluded, exclusions);
    DMX_TABLE(dialect, dialects);
}
