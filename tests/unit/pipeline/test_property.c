/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What holds for every message, record and configuration: thousands of them, drawn by a generator with a fixed seed. A
 * failure prints the whole input.
 */
#include <string.h>

#include "dmx/mail/domain.h"
#include "dmx/pipeline/event.h"
#include "road.h"
#include "suite.h"

enum { WORLDS = 1500, TEXT = 2048 };

/* xorshift64*: the same worlds on every machine. */
static uint64_t state;

static size_t draw(size_t count)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (size_t)((state * 2685821657736338717ULL) >> 33) % count;
}

#define PICK(list) ((list)[draw(DMX_COUNT(list))])

static const char *const authors[] = {"victim.example", "victim.example", "sub.victim.example", "nx.victim.example",
                                      "broken.example", "two.example",    "nobody.example"};
static const char *const policies[] = {"none", "quarantine", "reject"};
static const char *const tags[] = {"",
                                   "; sp=none",
                                   "; sp=reject",
                                   "; np=quarantine",
                                   "; adkim=s",
                                   "; aspf=s",
                                   "; pct=0",
                                   "; pct=50",
                                   "; t=y",
                                   "; psd=n",
                                   "; psd=y",
                                   "; sp=x; rua=a@b",
                                   "; rua=mailto:r@victim.example",
                                   "; junk"};
static const char *const senders[] = {
    "ceo@victim.example", "x@spam.example", "x@broken-spf.example", "b@esp.example", "", "x@sub.victim.example"};
static const char *const ips[] = {"192.0.2.1", "192.0.2.50", "192.0.2.99", "192.0.2.66"};
static const char *const signatures[] = {
    NULL,
    "pass:victim.example",
    "fail:victim.example",
    "intact:victim.example",
    "pass:sub.victim.example",
    "pass:esp.example",
    "temperror:victim.example",
    "fail:a.example pass:b.example",
    "permerror:victim.example pass:victim.example",
};
static const char *const options[] = {
    "rules=rfc9989",
    "on_reject=corroborated",
    "on_reject=quarantine",
    "on_quarantine=reject",
    "on_quarantine=none",
    "on_quarantine=freeze",
    "on_quarantine=redirect:jail@r.example",
    "on_temperror=defer",
    "on_bad_from=reject",
    "mode=monitor",
    "corroborate_domains=victim.example,*.victim.example",
    "approved_domains=esp.example for victim.example",
    "forwarders=192.0.2.50,b.example",
    "inbound_relays=192.0.2.66",
    "policy_overrides=victim.example quarantine until 2030-01-01",
    "policy_overrides=sub.victim.example none until 2020-01-01",
    "exempt_recipients=abuse@*",
    "dns_max_questions=4",
};
static const char *const acls[] = {NULL, NULL, NULL, "quarantine", "monitor", "noreport", "nonsense"};

/* One drawn world. Texts that road_input points to live here. */
struct world {
    char policy[20], tail[200], zone[TEXT], message[TEXT], options[TEXT];
    const char *author, *fields;
    struct road_input in;
};

static void put_zone(struct world *w)
{
    snprintf(
        w->zone, sizeof w->zone,
        "_dmarc.victim.example. TXT \"v=DMARC1; p=%s%s\"\n"
        "victim.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\nsub.victim.example. TXT \"v=spf1 ip4:192.0.2.50 -all\"\n"
        "spam.example. TXT \"v=spf1 ip4:192.0.2.99 -all\"\nesp.example. TXT \"v=spf1 ip4:192.0.2.50 -all\"\n"
        "_dmarc.two.example. TXT \"v=DMARC1; p=none\"\n_dmarc.two.example. TXT \"v=DMARC1; p=reject\"\n"
        "$FAIL _dmarc.broken.example. TXT SERVFAIL\n$FAIL broken-spf.example. TXT TIMEOUT\n"
        "$FAIL s._domainkey.stranger.example. TXT SERVFAIL\n",
        w->policy, w->tail);
}

static void put_message(struct world *w)
{
    snprintf(w->message, sizeof w->message, "%sFrom: ceo@%s\nSubject: x\n\nbody\n", w->fields, w->author);
}

