/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What equal messages have in common but for their source, as a text that is kept once: pure, and readable for whoever
 * looks into the store. Control bytes of hostile names are replaced when it is written, so that it parses always.
 *
 *     evidence = verdict LF header-from LF spf-domain LF comment LF notes *( LF dkim )
 *     verdict  = disposition SP policy SP spf-result SP override-type SP flags
 *     notes    = [ word *( SP word ) ]
 *     dkim     = result SP domain SP selector SP reason
 *     flags    = *( "s" / "d" / "n" )             SPF aligned, DKIM aligned, null sender
 */
#ifndef DMX_REPORT_EVIDENCE_H
#define DMX_REPORT_EVIDENCE_H

#include "dmx/journal/event.h"
#include "dmx/report/aggregate.h"

/* Longer than any event: what is replaced keeps its length, and the reader of the journal has cut the rest. */
enum { DMX_EVIDENCE_MAX = 2 * DMX_EVENT_MAX };

void dmx_evidence_put(struct dmx_builder *out, const struct dmx_event *event);

/* Room for what a row points to. */
struct dmx_evidence_room {
    struct dmx_aggregate_reason reason;
    struct dmx_aggregate_dkim dkim[DMX_EVENT_DKIM];
};

/*
 * Fills all of *out but source and count; its texts are slices of text. False: this is no evidence.
 */
bool dmx_evidence_parse(struct dmx_slice text, struct dmx_evidence_room *room,
                        struct dmx_aggregate_row *out) DMX_NODISCARD;

/* The notes alone, separated by blanks. */
struct dmx_slice dmx_evidence_notes(struct dmx_slice text);

#endif
