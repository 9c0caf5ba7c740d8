/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "nameservers.h"

#include "dmx/base/ip.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

/* server = IPv4 [":" port] / IPv6 / "[" IPv6 "]" [":" port]; the port is split off here. */
static bool split_port(struct dmx_slice server, struct dmx_slice *out_address, struct dmx_slice *out_port)
{
    size_t colon = dmx_slice_find(server, ':');
    *out_address = server;
    *out_port = DMX_SLICE("53");
    if (server.len && server.ptr[0] == '[') {
        size_t close = dmx_slice_find(server, ']');
        *out_address = dmx_slice_from(dmx_slice_upto(server, close), 1);
        struct dmx_slice behind = dmx_slice_from(server, close);
        if (dmx_slice_eq(behind, DMX_SLICE("]")))
            return true;
        *out_port = dmx_slice_from(behind, 2);
        return dmx_slice_starts(behind, DMX_SLICE("]:"));
    }
    /* Several colons: an IPv6 address without a port. */
    if (colon < server.len && colon == dmx_slice_rfind(server, ':')) {
        *out_address = dmx_slice_upto(server, colon);
        *out_port = dmx_slice_from(server, colon + 1);
    }
    return true;
}

static bool parse_server(struct dmx_slice server, struct dmx_builder *out)
{
    struct dmx_slice address, port_text;
    struct dmx_ip ip;
    uint64_t port;
    if (!split_port(server, &address, &port_text) || !dmx_ip_parse(address, &ip) ||
        !dmx_parse_u64(port_text, UINT16_MAX, &port) || port == 0)
        return false;
    /* Only IPv6 stands in brackets. */
    if (server.ptr[0] == '[' && dmx_slice_find(address, ':') == address.len)
        return false;
    if (ip.family == DMX_IP_V6)
        dmx_put_char(out, '[');
    dmx_put_ip(out, &ip);
    if (ip.family == DMX_IP_V6)
        dmx_put_char(out, ']');
    dmx_put_char(out, ':');
    dmx_put_u64(out, port);
    return true;
}

bool dmx_nameservers_parse(struct dmx_slice text, struct dmx_builder *out, size_t *out_count,
                           struct dmx_reason *out_reason)
{
    struct dmx_slice part;
    *out_count = 0;
    while (dmx_slice_split(&text, ',', &part)) {
        if (++*out_count > DMX_MAX_NAMESERVERS) {
            *out_reason = DMX_REASON_ABOUT("too-many-nameservers", "at most 8 name servers are used", NULL, part);
            return false;
        }
        if (*out_count > 1)
            dmx_put_char(out, ',');
        if (!parse_server(dmx_slice_trim(part), out)) {
            *out_reason = DMX_REASON_ABOUT(
                "bad-nameserver",
                "a name server is an address: 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or [2001:db8::1]:53", NULL, part);
            return false;
        }
    }
    return !out->failed;
}
