/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "store_row.h"

#include <string.h>

#include "dmx/base/banned.h"

bool store_read_row(struct dmx_slice ip, int64_t count, struct dmx_slice evidence, struct dmx_evidence_room *room,
                    struct dmx_aggregate_row *out)
{
    uint8_t bytes[16] = {0};
    if (!dmx_evidence_parse(evidence, room, out) || (ip.len != 4 && ip.len != 16))
        return false;
    memcpy(bytes, ip.ptr, ip.len);
    out->source = ip.len == 4 ? dmx_ip_v4(bytes) : dmx_ip_v6(bytes);
    out->count = (uint64_t)count;
    return true;
}

static bool has_note(const struct dmx_slice *notes, size_t count, struct dmx_slice note)
{
    for (size_t i = 0; i < count; i++)
        if (dmx_slice_eq(notes[i], note))
            return true;
    return false;
}

void store_add_notes(struct dmx_slice evidence, struct dmx_arena *arena, struct dmx_slice *out, size_t max,
                     size_t *count)
{
    struct dmx_slice notes = dmx_evidence_notes(evidence), note;
    while (*count < max && notes.len > 0 && dmx_slice_split(&notes, ' ', &note))
        if (note.len > 0 && !has_note(out, *count, note))
            out[(*count)++] = dmx_arena_dup(arena, note);
}
