/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What settings, DNS, limits and the deadline make of a signature that is right. */
#include <string.h>

#include "dmx/dns/zone.h"
#include "scene.h"
#include "suite.h"

#define OWNER "rsa._domainkey.example.org. TXT \"v=DKIM1; k=rsa; "

static struct scene right(void)
{
    return scene_of(scene_file("keys.zone"), scene_file("rsa-relaxed-relaxed.eml"));
}

static void check_result(const char *label, const struct scene *s, enum dmx_result want, const char *token)
{
    ck_assert_uint_eq(s->count, 1);
    ck_assert_msg(s->results[0].result == want, "%s: got %s (%s)", label, dmx_result_word(s->results[0].result),
                  s->results[0].reason.token ? s->results[0].reason.token : "");
    ck_slice_eq(label, dmx_slice_cstr(s->results[0].reason.token), token ? token : "");
}

/* The record's beginning replaced. */
static const struct {
    const char *label;
    const char *record;
    enum dmx_result want;
    const char *token;
} keys[] = {
    {"as it is", OWNER, DMX_PASS, NULL},
    {"t=y", OWNER "t=y;\" \"", DMX_PASS, NULL},
    {"h=sha1", OWNER "h=sha1;\" \"", DMX_PERMERROR, "key-hash"},
    {"s=other", OWNER "s=other;\" \"", DMX_PERMERROR, "key-service"},
    {"revoked", OWNER "p=\"\nx._domainkey.example.org. TXT \"", DMX_PERMERROR, "key-revoked"},
    {"not there", "x._domainkey.example.org. TXT \"", DMX_PERMERROR, "key-missing"},
    {"no TXT there", "$NODATA rsa._domainkey.example.org.\nx._domainkey.example.org. TXT \"", DMX_PERMERROR,
     "key-missing"},
    {"SERVFAIL", "$FAIL rsa._domainkey.example.org. TXT SERVFAIL\nx._domainkey.example.org. TXT \"", DMX_TEMPERROR,
     "key-unavailable"},
    {"TIMEOUT", "$FAIL rsa._domainkey.example.org. TXT TIMEOUT\nx._domainkey.example.org. TXT \"", DMX_TEMPERROR,
     "key-unavailable"},
    {"a second record", "rsa._domainkey.example.org. TXT \"v=spf1 -all\"\n" OWNER, DMX_PASS, NULL},
};

START_TEST(key_record)
{
    struct scene s = right();
    s.zone = scene_edit(s.zone, OWNER, keys[_i].record);
    scene_play(&s);
    check_result(keys[_i].label, &s, keys[_i].want, keys[_i].token);
    ck_assert_int_eq(s.results[0].dns_failed, keys[_i].want == DMX_TEMPERROR);
    ck_slice_eq(keys[_i].label, s.results[0].domain, "example.org");
}
END_TEST

static const struct {
    const char *label;
    const char *file;
    struct dmx_dkim_settings settings;
    enum dmx_result want;
    const char *token;
    size_t questions;
    bool partial;
    unsigned weak;
} sites[] = {
    {"1024 bits at 1024", "small-key", {.min_rsa_bits = 1024}, DMX_PASS, NULL, 1, false, DMX_WEAK_SHORT_KEY},
    {"1024 bits at 1025",
     "small-key",
     {.min_rsa_bits = 1025},
     DMX_POLICY,
     "key-too-short",
     1,
     false,
     DMX_WEAK_SHORT_KEY},
    {"ed25519 at 4096", "ed25519-simple-simple", {.min_rsa_bits = 4096}, DMX_PASS, NULL, 1, false, 0},
    {"sha1 ignored", "sha1", {0}, DMX_POLICY, "rsa-sha1", 0, false, DMX_WEAK_SHA1},
    {"sha1 accepted", "sha1", {.accept_rsa_sha1 = true}, DMX_PASS, NULL, 1, false, DMX_WEAK_SHA1},
    {"part of the body ignored", "length-part", {0}, DMX_POLICY, "partial-body", 1, true, DMX_WEAK_LENGTH},
    {"part of the body accepted",
     "length-part",
     {.accept_partial_body = true},
     DMX_PASS,
     NULL,
     1,
     true,
     DMX_WEAK_LENGTH},
    {"whole body by l=", "length-whole", {0}, DMX_PASS, NULL, 1, false, DMX_WEAK_LENGTH},
    {"before x=", "expiry", {.now_s = 3999999999}, DMX_PASS, NULL, 1, false, 0},
    {"at x=", "expiry", {.now_s = 4000000000}, DMX_PASS, NULL, 1, false, 0},
    {"bare key with t=y", "pkcs1-key", {0}, DMX_PASS, NULL, 1, false, DMX_WEAK_TESTING},
    {"2048 bits", "rsa-relaxed-relaxed", {.min_rsa_bits = 2048}, DMX_PASS, NULL, 1, false, 0},
    {"4096 bits and sha1",
     "sha1",
     {.accept_rsa_sha1 = true, .min_rsa_bits = 4096},
     DMX_PASS,
     NULL,
     1,
     false,
     DMX_WEAK_SHA1},
    {"after x=", "expiry", {.now_s = 4000000001}, DMX_POLICY, "signature-expired", 0, false, DMX_WEAK_EXPIRED},
};

