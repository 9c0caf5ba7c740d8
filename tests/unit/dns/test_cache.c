/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the cache keeps, for how long, and what makes room. */
#include <string.h>

#include "cache_scene.h"

static struct scene scene;

static void setup(void)
{
    scene_setup(&scene);
    scene.settings.stale_s = 100;
    ck_assert_str_eq(scene_open(&scene), "ok");
}

static void teardown(void)
{
    scene_teardown(&scene);
}

/* What is kept at NOW, and what is found so many seconds later. The ceilings are a day, an hour; 100 s stale. */
static const struct {
    const char *label;
    enum dmx_dns_status status;
    uint32_t ttl_s;
    int64_t later_s;
    const char *want;
} lives[] = {
    {"at once", DMX_DNS_OK, 300, 0, "fresh ok 300 | TXT v"},
    {"later, less remains", DMX_DNS_OK, 300, 200, "fresh ok 100 | TXT v"},
    {"last second", DMX_DNS_OK, 300, 299, "fresh ok 1 | TXT v"},
    {"its end", DMX_DNS_OK, 300, 300, "stale ok 0 | TXT v"},
    {"last stale second", DMX_DNS_OK, 300, 399, "stale ok 0 | TXT v"},
    {"behind that", DMX_DNS_OK, 300, 400, "miss"},
    {"TTL 0 is not kept", DMX_DNS_OK, 0, 0, "miss"},
    {"TTL 1", DMX_DNS_OK, 1, 0, "fresh ok 1 | TXT v"},
    {"ceiling", DMX_DNS_OK, 90000, 0, "fresh ok 86400 | TXT v"},
    {"largest TTL", DMX_DNS_OK, INT32_MAX, 86399, "fresh ok 1 | TXT v"},
    {"the clock steps back a second", DMX_DNS_OK, 300, -1, "miss"},
    {"the clock steps back a year", DMX_DNS_OK, 300, -YEAR, "miss"},
    {"the clock steps on a year", DMX_DNS_OK, 300, YEAR, "miss"},
    {"no data", DMX_DNS_NODATA, 60, 10, "fresh nodata 50"},
    {"no such name", DMX_DNS_NXDOMAIN, 60, 10, "fresh nxdomain 50"},
    {"ceiling of negative answers", DMX_DNS_NXDOMAIN, 7200, 0, "fresh nxdomain 3600"},
    {"negative answers may be stale", DMX_DNS_NXDOMAIN, 60, 60, "stale nxdomain 0"},
    {"negative answer without an SOA", DMX_DNS_NODATA, 0, 0, "miss"},
    {"SERVFAIL", DMX_DNS_SERVFAIL, 0, 0, "fresh servfail 5"},
    {"SERVFAIL, last second", DMX_DNS_SERVFAIL, 0, 4, "fresh servfail 1"},
    {"SERVFAIL is never stale", DMX_DNS_SERVFAIL, 0, 5, "miss"},
    {"TIMEOUT", DMX_DNS_TIMEOUT, 0, 0, "fresh timeout 5"},
    {"REFUSED", DMX_DNS_REFUSED, 0, 0, "fresh refused 5"},
    {"MALFORMED", DMX_DNS_MALFORMED, 0, 0, "fresh malformed 5"},
    {"CUT is not kept", DMX_DNS_CUT, 300, 0, "miss"},
};

START_TEST(life)
{
    struct dmx_answer answer = bare_answer(lives[_i].status, lives[_i].ttl_s);
    if (answer.status == DMX_DNS_OK)
        answer = text_answer(&scene, "v", lives[_i].ttl_s);
    keep(&scene, "a.test", answer, NOW);
    const char *got = find_text(&scene, "a.test", DMX_RR_TXT, NOW + lives[_i].later_s);
    ck_assert_msg(strcmp(got, lives[_i].want) == 0, "%s: got \"%s\", want \"%s\"", lives[_i].label, got,
                  lives[_i].want);
}
END_TEST

