/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Body hashes (RFC 6376 section 3.7, step 1) for all signatures of a message in one reading of its body: one running
 * hash for each pair of hash and canonicalisation, of which every l= takes a copy on the way.
 */
#ifndef DMX_DKIM_BODY_HASH_H
#define DMX_DKIM_BODY_HASH_H

#include "dmx/base/budget.h"
#include "dmx/dkim/canon.h"
#include "dmx/dkim/crypto.h"
#include "dmx/dkim/memo.h"
#include "dmx/mail/message.h"

struct dmx_body_request {
    enum dmx_hash hash;
    enum dmx_canon canon;
    bool has_length;
    uint64_t length; /* l= */
    /* The answer. */
    bool done;    /* false after DMX_OK: l= is larger than the canonical body */
    bool partial; /* l= left bytes out */
    struct dmx_digest_value value;
};

/*
 * Fills in the answers, without reading the body where memo has them all; what was read is left there for the next
 * caller, so requests must live as long as the memo. DMX_LIMIT: the budget was spent; DMX_IO: the body cannot be read; DMX_NOMEM. Then no request
 * has an answer.
 */
enum dmx_status dmx_body_hash(const struct dmx_body *body, struct dmx_body_request *requests, size_t count,
                              struct dmx_verify_memo *memo, const struct dmx_budget *budget,
                              struct dmx_arena *arena) DMX_NODISCARD;

#endif
