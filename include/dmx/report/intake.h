/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * From the journal into the store, exactly once however often it is killed (dmx/journal/writer.h has the writers' side):
 *
 *     DIR/journal          is renamed to journal.taken-ID, ID drawn at random; the directory is synced, so that not even
 *                          a power cut brings the old name back
 *     journal.taken-ID     is locked exclusively, which waits for writers that had begun, and read into the store in one
 *                          transaction that also notes the name; one that an earlier run left is taken up again, and one
 *                          whose name is noted is not read a second time
 *     journal.kept-ID      what has been read, for `dmx ledger`, until it is too old or too much
 *     journal.bad-ID       held no record that can be read: a later version's, or not ours. Nobody deletes it
 *
 * One at a time: a lock on the directory, which `dmx ledger` shares. Memory: one batch (dmx/report/batch.h) and a window.
 */
#ifndef DMX_REPORT_INTAKE_H
#define DMX_REPORT_INTAKE_H

#include "dmx/report/store.h"

struct dmx_intake {
    const char *dir; /* journal_dir, NUL-terminated; one that is not there holds nothing */
    int64_t now_s;
    int64_t retention_s; /* of report_retention: older events are counted, not reported */
    int64_t keep_s;      /* of journal_history: 0 keeps nothing */
    uint64_t keep_bytes; /* nor more than this in all */
    bool fold;           /* what is late goes to the next day's report: report_late */
};

enum { DMX_INTAKE_KEEP_BYTES = 1024 * 1024 * 1024 }; /* as much again as the journal itself may take */

struct dmx_intake_result {
    uint64_t files, records, passed_over;
    uint64_t again;              /* files of an earlier run that were in the store already */
    uint64_t bad;                /* files set aside */
    char error[DMX_STORE_ERROR]; /* one line; bytes from outside escaped */
};

/*
 * Takes in all there is. DMX_LIMIT: somebody else is at it, or a writer holds a file for too long; the rest is for the
 * next run. Otherwise what went wrong with the store or the directory: nothing is lost by it. *out counts what was done
 * before.
 */
enum dmx_status dmx_intake_run(struct dmx_store *store, const struct dmx_intake *intake,
                               struct dmx_intake_result *out) DMX_NODISCARD;

/* What waits in the directory, for `dmx report status`; false when it cannot be read. */
struct dmx_intake_waiting {
    uint64_t journal_bytes, taken_bytes, taken_files, kept_bytes, kept_files, bad_bytes, bad_files;
};
bool dmx_intake_look(const char *dir, struct dmx_intake_waiting *out);

/* The events of some bytes, counted into a batch, as a journal file is read; for tests and fuzzing. */
enum dmx_status dmx_intake_bytes(struct dmx_slice bytes, const struct dmx_batch_time *time, struct dmx_batch *batch,
                                 uint64_t *out_records, uint64_t *out_passed_over) DMX_NODISCARD;

#endif