/* Two answers one after the other, the second so many seconds later; what is found then. */
static const struct {
    const char *label;
    enum dmx_dns_status first, second;
    int64_t between_s;
    const char *want;
} pairs[] = {
    {"later answer", DMX_DNS_OK, DMX_DNS_NXDOMAIN, 10, "fresh nxdomain 60"},
    {"later answer of the same kind", DMX_DNS_NXDOMAIN, DMX_DNS_OK, 0, "fresh ok 60 | TXT v"},
    {"a failure replaces nothing fresh", DMX_DNS_OK, DMX_DNS_SERVFAIL, 10, "fresh ok 50 | TXT v"},
    {"nor a negative answer", DMX_DNS_NXDOMAIN, DMX_DNS_TIMEOUT, 10, "fresh nxdomain 50"},
    {"a failure beside a stale answer", DMX_DNS_OK, DMX_DNS_TIMEOUT, 70, "stale-now ok 0 | TXT v"},
    {"a failure behind stale", DMX_DNS_OK, DMX_DNS_TIMEOUT, 160, "fresh timeout 5"},
    {"an answer ends a failure", DMX_DNS_SERVFAIL, DMX_DNS_OK, 1, "fresh ok 60 | TXT v"},
    {"a failure after a failure", DMX_DNS_SERVFAIL, DMX_DNS_TIMEOUT, 1, "fresh timeout 5"},
};

static struct dmx_answer answer_of(enum dmx_dns_status status)
{
    return status == DMX_DNS_OK ? text_answer(&scene, "v", 60) : bare_answer(status, 60);
}

START_TEST(one_after_another)
{
    const int64_t later_s = NOW + pairs[_i].between_s;
    keep(&scene, "a.test", answer_of(pairs[_i].first), NOW);
    keep(&scene, "a.test", answer_of(pairs[_i].second), later_s);
    const char *got = find_text(&scene, "a.test", DMX_RR_TXT, later_s);
    ck_assert_msg(strcmp(got, pairs[_i].want) == 0, "%s: got \"%s\", want \"%s\"", pairs[_i].label, got,
                  pairs[_i].want);
}
END_TEST

START_TEST(by_name_and_type)
{
    keep(&scene, "A.Test", text_answer(&scene, "v", 60), NOW);
    ck_assert_str_eq(find_text(&scene, "a.tEST", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_MX, NOW), "miss");
    ck_assert_str_eq(find_text(&scene, "b.test", DMX_RR_TXT, NOW), "miss");
    ck_assert_str_eq(find_text(&scene, "test", DMX_RR_TXT, NOW), "miss");
    struct dmx_cache_stats stats = stats_of(&scene);
    ck_assert_uint_eq(stats.hits, 1);
    ck_assert_uint_eq(stats.misses, 3);
    ck_assert_uint_eq(stats.stores, 1);
}
END_TEST

/* SOA and types that DMX does not know have no data here to be kept. */
START_TEST(types_without_data)
{
    const struct dmx_answer answer = bare_answer(DMX_DNS_NODATA, 60);
    static const uint16_t types[] = {DMX_RR_SOA, 0, 255, 65535};
    for (size_t i = 0; i < DMX_COUNT(types); i++) {
        const struct dmx_question question = question_of("a.test", types[i]);
        dmx_cache_store(scene.cache, &question, &answer, DMX_CACHE_ORDINARY, NOW);
    }
    ck_assert_uint_eq(stats_of(&scene).slots_used, 0);
}
END_TEST

/* Around the capacities of both classes: 592 and 4048 bytes. An entry has 17 bytes here around its text, and a large one never fills the last byte. */
static const struct {
    const char *label;
    size_t bytes;
    uint64_t small, large, skipped;
} sizes[] = {
    {"empty", 0, 1, 0, 0},
    {"largest small one", 592 - 17, 1, 0, 0},
    {"smallest large one", 592 - 16, 0, 1, 0},
    {"largest large one", 4048 - 18, 0, 1, 0},
    {"too large", 4048 - 17, 0, 0, 1},
    {"far too large", 60000, 0, 0, 1},
};

