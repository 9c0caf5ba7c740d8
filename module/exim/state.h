/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * All that outlives a message: configuration, suffix list and resolver, each made when the first message of the process
 * needs it and kept to the end of the process. A connection is a process; its end frees.
 */
#ifndef DMX_EXIM_STATE_H
#define DMX_EXIM_STATE_H

#include <signal.h>

#include "dmx/pipeline/pipeline.h"

struct dmx_state {
    bool configured;               /* the configuration has been read, or found wanting */
    struct dmx_config *config;     /* NULL when it is wrong */
    struct dmx_config_error wrong; /* what is wrong here; empty: nothing */
    bool equipped;                 /* the suffix list and the resolver have been tried */
    struct dmx_psl *psl;
    sigset_t wait_mask;            /* of a wait for DNS: the one place where Exim's alarm may come through */
    struct dmx_resolver *resolver; /* NULL: it cannot be made, and `wrong` says why */
};

/* The state with its configuration read. Never NULL. */
struct dmx_state *dmx_state_get(void);

/* Whether mail must be accepted unchecked, for the reason in state->wrong. */
bool dmx_state_is_wrong(const struct dmx_state *state);

/*
 * Loads what judging needs and exempt mail does not; wait_mask is the signal mask of each wait for DNS. False:
 * state->wrong says why.
 */
bool dmx_state_equip(struct dmx_state *state, const sigset_t *wait_mask);

/* The engine of an equipped state. */
struct dmx_engine dmx_state_engine(const struct dmx_state *state);

#endif
