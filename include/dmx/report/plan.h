/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * From closed reports to deliveries: who wants each report and may have it, in which dialect, and its document. Whatever
 * is decided is in the store when it is decided; a report of which something is not known for now stays closed, and the
 * next plan goes on with it.
 */
#ifndef DMX_REPORT_PLAN_H
#define DMX_REPORT_PLAN_H

#include "dmx/dns/source.h"
#include "dmx/report/authorise.h"
#include "dmx/report/store.h"

enum {
    /* Reports whose destinations are looked up at the same time: some hundred questions on their way. */
    DMX_PLAN_BATCH = 64,
    DMX_PLAN_BATCH_MS = 20 * 1000, /* and so long; what is not known then is asked again by the next run */
    /* Reports of a day to one organizational domain: a wildcard record invites one for every name that a forger thinks of. */
    DMX_PLAN_ORGANIZATION = 100,
    /* Who reports for the first time, or after a long pause, says nothing of older days. */
    DMX_PLAN_DAYS = 7,
};

struct dmx_plan {
    struct dmx_store *store;
    const struct dmx_config *config; /* report_org and report_email are set */
    const struct dmx_psl *psl;       /* or NULL */
    struct dmx_dns_source dns;
    int64_t now_s;
    int64_t wait_s; /* after a day's end, before it is over */
    int32_t day;    /* this one alone, however old; below 0: any */
    /* NULL, or told of each report what became of it: a static word, and its destinations, if they were looked up. */
    void (*see)(void *ctx, const struct dmx_store_report *report, const char *what,
                const struct dmx_destinations *destinations);
    void *ctx;
    bool dry; /* nothing is written, and reports that are open, of days that are over, are looked at as well */
};

struct dmx_plan_result {
    uint64_t reports;    /* that were looked at */
    uint64_t deliveries; /* that are to be made */
    uint64_t refused;    /* addresses that get nothing: not authorised, not readable, too small for the report */
    uint64_t excluded, capped, old;
    uint64_t later;  /* reports of which something is not known for now */
    uint64_t unsent; /* reports that must not be sent: no row may be told, … */
};

/* As the store's verbs: store->error has a sentence, unless it is DMX_NOMEM. */
enum dmx_status dmx_plan_run(const struct dmx_plan *plan, struct dmx_plan_result *out) DMX_NODISCARD;

#endif
