/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/* What comes back, of any bytes: reading it ends, what it quotes lies within it, and no token is found that we did not make. */
#include <stdlib.h>

#include "dmx/report/bounce.h"
#include "dmx/report/verp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[16] = "a secret that no";
    struct dmx_slice text = dmx_slice((const char *)data, size);
    struct dmx_bounce bounce;
    int64_t delivery;
    dmx_bounce_read(text, &bounce);
    if (bounce.why.len > 0 && (bounce.why.ptr < text.ptr || bounce.why.ptr + bounce.why.len > text.ptr + text.len))
        abort();
    if (dmx_verp_find(key, text, &delivery))
        abort(); /* 2^-64 a guess */
    return 0;
}
