/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * libspf2 behind a wall. It matches mechanisms against the client and asks us for everything else: addresses through
 * one hook, included domains through another. It is never given a byte that a sender or a domain owner chose, apart
 * from numbers: the records it compiles are written by normal.c, with placeholders for all names, without macros,
 * without modifiers, every term below 255 bytes. Its own record fetching, macro expansion, explanation, lookup counting
 * and free pass for loopback clients are never reached.
 */
#ifndef DMX_SPF_LIBRARY_H
#define DMX_SPF_LIBRARY_H

#include "dmx/base/arena.h"
#include "dmx/base/ip.h"
#include "dmx/mail/result.h"

enum {
    SPF_LIBRARY_DEPTH = 12, /* runs inside runs: one an include, and those count as lookups */
    /*
     * libspf2 keeps at most 511 bytes of compiled mechanisms a record and drops what is over without a word, so a
     * record is given to it in pieces. Sizes of compiled terms, rounded up.
     */
    SPF_PIECE_BYTES = 480,
    SPF_PIECE_ALL = 4,
    SPF_PIECE_IP4 = 8,
    SPF_PIECE_IP6 = 20,
    SPF_PIECE_NAME = 48,
    SPF_PIECE_TEXT = 2048, /* of source text: 60 terms of ip4 at most */
};

struct dmx_spf_library;

enum dmx_spf_found { SPF_FOUND = 0, SPF_NOTHING, SPF_ABANDON };

/* The records of an answer: ips for addresses, names (placeholders) for MX and PTR. */
struct dmx_spf_hosts {
    const struct dmx_ip *ips;
    const char *const *names;
    size_t count;
};

struct dmx_spf_hooks {
    void *ctx;
    /* type is a number of dns/question.h. ABANDON ends the evaluation. */
    enum dmx_spf_found (*lookup)(void *ctx, const char *name, uint16_t type, struct dmx_spf_hosts *out);
    /* check_host for an include: pass, fail, softfail or neutral; false ends the evaluation. May run the library. */
    bool (*include)(void *ctx, const char *name, enum dmx_result *out);
};

enum dmx_spf_run {
    SPF_RUN_MATCH = 0, /* a mechanism matched: *out is its result */
    SPF_RUN_NO_MATCH,
    SPF_RUN_FAILED, /* abandoned by a hook, out of memory, or the library gave up */
};

/* libspf2 made ready for one client (of family V4 or V6); NULL without memory. hooks must outlive it. */
struct dmx_spf_library *dmx_spf_library_new(const struct dmx_spf_hooks *hooks,
                                            const struct dmx_ip *client) DMX_NODISCARD;
void dmx_spf_library_free(struct dmx_spf_library **library);

/* Compiles one piece of a record and matches it. */
enum dmx_spf_run dmx_spf_library_run(struct dmx_spf_library *library, const char *text,
                                     enum dmx_result *out) DMX_NODISCARD;

/* For tests: goes into libspf2 and raises its fatal error. FAILED when the wall held. */
enum dmx_spf_run dmx_spf_library_provoke(struct dmx_spf_library *library) DMX_NODISCARD;

#endif