static void finish(struct world *w)
{
    put_zone(w);
    put_message(w);
    w->in.zone = w->zone;
    w->in.message = w->message;
    w->in.options = w->options;
}

static void add_option(struct world *w, const char *option)
{
    size_t len = strlen(w->options);
    snprintf(w->options + len, sizeof w->options - len, "%s%s", len ? ";" : "", option);
}

static void draw_world(struct world *w)
{
    *w = (struct world){.author = PICK(authors), .fields = ""};
    snprintf(w->policy, sizeof w->policy, "%s", PICK(policies));
    for (size_t i = draw(3); i > 0; i--) {
        const char *tag = PICK(tags);
        /* A tag that stands twice spoils the record, which is tested elsewhere. */
        if (!strstr(w->tail, tag))
            snprintf(w->tail + strlen(w->tail), sizeof w->tail - strlen(w->tail), "%s", tag);
    }
    for (size_t i = draw(4); i > 0; i--)
        add_option(w, PICK(options));
    w->in = (struct road_input){.ip = PICK(ips),
                                .mail_from = PICK(senders),
                                .dkim = PICK(signatures),
                                .acl = PICK(acls),
                                .acl_signal = draw(6) == 0 ? "listed" : NULL,
                                .recipients = "user@r.example",
                                .draw = (unsigned)draw(100)};
    finish(w);
}

static const char *told(const struct world *w)
{
    static char text[4 * TEXT];
    snprintf(text, sizeof text, "\n%s\n%sip %s, MAIL FROM <%s>, DKIM %s, ACL %s, signal %s, draw %u\noptions %s",
             w->zone, w->message, w->in.ip, w->in.mail_from, w->in.dkim ? w->in.dkim : "-", w->in.acl ? w->in.acl : "-",
             w->in.acl_signal ? w->in.acl_signal : "-", w->in.draw, w->options);
    return text;
}

/* E5: a pass needs something that passed, of a domain that lies in one organization with the author's. */
static bool has_aligned_pass(const struct dmx_verdict *v)
{
    struct dmx_slice org = v->dmarc.org_domain;
    if (v->spf.result == DMX_PASS && v->spf.identity == DMX_SPF_MAILFROM && dmx_domain_within(v->spf.domain, org))
        return true;
    for (size_t i = 0; i < v->dkim_count; i++)
        if (v->dkim[i].result == DMX_PASS && dmx_domain_within(v->dkim[i].domain, org))
            return true;
    return false;
}

START_TEST(pass_needs_an_aligned_identifier)
{
    size_t passes = 0;
    state = 1 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS; i++) {
        struct world w;
        struct road_output out;
        draw_world(&w);
        road_play(&w.in, &out);
        const struct dmx_verdict *v = &out.verdict;
        bool passed = v->dmarc.result == DMX_PASS;
        ck_assert_msg(!passed || has_aligned_pass(v), "a pass of nothing: %s", told(&w));
        ck_assert_msg(passed == (v->dmarc.spf_aligned || v->dmarc.dkim_aligned) || !v->judged, "aligned: %s", told(&w));
        ck_assert_msg(!passed || v->would_be == DMX_DISPOSITION_NONE || w.in.acl, "a pass is not punished: %s",
                      told(&w));
        passes += passed;
        road_end(&out);
    }
    ck_assert_uint_gt(passes, WORLDS / 20);
}
END_TEST

static enum dmx_disposition would_be_of(struct world *w)
{
    struct road_output out;
    finish(w);
    road_play(&w->in, &out);
    enum dmx_disposition got = out.verdict.would_be;
    road_end(&out);
    return got;
}

/* p=none, quarantine, reject with everything else alike: none of them fares better than the one before it. */
START_TEST(stricter_records_are_not_treated_more_gently)
{
    state = 77 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 3; i++) {
        struct world w;
        enum dmx_disposition last = DMX_DISPOSITION_NONE;
        draw_world(&w);
        for (size_t p = 0; p < DMX_COUNT(policies); p++) {
            snprintf(w.policy, sizeof w.policy, "%s", policies[p]);
            enum dmx_disposition got = would_be_of(&w);
            ck_assert_msg(got >= last, "%s is treated as %s: %s", policies[p], dmx_disposition_word(got), told(&w));
            last = got;
        }
    }
}
END_TEST

