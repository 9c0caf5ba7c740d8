/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * All that outlives a message: configuration, equipment, resolver and cache. Each is made when the first message of the process
 * needs it and kept to the end of the process; a connection is a process, and its end frees. Where dmx_preload has run in
 * the daemon (refresh.h), configuration and equipment are inherited, and the rest is still the child's own.
 */
#ifndef DMX_EXIM_STATE_H
#define DMX_EXIM_STATE_H

#include <signal.h>

#include "dmx/pipeline/pipeline.h"
#include "equipment.h"

/* What only a daemon that calls dmx_preload keeps. */
struct dmx_refresh {
    bool looked;                     /* at the files, at looked_ms */
    uint64_t looked_ms;              /* of a clock that never steps */
    struct dmx_config *refused;      /* the latest configuration, if it was wrong: for dmx_config_is_stale alone */
    struct dmx_config_error trouble; /* what was wrong with it */
    uint64_t told_ms;                /* when the log last said what is not in force */
};

struct dmx_state {
    bool configured;               /* the configuration has been read, or found wanting */
    struct dmx_config *config;     /* NULL when it is wrong */
    struct dmx_config_error wrong; /* what is wrong here; empty: nothing */
    bool equipped;                 /* the equipment has been got */
    struct dmx_equipment equipment;
    struct dmx_refresh refresh;
    bool judges;                   /* the resolver has been tried: never in a process that still forks connections */
    sigset_t wait_mask;            /* of a wait for DNS: the one place where Exim's alarm may come through */
    struct dmx_resolver *resolver; /* NULL: it cannot be made, and `wrong` says why */
    struct dmx_cache *cache;       /* NULL: none, and `cached` is NULL too */
    struct dmx_cached *cached;     /* the cache in front of the resolver */
    pid_t cache_tried_by;          /* a process that cannot open it does not try again; its children do */
};

/* The state of this process as it is. */
struct dmx_state *dmx_state_of_process(void);

/* The state with its configuration read. Never NULL. */
struct dmx_state *dmx_state_get(void);

/*
 * Reads the configuration into *out: NULL when it is wrong, in the way that the error says; then *out_refused, maybe
 * NULL too, is good for dmx_config_is_stale alone. The caller frees both.
 */
void dmx_state_read_config(struct dmx_config **out, struct dmx_config **out_refused,
                           struct dmx_config_error *out_error);

/* Whether mail must be accepted unchecked, for the reason in state->wrong. */
bool dmx_state_is_wrong(const struct dmx_state *state);

/*
 * Gets what judging needs and exempt mail does not; wait_mask is the signal mask of each wait for DNS. False:
 * state->wrong says why.
 */
bool dmx_state_equip(struct dmx_state *state, const sigset_t *wait_mask);

/* The engine of an equipped state. */
struct dmx_engine dmx_state_engine(const struct dmx_state *state);

#endif
