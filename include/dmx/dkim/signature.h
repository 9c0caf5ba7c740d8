/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One signature field, read and checked as far as that goes without key and message: DKIM-Signature (RFC 6376 section
 * 3.5), and the two fields of ARC that are made like it (RFC 8617 sections 4.1.2 and 4.1.3).
 */
#ifndef DMX_DKIM_SIGNATURE_H
#define DMX_DKIM_SIGNATURE_H

#include "dmx/base/reason.h"
#include "dmx/dkim/canon.h"
#include "dmx/dkim/crypto.h"
#include "dmx/mail/message.h"
#include "dmx/mail/result.h"

enum dmx_signature_form { DMX_SIGNATURE_DKIM = 0, DMX_SIGNATURE_ARC_MESSAGE, DMX_SIGNATURE_ARC_SEAL };

enum {
    DMX_SIGNATURE_FORMS = 3,
    DMX_ARC_MAX_INSTANCE = 50, /* RFC 8617 section 4.2.1 */
};

/* What a form does not have is empty. Slices lie in the field or in the arena. */
struct dmx_signature {
    struct dmx_slice domain;          /* d=, normal form */
    struct dmx_slice selector;        /* s=, normal form */
    struct dmx_slice key_prefix;      /* the selector and "._domainkey": where below d= the key lies */
    struct dmx_slice identity;        /* i= decoded, or "@" and d= */
    struct dmx_slice identity_domain; /* the domain of i=, normal form */
    struct dmx_slice algorithm;       /* a=, lower case */
    enum dmx_key_type key_type;
    enum dmx_hash hash;
    enum dmx_canon header_canon;
    enum dmx_canon body_canon;
    struct dmx_slice names;     /* h=, as it stands: at most DMX_SIGNATURE_MAX_NAMES names between colons */
    struct dmx_slice body_hash; /* bh=, decoded */
    struct dmx_slice signature; /* b=, decoded */
    struct dmx_slice text;      /* b= without white space */
    struct dmx_slice cut;       /* the value of b= in the field with the white space around it: left out of the hash */
    bool has_length, has_time, has_expiry;
    uint64_t length;              /* l= */
    int64_t time_s;               /* t= */
    int64_t expiry_s;             /* x=; INT64_MAX: never */
    unsigned instance;            /* ARC: i=, 1 to DMX_ARC_MAX_INSTANCE */
    enum dmx_result chain_status; /* ARC-Seal: cv=, none, pass or fail */
};

/*
 * Reads a field. False with a reason when it is no valid signature, or when memory is out (the arena says so); the
 * members that could be read are set all the same, the others empty.
 */
bool dmx_signature_parse(const struct dmx_field *field, enum dmx_signature_form form, struct dmx_arena *arena,
                         struct dmx_signature *out, struct dmx_reason *out_reason) DMX_NODISCARD;

/* position = 1*2DIGIT (RFC 8617 section 4.2.1): the number of an ARC set; false when it is none of 1 to 50. */
bool dmx_arc_instance_parse(struct dmx_slice text, unsigned *out) DMX_NODISCARD;

/* The d= of a field, normal form, by a quick look that checks nothing else; false when there is none. */
bool dmx_signature_peek_domain(const struct dmx_field *field, struct dmx_arena *arena,
                               struct dmx_slice *out) DMX_NODISCARD;

#endif
