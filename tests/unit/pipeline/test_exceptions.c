/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The site's exceptions, and on_reject = corroborated: the whole road, by table. */
#include <string.h>

#include "../../../module/pipeline/decide.h"
#include "road.h"
#include "suite.h"

#define ZONE                                                       \
    "_dmarc.reject.example. TXT \"v=DMARC1; p=reject; adkim=s\"\n" \
    "reject.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"          \
    "_dmarc.soft.example. TXT \"v=DMARC1; p=reject\"\n"            \
    "soft.example. TXT \"v=spf1 ip4:192.0.2.1 ~all\"\n"            \
    "_dmarc.quarantine.example. TXT \"v=DMARC1; p=quarantine\"\n"  \
    "_dmarc.never.example. TXT \"v=DMARC1; p=reject; pct=0\"\n"    \
    "_dmarc.none.example. TXT \"v=DMARC1; p=none\"\n"              \
    "esp.example. TXT \"v=spf1 ip4:192.0.2.50 -all\"\n"            \
    "mx.sender.example. TXT \"v=spf1 ip4:192.0.2.99 -all\"\n"      \
    "$FAIL _dmarc.broken.example. TXT SERVFAIL\n"

#define FROM(domain)   "From: ceo@" domain "\nSubject: x\n\nbody\n"
#define LISTED(domain) "List-Id: <l.list.example>\nFrom: ceo@" domain "\nSubject: x\n\nbody\n"
#define ARC            "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.example; s=s; b=YWJj\n"

#define NONE           DMX_DISPOSITION_NONE
#define QUAR           DMX_DISPOSITION_QUARANTINE
#define REJ            DMX_DISPOSITION_REJECT
/* Forged with the sender's own MAIL FROM, which no SPF fails; and with the victim's, which fails hard. */
#define OWN(domain, ...)                                                                                      \
    {                                                                                                         \
        .zone = ZONE, .message = FROM(domain), .ip = "192.0.2.99", .mail_from = "x@spam.example", __VA_ARGS__ \
    }
#define HARD(from, ...)                                                                                   \
    {                                                                                                     \
        .zone = ZONE, .message = from, .ip = "192.0.2.99", .mail_from = "ceo@reject.example", __VA_ARGS__ \
    }
#define NEW "rules=rfc9989"

