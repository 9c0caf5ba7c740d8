/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Five hundred damaged files: each is opened, asked for everything that was in it, walked over and written to. What is
 * found must be the truth or a miss; that nothing crashes or runs for ever is the rest of the test.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../module/dns/cache_slot.h"
#include "cache_scene.h"
#include "dmx/base/clock.h"

enum { NAMES = 120, FILES_EACH = 50, LARGE_EVERY = 10 };

static struct scene scene;
static uint64_t draw_state;

static uint32_t draw(uint32_t below)
{
    draw_state = draw_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((draw_state >> 33) % below);
}

static void setup(void)
{
    scene_setup(&scene);
    scene.settings.size_bytes = 128 * 1024;
}

static void teardown(void)
{
    scene_teardown(&scene);
}

/* The n-th name and what is true of it: a text of the name, in some cases a long one. */
static struct dmx_question name_nth(int n)
{
    char name[32];
    snprintf(name, sizeof name, "%d.damage.test", n);
    return question_of(name, DMX_RR_TXT);
}

static struct dmx_slice truth(int n)
{
    static char text[2000];
    const size_t len = n % LARGE_EVERY == 0 ? 1500 : 40 + (size_t)n;
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + (i * 7 + (size_t)n) % 26);
    return dmx_slice(text, len);
}

static void fill(void)
{
    for (int n = 0; n < NAMES; n++) {
        const struct dmx_question question = name_nth(n);
        const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = truth(n)};
        const struct dmx_answer answer = {.rrs = &rr, .count = 1, .ttl_s = 600};
        dmx_cache_store(scene.cache, &question, &answer, n % 2, NOW);
    }
}

/* The file as who damages it sees it. */
struct victim {
    struct dmx_cache_map map;
    uint8_t *bytes;
};

static struct dmx_cache_slot *slot_of(const struct victim *v, const struct dmx_cache_place *place)
{
    return (struct dmx_cache_slot *)(void *)(v->bytes + place->slot);
}

/* The key stands in the file: who can write there can make a checksum that fits. */
static void recompute(const struct victim *v, const struct dmx_cache_place *place)
{
    struct dmx_cache_slot *slot = slot_of(v, place);
    struct dmx_cache_image image = {.sequence = slot->sequence, .place = place->slot};
    const size_t room = dmx_cache_capacity(place->class) + DMX_IMAGE_HEAD - DMX_IMAGE_BEFORE;
    memcpy((uint8_t *)&image + DMX_IMAGE_BEFORE, (const uint8_t *)slot + offsetof(struct dmx_cache_slot, words), room);
    if (image.len <= sizeof image.payload)
        slot->check = dmx_siphash(v->map.key, dmx_slice((const char *)&image, DMX_IMAGE_HEAD + (size_t)image.len));
}

static void for_each_slot(const struct victim *v, void (*act)(const struct victim *, const struct dmx_cache_place *))
{
    const size_t count = dmx_cache_slots(&v->map, DMX_CLASS_SMALL) + dmx_cache_slots(&v->map, DMX_CLASS_LARGE);
    for (size_t n = 0; n < count; n++) {
        const struct dmx_cache_place place = dmx_cache_place_nth(&v->map, n);
        if (dmx_cache_tag(&v->map, &place) && draw(4))
            act(v, &place);
    }
}

static void random_bytes(const struct victim *v)
{
    for (size_t i = DMX_CACHE_PAGE; i < v->map.bytes; i++)
        v->bytes[i] = (uint8_t)draw(256);
}

static void random_file(const struct victim *v)
{
    for (size_t i = 0; i < v->map.bytes; i++)
        v->bytes[i] = (uint8_t)draw(256);
}

static void flipped_bits(const struct victim *v)
{
    for (uint32_t i = 0; i < 20000; i++)
        v->bytes[draw((uint32_t)v->map.bytes)] ^= (uint8_t)(1 << draw(8));
}

static void flipped_bit_in_each(const struct victim *v, const struct dmx_cache_place *place)
{
    v->bytes[place->slot + draw(DMX_SLOT_HEAD + 60)] ^= (uint8_t)(1 << draw(8));
}

static void some_flipped(const struct victim *v)
{
    for_each_slot(v, flipped_bit_in_each);
}

static void odd(const struct victim *v, const struct dmx_cache_place *place)
{
    slot_of(v, place)->sequence = (uint64_t)draw(UINT32_MAX) << 32 | 1 | draw(UINT32_MAX);
}

