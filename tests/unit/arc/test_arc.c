/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Chains that hold, and everything that breaks one (RFC 8617 section 5.2). */
#include <string.h>

#include "dmx/arc/arc.h"
#include "dmx/base/clock.h"
#include "dmx/dns/zone.h"
#include "forge.h"
#include "suite.h"

struct play {
    struct dmx_slice zone;
    struct dmx_slice message;
    struct dmx_arc_settings settings;
    struct dmx_budget budget;
    size_t max_questions;
    size_t questions;
    struct dmx_arc_result result;
};

static struct play play_of(struct dmx_slice message)
{
    return (struct play){.zone = forge_zone(),
                         .message = message,
                         .settings = {.min_rsa_bits = 1024, .max_signatures = 10, .now_s = 1700000000},
                         .budget = DMX_BUDGET_UNLIMITED,
                         .max_questions = 200};
}

static void play(struct play *p)
{
    struct dmx_arena *arena = forge_arena();
    struct dmx_message message = {0}, *kept = dmx_arena_alloc(arena, sizeof *kept);
    struct dmx_verify_memo memo = {0};
    struct dmx_answers *book = dmx_answers_new(arena, p->max_questions);
    struct dmx_zone *zone;
    struct dmx_reason reason;
    struct dmx_arc *arc;
    size_t line;
    p->settings.memo = &memo;
    ck_assert_int_eq(dmx_zone_parse(p->zone, arena, &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(p->message, arena, &message), DMX_OK);
    *kept = message;
    ck_assert_int_eq(dmx_arc_begin(kept, &p->settings, arena, &arc), DMX_OK);
    struct dmx_dns_source source = dmx_zone_source(zone);
    int rounds = 0;
    while (dmx_arc_eval(arc, book, &p->budget) == DMX_PENDING) {
        ck_assert_int_lt(rounds++, 1);
        source.resolve(source.ctx, book, &p->budget);
    }
    p->questions = dmx_answers_count(book);
    p->result = *dmx_arc_get(arc);
}

static void check(const char *label, const struct play *p, enum dmx_result want, const char *token)
{
    const struct dmx_reason *reason = &p->result.reason;
    ck_assert_msg(p->result.result == want, "%s: got %s (%s)", label, dmx_result_word(p->result.result),
                  reason->token ? reason->token : "");
    ck_slice_eq(label, dmx_slice_cstr(reason->token), token ? token : "");
    ck_assert_msg(want != DMX_FAIL || reason->text != NULL, "%s: a reason without a sentence", label);
}

static struct dmx_slice edit(struct dmx_slice text, const char *from, const char *to)
{
    const char *at = memmem(text.ptr, text.len, from, strlen(from));
    ck_assert_msg(at != NULL, "\"%s\" does not occur", from);
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 8 * 1024 * 1024);
    dmx_put(&b, dmx_slice(text.ptr, (size_t)(at - text.ptr)));
    dmx_put_cstr(&b, to);
    dmx_put(&b, dmx_slice_from(text, (size_t)(at - text.ptr) + strlen(from)));
    return dmx_builder_text(&b);
}

