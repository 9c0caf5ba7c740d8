/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the subcommands of `dmx report` share. */
#ifndef DMX_TOOLS_REPORT_H
#define DMX_TOOLS_REPORT_H

#include <stdio.h>

#include "dmx/report/intake.h"
#include "dmx/site/config.h"

struct report_task {
    struct dmx_config *config;
    struct dmx_arena *arena;
    struct dmx_store *store;
    int64_t now_s;
    bool json;
    bool ingest_only;
    struct dmx_slice domain; /* of preview, in normal form */
    bool has_day;
    int32_t day;
};

/* Everything that `dmx report status` tells; waits for nothing and changes nothing. */
struct report_status {
    const struct dmx_config *config;
    bool has_store; /* false: there is none yet */
    bool has_journal;
    struct dmx_intake_waiting waiting;
    struct dmx_store_totals totals;
    struct dmx_store_day *days;
    size_t day_count;
    struct dmx_batch_count *counts;
    size_t count_count;
};

/* The XML of a domain's reports on standard output. The store is open. */
int report_preview(struct report_task *task);

void report_print_status(FILE *to, const struct report_status *status);
void report_print_status_json(FILE *to, const struct report_status *status);

#endif
