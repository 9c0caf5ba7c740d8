/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Every limit of an SPF evaluation, with its reason. */
#ifndef DMX_SPF_LIMITS_H
#define DMX_SPF_LIMITS_H

#include "dmx/spf/result.h"

enum {
    /* RFC 7208 section 4.6.4, each over the whole evaluation of one identity. */
    SPF_MAX_LOOKUPS = DMX_SPF_MAX_LOOKUPS, /* include, a, mx, ptr, exists, redirect */
    SPF_MAX_VOID = 2,                      /* of those, answered with no record */
    /* The same section, for one mechanism. */
    SPF_MAX_MX = 10,  /* more is a permerror */
    SPF_MAX_PTR = 10, /* more are ignored */

    SPF_MAX_TERM = 511,    /* bytes; libspf2 holds no longer one, and real terms end far below */
    SPF_MAX_NAME = 253,    /* section 7.3: a longer expansion loses labels from the left */
    SPF_MAX_EXP = 2048,    /* of an explanation after expansion; an SMTP reply line holds 512 */
    SPF_MAX_VALUE = 65535, /* of one domain-spec after expansion, before labels are dropped */

    /* What one evaluation may hold beside the arena of its message; given back at once. */
    SPF_SCRATCH_BYTES = 1024 * 1024,
};

#endif
