/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/result.h"

#include "dmx/base/banned.h"

/* In the order of the flags, and in the order in which they are shown. */
static const struct dmx_dkim_weakness weaknesses[] = {
    {DMX_WEAK_SHORT_KEY, "short-key", "the RSA key has fewer than 2048 bits", "RFC 8301 section 3.2"},
    {DMX_WEAK_SHA1, "sha1", "the signature is made with rsa-sha1", "RFC 8301 section 3.1"},
    {DMX_WEAK_LENGTH, "length", "the signature has an l=: text can be appended to the body", "RFC 6376 section 8.2"},
    {DMX_WEAK_TESTING, "testing", "the key says t=y: its owner is only trying it out", "RFC 6376 section 3.6.1"},
    {DMX_WEAK_EXPIRED, "expired", "the signature has expired", "RFC 6376 section 3.5"},
};

bool dmx_dkim_weakness_next(unsigned *flags, struct dmx_dkim_weakness *out)
{
    for (size_t i = 0; i < sizeof weaknesses / sizeof *weaknesses; i++)
        if (*flags & weaknesses[i].flag) {
            *flags &= ~(unsigned)weaknesses[i].flag;
            *out = weaknesses[i];
            return true;
        }
    return false;
}
