/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One record in the journal for each message that came by the network. */
#ifndef DMX_EXIM_RECORD_H
#define DMX_EXIM_RECORD_H

#include "dmx/pipeline/pipeline.h"

/*
 * Writes down what was judged, or why it was not. Never under -bh. NULL, or what went wrong, a static text: it harms no
 * mail, and the log line tells it.
 */
const char *dmx_record(const struct dmx_config *config, const struct dmx_envelope *envelope,
                       const struct dmx_verdict *verdict, struct dmx_arena *arena);

#endif
