/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The site's cache: what outlives a flood, the pins of the site's file, and the names of stale answers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../module/pipeline/stale.h"
#include "dmx/base/clock.h"
#include "dmx/dns/zone.h"
#include "dmx/pipeline/cache.h"
#include "road.h"
#include "suite.h"

static char directory[] = "/tmp/dmx-site-cache-XXXXXX";
static char cache_path[64], pins_path[64];
static struct dmx_config *config;
static struct dmx_psl *psl;
static struct dmx_arena *arena;
static struct dmx_cache *cache;

static void set(const char *key, const char *value)
{
    char text[128];
    struct dmx_config_error error;
    snprintf(text, sizeof text, "%s=%s", key, value);
    ck_assert_msg(dmx_config_set(config, dmx_slice_cstr(text), &error) == DMX_OK, "%s", error.text);
}

static void setup(void)
{
    static const char *const lists[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    struct dmx_reason reason;
    memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(cache_path, sizeof cache_path, "%s/cache", directory);
    snprintf(pins_path, sizeof pins_path, "%s/pins", directory);
    arena = dmx_arena_new(64 << 20);
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    set("cache_file", cache_path);
    set("cache_pins", pins_path);
    set("cache_size", "1M");
    ck_assert_int_eq(dmx_psl_load(lists, 1, &psl, &reason), DMX_OK);
    ck_assert_msg(dmx_site_cache_open(config, DMX_CACHE_USE, &cache, &reason) == DMX_OK, "%s", reason.text);
}

static void teardown(void)
{
    dmx_cache_close(&cache);
    dmx_psl_free(&psl);
    dmx_config_free(&config);
    dmx_arena_free(&arena);
    unlink(cache_path);
    unlink(pins_path);
    rmdir(directory);
}

/* ---- a flood ---- */

enum { DOMAINS = 50, FLOOD = 20000, BATCH = 500 };

static const char zone_text[] = "*.attacker.example TXT \"v=DMARC1; p=none\"\n"
                                "*.org TXT \"v=DMARC1; p=reject\"\n"
                                "$FAIL *.broken.example ANY SERVFAIL\n";

/* Asks for _dmarc.PREFIXi.DOMAIN, i from 0; a message asks for BATCH of them. */
static void ask_many(struct dmx_cached *cached, const char *prefix, const char *domain, size_t count)
{
    char text[128];
    struct dmx_dns_source source = dmx_cached_source(cached);
    for (size_t i = 0; i < count;) {
        struct dmx_arena *message = dmx_arena_new(16 << 20);
        struct dmx_answers *book = dmx_answers_new(message, BATCH);
        ck_assert_ptr_nonnull(book);
        for (size_t n = 0; n < BATCH && i < count; n++, i++) {
            snprintf(text, sizeof text, "_dmarc.%s%zu.%s", prefix, i, domain);
            (void)!dmx_answers_ask_text(book, DMX_SLICE_NONE, dmx_slice_cstr(text), DMX_RR_TXT);
        }
        while (dmx_answers_open(book))
            source.resolve(source.ctx, book, &DMX_BUDGET_UNLIMITED);
        source.end(source.ctx);
        dmx_arena_free(&message);
    }
}

static size_t kept(const char *prefix, const char *domain, size_t count)
{
    char text[128];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct dmx_question question = {.type = DMX_RR_TXT};
        struct dmx_answer answer;
        snprintf(text, sizeof text, "_dmarc.%s%zu.%s", prefix, i, domain);
        ck_assert(dmx_name_from_text(dmx_slice_cstr(text), &question.name));
        found += dmx_cache_find(cache, &question, dmx_clock_unix_s(), arena, &answer) == DMX_CACHE_FRESH;
    }
    return found;
}

static const struct {
    const char *label, *prefix, *domain;
    bool without_list;
} floods[] = {
    {"names below a wildcard of one's own", "x", "attacker.example", false},
    {"names that do not exist", "x", "example", false},
    {"names of suffixes that do not exist", "x", "", false},
    {"the same, without a list", "x", "", true},
    {"names below a wildcard, without a list", "x", "attacker.example", true},
};

