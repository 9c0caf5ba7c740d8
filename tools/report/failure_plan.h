/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From capsules to mails: what failure_plan.c and failure_make.c share. */
#ifndef DMX_REPORT_FAILURE_PLAN_H
#define DMX_REPORT_FAILURE_PLAN_H

#include "dmx/report/arf.h"
#include "failure_dir.h"

/* A capsule on its way. */
struct failure_item {
    const struct journal_file *entry;
    const char *file; /* its name */
    struct dmx_capsule *capsule;
    struct dmx_policy_published policy;
    struct dmx_slice id, uris;
    struct dmx_destinations destinations;
    bool known; /* what became of its destinations */
    bool stays; /* until something more is known */
};

/* Capsules that make one mail, the oldest first. */
struct failure_group {
    struct dmx_slice address;
    size_t items[DMX_FAILURES_BATCH];
    size_t count;
};

/* A mail that waits already, as far as it matters here. */
struct failure_made {
    struct dmx_slice address;
    const struct dmx_slice *capsules;
    size_t count;
};

struct failure_planning {
    struct failure_run *run;
    struct dmx_redaction redaction;
    struct dmx_arf_settings settings;
    struct dmx_arena *made_arena, *arena; /* of all; of the batch */
    struct failure_made *made;
    size_t made_count;
    struct failure_item *items;
    size_t count;
    struct failure_group *groups;
    size_t group_count, group_capacity;
    struct journal_file *waiting; /* of this run, that stay until more is known */
    size_t waiting_count, seen;
    size_t silent;    /* batches that had not all answers in their time */
    uint64_t written; /* bytes of mails that this run made */
};

/* Reads which mails wait, into planning->made. DMX_NOMEM. */
enum dmx_status failure_find_made(struct failure_planning *p) DMX_NODISCARD;
/* Whether a capsule stands in one of them that is for an address. */
bool failure_is_made(const struct failure_planning *p, struct dmx_slice address, struct dmx_slice id);

/* Makes the mail of a group and writes it. One that cannot be made is told and counted. DMX_IO, DMX_NOMEM. */
enum dmx_status failure_make_mail(struct failure_planning *p, const struct failure_group *group) DMX_NODISCARD;

#endif