START_TEST(site)
{
    char name[64];
    snprintf(name, sizeof name, "%s.eml", sites[_i].file);
    struct scene s = scene_of(scene_file("keys.zone"), scene_file(name));
    s.settings = sites[_i].settings;
    s.settings.max_signatures = 10;
    scene_play(&s);
    check_result(sites[_i].label, &s, sites[_i].want, sites[_i].token);
    ck_assert_uint_eq(s.questions, sites[_i].questions);
    ck_assert_int_eq(s.results[0].partial_body, sites[_i].partial);
    ck_assert_msg(s.results[0].weak == sites[_i].weak, "%s: weak %u", sites[_i].label, s.results[0].weak);
}
END_TEST

/* Each flag has words of its own, and comes once. */
START_TEST(weaknesses)
{
    struct dmx_dkim_weakness weakness;
    unsigned flags = 31, seen = 0;
    size_t count = 0;
    for (; dmx_dkim_weakness_next(&flags, &weakness); count++) {
        ck_assert_uint_eq(seen & weakness.flag, 0);
        ck_assert(weakness.word && weakness.text && weakness.section);
        seen |= weakness.flag;
    }
    ck_assert_uint_eq(count, 5);
    ck_assert_uint_eq(seen, 31);
    flags = 32;
    ck_assert(!dmx_dkim_weakness_next(&flags, &weakness));
}
END_TEST

/* One change in a message that was right. */
static const struct {
    const char *label;
    const char *file;
    const char *from, *to;
    enum dmx_result want;
    const char *token;
} changes[] = {
    {"body", "rsa-relaxed-relaxed", "A first line", "A last line", DMX_FAIL, "body-hash-mismatch"},
    {"body, before the part that l= leaves out", "length-part", "A first line", "A last line", DMX_FAIL,
     "body-hash-mismatch"},
    {"body, cut below l=", "length-whole", "\n..dots", "", DMX_PERMERROR, "length-beyond-body"},
    {"field", "rsa-relaxed-relaxed", "Subject: caf", "Subject: cof", DMX_FAIL, "signature-mismatch"},
    {"blank under simple", "rsa-simple-simple", "To:reader", "To: reader", DMX_FAIL, "signature-mismatch"},
    {"name under simple", "rsa-simple-simple", "\nTo:", "\nTO:", DMX_FAIL, "signature-mismatch"},
    {"name under relaxed", "rsa-relaxed-relaxed", "\nTo:", "\nTO:", DMX_PASS, NULL},
    {"blank in the body under simple", "rsa-relaxed-simple", "line.\n", "line. \n", DMX_FAIL, "body-hash-mismatch"},
    {"a field more that is not signed", "rsa-simple-simple", "\nTo:", "\nX-New: 1\nTo:", DMX_PASS, NULL},
    {"a Reply-To where none was", "repeated-names", "\nTo:", "\nReply-To: x\nTo:", DMX_FAIL, "signature-mismatch"},
    {"a From more where none was", "repeated-names", "\nTo:", "\nFrom: x\nTo:", DMX_FAIL, "signature-mismatch"},
    {"order of repeated fields", "repeated-names", "Comments: the second\n", "Comments: the second\nComments: x\n",
     DMX_FAIL, "signature-mismatch"},
    {"a tag of the signature", "rsa-relaxed-relaxed", "q=dns/txt", "q=DNS/txt", DMX_FAIL, "signature-mismatch"},
    {"i= of the signature", "rsa-relaxed-relaxed", "i=@", "i=a@", DMX_FAIL, "signature-mismatch"},
    {"another algorithm", "ed25519-relaxed-relaxed", "a=ed25519-sha256", "a=rsa-sha256", DMX_PERMERROR, "key-type"},
    {"another selector", "rsa-relaxed-relaxed", "s=rsa", "s=bare", DMX_FAIL, "signature-mismatch"},
    {"another domain", "rsa-relaxed-relaxed", "d=example.org", "d=example.net", DMX_PERMERROR,
     "identity-outside-domain"},
    {"broken", "rsa-relaxed-relaxed", "v=1;", "v=9;", DMX_PERMERROR, "signature-version"},
};

