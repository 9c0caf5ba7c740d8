/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A store in SQLite: what its files share. */
#ifndef DMX_REPORT_SQLITE_STORE_H
#define DMX_REPORT_SQLITE_STORE_H

#include "dmx/report/store.h"
#include "sqlite.h"

struct sqlite_store {
    struct dmx_store store; /* first: it is the same pointer */
    struct sqlite *db;
    bool grouped; /* within a group, which begins and commits for all */
    int lock_fd;
    char path[1024];
};

static inline struct sqlite_store *sqlite_store_of(struct dmx_store *store)
{
    return (struct sqlite_store *)(void *)store;
}

static inline struct sqlite *sqlite_of(struct dmx_store *store)
{
    return sqlite_store_of(store)->db;
}

/* Each statement of the store has a number of its own. */
enum {
    STMT_TAKEN_FIND,
    STMT_TAKEN_ADD,
    STMT_POLICY_FIND,
    STMT_POLICY_ADD,
    STMT_POLICY_DAY,
    STMT_EVIDENCE_FIND,
    STMT_EVIDENCE_ADD,
    STMT_EVIDENCE_DAY,
    STMT_REPORT_OPEN,
    STMT_REPORT_ADD,
    STMT_REPORT_SUM,
    STMT_ROW_ADD,
    STMT_ROW_COUNT,
    STMT_COUNT_ADD,
    STMT_REPORTS,
    STMT_REPORT_ROWS,
    STMT_REPORT_CLOSE,
    STMT_REPORT_DONE,
    STMT_REPORT_BEFORE,
    STMT_REPORT_GET,
    STMT_REPORT_BY_TOKEN,
    STMT_DOCUMENT_PUT,
    STMT_DOCUMENT_GET,
    STMT_DELIVERY_PUT,
    STMT_DELIVERIES,
    STMT_DELIVERIES_OF,
    STMT_DELIVERY_GET,
    STMT_DELIVERY_SET,
    STMT_MESSAGE_PUT,
    STMT_MESSAGE_GET,
    STMT_SUPPRESS,
    STMT_UNSUPPRESS,
    STMT_SUPPRESSION_GET,
    STMT_SUPPRESSIONS,
    STMT_PURGE_FIND,
    STMT_PURGE_ROWS,
    STMT_PURGE_DOCUMENTS,
    STMT_PURGE_MESSAGES,
    STMT_PURGE_DELIVERIES,
    STMT_PURGE_REPORT,
    STMT_PURGE_COUNTS,
    STMT_PURGE_TAKEN,
    STMT_PURGE_EVIDENCES,
    STMT_PURGE_POLICIES,
    STMT_PURGE_SUPPRESSIONS,
    STMT_DAYS,
    STMT_COUNTS,
    STMT_TOTALS,
    STMT_DELIVERY_TOTALS,
    STMT_SUPPRESSED,
    STMT_PAGES,
    STMT_VERSION,
    STMT_FOREIGN,
    STMT_KEY,
    STMT_VACUUM,
    STMT_COUNT
};
_Static_assert((int)STMT_COUNT <= (int)SQLITE_STATEMENTS, "each statement has a place");

enum dmx_status sqlite_store_open(const char *path, enum dmx_store_mode mode, struct dmx_store **out) DMX_NODISCARD;

/* Turns what the database says into a status and store->error, which names the file. */
enum dmx_status sqlite_store_status(struct dmx_store *store);
/* What a verb begins, unless it is part of a group. */
void sqlite_store_begin(struct dmx_store *store);
/* The same as sqlite_store_status, at the end of a verb that began something: commits it, or undoes it. */
enum dmx_status sqlite_store_commit(struct dmx_store *store);
/* An error of our own. */
enum dmx_status sqlite_store_refuse(struct dmx_store *store, enum dmx_status status, const char *why);

/* The verbs, by file: sqlite_store.c, sqlite_ingest.c, sqlite_report.c, sqlite_delivery.c, sqlite_status.c. */
enum dmx_status sqlite_begin(struct dmx_store *store, struct dmx_slice name, bool *out_known);
enum dmx_status sqlite_add(struct dmx_store *store, const struct dmx_batch *batch);
enum dmx_status sqlite_commit(struct dmx_store *store, const struct dmx_store_taken *taken);
void sqlite_undo(struct dmx_store *store);

enum dmx_status sqlite_reports(struct dmx_store *store, const struct dmx_store_filter *filter, struct dmx_arena *arena,
                               struct dmx_store_report **out, size_t *out_count);
enum dmx_status sqlite_rows(struct dmx_store *store, int64_t report, dmx_store_row_fn *fn, void *ctx);
enum dmx_status sqlite_notes(struct dmx_store *store, int64_t report, struct dmx_arena *arena, struct dmx_slice *out,
                             size_t max, size_t *out_count);
enum dmx_status sqlite_close_reports(struct dmx_store *store, int32_t from_day, int32_t to_day, int64_t now_s,
                                     uint64_t *out_count);
enum dmx_status sqlite_group_begin(struct dmx_store *store);
enum dmx_status sqlite_group_end(struct dmx_store *store);
enum dmx_status sqlite_done(struct dmx_store *store, int64_t report);
enum dmx_status sqlite_before(struct dmx_store *store, const struct dmx_store_report *report, size_t most,
                              size_t *out_count);
enum dmx_status sqlite_report_get(struct dmx_store *store, int64_t id, struct dmx_slice token, struct dmx_arena *arena,
                                  struct dmx_store_report *out);
enum dmx_status sqlite_document_put(struct dmx_store *store, const struct dmx_store_document *document);
enum dmx_status sqlite_document_get(struct dmx_store *store, int64_t report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out);

enum dmx_status sqlite_delivery_put(struct dmx_store *store, const struct dmx_store_delivery *delivery);
enum dmx_status sqlite_deliveries(struct dmx_store *store, int64_t report, int64_t now_s, size_t most,
                                  struct dmx_arena *arena, struct dmx_store_delivery **out, size_t *out_count);
enum dmx_status sqlite_delivery_get(struct dmx_store *store, int64_t id, struct dmx_arena *arena,
                                    struct dmx_store_delivery *out);
enum dmx_status sqlite_delivery_set(struct dmx_store *store, const struct dmx_store_delivery *delivery);
enum dmx_status sqlite_message_get(struct dmx_store *store, int64_t delivery, struct dmx_arena *arena,
                                   struct dmx_slice *out);
enum dmx_status sqlite_suppress(struct dmx_store *store, const struct dmx_store_suppression *suppression);
enum dmx_status sqlite_suppression_get(struct dmx_store *store, struct dmx_slice address, struct dmx_arena *arena,
                                       struct dmx_store_suppression *out);
enum dmx_status sqlite_suppressions(struct dmx_store *store, struct dmx_arena *arena,
                                    struct dmx_store_suppression **out, size_t *out_count);

enum dmx_status sqlite_purge(struct dmx_store *store, int32_t before_day, int64_t now_s, bool *out_more);
enum dmx_status sqlite_days(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_day **out,
                            size_t *out_count);
enum dmx_status sqlite_counts(struct dmx_store *store, struct dmx_arena *arena, struct dmx_batch_count **out,
                              size_t *out_count);
enum dmx_status sqlite_totals(struct dmx_store *store, int64_t now_s, struct dmx_store_totals *out);

#endif
