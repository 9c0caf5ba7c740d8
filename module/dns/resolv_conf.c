/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/resolv_conf.h"

#include "dmx/base/ascii.h"
#include "nameservers.h"

#include "dmx/base/banned.h"

static size_t word_length(struct dmx_slice text)
{
    size_t length = 0;
    while (length < text.len && !dmx_is_wsp(text.ptr[length]))
        length++;
    return length;
}

/* line = "nameserver" 1*WSP address [WSP anything], the keyword in the first column; the address of such a line. */
static bool is_server(struct dmx_slice line, struct dmx_slice *out_address)
{
    const struct dmx_slice keyword = DMX_SLICE("nameserver");
    if (!dmx_slice_eq(dmx_slice_upto(line, word_length(line)), keyword))
        return false;
    struct dmx_slice rest = dmx_slice_trim(dmx_slice_from(line, keyword.len));
    *out_address = dmx_slice_upto(rest, word_length(rest));
    return true;
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
