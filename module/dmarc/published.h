/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What one name publishes at _dmarc below it: the TXT answer, weeded (RFC 7489 section 6.6.3, RFC 9989 section 4.10). */
#ifndef DMX_DMARC_PUBLISHED_H
#define DMX_DMARC_PUBLISHED_H

#include "dmx/dmarc/record.h"
#include "dmx/dns/answer.h"

enum dmx_published_kind {
    DMX_PUBLISHED_NOTHING = 0, /* definitely no DMARC record */
    DMX_PUBLISHED_RECORD,      /* exactly one */
    DMX_PUBLISHED_BROKEN,      /* exactly one, and it cannot be used */
    DMX_PUBLISHED_SEVERAL,
    DMX_PUBLISHED_FAILED, /* the lookup failed: not known */
    DMX_PUBLISHED_CUT,    /* not asked: not known either */
};

struct dmx_published {
    enum dmx_published_kind kind;
    /* The answer shows that something exists at or below _dmarc.NAME: then NAME exists too (RFC 8020). */
    bool name_exists;
    struct dmx_dmarc_record record; /* of a RECORD */
    struct dmx_reason reason;       /* of everything else; which section it is by depends on the rules */
};

/* Asks the book and reads the answer. The name is text in normal form; it becomes the reason's detail. */
enum dmx_step dmx_published_eval(struct dmx_slice name, struct dmx_answers *book,
                                 struct dmx_published *out) DMX_NODISCARD;

#endif
