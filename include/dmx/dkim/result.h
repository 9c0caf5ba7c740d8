/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What one DKIM signature said (RFC 6376, RFC 8601 section 2.7.1): a value. */
#ifndef DMX_DKIM_RESULT_H
#define DMX_DKIM_RESULT_H

#include "dmx/base/reason.h"
#include "dmx/mail/result.h"

/* What makes a signature worth less, whether it passes or not: told to the administrator, and nothing more. */
enum dmx_dkim_weak {
    DMX_WEAK_SHORT_KEY = 1, /* RSA under DMX_STRONG_RSA_BITS */
    DMX_WEAK_SHA1 = 2,
    DMX_WEAK_LENGTH = 4,  /* l= */
    DMX_WEAK_TESTING = 8, /* the key's t=y; such a signature counts all the same, as with every verifier in use */
    DMX_WEAK_EXPIRED = 16,
};

enum { DMX_STRONG_RSA_BITS = 2048 }; /* RFC 8301 section 3.2: signers should use at least so many */

struct dmx_dkim_weakness {
    enum dmx_dkim_weak flag;
    const char *word; /* "short-key" */
    const char *text; /* a sentence without a full stop */
    const char *section;
};

/* Takes the next flag off *flags and says what it means; false when none is left. */
bool dmx_dkim_weakness_next(unsigned *flags, struct dmx_dkim_weakness *out);

struct dmx_dkim_result {
    enum dmx_result result;
    struct dmx_slice domain;    /* d=, normal form; ptr NULL when it could not be read */
    struct dmx_slice selector;  /* s= */
    struct dmx_slice identity;  /* i=, or @d */
    struct dmx_slice algorithm; /* a=, lower case */
    struct dmx_slice signature; /* b= without white space: header.b shows its start (RFC 6008) */
    unsigned key_bits;          /* 0: key not known */
    struct dmx_reason reason;   /* when not pass */
    bool dns_failed;    /* temperror by a failed key lookup or our own lack of means; not by limit or deadline */
    bool partial_body;  /* l= left bytes of the body unsigned */
    bool header_intact; /* failed by its body alone: domain has signed this header (where it could align) */
    unsigned weak;      /* flags of enum dmx_dkim_weak, as far as the signature was looked at */
};

#endif
