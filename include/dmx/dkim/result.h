/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What one DKIM signature said (RFC 6376, RFC 8601 section 2.7.1): a value. */
#ifndef DMX_DKIM_RESULT_H
#define DMX_DKIM_RESULT_H

#include "dmx/base/reason.h"
#include "dmx/mail/result.h"

struct dmx_dkim_result {
    enum dmx_result result;
    struct dmx_slice domain;    /* d=, normal form; ptr NULL when it could not be read */
    struct dmx_slice selector;  /* s= */
    struct dmx_slice identity;  /* i=, or @d */
    struct dmx_slice algorithm; /* a=, lower case */
    struct dmx_slice signature; /* b= without white space: header.b shows its start (RFC 6008) */
    unsigned key_bits;          /* 0: key not known */
    struct dmx_reason reason;   /* when not pass */
    bool dns_failed;            /* temperror by a key lookup that failed, or our own lack of means; not by a limit or the deadline */
    bool partial_body;          /* l= left bytes of the body unsigned */
    bool header_intact;         /* failed by its body alone: domain has signed these header fields (could_align only) */
};

#endif
