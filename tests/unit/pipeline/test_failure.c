/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Failure reports: when one is due, to whom, how many there may be, and what is kept of the message. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/pipeline/failure.h"
#include "road.h"
#include "suite.h"

#define ON      "failure_reports=yes;report_org=O;report_email=dmarc@own.example"
#define RUF     "; ruf=mailto:r@sender.example"
#define MESSAGE "From: a@sender.example\nSubject: hello\n\nbody\n"

enum { ROOM = 4096 };

/* A zone in which sender.example has this record, and SPF that permits 192.0.2.1; psd.example is above it all. */
static const char *zone_of(const char *record)
{
    static char zone[ROOM];
    snprintf(zone, sizeof zone,
             "sender.example A 192.0.2.9\nsub.sender.example A 192.0.2.9\n_dmarc.sender.example TXT \"%s\"\n"
             "sender.example TXT \"v=spf1 ip4:192.0.2.1 ip4:192.0.2.4/30 -all\"\n"
             "soft.example TXT \"v=spf1 ~all\"\nbroken.example TXT \"v=spf1 nonsense:x\"\nother.example TXT \"v=spf1 "
             "+all\"\n"
             "neutral.example TXT \"v=spf1 ?all\"\n$FAIL failing.example TXT SERVFAIL\n",
             record);
    return zone;
}

static void play(struct road_input *in, const char *record, const char *rules, const char *more,
                 struct road_output *out)
{
    static char options[ROOM];
    snprintf(options, sizeof options, "rules=%s;%s", rules, more);
    in->zone = zone_of(record);
    in->options = options;
    in->ip = in->ip ? in->ip : "198.51.100.1";
    in->mail_from = in->mail_from ? in->mail_from : "a@sender.example";
    in->message = in->message ? in->message : MESSAGE;
    road_play(in, out);
}

/* "0 1 d s": the conditions; or why none is due. */
static const char *due(const struct road_output *road, struct dmx_failure *failure)
{
    static char text[64];
    char *at = text;
    ck_assert_int_eq(dmx_failure_find(road->config, road->psl, &road->verdict, &road->message, road->arena, failure),
                     DMX_OK);
    ck_assert((failure->conditions == 0) == (failure->why_not != NULL));
    if (failure->why_not)
        return failure->why_not;
    ck_assert_uint_gt(failure->count, 0);
    for (unsigned i = 0; i < 4; i++)
        if (failure->conditions & 1U << i)
            at += sprintf(at, "%s%c", at > text ? " " : "", "01ds"[i]);
    return text;
}

static const char *const editions[] = {"rfc7489", "rfc9989"};

