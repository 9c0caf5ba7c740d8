/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict as text: nothing from outside gets through raw, and every length holds. */
#include <string.h>

#include "dmx/mail/authres.h"
#include "road.h"
#include "suite.h"

#define ZONE                                                                                                        \
    "_dmarc.reject.example. TXT \"v=DMARC1; p=reject; rua=mailto:r@reject.example\"\nreject.example. TXT \"v=spf1 " \
    "ip4:192.0.2.1 -all\"\n"
#define FROM "From: ceo@reject.example\nSubject: x\n\nbody\n"

static const struct road_input forged = {
    .zone = ZONE, .message = FROM, .ip = "192.0.2.99", .mail_from = "x@reject.example"};

static char text[64 * 1024];

static struct dmx_slice authres_of(const struct road_output *out)
{
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_authres(&b, &out->verdict, &out->envelope, DMX_SLICE("mx.receiver.example"));
    return dmx_builder_text(&b);
}

static struct dmx_slice log_of(const struct road_output *out)
{
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_log(&b, out->config, &out->verdict, &out->envelope);
    return dmx_builder_text(&b);
}

static struct dmx_slice reply_of(const struct road_output *out)
{
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_reply(&b, out->config, &out->verdict, &out->envelope);
    return dmx_builder_text(&b);
}

static struct dmx_slice data_of(const struct road_output *out)
{
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_data(&b, &out->verdict);
    return dmx_builder_text(&b);
}

static const struct {
    const char *label;
    struct dmx_slice (*what)(const struct road_output *out);
    const char *options;
    const char *mail_from;
    const char *contains;
} rows[] = {
    {"G4 dmarc with header.from", authres_of, NULL, "x@reject.example", "dmarc=fail"},
    {"G4 policy.dmarc", authres_of, NULL, "x@reject.example", "policy.dmarc=reject"},
    {"G4 header.from", authres_of, NULL, "x@reject.example", "header.from=reject.example"},
    {"spf with its identity", authres_of, NULL, "x@reject.example", "smtp.mailfrom=x@reject.example"},
    {"our id first", authres_of, NULL, "x@reject.example", "Authentication-Results: mx.receiver.example;"},
    {"dkim none", authres_of, NULL, "x@reject.example", "dkim=none"},
    {"null sender shows helo", authres_of, NULL, "", "smtp.helo=mx.sender.example"},
    {"log result", log_of, NULL, "x@reject.example",
     " dmarc=fail policy=reject disposition=reject domain=reject.example"},
    {"log record", log_of, NULL, "x@reject.example", "record=\"v=DMARC1; p=reject; rua=mailto:r@reject.example\""},
    {"log monitor", log_of, "mode=monitor", "x@reject.example", "disposition=none would_be=reject"},
    {"log spf", log_of, NULL, "x@reject.example", " spf=fail(reject.example)"},
    {"G5 code and DMARC", reply_of, NULL, "x@reject.example", "5.7.1 DMARC: mail from reject.example"},
    {"own text", reply_of, "reject_text=No %{domain} from %{ip} (%{policy}) 100%%", "x@reject.example",
     "5.7.1 No reject.example from 192.0.2.99 (reject) 100%"},
    {"data", data_of, NULL, "x@reject.example",
     "dmarc=fail spf=fail policy=reject disposition=reject domain=reject.example"},
};

START_TEST(test_contains)
{
    struct road_input in = forged;
    struct road_output out;
    in.options = rows[_i].options;
    in.mail_from = rows[_i].mail_from;
    road_play(&in, &out);
    struct dmx_slice got = rows[_i].what(&out);
    ck_assert_msg(got.len && strstr(got.ptr, rows[_i].contains), "%s: \"%s\" is not in \"%.*s\"", rows[_i].label,
                  rows[_i].contains, DMX_SLICE_ARG(got));
    road_end(&out);
}
END_TEST

START_TEST(test_record_not_logged)
{
    struct road_input in = forged;
    struct road_output out;
    in.options = "log_dmarc_record=no";
    road_play(&in, &out);
    ck_assert_ptr_null(strstr(log_of(&out).ptr, "record=\"v=DMARC1"));
    road_end(&out);
}
END_TEST

static void assert_one_line(const char *label, struct dmx_slice got, size_t max)
{
    ck_assert_msg(got.len > 0 && got.len <= max, "%s: %zu bytes, at most %zu", label, got.len, max);
    for (size_t i = 0; i < got.len; i++)
        ck_assert_msg(got.ptr[i] >= ' ' && got.ptr[i] < 0x7f, "%s: byte %d at %zu", label, got.ptr[i], i);
}

