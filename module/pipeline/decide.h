/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From evidence to disposition: the one function that decides. */
#ifndef DMX_PIPELINE_DECIDE_H
#define DMX_PIPELINE_DECIDE_H

#include "dmx/pipeline/pipeline.h"

/*
 * Sets has_policy, policy, disposition, would_be, header_only, no_report, override, corroboration and reason of a
 * verdict whose evidence is complete. Pure: the same evidence and options give the same decision. Of the envelope it
 * takes client, acl, acl_signal, now_s and draw. Comments that tell a detail are built in the arena.
 */
void dmx_decide(const struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_arena *arena,
                struct dmx_verdict *verdict);

#endif