static void stuck(const struct victim *v)
{
    for_each_slot(v, odd);
}

static uint16_t *length_at(const struct victim *v, const struct dmx_cache_place *place)
{
    return (uint16_t *)(void *)(v->bytes + place->slot + offsetof(struct dmx_cache_slot, words) + 16);
}

static void lying_length(const struct victim *v, const struct dmx_cache_place *place)
{
    *length_at(v, place) = (uint16_t)(draw(2) ? draw(65536) : *length_at(v, place) + draw(9) - 4);
}

static void lying_lengths(const struct victim *v)
{
    for_each_slot(v, lying_length);
}

static void fitting_length(const struct victim *v, const struct dmx_cache_place *place)
{
    lying_length(v, place);
    recompute(v, place);
}

static void lying_lengths_that_fit(const struct victim *v)
{
    for_each_slot(v, fitting_length);
}

static void fitting_time(const struct victim *v, const struct dmx_cache_place *place)
{
    const uint64_t now = NOW, far = (uint64_t)draw(UINT32_MAX) << draw(32);
    slot_of(v, place)->words[0] = draw(2) ? now - far : now - 10;
    slot_of(v, place)->words[1] = draw(2) ? now + far : now - far;
    recompute(v, place);
}

static void lying_times_that_fit(const struct victim *v)
{
    for_each_slot(v, fitting_time);
}

/* Entries where they do not belong, whole, with their checksums. */
static void moved(const struct victim *v)
{
    for (int i = 0; i < 200; i++) {
        const size_t slots = dmx_cache_slots(&v->map, DMX_CLASS_SMALL);
        const struct dmx_cache_place from = dmx_cache_place_nth(&v->map, draw((uint32_t)slots));
        const struct dmx_cache_place to = dmx_cache_place_nth(&v->map, draw((uint32_t)slots));
        if (from.slot != to.slot)
            memcpy(slot_of(v, &to), slot_of(v, &from), DMX_CACHE_SMALL_SLOT);
    }
}

/* Each tag is that of another name. */
static void mixed_tags(const struct victim *v)
{
    for (uint64_t at = DMX_CACHE_PAGE; at + DMX_CACHE_SMALL_SET < v->map.bytes; at += DMX_CACHE_SMALL_SET) {
        uint64_t *tags = (uint64_t *)(void *)(v->bytes + at);
        for (int i = 0; i < DMX_CACHE_SMALL_WAYS; i++)
            tags[i] = tags[draw(DMX_CACHE_SMALL_WAYS)];
    }
}

static const struct {
    const char *label;
    void (*damage)(const struct victim *v);
    bool truncate;
    bool leaves_nothing; /* so much damage that no answer can be left: the damage is known to be one */
} damages[] = {
    {"random bytes behind the header", random_bytes, false, true},
    {"random file", random_file, false, true},
    {"bits flipped all over", flipped_bits, false, false},
    {"a bit flipped in most slots", some_flipped, false, false},
    {"sequences odd", stuck, false, false},
    {"lengths that lie", lying_lengths, false, false},
    {"lengths that lie, checksums made to fit", lying_lengths_that_fit, false, false},
    {"times that lie, checksums made to fit", lying_times_that_fit, false, false},
    {"entries moved elsewhere", moved, false, false},
    {"tags of others, and a file cut", mixed_tags, true, true},
};

static void damage_file(int which)
{
    struct victim v;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_cache_map_open(&scene.settings, &v.map, &reason), DMX_OK);
    v.bytes = v.map.base;
    damages[which].damage(&v);
    const off_t cut = (off_t)draw((uint32_t)v.map.bytes);
    dmx_cache_map_close(&v.map);
    if (damages[which].truncate)
        ck_assert_int_eq(truncate(scene.path, cut), 0);
}

static bool is_truth(const struct dmx_answer *answer, int n)
{
    return answer->status == DMX_DNS_OK && answer->count == 1 && dmx_slice_eq(answer->rrs[0].data.text, truth(n)) &&
           answer->ttl_s <= scene.settings.max_ttl_s;
}

