/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What stands around an event and around a capsule: magic length payload crc (dmx/journal/event.h). */
#ifndef DMX_JOURNAL_FRAME_H
#define DMX_JOURNAL_FRAME_H

#include "dmx/base/builder.h"

/* Fills in the length of what stands behind the four bytes at a place. */
void dmx_frame_close_length(struct dmx_builder *out, size_t at);

/* Appends the magic and room for the length; where that room is. */
size_t dmx_frame_begin(struct dmx_builder *out, struct dmx_slice magic);
/* Fills it in, and appends the crc of length and payload. Nothing on a failed builder. */
void dmx_frame_end(struct dmx_builder *out, size_t at);

#endif
