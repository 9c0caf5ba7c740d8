/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "record.h"

#include "abi.h"
#include "dmx/journal/writer.h"
#include "dmx/pipeline/event.h"

#include "dmx/base/banned.h"

const char *dmx_record(const struct dmx_config *config, const struct dmx_envelope *envelope,
                       const struct dmx_verdict *verdict, struct dmx_arena *arena)
{
    struct dmx_event event;
    struct dmx_builder frame = dmx_builder_arena(arena, DMX_EVENT_MAX);
    const char *why = "no memory for the record";
    if (host_checking)
        return NULL;
    if (dmx_event_of(config, envelope, verdict, arena, &event) != DMX_OK)
        return why;
    dmx_event_put(&frame, &event);
    struct dmx_slice bytes = dmx_builder_text(&frame);
    if (bytes.len == 0)
        return why;
    /* The path is NUL-terminated: an arena copied it. */
    return dmx_journal_append(config->journal_dir.ptr, bytes, &why) == DMX_OK ? NULL : why;
}