START_TEST(change)
{
    char name[64];
    snprintf(name, sizeof name, "%s.eml", changes[_i].file);
    struct scene s = scene_of(scene_file("keys.zone"), scene_edit(scene_file(name), changes[_i].from, changes[_i].to));
    scene_play(&s);
    check_result(changes[_i].label, &s, changes[_i].want, changes[_i].token);
    if (changes[_i].token)
        ck_assert(s.results[0].reason.text != NULL && s.results[0].reason.section != NULL);
}
END_TEST

START_TEST(no_signature)
{
    struct scene s = scene_of(DMX_SLICE(""), DMX_SLICE("From: a@example.org\n\nbody\n"));
    scene_play(&s);
    ck_assert_uint_eq(s.count, 0);
    ck_assert_uint_eq(s.ignored, 0);
    ck_assert_uint_eq(s.questions, 0);
}
END_TEST

START_TEST(empty_message)
{
    struct scene s = scene_of(DMX_SLICE(""), DMX_SLICE(""));
    scene_play(&s);
    ck_assert_uint_eq(s.count, 0);
}
END_TEST

START_TEST(unreadable_signature)
{
    struct scene s = scene_of(DMX_SLICE(""), DMX_SLICE("DKIM-Signature: what\nFrom: a@example.org\n\n"));
    scene_play(&s);
    check_result("unreadable", &s, DMX_PERMERROR, "bad-tag-list");
    ck_assert(s.results[0].domain.ptr == NULL && s.results[0].selector.ptr == NULL);
    ck_assert(s.results[0].identity.ptr == NULL && s.results[0].algorithm.ptr == NULL);
}
END_TEST

/* ---- limits -------------------------------------------------------------------------------------------------------- */

/* So many signatures that all name the same key; the domain of number n is d<n>.example.org, all without a key. */
static struct dmx_slice crowd(size_t count)
{
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 4 * 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        dmx_put_cstr(&b, "DKIM-Signature: v=1; a=rsa-sha256; h=from; s=s; d=d");
        dmx_put_u64(&b, i);
        dmx_put_cstr(&b, ".example.org; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=Zm9v\n");
    }
    dmx_put_cstr(&b, "From: a@example.org\n\n");
    return dmx_builder_text(&b);
}

static bool is_listed(const void *ctx, struct dmx_slice domain)
{
    for (const char *const *name = ctx; *name; name++)
        if (dmx_slice_eq(domain, dmx_slice_cstr(*name)))
            return true;
    return false;
}

static const struct {
    const char *label;
    size_t present, max;
    const char *aligned[4];
    size_t count, ignored;
    const char *first, *last; /* domains of the results */
} limits[] = {
    {"one below the limit", 2, 3, {NULL}, 2, 0, "d0.example.org", "d1.example.org"},
    {"the limit", 3, 3, {"d2.example.org"}, 3, 0, "d0.example.org", "d2.example.org"},
    {"one above the limit", 4, 3, {NULL}, 3, 1, "d0.example.org", "d2.example.org"},
    {"one that aligns, in the message's order", 6, 3, {"d5.example.org"}, 3, 3, "d0.example.org", "d5.example.org"},
    {"several", 9, 2, {"d7.example.org", "d4.example.org"}, 2, 7, "d4.example.org", "d7.example.org"},
    {"more than fit",
     9,
     2,
     {"d8.example.org", "d7.example.org", "d6.example.org"},
     2,
     7,
     "d6.example.org",
     "d7.example.org"},
    {"thousands, the last that is looked at",
     2000,
     2,
     {"d99.example.org"},
     2,
     1998,
     "d0.example.org",
     "d99.example.org"},
    {"thousands, one too late", 2000, 2, {"d100.example.org"}, 2, 1998, "d0.example.org", "d1.example.org"},
    {"a limit above what is looked at", 300, 200, {NULL}, 200, 100, "d0.example.org", "d199.example.org"},
    {"none wanted", 3, 0, {NULL}, 0, 3, NULL, NULL},
};

