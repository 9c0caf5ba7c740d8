/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Dispositions: the whole road, by table. The label carries the section of the design or the requirement id. */
#include <string.h>

#include "road.h"
#include "suite.h"

#define ZONE                                                                   \
    "_dmarc.reject.example. TXT \"v=DMARC1; p=reject\"\n"                      \
    "reject.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"                      \
    "_dmarc.quarantine.example. TXT \"v=DMARC1; p=quarantine\"\n"              \
    "quarantine.example. TXT \"v=spf1 -all\"\n"                                \
    "_dmarc.none.example. TXT \"v=DMARC1; p=none\"\n"                          \
    "_dmarc.half.example. TXT \"v=DMARC1; p=reject; pct=50\"\n"                \
    "_dmarc.never.example. TXT \"v=DMARC1; p=reject; pct=0\"\n"                \
    "_dmarc.testing.example. TXT \"v=DMARC1; p=reject; t=y; pct=0\"\n"         \
    "_dmarc.org.example. TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n" \
    "sub.org.example. A 192.0.2.7\n"                                           \
    "$FAIL _dmarc.broken.example. TXT SERVFAIL\n"                              \
    "$FAIL _dmarc.slow.example. TXT TIMEOUT\n"

#define FROM(domain) "From: ceo@" domain "\nSubject: x\n\nbody\n"

