/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The limits of this folder, each with its reason. Reaching one is an ordinary result with a reason of its own. */
#ifndef DMX_DKIM_LIMITS_H
#define DMX_DKIM_LIMITS_H

enum {
    DMX_SIGNATURE_MAX_BYTES = 64 * 1024, /* one signature field; real ones stay below 2 kB */
    DMX_SIGNATURE_MAX_NAMES = 1024,      /* names in h=; signers that repeat every name for safety use about 60 */
    DMX_SIGNATURE_MAX_SCANNED = 100,     /* fields looked at for d= when more than max_signatures are there */
    DMX_TIME_MAX_DIGITS = 12,            /* RFC 6376 section 3.5: a longer x= may be taken as "never" */

    DMX_KEY_MAX_RECORDS = 4,       /* TXT records tried at one name; RFC 6376 section 3.6.2.2 wants one */
    DMX_KEY_MAX_BYTES = 16 * 1024, /* one key record; RSA of 8192 bits needs 1.5 kB */
    DMX_RSA_MIN_BITS = 512,        /* below it nothing is a key, whatever dkim_min_rsa_bits says */
    DMX_RSA_MAX_BITS = 8192,       /* verifying costs by the square: 8192 bits take 0.3 ms */
    DMX_ED25519_KEY_BYTES = 32,    /* RFC 8463 section 4.2 */
    DMX_ED25519_KEY_BITS = 256,

    DMX_CANON_CHUNK = 16 * 1024, /* bytes between two looks at the budget; as many of the body lie on the stack */
};

#endif
