/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One record in the journal for each message that came by the network. */
#ifndef DMX_EXIM_RECORD_H
#define DMX_EXIM_RECORD_H

#include "state.h"

/*
 * Writes down what was judged, or why it was not. Never under -bh. What goes wrong with it harms no mail: the main log
 * says it, once for the process.
 */
void dmx_record(struct dmx_state *state, const struct dmx_envelope *envelope, const struct dmx_verdict *verdict,
                struct dmx_arena *arena);

#endif
