/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dns. The text of pins; what can be read is written as text that says the same. */
#include <stdlib.h>

#include "dmx/dns/pins.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dmx_slice write_all(const struct dmx_pins *pins, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, 16 << 20);
    for (size_t i = 0; i < pins->count; i++)
        for (size_t j = 0; j < pins->items[i].answer.count; j++)
            dmx_put_pin(&out, &pins->items[i].question, &pins->items[i].answer.rrs[j], pins->items[i].ends_s);
    return dmx_builder_text(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(256 << 20);
    struct dmx_pins pins, again;
    struct dmx_reason reason;
    size_t line;
    if (!arena)
        abort();
    enum dmx_status status = dmx_pins_parse(dmx_slice((const char *)data, size), arena, &pins, &line, &reason);
    if ((status == DMX_INVALID) != (reason.token != NULL && line > 0))
        abort();
    if (status == DMX_OK && pins.count > 0) {
        struct dmx_slice text = write_all(&pins, arena);
        if (dmx_pins_parse(text, arena, &again, &line, &reason) != DMX_OK || again.count != pins.count ||
            !dmx_slice_eq(write_all(&again, arena), text))
            abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
