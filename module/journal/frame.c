/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "frame.h"

#include "dmx/base/crc.h"

#include "dmx/base/banned.h"

void dmx_frame_close_length(struct dmx_builder *out, size_t at)
{
    if (out->failed)
        return;
    uint32_t length = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->buf[at + i] = (char)(length >> (24 - 8 * i));
}

size_t dmx_frame_begin(struct dmx_builder *out, struct dmx_slice magic)
{
    dmx_put(out, magic);
    dmx_put_be32(out, 0);
    return out->len - 4;
}

void dmx_frame_end(struct dmx_builder *out, size_t at)
{
    dmx_frame_close_length(out, at);
    if (!out->failed)
        dmx_put_be32(out, dmx_crc32(0, dmx_slice(out->buf + at, out->len - at)));
}
