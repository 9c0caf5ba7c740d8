/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A reason travels with every result that is not pass, written where it is known and unchanged up to the header, the
 * log and the check tool: a constant word for machines, a short sentence for people, the RFC section, and an optional
 * detail from outside.
 */
#ifndef DMX_BASE_REASON_H
#define DMX_BASE_REASON_H

#include "dmx/base/slice.h"

struct dmx_reason {
    const char *token;       /* static, lower case with hyphens: "body-hash-mismatch"; NULL: no reason */
    const char *text;        /* static, one short sentence without a full stop */
    const char *section;     /* static, "RFC 6376 section 6.1.3", or NULL */
    struct dmx_slice detail; /* from outside and hostile: escape it before it is shown; lives as long as its source */
};

#define DMX_REASON_NONE ((struct dmx_reason){NULL, NULL, NULL, {NULL, 0}})
#define DMX_REASON_INIT(token, text, section) \
    {                                         \
        token, text, section,                 \
        {                                     \
            NULL, 0                           \
        }                                     \
    }
#define DMX_REASON(token, text, section)              ((struct dmx_reason)DMX_REASON_INIT(token, text, section))
#define DMX_REASON_ABOUT(token, text, section, about) ((struct dmx_reason){token, text, section, about})

#endif
