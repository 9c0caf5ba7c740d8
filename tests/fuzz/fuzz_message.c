/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: mail */
#include <stdlib.h>

#include "dmx/base/builder.h"
#include "dmx/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fields and body, put together again, are read as the same fields. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(64 * 1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 2 * size + 16);
    struct dmx_message message, again;
    if (dmx_message_parse(dmx_slice((const char *)data, size), arena, &message) != DMX_OK)
        goto out;
    for (size_t i = 0; i < message.field_count; i++) {
        dmx_put(&b, message.fields[i].raw);
        dmx_put_cstr(&b, "\r\n");
    }
    if (message.body.size > size || dmx_body_detect_form(&message.body) != DMX_OK ||
        dmx_message_parse(dmx_builder_text(&b), arena, &again) != DMX_OK || again.field_count != message.field_count)
        abort();
    for (size_t i = 0; i < message.field_count; i++)
        if (!dmx_slice_eq(again.fields[i].raw, message.fields[i].raw) ||
            !dmx_slice_eq(again.fields[i].value, message.fields[i].value))
            abort();
out:
    dmx_arena_free(&arena);
    return 0;
}
