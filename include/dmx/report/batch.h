/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Some events of the journal, counted: equal ones become one row, and every text stands once. Pure. What a store takes
 * in is a batch at a time, so that neither the size of a journal nor what is in it decides how much memory that takes.
 */
#ifndef DMX_REPORT_BATCH_H
#define DMX_REPORT_BATCH_H

#include "dmx/base/status.h"
#include "dmx/journal/event.h"

enum {
    DMX_BATCH_ROWS = 128 * 1024,             /* then it is full */
    DMX_BATCH_TEXT_BYTES = 24 * 1024 * 1024, /* or then */
    DMX_BATCH_CAP_BYTES = 96 * 1024 * 1024,  /* more than a full one can have: see batch.c */
};

struct dmx_batch_policy {
    struct dmx_slice domain, org_domain;
    struct dmx_slice rules, record; /* as in the journal */
    uint64_t hash;
    int32_t last_day;
};

struct dmx_batch_evidence {
    struct dmx_slice text; /* dmx/report/evidence.h */
    uint64_t hash;
    int32_t last_day;
};

struct dmx_batch_row {
    struct dmx_ip ip;
    uint32_t policy, evidence; /* of the lists below */
    int32_t day;
    uint64_t count;
};

/* How many messages of a day were of a kind: "messages", "exempt:authenticated", … */
struct dmx_batch_count {
    int32_t day;
    struct dmx_slice what;
    uint64_t count;
};

struct dmx_batch_table;

struct dmx_batch {
    const struct dmx_batch_policy *policies;
    const struct dmx_batch_evidence *evidences;
    const struct dmx_batch_row *rows;
    const struct dmx_batch_count *counts;
    size_t policy_count, evidence_count, row_count, count_count;
    struct dmx_batch_table *table; /* private to batch.c */
};

/* The time at which a journal is read, and how old an event may be to be reported. */
struct dmx_batch_time {
    int64_t now_s;
    int64_t retention_s;
};

/* key: 16 bytes, for the hashes. DMX_NOMEM. The caller frees it, also after a failure. */
enum dmx_status dmx_batch_new(const uint8_t key[16], struct dmx_batch **out) DMX_NODISCARD;
void dmx_batch_free(struct dmx_batch **batch);

/* Whether it is time to hand it on. */
bool dmx_batch_is_full(const struct dmx_batch *batch);

/*
 * Counts an event, and adds it to a row when it is to be reported: it was judged, has a source and a policy whose record
 * asks for aggregate reports, nothing says that it must not be reported, and it is not older than the retention. A day
 * after tomorrow counts as today: the clock was set back since. DMX_NOMEM: the batch must be thrown away.
 */
enum dmx_status dmx_batch_add(struct dmx_batch *batch, const struct dmx_event *event,
                              const struct dmx_batch_time *time) DMX_NODISCARD;

/* The UTC day of a time, also before 1970. */
int32_t dmx_day_of(int64_t time_s);

#endif
