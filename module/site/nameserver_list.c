/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The list of resolvers: its syntax is checked here, so that a slip is found by `dmx config test` and not by silence. */
#include "dmx/base/number.h"
#include "gathering.h"

#include "dmx/base/banned.h"

enum { PORT_MAX = 65535 };

/*
 * nameserver = address / IPv4 ":" port / "[" IPv6 "]" [":" port]
 * Whether it begins with an address; what follows that goes to *out_rest.
 */
static bool split_address(struct dmx_slice entry, struct dmx_slice *out_rest)
{
    struct dmx_ip ip;
    *out_rest = DMX_SLICE("");
    if (dmx_ip_parse(entry, &ip))
        return true;
    bool bracketed = dmx_slice_starts(entry, DMX_SLICE("["));
    size_t end = dmx_slice_find(entry, bracketed ? ']' : ':');
    struct dmx_slice address = dmx_slice_from(dmx_slice_upto(entry, end), bracketed ? 1 : 0);
    bool has_colon = dmx_slice_find(address, ':') < address.len;
    *out_rest = dmx_slice_from(entry, bracketed ? end + 1 : end);
    return end < entry.len && has_colon == bracketed && dmx_ip_parse(address, &ip);
}

enum dmx_status dmx_take_nameserver(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_slice rest;
    uint64_t port = 0;
    if (!split_address(entry, &rest) || (rest.len > 0 && rest.ptr[0] != ':'))
        return dmx_reading_refuse(&list->at, entry, NULL);
    if (rest.len > 0 && (!dmx_parse_u64(dmx_slice_from(rest, 1), PORT_MAX, &port) || port == 0))
        return dmx_reading_refuse(&list->at, entry, "a port is a number from 1 to 65535");
    return dmx_gathering_add(list, &entry);
}

enum dmx_status dmx_finish_nameservers(struct dmx_gathering *list, struct dmx_slice *out)
{
    const struct dmx_slice *entries = list->items;
    struct dmx_builder text = dmx_builder_arena(list->at.config->arena, DMX_CONFIG_MAX_BYTES);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            dmx_put_char(&text, ',');
        dmx_put(&text, entries[i]);
    }
    *out = dmx_builder_text(&text);
    return text.failed ? dmx_gathering_no_memory(list) : DMX_OK;
}