START_TEST(size_class)
{
    keep(&scene, "a.test", long_answer(&scene, sizes[_i].bytes, 60), NOW);
    struct dmx_cache_stats stats = stats_of(&scene);
    ck_assert_msg(stats.slots_used == sizes[_i].small && stats.large_slots_used == sizes[_i].large &&
                      stats.skipped_writes == sizes[_i].skipped,
                  "%s: got %lu small, %lu large, %lu skipped", sizes[_i].label, (unsigned long)stats.slots_used,
                  (unsigned long)stats.large_slots_used, (unsigned long)stats.skipped_writes);
    if (!sizes[_i].skipped) {
        const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
        struct dmx_answer found;
        ck_assert_int_eq(dmx_cache_find(scene.cache, &question, NOW, scene.arena, &found), DMX_CACHE_FRESH);
        ck_assert_uint_eq(found.rrs[0].data.text.len, sizes[_i].bytes);
    }
}
END_TEST

/* An answer that grows or shrinks across the classes leaves nothing of itself behind. */
START_TEST(changes_class)
{
    keep(&scene, "a.test", long_answer(&scene, 1000, 60), NOW);
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    ck_assert_uint_eq(stats_of(&scene).large_slots_used, 0);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    keep(&scene, "a.test", long_answer(&scene, 1000, 60), NOW);
    ck_assert_uint_eq(stats_of(&scene).slots_used, 0);
    ck_assert_uint_eq(stats_of(&scene).large_slots_used, 1);
}
END_TEST

/* Without memory for what was found it is a miss. */
START_TEST(arena_runs_out)
{
    const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
    struct dmx_answer answer;
    keep(&scene, "a.test", long_answer(&scene, 500, 60), NOW);
    struct dmx_arena *arena = dmx_arena_new(300);
    ck_assert_int_eq(dmx_cache_find(scene.cache, &question, NOW, arena, &answer), DMX_CACHE_MISS);
    dmx_arena_free(&arena);
}
END_TEST

static bool pin(const char *name, const char *text, int64_t ends_s)
{
    const struct dmx_question question = question_of(name, DMX_RR_TXT);
    const struct dmx_answer answer = text_answer(&scene, text, 1);
    return dmx_cache_pin(scene.cache, &question, &answer, NOW, ends_s);
}

START_TEST(pin_stays)
{
    keep(&scene, "a.test", text_answer(&scene, "dns", 60), NOW);
    ck_assert(pin("a.test", "pin", NOW + YEAR));
    keep(&scene, "a.test", text_answer(&scene, "later", 60), NOW + 1);
    keep(&scene, "a.test", long_answer(&scene, 1000, 60), NOW + 1);
    keep(&scene, "a.test", bare_answer(DMX_DNS_SERVFAIL, 0), NOW + 1);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW + YEAR - 9), "fresh ok 9 | TXT pin");
    ck_assert_uint_eq(stats_of(&scene).pinned, 1);
    /* Its end is the end: nothing of it is stale. */
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW + YEAR), "miss");
    keep(&scene, "a.test", text_answer(&scene, "dns", 60), NOW + YEAR);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW + YEAR), "fresh ok 60 | TXT dns");
}
END_TEST

START_TEST(pinned_anew_and_taken_away)
{
    const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
    ck_assert(!pin("a.test", "pin", NOW));
    ck_assert(pin("a.test", "pin", NOW + 60));
    ck_assert(pin("a.test", "other", NOW + 90));
    ck_assert_uint_eq(stats_of(&scene).pinned, 1);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh ok 90 | TXT other");
    ck_assert(dmx_cache_unpin(scene.cache, &question));
    ck_assert(!dmx_cache_unpin(scene.cache, &question));
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
}
END_TEST

/* No failure and nothing cut can be pinned; more than ten years are ten. */
START_TEST(what_can_be_pinned)
{
    const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
    const struct dmx_answer failure = bare_answer(DMX_DNS_SERVFAIL, 0), cut = bare_answer(DMX_DNS_CUT, 0);
    const struct dmx_answer none = bare_answer(DMX_DNS_NXDOMAIN, 0), large = long_answer(&scene, 5000, 1);
    ck_assert(!dmx_cache_pin(scene.cache, &question, &failure, NOW, NOW + 60));
    ck_assert(!dmx_cache_pin(scene.cache, &question, &cut, NOW, NOW + 60));
    ck_assert(!dmx_cache_pin(scene.cache, &question, &large, NOW, NOW + 60));
    ck_assert(dmx_cache_pin(scene.cache, &question, &none, NOW, INT64_MAX));
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh nxdomain 316224000");
}
END_TEST

