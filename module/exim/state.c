/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "state.h"

#include <stdlib.h>

#include "abi.h"
#include "dmx/dns/resolver.h"
#include "dmx/psl/choice.h"

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

static void set_wrong(struct dmx_state *state, const char *what, const struct dmx_reason *reason)
{
    struct dmx_builder b = dmx_builder_fixed(state->wrong.text, sizeof state->wrong.text);
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

/* Nothing of a failed configuration may be used, and the defaults are not what the administrator wrote either. */
static void configure(struct dmx_state *state)
{
    state->configured = true;
    enum dmx_status status = dmx_config_new(&state->config);
    if (status == DMX_OK)
        status = dmx_config_read(state->config, config_path(), &state->wrong);
    if (status == DMX_OK)
        return;
    dmx_config_free(&state->config);
    if (!dmx_state_is_wrong(state))
        set_wrong(state, "no memory for the configuration", NULL);
}

struct dmx_state *dmx_state_get(void)
{
    if (!the_state.configured)
        configure(&the_state);
    return &the_state;
}

bool dmx_state_is_wrong(const struct dmx_state *state)
{
    return state->wrong.text[0] != '\0';
}

static void log_psl(const struct dmx_reason *reason)
{
    char line[512];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: public suffix list: ");
    dmx_put_cstr(&b, reason->text ? reason->text : "out of memory");
    dmx_put_cstr(&b, ": ");
    dmx_put_escaped(&b, reason->detail, 200);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}

/*
 * The site's list, else Debian's. Without any, every domain is its own organizational domain, and the policy of a domain
 * above no longer reaches down: the log says so, once for the process.
 */
static void load_psl(struct dmx_state *state)
{
    struct dmx_psl_choice choice;
    dmx_psl_choose(state->config->psl_file.ptr, DMX_PSL_DEBIAN, &choice); /* NUL-terminated: an arena copied it */
    state->psl = choice.psl;
    if (choice.own.token && !choice.own_missing)
        log_psl(&choice.own);
    if (state->psl)
        return;
    log_psl(&choice.fallback);
    dmx_exim_log("dmx: no public suffix list: every domain counts as its own organizational domain");
}

static void make_resolver(struct dmx_state *state)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    const struct dmx_resolver_settings settings = {
        .nameservers = state->config->nameservers,
        .timeout_ms = state->config->dns_timeout_ms,
        .tries = (unsigned)state->config->dns_tries,
        .wait_mask = &state->wait_mask,
    };
    if (dmx_resolver_new(&settings, &state->resolver, &reason) == DMX_OK)
        return;
    state->resolver = NULL;
    set_wrong(state, "no DNS resolver", &reason);
}

bool dmx_state_equip(struct dmx_state *state, const sigset_t *wait_mask)
{
    state->wait_mask = *wait_mask;
    if (!state->equipped) {
        state->equipped = true;
        load_psl(state);
        make_resolver(state);
    }
    return state->resolver != NULL;
}

struct dmx_engine dmx_state_engine(const struct dmx_state *state)
{
    return (struct dmx_engine){
        .config = state->config,
        .psl = state->psl,
        .dns = dmx_resolver_source(state->resolver),
    };
}
