/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A store in PostgreSQL, for hosts that report together: what its files share.
 *
 * Three locks keep them apart. The reporter's is an advisory lock of the session, which ends with the connection however
 * that ends; whoever gets it counts dmx.holder's epoch up, and each transaction of a reporter begins by looking whether
 * the epoch is still its own. The merger's is an advisory lock of the transaction: journals are copied to the server side
 * by side, and become rows one after the other; closing and purging take it too, so that no row comes into a report that
 * was closed. The third keeps two from making the tables at once.
 */
#ifndef DMX_REPORT_PGSQL_STORE_H
#define DMX_REPORT_PGSQL_STORE_H

#include "dmx/report/store.h"
#include "pgsql.h"

struct pgsql_store {
    struct dmx_store store; /* first: it is the same pointer */
    struct pgsql *db;
    bool grouped;   /* within a group, which begins and commits for all */
    int64_t epoch;  /* of the lock that this one holds; 0: none */
    char name[200]; /* for people: CONNINFO without a password */
};

static inline struct pgsql_store *pgsql_store_of(struct dmx_store *store)
{
    return (struct pgsql_store *)(void *)store;
}

static inline struct pgsql *pgsql_of(struct dmx_store *store)
{
    return pgsql_store_of(store)->db;
}

/* Of pg_advisory_lock(int, int), as SQL: "DMXR", and a number. */
#define PGSQL_LOCK_REPORTER "1145919570, 1"
#define PGSQL_LOCK_MERGER   "1145919570, 2"
#define PGSQL_LOCK_SCHEMA   "1145919570, 3"

enum dmx_status pgsql_store_open(const char *conninfo, enum dmx_store_mode mode, struct dmx_store **out) DMX_NODISCARD;

/* Looks at the tables, makes them or brings them up to date where the mode and the role allow it; pgsql_schema.c. */
enum dmx_status pgsql_schema_open(struct dmx_store *store, enum dmx_store_mode mode) DMX_NODISCARD;

/*
 * Before a journal is taken in, and before the lock; pgsql_check.c. Whose clock is days ahead would purge, for all hosts, what
 * nobody has reported yet; whose clock is behind would put mail into days that others purge. Tests set how far it may be off.
 */
extern int64_t pgsql_clock_most_s;
enum dmx_status pgsql_check_clock(struct dmx_store *store) DMX_NODISCARD;
/* That a later dmx has not changed the tables under a run that goes on; pgsql_schema.c. */
enum dmx_status pgsql_check_version(struct dmx_store *store) DMX_NODISCARD;
/* That the server's session is this connection's own: poolers name another one in its place. */
enum dmx_status pgsql_check_session(struct dmx_store *store) DMX_NODISCARD;

/* Turns what the server says into a status and store->error; store->lost is set when the connection is gone. */
enum dmx_status pgsql_store_status(struct dmx_store *store);
/* An error of our own. */
enum dmx_status pgsql_store_refuse(struct dmx_store *store, enum dmx_status status, const char *why);
/* What a verb begins that changes something, unless it is part of a group; and that the lock is still ours. */
void pgsql_store_begin(struct dmx_store *store);
/* The same as pgsql_store_status, at the end of such a verb: commits it, or undoes it. */
enum dmx_status pgsql_store_commit(struct dmx_store *store);

/* The verbs, by file: pgsql_store.c, pgsql_ingest.c, pgsql_report.c, pgsql_delivery.c, pgsql_status.c. */
enum dmx_status pgsql_begin(struct dmx_store *store, struct dmx_slice name, bool *out_known);
enum dmx_status pgsql_add(struct dmx_store *store, const struct dmx_batch *batch);
enum dmx_status pgsql_take(struct dmx_store *store, const struct dmx_store_taken *taken);

enum dmx_status pgsql_reports(struct dmx_store *store, const struct dmx_store_filter *filter, struct dmx_arena *arena,
                              struct dmx_store_report **out, size_t *out_count);
enum dmx_status pgsql_rows(struct dmx_store *store, int64_t report, dmx_store_row_fn *fn, void *ctx);
enum dmx_status pgsql_notes(struct dmx_store *store, int64_t report, struct dmx_arena *arena, struct dmx_slice *out,
                            size_t max, size_t *out_count);
enum dmx_status pgsql_close_reports(struct dmx_store *store, int32_t from_day, int32_t to_day, int64_t now_s,
                                    uint64_t *out_count);
enum dmx_status pgsql_done(struct dmx_store *store, int64_t report);
enum dmx_status pgsql_before(struct dmx_store *store, const struct dmx_store_report *report, size_t most,
                             size_t *out_count);
enum dmx_status pgsql_report_get(struct dmx_store *store, int64_t id, struct dmx_slice token, struct dmx_arena *arena,
                                 struct dmx_store_report *out);
enum dmx_status pgsql_document_put(struct dmx_store *store, const struct dmx_store_document *document);
enum dmx_status pgsql_document_get(struct dmx_store *store, int64_t report, enum dmx_dialect dialect,
                                   struct dmx_arena *arena, struct dmx_store_document *out);

enum dmx_status pgsql_delivery_put(struct dmx_store *store, const struct dmx_store_delivery *delivery);
enum dmx_status pgsql_deliveries(struct dmx_store *store, int64_t report, int64_t now_s, size_t most,
                                 struct dmx_arena *arena, struct dmx_store_delivery **out, size_t *out_count);
enum dmx_status pgsql_delivery_get(struct dmx_store *store, int64_t id, struct dmx_arena *arena,
                                   struct dmx_store_delivery *out);
enum dmx_status pgsql_delivery_set(struct dmx_store *store, const struct dmx_store_delivery *delivery);
enum dmx_status pgsql_message_get(struct dmx_store *store, int64_t delivery, struct dmx_arena *arena,
                                  struct dmx_slice *out);
enum dmx_status pgsql_suppress(struct dmx_store *store, const struct dmx_store_suppression *suppression);
enum dmx_status pgsql_suppression_get(struct dmx_store *store, struct dmx_slice address, struct dmx_arena *arena,
                                      struct dmx_store_suppression *out);
enum dmx_status pgsql_suppressions(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_suppression **out,
                                   size_t *out_count);

enum dmx_status pgsql_purge(struct dmx_store *store, int32_t before_day, int64_t now_s, bool *out_more);
enum dmx_status pgsql_days(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_day **out,
                           size_t *out_count);
enum dmx_status pgsql_counts(struct dmx_store *store, struct dmx_arena *arena, struct dmx_batch_count **out,
                             size_t *out_count);
enum dmx_status pgsql_totals(struct dmx_store *store, int64_t now_s, struct dmx_store_totals *out);

#endif
