/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Entries and counters of the cache, for people and as JSON. Names and records come from outside: they are escaped. */
#include "cache.h"

#include <time.h>

#include "dmx/base/date.h"
#include "dmx/dns/present.h"

enum {
    MAX_VALUE = 1024 * 1024,
    SHOWN_VALUE = 100, /* of a record, in the list */
    TIME_ROOM = 32,
};

static struct dmx_slice name_of(const struct dmx_cache_entry *entry, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_VALUE);
    dmx_put_master_name(&b, &entry->question.name);
    return dmx_builder_text(&b);
}

static struct dmx_slice data_of(const struct dmx_rr *rr, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_VALUE);
    dmx_put_rr_data(&b, rr);
    return dmx_builder_text(&b);
}

static void put_time(FILE *to, int64_t when_s)
{
    char text[TIME_ROOM] = "-";
    time_t t = (time_t)when_s;
    struct tm tm;
    if (gmtime_r(&t, &tm))
        (void)!strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    fputs(text, to);
}

/* "pinned until 2026-12-31", "stale", or nothing. */
static void put_state(FILE *to, const struct dmx_cache_entry *entry, const char *before)
{
    char text[TIME_ROOM];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    if (entry->pinned) {
        dmx_put_date(&b, entry->ends_s);
        fprintf(to, "%spinned until %s", before, dmx_builder_text(&b).ptr);
    } else if (entry->state != DMX_CACHE_FRESH) {
        fprintf(to, "%sstale", before);
    }
}

void print_entry_heading(FILE *to)
{
    fprintf(to, "%-40s %-5s %7s %6s  %s\n", "NAME", "TYPE", "TTL", "HITS", "ANSWER");
}

void print_entry(FILE *to, const struct dmx_cache_entry *entry, struct dmx_arena *arena)
{
    struct dmx_slice name = name_of(entry, arena);
    fprintf(to, "%-40.*s %-5s %7u %6u  ", DMX_SLICE_ARG(name), dmx_rr_type_name(entry->question.type),
            entry->answer.ttl_s, entry->hits);
    if (entry->answer.status != DMX_DNS_OK)
        fputs(dmx_dns_status_name(entry->answer.status), to);
    for (size_t i = 0; i < entry->answer.count; i++) {
        struct dmx_slice data = data_of(&entry->answer.rrs[i], arena);
        bool clipped = data.len > SHOWN_VALUE;
        fprintf(to, "%s%.*s%s", i ? ", " : "", DMX_SLICE_ARG(dmx_slice_upto(data, SHOWN_VALUE)), clipped ? "..." : "");
    }
    put_state(to, entry, "; ");
    fputc('\n', to);
}

void print_entry_whole(FILE *to, const struct dmx_cache_entry *entry, struct dmx_arena *arena)
{
    struct dmx_slice name = name_of(entry, arena);
    const char *type = dmx_rr_type_name(entry->question.type);
    if (entry->answer.status != DMX_DNS_OK)
        fprintf(to, "%.*s %s: %s\n", DMX_SLICE_ARG(name), type, dmx_dns_status_name(entry->answer.status));
    for (size_t i = 0; i < entry->answer.count; i++) {
        struct dmx_slice data = data_of(&entry->answer.rrs[i], arena);
        fprintf(to, "%.*s %s %.*s\n", DMX_SLICE_ARG(name), type, DMX_SLICE_ARG(data));
    }
    fprintf(to, "    TTL %u s, %u hits, kept since ", entry->answer.ttl_s, entry->hits);
    put_time(to, entry->born_s);
    fputs(" until ", to);
    put_time(to, entry->ends_s);
    put_state(to, entry, ", ");
    fputs(entry->answer.authenticated_data ? ", DNSSEC (AD)\n" : "\n", to);
}

static void json_time(struct json *j, const char *key, int64_t when_s)
{
    json_number(j, key, when_s > 0 ? (uint64_t)when_s : 0);
}

void print_entry_json(struct json *j, const struct dmx_cache_entry *entry, struct dmx_arena *arena)
{
    json_open(j, NULL, '{');
    json_string(j, "name", name_of(entry, arena));
    json_cstring(j, "type", dmx_rr_type_name(entry->question.type));
    json_cstring(j, "status", dmx_dns_status_name(entry->answer.status));
    json_open(j, "data", '[');
    for (size_t i = 0; i < entry->answer.count; i++)
        json_string(j, NULL, data_of(&entry->answer.rrs[i], arena));
    json_close(j, ']');
    json_number(j, "ttl", entry->answer.ttl_s);
    json_cstring(j, "state", entry->state == DMX_CACHE_FRESH ? "fresh" : "stale");
    json_bool(j, "pinned", entry->pinned);
    json_number(j, "hits", entry->hits);
    json_time(j, "born", entry->born_s);
    json_time(j, "ends", entry->ends_s);
    json_bool(j, "authenticated_data", entry->answer.authenticated_data);
    json_close(j, '}');
}

struct counter {
    const char *name, *words;
    uint64_t value;
};

enum { COUNTERS = 13 };

static void list_counters(const struct dmx_cache_stats *s, struct counter out[static COUNTERS])
{
    const struct counter rows[COUNTERS] = {
        {"hits", "answered from the cache", s->hits},
        {"misses", "not found in it", s->misses},
        {"stale", "answered over their time, as DNS failed", s->stale},
        {"stores", "answers kept", s->stores},
        {"evictions", "thrown out before their time, for want of room", s->evictions},
        {"skipped_writes", "not kept: another process was writing there, or no room", s->skipped_writes},
        {"takeovers", "places taken over from a process that died in them", s->takeovers},
        {"slots", "places", s->slots},
        {"slots_used", "of them in use", s->slots_used},
        {"large_slots", "large places", s->large_slots},
        {"large_slots_used", "of them in use", s->large_slots_used},
        {"pinned", "pinned by the administrator", s->pinned},
        {"size_bytes", "size of the file", s->size_bytes},
    };
    for (size_t i = 0; i < COUNTERS; i++)
        out[i] = rows[i];
}

/* In tenths of a per cent. */
static uint64_t hit_rate(const struct dmx_cache_stats *s)
{
    uint64_t hits = s->hits + s->stale, all = hits + s->misses;
    return all ? hits * 1000 / all : 0;
}

void print_stats(FILE *to, const char *path, const struct dmx_cache_stats *stats)
{
    struct counter counters[COUNTERS];
    list_counters(stats, counters);
    fprintf(to, "%s, since ", path);
    put_time(to, stats->created_s);
    fprintf(to, "\nhit rate %llu.%llu %%\n", (unsigned long long)hit_rate(stats) / 10,
            (unsigned long long)hit_rate(stats) % 10);
    for (size_t i = 0; i < COUNTERS; i++)
        fprintf(to, "%10llu  %-16s  %s\n", (unsigned long long)counters[i].value, counters[i].name, counters[i].words);
}

void print_stats_json(FILE *to, const char *path, const struct dmx_cache_stats *stats)
{
    struct counter counters[COUNTERS];
    struct json j = {.to = to};
    list_counters(stats, counters);
    json_open(&j, NULL, '{');
    json_cstring(&j, "file", path);
    json_time(&j, "created", stats->created_s);
    for (size_t i = 0; i < COUNTERS; i++)
        json_number(&j, counters[i].name, counters[i].value);
    json_close(&j, '}');
    fputc('\n', to);
}
