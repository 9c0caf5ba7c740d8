/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The envelope sender that tells which delivery a bounce is about:
 *
 *     verp = LOCAL "+b" delivery "-" mac "@" DOMAIN      LOCAL@DOMAIN is report_email
 *
 * mac is a keyed hash: who does not have the store's key cannot make a token, and so cannot have an address suppressed.
 * The module knows the separator: mail to such an address never causes a report (module/pipeline/decide.c).
 */
#ifndef DMX_REPORT_VERP_H
#define DMX_REPORT_VERP_H

#include <stdint.h>

#include "dmx/base/builder.h"

enum { DMX_VERP_LOCAL_MAX = 64 }; /* RFC 5321 section 4.5.3.1.1 */

/* Nothing but a failed builder where the local part would be over DMX_VERP_LOCAL_MAX. */
void dmx_put_verp(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice email, int64_t delivery);

/* The first valid token in a text of any bytes, in any case of letters. False: none. */
bool dmx_verp_find(const uint8_t key[16], struct dmx_slice text, int64_t *out_delivery) DMX_NODISCARD;

/*
 * The same for a failure report, of which nothing is kept once it was handed over: the token is of the address itself,
 * which a bounce names in one place or another.
 *
 *     verp = LOCAL "+bf" mac "@" DOMAIN
 */
void dmx_put_failure_verp(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice email,
                          struct dmx_slice recipient);

/* Whether a text holds such a token, and an address in the message that it is of: that address, as it stands there. */
bool dmx_failure_verp_find(const uint8_t key[16], struct dmx_slice text, struct dmx_slice message,
                           struct dmx_slice *out_address) DMX_NODISCARD;

#endif
