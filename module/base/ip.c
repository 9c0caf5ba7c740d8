/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/base/number.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct dmx_ip dmx_ip_v4(const uint8_t bytes[4])
{
    struct dmx_ip ip = {.family = DMX_IP_V4};
    memcpy(ip.bytes, bytes, 4);
    return ip;
}

struct dmx_ip dmx_ip_v6(const uint8_t bytes[16])
{
    if (memcmp(bytes, mapped_prefix, sizeof mapped_prefix) == 0)
        return dmx_ip_v4(bytes + sizeof mapped_prefix);
    struct dmx_ip ip = {.family = DMX_IP_V6};
    memcpy(ip.bytes, bytes, 16);
    return ip;
}

/* inet_pton is strict (POSIX: no leading zeros, no zone, no shorthand) and needs a C string. */
static bool pton(struct dmx_slice s, int family, uint8_t *out)
{
    char text[INET6_ADDRSTRLEN];
    if (s.len == 0 || s.len >= sizeof text || dmx_slice_find(s, '\0') < s.len)
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return inet_pton(family, text, out) == 1;
}

bool dmx_ip_parse(struct dmx_slice s, struct dmx_ip *out)
{
    uint8_t bytes[16];
    if (pton(s, AF_INET, bytes)) {
        *out = dmx_ip_v4(bytes);
        return true;
    }
    if (pton(s, AF_INET6, bytes)) {
        *out = dmx_ip_v6(bytes);
        return true;
    }
    return false;
}

void dmx_put_ip(struct dmx_builder *b, const struct dmx_ip *ip)
{
    char text[INET6_ADDRSTRLEN];
    int family = ip->family == DMX_IP_V6 ? AF_INET6 : AF_INET;
    if (ip->family == DMX_IP_NONE || !inet_ntop(family, ip->bytes, text, sizeof text))
        return;
    dmx_put_cstr(b, text);
}

bool dmx_ip_eq(const struct dmx_ip *a, const struct dmx_ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == DMX_IP_V4 ? 4 : 16) == 0;
}

bool dmx_cidr_parse(struct dmx_slice s, struct dmx_cidr *out)
{
    size_t slash = dmx_slice_find(s, '/');
    struct dmx_cidr block;
    struct dmx_slice address = dmx_slice_upto(s, slash);
    if (!dmx_ip_parse(address, &block.ip))
        return false;
    bool written_as_v6 = dmx_slice_find(address, ':') < address.len;
    uint64_t bits = written_as_v6 ? 128 : 32;
    if (slash < s.len && !dmx_parse_u64(dmx_slice_from(s, slash + 1), bits, &bits))
        return false;
    if (written_as_v6 && block.ip.family == DMX_IP_V4) {
        if (bits < 96)
            return false;
        bits -= 96;
    }
    block.prefix = (uint8_t)bits;
    *out = block;
    return true;
}

bool dmx_cidr_contains(const struct dmx_cidr *block, const struct dmx_ip *ip)
{
    if (block->ip.family != ip->family)
        return false;
    size_t whole = block->prefix / 8, rest = block->prefix % 8;
    if (memcmp(block->ip.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 || (block->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}