static const struct {
    const char *label;
    struct road_input in;
    enum dmx_disposition disposition;
    const char *override, *comment; /* comment: what it holds; NULL: nothing is wanted of it */
} rows[] = {
    /* RFC 9989 section 7.4 */
    {"G2 no signal", OWN("reject.example", .options = NEW), QUAR, "local_policy", "no signal besides the policy"},
    {"G2 SPF hard fail", HARD(FROM("reject.example"), .options = NEW), REJ, "local_policy",
     "signal spf-hard-fail (reject.example), no sign of an indirect flow"},
    {"G2 SPF softfail is no signal",
     {.zone = ZONE, .message = FROM("soft.example"), .ip = "192.0.2.99", .mail_from = "a@soft.example", .options = NEW},
     QUAR,
     "local_policy",
     "no signal"},
    {"G2 a signal of the ACL", OWN("reject.example", .options = NEW, .acl_signal = " dnsbl "), REJ, "local_policy",
     "signal acl-signal (dnsbl)"},
    {"G2 the administrator's domain", OWN("reject.example", .options = NEW ";corroborate_domains=reject.example"), REJ,
     "local_policy", "signal corroborate-domains (reject.example)"},
    {"G2 another domain of his", OWN("reject.example", .options = NEW ";corroborate_domains=soft.example"), QUAR,
     "local_policy", "no signal"},
    {"G2 corroborated under rfc7489", OWN("reject.example", .options = "on_reject=corroborated"), QUAR, "local_policy",
     "no signal"},
    {"G2 the switch", OWN("reject.example", .options = NEW ";on_reject=reject"), REJ, NULL, NULL},
    {"a made-up signature of the author takes no signal away",
     HARD(FROM("reject.example"), .options = NEW, .dkim = "fail:reject.example permerror:reject.example"), REJ,
     "local_policy", "signal spf-hard-fail"},
    {"one that really signed the header does",
     HARD(FROM("reject.example"), .options = NEW, .dkim = "intact:reject.example"), QUAR, "local_policy", "no signal"},
    {"so does one that strict alignment leaves out",
     HARD(FROM("reject.example"), .options = NEW, .dkim = "pass:mail.reject.example"), QUAR, "local_policy",
     "no signal"},
    {"but not of the other signals",
     HARD(FROM("reject.example"), .options = NEW, .dkim = "intact:reject.example", .acl_signal = "x"), REJ,
     "local_policy", "acl-signal"},
    {"G2 a mailing list", HARD(LISTED("reject.example"), .options = NEW, .dkim = "pass:list.example"), QUAR,
     "local_policy", "signal spf-hard-fail (reject.example), passed on: mailing-list (list.example)"},
    {"G2 a mailing list, other signals",
     {.zone = ZONE,
      .message = LISTED("reject.example"),
      .ip = "192.0.2.99",
      .mail_from = "x@spam.example",
      .options = NEW ";corroborate_domains=reject.example",
      .dkim = "pass:list.example"},
     QUAR,
     "local_policy",
     "passed on: mailing-list"},
    {"list fields without a signature are only written", HARD(LISTED("reject.example"), .options = NEW), REJ,
     "local_policy", "no sign of an indirect flow"},
    {"nor with one that fails", HARD(LISTED("reject.example"), .options = NEW, .dkim = "fail:list.example"), REJ,
     "local_policy", NULL},
    {"a stranger's signature without list fields",
     HARD(FROM("reject.example"), .options = NEW, .dkim = "pass:list.example"), REJ, "local_policy", NULL},
    {"ARC fields that nobody verified show nothing", HARD(ARC FROM("reject.example"), .options = NEW), REJ,
     "local_policy", NULL},
    {"G2 a listed forwarder", HARD(FROM("reject.example"), .options = NEW ";forwarders=192.0.2.96/29"), QUAR,
     "trusted_forwarder", "signal spf-hard-fail (reject.example), passed on: forwarder (192.0.2.99)"},
    {"a listed forwarder without any signal", OWN("reject.example", .options = NEW ";forwarders=192.0.2.99"), QUAR,
     "local_policy", "no signal besides the policy, passed on: forwarder"},
    {"p=quarantine needs no signal", OWN("quarantine.example", .options = NEW), QUAR, NULL, NULL},
    {"corroborated, on_quarantine = reject", OWN("reject.example", .options = NEW ";on_quarantine=reject"), REJ,
     "local_policy", "on_quarantine = reject"},

    /* forwarders */
    {"forwarder by address", OWN("reject.example", .options = "forwarders=192.0.2.99"), QUAR, "trusted_forwarder",
     "forwarders: 192.0.2.99"},
    {"forwarder by DKIM",
     OWN("reject.example", .options = "forwarders=fwd.example", .dkim = "fail:a.example pass:fwd.example"), QUAR,
     "trusted_forwarder", "forwarders: fwd.example"},
    {"forwarder by SPF",
     {.zone = ZONE,
      .message = FROM("reject.example"),
      .ip = "192.0.2.50",
      .mail_from = "srs@esp.example",
      .options = "forwarders=esp.example"},
     QUAR,
     "trusted_forwarder",
     "forwarders: esp.example"},
    {"forwarder that proves nothing",
     OWN("reject.example", .options = "forwarders=fwd.example", .dkim = "fail:fwd.example"), REJ, NULL, NULL},
    {"forwarder, p=quarantine", OWN("quarantine.example", .options = "forwarders=192.0.2.99"), QUAR, NULL, NULL},
    {"forwarder, on_quarantine = reject",
     OWN("quarantine.example", .options = "forwarders=192.0.2.99;on_quarantine=reject"), QUAR, "trusted_forwarder",
     NULL},
    {"a stricter policy fares no better by a forwarder",
     OWN("reject.example", .options = "forwarders=192.0.2.99;on_quarantine=reject"), QUAR, "trusted_forwarder", NULL},

    /* approved_domains */
    {"approved by DKIM",
     OWN("reject.example", .options = "approved_domains=esp.example for reject.example", .dkim = "pass:esp.example"),
     NONE, "local_policy", "approved_domains: esp.example"},
    {"approved by SPF of MAIL FROM",
     {.zone = ZONE,
      .message = FROM("reject.example"),
      .ip = "192.0.2.50",
      .mail_from = "b@esp.example",
      .options = "approved_domains=esp.example for *"},
     NONE,
     "local_policy",
     "approved_domains"},
    {"never by HELO",
     {.zone = ZONE,
      .message = FROM("reject.example"),
      .ip = "192.0.2.99",
      .mail_from = "",
      .options = "approved_domains=mx.sender.example for *"},
     REJ,
     NULL,
     NULL},
    {"not by a signature that fails",
     OWN("reject.example", .options = "approved_domains=esp.example for *", .dkim = "fail:esp.example"), REJ, NULL,
     NULL},
    {"not for another domain",
     OWN("reject.example", .options = "approved_domains=esp.example for soft.example", .dkim = "pass:esp.example"), REJ,
     NULL, NULL},
    {"not for a From that cannot be validated",
     {.zone = ZONE,
      .message = "From: a@reject.example, b@soft.example\n\nb\n",
      .ip = "192.0.2.50",
      .mail_from = "b@esp.example",
      .options = "approved_domains=esp.example for *"},
     REJ,
     NULL,
     NULL},

    /* policy_overrides */
    {"an override in force",
     OWN("reject.example", .options = "policy_overrides=reject.example none until 2023-11-14 moving"), NONE,
     "local_policy", "policy_overrides says none: moving"},
    {"its last second",
     OWN("reject.example", .options = "policy_overrides=reject.example none until 2023-11-14", .now_s = 1700006399),
     NONE, "local_policy", "policy_overrides says none: 2023-11-14"},
    {"one that is over",
     OWN("reject.example", .options = "policy_overrides=reject.example none until 2023-11-14", .now_s = 1700006400),
     REJ, NULL, NULL},
    {"of quarantine", OWN("reject.example", .options = "policy_overrides=reject.example quarantine until 2030-01-01"),
     QUAR, "local_policy", "policy_overrides says quarantine"},
    {"a stricter one", OWN("none.example", .options = "policy_overrides=none.example reject until 2030-01-01"), REJ,
     "local_policy", "policy_overrides says reject"},
    {"one instead of pct", OWN("never.example", .options = "policy_overrides=never.example reject until 2030-01-01"),
     REJ, "local_policy", "policy_overrides says reject"},
    {"of another domain", OWN("reject.example", .options = "policy_overrides=soft.example none until 2030-01-01"), REJ,
     NULL, NULL},
    {"of those below", OWN("reject.example", .options = "policy_overrides=*.reject.example none until 2030-01-01"), REJ,
     NULL, NULL},
    {"a domain without record stays without",
     OWN("nobody.example", .options = "policy_overrides=nobody.example reject until 2030-01-01"), NONE, NULL, NULL},

    /* inbound_relays */
    {"a relay's mail is not refused", OWN("reject.example", .options = "inbound_relays=192.0.2.99"), QUAR,
     "local_policy", "inbound_relays"},
    {"nor deferred", OWN("broken.example", .options = "inbound_relays=192.0.2.99;on_temperror=defer"), NONE,
     "local_policy", "inbound_relays"},
    {"nor refused for its From",
     {.zone = ZONE,
      .message = "From: a@b.example\nFrom: c@d.example\n\nb\n",
      .ip = "192.0.2.99",
      .mail_from = "x@y.example",
      .options = "inbound_relays=192.0.2.99;on_bad_from=reject"},
     QUAR,
     "local_policy",
     "inbound_relays"},
    {"nor where quarantine is to refuse",
     OWN("quarantine.example", .options = "inbound_relays=192.0.2.99;on_quarantine=reject"), QUAR, "local_policy",
     "inbound_relays"},
    {"its SPF counts for nothing",
     {.zone = ZONE,
      .message = FROM("reject.example"),
      .ip = "192.0.2.1",
      .mail_from = "a@reject.example",
      .options = "inbound_relays=192.0.2.0/24"},
     QUAR,
     "local_policy",
     "inbound_relays"},
    {"its DKIM does", OWN("reject.example", .options = "inbound_relays=192.0.2.99", .dkim = "pass:reject.example"),
     NONE, NULL, NULL},
};

