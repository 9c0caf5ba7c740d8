/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the subcommands of `dmx report` share. */
#ifndef DMX_TOOLS_REPORT_H
#define DMX_TOOLS_REPORT_H

#include <stdio.h>

#include "dmx/dns/resolver.h"
#include "dmx/psl/choice.h"
#include "dmx/report/failures.h"
#include "dmx/report/intake.h"
#include "dmx/site/config.h"

enum {
    REPORT_TRY_AGAIN = 75, /* EX_TEMPFAIL of sysexits: another run is at work, or something is not there for now */
    REPORT_SHOWN = 10,     /* mails that wait, in the status */
};

struct report_watch;

struct report_task {
    struct dmx_config *config;
    struct dmx_arena *arena;
    struct dmx_store *store;
    struct dmx_resolver *resolver; /* report_open_dns makes both */
    struct dmx_psl_choice psl;
    int64_t skew_s; /* of --now, against the clock */
    bool json, ingest_only, dry_run, watch, at_once, quiet, verbose, no_dns, failures_only;
    char **words; /* what is left of the command line */
    int word_count;
    struct dmx_slice domain; /* of preview, in normal form */
    bool has_day;
    int32_t day;
    struct report_watch *capsules; /* of run, or NULL */
};

/* Everything that `dmx report status` tells; waits for nothing and changes nothing. */
struct report_status {
    const struct dmx_config *config;
    struct dmx_slice location; /* of the store, without a password */
    bool has_store;            /* false: there is none yet */
    bool has_journal;
    struct dmx_intake_waiting waiting;
    bool has_failures; /* a directory of failure reports that can be read */
    struct dmx_failures_waiting failures;
    struct dmx_store_totals totals;
    struct dmx_store_day *days;
    size_t day_count;
    struct dmx_batch_count *counts;
    size_t count_count;
    struct dmx_store_delivery *waiting_mail; /* the first of them */
    size_t waiting_count;
    const char *self; /* what is wrong with the domain of report_email; NULL: nothing, or it was not asked */
};

int64_t report_now_s(const struct report_task *task);

/* Why nothing is sent; NULL: it is. */
const char *report_missing(const struct dmx_config *config);

/* The exit code for what went wrong with the store: what passes by itself is tried again. */
int report_store_code(const struct report_task *task, enum dmx_status status);
int report_complain_of_store(const struct report_task *task, enum dmx_status status);

/* Exit codes, after a complaint. A resolver that is there stays. */
int report_open_store(struct report_task *task, enum dmx_store_mode mode);
int report_open_dns(struct report_task *task);
int report_lock(struct report_task *task);

/* What is in the journal while the store cannot be reached; nothing when nothing is. */
void report_complain_of_waiting(const struct report_task *task);

/* A sentence, or NULL. */
const char *report_self_check(struct report_task *task);

int report_run(struct report_task *task);
int report_resend(struct report_task *task);
int report_suppress(struct report_task *task);
int report_bounce(struct report_task *task);
int report_failures(struct report_task *task);

/* Whether there is anything in their directory, or it cannot be read. */
bool report_has_failures(const struct report_task *task);
/* Sends what failure reports there are; the store is locked. An exit code, after a complaint. */
int report_send_failures(struct report_task *task);

/* Whether a run was not told to end; in between two mails of --watch, failure reports have their turn. */
bool report_go_on(void *ctx);

/* The XML of a domain's reports on standard output. The store is open. */
int report_preview(struct report_task *task);

void report_print_day(FILE *to, int32_t day);
void report_print_status(FILE *to, const struct report_status *status);
void report_print_status_json(FILE *to, const struct report_status *status);

#endif
