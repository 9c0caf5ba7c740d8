/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* How signatures and chains are told of: in Authentication-Results and in the log. */
#include <string.h>

#include "road.h"
#include "suite.h"

static char text[64 * 1024];

static struct dmx_slice authres_of(const struct dmx_verdict *verdict)
{
    static const struct dmx_envelope envelope = {.mail_from = DMX_SLICE_INIT("a@b.example")};
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_authres(&b, verdict, &envelope, DMX_SLICE("mx"));
    return dmx_builder_text(&b);
}

static struct dmx_slice log_of(const struct dmx_verdict *verdict)
{
    static const struct dmx_envelope envelope = {.mail_from = DMX_SLICE_INIT("a@b.example")};
    static const struct dmx_config config = {.log_verbose = true};
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_log(&b, &config, verdict, &envelope);
    return dmx_builder_text(&b);
}

static void check_in(const char *label, struct dmx_slice got, const char *want)
{
    ck_assert_msg(memmem(got.ptr, got.len, want, strlen(want)) != NULL, "%s: \"%s\" is not in \"%.*s\"", label, want,
                  DMX_SLICE_ARG(got));
}

static const struct {
    const char *label;
    struct dmx_dkim_result dkim;
    const char *in_authres, *in_log;
} signatures[] = {
    {"strong", {.result = DMX_PASS, .key_bits = 2048}, "header.d=d.example\n", "dkim=pass(d.example) "},
    {"short key",
     {.result = DMX_PASS, .key_bits = 1024, .weak = DMX_WEAK_SHORT_KEY},
     " header.d=d.example (1024-bit key, weak: short-key)\n",
     "dkim=pass(d.example:weak/short-key) "},
    {"two of them",
     {.result = DMX_PASS, .key_bits = 1024, .weak = DMX_WEAK_SHORT_KEY | DMX_WEAK_TESTING},
     "(1024-bit key, weak: short-key testing)",
     "dkim=pass(d.example:weak/short-key/testing) "},
    {"with a reason",
     {.result = DMX_POLICY, .weak = DMX_WEAK_SHA1, .reason = {.token = "rsa-sha1", .text = "no"}},
     "dkim=policy reason=\"no\" header.d=d.example (weak: sha1)",
     "dkim=policy(d.example:rsa-sha1:weak/sha1) "},
    {"part of the body",
     {.result = DMX_PASS, .key_bits = 2048, .weak = DMX_WEAK_LENGTH, .partial_body = true},
     "(2048-bit key, weak: length, part of the body is not signed)",
     "dkim=pass(d.example:weak/length) "},
};

START_TEST(signature)
{
    struct dmx_dkim_result dkim = signatures[_i].dkim;
    dkim.domain = DMX_SLICE("d.example");
    const struct dmx_verdict verdict = {.judged = true, .dkim = &dkim, .dkim_count = 1};
    check_in(signatures[_i].label, authres_of(&verdict), signatures[_i].in_authres);
    check_in(signatures[_i].label, log_of(&verdict), signatures[_i].in_log);
}
END_TEST

static const struct dmx_arc_set two[] = {
    {.instance = 1, .domain = DMX_SLICE_INIT("a.example")},
    {.instance = 2, .domain = DMX_SLICE_INIT("b.example")},
};
static const struct dmx_arc_set unread[] = {{.instance = 1, .domain = DMX_SLICE_INIT("a.example")}, {.instance = 2}};

static const struct {
    const char *label;
    bool has_arc;
    struct dmx_arc_result arc;
    const char *in_authres, *in_log; /* NULL: nothing of ARC */
} chains[] = {
    {"none", false, {0}, NULL, " arc=none "},
    {"pass",
     true,
     {.result = DMX_PASS, .sets = two, .count = 2},
     ";\n\tarc=pass (as[2].d=b.example as[1].d=a.example);",
     " arc=pass(b.example:2) "},
    {"oldest-pass",
     true,
     {.result = DMX_PASS, .sets = two, .count = 2, .has_oldest_pass = true, .oldest_pass = 2},
     "arc=pass header.oldest-pass=2 (as[2]",
     " arc=pass(b.example:2) "},
    {"oldest-pass, all",
     true,
     {.result = DMX_PASS, .sets = two, .count = 2, .has_oldest_pass = true},
     "arc=pass header.oldest-pass=0 (as[2]",
     " arc=pass(b.example:2) "},
    {"fail",
     true,
     {.result = DMX_FAIL, .sets = two, .count = 2, .reason = {.token = "x", .text = "the text"}},
     "arc=fail reason=\"the text\" (as[2].d=b.example as[1].d=a.example)",
     " arc=fail(b.example:x) "},
    {"a seal that could not be read",
     true,
     {.result = DMX_FAIL, .sets = unread, .count = 2, .reason = {.token = "x", .text = "the text"}},
     "arc=fail reason=\"the text\" (as[1].d=a.example)",
     " arc=fail(:x) "},
    {"no set at all",
     true,
     {.result = DMX_FAIL, .reason = {.token = "x", .text = "the text"}},
     "arc=fail reason=\"the text\";",
     " arc=fail(:x) "},
    {"left alone",
     true,
     {.result = DMX_FAIL, .reason = {.token = "not-evaluated", .text = "t"}},
     NULL,
     " arc=not-evaluated "},
};

