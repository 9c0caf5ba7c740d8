/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The cache in front of a scripted source that counts what it is asked. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/dns/cached.h"
#include "suite.h"

enum { START_S = 1700000000, ARENA_BYTES = 1 << 20 };

static char directory[] = "/tmp/dmx-cached-XXXXXX";
static char path[64];
static int64_t clock_s;

static int64_t now_s(void)
{
    return clock_s;
}

/* ---- the source behind ---- */

static struct {
    struct dmx_answer answer; /* to everything, but to names that begin with "slow" */
    unsigned asked, started, rounds, ended;
} world;

static bool is_slow(const struct dmx_question *question)
{
    return question->name.wire[0] == 4 && memcmp(question->name.wire + 1, "slow", 4) == 0;
}

static void behind_resolve(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    (void)ctx, (void)budget;
    world.rounds++;
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        const struct dmx_question *question = dmx_answers_question(book, i, &open);
        if (!open || is_slow(question))
            continue;
        world.asked++;
        dmx_answers_set(book, i, world.answer);
    }
}

static void behind_start(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    (void)ctx, (void)budget;
    world.started += (unsigned)dmx_answers_open(book);
}

static void behind_end(void *ctx)
{
    (void)ctx;
    world.ended++;
}

/* ---- the cache before it ---- */

static struct dmx_cache *cache;
static struct dmx_cached *cached;
static struct dmx_arena *arena;

static void open_cache(uint32_t stale_s)
{
    const struct dmx_cache_settings settings = {
        .path = path, .size_bytes = 1 << 20, .max_ttl_s = 86400, .negative_max_ttl_s = 3600, .stale_s = stale_s};
    struct dmx_reason reason;
    ck_assert_msg(dmx_cache_open(&settings, &cache, &reason) == DMX_OK, "%s", reason.text);
    cached = dmx_cached_new(&(struct dmx_cached_settings){
        .cache = cache,
        .behind = {.resolve = behind_resolve, .start = behind_start, .end = behind_end},
        .now_s = now_s,
        .serve_stale = stale_s > 0,
    });
    ck_assert_ptr_nonnull(cached);
}

static void close_cache(void)
{
    dmx_cached_free(&cached);
    dmx_cache_close(&cache);
}

static void setup(void)
{
    memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/cache", directory);
    clock_s = START_S;
    memset(&world, 0, sizeof world);
    arena = dmx_arena_new(ARENA_BYTES);
    open_cache(0);
}

static void teardown(void)
{
    close_cache();
    dmx_arena_free(&arena);
    unlink(path);
    rmdir(directory);
}

static struct dmx_answer text_answer(const char *text, uint32_t ttl_s)
{
    struct dmx_rr *rr = dmx_arena_alloc(arena, sizeof *rr);
    ck_assert_ptr_nonnull(rr);
    *rr = (struct dmx_rr){.type = DMX_RR_TXT, .ttl_s = ttl_s, .data.text = dmx_slice_cstr(text)};
    return (struct dmx_answer){.status = DMX_DNS_OK, .rrs = rr, .count = 1, .ttl_s = ttl_s, .authenticated_data = true};
}

static struct dmx_answers *fresh_book(void)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_ptr_nonnull(book);
    return book;
}

static void note(struct dmx_answers *book, const char *name)
{
    ck_assert_ptr_null(dmx_answers_ask_text(book, DMX_SLICE_NONE, dmx_slice_cstr(name), DMX_RR_TXT));
}

static void resolve(struct dmx_answers *book)
{
    struct dmx_dns_source source = dmx_cached_source(cached);
    source.resolve(source.ctx, book, &DMX_BUDGET_UNLIMITED);
}

static void end(void)
{
    struct dmx_dns_source source = dmx_cached_source(cached);
    source.end(source.ctx);
}

/* A message of one question. */
static const struct dmx_answer *ask(const char *name)
{
    struct dmx_answers *book = fresh_book();
    note(book, name);
    resolve(book);
    const struct dmx_answer *answer = dmx_answers_answer(book, 0);
    ck_assert_ptr_nonnull(answer);
    end();
    return answer;
}

static struct dmx_cache_stats stats(void)
{
    struct dmx_cache_stats s;
    dmx_cache_stats(cache, &s);
    return s;
}

/* ---- tests ---- */