/* ---- structure ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    struct forge_set sets[3];
    size_t count;
    enum dmx_result want;
    const char *token;
    const char *detail;
} chains[] = {
    {"no set", {{0}}, 0, DMX_NONE, NULL, NULL},
    {"one set", {{0}}, 1, DMX_PASS, NULL, NULL},
    {"two sets", {{0}}, 2, DMX_PASS, NULL, NULL},
    {"three sets", {{0}}, 3, DMX_PASS, NULL, NULL},
    {"three sets of one sealer",
     {{.domain = "a.example"}, {.domain = "a.example"}, {.domain = "a.example"}},
     3,
     DMX_PASS,
     NULL,
     NULL},
    {"an instance with a zero before it", {{.head = "i=01;"}}, 1, DMX_PASS, NULL, NULL},
    {"comments around the instance", {{.head = "(a) i (b) = (c(d)) 1 (;) ;"}}, 1, DMX_PASS, NULL, NULL},
    {"results that say nothing", {{.results = "x"}}, 1, DMX_PASS, NULL, NULL},

    {"results missing", {{.no_results = true}}, 1, DMX_FAIL, "arc-set-incomplete", "i=1"},
    {"message signature missing", {{.no_message = true}}, 1, DMX_FAIL, "arc-set-incomplete", "i=1"},
    {"seal missing", {{.no_seal = true}}, 1, DMX_FAIL, "arc-set-incomplete", "i=1"},
    {"results missing of two", {{0}, {.no_results = true}}, 2, DMX_FAIL, "arc-set-incomplete", "i=2"},
    {"first seal missing of two", {{.no_seal = true}}, 2, DMX_FAIL, "arc-set-incomplete", "i=1"},
    {"first set missing", {{.instance = 2}}, 1, DMX_FAIL, "arc-set-missing", "i=1"},
    {"second set missing", {{0}, {.instance = 3}}, 2, DMX_FAIL, "arc-set-missing", "i=2"},
    {"results twice", {{.results_twice = true}}, 1, DMX_FAIL, "arc-field-twice", "i=1"},
    {"message signature twice", {{.message_twice = true}}, 1, DMX_FAIL, "arc-field-twice", "i=1"},
    {"seal twice", {{0}, {.seal_twice = true}}, 2, DMX_FAIL, "arc-field-twice", "i=2"},
    {"an instance twice", {{0}, {.instance = 1}}, 2, DMX_FAIL, "arc-field-twice", "i=1"},

    {"cv=pass first", {{.cv = "pass"}}, 1, DMX_FAIL, "arc-chain-status-wrong", "i=1"},
    {"cv=none second", {{0}, {.cv = "none"}}, 2, DMX_FAIL, "arc-chain-status-wrong", "i=2"},
    {"cv=fail", {{.cv = "fail"}}, 1, DMX_FAIL, "arc-chain-failed", "i=1"},
    {"cv=fail newest", {{0}, {0}, {.cv = "fail"}}, 3, DMX_FAIL, "arc-chain-failed", "i=3"},
    {"cv=fail in the middle", {{0}, {.cv = "fail"}}, 3, DMX_FAIL, "arc-chain-failed", "i=2"},
    {"cv=Pass", {{0}, {.cv = "Pass"}}, 2, DMX_FAIL, "arc-chain-status", "Pass"},
    {"cv empty", {{.cv = ""}}, 1, DMX_FAIL, "arc-chain-status", ""},

    {"no i= in the results", {{.head = "mx.example;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i= behind another word", {{.head = "x; i=1;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i=0", {{.head = "i=0;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i=51", {{.head = "i=51;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i=001", {{.head = "i=001;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i=+1", {{.head = "i=+1;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"I=1", {{.head = "I=1;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"i=1 without semicolon", {{.head = "i=1 "}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"a comment without end", {{.head = "i=1 (;"}}, 1, DMX_FAIL, "arc-results-instance", ""},
    {"results of another instance", {{.head = "i=2;"}}, 1, DMX_FAIL, "arc-set-incomplete", "i=2"},
    {"no i= in the message signature", {{.no_message_instance = true}}, 1, DMX_FAIL, "signature-tag-missing", ""},
    {"no i= in the seal", {{.no_seal_instance = true}}, 1, DMX_FAIL, "signature-tag-missing", ""},
    {"i=x in the seal", {{.no_seal_instance = true, .seal = "i=x;"}}, 1, DMX_FAIL, "arc-instance", "x"},
    {"i=51 in the seal", {{.no_seal_instance = true, .seal = "i=51;"}}, 1, DMX_FAIL, "arc-instance", "51"},

    {"h= in a seal", {{.seal = "h=from;"}}, 1, DMX_FAIL, "arc-seal-names", ""},
    {"v= in a message signature", {{.message = "v=7;"}}, 1, DMX_PASS, NULL, NULL},
    {"v= in a seal", {{.seal = "v=7;"}}, 1, DMX_PASS, NULL, NULL},
    {"unknown tags", {{.message = "fh=x; dara=y;", .seal = "zz=1;"}}, 1, DMX_PASS, NULL, NULL},
    {"a tag twice", {{.seal = "s=s;"}}, 1, DMX_FAIL, "tag-twice", "s"},
    {"no tag list", {{.message = ";"}}, 1, DMX_FAIL, "bad-tag-list", NULL},
    {"From is not signed", {{.names = "subject"}}, 1, DMX_FAIL, "from-not-signed", ""},
    {"From is not signed by an older one", {{.names = "subject"}}, 2, DMX_PASS, NULL, NULL},
    {"an older one of an unknown query", {{.message = "q=x;"}}, 2, DMX_PASS, NULL, NULL},
    {"the newest one of an unknown query", {{0}, {.message = "q=x;"}}, 2, DMX_FAIL, "signature-query", "x"},
    {"x= is over", {{.message = "x=1600000000;"}}, 1, DMX_FAIL, "signature-expired", "i=1"},
    {"x= is now", {{.message = "x=1700000000;"}}, 1, DMX_PASS, NULL, NULL},
    {"x= of an older one is over", {{.message = "x=1600000000;"}}, 2, DMX_PASS, NULL, NULL},

    {"bad message signature", {{.bad_message = true}}, 1, DMX_FAIL, "signature-mismatch", "i=1"},
    {"bad message signature, newest", {{0}, {.bad_message = true}}, 2, DMX_FAIL, "signature-mismatch", "i=2"},
    {"bad message signature, older", {{.bad_message = true}}, 2, DMX_PASS, NULL, NULL},
    {"bad seal", {{.bad_seal = true}}, 1, DMX_FAIL, "signature-mismatch", "i=1"},
    {"bad seal, oldest", {{.bad_seal = true}}, 3, DMX_FAIL, "signature-mismatch", "i=1"},
    {"bad seal, newest", {{0}, {0}, {.bad_seal = true}}, 3, DMX_FAIL, "signature-mismatch", "i=3"},
    {"nobody's key", {{.domain = "i1.test"}}, 2, DMX_FAIL, "key-missing", "i=1"},
    {"nobody's key, newest", {{0}, {.domain = "i2.test"}}, 2, DMX_FAIL, "key-missing", "i=2"},
    {"l= over all", {{.message = "l=6;"}}, 1, DMX_PASS, NULL, NULL},
    {"l= beyond the body", {{.message = "l=7;"}}, 1, DMX_FAIL, "body-hash-mismatch", "i=1"},
};

START_TEST(chain)
{
    struct play p = play_of(forge_chain(chains[_i].sets, chains[_i].count));
    play(&p);
    check(chains[_i].label, &p, chains[_i].want, chains[_i].token);
    if (chains[_i].detail)
        ck_slice_eq(chains[_i].label, p.result.reason.detail, chains[_i].detail);
    ck_assert_msg(chains[_i].want != DMX_PASS || p.result.count == chains[_i].count, "%s: sets", chains[_i].label);
}
END_TEST

START_TEST(chain_with_crlf)
{
    struct dmx_slice text = forge_chain(chains[_i].sets, chains[_i].count);
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 1024 * 1024);
    for (size_t i = 0; i < text.len; i++)
        dmx_put(&b, text.ptr[i] == '\n' ? DMX_SLICE("\r\n") : dmx_slice(text.ptr + i, 1));
    struct play p = play_of(dmx_builder_text(&b));
    play(&p);
    check(chains[_i].label, &p, chains[_i].want, chains[_i].token);
}
END_TEST

/* Nothing is asked about a chain that cannot pass, and each key once. */
static const struct {
    const char *label;
    struct forge_set sets[3];
    size_t count;
    size_t questions;
} asked[] = {
    {"nothing", {{0}}, 0, 0},
    {"one set, one key", {{0}}, 1, 1},
    {"three sealers", {{0}}, 3, 3},
    {"one sealer three times", {{.domain = "a.example"}, {.domain = "a.example"}, {.domain = "a.example"}}, 3, 1},
    {"broken", {{.no_seal = true}}, 3, 0},
    {"failed before", {{0}, {0}, {.cv = "fail"}}, 3, 0},
    {"expired", {{.message = "x=1;"}}, 1, 0},
};

