/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The addresses for reports in rua= and ruf= (RFC 7489 section 6.2, RFC 9989 section 4.7): a list of URIs. */
#ifndef DMX_DMARC_URI_H
#define DMX_DMARC_URI_H

#include "dmx/base/arena.h"

struct dmx_report_uri {
    struct dmx_slice text;      /* as published, without the obsolete size */
    struct dmx_slice size;      /* "10m" of "!10m", or empty: to be told, not to be followed */
    struct dmx_slice recipient; /* of a mailto URI, still percent-encoded; empty for every other scheme */
};

/*
 * Takes the next URI of valid syntax off a comma-separated list; malformed ones are passed over. False at the end.
 * Start with the value of the tag in *rest. A mailto URI is valid only with one address that mail could be sent to.
 */
bool dmx_report_uri_next(struct dmx_slice *rest, struct dmx_report_uri *out);

/*
 * The address of a mailto URI with its percent-encoding undone ("%2C" is a comma, "%21" an exclamation mark), in the
 * arena. False for other schemes and without memory. Printable ASCII with one last @ in it, and still hostile.
 */
bool dmx_report_uri_address(const struct dmx_report_uri *uri, struct dmx_arena *arena,
                            struct dmx_slice *out) DMX_NODISCARD;

#endif
