/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dns. An entry of the cache: what reads at all writes back the same, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "../../module/dns/cache_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[1 << 16];
    const struct dmx_slice bytes = dmx_slice((const char *)data, size);
    struct dmx_arena *arena = dmx_arena_new(16 << 20);
    struct dmx_question question;
    struct dmx_answer answer;
    if (size < sizeof buffer && dmx_cache_entry_read(bytes, 60, arena, &question, &answer)) {
        struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
        dmx_put_cache_entry(&b, &question, &answer);
        if (!dmx_slice_eq(dmx_builder_text(&b), bytes))
            abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
