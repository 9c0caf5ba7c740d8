/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Reports come out: their rows, and what was made of them. */
#include "pgsql_store.h"
#include "store_row.h"

#include "dmx/base/banned.h"

static void read_report(const struct pgsql *db, struct dmx_arena *arena, struct dmx_store_report *out)
{
    *out = (struct dmx_store_report){
        .id = pgsql_int(db, 0),
        .day = (int32_t)pgsql_int(db, 1),
        .part = (int32_t)pgsql_int(db, 2),
        .state = (enum dmx_report_state)pgsql_int(db, 3),
        .rows = (uint64_t)pgsql_int(db, 4),
        .messages = (uint64_t)pgsql_int(db, 5),
        .closed_s = pgsql_int(db, 6),
        .token = pgsql_bytes_dup(db, 7, arena),
        .policy.domain = pgsql_bytes_dup(db, 8, arena),
        .policy.org_domain = pgsql_bytes_dup(db, 9, arena),
        .policy.rules = pgsql_bytes_dup(db, 10, arena),
        .policy.record = pgsql_bytes_dup(db, 11, arena),
    };
}

#define REPORT_COLUMNS                                                                                      \
    "SELECT r.id, r.day, r.part, r.state, r.rows, r.messages, r.closed_s, r.token, p.domain, p.org_domain," \
    " p.rules, p.record FROM dmx.report r JOIN dmx.policy p ON p.id = r.policy"

enum dmx_status pgsql_reports(struct dmx_store *store, const struct dmx_store_filter *filter, struct dmx_arena *arena,
                              struct dmx_store_report **out, size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    pgsql_ask(db,
              REPORT_COLUMNS " WHERE r.state = $1 AND r.day BETWEEN $2 AND $3 AND r.id > $4"
                             " AND ($5 = ''::bytea OR p.domain = $5) ORDER BY r.id LIMIT $6",
              "iiiibi", (int64_t)filter->state, (int64_t)filter->from_day, (int64_t)filter->to_day, filter->after_id,
              filter->domain, filter->most ? (int64_t)filter->most : INT64_MAX);
    while (pgsql_step(db)) {
        struct dmx_store_report *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_report(db, arena, &list[(*out_count)++]);
    }
    pgsql_leave(db);
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "has more reports than there is memory for");
    return pgsql_store_status(store);
}

/* ---- rows ---- */

/* No join: until the tables were analysed, which is the server's business, it would read all of evidence for each report. */
static void ask_rows(struct pgsql *db, int64_t report)
{
    pgsql_ask(db,
              "SELECT r.ip, r.count, (SELECT e.text FROM dmx.evidence e WHERE e.id = r.evidence)"
              " FROM dmx.report_row r WHERE r.report = $1 ORDER BY r.ip, r.evidence",
              "i", report);
}

enum dmx_status pgsql_rows(struct dmx_store *store, int64_t report, dmx_store_row_fn *fn, void *ctx)
{
    struct pgsql *db = pgsql_of(store);
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    enum dmx_status status = DMX_OK;
    bool sound = true;
    ask_rows(db, report);
    while (status == DMX_OK && sound && pgsql_step(db)) {
        sound = store_read_row(pgsql_bytes(db, 0), pgsql_int(db, 1), pgsql_bytes(db, 2), &room, &row);
        if (sound)
            status = fn(ctx, &row);
    }
    pgsql_leave(db);
    if (!sound)
        return pgsql_store_refuse(store, DMX_INVALID, "has a row that cannot be read: it is damaged");
    enum dmx_status end = pgsql_store_status(store);
    return status == DMX_OK ? end : status;
}

enum dmx_status pgsql_notes(struct dmx_store *store, int64_t report, struct dmx_arena *arena, struct dmx_slice *out,
                            size_t max, size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t count = 0;
    ask_rows(db, report);
    while (count < max && pgsql_step(db))
        store_add_notes(pgsql_bytes(db, 2), arena, out, max, &count);
    pgsql_leave(db);
    *out_count = count;
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return pgsql_store_status(store);
}

