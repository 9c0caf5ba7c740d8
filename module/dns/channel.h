/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A channel of c-ares (1.18 to 1.34): its sockets, retries and servers. Private to the resolver. An error of a TCP
 * connection makes c-ares give up or move every query of that channel, also those that run over UDP; therefore one
 * channel is for UDP alone, and each question whose answer was truncated gets a TCP channel of its own. Otherwise a
 * sender's large answers could end the lookup of somebody else's policy.
 */
#ifndef DMX_DNS_CHANNEL_H
#define DMX_DNS_CHANNEL_H

#include <poll.h>
#include <signal.h>

#include "ares_library.h"
#include "dmx/base/budget.h"
#include "dmx/dns/resolver.h"

enum {
    DMX_MAX_DESCRIPTORS = 64, /* one for each server over UDP, one for each TCP channel: 8 and 16 */
};

/* What the channels of one resolver wait for. */
struct dmx_watch {
    struct pollfd fds[DMX_MAX_DESCRIPTORS];
    struct dmx_channel *owners[DMX_MAX_DESCRIPTORS];
    size_t count;
};

struct dmx_channel {
    const struct ares_library *lib;
    ares_channel ares;
    struct dmx_watch *watch;
    int servers;
};

enum dmx_transport { DMX_UDP, DMX_TCP };

/*
 * Opens a channel in place; the channel must not move while it is open. servers is "ADDR:PORT,…" or empty for
 * resolv.conf. False: it cannot be opened, and nothing stays open.
 */
bool dmx_channel_open(struct dmx_channel *channel, struct dmx_watch *watch,
                      const struct dmx_resolver_settings *settings, const char *servers,
                      enum dmx_transport transport) DMX_NODISCARD;

/* Ends its queries (their callbacks get ARES_EDESTRUCTION) and closes it; fine on a channel that is not open. */
void dmx_channel_close(struct dmx_channel *channel);

/*
 * Makes the server that stands `turns` places behind the first one the first. c-ares 1.18 begins each query with the
 * first server of its list, also when that one is silent; 1.34 keeps silent servers last by itself. Only while no query
 * is under way.
 */
void dmx_channel_turn(struct dmx_channel *channel, int turns);

/*
 * Waits until something is ready, a channel has a timeout, or wait_ms are over, and lets the channels work. Signals
 * outside mask may interrupt it. False: waiting is not possible.
 */
bool dmx_watch_wait(struct dmx_watch *watch, struct dmx_channel *const *channels, size_t count, uint64_t wait_ms,
                    const sigset_t *mask) DMX_NODISCARD;

#endif
