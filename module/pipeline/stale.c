/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "stale.h"

#include "dmx/dns/present.h"

#include "dmx/base/banned.h"

enum {
    MAX_NAMES = 3,
    /* Each byte of a name as \DDD; a name that long is a sender's doing, and the log line clips it. */
    MAX_TEXT = MAX_NAMES * (4 * DMX_NAME_MAX + 1) + 24,
};

struct dmx_slice dmx_stale_names(const struct dmx_answers *book, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_TEXT);
    size_t found = 0;
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        const struct dmx_answer *answer = dmx_answers_answer(book, i);
        bool open;
        if (!answer || !answer->stale || ++found > MAX_NAMES)
            continue;
        if (found > 1)
            dmx_put_char(&b, ',');
        dmx_put_master_name(&b, &dmx_answers_question(book, i, &open)->name);
    }
    if (found == 0)
        return DMX_SLICE_NONE;
    if (found > MAX_NAMES) {
        dmx_put_char(&b, '+');
        dmx_put_u64(&b, found - MAX_NAMES);
    }
    return dmx_builder_text(&b);
}
