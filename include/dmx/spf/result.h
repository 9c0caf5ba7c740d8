/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What SPF said (RFC 7208): a value. */
#ifndef DMX_SPF_RESULT_H
#define DMX_SPF_RESULT_H

#include "dmx/base/reason.h"
#include "dmx/mail/result.h"

enum dmx_spf_identity { DMX_SPF_MAILFROM = 0, DMX_SPF_HELO };

/* What an owner of the domain should hear about; no part of the result. */
enum {
    DMX_SPF_PLUS_ALL = 1, /* +all: the record lets everybody pass */
    DMX_SPF_USES_PTR = 2, /* ptr: section 5.5 says do not use it */
    DMX_SPF_TYPE_99 = 4,  /* a record of the obsolete type 99 is there (section 3.1); only where it was asked for */
};

struct dmx_spf_result {
    enum dmx_result result;
    enum dmx_spf_identity identity;
    struct dmx_slice domain;      /* what was checked, normal form; as it came when it has none; maybe empty */
    struct dmx_slice explanation; /* the sender's text after expansion; ptr NULL: none. Hostile */
    struct dmx_slice record;      /* the domain's own, as published; empty: none, several, or it could not be had */
    struct dmx_reason reason;     /* when not pass */
    bool dns_failed;              /* temperror by a lookup that failed, not by a limit or the deadline */
    unsigned flags;               /* DMX_SPF_…, of the records that were evaluated */
    unsigned lookups;             /* terms that cost one, section 4.6.4; 11 when the limit of 10 ended it */
};

enum { DMX_SPF_MAX_LOOKUPS = 10 }; /* section 4.6.4 */

#endif