START_TEST(flush)
{
    const struct dmx_question mx = question_of("a.test", DMX_RR_MX);
    const struct dmx_answer none = bare_answer(DMX_DNS_NODATA, 60);
    struct dmx_question pinned = question_of("a.test", DMX_RR_A);
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    keep(&scene, "b.test", text_answer(&scene, "v", 60), NOW);
    dmx_cache_store(scene.cache, &mx, &none, DMX_CACHE_ORDINARY, NOW);
    ck_assert(dmx_cache_pin(scene.cache, &pinned, &none, NOW, NOW + 60));
    ck_assert_uint_eq(dmx_cache_flush(scene.cache, &mx.name, false), 2);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_A, NOW), "fresh nodata 60");
    ck_assert_str_eq(find_text(&scene, "b.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    ck_assert_uint_eq(dmx_cache_flush(scene.cache, &mx.name, true), 1);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_A, NOW), "miss");
    ck_assert(dmx_cache_pin(scene.cache, &pinned, &none, NOW, NOW + 60));
    ck_assert_uint_eq(dmx_cache_flush_all(scene.cache, false), 1);
    ck_assert_uint_eq(dmx_cache_flush_all(scene.cache, true), 1);
    ck_assert_uint_eq(stats_of(&scene).slots_used, 0);
}
END_TEST

START_TEST(list)
{
    struct dmx_cache_entry entry;
    size_t cursor = 0, count = 0;
    keep(&scene, "Stale.test", text_answer(&scene, "v", 60), NOW - 70);
    keep(&scene, "over.test", text_answer(&scene, "v", 60), NOW - 200);
    keep(&scene, "large.test", long_answer(&scene, 1000, 60), NOW);
    ck_assert(pin("pinned.test", "pin", NOW + 90));
    find_text(&scene, "large.test", DMX_RR_TXT, NOW);
    find_text(&scene, "large.test", DMX_RR_TXT, NOW);
    while (dmx_cache_next(scene.cache, &cursor, NOW, scene.arena, &entry)) {
        count++;
        const struct dmx_question large = question_of("large.test", DMX_RR_TXT);
        ck_assert(entry.pinned == (entry.answer.ttl_s == 90));
        ck_assert((entry.state == DMX_CACHE_STALE) == (entry.answer.ttl_s == 0));
        if (dmx_name_eq(&entry.question.name, &large.name)) {
            ck_assert_uint_eq(entry.hits, 2);
            ck_assert_int_eq(entry.born_s, NOW);
            ck_assert_int_eq(entry.ends_s, NOW + 60);
        }
    }
    ck_assert_uint_eq(count, 3);
}
END_TEST

/* The file holds far fewer entries than are kept here; what of 40 names with a worth is there afterwards. */
static size_t survivors(int value, enum dmx_dns_status flood, bool pins)
{
    char name[64];
    size_t found = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%d.worth.test", i);
        const struct dmx_question question = question_of(name, DMX_RR_TXT);
        const struct dmx_answer answer = text_answer(&scene, "v", 86400);
        if (pins)
            ck_assert(dmx_cache_pin(scene.cache, &question, &answer, NOW, NOW + 86400));
        else
            dmx_cache_store(scene.cache, &question, &answer, value, NOW);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "%d.flood.test", i);
        keep(&scene, name, flood == DMX_DNS_OK ? text_answer(&scene, "w", 300) : bare_answer(flood, 300), NOW + 1);
    }
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%d.worth.test", i);
        found += strcmp(find_text(&scene, name, DMX_RR_TXT, NOW + 2), "miss") != 0;
    }
    return found;
}