/* How many of the names are found; each must be the truth. */
static int ask_all(const char *label, struct dmx_arena *arena)
{
    int found = 0;
    for (int n = 0; n < NAMES; n++) {
        const struct dmx_question question = name_nth(n);
        struct dmx_answer answer;
        if (dmx_cache_find(scene.cache, &question, NOW, arena, &answer) == DMX_CACHE_MISS)
            continue;
        ck_assert_msg(is_truth(&answer, n), "%s: a wrong answer for %d", label, n);
        found++;
    }
    return found;
}

START_TEST(damaged)
{
    const char *label = damages[_i].label;
    int found = 0, before = 0;
    draw_state = (uint64_t)_i + 1;
    for (int file = 0; file < FILES_EACH; file++) {
        struct dmx_arena *arena = dmx_arena_new(16 << 20);
        struct dmx_cache_entry entry;
        unlink(scene.path);
        ck_assert_str_eq(scene_open(&scene), "ok");
        fill();
        before += ask_all(label, arena);
        dmx_cache_close(&scene.cache);
        damage_file(_i);
        ck_assert_int_eq(strncmp(scene_open(&scene), "ok", 2), 0);
        found += ask_all(label, arena);
        for (size_t cursor = 0; dmx_cache_next(scene.cache, &cursor, NOW, arena, &entry);)
            ck_assert_msg(entry.answer.ttl_s <= scene.settings.max_ttl_s, "%s: too long a life", label);
        (void)stats_of(&scene);
        fill();
        ask_all(label, arena);
        dmx_cache_flush_all(scene.cache, true);
        dmx_arena_free(&arena);
    }
    ck_assert_int_gt(before, FILES_EACH * NAMES / 2);
    ck_assert_int_lt(found, before);
    if (damages[_i].leaves_nothing)
        ck_assert_msg(found == 0, "%s: %d found", label, found);
}
END_TEST

/* A slot whose writer never came back is a miss, and is written over once it is stuck for long enough. */
START_TEST(taken_over)
{
    static const struct {
        const char *label;
        uint32_t age_ms;
        const char *want;
        uint64_t takeovers;
    } ages[] = {
        {"just now", 0, "miss", 0},
        {"for half a second", 500, "miss", 0},
        {"for over 3 s", DMX_CACHE_STUCK_MS + 1, "fresh ok 60 | TXT w", 1},
        {"since before a boot", (uint32_t)-100000, "fresh ok 60 | TXT w", 1},
    };
    for (size_t i = 0; i < DMX_COUNT(ages); i++) {
        struct victim v;
        struct dmx_reason reason;
        unlink(scene.path);
        ck_assert_str_eq(scene_open(&scene), "ok");
        keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
        ck_assert_int_eq(dmx_cache_map_open(&scene.settings, &v.map, &reason), DMX_OK);
        v.bytes = v.map.base;
        for (size_t n = 0; n < dmx_cache_slots(&v.map, DMX_CLASS_SMALL); n++) {
            const struct dmx_cache_place place = dmx_cache_place_nth(&v.map, n);
            if (dmx_cache_tag(&v.map, &place))
                slot_of(&v, &place)->sequence = (uint64_t)((uint32_t)dmx_clock_mono_ms() - ages[i].age_ms) << 32 | 5;
        }
        ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
        keep(&scene, "a.test", text_answer(&scene, "w", 60), NOW);
        const char *got = find_text(&scene, "a.test", DMX_RR_TXT, NOW);
        ck_assert_msg(strcmp(got, ages[i].want) == 0, "%s: got \"%s\", want \"%s\"", ages[i].label, got, ages[i].want);
        ck_assert_uint_eq(stats_of(&scene).takeovers, ages[i].takeovers);
        ck_assert_uint_eq(stats_of(&scene).skipped_writes, 1 - ages[i].takeovers);
        dmx_cache_map_close(&v.map);
    }
}
END_TEST

static struct dmx_cache_place used_place(const struct victim *v)
{
    for (size_t n = 0; n < dmx_cache_slots(&v->map, DMX_CLASS_SMALL); n++) {
        const struct dmx_cache_place at = dmx_cache_place_nth(&v->map, n);
        if (dmx_cache_tag(&v->map, &at))
            return at;
    }
    ck_abort_msg("no place is in use");
}

/*
 * A writer that was stopped in the middle goes on after its slot was taken over: whatever it still writes, and were it
 * its whole entry, does not check out, as its checksum is over the sequence that it meant to publish.
 */