START_TEST(questions)
{
    struct play p = play_of(forge_chain(asked[_i].sets, asked[_i].count));
    play(&p);
    ck_assert_msg(p.questions == asked[_i].questions, "%s: %zu questions", asked[_i].label, p.questions);
}
END_TEST

/* ---- what happens to the message ----------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    const char *from, *to;
    enum dmx_result want;
    const char *token;
} changes[] = {
    {"the body", "\nbody", "\nbodx", DMX_FAIL, "body-hash-mismatch"},
    {"From", "a@author", "b@author", DMX_FAIL, "signature-mismatch"},
    {"a field that is not signed", "Subject:", "Comments: x\nSubject:", DMX_PASS, NULL},
    {"white space", "Subject:  s", "SUBJECT: \t s  ", DMX_PASS, NULL},
    {"a claim", "dmarc=pass", "dmarc=fail", DMX_FAIL, "signature-mismatch"},
    {"a fold in the claim", "; dmarc", ";\n\tdmarc", DMX_PASS, NULL},
    {"a second From below", "Subject:", "From: x@y\nSubject:", DMX_FAIL, "signature-mismatch"},
    {"a set with only one field on top", "ARC-Seal", "ARC-Seal: i=4\nARC-Seal", DMX_FAIL, "signature-tag-missing"},
    {"field names of another case", "ARC-Seal", "arc-SEAL", DMX_PASS, NULL},
    {"a field that only looks like ARC's", "ARC-Seal", "ARC-Seals: x\nARC-Seal", DMX_PASS, NULL},
};

START_TEST(change)
{
    static const struct forge_set sets[3];
    struct play p = play_of(edit(forge_chain(sets, 3), changes[_i].from, changes[_i].to));
    play(&p);
    check(changes[_i].label, &p, changes[_i].want, changes[_i].token);
}
END_TEST

/* The last digit of base64 before "==" has bits that mean nothing; only the newest seal's b= is not signed itself. */
static bool is_unused(struct dmx_slice message, size_t at)
{
    return dmx_slice_starts(dmx_slice_from(message, at + 1), DMX_SLICE("==\nARC-Message-Signature: i=2"));
}

