/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Token buckets: how many there are, when they come back, and what they say they refused. */
#include <string.h>

#include "../../../module/dns/cache_file.h"
#include "cache_scene.h"
#include "dmx/dns/bucket.h"

enum { DAY_S = 86400 };

static struct scene scene;

static void setup(void)
{
    scene_setup(&scene);
    ck_assert_str_eq(scene_open(&scene), "ok");
}

static void teardown(void)
{
    scene_teardown(&scene);
}

static const struct dmx_slice key = DMX_SLICE_INIT("r a.example");

/*
 * Steps of a script: SECONDS:WHAT, in which t takes and is given one that tells of no refusal, tN one that tells of N, n is
 * refused, y and x look and find one or none, rN refuses N. Minus is the clock set back.
 */
static const struct {
    const char *label;
    struct dmx_bucket_rate rate;
    const char *script;
} scripts[] = {
    {"one a day", {1, DAY_S}, "0:t 0:n 86399:n 86400:t2 86401:n"},
    {"a burst, then each in its turn", {3, 30}, "0:t 0:t 0:t 0:n 9:n 10:t2 10:n 20:t1 30:t 30:n"},
    {"full again after the period, and no fuller", {3, 60}, "0:t 0:t 0:t 600:t 600:t 600:t 600:n"},
    {"at the very second", {2, 60}, "0:t 0:t 29:n 30:t1 59:n 60:t1"},
    {"one a second", {60, 60}, "0:t 1:t 2:t"},
    {"a gap that is no whole unit gives less, not more", {7, 60}, "0:t 0:t 0:t 0:t 0:t 0:t 0:t 8:n 9:t1 9:n"},
    {"never", {0, 60}, "0:x 0:n 1000000:n 1000000:x"},
    {"looking takes nothing", {1, 60}, "0:y 0:y 0:t 0:x 0:x 60:y 60:t"},
    {"refused for another reason", {1, 60}, "0:r1 0:r41 0:y 0:t42 0:r7 60:t7"},
    {"refused nothing", {1, 60}, "0:r0 0:t"},
    {"the count has an end", {1, 60}, "0:t 0:r65534 0:n 0:n 60:t65535"},
    {"and at once", {1, 60}, "0:t 0:r4000000000 60:t65535"},
    {"set back by a day: refused for a period at most", {1, 60}, "100000:t 13600:n 13659:n 13660:t2 13660:n"},
    {"set back: a look puts it right, too", {1, 60}, "100000:t 13600:x 13659:x 13660:y 13660:t"},
    {"set back by less than a minute", {1, 60}, "100:t 90:n 159:n 160:t2"},
    {"a process that was late buys nothing", {2, 60}, "100:t 100:t 41:n 130:t1 130:n"},
    {"set forward: full, and no fuller", {2, 60}, "0:t 0:t 9000000:t 9000000:t 9000000:n"},
    {"forward and back", {1, 60}, "0:t 9000000:t 1:n 61:t1 61:n"},
    {"over the end of the 32 bits", {1, 3600}, "536870000:t 536871000:n 536873599:n 536873600:t2"},
    {"thirty days", {1, 30 * DAY_S}, "0:t 2591999:n 2592000:t1"},
};

static void step(const char *label, const struct dmx_bucket_rate *rate, const char *text)
{
    char what = 0;
    unsigned long long at_s = 0;
    unsigned number = 0;
    uint32_t refused = 77;
    ck_assert_int_ge(sscanf(text, "%llu:%c%u", &at_s, &what, &number), 2);
    const uint64_t now_ms = at_s * 1000;
    if (what == 't' || what == 'n') {
        bool taken = dmx_bucket_take(scene.cache, key, rate, now_ms, &refused);
        ck_assert_msg(taken == (what == 't'), "%s: %s: got %d", label, text, taken);
        ck_assert_msg(refused == number, "%s: %s: got %u", label, text, refused);
    } else if (what == 'r') {
        dmx_bucket_refuse(scene.cache, key, rate, now_ms, number);
    } else {
        ck_assert_msg(dmx_bucket_has(scene.cache, key, rate, now_ms) == (what == 'y'), "%s: %s", label, text);
    }
}

static void play(const char *label, const struct dmx_bucket_rate *rate, const char *script)
{
    char text[64];
    struct dmx_slice rest = dmx_slice_cstr(script), part;
    while ((part = dmx_slice_next_word(&rest)).len > 0) {
        snprintf(text, sizeof text, "%.*s", DMX_SLICE_ARG(part));
        step(label, rate, text);
    }
}

START_TEST(bucket_script)
{
    play(scripts[_i].label, &scripts[_i].rate, scripts[_i].script);
}
END_TEST

/* It outlives the process that took from it, as other processes see it. */
START_TEST(bucket_is_in_the_file)
{
    const struct dmx_bucket_rate rate = {1, DAY_S};
    play("before", &rate, "0:t 0:n");
    ck_assert_str_eq(scene_open(&scene), "ok");
    play("after", &rate, "1:n 86400:t2");
    scene.settings.access = DMX_CACHE_READ;
    ck_assert_str_eq(scene_open(&scene), "ok");
    play("only read", &rate, "999999:n 999999:x 999999:r5");
    scene.settings.access = DMX_CACHE_USE;
    ck_assert_str_eq(scene_open(&scene), "ok");
    play("and unchanged", &rate, "999999:t");
}
END_TEST

