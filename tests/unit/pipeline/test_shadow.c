/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* M1: the other rule set in the shadow. */
#include <string.h>

#include "road.h"
#include "suite.h"

#define ZONE                                                           \
    "_dmarc.reject.example. TXT \"v=DMARC1; p=reject\"\n"              \
    "_dmarc.trial.example. TXT \"v=DMARC1; p=reject; pct=0\"\n"        \
    "_dmarc.mid.long.example. TXT \"v=DMARC1; p=quarantine; psd=n\"\n" \
    "_dmarc.long.example. TXT \"v=DMARC1; p=none\"\n"                  \
    "_dmarc.bank. TXT \"v=DMARC1; p=reject; psd=y\"\n"                 \
    "$FAIL _dmarc.broken.example. TXT SERVFAIL\n"

#define NONE DMX_DISPOSITION_NONE
#define QUAR DMX_DISPOSITION_QUARANTINE
#define REJ  DMX_DISPOSITION_REJECT

static const struct {
    const char *label, *domain, *options, *dkim;
    enum dmx_disposition own, other; /* would_be */
    enum dmx_result other_result;
    const char *policy_domain;
} rows[] = {
    {"M1 corroborated instead of reject", "reject.example", NULL, NULL, REJ, QUAR, DMX_FAIL, "reject.example"},
    {"M1 the same from the other side", "reject.example", "rules=rfc9989", NULL, QUAR, REJ, DMX_FAIL, "reject.example"},
    {"M1 an option given counts in both", "reject.example", "on_reject=reject", NULL, REJ, REJ, DMX_FAIL,
     "reject.example"},
    {"M1 pct has no effect in the new one", "trial.example", "on_reject=reject", NULL, QUAR, REJ, DMX_FAIL,
     "trial.example"},
    {"M1 psd=n between", "a.mid.long.example", NULL, NULL, NONE, QUAR, DMX_FAIL, "mid.long.example"},
    {"M1 a public suffix's policy", "new.bank", "on_reject=reject", NULL, NONE, REJ, DMX_FAIL, "bank"},
    {"M1 alignment by the walk", "reject.example", "on_reject=reject", "pass:x.reject.example", NONE, NONE, DMX_PASS,
     "reject.example"},
    {"M1 alignment ends at psd=n", "a.mid.long.example", "rules=rfc9989", "pass:long.example", QUAR, NONE, DMX_PASS,
     "long.example"},
    {"M1 nothing to find", "nobody.example", NULL, NULL, NONE, NONE, DMX_NONE, ""},
    {"M1 monitored", "reject.example", "mode=monitor", NULL, REJ, QUAR, DMX_FAIL, "reject.example"},
    {"M1 temperror in both", "broken.example", NULL, NULL, NONE, NONE, DMX_TEMPERROR, ""},
};

static void play(size_t row, const char *options, struct road_output *out)
{
    char text[300], message[200];
    snprintf(message, sizeof message, "From: ceo@%s\nSubject: x\n\nbody\n", rows[row].domain);
    snprintf(text, sizeof text, "%s%s%s", options ? options : "shadow=no", rows[row].options ? ";" : "",
             rows[row].options ? rows[row].options : "");
    const struct road_input in = {.zone = ZONE,
                                  .message = message,
                                  .ip = "192.0.2.99",
                                  .mail_from = "x@spam.example",
                                  .options = text,
                                  .dkim = rows[row].dkim};
    road_play(&in, out);
}

START_TEST(shadow_judges)
{
    struct road_output out;
    play((size_t)_i, "shadow=yes", &out);
    const struct dmx_shadow *s = &out.verdict.shadow;
    ck_assert_msg(s->judged, "%s: not judged", rows[_i].label);
    ck_assert_msg(out.verdict.would_be == rows[_i].own && s->would_be == rows[_i].other, "%s: got %s and %s",
                  rows[_i].label, dmx_disposition_word(out.verdict.would_be), dmx_disposition_word(s->would_be));
    ck_assert_msg(s->dmarc.result == rows[_i].other_result, "%s: got %s", rows[_i].label,
                  dmx_result_word(s->dmarc.result));
    ck_slice_eq(rows[_i].label, s->policy_domain, rows[_i].policy_domain);
    ck_assert_msg(s->differs == (rows[_i].own != rows[_i].other), "%s: differs", rows[_i].label);
    road_end(&out);
}
END_TEST

/* Whatever the shadow says, the verdict is the one without it; and it costs no DNS question twice. */
START_TEST(shadow_changes_nothing)
{
    struct road_output with, without;
    play((size_t)_i, "shadow=yes", &with);
    play((size_t)_i, "shadow=no", &without);
    struct dmx_verdict *a = &with.verdict, *b = &without.verdict;
    ck_assert(!b->shadow.judged);
    ck_assert_int_eq(a->dmarc.result, b->dmarc.result);
    ck_assert_int_eq(a->disposition, b->disposition);
    ck_assert_int_eq(a->would_be, b->would_be);
    ck_assert_int_eq(a->has_policy, b->has_policy);
    ck_assert_int_eq(a->policy, b->policy);
    ck_assert(dmx_slice_eq(dmx_slice_cstr(a->override.type), dmx_slice_cstr(b->override.type)));
    ck_assert(dmx_slice_eq(a->override.comment, b->override.comment));
    ck_assert(dmx_slice_eq(a->discovery.policy_domain, b->discovery.policy_domain));
    ck_assert_uint_ge(a->questions, b->questions);
    ck_assert_uint_le(a->questions, b->questions + 12);
    road_end(&with);
    road_end(&without);
}
END_TEST

/* What a limit may have cut is no opinion. */
START_TEST(shadow_without_room)
{
    struct road_output out;
    play(0, "shadow=yes;dns_max_questions=2", &out);
    ck_assert(!out.verdict.shadow.judged);
    ck_assert_int_eq(out.verdict.disposition, REJ);
    road_end(&out);
}
END_TEST

static const struct {
    const char *label, *options;
    bool logged;
} logs[] = {
    {"a difference", "shadow=yes", true},
    {"none", "shadow=yes;on_reject=reject", false},
    {"no shadow", "shadow=no", false},
};

START_TEST(shadow_in_the_log)
{
    static char text[DMX_LOG_MAX + 1];
    struct road_output out;
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    play(0, logs[_i].options, &out);
    dmx_put_log(&b, out.config, &out.verdict, &out.envelope);
    bool found = strstr(dmx_builder_text(&b).ptr, " shadow_rules=rfc9989 shadow_dmarc=fail shadow_policy=reject "
                                                  "shadow_disposition=quarantine") != NULL;
    ck_assert_msg(found == logs[_i].logged, "%s: %s", logs[_i].label, text);
    road_end(&out);
}
END_TEST

DMX_SUITE(shadow)
{
    DMX_TABLE(shadow_judges, rows);
    DMX_TABLE(shadow_changes_nothing, rows);
    DMX_TEST(shadow_without_room);
    DMX_TABLE(shadow_in_the_log, logs);
}
