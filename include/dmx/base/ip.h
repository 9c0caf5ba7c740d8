/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Addresses of hosts and blocks of them. An IPv4-mapped IPv6 address is always held as the IPv4 address it stands for. */
#ifndef DMX_BASE_IP_H
#define DMX_BASE_IP_H

#include <stdint.h>

#include "dmx/base/builder.h"

enum dmx_ip_family { DMX_IP_NONE = 0, DMX_IP_V4 = 4, DMX_IP_V6 = 6 };

struct dmx_ip {
    enum dmx_ip_family family;
    uint8_t bytes[16]; /* network order; the first 4 for IPv4 */
};

struct dmx_cidr {
    struct dmx_ip ip;
    uint8_t prefix; /* leading bits that count */
};

/* Dotted quad (four plain decimals, no leading zeros) or RFC 4291 text without zone; false on anything else. */
bool dmx_ip_parse(struct dmx_slice s, struct dmx_ip *out) DMX_NODISCARD;

/* From 4 or 16 bytes in network order. */
struct dmx_ip dmx_ip_v4(const uint8_t bytes[4]);
struct dmx_ip dmx_ip_v6(const uint8_t bytes[16]);

/* The canonical text (RFC 5952 for IPv6). */
void dmx_put_ip(struct dmx_builder *b, const struct dmx_ip *ip);

bool dmx_ip_eq(const struct dmx_ip *a, const struct dmx_ip *b);

/* ADDRESS or ADDRESS/BITS; bits below the prefix are ignored. ::ffff:a.b.c.d/n with n >= 96 is a.b.c.d/(n-96). */
bool dmx_cidr_parse(struct dmx_slice s, struct dmx_cidr *out) DMX_NODISCARD;

/* False for different families. */
bool dmx_cidr_contains(const struct dmx_cidr *block, const struct dmx_ip *ip);

#endif