/* One bit anywhere in a chain or in what it signs: never a pass. */
START_TEST(no_byte_may_change)
{
    static const struct forge_set sets[2];
    struct dmx_slice message = forge_chain(sets, 2);
    for (size_t at = 0; at < message.len; at++) {
        char *copy = (char *)(uintptr_t)dmx_arena_dup(forge_arena(), message).ptr;
        copy[at] = (char)(copy[at] ^ 1);
        struct play p = play_of(dmx_slice(copy, message.len));
        play(&p);
        ck_assert_msg(p.result.result != DMX_PASS || is_unused(message, at), "byte %zu: '%c'", at, message.ptr[at]);
    }
    ck_assert_uint_gt(message.len, 900);
}
END_TEST

/* ---- the keys ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *label;
    const char *zone; /* in front of forge_zone() */
    enum dmx_result want;
    const char *token;
} keys[] = {
    {"revoked", "s._domainkey.i1.example. TXT \"p=\"\n", DMX_FAIL, "key-revoked"},
    {"for another service", "s._domainkey.i1.example. TXT \"s=x; p=\"\n", DMX_FAIL, "key-service"},
    {"SERVFAIL", "$FAIL s._domainkey.i1.example. TXT SERVFAIL\n", DMX_FAIL, "key-unavailable"},
    {"TIMEOUT", "$FAIL s._domainkey.i2.example. TXT TIMEOUT\n", DMX_FAIL, "key-unavailable"},
    {"of a name nobody asks for", "s._domainkey.i9.example. TXT \"p=\"\n", DMX_PASS, NULL},
};