START_TEST(chain)
{
    const struct dmx_verdict verdict = {.judged = true, .has_arc = chains[_i].has_arc, .arc = chains[_i].arc};
    struct dmx_slice field = authres_of(&verdict);
    if (chains[_i].in_authres)
        check_in(chains[_i].label, field, chains[_i].in_authres);
    else
        ck_assert_msg(!memmem(field.ptr, field.len, "\tarc=", 5), "%s: %.*s", chains[_i].label, DMX_SLICE_ARG(field));
    check_in(chains[_i].label, log_of(&verdict), chains[_i].in_log);
}
END_TEST

/* Fifty sealers: the field stays within its limit, and the results behind them are there. */
START_TEST(long_chain)
{
    static char name[254];
    struct dmx_arc_set sets[50];
    memset(name, 'a', sizeof name - 1);
    for (unsigned i = 0; i < 50; i++)
        sets[i] = (struct dmx_arc_set){.instance = i + 1, .domain = dmx_slice_cstr(name)};
    const struct dmx_verdict verdict = {
        .judged = true, .has_arc = true, .arc = {.result = DMX_PASS, .sets = sets, .count = 50}};
    struct dmx_slice field = authres_of(&verdict);
    ck_assert_uint_le(field.len, 1000);
    check_in("clipped", field, "...)");
    check_in("what follows", field, ";\n\tdkim=none\n");
}
END_TEST

/*
 * A chain whose keys alone are more than dns_max_questions: what DMARC needs, in several rounds, is asked before. A short
 * chain asks at the same time as the others.
 */
static const struct {
    const char *label;
    unsigned sets;
    size_t questions;
} lengths[] = {{"no chain", 0, 5}, {"ten sets", 10, 15}, {"eleven sets", 11, 16}, {"fifty sets", 50, 20}};

START_TEST(long_chain_asks_last)
{
    static char message[32 * 1024];
    struct dmx_builder b = dmx_builder_fixed(message, sizeof message);
    for (unsigned i = lengths[_i].sets; i > 0; i--) {
        char set[512];
        snprintf(set, sizeof set,
                 "ARC-Seal: i=%u; a=rsa-sha256; cv=%s; d=s%u.example; s=s; b=Zm9v\n"
                 "ARC-Message-Signature: i=%u; a=rsa-sha256; d=s%u.example; s=s; h=from; "
                 "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=Zm9v\nARC-Authentication-Results: i=%u; mx\n",
                 i, i == 1 ? "none" : "pass", i, i, i, i);
        dmx_put_cstr(&b, set);
    }
    dmx_put_cstr(&b, "From: a@author.example\n\nbody\n");
    ck_assert(!b.failed);
    const struct road_input in = {
        .zone = "_dmarc.author.example. TXT \"v=DMARC1; p=reject\"\n"
                "author.example. TXT \"v=spf1 include:a.author.example -all\"\n"
                "a.author.example. TXT \"v=spf1 include:b.author.example -all\"\n"
                "b.author.example. TXT \"v=spf1 include:c.author.example -all\"\n"
                "c.author.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n",
        .message = dmx_builder_text(&b).ptr,
        .ip = "192.0.2.1",
        .mail_from = "a@author.example",
        .options = "dns_max_questions=20",
    };
    struct road_output out;
    road_play(&in, &out);
    ck_assert_msg(out.verdict.dmarc.result == DMX_PASS, "%s: dmarc=%s", lengths[_i].label,
                  dmx_result_word(out.verdict.dmarc.result));
    ck_assert_int_eq(out.verdict.arc.result, lengths[_i].sets ? DMX_FAIL : DMX_NONE);
    ck_assert_msg(out.verdict.questions == lengths[_i].questions, "%s: %zu questions", lengths[_i].label,
                  out.verdict.questions);
    road_end(&out);
}
END_TEST

DMX_SUITE(evidence)
{
    DMX_TABLE(signature, signatures);
    DMX_TABLE(chain, chains);
    DMX_TEST(long_chain);
    DMX_TABLE(long_chain_asks_last, lengths);
}
