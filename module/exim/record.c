/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "record.h"

#include "abi.h"
#include "dmx/journal/writer.h"
#include "dmx/pipeline/event.h"

#include "dmx/base/banned.h"

enum { SHOWN_DIR = 200 };

static enum dmx_status write_event(const struct dmx_state *state, const struct dmx_envelope *envelope,
                                   const struct dmx_verdict *verdict, struct dmx_arena *arena, const char **out_why)
{
    struct dmx_event event;
    struct dmx_builder frame = dmx_builder_arena(arena, DMX_EVENT_MAX);
    *out_why = "there was no memory for the record";
    if (dmx_event_of(state->config, envelope, verdict, arena, &event) != DMX_OK)
        return DMX_NOMEM;
    dmx_event_put(&frame, &event);
    struct dmx_slice bytes = dmx_builder_text(&frame);
    if (bytes.len == 0)
        return DMX_NOMEM;
    return dmx_journal_append(state->config->journal_dir.ptr, bytes, out_why);
}

static void complain(const struct dmx_state *state, const char *why)
{
    char line[512];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: not in the journal: ");
    dmx_put_escaped(&b, state->config->journal_dir, SHOWN_DIR);
    dmx_put_cstr(&b, "/" DMX_JOURNAL_NAME ": ");
    dmx_put_cstr(&b, why);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}

void dmx_record(struct dmx_state *state, const struct dmx_envelope *envelope, const struct dmx_verdict *verdict,
                struct dmx_arena *arena)
{
    const char *why = "";
    if (host_checking || write_event(state, envelope, verdict, arena, &why) == DMX_OK || state->journal_failed)
        return;
    state->journal_failed = true;
    complain(state, why);
}
