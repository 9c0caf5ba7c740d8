/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The shared cache in the process state: opened, watched, and in front of the resolver. */
#ifndef DMX_EXIM_CACHE_H
#define DMX_EXIM_CACHE_H

#include "state.h"

/*
 * To be called for each message, when the state has its resolver: opens the cache at the first message of the process,
 * and again when its file was replaced; the administrator's pins go into it. Without a cache mail flows, and the log
 * says so once an hour on a host. Under -bh nothing is made, written or counted.
 */
void dmx_cache_ready(struct dmx_state *state);

/*
 * For a daemon that forks connections: maps the cache that is there, for the children to find. It makes none, which takes
 * time with the file's size. To be called again when the configuration has changed, and now and then: the file may have.
 */
void dmx_cache_inherit(struct dmx_state *state);

/* The resolver, with the cache before it where there is one. */
struct dmx_dns_source dmx_cache_source(const struct dmx_state *state);

#endif
