/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The result words of RFC 8601 section 2.7, shared by SPF, DKIM, ARC and DMARC. A result is data, never a status. */
#ifndef DMX_MAIL_RESULT_H
#define DMX_MAIL_RESULT_H

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

enum dmx_result {
    DMX_NONE = 0, /* nothing to check: no signature, no record */
    DMX_PASS,
    DMX_FAIL,
    DMX_SOFTFAIL, /* SPF only */
    DMX_NEUTRAL,
    DMX_POLICY, /* verified, but not acceptable to this site (RFC 8601 section 2.4) */
    DMX_TEMPERROR,
    DMX_PERMERROR,
};

/* "pass", "temperror", …: a static string, never NULL. */
const char *dmx_result_word(enum dmx_result result);

/* The result of a word, compared without case; false when it is none. */
bool dmx_result_parse(struct dmx_slice word, enum dmx_result *out) DMX_NODISCARD;

#endif
