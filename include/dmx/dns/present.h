/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Names and records as master-file text (RFC 1035 section 5.1), for people and for files that are read again. Pure. */
#ifndef DMX_DNS_PRESENT_H
#define DMX_DNS_PRESENT_H

#include "dmx/dns/answer.h"

/*
 * A name in lower case without the last dot, so that master-file text takes it back whatever its bytes: all but letters,
 * digits, hyphen, underscore and a leading asterisk as \DDD. The root is ".".
 */
void dmx_put_master_name(struct dmx_builder *out, const struct dmx_name *name);

/* The way back: a name as people and master files write it, the last dot left out or not. False: it is none. */
bool dmx_master_name_parse(struct dmx_slice text, struct dmx_name *out) DMX_NODISCARD;

/* What stands behind the type: an address, a preference and a name, strings in quotes; "?" for a type without data. */
void dmx_put_rr_data(struct dmx_builder *out, const struct dmx_rr *rr);

#endif