/* What holds, by the evidence; each under both editions. fo=0:d:s asks for what can be asked besides 1, fo=1 for 1. */
static const struct {
    const char *label, *fo, *ip, *mail_from, *dkim, *want;
} conditions[] = {
    {"L8 nothing passes", "0", NULL, NULL, NULL, "0"},
    {"L8 absent fo is 0", NULL, NULL, NULL, NULL, "0"},
    {"L8 absent fo, one passes", NULL, "192.0.2.1", NULL, NULL, "no-condition"},
    {"L8 0, SPF passes", "0", "192.0.2.1", NULL, "fail:sender.example", "no-condition"},
    {"L8 0, DKIM passes", "0", NULL, NULL, "pass:sender.example", "no-condition"},
    {"L8 0, both pass for others", "0", "192.0.2.1", "a@other.example", "pass:other.example", "0"},
    {"L8 1, SPF passes alone", "1", "192.0.2.1", NULL, NULL, "1"},
    {"L8 1, DKIM passes alone", "1", NULL, NULL, "pass:sender.example", "1"},
    {"L8 1, both pass", "1", "192.0.2.1", NULL, "pass:sender.example", "no-condition"},
    {"L8 1, one of two signatures", "1", "192.0.2.1", NULL, "fail:sender.example pass:sender.example", "no-condition"},
    {"L8 1, SPF passes for another", "1", "192.0.2.1", "a@other.example", "pass:sender.example", "1"},
    {"L8 1, nothing passes", "1", NULL, NULL, NULL, "1"},
    {"L8 d, a signature failed", "d", NULL, NULL, "fail:sender.example", "d"},
    {"L8 d, another's, and DMARC passes", "d", "192.0.2.1", NULL, "fail:other.example", "d"},
    {"L8 d, no key", "d", NULL, NULL, "permerror:sender.example", "d"},
    {"L8 d, too weak", "d", NULL, NULL, "policy:sender.example", "d"},
    {"L8 d, not looked up", "d", "192.0.2.1", NULL, "temperror:other.example", "no-condition"},
    {"L8 d, none", "d", NULL, NULL, NULL, "no-condition"},
    {"L8 d, passes for another", "d", NULL, NULL, "pass:other.example", "no-condition"},
    {"L8 s, fails", "s", NULL, NULL, NULL, "s"},
    {"L8 s, fails, and DMARC passes", "s", NULL, NULL, "pass:sender.example", "s"},
    {"L8 s, another's", "s", NULL, "a@broken.example", "pass:sender.example", "s"},
    {"L8 s, soft", "s", NULL, "a@soft.example", NULL, "s"},
    {"L8 s, neutral", "s", NULL, "a@neutral.example", NULL, "no-condition"},
    {"L8 s, no record", "s", NULL, "a@none.example", NULL, "no-condition"},
    {"L8 s, not looked up", "s", NULL, "a@failing.example", NULL, "no-condition"},
    {"L8 s, passes", "s", "192.0.2.1", NULL, NULL, "no-condition"},
    {"L8 0:d:s, all", "0:d:s", NULL, NULL, "fail:sender.example", "0 d s"},
    {"L8 0:d:s, SPF alone", "0:d:s", NULL, NULL, "pass:sender.example", "s"},
    {"L8 1:d:s, all", "1:d:s", NULL, NULL, "fail:x.example", "1 d s"},
    {"L8 d:s, DKIM alone", "d:s", "192.0.2.1", NULL, "fail:sender.example", "d"},
    {"L8 s : 0, blanks and order", "s : 0", NULL, NULL, NULL, "0 s"},
    {"L8 D, letters of any case", "D:S", NULL, NULL, "fail:x.example", "d s"},
    {"B8 L8 0:1 exclude each other: as absent", "0:1", "192.0.2.1", NULL, NULL, "no-condition"},
    {"B8 L8 0:1, nothing passes", "0:1", NULL, NULL, NULL, "0"},
    {"B8 L8 d twice", "d:d", NULL, NULL, "fail:sender.example", "0"},
    {"B8 L8 unknown letter", "9", NULL, NULL, NULL, "0"},
    {"B8 L8 empty part", "d:", "192.0.2.1", NULL, "fail:sender.example", "no-condition"},
    {"B8 L8 empty", "", NULL, NULL, NULL, "0"},
};

START_TEST(failure_condition)
{
    char record[ROOM];
    for (size_t edition = 0; edition < DMX_COUNT(editions); edition++) {
        struct road_input in = {
            .ip = conditions[_i].ip, .mail_from = conditions[_i].mail_from, .dkim = conditions[_i].dkim};
        struct road_output out;
        struct dmx_failure failure;
        snprintf(record, sizeof record, "v=DMARC1; p=none" RUF "%s%s", conditions[_i].fo ? "; fo=" : "",
                 conditions[_i].fo ? conditions[_i].fo : "");
        play(&in, record, editions[edition], ON, &out);
        const char *got = due(&out, &failure);
        ck_assert_msg(strcmp(got, conditions[_i].want) == 0, "%s, %s: got %s, want %s", conditions[_i].label,
                      editions[edition], got, conditions[_i].want);
        road_end(&out);
    }
}
END_TEST

#define WANTED       "v=DMARC1; p=reject" RUF
#define REPORT(type) "From: a@sender.example\nContent-Type: " type "\n\nx\n"

