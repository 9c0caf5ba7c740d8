/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Header hashes (RFC 6376 section 3.7, step 2): which fields a list of names means, and their digest. */
#ifndef DMX_DKIM_VERIFY_H
#define DMX_DKIM_VERIFY_H

#include "dmx/base/budget.h"
#include "dmx/dkim/canon.h"
#include "dmx/dkim/crypto.h"
#include "dmx/dkim/memo.h"
#include "dmx/mail/message.h"

/* A message's fields by name, so that a long h= over a long header costs little. Made once a message. */
struct dmx_field_index;

/* The memo's index, made where there is none yet; NULL without memory. The message must outlive it. */
struct dmx_field_index *dmx_field_index_get(struct dmx_verify_memo *memo, const struct dmx_message *message,
                                            struct dmx_arena *arena) DMX_NODISCARD;

/* What a digest over header fields is made of. */
struct dmx_header_digest {
    enum dmx_hash hash;
    enum dmx_canon canon;
    struct dmx_slice names; /* h=: between colons, white space around each allowed */
    size_t self;            /* the index of the signature's own field: it comes last and is not counted for names */
    struct dmx_slice cut;   /* the value of b= in it */
};

/*
 * The digest of the fields that names lists, each instance once from the bottom up, a name without a further instance
 * being nothing (section 5.4.2), and of the signature's field with cut left out and no CRLF behind it. DMX_LIMIT: the
 * budget was spent. DMX_NOMEM.
 */
enum dmx_status dmx_header_digest(struct dmx_field_index *index, const struct dmx_header_digest *what,
                                  const struct dmx_budget *budget, struct dmx_digest_value *out) DMX_NODISCARD;

/* The bytes that such a digest is made of, for failure reports. DMX_LIMIT: the budget was spent. */
enum dmx_status dmx_header_write(struct dmx_field_index *index, const struct dmx_header_digest *what,
                                 const struct dmx_budget *budget, struct dmx_sink sink) DMX_NODISCARD;

#endif
