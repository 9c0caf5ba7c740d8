/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the journal of some days comes to, under options of one's choice. */
#ifndef DMX_TOOLS_LEDGER_H
#define DMX_TOOLS_LEDGER_H

#include <stdio.h>

#include "dmx/pipeline/event.h"
#include "tally.h"

struct ledger {
    const struct dmx_config *config; /* the options under which it is decided */
    const char *dir;
    int64_t from_s, to_s;
    uint64_t messages, exempt, other_rules, damaged_bytes;
    uint64_t refused, quarantined, deferred, delivered;
    uint64_t really_refused, really_quarantined;
    uint64_t shadowed, shadow_differs;
    struct tally domains, sources, recipients;
};

/* Prints at most so many lines of each table. */
void ledger_print_text(FILE *to, struct ledger *ledger, size_t top);
void ledger_print_json(FILE *to, struct ledger *ledger, size_t top);

/* One message that would not have been delivered as it is, as a line. */
void ledger_print_event(FILE *to, const struct dmx_event *event, enum dmx_disposition would_be);

#endif
