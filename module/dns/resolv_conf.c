/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/resolv_conf.h"

#include "dmx/base/ascii.h"
#include "nameservers.h"

#include "dmx/base/banned.h"

/* line = "nameserver" 1*WSP address [WSP anything], the keyword in the first column; the address of such a line. */
static bool is_server(struct dmx_slice line, struct dmx_slice *out_address)
{
    bool indented = line.len > 0 && dmx_is_wsp(line.ptr[0]);
    bool named = dmx_slice_eq(dmx_slice_next_word(&line), DMX_SLICE("nameserver"));
    *out_address = dmx_slice_next_word(&line);
    return named && !indented;
}

bool dmx_resolv_conf_parse(struct dmx_slice text, struct dmx_builder *out)
{
    struct dmx_slice line, address;
    size_t count = 0;
    while (count < DMX_MAX_NAMESERVERS && dmx_slice_split(&text, '\n', &line)) {
        if (!is_server(line, &address))
            continue;
        struct dmx_reason unused;
        size_t one;
        if (count++ > 0)
            dmx_put_char(out, ',');
        if (!dmx_nameservers_parse(address, out, &one, &unused))
            return false;
    }
    return count > 0 && !out->failed;
}