START_TEST(test_exception)
{
    struct road_output out;
    road_play(&rows[_i].in, &out);
    const struct dmx_verdict *v = &out.verdict;
    ck_assert_msg(v->disposition == rows[_i].disposition, "%s: got %s, want %s", rows[_i].label,
                  dmx_disposition_word(v->disposition), dmx_disposition_word(rows[_i].disposition));
    ck_slice_eq(rows[_i].label, dmx_slice_cstr(v->override.type), rows[_i].override ? rows[_i].override : "");
    if (rows[_i].comment) {
        char comment[512];
        snprintf(comment, sizeof comment, "%.*s", DMX_SLICE_ARG(v->override.comment));
        ck_assert_msg(strstr(comment, rows[_i].comment), "%s: got \"%s\", want \"%s\"", rows[_i].label, comment,
                      rows[_i].comment);
    }
    road_end(&out);
}
END_TEST

/* Types that the report format knows (RFC 7489 Appendix C; RFC 9990 lacks the last two, and says other instead). */
START_TEST(test_override_type)
{
    static const char *const types[] = {"local_policy",     "trusted_forwarder", "mailing_list", "other",
                                        "policy_test_mode", "sampled_out",       "forwarded"};
    struct road_output out;
    bool known = false;
    road_play(&rows[_i].in, &out);
    for (size_t i = 0; i < DMX_COUNT(types); i++)
        known |= dmx_slice_eq(dmx_slice_cstr(out.verdict.override.type), dmx_slice_cstr(types[i]));
    ck_assert_msg(known || !out.verdict.override.type, "G3 %s: %s", rows[_i].label, out.verdict.override.type);
    road_end(&out);
}
END_TEST

