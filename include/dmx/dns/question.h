/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What may be asked of DNS. Pure: the engine emits questions, the pipeline has them answered. */
#ifndef DMX_DNS_QUESTION_H
#define DMX_DNS_QUESTION_H

#include "dmx/dns/name.h"

/* RR types by their numbers (RFC 1035, 3596, 7208). Zone files and type names know all but the last. */
enum {
    DMX_RR_A = 1,
    DMX_RR_NS = 2,
    DMX_RR_CNAME = 5,
    DMX_RR_SOA = 6,
    DMX_RR_PTR = 12,
    DMX_RR_MX = 15,
    DMX_RR_TXT = 16,
    DMX_RR_AAAA = 28,
    DMX_RR_SPF = 99, /* obsolete (RFC 7208 section 3.1); has the form of TXT */
};

struct dmx_question {
    struct dmx_name name;
    uint16_t type;
};

/* "TXT", "MX", …; "?" for a type that is not among those above. Static, never NULL. */
const char *dmx_rr_type_name(uint16_t type);
/* The number of a type name of those above, without case; false for any other. */
bool dmx_rr_type_parse(struct dmx_slice text, uint16_t *out) DMX_NODISCARD;

#endif
