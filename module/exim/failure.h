/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The capsule of a failure report, for each message that one is due for. */
#ifndef DMX_EXIM_FAILURE_H
#define DMX_EXIM_FAILURE_H

#include "dmx/pipeline/pipeline.h"
#include "state.h"

/* A message that was judged, as it arrived. */
struct dmx_failing {
    const struct dmx_envelope *envelope;
    const struct dmx_verdict *verdict;
    const struct dmx_message *message;
    bool header_cut; /* see dmx_header_collect */
    struct dmx_slice authserv_id;
};

/*
 * Writes the capsule where a failure report is due and the limits let it. Never under -bh. NULL, or what went wrong, a
 * static text: it harms no mail, and the log line tells it.
 */
const char *dmx_failure_keep(struct dmx_state *state, const struct dmx_failing *failing, struct dmx_arena *arena);

#endif
