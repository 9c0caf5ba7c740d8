/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The text of the option nameservers: "ADDR", "ADDR:PORT", "[V6]:PORT", several with commas between them. Pure. */
#ifndef DMX_DNS_NAMESERVERS_H
#define DMX_DNS_NAMESERVERS_H

#include "dmx/base/builder.h"
#include "dmx/base/reason.h"

enum { DMX_MAX_NAMESERVERS = 8 }; /* each one that is silent costs a whole try: more do not help within a deadline */

/*
 * Reads text and appends the servers as "ADDR:PORT,[V6]:PORT,…", each with its port, as c-ares takes them. False, with
 * a reason about the part that is wrong: not an address, a port outside 1..65535, an empty part, or too many.
 */
bool dmx_nameservers_parse(struct dmx_slice text, struct dmx_builder *out, size_t *out_count,
                           struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
