/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Why a result is not pass: one row each, used where the fact is known. */
#ifndef DMX_SPF_REASONS_H
#define DMX_SPF_REASONS_H

#include "dmx/base/reason.h"

enum dmx_spf_why {
    SPF_FINE = 0,
    /* none */
    SPF_NO_CLIENT,
    SPF_NO_SENDER,
    SPF_BAD_DOMAIN,
    SPF_NO_RECORD,
    /* fail, softfail, neutral */
    SPF_NOT_PERMITTED,
    SPF_PROBABLY_NOT,
    SPF_NO_ASSERTION,
    SPF_NO_MATCH,
    /* permerror: the record's text */
    SPF_SEVERAL_RECORDS,
    SPF_BAD_BYTE,
    SPF_LONG_TERM,
    SPF_UNKNOWN_MECHANISM,
    SPF_BAD_MODIFIER,
    SPF_REPEATED_MODIFIER,
    SPF_MISSING_ARGUMENT,
    SPF_NEEDLESS_ARGUMENT,
    SPF_BAD_DOMAIN_SPEC,
    SPF_BAD_MACRO,
    SPF_BAD_CIDR,
    SPF_BAD_IP4,
    SPF_BAD_IP6,
    /* permerror: the evaluation */
    SPF_LOOKUP_LIMIT,
    SPF_VOID_LIMIT,
    SPF_MX_LIMIT,
    SPF_LONG_EXPANSION,
    SPF_INCLUDE_NONE,
    SPF_REDIRECT_NONE,
    SPF_BAD_REDIRECT,
    /* temperror */
    SPF_DNS_FAILED,
    SPF_DNS_CUT,
    SPF_NO_MEMORY,
    SPF_LIBRARY,
    SPF_WHY_COUNT
};

/* The reason for people and machines; detail is kept as it is given. */
struct dmx_reason dmx_spf_reason(enum dmx_spf_why why, struct dmx_slice detail);

#endif
