/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Domain names as text: the one form in which they are compared, asked for and reported. */
#ifndef DMX_MAIL_DOMAIN_H
#define DMX_MAIL_DOMAIN_H

#include "dmx/base/arena.h"

enum { DMX_MAX_DOMAIN = 253 }; /* RFC 1035 section 2.3.4, as text without the last dot */

/*
 * The normal form of a domain: lower case, U-labels turned into A-labels (RFC 5891, UTS #46 without transition), no
 * last dot, labels of 1 to 63 bytes, 253 bytes at most, letters, digits, hyphen and underscore only. The result lives
 * in the arena. False when text has no such form (an address literal, an empty label, bad UTF-8, …).
 */
bool dmx_domain_normalise(struct dmx_slice text, struct dmx_arena *arena, struct dmx_slice *out) DMX_NODISCARD;

/* Whether child is parent or lies below it. Both in normal form. */
bool dmx_domain_within(struct dmx_slice child, struct dmx_slice parent);

/* Without the leftmost label; the empty slice when there is only one. */
struct dmx_slice dmx_domain_parent(struct dmx_slice domain);

/* How many labels; 0 for the empty slice. */
size_t dmx_domain_labels(struct dmx_slice domain);

#endif