/* Policies of real senders stay, though nobody asks for them meanwhile. */
START_TEST(a_flood_of_names)
{
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line;
    ck_assert_int_eq(dmx_zone_parse(dmx_slice_cstr(zone_text), arena, &zone, &line, &reason, NULL), DMX_OK);
    struct dmx_cached *cached =
        dmx_site_cached_new(config, floods[_i].without_list ? NULL : psl, cache, dmx_zone_source(zone));
    ck_assert_ptr_nonnull(cached);
    ask_many(cached, "bank", "org", DOMAINS);
    ask_many(cached, floods[_i].prefix, floods[_i].domain, FLOOD);
    size_t left = kept("bank", "org", DOMAINS);
    ck_assert_msg(left == DOMAINS, "%s: %zu of %d left", floods[_i].label, left, DOMAINS);
    dmx_cached_free(&cached);
}
END_TEST

/* ---- a flood while DNS fails ---- */

static const struct {
    const char *label, *domain;
} stale_floods[] = {
    {"names that are answered", "attacker.example"},
    {"names that do not exist", "example"},
    {"names that fail", "broken.example"},
};

/* Whoever makes DNS fail for a domain must not first rid the cache of what would serve then. */
START_TEST(a_flood_leaves_stale_policies)
{
    struct dmx_reason reason;
    struct dmx_zone *zone;
    size_t line, left = 0;
    char name[64];
    struct dmx_question question = {.type = DMX_RR_TXT};
    const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = DMX_SLICE_INIT("v=DMARC1; p=reject")};
    struct dmx_answer answer = {.rrs = &rr, .count = 1, .ttl_s = 3600};
    dmx_cache_close(&cache);
    set("cache_stale", "1d");
    ck_assert_int_eq(dmx_site_cache_open(config, DMX_CACHE_USE, &cache, &reason), DMX_OK);
    ck_assert_int_eq(dmx_zone_parse(dmx_slice_cstr(zone_text), arena, &zone, &line, &reason, NULL), DMX_OK);
    struct dmx_cached *cached = dmx_site_cached_new(config, psl, cache, dmx_zone_source(zone));
    ck_assert_ptr_nonnull(cached);
    for (int i = 0; i < DOMAINS; i++) {
        snprintf(name, sizeof name, "_dmarc.bank%d.org", i);
        ck_assert(dmx_name_from_text(dmx_slice_cstr(name), &question.name));
        dmx_cache_store(cache, &question, &answer, DMX_CACHE_VALUED, dmx_clock_unix_s() - 4000);
    }
    ask_many(cached, "x", stale_floods[_i].domain, FLOOD);
    for (int i = 0; i < DOMAINS; i++) {
        snprintf(name, sizeof name, "_dmarc.bank%d.org", i);
        ck_assert(dmx_name_from_text(dmx_slice_cstr(name), &question.name));
        left += dmx_cache_find(cache, &question, dmx_clock_unix_s(), arena, &answer) == DMX_CACHE_STALE;
    }
    ck_assert_msg(left == DOMAINS, "%s: %zu of %d left", stale_floods[_i].label, left, DOMAINS);
    dmx_cached_free(&cached);
}
END_TEST

/* ---- pins ---- */

static void write_pins(const char *text)
{
    char other[80];
    snprintf(other, sizeof other, "%s.new", pins_path);
    FILE *file = fopen(other, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(rename(other, pins_path), 0);
}

/* How many pins the cache has. */
static size_t pinned(void)
{
    struct dmx_cache_stats stats;
    dmx_cache_stats(cache, &stats);
    return (size_t)stats.pinned;
}

static enum dmx_status refresh(struct dmx_config_error *error)
{
    *error = (struct dmx_config_error){{0}};
    return dmx_site_pins_refresh(config, cache, 1700000000, error);
}

START_TEST(pins_follow_their_file)
{
    struct dmx_config_error error;
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 0);
    write_pins("a.example A until 2024-12-31 192.0.2.1\nb.example TXT until 2024-12-31 \"x\"\n"
               "c.example A until 2023-11-13 192.0.2.1 # over at 1700000000\n");
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 2);
    write_pins("b.example TXT until 2024-12-31 \"x\"\n");
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 1);
    dmx_cache_flush_all(cache, true);
    ck_assert_int_eq(refresh(&error), DMX_OK); /* this state was entered */
    ck_assert_uint_eq(pinned(), 0);
    write_pins("b.example TXT until 2024-12-31 \"x\"\n");
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 1);
    unlink(pins_path);
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 0);
}
END_TEST