START_TEST(the_second_message_asks_nobody)
{
    world.answer = text_answer("v=DMARC1; p=reject", 300);
    (void)ask("_dmarc.a.test");
    ck_assert_uint_eq(world.asked, 1);
    world.answer = (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
    clock_s += 100;
    const struct dmx_answer *got = ask("_DMARC.a.test");
    ck_assert_uint_eq(world.asked, 1);
    ck_assert_uint_eq(world.rounds, 1);
    ck_assert(got->status == DMX_DNS_OK && got->count == 1 && got->authenticated_data && !got->stale);
    ck_assert_uint_eq(got->rrs[0].type, DMX_RR_TXT);
    ck_slice_eq("text", got->rrs[0].data.text, "v=DMARC1; p=reject");
    ck_assert_uint_eq(got->ttl_s, 200);
}
END_TEST

static const struct {
    const char *label;
    enum dmx_dns_status status;
    uint32_t ttl_s;
    int64_t later_s;
    unsigned asked; /* by two messages */
} lives[] = {
    {"a record, within its TTL", DMX_DNS_OK, 300, 299, 1},
    {"a record, after it", DMX_DNS_OK, 300, 300, 2},
    {"TTL 0", DMX_DNS_OK, 0, 0, 2},
    {"no such name", DMX_DNS_NXDOMAIN, 60, 59, 1},
    {"no such name, after it", DMX_DNS_NXDOMAIN, 60, 60, 2},
    {"no such record", DMX_DNS_NODATA, 60, 59, 1},
    {"no such record, TTL 0", DMX_DNS_NODATA, 0, 0, 2},
    {"SERVFAIL, at once", DMX_DNS_SERVFAIL, 0, 1, 1},
    {"SERVFAIL, later", DMX_DNS_SERVFAIL, 0, 30, 2},
    {"TIMEOUT, at once", DMX_DNS_TIMEOUT, 0, 1, 1},
    {"REFUSED, at once", DMX_DNS_REFUSED, 0, 1, 1},
    {"MALFORMED, at once", DMX_DNS_MALFORMED, 0, 1, 1},
    {"cut", DMX_DNS_CUT, 0, 0, 2},
};

START_TEST(how_long_it_is_kept)
{
    world.answer = text_answer("x", lives[_i].ttl_s);
    world.answer.status = lives[_i].status;
    if (world.answer.status != DMX_DNS_OK)
        world.answer.count = 0;
    (void)ask("a.test");
    clock_s += lives[_i].later_s;
    const struct dmx_answer *got = ask("a.test");
    ck_assert_msg(world.asked == lives[_i].asked, "%s: asked %u times", lives[_i].label, world.asked);
    ck_assert_msg(got->status == lives[_i].status && !got->stale, "%s: %s", lives[_i].label,
                  dmx_dns_status_name(got->status));
}
END_TEST

/* The engine goes on with what it got, and the rest is under way meanwhile. */
START_TEST(a_part_from_the_cache)
{
    world.answer = text_answer("x", 300);
    (void)ask("known.test");
    struct dmx_answers *book = fresh_book();
    note(book, "new.test");
    note(book, "known.test");
    note(book, "slow.test");
    resolve(book);
    ck_assert_uint_eq(world.asked, 1);
    ck_assert_uint_eq(world.started, 2);
    ck_assert_ptr_nonnull(dmx_answers_answer(book, 1));
    resolve(book); /* nothing new: now it waits */
    ck_assert_uint_eq(world.asked, 2);
    ck_assert_uint_eq(dmx_answers_open(book), 1);
    note(book, "KNOWN.new.test");
    resolve(book);
    ck_assert_uint_eq(world.asked, 3);
    ck_assert_uint_eq(stats().stores, 3); /* each answer once */
    end();
    ck_assert_uint_eq(world.ended, 2);
}
END_TEST

START_TEST(all_from_the_cache_starts_nothing)
{
    world.answer = text_answer("x", 300);
    (void)ask("a.test");
    (void)ask("a.test");
    ck_assert_uint_eq(world.started, 0);
    ck_assert_uint_eq(world.rounds, 1);
}
END_TEST

static const enum dmx_dns_status failures[] = {DMX_DNS_SERVFAIL, DMX_DNS_TIMEOUT, DMX_DNS_REFUSED, DMX_DNS_MALFORMED};

START_TEST(stale_when_dns_fails)
{
    close_cache();
    open_cache(3600);
    world.answer = text_answer("old", 300);
    (void)ask("a.test");
    clock_s += 400;
    world.answer = (struct dmx_answer){.status = failures[_i]};
    const struct dmx_answer *got = ask("a.test");
    ck_assert_uint_eq(world.asked, 2); /* DNS first */
    ck_assert(got->status == DMX_DNS_OK && got->stale && got->count == 1);
    ck_slice_eq("text", got->rrs[0].data.text, "old");
    clock_s += 1;
    got = ask("a.test");
    ck_assert_uint_eq(world.asked, 2); /* it failed a moment ago */
    ck_assert(got->status == DMX_DNS_OK && got->stale);
    ck_assert_uint_eq(stats().stale, 2);
    clock_s += 60;
    world.answer = text_answer("new", 300);
    got = ask("a.test");
    ck_assert_uint_eq(world.asked, 3);
    ck_assert(got->status == DMX_DNS_OK && !got->stale);
    ck_slice_eq("text", got->rrs[0].data.text, "new");
}
END_TEST

static const struct {
    const char *label;
    uint32_t stale_s;
    int64_t later_s;
    enum dmx_dns_status status;
} never_stale[] = {
    {"not allowed", 0, 400, DMX_DNS_SERVFAIL},         {"too old", 3600, 300 + 3600, DMX_DNS_SERVFAIL},
    {"the name is gone", 3600, 400, DMX_DNS_NXDOMAIN}, {"the record is gone", 3600, 400, DMX_DNS_NODATA},
    {"cut by a limit", 3600, 400, DMX_DNS_CUT},
};

START_TEST(not_stale)
{
    close_cache();
    open_cache(never_stale[_i].stale_s);
    world.answer = text_answer("old", 300);
    (void)ask("a.test");
    clock_s += never_stale[_i].later_s;
    world.answer = (struct dmx_answer){.status = never_stale[_i].status, .ttl_s = 60};
    const struct dmx_answer *got = ask("a.test");
    ck_assert_msg(got->status == never_stale[_i].status && !got->stale, "%s: %s", never_stale[_i].label,
                  dmx_dns_status_name(got->status));
}
END_TEST

/* A message that uses up its memory makes failures of its own; they must not become everybody's. */
START_TEST(failures_for_want_of_memory_are_not_kept)
{
    struct dmx_arena *own = arena;
    arena = dmx_arena_new(8192);
    struct dmx_answers *book = fresh_book();
    note(book, "_dmarc.bank.test");
    while (dmx_arena_alloc(arena, 64))
        ;
    world.answer = (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
    resolve(book);
    end();
    ck_assert_int_eq(dmx_answers_answer(book, 0)->status, DMX_DNS_SERVFAIL);
    dmx_arena_free(&arena);
    arena = own;
    world.answer = text_answer("x", 300);
    ck_assert_int_eq(ask("_dmarc.bank.test")->status, DMX_DNS_OK);
}
END_TEST

static const struct {
    const char *label;
    bool own_fault;
    unsigned asked;
} faults[] = {{"of DNS", false, 2}, {"of this process", true, 3}};

/* An old answer serves all the same. */
START_TEST(a_failure_of_this_process_is_not_kept)
{
    close_cache();
    open_cache(3600);
    world.answer = text_answer("old", 300);
    (void)ask("a.test");
    clock_s += 400;
    world.answer = (struct dmx_answer){.status = DMX_DNS_SERVFAIL, .own_fault = faults[_i].own_fault};
    ck_assert(ask("a.test")->stale);
    ck_assert(ask("a.test")->stale);
    ck_assert_msg(world.asked == faults[_i].asked, "%s: asked %u times", faults[_i].label, world.asked);
}
END_TEST

/* The next message's book may lie where the last one's lay. */
START_TEST(an_ended_message_is_forgotten)
{
    struct dmx_arena *own = arena;
    const struct dmx_answers *last = NULL;
    world.answer = (struct dmx_answer){.status = DMX_DNS_NODATA, .ttl_s = 300};
    for (int i = 0; i < 10; i++) {
        char name[] = "?.test";
        name[0] = (char)('a' + i);
        arena = dmx_arena_new(ARENA_BYTES);
        struct dmx_answers *book = fresh_book();
        note(book, name);
        resolve(book);
        ck_assert_uint_eq(stats().stores, (uint64_t)i + 1);
        end();
        if (book == last)
            i = 10;
        last = book;
        dmx_arena_free(&arena);
    }
    arena = own;
}
END_TEST

static int all_valued(const void *ctx, const struct dmx_question *question, const struct dmx_answer *answer)
{
    (void)question;
    *(enum dmx_dns_status *)(uintptr_t)ctx = answer->status;
    return DMX_CACHE_VALUED;
}

START_TEST(the_caller_says_what_is_valued)
{
    enum dmx_dns_status seen = DMX_DNS_CUT;
    dmx_cached_free(&cached);
    cached = dmx_cached_new(&(struct dmx_cached_settings){.cache = cache,
                                                          .behind = {.resolve = behind_resolve},
                                                          .now_s = now_s,
                                                          .value = all_valued,
                                                          .value_ctx = &seen});
    world.answer = (struct dmx_answer){.status = DMX_DNS_NODATA, .ttl_s = 60};
    (void)ask("a.test"); /* a source without start and end will do */
    ck_assert_int_eq(seen, DMX_DNS_NODATA);
}
END_TEST

DMX_SUITE(dns_cached)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(the_second_message_asks_nobody);
    DMX_TABLE(how_long_it_is_kept, lives);
    DMX_TEST(a_part_from_the_cache);
    DMX_TEST(all_from_the_cache_starts_nothing);
    DMX_TABLE(stale_when_dns_fails, failures);
    DMX_TABLE(not_stale, never_stale);
    DMX_TEST(failures_for_want_of_memory_are_not_kept);
    DMX_TABLE(a_failure_of_this_process_is_not_kept, faults);
    DMX_TEST(an_ended_message_is_forgotten);
    DMX_TEST(the_caller_says_what_is_valued);
}