/* Whether one is made at all. */
static const struct {
    const char *label, *record, *options, *message, *acl, *recipients, *mail_from;
    bool authenticated;
    const char *want;
} cases[] = {
    {"due", WANTED, ON, .want = "0"},
    {"due under p=none", "v=DMARC1; p=none" RUF, ON, .want = "0"},
    {"due in monitor mode", WANTED, ON ";mode=monitor", .want = "0"},
    {"L1 off by default", WANTED, "report_org=O;report_email=dmarc@own.example", .want = "not-sent"},
    {"L1 no ruf", "v=DMARC1; p=reject", ON, .want = "no-ruf"},
    {"B8 L1 no ruf, but fo", "v=DMARC1; p=reject; fo=1", ON, .want = "no-ruf"},
    {"L1 empty ruf", "v=DMARC1; p=reject; ruf=; fo=1", ON, .want = "no-ruf"},
    {"L1 ruf of other schemes", "v=DMARC1; p=reject; ruf=https://sender.example/x", ON, .want = "no-destination"},
    {"L1 malformed ruf", "v=DMARC1; p=reject; ruf=r@sender.example", ON, .want = "no-destination"},
    {"L1 no record", "v=DMARC2; p=reject" RUF, ON, .want = "no-policy"},
    {"L2 psd=y", WANTED "; psd=y", ON, .want = "public-suffix"},
    {"L2 psd=n", WANTED "; psd=n", ON, .want = "0"},
    {"nobody to send it", WANTED, "failure_reports=yes;report_org=O", .want = "not-sent"},
    {"privacy", WANTED, ON ";privacy=strict", .want = "not-sent"},
    {"exempt by login", WANTED, ON, .authenticated = true, .want = "not-judged"},
    {"exempt by ACL", WANTED, ON, .acl = "exempt:us", .want = "not-judged"},
    {"trusted", WANTED, ON ";trusted_ips=198.51.100.1", .want = "not-judged"},
    {"exempt recipients", WANTED, ON ";exempt_recipients=r.example", .recipients = "x@r.example", .want = "not-judged"},
    {"noreport", WANTED, ON, .acl = "noreport", .want = "no-report"},
    {"monitored by ACL", WANTED, ON, .acl = "monitor", .want = "0"},
    {"an inbound relay", WANTED, ON ";inbound_relays=198.51.100.1", .want = "no-report"},
    {"to the report address", WANTED, ON, .recipients = "x@r.example DMARC@Own.Example", .want = "no-report"},
    {"to one of its VERP addresses", WANTED, ON, .recipients = "dmarc+b12-ab@own.example", .want = "no-report"},
    {"to somebody beside it", WANTED, ON, .recipients = "dmarcs@own.example", .want = "0"},
    {"excluded", WANTED, ON ";report_exclude=sender.example", .want = "excluded"},
    {"our own", WANTED, "failure_reports=yes;report_org=O;report_email=r@Sender.example", .want = "excluded"},
    {"above our own", WANTED, "failure_reports=yes;report_org=O;report_email=r@mx.sender.example", .want = "0"},
    {"a name that ends like our own", WANTED, "failure_reports=yes;report_org=O;report_email=r@ender.example",
     .want = "0"},
    {"the null sender", WANTED, ON, .mail_from = "", .want = "0"},
    {"a bounce", WANTED, ON, REPORT("multipart/report; report-type=delivery-status"), .want = "is-report"},
    {"a failure report", WANTED, ON, REPORT("Multipart/REPORT;\n report-type=feedback-report"), .want = "is-report"},
    {"one without a type", WANTED, ON, REPORT("multipart/report"), .want = "is-report"},
    {"its second part alone", WANTED, ON, REPORT("message/feedback-report"), .want = "is-report"},
    {"behind another", WANTED, ON, REPORT("text/plain\nContent-Type: multipart/report; x=y"), .want = "is-report"},
    {"a type that begins so", WANTED, ON, REPORT("multipart/reports; x=y"), .want = "0"},
    {"another multipart", WANTED, ON, REPORT("multipart/mixed"), .want = "0"},
    {"an aggregate report", WANTED, ON,
     "From: a@sender.example\nSubject:  report domain: x.example Submitter: y\n\nx\n", .want = "is-report"},
    {"about one", WANTED, ON, "From: a@sender.example\nSubject: Your report domain: x\n\nx\n", .want = "0"},
    {"two authors", WANTED, ON, "From: a@sender.example, b@other.example\n\nx\n", .want = "no-policy"},
    {"no author", WANTED, ON, "Subject: x\n\nx\n", .want = "no-policy"},
};

START_TEST(failure_case)
{
    for (size_t edition = 0; edition < DMX_COUNT(editions); edition++) {
        struct road_input in = {
            .message = cases[_i].message,
            .acl = cases[_i].acl,
            .recipients = cases[_i].recipients,
            .mail_from = cases[_i].mail_from,
            .authenticated = cases[_i].authenticated,
        };
        struct road_output out;
        struct dmx_failure failure;
        play(&in, cases[_i].record, editions[edition], cases[_i].options, &out);
        const char *got = due(&out, &failure);
        ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s, %s: got %s, want %s", cases[_i].label, editions[edition],
                      got, cases[_i].want);
        road_end(&out);
    }
}
END_TEST