START_TEST(wrong_pins_change_nothing)
{
    struct dmx_config_error error;
    write_pins("a.example A until 2024-12-31 192.0.2.1\n");
    ck_assert_int_eq(refresh(&error), DMX_OK);
    write_pins("b.example A until 2024-12-31 192.0.2.1\n\nx A until 2024-12-31 \x01\n");
    ck_assert_int_eq(refresh(&error), DMX_INVALID);
    ck_assert_msg(strstr(error.text, "pins line 3: an A record holds an IPv4 address") && strstr(error.text, ": \\x01"),
                  "%s", error.text);
    ck_assert_uint_eq(pinned(), 1);
    ck_assert_int_eq(refresh(&error), DMX_OK); /* it is said once */
    unlink(pins_path);
    ck_assert_int_eq(symlink("/dev/null", pins_path), 0);
    ck_assert_int_eq(refresh(&error), DMX_IO);
    ck_assert_uint_eq(pinned(), 1);
}
END_TEST

enum { FULL = 12000, ADDRESSES = 130 };

/* Entries that take fifty times as much to look at as to keep: anybody who has such hosts can leave them here. */
static void fill(void)
{
    struct dmx_rr rrs[ADDRESSES];
    const struct dmx_answer answer = {.status = DMX_DNS_OK, .rrs = rrs, .count = ADDRESSES, .ttl_s = 3600};
    char text[32];
    for (size_t i = 0; i < ADDRESSES; i++)
        rrs[i] = (struct dmx_rr){.type = DMX_RR_A, .data.ip = dmx_ip_v4((const uint8_t[4]){192, 0, 2, (uint8_t)i})};
    for (size_t i = 0; i < FULL; i++) {
        struct dmx_question question = {.type = DMX_RR_A};
        snprintf(text, sizeof text, "mx%zu.example", i);
        ck_assert(dmx_name_from_text(dmx_slice_cstr(text), &question.name));
        dmx_cache_store(cache, &question, &answer, DMX_CACHE_ORDINARY, 1700000000);
    }
}

/* However much else there is: one that stayed would count for years. */
START_TEST(pins_leave_a_full_cache)
{
    struct dmx_config_error error;
    struct dmx_reason reason;
    char line[64];
    FILE *pins = fopen(pins_path, "w");
    ck_assert_ptr_nonnull(pins);
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "p%d.example A until 2024-12-31 192.0.2.1\n", i);
        fputs(line, pins);
    }
    fclose(pins);
    dmx_cache_close(&cache);
    unlink(cache_path);
    set("cache_size", "16M");
    ck_assert_int_eq(dmx_site_cache_open(config, DMX_CACHE_USE, &cache, &reason), DMX_OK);
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 100);
    fill();
    unlink(pins_path);
    ck_assert_int_eq(refresh(&error), DMX_OK);
    ck_assert_uint_eq(pinned(), 0);
}
END_TEST

/* What counts for a name at a time. */
static bool counts_at(int64_t now_s)
{
    struct dmx_question question = {.type = DMX_RR_A};
    struct dmx_answer answer;
    ck_assert(dmx_name_from_text(DMX_SLICE("a.example"), &question.name));
    return dmx_cache_find(cache, &question, now_s, arena, &answer) == DMX_CACHE_FRESH;
}

enum { PIN_NOW = 1700000000, HOUR = 3600, DAY = 24 * HOUR };