START_TEST(limit)
{
    struct scene s = scene_of(DMX_SLICE(""), crowd(limits[_i].present));
    s.settings.max_signatures = limits[_i].max;
    s.settings.could_align = is_listed;
    s.settings.could_align_ctx = limits[_i].aligned;
    s.max_questions = 1000;
    scene_play(&s);
    ck_assert_uint_eq(s.count, limits[_i].count);
    ck_assert_uint_eq(s.ignored, limits[_i].ignored);
    if (s.count == 0)
        return;
    ck_slice_eq(limits[_i].label, s.results[0].domain, limits[_i].first);
    ck_slice_eq(limits[_i].label, s.results[s.count - 1].domain, limits[_i].last);
}
END_TEST

/* Signatures that could align ask first, so that a limit on questions does not hit them. */
START_TEST(cut_questions)
{
    static const char *const aligned[] = {"d2.example.org", NULL};
    struct scene s = scene_of(DMX_SLICE(""), crowd(3));
    s.settings.could_align = is_listed;
    s.settings.could_align_ctx = aligned;
    s.max_questions = 1;
    scene_play(&s);
    ck_assert_uint_eq(s.count, 3);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(s.results[i].result, DMX_TEMPERROR);
        ck_assert_str_eq(s.results[i].reason.token, "key-not-looked-up");
        ck_assert(!s.results[i].dns_failed);
    }
    ck_assert_int_eq(s.results[2].result, DMX_PERMERROR);
    ck_assert_str_eq(s.results[2].reason.token, "key-missing");
}
END_TEST

/* ---- the deadline -------------------------------------------------------------------------------------------------- */

static uint64_t clock_now;

static uint64_t ticking(void)
{
    return clock_now++;
}

/* The budget ends at the n-th look; from some n on the signature is verified, and before it always "deadline". */
START_TEST(deadline)
{
    bool passed = false;
    for (uint64_t looks = 0; looks < 10; looks++) {
        struct scene s = right();
        s.budget = (struct dmx_budget){.at_ms = looks, .now_ms = ticking};
        clock_now = 0;
        scene_play(&s);
        ck_assert_uint_eq(s.count, 1);
        ck_assert(!passed || s.results[0].result == DMX_PASS);
        passed = s.results[0].result == DMX_PASS;
        if (!passed)
            check_result("deadline", &s, DMX_TEMPERROR, "deadline");
        ck_assert(!s.results[0].dns_failed);
    }
    ck_assert(passed);
}
END_TEST

/* What was known before the deadline stays. */
START_TEST(deadline_keeps_results)
{
    struct scene s = scene_of(scene_file("keys.zone"), scene_file("sha1.eml"));
    s.budget = (struct dmx_budget){.at_ms = 0, .now_ms = ticking};
    scene_play(&s);
    check_result("sha1", &s, DMX_POLICY, "rsa-sha1");
}
END_TEST

