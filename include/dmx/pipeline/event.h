/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict as the journal keeps it, and back: far enough that it can be decided anew under other options. Pure. */
#ifndef DMX_PIPELINE_EVENT_H
#define DMX_PIPELINE_EVENT_H

#include "dmx/journal/event.h"
#include "dmx/pipeline/pipeline.h"

/* The event of a verdict. Its texts are the verdict's and the envelope's, its lists live in the arena. DMX_NOMEM. */
enum dmx_status dmx_event_of(const struct dmx_config *config, const struct dmx_envelope *envelope,
                             const struct dmx_verdict *verdict, struct dmx_arena *arena,
                             struct dmx_event *out) DMX_NODISCARD;

/* How an event was decided anew. */
enum dmx_replay {
    DMX_REPLAYED = 0,
    DMX_REPLAY_EXEMPT,      /* it was not judged, so there is nothing to decide */
    DMX_REPLAY_OTHER_RULES, /* it was judged by the other edition, and not in the shadow of config's */
};

/*
 * What would have become of the message under config, its evidence being what it was: *out_would_be is the disposition
 * without mode = monitor. What the journal does not hold stays as it was: who was exempt, which recipients were, what
 * trusted sealers vouched for, and the verification of SPF, DKIM and ARC. Where the event was judged in the shadow of config's rules, the shadow's result counts.
 */
enum dmx_replay dmx_event_replay(const struct dmx_event *event, const struct dmx_config *config,
                                 struct dmx_arena *arena, enum dmx_disposition *out_would_be) DMX_NODISCARD;

#endif