/* What the site takes for authentic is not marked for later filters; what it lets pass for another reason is. */
static const struct {
    const char *label, *options, *dkim, *word;
} marks[] = {
    {"approved", "approved_domains=esp.example for *", "pass:esp.example", ""},
    {"overridden with none", "policy_overrides=reject.example none until 2030-01-01", NULL, ""},
    {"overridden with quarantine", "policy_overrides=reject.example quarantine until 2030-01-01", NULL, "reject"},
    {"on_reject = none", "on_reject=none", NULL, "reject"},
    {"forwarded", "forwarders=192.0.2.99", NULL, "reject"},
    {"relayed", "inbound_relays=192.0.2.99", NULL, "reject"},
};

START_TEST(test_mark)
{
    struct road_input in = OWN("reject.example", .options = marks[_i].options, .dkim = marks[_i].dkim);
    struct road_output out;
    road_play(&in, &out);
    ck_slice_eq(marks[_i].label, dmx_slice_cstr(dmx_fail_policy_word(&out.verdict)), marks[_i].word);
    road_end(&out);
}
END_TEST

/* SPF is not even asked for, and nothing of it is reported. */
START_TEST(test_relay_evidence)
{
    struct road_input in = {.zone = ZONE,
                            .message = FROM("reject.example"),
                            .ip = "192.0.2.1",
                            .mail_from = "a@reject.example",
                            .options = "inbound_relays=192.0.2.1"};
    struct road_output out;
    road_play(&in, &out);
    ck_assert_int_eq(out.verdict.spf.result, DMX_NONE);
    ck_assert_str_eq(out.verdict.spf.reason.token, "inbound-relay");
    ck_assert(out.verdict.no_report);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_FAIL);
    road_end(&out);
    in.options = NULL;
    in.acl = "noreport";
    road_play(&in, &out);
    ck_assert(out.verdict.no_report);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_PASS);
    road_end(&out);
}
END_TEST

/* Mail about reports is in no report: else two receivers would tell each other of their reports for ever. */
static const struct {
    const char *label, *recipients, *options;
    bool no_report;
} about[] = {
    {"to it", "Reports@r.example", "report_email=reports@R.example", true},
    {"to it and others", "a@r.example reports@r.example", "report_email=reports@r.example", true},
    {"to an address that a report came from", "reports+x.1@r.example", "report_email=reports@r.example", true},
    {"the same, another separator", "reports=x@r.example", "report_email=reports@r.example", true},
    {"to others", "a@r.example", "report_email=reports@r.example", false},
    {"another local part", "reportsx@r.example", "report_email=reports@r.example", false},
    {"a shorter one", "report@r.example", "report_email=reports@r.example", false},
    {"another domain", "reports@s.example", "report_email=reports@r.example", false},
    {"no such option", "@", NULL, false},
    {"nobody", NULL, "report_email=reports@r.example", false},
};