/* Hostile bytes in every text that comes from outside. */
START_TEST(test_hostile_bytes)
{
    static const char evil[] = "x\r\nBcc: all\x80\x01\"\\(;\t\n250 OK";
    struct road_output out;
    road_play(&forged, &out);
    struct dmx_verdict *v = &out.verdict;
    struct dmx_dkim_result dkim[10];
    for (size_t i = 0; i < 10; i++)
        dkim[i] = (struct dmx_dkim_result){
            .result = DMX_PERMERROR,
            .domain = dmx_slice(evil, sizeof evil - 1),
            .selector = dmx_slice(evil, sizeof evil - 1),
            .algorithm = dmx_slice(evil, sizeof evil - 1),
            .signature = dmx_slice(evil, sizeof evil - 1),
            .reason = DMX_REASON_ABOUT("t", "s", NULL, dmx_slice(evil, sizeof evil - 1)),
        };
    v->dkim = dkim;
    v->dkim_count = 10;
    v->author.domain = v->spf.domain = dmx_slice(evil, sizeof evil - 1);
    out.envelope.mail_from = out.envelope.helo = dmx_slice(evil, sizeof evil - 1);
    out.envelope.acl = DMX_SLICE("bogus\r\nword");
    v->dmarc.reason = v->reason = v->spf.reason = dkim[0].reason;
    v->discovery.policy_domain = v->discovery.record.text = dmx_slice(evil, sizeof evil - 1);
    assert_one_line("log", log_of(&out), DMX_LOG_MAX);
    assert_one_line("data", data_of(&out), 1000);
    assert_one_line("reply", reply_of(&out), 1000);
    struct dmx_slice field = authres_of(&out);
    ck_assert(field.len > 0 && field.len <= DMX_AUTHRES_MAX);
    for (size_t i = 0; i + 1 < field.len; i++) {
        ck_assert_msg((field.ptr[i] >= ' ' && field.ptr[i] < 0x7f) || field.ptr[i] == '\n' || field.ptr[i] == '\t',
                      "header byte %d", field.ptr[i]);
        if (field.ptr[i] == '\n')
            ck_assert_msg(field.ptr[i + 1] == '\t' || field.ptr[i + 1] == ' ', "a line that is no fold");
    }
    road_end(&out);
}
END_TEST

/* The longest of everything stays within the limits, and the verdict is not what is cut. */
START_TEST(test_long_values)
{
    static char long_text[8000];
    memset(long_text, 'a', sizeof long_text - 1);
    struct dmx_slice big = dmx_slice_cstr(long_text);
    struct dmx_dkim_result dkim[100];
    struct road_output out;
    road_play(&forged, &out);
    for (size_t i = 0; i < 100; i++)
        dkim[i] = (struct dmx_dkim_result){.result = DMX_FAIL,
                                           .domain = big,
                                           .selector = big,
                                           .algorithm = big,
                                           .signature = big,
                                           .reason = DMX_REASON_ABOUT("t", "s", NULL, big)};
    out.verdict.dkim = dkim;
    out.verdict.dkim_count = 100;
    out.envelope.mail_from = big;
    out.verdict.spf.reason.detail = out.verdict.reason.detail = out.verdict.discovery.record.text = big;
    out.config->log_verbose = true;
    assert_one_line("log", log_of(&out), DMX_LOG_MAX);
    ck_assert_ptr_nonnull(strstr(log_of(&out).ptr, "dmarc=fail"));
    struct dmx_slice field = authres_of(&out);
    ck_assert_msg(field.len > 0 && field.len <= DMX_AUTHRES_MAX, "%zu bytes", field.len);
    ck_assert_ptr_nonnull(strstr(field.ptr, "dmarc=fail"));
    road_end(&out);
}
END_TEST

/* RFC 5321: a reply line of at most 512 bytes with code and CRLF; each begins with the enhanced code. */
START_TEST(test_reply_is_wrapped)
{
    struct road_input in = forged;
    struct road_output out;
    static char option[512];
    memcpy(option, "reject_text=", 12);
    for (size_t i = 12; i < sizeof option - 1; i++)
        option[i] = i % 9 ? 'w' : ' ';
    in.options = option;
    road_play(&in, &out);
    struct dmx_slice rest = reply_of(&out), line;
    size_t lines = 0;
    while (dmx_slice_split(&rest, '\n', &line)) {
        ck_assert_msg(line.len <= 480, "a line of %zu bytes", line.len);
        ck_assert(dmx_slice_starts(line, DMX_SLICE("5.7.1 ")));
        lines++;
    }
    ck_assert_uint_gt(lines, 1);
    road_end(&out);
}
END_TEST

