/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cache.h"
#include "dmx/base/clock.h"
#include "dmx/dns/resolver.h"
#include "dmx/psl/choice.h"
#include "list_age.h"
#include "options.h"

#include "dmx/base/banned.h"

static const char default_path[] = "/etc/exim4/dmx.conf";

/* The one address of mutable state in the module (design: mutable state has one address). */
static struct dmx_state the_state;

/* The administrator names another file by Exim's add_environment; Exim has cleaned the environment of all else. */
static const char *config_path(void)
{
    const char *path = getenv("DMX_CONFIG");
    return path && *path ? path : default_path;
}

static void set_error(struct dmx_config_error *error, const char *what, const struct dmx_reason *reason)
{
    struct dmx_builder b = dmx_builder_fixed(error->text, sizeof error->text);
    dmx_put_cstr(&b, what);
    if (reason && reason->text) {
        dmx_put_cstr(&b, ": ");
        dmx_put_cstr(&b, reason->text);
    }
    if (reason && reason->detail.len) {
        dmx_put_cstr(&b, ": ");
        dmx_put_escaped(&b, reason->detail, 200);
    }
    (void)dmx_builder_text(&b);
}

/* An Exim that has us compiled in may hold all options in its own configuration. */
static enum dmx_status read_file(struct dmx_config *config, struct dmx_config_error *out_error)
{
    const char *path = config_path();
    if (dmx_options_are_exims() && path == default_path && access(path, F_OK) != 0 && errno == ENOENT)
        return DMX_OK;
    return dmx_config_read(config, path, out_error);
}

/* Nothing of a failed configuration may be used, and the defaults are not what the administrator wrote either. */
void dmx_state_read_config(struct dmx_config **out, struct dmx_config **out_refused, struct dmx_config_error *out_error)
{
    struct dmx_config *config = NULL;
    *out = *out_refused = NULL;
    out_error->text[0] = '\0';
    enum dmx_status status = dmx_config_new(&config);
    if (status == DMX_OK)
        status = read_file(config, out_error);
    if (status == DMX_OK)
        status = dmx_options_apply(config, out_error);
    if (status == DMX_OK) {
        *out = config;
        return;
    }
    if (status == DMX_NOMEM) /* the next look may find more */
        dmx_config_free(&config);
    *out_refused = config;
    if (out_error->text[0] == '\0')
        set_error(out_error, "no memory for the configuration", NULL);
}

struct dmx_state *dmx_state_of_process(void)
{
    return &the_state;
}

struct dmx_state *dmx_state_get(void)
{
    struct dmx_state *state = &the_state;
    struct dmx_config *refused = NULL;
    if (!state->configured) {
        state->configured = true;
        dmx_state_read_config(&state->config, &refused, &state->wrong);
        dmx_config_free(&refused);
    }
    return state;
}

bool dmx_state_is_wrong(const struct dmx_state *state)
{
    return state->wrong.text[0] != '\0';
}

static void make_resolver(struct dmx_state *state)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    const struct dmx_resolver_settings settings = {
        .nameservers = state->equipment.nameservers,
        .timeout_ms = state->config->dns_timeout_ms,
        .tries = (unsigned)state->config->dns_tries,
        .wait_mask = &state->wait_mask,
    };
    if (dmx_resolver_new(&settings, &state->resolver, &reason) == DMX_OK)
        return;
    state->resolver = NULL;
    set_error(&state->wrong, "no DNS resolver", &reason);
}

/* Here and not where it is loaded: a daemon that preloads does that once, and then lives for months. */
static void tell_list_age(const struct dmx_state *state)
{
    const char *path = state->equipment.psl_is_own ? state->config->psl_file.ptr : DMX_PSL_DEBIAN;
    if (state->equipment.psl)
        dmx_list_age_tell(path, state->config->psl_max_age_ms, dmx_clock_unix_s());
}

bool dmx_state_equip(struct dmx_state *state, const sigset_t *wait_mask)
{
    state->wait_mask = *wait_mask;
    if (!state->equipped) {
        state->equipped = true;
        dmx_equipment_load(&state->equipment, state->config);
    }
    if (!state->judges) {
        state->judges = true;
        tell_list_age(state);
        make_resolver(state);
    }
    dmx_cache_ready(state);
    return state->resolver != NULL;
}

struct dmx_engine dmx_state_engine(const struct dmx_state *state)
{
    return (struct dmx_engine){
        .config = state->config,
        .psl = state->equipment.psl,
        .dns = dmx_cache_source(state),
    };
}
