/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: base */
#include <stdlib.h>

#include "dmx/base/ascii.h"
#include "dmx/base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four letters or pads make three bytes; each pad makes one less. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(16 * 1024 * 1024);
    struct dmx_slice out;
    if (dmx_base64_decode(dmx_slice((const char *)data, size), arena, &out)) {
        size_t letters = 0, pads = 0;
        for (size_t i = 0; i < size; i++) {
            letters += !dmx_is_fws((char)data[i]);
            pads += data[i] == '=';
        }
        if (letters % 4 != 0 || out.len != letters / 4 * 3 - pads)
            abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
