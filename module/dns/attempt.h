/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One question's way to a server and back: in which letters it is asked, whether a reply may be taken, and how to ask
 * again where it may not. Private to the resolver; nothing here waits or sends.
 *
 * Letters: a query has its letters in random case (draft-vixie-dnsext-dns0x20), and a reply by UDP must show the same
 * ones, which somebody who did not see the query would have to guess on top of id and port. Other letters mean a forgery
 * or a server that does not keep them: the question is asked again by TCP, which cannot be forged from afar. Only what
 * TCP then shows, or a server that has no TCP, ends the random letters for the rest of the process; a forgery does not.
 *
 * EDNS: left out for a server that refuses it in words. Silence is no refusal (DNS flag day 2019): asking again without
 * would double the time that a dead server costs.
 */
#ifndef DMX_DNS_ATTEMPT_H
#define DMX_DNS_ATTEMPT_H

#include "dmx/dns/packet.h"

/* What the servers have shown of themselves so far in this process. c-ares does not say who answered: it goes for all. */
struct dmx_manners {
    bool other_letters; /* they answer in letters of their own */
    bool no_edns;       /* they refuse queries with EDNS */
};

struct dmx_attempt {
    uint16_t id;
    uint64_t case_bits; /* 0: the letters as given */
    bool tcp;
    bool no_edns;
    bool doubted; /* a reply came by UDP in other letters */
    bool plain;   /* asked without random letters, because TCP did not work */
};

enum dmx_next {
    DMX_NEXT_TAKE,  /* the reply, or the failure, is the result */
    DMX_NEXT_AGAIN, /* the question is to be asked again, as the attempt now says */
};

/* The query of the next try, with a new id and new letters. False: no randomness, so nothing may be asked. */
bool dmx_attempt_put(struct dmx_attempt *attempt, const struct dmx_question *question,
                     const struct dmx_manners *manners, struct dmx_builder *out) DMX_NODISCARD;

/* What a reply to the last query comes to; reply.ptr is NULL where there was none. Asks again at most five times. */
enum dmx_next dmx_attempt_judge(struct dmx_attempt *attempt, const struct dmx_question *question,
                                struct dmx_slice reply, struct dmx_manners *manners);

#endif
