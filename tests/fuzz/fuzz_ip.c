/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: base */
#include <stdlib.h>

#include "dmx/base/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An address that is printed is read as the same, and lies in its own block. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[64];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_ip again;
    struct dmx_cidr block;
    if (!dmx_cidr_parse(dmx_slice((const char *)data, size), &block))
        return 0;
    dmx_put_ip(&b, &block.ip);
    if (!dmx_ip_parse(dmx_builder_text(&b), &again) || !dmx_ip_eq(&block.ip, &again))
        abort();
    if (!dmx_cidr_contains(&block, &again) || block.prefix > (block.ip.family == DMX_IP_V4 ? 32 : 128))
        abort();
    return 0;
}
