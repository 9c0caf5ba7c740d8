/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The two DER forms in which an RSA key stands in p= (RFC 6376 section 3.6.1 and its errata), and nothing else of ASN.1. */
#ifndef DMX_DKIM_DER_H
#define DMX_DKIM_DER_H

#include "dmx/base/reason.h"
#include "dmx/base/status.h"

struct dmx_rsa_key {
    struct dmx_slice modulus; /* big-endian, no leading zeros; part of the text */
    struct dmx_slice exponent;
    unsigned bits; /* of the modulus */
};

/*
 * Reads SubjectPublicKeyInfo with rsaEncryption, or a bare RSAPublicKey (RFC 8017 appendix A.1.1). The whole text must
 * be one of them in strict DER. Refused with a reason: anything else, a modulus outside DMX_RSA_MIN_BITS to
 * DMX_RSA_MAX_BITS or even, an exponent that is even, 1, or over 32 bits.
 */
bool dmx_der_rsa_key(struct dmx_slice der, struct dmx_rsa_key *out, struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