START_TEST(late_writer)
{
    struct victim v;
    struct dmx_reason reason;
    uint8_t early[DMX_CACHE_SMALL_SLOT];
    ck_assert_str_eq(scene_open(&scene), "ok");
    ck_assert_int_eq(dmx_cache_map_open(&scene.settings, &v.map, &reason), DMX_OK);
    v.bytes = v.map.base;
    keep(&scene, "a.test", text_answer(&scene, "early", 60), NOW);
    const struct dmx_cache_place place = used_place(&v);
    memcpy(early, slot_of(&v, &place), sizeof early);
    keep(&scene, "a.test", text_answer(&scene, "later", 60), NOW);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT later");
    /* All but the sequence. */
    memcpy((uint8_t *)slot_of(&v, &place) + 8, early + 8, sizeof early - 8);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
    dmx_cache_map_close(&v.map);
}
END_TEST

/* A whole slot with its tag, copied beside itself: an entry is one only where it was put. */
START_TEST(entry_elsewhere)
{
    struct victim v;
    struct dmx_reason reason;
    struct dmx_cache_entry entry;
    size_t count = 0;
    ck_assert_str_eq(scene_open(&scene), "ok");
    ck_assert_int_eq(dmx_cache_map_open(&scene.settings, &v.map, &reason), DMX_OK);
    v.bytes = v.map.base;
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    for (size_t n = 0; n < dmx_cache_slots(&v.map, DMX_CLASS_SMALL); n++) {
        const struct dmx_cache_place from = dmx_cache_place_nth(&v.map, n);
        if (!dmx_cache_tag(&v.map, &from))
            continue;
        const unsigned other = (from.way + 1) % DMX_CACHE_SMALL_WAYS;
        uint64_t *tags = (uint64_t *)(void *)(v.bytes + from.set);
        tags[other] = tags[from.way];
        memcpy(v.bytes + from.set + DMX_CACHE_LINE + other * DMX_CACHE_SMALL_SLOT, slot_of(&v, &from),
               DMX_CACHE_SMALL_SLOT);
        break;
    }
    for (size_t cursor = 0; dmx_cache_next(scene.cache, &cursor, NOW, scene.arena, &entry);)
        count++;
    ck_assert_uint_eq(count, 1);
    dmx_cache_map_close(&v.map);
}
END_TEST

static bool pin(const char *text, int64_t now_s)
{
    const struct dmx_question question = question_of("a.test", DMX_RR_TXT);
    const struct dmx_answer answer = text_answer(&scene, text, 1);
    return dmx_cache_pin(scene.cache, &question, &answer, now_s, NOW + 60);
}

/* Several processes enter the same pins when their file has changed. */
START_TEST(pins_of_two_processes)
{
    struct victim v;
    struct dmx_reason reason;
    ck_assert_str_eq(scene_open(&scene), "ok");
    ck_assert_int_eq(dmx_cache_map_open(&scene.settings, &v.map, &reason), DMX_OK);
    v.bytes = v.map.base;
    ck_assert(pin("v", NOW));
    ck_assert(pin("v", NOW + 1));
    ck_assert_uint_eq(stats_of(&scene).stores, 1);
    /* The other one is just writing it: no second place for the same. */
    const struct dmx_cache_place place = used_place(&v);
    struct dmx_cache_slot *slot = slot_of(&v, &place);
    const uint64_t sequence = slot->sequence;
    slot->sequence = (uint64_t)(uint32_t)dmx_clock_mono_ms() << 32 | 5;
    ck_assert(!pin("v", NOW + 1));
    slot->sequence = sequence;
    ck_assert_uint_eq(stats_of(&scene).pinned, 1);
    /* Both have taken a place in the same instant. */
    uint64_t *tag = (uint64_t *)(void *)(v.bytes + place.set) + place.way;
    *tag ^= 1;
    ck_assert(pin("v", NOW));
    *tag ^= 1;
    ck_assert_uint_eq(stats_of(&scene).pinned, 2);
    ck_assert(pin("w", NOW + 1));
    ck_assert_uint_eq(stats_of(&scene).pinned, 1);
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW + 1), "fresh ok 59 | TXT w");
    dmx_cache_map_close(&v.map);
}
END_TEST

DMX_SUITE(cache_damage)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(damaged, damages);
    DMX_TEST(taken_over);
    DMX_TEST(late_writer);
    DMX_TEST(entry_elsewhere);
    DMX_TEST(pins_of_two_processes);
}
