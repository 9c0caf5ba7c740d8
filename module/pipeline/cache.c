/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/pipeline/cache.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "dmx/base/clock.h"
#include "dmx/dns/pins.h"
#include "dmx/site/file.h"

#include "dmx/base/banned.h"

enum {
    MS_PER_S = 1000,
    DAY_S = 86400,
    PINS_BYTES = 64 * 1024 * 1024, /* of the arena: the text, its records, and the list of what was pinned */
    SHOWN_DETAIL = 100,
};

enum dmx_status dmx_site_cache_open(const struct dmx_config *config, enum dmx_cache_access access,
                                    struct dmx_cache **out, struct dmx_reason *out_reason)
{
    const struct dmx_cache_settings settings = {
        .path = config->cache_file.ptr, /* NUL-terminated: an arena copied it */
        .size_bytes = config->cache_size,
        .max_ttl_s = (uint32_t)(config->cache_max_ttl_ms / MS_PER_S),
        .negative_max_ttl_s = (uint32_t)(config->cache_negative_max_ttl_ms / MS_PER_S),
        .stale_s = (uint32_t)(config->cache_stale_ms / MS_PER_S),
        .access = access,
    };
    return dmx_cache_open(&settings, out, out_reason);
}

/* ---- what an answer is worth ---- */

static bool is_policy(const struct dmx_name *name)
{
    static const uint8_t label[] = {6, '_', 'd', 'm', 'a', 'r', 'c'};
    struct dmx_name rest, prefix = {.len = sizeof label + 1};
    memcpy(prefix.wire, label, sizeof label);
    struct dmx_name first = *name;
    if (!dmx_name_parent(name, &rest) || name->len < sizeof label + 1)
        return false;
    first.len = sizeof label + 1;
    first.wire[sizeof label] = 0;
    return dmx_name_eq(&first, &prefix);
}

/*
 * Anybody can write names below a domain of his, and names of domains that do not exist, into as many messages as he
 * likes, and a wildcard answers them all. Organizational domains that have a policy he would have to register. Without a
 * list two labels count as one.
 */
static int value(const void *ctx, const struct dmx_question *question, const struct dmx_answer *answer)
{
    const struct dmx_psl *psl = ctx;
    char text[4 * DMX_NAME_MAX];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_name owner;
    if (answer->status != DMX_DNS_OK || question->type != DMX_RR_TXT || !is_policy(&question->name) ||
        !dmx_name_parent(&question->name, &owner))
        return DMX_CACHE_ORDINARY;
    dmx_put_name(&b, &owner);
    struct dmx_slice domain = dmx_builder_text(&b);
    bool is_org = psl ? dmx_slice_eq(dmx_psl_org_domain(psl, domain), domain) : dmx_name_labels(&owner) <= 2;
    return is_org ? DMX_CACHE_VALUED : DMX_CACHE_ORDINARY;
}

struct dmx_cached *dmx_site_cached_new(const struct dmx_config *config, const struct dmx_psl *psl,
                                       struct dmx_cache *cache, struct dmx_dns_source behind)
{
    return dmx_cached_new(&(struct dmx_cached_settings){
        .cache = cache,
        .behind = behind,
        .now_s = dmx_clock_unix_s,
        .serve_stale = config->cache_stale_ms > 0,
        .value = value,
        .value_ctx = psl,
    });
}

/* ---- pins ---- */

static void explain(struct dmx_config_error *error, struct dmx_slice path, size_t line, const char *why,
                    struct dmx_slice detail)
{
    struct dmx_builder b = dmx_builder_fixed(error->text, sizeof error->text);
    dmx_put_escaped(&b, path, SHOWN_DETAIL);
    if (line > 0) {
        dmx_put_cstr(&b, " line ");
        dmx_put_u64(&b, line);
    }
    dmx_put_cstr(&b, ": ");
    dmx_put_cstr(&b, why ? why : "cannot be used");
    if (detail.len > 0) {
        dmx_put_cstr(&b, ": ");
        dmx_put_escaped(&b, detail, SHOWN_DETAIL);
    }
    (void)dmx_builder_text(&b);
}

enum dmx_status dmx_site_pins_read(const struct dmx_config *config, struct dmx_arena *arena, struct dmx_pins *out,
                                   struct dmx_config_error *out_error)
{
    const char *why = "out of memory";
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_slice text;
    struct stat st;
    size_t line = 0;
    *out = (struct dmx_pins){NULL, 0};
    if (stat(config->cache_pins.ptr, &st) != 0 && errno == ENOENT)
        return DMX_OK;
    enum dmx_status status = dmx_file_read(config->cache_pins.ptr, DMX_PINS_MAX_BYTES, arena, &text, &why);
    if (status == DMX_LIMIT)
        why = "it is over 1 MB";
    if (status == DMX_OK) {
        status = dmx_pins_parse(text, arena, out, &line, &reason);
        why = status == DMX_NOMEM ? "out of memory" : reason.text;
    }
    if (status != DMX_OK)
        explain(out_error, config->cache_pins, line, why, reason.detail);
    return status;
}

/*
 * FNV-1a over what changes when a file does: never 0, which is the mark of a cache that has no pins yet. The day is part
 * of it: pins that were entered under a wrong clock, and taken for over then, are entered once more under the right one.
 */
static uint64_t state_of(const struct stat *st, int64_t now_s)
{
    const uint64_t parts[] = {st->st_dev,
                              st->st_ino,
                              (uint64_t)st->st_size,
                              (uint64_t)st->st_mtim.tv_sec,
                              (uint64_t)st->st_mtim.tv_nsec,
                              (uint64_t)(now_s / DAY_S)};
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (unsigned shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (parts[i] >> shift & 0xff)) * 0x100000001b3;
    return hash ? hash : 1;
}

/* The state is taken before the file is read: one that changes in between is read once more by the next process. */
static uint64_t file_state(const char *path, int64_t now_s)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return state_of(&st, now_s);
    return errno == ENOENT ? 0 : (uint64_t)errno;
}

enum dmx_status dmx_site_pins_refresh(const struct dmx_config *config, struct dmx_cache *cache, int64_t now_s,
                                      struct dmx_config_error *out_error)
{
    uint64_t state = file_state(config->cache_pins.ptr, now_s);
    if (state == dmx_cache_mark(cache))
        return DMX_OK;
    struct dmx_arena *arena = dmx_arena_new(PINS_BYTES);
    struct dmx_pins pins;
    enum dmx_status status = arena ? dmx_site_pins_read(config, arena, &pins, out_error) : DMX_NOMEM;
    if (status == DMX_OK && dmx_pins_enter(&pins, cache, now_s, arena) > 0) {
        status = DMX_LIMIT;
        explain(out_error, config->cache_pins, 0, "the cache has not room for all of it", DMX_SLICE_NONE);
    }
    if (!arena)
        explain(out_error, config->cache_pins, 0, "out of memory", DMX_SLICE_NONE);
    dmx_cache_set_mark(cache, state);
    dmx_arena_free(&arena);
    return status;
}
