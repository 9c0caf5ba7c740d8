/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Addresses that are nobody's business (options mask_reserved_ips, reserved_ips, mask_in_xml): private, loopback and
 * link-local ones say how a network is built, and a name that its owner gave by DHCP tells them as well. Pure.
 *
 * In text an address is, wherever it stands, also within a name, in brackets or after "IPv6:":
 *
 *     quad = 1*3DIGIT 3( sep 1*3DIGIT )     sep "." / "-" / "_"; with leading zeros too: 192.168.001.001
 *     quad ".in-addr.arpa"                  its octets the other way round
 *     IPv6                                  RFC 4291 in all its spellings, IPv4-mapped ones (::ffff:10.0.0.1,
 *                                           ::ffff:a00:1) included; and with "-" for ":" as names have it
 *     32( HEXDIG "." ) "ip6.arpa"           nibbles the other way round
 *
 * Whole numbers only: 110.0.0.1 holds no 10.0.0.1. Other ways to write a number (hexadecimal, one of 32 bits) are not
 * looked for: a selector or a hash would be torn.
 */
#ifndef DMX_REPORT_MASK_H
#define DMX_REPORT_MASK_H

#include "dmx/site/config.h"

enum { DMX_MASK_TEXT = 1024 }; /* bytes of a text; what is beyond is cut off, for nobody has looked at it */

struct dmx_mask {
    bool on;
    enum dmx_mask_form form;
    const struct dmx_cidr_list *reserved;
};

/* As the configuration says; it must outlive the mask. */
struct dmx_mask dmx_mask_of(const struct dmx_config *config);

/* Whether the mask hides an address. */
bool dmx_mask_hides(const struct dmx_mask *mask, const struct dmx_ip *ip);

/* The text with every hidden address replaced, as the option says (omit: as zero). True: there was one. */
bool dmx_mask_put_text(const struct dmx_mask *mask, struct dmx_slice text, struct dmx_builder *out);

/* Whether a text holds an address that the mask hides. */
bool dmx_mask_finds(const struct dmx_mask *mask, struct dmx_slice text);

#endif