START_TEST(shadow_never_changes_the_outcome)
{
    state = 4711 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 2; i++) {
        struct world w;
        struct road_output with, without;
        draw_world(&w);
        road_play(&w.in, &without);
        add_option(&w, "shadow=yes");
        road_play(&w.in, &with);
        const struct dmx_verdict *a = &with.verdict, *b = &without.verdict;
        ck_assert_msg(a->disposition == b->disposition && a->would_be == b->would_be &&
                          a->header_only == b->header_only,
                      "disposition: %s", told(&w));
        ck_assert_msg(a->dmarc.result == b->dmarc.result && a->has_policy == b->has_policy &&
                          (!a->has_policy || a->policy == b->policy),
                      "result: %s", told(&w));
        ck_assert_msg(dmx_slice_eq(a->override.comment, b->override.comment), "override: %s", told(&w));
        ck_assert_msg(!a->shadow.judged ||
                          a->shadow.rules != (strstr(w.options, "rfc9989") ? DMX_RULES_9989 : DMX_RULES_7489),
                      "which rules: %s", told(&w));
        ck_assert_msg(a->questions <= with.config->dns_max_questions, "questions: %s", told(&w));
        road_end(&with);
        road_end(&without);
    }
}
END_TEST

/* What somebody who is not the author can put into a message, or into the session. */
static const char *const additions[] = {
    "List-Id: <l.stranger.example>\nList-Post: <mailto:l@stranger.example>\n",
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=stranger.example; s=s; b=YWJj\n"
    "ARC-Message-Signature: i=1; a=rsa-sha256; d=stranger.example; s=s; h=from; bh=YWJj; b=YWJj\n"
    "ARC-Authentication-Results: i=1; stranger.example; dmarc=pass header.from=victim.example\n",
    "Authentication-Results: mx.receiver.example; dmarc=pass header.from=victim.example\n",
    "Received: from mx.victim.example\nSender: ceo@victim.example\nResent-From: x@esp.example\n",
    "Precedence: list\nX-DMARC-Fail-Policy: none\n",
};
static const char *const more_signatures[] = {
    "fail:victim.example",   "permerror:victim.example",   "policy:stranger.example",
    "pass:stranger.example", "temperror:stranger.example", "neutral:victim.example",
};

/* Where a forger can pass himself off as a mailing list, refusing becomes quarantine, as RFC 9989 section 7.4 wants it. */
static bool looks_like_a_list(const struct world *w, const char *signature)
{
    bool corroborated = strstr(w->options, "corroborated") || strstr(w->options, "rfc9989");
    return corroborated && strstr(w->fields, "List-Id") && strstr(signature, "pass:");
}

START_TEST(additions_never_make_it_gentler)
{
    state = 99991 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 2; i++) {
        struct world w;
        char signature_list[200];
        draw_world(&w);
        enum dmx_disposition before = would_be_of(&w);
        const char *signature = PICK(more_signatures);
        if (draw(2)) {
            snprintf(signature_list, sizeof signature_list, "%s%s%s", w.in.dkim ? w.in.dkim : "", w.in.dkim ? " " : "",
                     signature);
            w.in.dkim = signature_list;
        } else {
            signature = "";
        }
        w.fields = PICK(additions);
        enum dmx_disposition after = would_be_of(&w);
        bool list = looks_like_a_list(&w, w.in.dkim ? w.in.dkim : "");
        if (list && before == DMX_DISPOSITION_REJECT)
            before = strstr(w.options, "on_quarantine=none") ? DMX_DISPOSITION_NONE : DMX_DISPOSITION_QUARANTINE;
        ck_assert_msg(after >= before, "%s became %s by %s: %s", dmx_disposition_word(before),
                      dmx_disposition_word(after), signature, told(&w));
    }
}
END_TEST

