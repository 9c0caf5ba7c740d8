/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The resolver on c-ares: everything that is open is asked at the same time, within one budget. What does not answer the
 * question (another id, name, type, port) is passed over and the wait goes on; what answers it in other letters than it
 * was asked in, or truncated, is had by TCP; what answers it and does not add up is MALFORMED. It learns about its servers
 * as it goes, so it is to be kept from message to message, and never across a fork: both sides would ask with one socket.
 */
#ifndef DMX_DNS_RESOLVER_H
#define DMX_DNS_RESOLVER_H

#include <signal.h>

#include "dmx/base/reason.h"
#include "dmx/dns/source.h"

struct dmx_resolver;

struct dmx_resolver_settings {
    struct dmx_slice nameservers; /* "ADDR,ADDR:PORT,[V6]:PORT", at most 8; empty: resolv.conf */
    uint64_t timeout_ms;          /* of the first try; c-ares waits longer in a later one */
    unsigned tries;               /* for each server */
    /* Signals that may interrupt a wait, and nothing else: the mask for ppoll. NULL leaves the mask alone. */
    const sigset_t *wait_mask;
};

/*
 * A resolver; the caller frees it. DMX_INVALID with a reason that names the server that cannot be used. It opens nothing
 * until a question has to be sent; where that fails the answer is SERVFAIL.
 */
enum dmx_status dmx_resolver_new(const struct dmx_resolver_settings *settings, struct dmx_resolver **out,
                                 struct dmx_reason *out_reason) DMX_NODISCARD;
void dmx_resolver_free(struct dmx_resolver **resolver);

/* Has c-ares loaded, for a daemon that forks: no channel is opened. False: it cannot be had. */
bool dmx_resolver_rehearse(void);

/* The resolver as a source; it must outlive the source. */
struct dmx_dns_source dmx_resolver_source(struct dmx_resolver *resolver);

#endif