START_TEST(key_record)
{
    static const struct forge_set sets[2];
    struct play p = play_of(forge_chain(sets, 2));
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 64 * 1024);
    dmx_put_cstr(&b, keys[_i].zone);
    dmx_put(&b, p.zone);
    p.zone = dmx_builder_text(&b);
    play(&p);
    check(keys[_i].label, &p, keys[_i].want, keys[_i].token);
}
END_TEST

START_TEST(cut_questions)
{
    static const struct forge_set sets[3];
    struct play p = play_of(forge_chain(sets, 3));
    p.max_questions = 2;
    play(&p);
    check("two questions for three seals", &p, DMX_FAIL, "key-not-looked-up");
    ck_slice_eq("the newest were asked for", p.result.reason.detail, "i=1");
}
END_TEST

/* ---- options and limits -------------------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    struct forge_set sets[4];
    size_t count;
    size_t max_signatures;
    unsigned want;
} oldest[] = {
    {"all hold", {{0}}, 4, 10, 0},
    {"one set", {{0}}, 1, 10, 0},
    {"the first is broken", {{.bad_message = true}}, 4, 10, 2},
    {"the third is broken", {{0}, {0}, {.bad_message = true}}, 4, 10, 4},
    {"the second has expired", {{0}, {.message = "x=1600000000;"}}, 4, 10, 3},
    {"the second is of no use", {{0}, {.message = "q=x;"}}, 4, 10, 3},
    {"at most two are verified", {{0}}, 4, 2, 3},
};

START_TEST(oldest_pass)
{
    struct play p = play_of(forge_chain(oldest[_i].sets, oldest[_i].count));
    play(&p);
    ck_assert(!p.result.has_oldest_pass);
    p.settings.oldest_pass = true;
    p.settings.max_signatures = oldest[_i].max_signatures;
    play(&p);
    check(oldest[_i].label, &p, DMX_PASS, NULL);
    ck_assert(p.result.has_oldest_pass);
    ck_assert_msg(p.result.oldest_pass == oldest[_i].want, "%s: got %u", oldest[_i].label, p.result.oldest_pass);
}
END_TEST

START_TEST(partial_body)
{
    static const struct forge_set set = {.message = "l=6;"};
    struct play p = play_of(edit(forge_chain(&set, 1), "\nbody\n", "\nbody\nappended\n"));
    play(&p);
    check("ignored", &p, DMX_FAIL, "partial-body");
    p.settings.accept_partial_body = true;
    play(&p);
    check("accepted", &p, DMX_PASS, NULL);
}
END_TEST

static const struct {
    const char *label;
    size_t count;
    unsigned extra; /* this many more seals of instance 1 */
    enum dmx_result want;
    const char *token;
} limits[] = {
    {"49 sets", 49, 0, DMX_PASS, NULL},
    {"50 sets", 50, 0, DMX_PASS, NULL},
    {"51 sets", 51, 0, DMX_FAIL, "arc-instance"},
    {"51 seals", 50, 1, DMX_FAIL, "arc-too-long"},
    {"thousands of seals", 1, 5000, DMX_FAIL, "arc-field-twice"},
};