/* An arena that is too small, from nothing up to enough: no result but "no-memory" until all is right. */
START_TEST(no_memory)
{
    struct dmx_message message = {.field_count = 0};
    struct dmx_dkim_settings settings = {.max_signatures = 10};
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line, passes = 0;
    ck_assert_int_eq(dmx_zone_parse(scene_file("keys.zone"), scene_arena(), &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(scene_file("rsa-relaxed-relaxed.eml"), scene_arena(), &message), DMX_OK);
    for (size_t cap = 0; cap < 128 * 1024; cap += 64) {
        struct dmx_arena *arena = dmx_arena_new(cap);
        struct dmx_verify_memo memo = {0};
        settings.memo = &memo;
        struct dmx_answers *book = dmx_answers_new(scene_arena(), 100);
        struct dmx_dns_source source = dmx_zone_source(zone);
        struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
        struct dmx_dkim *dkim = NULL;
        enum dmx_status status = dmx_dkim_begin(&message, &settings, arena, &dkim);
        ck_assert(status == DMX_OK || status == DMX_NOMEM);
        ck_assert_int_eq(status == DMX_NOMEM, dmx_arena_failed(arena));
        while (status == DMX_OK && dmx_dkim_eval(dkim, book, &budget) == DMX_PENDING)
            source.resolve(source.ctx, book, &budget);
        if (status == DMX_OK) {
            size_t count;
            const struct dmx_dkim_result *r = dmx_dkim_results(dkim, &count);
            ck_assert_uint_eq(count, 1);
            ck_assert_int_eq(r->result, dmx_arena_failed(arena) ? DMX_TEMPERROR : DMX_PASS);
            if (r->result == DMX_TEMPERROR) {
                ck_assert_str_eq(r->reason.token, "no-memory");
                ck_assert(r->dns_failed); /* our own trouble, and no reason to refuse */
            }
            passes += r->result == DMX_PASS;
        }
        dmx_arena_free(&arena);
    }
    ck_assert_uint_gt(passes, 0);
}
END_TEST

static uint64_t clock_ms;
static uint64_t fake_clock(void)
{
    return clock_ms;
}

/* How the other signature's key lookup ends while the deadline passes. */
static const struct {
    const char *label;
    bool answered;
    enum dmx_dns_status status;
    bool counts_as_failed;
} others[] = {
    {"never answered: the deadline", false, DMX_DNS_OK, false},
    {"timed out", true, DMX_DNS_TIMEOUT, true},
    {"cut", true, DMX_DNS_CUT, false},
};

/* A signature is verified when its key is there, whatever becomes of the others' keys. */
START_TEST(waits_for_no_other_key)
{
    struct dmx_message message = {.field_count = 0};
    struct dmx_verify_memo memo = {0};
    struct dmx_dkim_settings settings = {.max_signatures = 10, .min_rsa_bits = 1024, .memo = &memo};
    struct dmx_budget budget = {.at_ms = 1000, .now_ms = fake_clock};
    struct dmx_zone *zone;
    struct dmx_reason reason;
    struct dmx_dkim *dkim;
    size_t line, count;
    bool open;
    struct dmx_slice text = scene_edit(scene_file("rsa-relaxed-relaxed.eml"), "DKIM-Signature:",
                                       "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; "
                                       "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
                                       "b=YWJj\nDKIM-Signature:");
    clock_ms = 0;
    ck_assert_int_eq(dmx_zone_parse(scene_file("keys.zone"), scene_arena(), &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(text, scene_arena(), &message), DMX_OK);
    ck_assert_int_eq(dmx_dkim_begin(&message, &settings, scene_arena(), &dkim), DMX_OK);
    struct dmx_answers *book = dmx_answers_new(scene_arena(), 100), *known = dmx_answers_new(scene_arena(), 100);
    ck_assert_int_eq(dmx_dkim_eval(dkim, book, &budget), DMX_PENDING);
    const struct dmx_question *good = dmx_answers_question(book, 1, &open);
    ck_assert_ptr_null(dmx_answers_ask(known, &good->name, good->type));
    struct dmx_dns_source source = dmx_zone_source(zone);
    source.resolve(source.ctx, known, &budget);
    dmx_answers_set(book, 1, *dmx_answers_answer(known, 0));
    ck_assert_int_eq(dmx_dkim_eval(dkim, book, &budget), DMX_PENDING);
    const struct dmx_dkim_result *results = dmx_dkim_results(dkim, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(results[1].result, DMX_PASS);
    clock_ms = 1000;
    if (others[_i].answered)
        dmx_answers_set(book, 0, (struct dmx_answer){.status = others[_i].status});
    ck_assert_int_eq(dmx_dkim_eval(dkim, book, &budget), DMX_DONE);
    ck_assert_int_eq(results[1].result, DMX_PASS);
    ck_assert_int_eq(results[0].result, DMX_TEMPERROR);
    ck_assert_msg(results[0].dns_failed == others[_i].counts_as_failed, "%s", others[_i].label);
}
END_TEST

DMX_SUITE(dkim)
{
    DMX_TABLE(waits_for_no_other_key, others);
    DMX_TABLE(key_record, keys);
    DMX_TABLE(site, sites);
    DMX_TEST(weaknesses);
    DMX_TABLE(change, changes);
    DMX_TEST(no_signature);
    DMX_TEST(empty_message);
    DMX_TEST(unreadable_signature);
    DMX_TABLE(limit, limits);
    DMX_TEST(cut_questions);
    DMX_TEST(deadline);
    DMX_TEST(deadline_keeps_results);
    DMX_TEST(no_memory);
}