static const struct {
    const char *label;
    struct road_input in;
    enum dmx_result result;
    enum dmx_disposition disposition;
    enum dmx_disposition would_be;
    const char *override;
} rows[] = {
#define NONE DMX_DISPOSITION_NONE
#define QUAR DMX_DISPOSITION_QUARANTINE
#define REJ  DMX_DISPOSITION_REJECT
#define DEF  DMX_DISPOSITION_DEFER
#define EX   DMX_DISPOSITION_EXEMPT
#define IN(domain, ...)                                                                                       \
    {                                                                                                         \
        .zone = ZONE, .message = FROM(domain), .ip = "192.0.2.99", .mail_from = "x@spam.example", __VA_ARGS__ \
    }
    {"E5 SPF aligned passes",
     {.zone = ZONE, .message = FROM("reject.example"), .ip = "192.0.2.1", .mail_from = "a@reject.example"},
     DMX_PASS,
     NONE,
     NONE,
     NULL},
    {"G1 p=none changes nothing", IN("none.example"), DMX_FAIL, NONE, NONE, NULL},
    {"p=quarantine", IN("quarantine.example"), DMX_FAIL, QUAR, QUAR, NULL},
    {"p=reject", IN("reject.example"), DMX_FAIL, REJ, REJ, NULL},
    {"no record", IN("nobody.example"), DMX_NONE, NONE, NONE, NULL},
    {"D7 sp for a subdomain that exists", IN("sub.org.example"), DMX_FAIL, QUAR, QUAR, NULL},
    {"D7 np for one that does not", IN("nx.org.example"), DMX_FAIL, NONE, NONE, NULL},
    {"C10 SERVFAIL is no verdict", IN("broken.example"), DMX_TEMPERROR, NONE, NONE, NULL},
    {"C10 TIMEOUT is no verdict", IN("slow.example"), DMX_TEMPERROR, NONE, NONE, NULL},
    {"on_temperror = defer", IN("broken.example", .options = "on_temperror=defer"), DMX_TEMPERROR, DEF, DEF, NULL},
    {"temperror is no fail: p=none elsewhere", IN("none.example", .options = "on_temperror=defer"), DMX_FAIL, NONE,
     NONE, NULL},
    {"pct=50 drawn 49", IN("half.example", .draw = 49), DMX_FAIL, REJ, REJ, NULL},
    {"pct=50 drawn 50", IN("half.example", .draw = 50), DMX_FAIL, QUAR, QUAR, "sampled_out"},
    {"pct=0 is never drawn", IN("never.example", .draw = 0), DMX_FAIL, QUAR, QUAR, "sampled_out"},
    {"t and pct lower one level at most", IN("testing.example", .draw = 99), DMX_FAIL, QUAR, QUAR, "policy_test_mode"},
    {"B5 pct has no effect under 9989", IN("half.example", .draw = 99, .options = "rules=rfc9989;on_reject=reject"),
     DMX_FAIL, REJ, REJ, NULL},
    {"G2 9989 does not refuse on p=reject alone", IN("reject.example", .options = "rules=rfc9989"), DMX_FAIL, QUAR,
     QUAR, "local_policy"},
    {"on_reject = quarantine", IN("reject.example", .options = "on_reject=quarantine"), DMX_FAIL, QUAR, QUAR,
     "local_policy"},
    {"on_reject = none", IN("reject.example", .options = "on_reject=none"), DMX_FAIL, NONE, NONE, "local_policy"},
    {"on_quarantine = none", IN("quarantine.example", .options = "on_quarantine=none"), DMX_FAIL, NONE, NONE,
     "local_policy"},
    {"on_quarantine = reject", IN("quarantine.example", .options = "on_quarantine=reject"), DMX_FAIL, REJ, REJ,
     "local_policy"},
    {"a stricter policy fares no better", IN("reject.example", .options = "on_reject=quarantine;on_quarantine=reject"),
     DMX_FAIL, REJ, REJ, "local_policy"},
    {"mode = monitor", IN("reject.example", .options = "mode=monitor"), DMX_FAIL, NONE, REJ, "local_policy"},
    {"acl monitor", IN("reject.example", .acl = "monitor: a friend"), DMX_FAIL, NONE, REJ, "local_policy"},
    {"acl quarantine, p=none", IN("none.example", .acl = "quarantine:looks bad"), DMX_FAIL, QUAR, QUAR, "local_policy"},
    {"acl quarantine does not soften", IN("reject.example", .acl = "quarantine"), DMX_FAIL, REJ, REJ, NULL},
    {"acl unknown word has no effect", IN("reject.example", .acl = "exemptt"), DMX_FAIL, REJ, REJ, NULL},
    {"acl noreport has no effect here", IN("reject.example", .acl = "noreport"), DMX_FAIL, REJ, REJ, NULL},
    {"acl exempt", IN("reject.example", .acl = "Exempt : partner"), DMX_NONE, EX, EX, NULL},
    {"authenticated", IN("reject.example", .authenticated = true), DMX_NONE, EX, EX, NULL},
    {"authenticated, not exempt by option",
     IN("reject.example", .authenticated = true, .options = "exempt_authenticated=no"), DMX_FAIL, REJ, REJ, NULL},
    {"trusted host", IN("reject.example", .trusted_host = true), DMX_NONE, EX, EX, NULL},
    {"trusted address", IN("reject.example", .options = "trusted_ips=192.0.2.96/29"), DMX_NONE, EX, EX, NULL},
    {"address just outside", IN("reject.example", .options = "trusted_ips=192.0.2.100/30"), DMX_FAIL, REJ, REJ, NULL},
    {"withheld address is judged",
     {.zone = ZONE, .message = FROM("reject.example"), .mail_from = "a@reject.example"},
     DMX_FAIL,
     REJ,
     REJ,
     NULL},
    {"all recipients exempt",
     IN("reject.example", .recipients = "abuse@r.example postmaster@r.example",
        .options = "exempt_recipients=abuse@*,postmaster@r.example"),
     DMX_NONE, EX, EX, NULL},
    {"one recipient exempt",
     IN("reject.example", .recipients = "abuse@r.example user@r.example", .options = "exempt_recipients=abuse@*"),
     DMX_FAIL, QUAR, QUAR, "local_policy"},
    {"no recipient left: judged", IN("reject.example", .options = "exempt_recipients=abuse@*"), DMX_FAIL, REJ, REJ,
     NULL},
    {"no From",
     {.zone = ZONE, .message = "Subject: x\n\nb\n", .ip = "192.0.2.99", .mail_from = "a@x.example"},
     DMX_NONE,
     NONE,
     NONE,
     NULL},
    {"A4 two From fields: on_bad_from",
     {.zone = ZONE,
      .message = "From: a@none.example\nFrom: b@nobody.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example"},
     DMX_PERMERROR,
     QUAR,
     QUAR,
     "local_policy"},
    {"A5 two From fields: the strictest policy",
     {.zone = ZONE,
      .message = "From: a@none.example\nFrom: b@reject.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example"},
     DMX_PERMERROR,
     REJ,
     REJ,
     NULL},
    {"A5 accept does not soften the strictest",
     {.zone = ZONE,
      .message = "From: a@none.example, b@reject.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example",
      .options = "on_bad_from=accept"},
     DMX_PERMERROR,
     REJ,
     REJ,
     NULL},
    {"on_bad_from = reject",
     {.zone = ZONE,
      .message = "From: a@none.example\nFrom: b@none.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example",
      .options = "on_bad_from=reject"},
     DMX_PERMERROR,
     REJ,
     REJ,
     "local_policy"},
    {"on_bad_from = accept",
     {.zone = ZONE,
      .message = "From: a@none.example\nFrom: b@none.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example",
      .options = "on_bad_from=accept"},
     DMX_PERMERROR,
     NONE,
     NONE,
     "local_policy"},
    {"A5 four domains that ask for nothing",
     {.zone = ZONE,
      .message = "From: a@j1.example, a@j2.example, a@j3.example, a@j4.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example",
      .options = "on_bad_from=accept"},
     DMX_PERMERROR,
     NONE,
     NONE,
     "local_policy"},
    {"A5 a fifth one is as if it asked for reject",
     {.zone = ZONE,
      .message = "From: a@j1.example, a@j2.example, a@j3.example, a@j4.example, a@reject.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example",
      .options = "on_bad_from=accept"},
     DMX_PERMERROR,
     REJ,
     REJ,
     NULL},
    {"A5 in five From fields",
     {.zone = ZONE,
      .message = "From: a@j1.example\nFrom: a@j2.example\nFrom: a@j3.example\nFrom: a@j4.example\nFrom: "
                 "a@reject.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example"},
     DMX_PERMERROR,
     REJ,
     REJ,
     NULL},
    {"A5 five times the same four",
     {.zone = ZONE,
      .message = "From: a@j1.example, a@j2.example, a@j3.example, a@j4.example, b@J1.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "a@x.example"},
     DMX_PERMERROR,
     QUAR,
     QUAR,
     "local_policy"},
    {"two From fields never pass",
     {.zone = ZONE,
      .message = "From: a@reject.example\nFrom: a@reject.example\n\nb\n",
      .ip = "192.0.2.1",
      .mail_from = "a@reject.example"},
     DMX_PERMERROR,
     REJ,
     REJ,
     NULL},
};

START_TEST(test_disposition)
{
    struct road_output out;
    road_play(&rows[_i].in, &out);
    const struct dmx_verdict *v = &out.verdict;
    ck_assert_int_eq(out.status, DMX_OK);
    ck_assert_msg(v->dmarc.result == rows[_i].result, "%s: got %s, want %s", rows[_i].label,
                  dmx_result_word(v->dmarc.result), dmx_result_word(rows[_i].result));
    ck_assert_msg(v->disposition == rows[_i].disposition, "%s: got %s, want %s", rows[_i].label,
                  dmx_disposition_word(v->disposition), dmx_disposition_word(rows[_i].disposition));
    ck_assert_msg(v->would_be == rows[_i].would_be, "%s: would be %s, want %s", rows[_i].label,
                  dmx_disposition_word(v->would_be), dmx_disposition_word(rows[_i].would_be));
    ck_slice_eq(rows[_i].label, dmx_slice_cstr(v->override.type), rows[_i].override ? rows[_i].override : "");
    road_end(&out);
}
END_TEST

/* An author whose DNS never answers within the budget: temperror, and the mail is delivered. */
START_TEST(test_silent_dns)
{
    struct road_input in = IN("reject.example");
    struct road_output out;
    struct dmx_message message = {0};
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    road_play(&in, &out);
    const struct dmx_engine engine = {out.config, NULL, road_silent_source()};
    ck_assert_int_eq(dmx_message_parse(dmx_slice_cstr(in.message), out.arena, &message), DMX_OK);
    struct dmx_verdict verdict = {0};
    ck_assert_int_eq(dmx_pipeline_judge(&engine, &out.envelope, &message, NULL, &budget, out.arena, &verdict), DMX_OK);
    ck_assert_int_eq(verdict.dmarc.result, DMX_TEMPERROR);
    ck_assert_int_eq(verdict.disposition, DMX_DISPOSITION_NONE);
    road_end(&out);
}
END_TEST

/* E6: a signature of a domain that cannot align buys no temperror, however its key fails. */
START_TEST(test_foreign_failure_is_no_shield)
{
    const struct road_input in = {
        .zone = ZONE "$FAIL s._domainkey.other.example. TXT SERVFAIL\n$FAIL spam.example. TXT TIMEOUT\n",
        .message =
            "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=s; h=from; bh=YWJj; b=YWJj\n" FROM("reject.example"),
        .ip = "192.0.2.99",
        .mail_from = "x@spam.example",
    };
    struct road_output out;
    road_play(&in, &out);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_FAIL);
    ck_assert_int_eq(out.verdict.disposition, DMX_DISPOSITION_REJECT);
    road_end(&out);
}
END_TEST