/* A recipient more may turn a refusal into quarantine where he is exempt (design section 3), and never into less. */
START_TEST(recipients_never_exempt_others)
{
    state = 31337 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 3; i++) {
        struct world w;
        draw_world(&w);
        enum dmx_disposition before = would_be_of(&w);
        w.in.recipients = draw(2) ? "abuse@r.example user@r.example" : "user@r.example abuse@other.example x@y.example";
        enum dmx_disposition after = would_be_of(&w);
        enum dmx_disposition least = before == DMX_DISPOSITION_REJECT ? DMX_DISPOSITION_QUARANTINE : before;
        ck_assert_msg(after >= least && after != DMX_DISPOSITION_EXEMPT, "%s became %s: %s",
                      dmx_disposition_word(before), dmx_disposition_word(after), told(&w));
    }
}
END_TEST

/* E6: which stranger's domain the sender writes into MAIL FROM, and how its SPF ends, is all the same. */
START_TEST(failing_spf_of_strangers_buys_nothing)
{
    static const char *const strangers[] = {"x@spam.example", "x@broken-spf.example", "x@nothing.invalid"};
    state = 271828 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 6; i++) {
        struct world w;
        enum dmx_disposition got[DMX_COUNT(strangers)];
        draw_world(&w);
        /* Corroboration listens to SPF of whatever domain; a small limit cuts where others would be answered. */
        if (strstr(w.options, "corroborated") || strstr(w.options, "rfc9989") || strstr(w.options, "max_questions"))
            continue;
        w.in.ip = "192.0.2.60";
        for (size_t s = 0; s < DMX_COUNT(strangers); s++) {
            w.in.mail_from = strangers[s];
            got[s] = would_be_of(&w);
            ck_assert_msg(got[s] == got[0], "%s buys %s: %s", strangers[s], dmx_disposition_word(got[s]), told(&w));
        }
    }
}
END_TEST

/* Watching sees what enforcing does, and does nothing. */
START_TEST(monitor_only_watches)
{
    state = 161803 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 4; i++) {
        struct world w;
        struct road_output enforced, watched;
        draw_world(&w);
        if (strstr(w.options, "mode=monitor"))
            continue;
        road_play(&w.in, &enforced);
        add_option(&w, "mode=monitor");
        road_play(&w.in, &watched);
        ck_assert_msg(watched.verdict.disposition == DMX_DISPOSITION_NONE, "something was done: %s", told(&w));
        ck_assert_msg(watched.verdict.would_be == enforced.verdict.would_be, "would be: %s", told(&w));
        ck_assert_msg(!watched.verdict.exempt, "exempt: %s", told(&w));
        road_end(&enforced);
        road_end(&watched);
    }
}
END_TEST

/* What the journal keeps is enough: decided anew from its bytes, under the same options, everything comes out alike. */
START_TEST(the_ledger_decides_the_same)
{
    static char frame[DMX_EVENT_MAX];
    state = 8128 + (uint64_t)_i;
    for (size_t i = 0; i < WORLDS / 2; i++) {
        struct world w;
        struct road_output out;
        struct dmx_event event, read;
        struct dmx_builder b = dmx_builder_fixed(frame, sizeof frame);
        enum dmx_disposition again;
        size_t damaged = 0;
        draw_world(&w);
        road_play(&w.in, &out);
        ck_assert_int_eq(dmx_event_of(out.config, &out.envelope, &out.verdict, out.arena, &event), DMX_OK);
        dmx_event_put(&b, &event);
        struct dmx_slice bytes = dmx_builder_text(&b);
        ck_assert_msg(dmx_event_next(&bytes, out.arena, &read, &damaged), "no event: %s", told(&w));
        ck_assert_msg(dmx_event_replay(&read, out.config, out.arena, &again) == DMX_REPLAYED, "replay: %s", told(&w));
        ck_assert_msg(again == out.verdict.would_be, "%s, was %s: %s", dmx_disposition_word(again),
                      dmx_disposition_word(out.verdict.would_be), told(&w));
        road_end(&out);
    }
}
END_TEST

/* ---- DNS at its worst ---- */

static const char deep[] = "a.b.c.d.e.f.g.h.victim.example";

