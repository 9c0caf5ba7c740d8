/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: mail */
#include <stdlib.h>

#include "dmx/base/builder.h"
#include "dmx/mail/taglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list that is written anew from its tags is read as the same tags. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dmx_slice text = dmx_slice((const char *)data, size);
    struct dmx_arena *arena = dmx_arena_new(16 * 1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 2 * size + 16);
    struct dmx_taglist list, again;
    struct dmx_reason reason = DMX_REASON_NONE;
    enum dmx_status status = dmx_taglist_parse(text, arena, &list, &reason);
    if ((status == DMX_INVALID) != (reason.token != NULL))
        abort();
    if (status != DMX_OK)
        goto out;
    for (size_t i = 0; i < list.count; i++) {
        if (list.tags[i].name.ptr != text.ptr + list.tags[i].offset)
            abort();
        dmx_put(&b, list.tags[i].name);
        dmx_put_char(&b, '=');
        dmx_put(&b, list.tags[i].value);
        dmx_put_char(&b, ';');
    }
    if (dmx_taglist_parse(dmx_builder_text(&b), arena, &again, &reason) != DMX_OK || again.count != list.count)
        abort();
    for (size_t i = 0; i < list.count; i++)
        if (!dmx_slice_eq(again.tags[i].name, list.tags[i].name) ||
            !dmx_slice_eq(again.tags[i].value, list.tags[i].value))
            abort();
out:
    dmx_arena_free(&arena);
    return 0;
}