/* ---- what becomes of a report ---- */

/*
 * The merger's lock: rows that are on their way into a report that is open are there before it is closed, or go into the
 * next part. 64 random bits a token, as 16 digits: that two are equal will not happen, and would end the call with nothing
 * done.
 */
enum dmx_status pgsql_close_reports(struct dmx_store *store, int32_t from_day, int32_t to_day, int64_t now_s,
                                    uint64_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_store_begin(store);
    pgsql_run(db, "SELECT pg_advisory_xact_lock(" PGSQL_LOCK_MERGER ")");
    int64_t count = pgsql_do(db,
                             "UPDATE dmx.report SET state = 1, closed_s = $1, token = convert_to(encode(substr(sha256("
                             "uuid_send(gen_random_uuid())), 1, 8), 'hex'), 'UTF8')"
                             " WHERE state = 0 AND day BETWEEN $2 AND $3",
                             "iii", now_s, (int64_t)from_day, (int64_t)to_day);
    enum dmx_status status = pgsql_store_commit(store);
    *out_count = status == DMX_OK ? (uint64_t)count : 0;
    return status;
}

enum dmx_status pgsql_done(struct dmx_store *store, int64_t report)
{
    pgsql_store_begin(store);
    pgsql_do(pgsql_of(store), "UPDATE dmx.report SET state = 2 WHERE id = $1 AND state = 1", "i", report);
    return pgsql_store_commit(store);
}

enum dmx_status pgsql_before(struct dmx_store *store, const struct dmx_store_report *report, size_t most,
                             size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_ask(db,
              "SELECT count(*) FROM (SELECT 1 FROM dmx.policy p JOIN dmx.report r ON r.day = $1 AND r.policy = p.id"
              " WHERE p.org_domain = $2 AND r.id < $3 LIMIT $4) found",
              "ibii", (int64_t)report->day, report->policy.org_domain, report->id, (int64_t)most);
    *out_count = pgsql_step(db) ? (size_t)pgsql_int(db, 0) : 0;
    pgsql_leave(db);
    return pgsql_store_status(store);
}

enum dmx_status pgsql_report_get(struct dmx_store *store, int64_t id, struct dmx_slice token, struct dmx_arena *arena,
                                 struct dmx_store_report *out)
{
    struct pgsql *db = pgsql_of(store);
    if (id > 0)
        pgsql_ask(db, REPORT_COLUMNS " WHERE r.id = $1", "i", id);
    else
        pgsql_ask(db, REPORT_COLUMNS " WHERE r.token = $1", "b", token);
    bool found = pgsql_step(db);
    if (found)
        read_report(db, arena, out);
    pgsql_leave(db);
    enum dmx_status status = pgsql_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? pgsql_store_refuse(store, DMX_INVALID, "has no such report") : status;
}

enum dmx_status pgsql_document_put(struct dmx_store *store, const struct dmx_store_document *document)
{
    pgsql_store_begin(store);
    pgsql_do(pgsql_of(store), "INSERT INTO dmx.document VALUES($1, $2, $3, $4) ON CONFLICT DO NOTHING", "iibb",
             document->report, (int64_t)document->dialect, document->name, document->bytes);
    return pgsql_store_commit(store);
}

enum dmx_status pgsql_document_get(struct dmx_store *store, int64_t report, enum dmx_dialect dialect,
                                   struct dmx_arena *arena, struct dmx_store_document *out)
{
    struct pgsql *db = pgsql_of(store);
    *out = (struct dmx_store_document){.report = report, .dialect = dialect};
    pgsql_ask(db, "SELECT name, bytes FROM dmx.document WHERE report = $1 AND dialect = $2", "ii", report,
              (int64_t)dialect);
    bool found = pgsql_step(db);
    if (found) {
        out->name = pgsql_bytes_dup(db, 0, arena);
        out->bytes = pgsql_bytes_dup(db, 1, arena);
    }
    pgsql_leave(db);
    enum dmx_status status = pgsql_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? pgsql_store_refuse(store, DMX_INVALID, "has no such document") : status;
}