static const struct {
    const char *label, *ruf, *want;
} destinations[] = {
    {"one", "mailto:r@sender.example", "mailto:r@sender.example"},
    {"with a size", "mailto:r@sender.example!10m", "mailto:r@sender.example"},
    {"two, and blanks", " mailto:a@x.example , mailto:b@y.example ", "mailto:a@x.example mailto:b@y.example"},
    {"one twice", "mailto:R@x.example,mailto:r@X.example,mailto:%72@x.example", "mailto:R@x.example"},
    {"malformed between", "mailto:a@x.example,nonsense,https://x.example/,mailto:b@x.example",
     "mailto:a@x.example mailto:b@x.example"},
    {"five", "mailto:1@x.example,mailto:2@x.example,mailto:3@x.example,mailto:4@x.example,mailto:5@x.example",
     "mailto:1@x.example mailto:2@x.example mailto:3@x.example mailto:4@x.example"},
};

START_TEST(failure_destinations)
{
    char record[ROOM], got[ROOM] = "";
    struct road_input in = {0};
    struct road_output out;
    struct dmx_failure failure;
    snprintf(record, sizeof record, "v=DMARC1; p=none; ruf=%s", destinations[_i].ruf);
    play(&in, record, "rfc9989", ON, &out);
    ck_assert_str_eq(due(&out, &failure), "0");
    for (size_t i = 0; i < failure.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", i > 0 ? " " : "",
                 DMX_SLICE_ARG(failure.destinations[i]));
    ck_assert_msg(strcmp(got, destinations[_i].want) == 0, "%s: got %s", destinations[_i].label, got);
    ck_slice_eq("organization", failure.organization, "sender.example");
    road_end(&out);
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------------------------------- */

static char dir[32], path[64];
static struct dmx_cache *cache;

static void setup(void)
{
    struct dmx_reason reason;
    snprintf(dir, sizeof dir, "/tmp/dmx-failure-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/dmx.cache", dir);
    const struct dmx_cache_settings settings = {path, 1 << 20, 60, 60, 0, DMX_CACHE_USE};
    ck_assert_int_eq(dmx_cache_open(&settings, &cache, &reason), DMX_OK);
}

static void teardown(void)
{
    dmx_cache_close(&cache);
    unlink(path);
    rmdir(dir);
}

/*
 * A script of messages: COUNTxDOMAIN:CONDITIONS:RECIPIENTS@SECONDS=INCIDENTS, where INCIDENTS are those of each report that may be
 * sent, with "+", and 0 when there is none. RECIPIENTS are letters.
 */
static const struct {
    const char *label, *rates, *script;
} bursts[] = {
    {"L4 one a day, the rest counted", "", "1xa:1:r@0=1 999xa:1:r@0=0 1xa:1:r@86399=0 1xa:1:r@86400=1001"},
    {"L4 another condition is another incident", "", "1xa:1:r@0=1 1xa:1:r@0=0 1xa:8:r@0=1 1xa:9:r@0=1 1xa:8:r@0=0"},
    {"L4 another domain, too", "", "1xa:1:r@0=1 1xa:1:r@0=0 1xb:1:r@0=1"},
    {"L4 each recipient by itself", "", "1xa:1:r@0=1 1xa:1:rs@0=1 1xa:1:rs@0=0 1xa:1:t@0=1"},
    {"L4 two recipients do not count twice", "", "1xa:1:rs@0=1 5xa:1:rs@0=0 1xa:1:rs@86400=6"},
    {"L4 a domain", "recipient 100/1h, domain 3/1d", "3xa:1:r@0=3 7xa:1:r@0=0 1xb:1:r@0=1 1xa:1:r@28800=8"},
    {"L4 a domain's conditions are told to each", "domain 2/1d", "1xa:1:r@0=1 1xa:2:r@0=1 4xa:4:r@0=0 1xa:4:r@86400=5"},
    {"L4 all", "recipient 100/1h, domain 100/1h, all 2/1h", "1xa:1:r@0=1 1xb:1:r@0=1 4xc:1:r@0=0 1xc:1:r@1800=5"},
    {"L4 never", "all 0/1h", "5xa:1:r@0=0"},
    {"L4 10,000 in a burst", "recipient 100/1h, domain 100/1h", "10000xa:1:r@0=100 1xa:1:r@36=9901 1xa:1:r@36=0"},
    {"L4 a recipient that is not due holds up no other", "", "1xa:1:r@0=1 1xa:1:rs@0=1 1xa:1:r@86400=2"},
};

static void step(const struct dmx_config *config, const char *label, const char *text)
{
    unsigned times = 0, conditions_held = 0;
    unsigned long long at_s = 0, want = 0, got = 0;
    char domain[8], recipients[8];
    ck_assert_int_eq(
        sscanf(text, "%ux%7[a-z]:%u:%7[a-z]@%llu=%llu", &times, domain, &conditions_held, recipients, &at_s, &want), 6);
    while (times-- > 0) {
        struct dmx_failure failure = {.conditions = conditions_held, .organization = dmx_slice_cstr(domain)};
        for (const char *r = recipients; *r; r++) {
            failure.destinations[failure.count] = dmx_slice(r, 1);
            failure.keys[failure.count++] = dmx_slice(r, 1);
        }
        uint32_t incidents = dmx_failure_limit(config, cache, at_s * 1000, &failure);
        ck_assert((incidents == 0) == (failure.count == 0));
        got += incidents;
    }
    ck_assert_msg(got == want, "%s: %s: got %llu", label, text, got);
}

START_TEST(failure_limits)
{
    char option[128], text[128];
    struct dmx_config *config = NULL;
    struct dmx_config_error error;
    struct dmx_slice rest = dmx_slice_cstr(bursts[_i].script), part;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    snprintf(option, sizeof option, "failure_rate=%s", bursts[_i].rates);
    if (bursts[_i].rates[0])
        ck_assert_int_eq(dmx_config_set(config, dmx_slice_cstr(option), &error), DMX_OK);
    while ((part = dmx_slice_next_word(&rest)).len > 0) {
        snprintf(text, sizeof text, "%.*s", DMX_SLICE_ARG(part));
        step(config, bursts[_i].label, text);
    }
    dmx_config_free(&config);
}
END_TEST

/* A report that could not be written is an incident of the next one, with all that it would have told. */
START_TEST(failure_forgone)
{
    struct dmx_config *config = NULL;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    step(config, "before", "1xa:1:r@0=1");
    step(config, "before", "4xa:1:r@0=0");
    struct dmx_failure failure = {.conditions = 1, .organization = DMX_SLICE("a"), .count = 1};
    failure.keys[0] = failure.destinations[0] = DMX_SLICE("r");
    ck_assert_uint_eq(dmx_failure_limit(config, cache, 86400000, &failure), 5);
    dmx_failure_forgo(config, cache, 86400000, &failure);
    step(config, "after", "1xa:1:r@172800=6");
    dmx_config_free(&config);
}
END_TEST

/* Wildcard records make a policy domain of each name, and with psd= or a gap in the tree an organization: the limits count the list's. */
static const struct {
    const char *label, *rules, *records;
} wildcards[] = {
    {"L4 a wildcard", "rfc7489", "v=DMARC1; p=none" RUF "\"\n*.sub.sender.example TXT \"v=DMARC1; p=none" RUF},
    {"L4 a wildcard", "rfc9989", "v=DMARC1; p=none" RUF "\"\n*.sub.sender.example TXT \"v=DMARC1; p=none" RUF},
    {"L4 psd=n", "rfc9989", "v=DMARC1; p=none" RUF "\"\n*.sub.sender.example TXT \"v=DMARC1; p=none; psd=n" RUF},
    {"L4 psd=y above", "rfc9989", "v=DMARC1; psd=y\"\n*.sub.sender.example TXT \"v=DMARC1; p=none" RUF},
    {"L4 nothing above", "rfc9989", "none\"\n*.sub.sender.example TXT \"v=DMARC1; p=none" RUF},
};

START_TEST(failure_limits_count_organizations)
{
    struct road_input in = {.message = "From: a@x.y.sub.sender.example\n\nx\n"};
    struct road_output out;
    struct dmx_failure failure;
    play(&in, wildcards[_i].records, wildcards[_i].rules, ON, &out);
    ck_slice_eq("policy domain", out.verdict.discovery.policy_domain, "x.y.sub.sender.example");
    ck_assert_str_eq(due(&out, &failure), "0");
    ck_slice_eq(wildcards[_i].label, failure.organization, "sender.example");
    road_end(&out);
}
END_TEST

/* ---- capsules ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *label, *options;
    bool body;
} contents[] = {
    {"headers", ON, false},
    {"the message", ON ";failure_content=message", true},
    {"for the canonical body", ON ";failure_dkim_body=yes", true},
    {"for the canonical header", ON ";failure_dkim_headers=yes", false},
};

START_TEST(failure_capsule_of_a_message)
{
    struct road_input in = {.message = "Received: by x\n\tat y\nFROM : a@sender.example\nX: \xff\x01\n\nbody\n\nmore\n",
                            .dkim = "fail:sender.example"};
    struct road_output out;
    struct dmx_failure failure;
    struct dmx_capsule capsule;
    const struct dmx_failure_facts facts = {
        DMX_SLICE("id.own.example"), DMX_SLICE("1a-b-c"), DMX_SLICE_NONE, false, {9}};
    play(&in, "v=DMARC1; p=reject; fo=0:d:s" RUF, "rfc9989", contents[_i].options, &out);
    ck_assert_str_eq(due(&out, &failure), "0 d s");
    ck_assert_int_eq(dmx_failure_capsule(out.config, &out.envelope, &out.verdict, &out.message, &failure, &facts,
                                         out.arena, &capsule),
                     DMX_OK);
    ck_slice_eq("header", capsule.header, "Received: by x\n\tat y\nFROM : a@sender.example\nX: \xff\x01\n");
    ck_assert(!capsule.header_cut);
    ck_slice_eq(contents[_i].label, capsule.body, contents[_i].body ? "body\n\nmore\n" : "");
    ck_assert_uint_eq(capsule.body_size, 11);
    ck_slice_eq("receiver", capsule.receiver, "mx.receiver.example");
    ck_slice_eq("queue id", capsule.queue_id, "1a-b-c");
    ck_slice_eq("helo", capsule.helo, "mx.sender.example");
    ck_slice_eq("sender", capsule.mail_from, "a@sender.example");
    ck_slice_eq("record", capsule.spf_record, "v=spf1 ip4:192.0.2.1 ip4:192.0.2.4/30 -all");
    ck_slice_eq("event", capsule.event.policy_domain, "sender.example");
    ck_slice_eq("destination", capsule.destinations[0], "mailto:r@sender.example");
    ck_assert_uint_eq(capsule.destination_count, 1);
    ck_assert_uint_eq(capsule.conditions, DMX_FAILURE_ALL | DMX_FAILURE_DKIM | DMX_FAILURE_SPF);
    ck_assert_uint_eq(capsule.id[0], 9);
    ck_assert(capsule.has_mail_from);
    ck_assert(dmx_slice_starts(capsule.authres, DMX_SLICE("Authentication-Results: id.own.example;")));
    ck_assert(capsule.authres.ptr[capsule.authres.len - 1] != '\n');
    road_end(&out);
}
END_TEST

/* Of a header over the limit whole fields are kept; a body over its limit is read to there and no further. */
START_TEST(failure_capsule_of_a_large_message)
{
    enum { FIELDS = 700, BODY = DMX_CAPSULE_BODY + 1000 };
    static char message[FIELDS * 110 + BODY + 100];
    char *at = message + sprintf(message, "From: a@sender.example\n");
    for (int i = 0; i < FIELDS; i++)
        at += sprintf(at, "X-%03d: %080d\n tail\n", i, i);
    at += sprintf(at, "\n");
    memset(at, 'x', BODY);
    struct road_input in = {.message = message, .message_len = (size_t)(at - message) + BODY};
    struct road_output out;
    struct dmx_failure failure;
    struct dmx_capsule capsule;
    const struct dmx_failure_facts facts = {.id = {1}};
    play(&in, WANTED, "rfc9989", ON ";failure_content=message", &out);
    ck_assert_str_eq(due(&out, &failure), "0");
    ck_assert_int_eq(dmx_failure_capsule(out.config, &out.envelope, &out.verdict, &out.message, &failure, &facts,
                                         out.arena, &capsule),
                     DMX_OK);
    ck_assert_uint_le(capsule.header.len, DMX_CAPSULE_HEADER);
    ck_assert_uint_ge(capsule.header.len, DMX_CAPSULE_HEADER - 200);
    ck_assert(dmx_slice_ends_nocase(capsule.header, DMX_SLICE("\n tail\n")));
    ck_assert(capsule.header_cut);
    ck_assert_uint_eq(capsule.body.len, DMX_CAPSULE_BODY);
    ck_assert_uint_eq(capsule.body_size, BODY);
    road_end(&out);
}
END_TEST

DMX_SUITE(failure)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(failure_condition, conditions);
    DMX_TABLE(failure_case, cases);
    DMX_TABLE(failure_destinations, destinations);
    DMX_TABLE(failure_limits, bursts);
    DMX_TEST(failure_forgone);
    DMX_TABLE(failure_limits_count_organizations, wildcards);
    DMX_TABLE(failure_capsule_of_a_message, contents);
    DMX_TEST(failure_capsule_of_a_large_message);
}