/* SERVFAIL or silence at each step of the walk: temperror or the verdict that the steps before it allow, never a pass. */
START_TEST(a_walk_that_breaks_off)
{
    static const char *const names[] = {"a.b.c.d.e.f.g.h.victim.example",
                                        "d.e.f.g.h.victim.example",
                                        "e.f.g.h.victim.example",
                                        "f.g.h.victim.example",
                                        "g.h.victim.example",
                                        "h.victim.example",
                                        "victim.example",
                                        "example"};
    static const char *const how[] = {"SERVFAIL", "TIMEOUT", "REFUSED"};
    for (size_t n = 0; n < DMX_COUNT(names); n++) {
        char zone[TEXT], message[TEXT];
        snprintf(zone, sizeof zone, "%s$FAIL _dmarc.%s. TXT %s\n",
                 strcmp(names[n], "victim.example") ? "_dmarc.victim.example. TXT \"v=DMARC1; p=reject\"\n" : "",
                 names[n], how[_i]);
        snprintf(message, sizeof message, "From: ceo@%s\n\nbody\n", deep);
        const struct road_input in = {.zone = zone,
                                      .message = message,
                                      .ip = "192.0.2.99",
                                      .mail_from = "x@spam.example",
                                      .options = "rules=rfc9989;shadow=yes"};
        struct road_output out;
        road_play(&in, &out);
        ck_assert_msg(out.verdict.dmarc.result == DMX_TEMPERROR, "C10 %s at %s: %s", how[_i], names[n],
                      dmx_result_word(out.verdict.dmarc.result));
        ck_assert_uint_le(out.verdict.questions, 20);
        road_end(&out);
    }
}
END_TEST

/* Two hundred records at one name, and one of 64 kB: a defined result, and soon. */
START_TEST(many_and_long_records)
{
    static char zone[256 * 1024];
    struct road_input in = {.zone = zone,
                            .message = "From: ceo@victim.example\n\nbody\n",
                            .ip = "192.0.2.99",
                            .mail_from = "x@spam.example",
                            .options = _i ? "rules=rfc9989;log_verbose=yes" : "log_verbose=yes"};
    struct road_output out;
    size_t len = 0;
    for (size_t i = 0; i < 200; i++)
        len += (size_t)snprintf(zone + len, sizeof zone - len,
                                "_dmarc.victim.example. TXT \"v=DMARC1; p=reject; x%zu=y\"\n", i);
    road_play(&in, &out);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_NONE);
    ck_assert_uint_eq(out.verdict.lint.count, 1);
    road_end(&out);
    len = (size_t)snprintf(zone, sizeof zone, "_dmarc.victim.example. TXT \"v=DMARC1; p=reject\"");
    for (size_t i = 0; i < 255; i++)
        len += (size_t)snprintf(
            zone + len, sizeof zone - len, " \";%0*d=1%.*s\"", 0, 0, 250,
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    snprintf(zone + len, sizeof zone - len, "\n");
    road_play(&in, &out);
    ck_assert_int_eq(out.verdict.dmarc.result, DMX_FAIL);
    ck_assert_int_eq(out.verdict.policy, DMX_POLICY_REJECT);
    ck_assert_uint_eq(out.verdict.lint.count, DMX_LINT_MAX);
    road_end(&out);
}
END_TEST

static const int seeds[4];
static const int three[3], two[2];

DMX_SUITE(property)
{
    DMX_TABLE(pass_needs_an_aligned_identifier, seeds);
    DMX_TABLE(stricter_records_are_not_treated_more_gently, seeds);
    DMX_TABLE(shadow_never_changes_the_outcome, seeds);
    DMX_TABLE(additions_never_make_it_gentler, seeds);
    DMX_TABLE(recipients_never_exempt_others, seeds);
    DMX_TABLE(failing_spf_of_strangers_buys_nothing, seeds);
    DMX_TABLE(monitor_only_watches, seeds);
    DMX_TABLE(the_ledger_decides_the_same, seeds);
    DMX_TABLE(a_walk_that_breaks_off, three);
    DMX_TABLE(many_and_long_records, two);
}
