/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Key records (RFC 6376 section 3.6.1, RFC 8463 section 4): from what DNS answered to the one key that a signature needs. */
#ifndef DMX_DKIM_KEY_H
#define DMX_DKIM_KEY_H

#include "dmx/base/reason.h"
#include "dmx/dns/answer.h"
#include "dmx/mail/result.h"

#include "dmx/dkim/crypto.h"

struct dmx_key {
    struct dmx_public_key key;
    bool hash_allowed[DMX_HASHES]; /* h=; all when it is not given */
    bool type_known;               /* k= is one of ours; key is unset otherwise */
    bool for_email;                /* s= */
    bool revoked;                  /* p= is empty; key is unset */
    bool strict_identity;          /* t=s: the domain of i= must be d= itself */
    bool testing;                  /* t=y */
};

/* What a signature asks of its key. */
struct dmx_key_use {
    enum dmx_key_type type;
    enum dmx_hash hash;
    bool identity_is_domain; /* the domain of i= equals d= */
};

/*
 * Reads one record. False with a reason: it is no key record, or its key cannot be read. Revoked, unknown type and
 * another service are properties of a valid record.
 */
bool dmx_key_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_key *out,
                   struct dmx_reason *out_reason) DMX_NODISCARD;

/*
 * The key for a use out of a TXT answer: the first record that serves, of DMX_KEY_MAX_RECORDS. DMX_PASS: *out is it.
 * DMX_TEMPERROR: DNS failed, or (status CUT) was not asked. DMX_PERMERROR: no record serves; the reason is that of
 * the first one that is a key record, else of the first.
 */
enum dmx_result dmx_key_select(const struct dmx_answer *answer, const struct dmx_key_use *use, struct dmx_arena *arena,
                               struct dmx_key *out, struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
