/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What comes back to the address that reports are sent from: a delivery status notification (RFC 3464), an answer by a
 * program, or any text that somebody wrote. Pure, and every byte hostile: nothing of it is believed but the token, which
 * only we can make (dmx/report/verp.h); what is quoted from it is for people.
 */
#ifndef DMX_REPORT_BOUNCE_H
#define DMX_REPORT_BOUNCE_H

#include "dmx/base/slice.h"

enum {
    DMX_BOUNCE_MAX_BYTES = 1024 * 1024, /* what is read of one; a report itself may be quoted in it */
    DMX_BOUNCE_LINES = 20000,           /* what is looked at */
};

enum dmx_bounce_kind {
    DMX_BOUNCE_FAILED = 0, /* the report was not delivered, and will not be */
    DMX_BOUNCE_TOO_LARGE,  /* the same, since this one is too large: the next one need not be */
    DMX_BOUNCE_DELAYED,    /* it is still tried, or has arrived: no reason for anything */
    DMX_BOUNCE_ANSWER,     /* somebody's program has answered: it has arrived */
};

struct dmx_bounce {
    enum dmx_bounce_kind kind;
    struct dmx_slice why; /* a line of the message that says why, or empty: hostile */
};

void dmx_bounce_read(struct dmx_slice message, struct dmx_bounce *out);

#endif