static const struct {
    const char *label;
    int64_t entered_s, then_s;
} clocks[] = {
    {"right", PIN_NOW, PIN_NOW},
    {"later that day", PIN_NOW, PIN_NOW + 300},
    {"an hour ahead, and set right", PIN_NOW + HOUR, PIN_NOW},
    {"a week ahead, and set right", PIN_NOW + 7 * DAY, PIN_NOW},
    {"behind the end of the pin, and set right", PIN_NOW + 5 * 366 * (int64_t)DAY, PIN_NOW},
    {"in 1970, and set right", DAY, PIN_NOW},
};

/* A machine may learn the time when Exim already runs. */
START_TEST(pins_outlive_a_wrong_clock)
{
    struct dmx_config_error error;
    write_pins("a.example A until 2024-12-31 192.0.2.1\n");
    ck_assert_int_eq(dmx_site_pins_refresh(config, cache, clocks[_i].entered_s, &error), DMX_OK);
    ck_assert_int_eq(dmx_site_pins_refresh(config, cache, clocks[_i].then_s, &error), DMX_OK);
    ck_assert_msg(counts_at(clocks[_i].then_s), "%s", clocks[_i].label);
    ck_assert_msg(!counts_at(PIN_NOW + 2 * 366 * (int64_t)DAY), "%s: for ever", clocks[_i].label);
}
END_TEST

/* ---- stale answers ---- */

static const struct {
    const char *names; /* each with a stale answer, those in capitals with a fresh one */
    const char *want;
} stale_rows[] = {
    {"", ""},
    {"A", ""},
    {"_dmarc.a.test", "_dmarc.a.test"},
    {"a B c", "a,c"},
    {"a b c", "a,b,c"},
    {"a b c D e", "a,b,c+1"},
    {"a b c d e f g h i j k l", "a,b,c+9"},
    {"x)\x01\"=y", "x\\041\\001\\034\\061y"},
};

START_TEST(names_of_stale_answers)
{
    struct dmx_answers *book = dmx_answers_new(arena, 20);
    struct dmx_slice rest = dmx_slice_cstr(stale_rows[_i].names), name;
    while (rest.len && dmx_slice_split(&rest, ' ', &name)) {
        size_t n = dmx_answers_count(book);
        ck_assert_ptr_null(dmx_answers_ask_text(book, DMX_SLICE_NONE, name, DMX_RR_TXT));
        bool fresh = name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
        dmx_answers_set(book, n, (struct dmx_answer){.status = DMX_DNS_NODATA, .stale = !fresh});
    }
    ck_assert_ptr_null(dmx_answers_ask_text(book, DMX_SLICE_NONE, DMX_SLICE("open.test"), DMX_RR_TXT));
    ck_slice_eq(stale_rows[_i].names, dmx_stale_names(book, arena), stale_rows[_i].want);
}
END_TEST

START_TEST(the_log_says_so)
{
    static const struct road_input in = {
        .zone = "", .message = "From: a@a.test\n\nb\n", .ip = "192.0.2.1", .mail_from = "x@a.test"};
    char text[8192];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct road_output out;
    road_play(&in, &out);
    dmx_put_log(&b, out.config, &out.verdict, &out.envelope);
    ck_assert_ptr_null(strstr(dmx_builder_text(&b).ptr, "dns="));
    b.len = 0;
    out.verdict.stale = DMX_SLICE("_dmarc.a.test,a.test+2");
    dmx_put_log(&b, out.config, &out.verdict, &out.envelope);
    ck_assert_ptr_nonnull(strstr(dmx_builder_text(&b).ptr, " dns=stale(_dmarc.a.test,a.test+2)"));
    road_end(&out);
}
END_TEST

DMX_SUITE(site_cache)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(a_flood_of_names, floods);
    DMX_TABLE(a_flood_leaves_stale_policies, stale_floods);
    DMX_TEST(pins_follow_their_file);
    DMX_TEST(wrong_pins_change_nothing);
    DMX_TEST(pins_leave_a_full_cache);
    DMX_TABLE(pins_outlive_a_wrong_clock, clocks);
    DMX_TABLE(names_of_stale_answers, stale_rows);
    DMX_TEST(the_log_says_so);
}