static const struct {
    const char *label;
    const char *record;
    const char *options;
    const char *word;
} fail_policy_rows[] = {
    {"refused: no header", "p=reject", NULL, NULL},
    {"monitored reject", "p=reject", "mode=monitor", "reject"},
    {"reject as quarantine", "p=reject", "on_reject=quarantine", "reject"},
    {"quarantine", "p=quarantine", NULL, "quarantine"},
    {"none", "p=none", NULL, NULL},
};

START_TEST(test_fail_policy)
{
    char zone[200];
    snprintf(zone, sizeof zone, "_dmarc.a.example. TXT \"v=DMARC1; %s\"\n", fail_policy_rows[_i].record);
    const struct road_input in = {.zone = zone,
                                  .message = "From: a@a.example\n\nb\n",
                                  .ip = "192.0.2.9",
                                  .mail_from = "x@b.example",
                                  .options = fail_policy_rows[_i].options};
    struct road_output out;
    road_play(&in, &out);
    ck_slice_eq(fail_policy_rows[_i].label, dmx_slice_cstr(dmx_fail_policy_word(&out.verdict)),
                fail_policy_rows[_i].word ? fail_policy_rows[_i].word : "");
    road_end(&out);
}
END_TEST

START_TEST(test_exempt_log)
{
    struct road_input in = forged;
    struct road_output out;
    in.acl = "exempt:our own list\r\nserver";
    road_play(&in, &out);
    ck_slice_eq("log", log_of(&out), "dmx: disposition=exempt exempt=acl because=\"our own list\\x0d\\x0aserver\"");
    ck_slice_eq("data", data_of(&out), "dmarc=none disposition=exempt exempt=acl");
    road_end(&out);
}
END_TEST

static const struct {
    const char *label;
    const char *record;
    const char *flags;
} flag_rows[] = {
    {"nothing to mend", "v=spf1 -all", ""},
    {"+all", "v=spf1 +all", "+all"},
    {"all without qualifier", "v=spf1 all", "+all"},
    {"?all is no +all", "v=spf1 ?all", ""},
    {"ptr", "v=spf1 ptr -all", "ptr"},
    {"both", "v=spf1 ptr:b.example +all", "+all, ptr"},
    {"ten lookups", "v=spf1 a a a a a a a a a a -all", ""},
    {"eleven", "v=spf1 a a a a a a a a a a a -all", "over 10 lookups"},
};

/* RFC 7208 sections 4.6.4 and 5.5: what the owner of a record should mend, in the verbose log. */
START_TEST(test_spf_flags)
{
    char zone[400], want[64];
    snprintf(zone, sizeof zone, "a.example. TXT \"%s\"\na.example. A 192.0.2.200\n", flag_rows[_i].record);
    const struct road_input in = {.zone = zone,
                                  .message = "From: a@a.example\n\nb\n",
                                  .ip = "192.0.2.9",
                                  .mail_from = "x@a.example",
                                  .options = "log_verbose=yes"};
    struct road_output out;
    road_play(&in, &out);
    const char *log = log_of(&out).ptr;
    snprintf(want, sizeof want, " spf_flags=\"%s\"", flag_rows[_i].flags);
    if (flag_rows[_i].flags[0])
        ck_assert_msg(strstr(log, want) != NULL, "%s: %s", flag_rows[_i].label, log);
    else
        ck_assert_msg(strstr(log, "spf_flags") == NULL, "%s: %s", flag_rows[_i].label, log);
    road_end(&out);
}
END_TEST

/* HELO is evidence only: shown, and of no weight. */
START_TEST(test_helo_is_evidence)
{
    struct road_input in = forged;
    struct road_output out;
    in.zone = ZONE "mx.sender.example. TXT \"v=spf1 +all\"\n_dmarc.sender.example. TXT \"v=DMARC1; p=reject\"\n";
    in.message = "From: a@sender.example\n\nb\n";
    in.options = "spf_helo=yes";
    road_play(&in, &out);
    ck_assert_int_eq(out.verdict.helo.result, DMX_PASS);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_FAIL);
    ck_assert_ptr_nonnull(strstr(log_of(&out).ptr, " helo_spf=pass(helo mx.sender.example)"));
    ck_assert_ptr_nonnull(strstr(authres_of(&out).ptr, "spf=pass smtp.helo=mx.sender.example"));
    road_end(&out);
}
END_TEST

DMX_SUITE(effects)
{
    DMX_TABLE(test_contains, rows);
    DMX_TEST(test_record_not_logged);
    DMX_TEST(test_hostile_bytes);
    DMX_TEST(test_long_values);
    DMX_TEST(test_reply_is_wrapped);
    DMX_TABLE(test_fail_policy, fail_policy_rows);
    DMX_TEST(test_exempt_log);
    DMX_TABLE(test_spf_flags, flag_rows);
    DMX_TEST(test_helo_is_evidence);
}