START_TEST(limit)
{
    static struct forge_set sets[64];
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 8 * 1024 * 1024);
    struct dmx_slice message = forge_chain(sets, limits[_i].count);
    const char *end = memmem(message.ptr, message.len, "ARC-Message", 11);
    for (unsigned i = 0; i < limits[_i].extra; i++)
        dmx_put(&b, edit(dmx_slice(message.ptr, (size_t)(end - message.ptr)),
                         "i=", limits[_i].count == 1 ? "i=" : "i=01; j="));
    dmx_put(&b, message);
    struct play p = play_of(dmx_builder_text(&b));
    play(&p);
    check(limits[_i].label, &p, limits[_i].want, limits[_i].token);
    ck_assert_uint_le(p.questions, 50);
}
END_TEST

START_TEST(deadline)
{
    static const struct forge_set sets[2];
    struct play p = play_of(forge_chain(sets, 2));
    p.budget = (struct dmx_budget){.at_ms = 0, .now_ms = dmx_clock_mono_ms};
    play(&p);
    check("no time", &p, DMX_FAIL, "deadline");
    ck_assert_uint_eq(p.questions, 0);
}
END_TEST

START_TEST(says_who_sealed)
{
    static const struct forge_set sets[2] = {{.domain = "First.Example", .results = "x; spf=pass"}, {0}};
    struct play p = play_of(forge_chain(sets, 2));
    play(&p);
    ck_assert_uint_eq(p.result.count, 2);
    ck_slice_eq("first", p.result.sets[0].domain, "first.example");
    ck_slice_eq("first", p.result.sets[0].selector, "s");
    ck_slice_eq("first", p.result.sets[0].results, " x; spf=pass");
    ck_slice_eq("second", p.result.sets[1].domain, "i2.example");
    ck_assert_uint_eq(p.result.sets[1].instance, 2);
}
END_TEST

/* An arena that is too small, from nothing up to enough: never a pass on the way, and never a crash. */
START_TEST(no_memory)
{
    static const struct forge_set sets[2];
    struct dmx_message message = {0};
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line, passes = 0;
    ck_assert_int_eq(dmx_zone_parse(forge_zone(), forge_arena(), &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(forge_chain(sets, 2), forge_arena(), &message), DMX_OK);
    for (size_t cap = 0; cap < 256 * 1024; cap += 128) {
        struct dmx_verify_memo memo = {0};
        struct dmx_arc_settings settings = {.max_signatures = 10, .oldest_pass = true, .memo = &memo};
        struct dmx_arena *arena = dmx_arena_new(cap);
        struct dmx_answers *book = dmx_answers_new(forge_arena(), 10);
        struct dmx_dns_source source = dmx_zone_source(zone);
        struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
        struct dmx_arc *arc = NULL;
        enum dmx_status status = dmx_arc_begin(&message, &settings, arena, &arc);
        ck_assert_int_eq(status, dmx_arena_failed(arena) ? DMX_NOMEM : DMX_OK);
        while (status == DMX_OK && dmx_arc_eval(arc, book, &budget) == DMX_PENDING)
            source.resolve(source.ctx, book, &budget);
        if (status == DMX_OK)
            ck_assert_int_eq(dmx_arc_get(arc)->result, dmx_arena_failed(arena) ? DMX_FAIL : DMX_PASS);
        passes += status == DMX_OK && dmx_arc_get(arc)->result == DMX_PASS;
        dmx_arena_free(&arena);
    }
    ck_assert_uint_gt(passes, 0);
}
END_TEST

DMX_SUITE(arc)
{
    DMX_TABLE(chain, chains);
    DMX_TABLE(chain_with_crlf, chains);
    DMX_TABLE(questions, asked);
    DMX_TABLE(change, changes);
    DMX_TEST(no_byte_may_change);
    DMX_TABLE(key_record, keys);
    DMX_TEST(cut_questions);
    DMX_TABLE(oldest_pass, oldest);
    DMX_TEST(partial_body);
    DMX_TABLE(limit, limits);
    DMX_TEST(deadline);
    DMX_TEST(says_who_sealed);
    DMX_TEST(no_memory);
}
