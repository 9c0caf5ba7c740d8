/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What every kind of store does with the rows that it reads. */
#ifndef DMX_REPORT_STORE_ROW_H
#define DMX_REPORT_STORE_ROW_H

#include "dmx/report/evidence.h"

/* A source of 4 or 16 bytes, how many messages, and an evidence's text. False: it is damaged. */
bool store_read_row(struct dmx_slice ip, int64_t count, struct dmx_slice evidence, struct dmx_evidence_room *room,
                    struct dmx_aggregate_row *out) DMX_NODISCARD;

/* The notes of an evidence's text, added to those in out that are not there yet, at most max; the arena keeps them. */
void store_add_notes(struct dmx_slice evidence, struct dmx_arena *arena, struct dmx_slice *out, size_t max,
                     size_t *count);

#endif
