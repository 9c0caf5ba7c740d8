/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "../../../module/dkim/limits.h"
#include "dmx/dkim/body_hash.h"
#include "scene.h"
#include "suite.h"

/* A body in memory that counts how often it is read, and fails at an offset. */
struct source {
    struct dmx_slice text;
    uint64_t fail_at;
    unsigned reads;
};

static int64_t read_source(void *ctx, uint64_t offset, char *buf, size_t size)
{
    struct source *source = ctx;
    struct dmx_slice part = dmx_slice_upto(dmx_slice_from(source->text, (size_t)offset), size);
    source->reads++;
    if (offset >= source->fail_at)
        return -1;
    memcpy(buf, part.ptr, part.len);
    return (int64_t)part.len;
}

static struct dmx_body body_of(struct source *source)
{
    return (struct dmx_body){read_source, source, source->text.len, true};
}

static const struct dmx_budget forever;

static struct dmx_digest_value digest_of(enum dmx_hash hash, struct dmx_slice text)
{
    struct dmx_digest digest;
    struct dmx_digest_value value;
    dmx_digest_init(&digest, hash);
    dmx_digest_put(&digest, text);
    ck_assert(dmx_digest_end(&digest, &value));
    return value;
}

static bool same(struct dmx_digest_value a, struct dmx_digest_value b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

/* The canonical body is "ab c\r\nd\r\n" under relaxed, 9 bytes. */
#define WIRE    "ab  c \r\nd\r\n\r\n"
#define RELAXED "ab c\r\nd\r\n"
#define SIMPLE  "ab  c \r\nd\r\n"

static const struct {
    const char *label;
    struct dmx_body_request request;
    struct dmx_slice canonical; /* what is hashed */
    bool done, partial;
} requests[] = {
    {"simple", {.canon = DMX_CANON_SIMPLE}, DMX_SLICE_INIT(SIMPLE), true, false},
    {"relaxed", {.canon = DMX_CANON_RELAXED}, DMX_SLICE_INIT(RELAXED), true, false},
    {"sha1", {.canon = DMX_CANON_RELAXED, .hash = DMX_HASH_SHA1}, DMX_SLICE_INIT(RELAXED), true, false},
    {"l=0", {.canon = DMX_CANON_RELAXED, .has_length = true}, DMX_SLICE_INIT(""), true, true},
    {"l=1", {.canon = DMX_CANON_RELAXED, .has_length = true, .length = 1}, DMX_SLICE_INIT("a"), true, true},
    {"l=1 again", {.canon = DMX_CANON_RELAXED, .has_length = true, .length = 1}, DMX_SLICE_INIT("a"), true, true},
    {"l= one too few",
     {.canon = DMX_CANON_RELAXED, .has_length = true, .length = 8},
     DMX_SLICE_INIT("ab c\r\nd\r"),
     true,
     true},
    {"l= exact", {.canon = DMX_CANON_RELAXED, .has_length = true, .length = 9}, DMX_SLICE_INIT(RELAXED), true, false},
    {"l= one too many",
     {.canon = DMX_CANON_RELAXED, .has_length = true, .length = 10},
     DMX_SLICE_INIT(""),
     false,
     false},
    {"l= far too many",
     {.canon = DMX_CANON_SIMPLE, .has_length = true, .length = INT64_MAX},
     DMX_SLICE_INIT(""),
     false,
     false},
    {"l= exact, simple",
     {.canon = DMX_CANON_SIMPLE, .has_length = true, .length = 11},
     DMX_SLICE_INIT(SIMPLE),
     true,
     false},
    {"l= in sha1",
     {.canon = DMX_CANON_SIMPLE, .hash = DMX_HASH_SHA1, .has_length = true, .length = 4},
     DMX_SLICE_INIT("ab  "),
     true,
     true},
};

static void check_request(int row, const struct dmx_body_request *request)
{
    ck_assert_msg(request->done == requests[row].done, "%s: done", requests[row].label);
    ck_assert_msg(request->partial == requests[row].partial, "%s: partial", requests[row].label);
    if (request->done)
        ck_assert_msg(same(request->value, digest_of(request->hash, requests[row].canonical)), "%s: value",
                      requests[row].label);
}

START_TEST(alone)
{
    struct dmx_verify_memo memo = {0};
    struct source source = {DMX_SLICE(WIRE), UINT64_MAX, 0};
    struct dmx_body body = body_of(&source);
    struct dmx_body_request request = requests[_i].request;
    ck_assert_int_eq(dmx_body_hash(&body, &request, 1, &memo, &forever, scene_arena()), DMX_OK);
    check_request(_i, &request);
}
END_TEST

START_TEST(all_in_one_reading)
{
    struct dmx_verify_memo memo = {0};
    struct source source = {DMX_SLICE(WIRE), UINT64_MAX, 0};
    struct dmx_body body = body_of(&source);
    struct dmx_body_request all[DMX_COUNT(requests)];
    for (size_t i = 0; i < DMX_COUNT(requests); i++)
        all[i] = requests[i].request;
    ck_assert_int_eq(dmx_body_hash(&body, all, DMX_COUNT(requests), &memo, &forever, scene_arena()), DMX_OK);
    for (size_t i = 0; i < DMX_COUNT(requests); i++)
        check_request((int)i, &all[i]);
    ck_assert_uint_eq(source.reads, 1);
}
END_TEST

static uint64_t clock_now;

/* A clock that goes on by 1 ms each time it is looked at. */
static uint64_t ticking(void)
{
    return clock_now++;
}

static const struct {
    const char *label;
    uint64_t fail_at;
    uint64_t budget_ms;
    enum dmx_status want;
    unsigned reads;
} ends[] = {
    {"whole", UINT64_MAX, 100, DMX_OK, 4},
    {"budget spent at once", UINT64_MAX, 0, DMX_LIMIT, 0},
    {"budget spent on the way", UINT64_MAX, 2, DMX_LIMIT, 2},
    {"unreadable at once", 0, 100, DMX_IO, 1},
    {"unreadable on the way", 2 * DMX_CANON_CHUNK, 100, DMX_IO, 3},
};

START_TEST(end)
{
    struct dmx_verify_memo memo = {0};
    char *text = dmx_arena_alloc(scene_arena(), 3 * DMX_CANON_CHUNK + 1);
    struct source source = {dmx_slice(text, 3 * DMX_CANON_CHUNK + 1), ends[_i].fail_at, 0};
    struct dmx_body body = body_of(&source);
    struct dmx_body_request all[2] = {{.canon = DMX_CANON_SIMPLE}, {.canon = DMX_CANON_SIMPLE, .has_length = true}};
    struct dmx_budget budget = {.at_ms = ends[_i].budget_ms, .now_ms = ticking};
    clock_now = 0;
    ck_assert_int_eq(dmx_body_hash(&body, all, 2, &memo, &budget, scene_arena()), ends[_i].want);
    ck_assert_uint_eq(source.reads, ends[_i].reads);
    ck_assert_int_eq(all[0].done, ends[_i].want == DMX_OK);
    ck_assert_int_eq(all[1].done, ends[_i].want == DMX_OK);
}
END_TEST

/* What was hashed for one is known to the next who asks the same, and only to him. */
START_TEST(remembered)
{
    static const unsigned reads[] = {1, 1, 2, 3};
    static const struct dmx_body_request asked[] = {
        {.canon = DMX_CANON_RELAXED},
        {.canon = DMX_CANON_RELAXED},
        {.canon = DMX_CANON_SIMPLE},
        {.canon = DMX_CANON_SIMPLE, .has_length = true, .length = 2},
    };
    struct dmx_body_request made[DMX_COUNT(asked)];
    struct source source = {DMX_SLICE(WIRE), UINT64_MAX, 0};
    struct dmx_body body = body_of(&source);
    struct dmx_verify_memo memo = {0};
    for (size_t i = 0; i < DMX_COUNT(asked); i++) {
        made[i] = asked[i];
        ck_assert_int_eq(dmx_body_hash(&body, &made[i], 1, &memo, &forever, scene_arena()), DMX_OK);
        ck_assert_uint_eq(source.reads, reads[i]);
    }
    ck_assert(same(made[0].value, made[1].value));
    ck_assert(!same(made[0].value, made[2].value));
    ck_assert(made[3].partial && !made[2].partial);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_verify_memo memo = {0};
    struct source source = {DMX_SLICE(WIRE), UINT64_MAX, 0};
    struct dmx_body body = body_of(&source);
    struct dmx_body_request request = {.canon = DMX_CANON_SIMPLE};
    struct dmx_arena *arena = dmx_arena_new(100);
    ck_assert_int_eq(dmx_body_hash(&body, &request, 1, &memo, &forever, arena), DMX_NOMEM);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(body_hash)
{
    DMX_TABLE(alone, requests);
    DMX_TEST(all_in_one_reading);
    DMX_TABLE(end, ends);
    DMX_TEST(remembered);
    DMX_TEST(without_memory);
}