/* Whether all of the 40 outlive a flood of other names, or none. */
static const struct {
    const char *label;
    int value;
    enum dmx_dns_status flood;
    bool pins;
    size_t least, most;
} floods[] = {
    {"failures push out no answer", DMX_CACHE_ORDINARY, DMX_DNS_SERVFAIL, false, 40, 40},
    {"negative answers push out each other", DMX_CACHE_ORDINARY, DMX_DNS_NXDOMAIN, false, 36, 40},
    {"answers push out what was longest of no use", DMX_CACHE_ORDINARY, DMX_DNS_OK, false, 0, 0},
    {"but not policies, while others are there", DMX_CACHE_VALUED, DMX_DNS_OK, false, 36, 40},
    {"and never what is pinned", DMX_CACHE_ORDINARY, DMX_DNS_OK, true, 40, 40},
};

START_TEST(flood)
{
    size_t got = survivors(floods[_i].value, floods[_i].flood, floods[_i].pins);
    ck_assert_msg(got >= floods[_i].least && got <= floods[_i].most, "%s: %zu of 40 are left", floods[_i].label, got);
    struct dmx_cache_stats stats = stats_of(&scene);
    ck_assert_uint_le(stats.slots_used, stats.slots);
    ck_assert_uint_gt(stats.slots_used, stats.slots * 9 / 10);
    ck_assert_uint_gt(stats.evictions, 0);
}
END_TEST

/* Whoever is asked for stays; the clock goes on, and nobody asks for the others. */
START_TEST(least_recently_used_goes)
{
    char name[64];
    keep(&scene, "asked.test", text_answer(&scene, "v", 86400), NOW);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "%d.flood.test", i);
        keep(&scene, name, text_answer(&scene, "w", 86400), NOW + i);
        ck_assert_str_ne(find_text(&scene, "asked.test", DMX_RR_TXT, NOW + i + 1), "miss");
    }
}
END_TEST

/* A set that is full of pins takes no more, and says so. */
START_TEST(no_room_for_a_pin)
{
    char name[64];
    bool refused = false;
    for (int i = 0; i < 5000 && !refused; i++) {
        snprintf(name, sizeof name, "%d.pin.test", i);
        refused = !pin(name, "v", NOW + 60);
    }
    ck_assert(refused);
}
END_TEST

START_TEST(read_only)
{
    const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    dmx_cache_set_mark(scene.cache, 7);
    const struct dmx_cache_stats before = stats_of(&scene);
    scene.settings.access = DMX_CACHE_READ;
    ck_assert_str_eq(scene_open(&scene), "ok");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    ck_assert_str_eq(find_text(&scene, "b.test", DMX_RR_TXT, NOW), "miss");
    keep(&scene, "b.test", text_answer(&scene, "v", 60), NOW);
    ck_assert(!pin("b.test", "v", NOW + 60));
    ck_assert_uint_eq(dmx_cache_flush(scene.cache, &question.name, true), 0);
    ck_assert_uint_eq(dmx_cache_flush_all(scene.cache, true), 0);
    dmx_cache_set_mark(scene.cache, 8);
    ck_assert_uint_eq(dmx_cache_mark(scene.cache), 7);
    const struct dmx_cache_stats after = stats_of(&scene);
    ck_assert_mem_eq(&before, &after, sizeof before);
}
END_TEST

/* The ceilings are those of who reads: an option that was lowered holds at once. */
START_TEST(lower_ceiling)
{
    keep(&scene, "a.test", text_answer(&scene, "v", 600), NOW);
    scene.settings.max_ttl_s = 599;
    ck_assert_str_eq(scene_open(&scene), "ok");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
}
END_TEST

DMX_SUITE(cache)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(life, lives);
    DMX_TABLE(one_after_another, pairs);
    DMX_TEST(by_name_and_type);
    DMX_TEST(types_without_data);
    DMX_TABLE(size_class, sizes);
    DMX_TEST(changes_class);
    DMX_TEST(arena_runs_out);
    DMX_TEST(pin_stays);
    DMX_TEST(pinned_anew_and_taken_away);
    DMX_TEST(what_can_be_pinned);
    DMX_TEST(flush);
    DMX_TEST(list);
    DMX_TABLE(flood, floods);
    DMX_TEST(least_recently_used_goes);
    DMX_TEST(no_room_for_a_pin);
    DMX_TEST(read_only);
    DMX_TEST(lower_ceiling);
}
