/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From evidence to disposition: the one function that decides. */
#ifndef DMX_PIPELINE_DECIDE_H
#define DMX_PIPELINE_DECIDE_H

#include "dmx/pipeline/pipeline.h"

/*
 * Sets policy, disposition, would_be, override and reason of a verdict whose evidence is complete. bad_from_policy is
 * the strictest policy among the domains of a From that cannot be validated, with bad_from_found whether there is one.
 */
void dmx_decide(const struct dmx_config *config, const struct dmx_envelope *envelope, bool bad_from_found,
                enum dmx_policy bad_from_policy, struct dmx_verdict *verdict);

#endif
