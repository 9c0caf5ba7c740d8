/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "refresh.h"

#include "abi.h"
#include "cache.h"
#include "dmx/base/clock.h"
#include "dmx/dkim/crypto.h"
#include "dmx/dns/cache.h"
#include "dmx/dns/resolver.h"
#include "missing.h"
#include "panic.h"

#include "dmx/base/banned.h"

enum {
    LOOK_MS = 1000,          /* between two looks at the files: a busy daemon takes hundreds of connections a second */
    REMIND_MS = 3600 * 1000, /* between two lines about the same trouble */
};

/* What is refused, and what holds instead. */
static void tell_refused(const struct dmx_state *state)
{
    char line[sizeof state->refresh.trouble.text + 128];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: ");
    dmx_put_cstr(&b, state->refresh.trouble.text);
    dmx_put_cstr(&b, state->config ? "; the configuration read before stays in force"
                                   : "; mail is accepted unchecked until this is mended");
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
    dmx_panic(line, dmx_clock_unix_s());
}

static void take_config(struct dmx_state *state, struct dmx_config *config)
{
    struct dmx_config *old = state->config;
    dmx_cache_close(&state->cache); /* its limits may be others now */
    bool changed = state->refresh.looked;
    state->config = config;
    state->configured = true;
    dmx_equipment_load(&state->equipment, config);
    state->equipped = true;
    dmx_config_free(&old); /* after the equipment let go of it */
    if (changed)
        dmx_exim_log("dmx: the changed configuration has been read and is in force");
}

/* Whether the files are other than when the configuration was last read, be it a good or a wrong one. */
static bool config_is_stale(const struct dmx_state *state)
{
    const struct dmx_config *latest = state->refresh.refused ? state->refresh.refused : state->config;
    return !latest || dmx_config_is_stale(latest);
}

static void read_config(struct dmx_state *state, uint64_t now_ms)
{
    struct dmx_refresh *refresh = &state->refresh;
    struct dmx_config *config;
    dmx_config_free(&refresh->refused);
    dmx_state_read_config(&config, &refresh->refused, &refresh->trouble);
    if (config) {
        take_config(state, config);
        return;
    }
    tell_refused(state);
    refresh->told_ms = now_ms;
}

/* What is still not in force, once an hour. */
static void remind(struct dmx_state *state, uint64_t now_ms)
{
    if (now_ms - state->refresh.told_ms < REMIND_MS)
        return;
    state->refresh.told_ms = now_ms;
    if (state->refresh.refused)
        tell_refused(state);
    if (state->equipped && state->equipment.psl_trouble[0])
        dmx_exim_log(state->equipment.psl_trouble);
}

/*
 * So that no child pays for a first use, loading included; libpsl comes with a list that needs it. What fails here fails
 * there too, and says so.
 */
static void rehearse(void)
{
    bool crypto = dmx_crypto_rehearse(), resolver = dmx_resolver_rehearse();
    (void)(crypto && resolver);
}

void dmx_refresh(struct dmx_state *state, uint64_t now_ms)
{
    struct dmx_refresh *refresh = &state->refresh;
    if (state->judges || (refresh->looked && now_ms - refresh->looked_ms < LOOK_MS))
        return;
    if (!refresh->looked)
        refresh->told_ms = now_ms;
    refresh->looked_ms = now_ms;
    if (config_is_stale(state))
        read_config(state, now_ms);
    else if (state->equipped && dmx_equipment_is_stale(&state->equipment))
        dmx_equipment_load(&state->equipment, state->config);
    if (!refresh->looked)
        rehearse();
    refresh->looked = true;
    if (state->config)
        dmx_cache_inherit(state);
    remind(state, now_ms);
    dmx_missing_tell();
}
