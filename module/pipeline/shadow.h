/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* shadow = yes: what the other edition of DMARC makes of the same message, from the same evidence. */
#ifndef DMX_PIPELINE_SHADOW_H
#define DMX_PIPELINE_SHADOW_H

#include "dmx/pipeline/pipeline.h"

/*
 * Fills verdict->shadow and touches nothing else. Comes after the verdict is complete, so that its questions can take
 * none of dns_max_questions and no time away from it; what has no room any more leaves the shadow unjudged. SPF and
 * DKIM are not verified again. The book is the one of the verdict: no question is asked twice.
 */
void dmx_shadow_judge(const struct dmx_engine *engine, const struct dmx_envelope *envelope, struct dmx_answers *book,
                      const struct dmx_budget *budget, struct dmx_verdict *verdict);

#endif
