/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache.h"

#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "dmx/base/clock.h"
#include "dmx/dns/resolver.h"
#include "dmx/pipeline/cache.h"
#include "panic.h"

#include "dmx/base/banned.h"

enum { SHOWN_PATH = 200 };

static void log_cache(const char *what, const struct dmx_reason *reason)
{
    char line[640];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: cache: ");
    if (reason->detail.len) {
        dmx_put_escaped(&b, reason->detail, SHOWN_PATH);
        dmx_put_cstr(&b, ": ");
    }
    dmx_put_cstr(&b, reason->text ? reason->text : "out of memory");
    dmx_put_cstr(&b, what);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}

/* Each connection is a process: what does not go away would fill the log. */
static void log_none(const struct dmx_reason *reason)
{
    if (host_checking || dmx_hourly("/dmx-cache.stamp", dmx_clock_unix_s()) != DMX_HOURLY_NOT_DUE)
        log_cache("; mail is judged without it, which costs time", reason);
}

static void enter_pins(const struct dmx_state *state)
{
    char line[sizeof(struct dmx_config_error) + 32];
    struct dmx_config_error error = {{0}};
    if (host_checking || dmx_site_pins_refresh(state->config, state->cache, dmx_clock_unix_s(), &error) == DMX_OK)
        return;
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: cache_pins: ");
    dmx_put_cstr(&b, error.text);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}

/* Whether there is a cache now; if not, the log knows. */
static bool open_cache(struct dmx_state *state)
{
    const enum dmx_cache_access access = host_checking ? DMX_CACHE_READ : DMX_CACHE_USE;
    struct dmx_reason reason = DMX_REASON_NONE;
    enum dmx_status status = dmx_site_cache_open(state->config, access, &state->cache, &reason);
    bool being_made = reason.token && strcmp(reason.token, DMX_CACHE_BEING_MADE) == 0;
    if (being_made)
        state->cache_tried_by = 0; /* there will be one for the next message */
    else if (status != DMX_OK)
        log_none(&reason);
    else if (reason.token)
        log_cache("; there is a new one", &reason);
    return status == DMX_OK;
}

static bool is_current(const struct dmx_state *state)
{
    return state->cache && dmx_cache_is_current(state->cache);
}

/* A map that was inherited from a daemon, or lives for a long connection, may be of a file that is no more. */
void dmx_cache_ready(struct dmx_state *state)
{
    pid_t self = getpid();
    if (!state->config->cache || !state->resolver)
        return;
    if (state->cached && is_current(state))
        return;
    if (!state->cached && state->cache_tried_by == self)
        return;
    dmx_cached_free(&state->cached);
    state->cache_tried_by = self;
    if (!is_current(state)) {
        dmx_cache_close(&state->cache);
        if (!open_cache(state))
            return;
    }
    enter_pins(state);
    state->cached =
        dmx_site_cached_new(state->config, state->equipment.psl, state->cache, dmx_resolver_source(state->resolver));
}

void dmx_cache_inherit(struct dmx_state *state)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    if (state->config->cache && is_current(state))
        return;
    dmx_cache_close(&state->cache);
    if (state->config->cache &&
        dmx_site_cache_open(state->config, DMX_CACHE_EXISTING, &state->cache, &reason) != DMX_OK)
        state->cache = NULL; /* a child makes one, or says why there is none */
}

struct dmx_dns_source dmx_cache_source(const struct dmx_state *state)
{
    return state->cached ? dmx_cached_source(state->cached) : dmx_resolver_source(state->resolver);
}