START_TEST(test_about_reports)
{
    struct road_input in = {.zone = ZONE,
                            .message = FROM("reject.example"),
                            .ip = "192.0.2.1",
                            .mail_from = "a@reject.example",
                            .recipients = about[_i].recipients,
                            .options = about[_i].options};
    struct road_output out;
    road_play(&in, &out);
    ck_assert_msg(out.verdict.no_report == about[_i].no_report, "%s", about[_i].label);
    road_end(&out);
}
END_TEST

/* G3: whatever the site does other than the policy says, it says why. */
START_TEST(test_deviation_has_a_reason)
{
    struct road_output out;
    road_play(&rows[_i].in, &out);
    const struct dmx_verdict *v = &out.verdict;
    int asked = v->has_policy ? (int)v->policy : 0;
    if (v->dmarc.result == DMX_FAIL && (int)v->disposition != asked)
        ck_assert_msg(v->override.type && v->override.comment.len, "G3 %s", rows[_i].label);
    road_end(&out);
}
END_TEST

/* G2: an intact ARC chain shows that a message was passed on; a broken one shows nothing. */
static const struct {
    const char *label;
    enum dmx_result arc;
    enum dmx_disposition want;
    const char *indirect;
} chains[] = {
    {"G2 intact", DMX_PASS, QUAR, "arc"},
    {"G2 broken", DMX_FAIL, REJ, ""},
    {"G2 none", DMX_NONE, REJ, ""},
};

START_TEST(test_chain)
{
    const struct dmx_arc_set set = {.instance = 1, .domain = DMX_SLICE_INIT("forwarder.example")};
    const struct road_input in = HARD(FROM("reject.example"), .options = NEW);
    struct road_output out;
    road_play(&in, &out);
    out.verdict.arc = (struct dmx_arc_result){.result = chains[_i].arc, .sets = &set, .count = 1};
    dmx_decide(out.config, &out.envelope, out.arena, &out.verdict);
    ck_assert_msg(out.verdict.disposition == chains[_i].want, "%s: %s", chains[_i].label,
                  dmx_disposition_word(out.verdict.disposition));
    ck_slice_eq(chains[_i].label, dmx_slice_cstr(out.verdict.corroboration.indirect), chains[_i].indirect);
    road_end(&out);
}
END_TEST

/* E7: of each mechanism the result and what it was of, and why it did not pass, stay with the verdict. */
START_TEST(test_evidence_is_kept)
{
    const struct road_input in = {
        .zone = ZONE,
        .message =
            "DKIM-Signature: v=1; a=rsa-sha256; d=reject.example; s=s; h=from; bh=YWJj; b=YWJj\n"
            "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=t; h=from; bh=YWJj; b=YWJj\n" FROM("reject.example"),
        .ip = "192.0.2.99",
        .mail_from = "x@reject.example"};
    struct road_output out;
    road_play(&in, &out);
    const struct dmx_verdict *v = &out.verdict;
    ck_assert_msg(v->dkim_count == 2 && v->spf.result == DMX_FAIL, "E7 all results");
    ck_slice_eq("E7 SPF's domain", v->spf.domain, "reject.example");
    ck_slice_eq("E7 d=", v->dkim[1].domain, "other.example");
    ck_slice_eq("E7 s=", v->dkim[1].selector, "t");
    ck_assert_msg(v->spf.reason.token && v->dkim[0].reason.token && v->dkim[1].reason.token, "E7 reasons");
    road_end(&out);
}
END_TEST

/* G6: no option drops mail in silence. */
START_TEST(test_no_discard)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    ck_assert_msg(dmx_config_set(config, DMX_SLICE("on_reject=discard"), &error) == DMX_INVALID, "G6 on_reject");
    ck_assert_msg(dmx_config_set(config, DMX_SLICE("on_quarantine=discard"), &error) == DMX_INVALID,
                  "G6 on_quarantine");
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(exceptions)
{
    DMX_TEST(test_evidence_is_kept);
    DMX_TEST(test_no_discard);
    DMX_TABLE(test_chain, chains);
    DMX_TABLE(test_exception, rows);
    DMX_TABLE(test_override_type, rows);
    DMX_TABLE(test_mark, marks);
    DMX_TEST(test_relay_evidence);
    DMX_TABLE(test_about_reports, about);
    DMX_TABLE(test_deviation_has_a_reason, rows);
}
