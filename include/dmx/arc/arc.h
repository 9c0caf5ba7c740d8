/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Validation of the Authenticated Received Chain (RFC 8617 section 5.2), on the code that verifies DKIM. A message
 * without ARC fields touches nothing. A chain that passes says who forwarded a message, and what each of them claims to
 * have seen; whether that is believed is the site's choice and not made here.
 */
#ifndef DMX_ARC_ARC_H
#define DMX_ARC_ARC_H

#include "dmx/arc/result.h"
#include "dmx/base/budget.h"
#include "dmx/dkim/memo.h"
#include "dmx/dns/answer.h"
#include "dmx/mail/message.h"

struct dmx_arc_settings {
    unsigned min_rsa_bits;    /* dkim_min_rsa_bits */
    bool accept_partial_body; /* dkim_partial_body = accept */
    bool oldest_pass;         /* find out how far back message signatures hold */
    size_t max_signatures;    /* message signatures that are verified for that at most */
    int64_t now_s;            /* for x= */
    struct dmx_verify_memo *memo;
};

/* Whether there is any ARC field, be it a broken one. */
bool dmx_arc_present(const struct dmx_message *message);

struct dmx_arc;

/*
 * Finds the ARC fields and checks the chain's structure; nothing is asked of DNS for one that is broken. Message,
 * settings and memo must outlive *out, which lives in the arena. DMX_NOMEM only.
 */
enum dmx_status dmx_arc_begin(const struct dmx_message *message, const struct dmx_arc_settings *settings,
                              struct dmx_arena *arena, struct dmx_arc **out) DMX_NODISCARD;

/*
 * Asks for keys, then verifies the newest message signature and every seal. Called again after each round of answers
 * until it says DMX_DONE. What cannot be had, be it a key or time, makes the chain fail, with a reason that says so.
 */
enum dmx_step dmx_arc_eval(struct dmx_arc *arc, struct dmx_answers *book,
                           const struct dmx_budget *budget) DMX_NODISCARD;

/* Valid after DMX_DONE; sets and count from the beginning. */
const struct dmx_arc_result *dmx_arc_get(const struct dmx_arc *arc);

#endif