/* So many more keys than there are words that each line is full: never two tokens of one bucket, and doubt is a no. */
START_TEST(bucket_many_keys)
{
    const struct dmx_bucket_rate rate = {1, DAY_S};
    const struct dmx_cache_map *map = dmx_cache_map_of(scene.cache);
    const unsigned words = (unsigned)map->bucket_lines * DMX_CACHE_LINE_WORDS;
    char text[32];
    unsigned given = 0;
    uint32_t refused;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4 * words; i++) {
            snprintf(text, sizeof text, "r k%u.example", i);
            given += dmx_bucket_take(scene.cache, dmx_slice_cstr(text), &rate, 1000, &refused);
        }
        ck_assert_msg(given > words * 9 / 10 && given <= words, "round %u: %u given, %u words", round, given, words);
    }
    play("no room for one more", &rate, "1:n 1:x 1:r1");
    play("the next day", &rate, "86402:t 86402:n");
}
END_TEST

/* Whatever is in the file, there is an answer, at most a period later a token, and never more of them than there may be. */
static const uint64_t fills[] = {1, UINT64_MAX, 0x8000000080000000, 0x0001ffffffffffff, 0xffff7fffffffffff};

START_TEST(bucket_hostile)
{
    const struct dmx_bucket_rate rate = {2, 60};
    const struct dmx_cache_map *map = dmx_cache_map_of(scene.cache);
    uint64_t *words = (uint64_t *)(void *)(map->base + map->buckets_at);
    const size_t count = map->bucket_lines * DMX_CACHE_LINE_WORDS;
    uint32_t refused;
    unsigned given = 0;
    for (size_t i = 0; i < count; i++)
        words[i] = fills[_i] ^ (fills[_i] == 1 ? i << 20 : 0);
    for (int i = 0; i < 5; i++)
        given += dmx_bucket_take(scene.cache, key, &rate, 1000, &refused);
    ck_assert_uint_le(given, 2);
    /* A word with our own tag and any time. */
    for (uint64_t time = 0; time < 64; time++) {
        for (size_t i = 0; i < count; i++)
            words[i] = 0;
        ck_assert(dmx_bucket_take(scene.cache, key, &rate, 1000, &refused));
        for (size_t i = 0; i < count; i++)
            if (words[i])
                words[i] = (words[i] >> 48) << 48 | (uint64_t)(1U << time % 32 ^ (uint32_t)time * 2654435761U) << 16;
        bool had = dmx_bucket_has(scene.cache, key, &rate, 1000);
        ck_assert(dmx_bucket_take(scene.cache, key, &rate, 1000, &refused) == had);
        ck_assert(dmx_bucket_take(scene.cache, key, &rate, 1000 + 60000, &refused));
    }
}
END_TEST

/* Buckets that nobody has any more and that would be full in years: damage, or a reboot after which the clock began anew. */
static const struct {
    const char *label;
    uint64_t full_s;
    bool want;
} far[] = {
    {"in a year", (uint64_t)365 * DAY_S, true},
    {"in eight years", (uint64_t)8 * 365 * DAY_S, true},
    {"in 32 days", (uint64_t)32 * DAY_S, true},
    {"in 30 days, which a rate may be", (uint64_t)30 * DAY_S, false},
    {"now", 0, true},
};

START_TEST(bucket_of_nobody)
{
    const struct dmx_bucket_rate rate = {2, 60};
    const struct dmx_cache_map *map = dmx_cache_map_of(scene.cache);
    uint64_t *words = (uint64_t *)(void *)(map->base + map->buckets_at);
    uint32_t refused;
    unsigned given = 0;
    for (uint64_t i = 0; i < map->bucket_lines * DMX_CACHE_LINE_WORDS; i++)
        words[i] = (i % DMX_CACHE_LINE_WORDS + 1) << 48 | far[_i].full_s * 8 << 16;
    for (int i = 0; i < 3; i++)
        given += dmx_bucket_take(scene.cache, key, &rate, 0, &refused);
    ck_assert_msg(given == (far[_i].want ? 2 : 0), "%s: %u were given", far[_i].label, given);
}
END_TEST

/* Neither the answers nor the buckets get into each other's room. */
static const uint64_t sizes[] = {DMX_CACHE_MIN_BYTES, 100 * 1024, 1 << 20, 16 << 20, 64 << 20};

START_TEST(bucket_region)
{
    scene.settings.size_bytes = sizes[_i];
    ck_assert(scene_open(&scene)[0] == 'o');
    const struct dmx_cache_map *map = dmx_cache_map_of(scene.cache);
    const uint64_t sets =
        DMX_CACHE_PAGE + map->small_sets * DMX_CACHE_SMALL_SET + map->large_sets * DMX_CACHE_LARGE_SET;
    ck_assert_uint_ge(map->bucket_lines, 16);
    ck_assert_uint_le(map->bucket_lines, DMX_CACHE_BUCKET_LINES_MAX);
    ck_assert_uint_ge(map->buckets_at, sets);
    ck_assert_uint_eq(map->buckets_at + map->bucket_lines * DMX_CACHE_LINE, map->bytes);
    ck_assert_uint_eq(map->buckets_at % DMX_CACHE_LINE, 0);
}
END_TEST

DMX_SUITE(bucket)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(bucket_script, scripts);
    DMX_TEST(bucket_is_in_the_file);
    DMX_TEST(bucket_many_keys);
    DMX_TABLE(bucket_hostile, fills);
    DMX_TABLE(bucket_of_nobody, far);
    DMX_TABLE(bucket_region, sizes);
}
