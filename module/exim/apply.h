/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict done to the message in Exim: header fields, recipients, the answer to the client; and its log line. */
#ifndef DMX_EXIM_APPLY_H
#define DMX_EXIM_APPLY_H

#include "abi.h"
#include "dmx/pipeline/pipeline.h"

/*
 * Applies it and returns what local_scan() returns; *out_text is set to Exim's own memory. authserv_id: ours. The texts
 * are built in the arena; one that finds no room there is left out.
 */
int dmx_apply(const struct dmx_config *config, const struct dmx_envelope *envelope, const struct dmx_verdict *verdict,
              struct dmx_slice authserv_id, struct dmx_arena *arena, uschar **out_text);

/* What kept a record out of the journal, and a capsule from being written. NULL: nothing did. */
struct dmx_troubles {
    const char *journal, *failure;
};

/* The one log line about it. */
void dmx_apply_log(const struct dmx_config *config, const struct dmx_envelope *envelope,
                   const struct dmx_verdict *verdict, const struct dmx_troubles *troubles, struct dmx_arena *arena);

#endif
