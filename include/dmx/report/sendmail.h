/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One message to the site's sendmail: PATH -i -f ENVELOPE -- RECIPIENT, without a shell, with nothing of our descriptors
 * and environment, and never for longer than it may take.
 */
#ifndef DMX_REPORT_SENDMAIL_H
#define DMX_REPORT_SENDMAIL_H

#include <stdint.h>

#include "dmx/base/slice.h"

enum dmx_sendmail_outcome {
    DMX_SENDMAIL_TAKEN = 0,
    DMX_SENDMAIL_LATER,   /* not now: EX_TEMPFAIL and its like, killed, too slow, or it did not read all */
    DMX_SENDMAIL_REFUSED, /* this recipient or message, never: EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE */
    DMX_SENDMAIL_UNCLEAR, /* not now, and its status does not say whose fault it is: Exim's 1 is a configuration that it
                             cannot read as well as an address that it cannot */
    DMX_SENDMAIL_BROKEN,  /* none at all: it is not there, cannot be run, or is not configured */
};

enum { DMX_SENDMAIL_TEXT = 300 };

struct dmx_sendmail {
    const char *path;          /* from the root, NUL-terminated */
    struct dmx_slice envelope; /* an address; empty: the null sender */
    struct dmx_slice recipient;
    struct dmx_slice message; /* with LF at the ends of lines */
    uint64_t timeout_ms;
};

/*
 * Runs it. text gets one line for people: how it ended, and what it wrote to standard error, escaped. Its
 * children, as long as they do not leave its process group, are killed with it. It has to read its standard input as it is:
 * one that opens /dev/stdin anew looks as if it had read nothing.
 */
enum dmx_sendmail_outcome dmx_sendmail_run(const struct dmx_sendmail *call, char text[static DMX_SENDMAIL_TEXT]);

#endif