/* A message that uses up its memory, from too little for anything to enough: never a pass, and no way round the policy
 * once that is known. */
START_TEST(test_memory_is_no_way_out)
{
    const struct road_input in = IN("reject.example");
    static const char zone_text[] = ZONE "spam.example. TXT \"v=spf1 include:a.spam.example -all\"\n"
                                         "a.spam.example. TXT \"v=spf1 include:b.spam.example -all\"\n"
                                         "b.spam.example. TXT \"v=spf1 a:c.spam.example a:d.spam.example "
                                         "a:e.spam.example include:f.spam.example -all\"\n"
                                         "f.spam.example. TXT \"v=spf1 mx:g.spam.example mx:h.spam.example -all\"\n";
    struct road_output out;
    struct dmx_message message = {0};
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line, costly = 0, judged = 0;
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    road_play(&in, &out);
    ck_assert_int_eq(dmx_zone_parse(dmx_slice_cstr(zone_text), out.arena, &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(dmx_slice_cstr(in.message), out.arena, &message), DMX_OK);
    const struct dmx_engine engine = {out.config, NULL, dmx_zone_source(zone)};
    for (size_t cap = 0; cap < 64 * 1024; cap += 64) {
        struct dmx_arena *arena = dmx_arena_new(cap);
        struct dmx_verdict v = {0};
        enum dmx_status status = dmx_pipeline_judge(&engine, &out.envelope, &message, NULL, &budget, arena, &v);
        if (status != DMX_OK) {
            ck_assert_int_eq(v.dmarc.result, DMX_TEMPERROR);
            ck_assert_str_eq(v.reason.token, "not-judged");
        } else {
            ck_assert_int_eq(v.disposition, DMX_DISPOSITION_REJECT);
            costly += strcmp(v.reason.token, "too-costly") == 0;
            judged++;
        }
        dmx_arena_free(&arena);
    }
    ck_assert_uint_gt(costly, 0);
    ck_assert_uint_gt(judged, costly);
    road_end(&out);
}
END_TEST

DMX_SUITE(decide)
{
    DMX_TEST(test_memory_is_no_way_out);
    DMX_TABLE(test_disposition, rows);
    DMX_TEST(test_silent_dns);
    DMX_TEST(test_foreign_failure_is_no_shield);
}
