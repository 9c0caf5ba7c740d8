/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "der.h"

#include "limits.h"

#include "dmx/base/banned.h"
#include "dmx/base/cursor.h"

/* X.690 section 8.1.2: identifier octets that occur here. */
enum { TAG_INTEGER = 0x02, TAG_BIT_STRING = 0x03, TAG_NULL = 0x05, TAG_OID = 0x06, TAG_SEQUENCE = 0x30 };

enum { MAX_EXPONENT_BYTES = 4 }; /* 65537 and 3 in practice; a large one only makes verifying slow */

#define SECTION "RFC 6376 section 3.6.1"

/*
 * X.690 section 10.1: the definite form in the fewest octets. Two octets of length are enough for any key below our
 * limit. Reads one element and yields its contents.
 */
static struct dmx_slice element(struct dmx_cursor *c, uint8_t tag)
{
    if (dmx_cursor_u8(c) != tag)
        dmx_cursor_fail(c);
    size_t len = dmx_cursor_u8(c);
    if (len == 0x81) {
        len = dmx_cursor_u8(c);
        if (len < 0x80)
            dmx_cursor_fail(c);
    } else if (len == 0x82) {
        len = dmx_cursor_u16(c);
        if (len < 0x100)
            dmx_cursor_fail(c);
    } else if (len >= 0x80) {
        dmx_cursor_fail(c);
    }
    return dmx_cursor_bytes(c, len);
}

/* A positive INTEGER (X.690 section 8.3) in the fewest octets, without its sign octet. */
static struct dmx_slice positive_integer(struct dmx_cursor *c)
{
    struct dmx_slice n = element(c, TAG_INTEGER);
    bool negative = n.len == 0 || (n.ptr[0] & 0x80);
    bool leading_zero = n.len > 0 && n.ptr[0] == 0;
    bool padded = leading_zero && n.len > 1 && !(n.ptr[1] & 0x80);
    if (negative || padded)
        dmx_cursor_fail(c);
    return leading_zero ? dmx_slice_from(n, 1) : n;
}

static unsigned bit_length(struct dmx_slice n)
{
    unsigned bits = 0;
    for (unsigned first = n.len ? (unsigned char)n.ptr[0] : 0; first; first >>= 1)
        bits++;
    return n.len ? (unsigned)(n.len - 1) * 8 + bits : 0;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static bool rsa_public_key(struct dmx_slice der, struct dmx_rsa_key *out)
{
    struct dmx_cursor outer = dmx_cursor_from(der);
    struct dmx_cursor inner = dmx_cursor_from(element(&outer, TAG_SEQUENCE));
    out->modulus = positive_integer(&inner);
    out->exponent = positive_integer(&inner);
    out->bits = bit_length(out->modulus);
    return !outer.failed && !inner.failed && outer.at == outer.end && inner.at == inner.end;
}

/* AlgorithmIdentifier ::= SEQUENCE { rsaEncryption, NULL }; some writers leave the NULL out. */
static bool is_rsa_encryption(struct dmx_slice algorithm)
{
    struct dmx_cursor c = dmx_cursor_from(algorithm);
    struct dmx_slice oid = element(&c, TAG_OID);
    if (!dmx_cursor_at_end(&c) && element(&c, TAG_NULL).len != 0)
        return false;
    return !c.failed && c.at == c.end && dmx_slice_eq(oid, DMX_SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"));
}

/* SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING } */
static bool subject_public_key_info(struct dmx_slice der, struct dmx_slice *out_key)
{
    struct dmx_cursor outer = dmx_cursor_from(der);
    struct dmx_cursor inner = dmx_cursor_from(element(&outer, TAG_SEQUENCE));
    struct dmx_slice algorithm = element(&inner, TAG_SEQUENCE);
    struct dmx_slice bits = element(&inner, TAG_BIT_STRING);
    if (outer.failed || inner.failed || outer.at != outer.end || inner.at != inner.end)
        return false;
    *out_key = dmx_slice_from(bits, 1);
    return bits.len > 0 && bits.ptr[0] == 0 && is_rsa_encryption(algorithm);
}

static bool is_odd(struct dmx_slice n)
{
    return n.len && (n.ptr[n.len - 1] & 1);
}

static bool refuse(struct dmx_reason *out_reason, struct dmx_reason reason)
{
    *out_reason = reason;
    return false;
}

bool dmx_der_rsa_key(struct dmx_slice der, struct dmx_rsa_key *out, struct dmx_reason *out_reason)
{
    struct dmx_slice bare = der;
    if (!rsa_public_key(der, out) && !(subject_public_key_info(der, &bare) && rsa_public_key(bare, out)))
        return refuse(out_reason, DMX_REASON("key-not-rsa", "the key record's p= holds no RSA key", SECTION));
    if (out->bits < DMX_RSA_MIN_BITS)
        return refuse(out_reason, DMX_REASON("key-too-small", "the RSA key has fewer than 512 bits", SECTION));
    if (out->bits > DMX_RSA_MAX_BITS)
        return refuse(out_reason, DMX_REASON("key-too-large", "the RSA key has more than 8192 bits", SECTION));
    if (!is_odd(out->modulus))
        return refuse(out_reason, DMX_REASON("key-modulus", "the RSA key's modulus is even", SECTION));
    if (!is_odd(out->exponent) || out->exponent.len > MAX_EXPONENT_BYTES || bit_length(out->exponent) < 2)
        return refuse(out_reason,
                      DMX_REASON("key-exponent", "the RSA key's exponent is even, 1 or too large", SECTION));
    return true;
}
