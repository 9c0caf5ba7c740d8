/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Reports come out: their rows, and what was made of them. */
#include "sqlite_store.h"
#include "store_row.h"

#include "dmx/base/banned.h"

static void read_report(struct sqlite_statement *s, struct dmx_arena *arena, struct dmx_store_report *out)
{
    *out = (struct dmx_store_report){
        .id = sqlite_int(s, 0),
        .day = (int32_t)sqlite_int(s, 1),
        .part = (int32_t)sqlite_int(s, 2),
        .state = (enum dmx_report_state)sqlite_int(s, 3),
        .rows = (uint64_t)sqlite_int(s, 4),
        .messages = (uint64_t)sqlite_int(s, 5),
        .closed_s = sqlite_int(s, 6),
        .token = sqlite_text_dup(s, 7, arena),
        .policy.domain = sqlite_text_dup(s, 8, arena),
        .policy.org_domain = sqlite_text_dup(s, 9, arena),
        .policy.rules = sqlite_text_dup(s, 10, arena),
        .policy.record = sqlite_text_dup(s, 11, arena),
    };
}

#define REPORT_COLUMNS                                                                            \
    "SELECT r.id, r.day, r.part, r.state, r.rows, r.messages, r.closed_s, coalesce(r.token, '')," \
    " p.domain, p.org_domain, p.rules, p.record FROM report r JOIN policy p ON p.id = r.policy"

static struct sqlite_statement *find_reports(struct sqlite *db, const struct dmx_store_filter *filter)
{
    return sqlite_bind(db, STMT_REPORTS,
                       REPORT_COLUMNS
                       " WHERE r.state = ?1 AND r.day BETWEEN ?2 AND ?3 AND r.id > ?4 AND (?5 = '' OR p.domain = ?5)"
                       " ORDER BY r.id LIMIT ?6",
                       "iiiisi", (int64_t)filter->state, (int64_t)filter->from_day, (int64_t)filter->to_day,
                       filter->after_id, filter->domain, filter->most ? (int64_t)filter->most : -1);
}

enum dmx_status sqlite_reports(struct dmx_store *store, const struct dmx_store_filter *filter, struct dmx_arena *arena,
                               struct dmx_store_report **out, size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = find_reports(db, filter);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    while (sqlite_step(db, s)) {
        struct dmx_store_report *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_report(s, arena, &list[(*out_count)++]);
    }
    sqlite_reset(s);
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "has more reports than there is memory for");
    return sqlite_store_status(store);
}

/* ---- rows ---- */

static struct sqlite_statement *find_rows(struct sqlite *db, int64_t report)
{
    return sqlite_bind(db, STMT_REPORT_ROWS,
                       "SELECT r.ip, r.count, e.text FROM row r JOIN evidence e ON e.id = r.evidence"
                       " WHERE r.report = ? ORDER BY r.ip, r.evidence",
                       "i", report);
}

enum dmx_status sqlite_rows(struct dmx_store *store, int64_t report, dmx_store_row_fn *fn, void *ctx)
{
    struct sqlite *db = sqlite_of(store);
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    struct sqlite_statement *s = find_rows(db, report);
    enum dmx_status status = DMX_OK;
    bool sound = true;
    while (status == DMX_OK && sound && sqlite_step(db, s)) {
        sound = store_read_row(sqlite_text(s, 0), sqlite_int(s, 1), sqlite_text(s, 2), &room, &row);
        if (sound)
            status = fn(ctx, &row);
    }
    sqlite_reset(s);
    if (!sound)
        return sqlite_store_refuse(store, DMX_INVALID, "has a row that cannot be read: it is damaged");
    enum dmx_status end = sqlite_store_status(store);
    return status == DMX_OK ? end : status;
}

/* ---- notes ---- */

enum dmx_status sqlite_notes(struct dmx_store *store, int64_t report, struct dmx_arena *arena, struct dmx_slice *out,
                             size_t max, size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = find_rows(db, report);
    size_t count = 0;
    while (count < max && sqlite_step(db, s))
        store_add_notes(sqlite_text(s, 2), arena, out, max, &count);
    sqlite_reset(s);
    *out_count = count;
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return sqlite_store_status(store);
}

/* ---- what becomes of a report ---- */

/* 64 random bits each: that two are equal will not happen, and would end the call with nothing done. */
enum dmx_status sqlite_close_reports(struct dmx_store *store, int32_t from_day, int32_t to_day, int64_t now_s,
                                     uint64_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    sqlite_do(db, STMT_REPORT_CLOSE,
              "UPDATE report SET state = 1, token = lower(hex(randomblob(8))), closed_s = ?"
              " WHERE state = 0 AND day BETWEEN ? AND ?",
              "iii", now_s, (int64_t)from_day, (int64_t)to_day);
    enum dmx_status status = sqlite_store_status(store);
    *out_count = status == DMX_OK ? (uint64_t)sqlite_changes(db) : 0;
    return status;
}

enum dmx_status sqlite_done(struct dmx_store *store, int64_t report)
{
    sqlite_do(sqlite_of(store), STMT_REPORT_DONE, "UPDATE report SET state = 2 WHERE id = ? AND state = 1", "i",
              report);
    return sqlite_store_status(store);
}

/* CROSS JOIN: by the index on organizational domains, as SQLite would not; a day has many more reports than one of them. */
enum dmx_status sqlite_before(struct dmx_store *store, const struct dmx_store_report *report, size_t most,
                              size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_REPORT_BEFORE,
                    "SELECT count(*) FROM (SELECT 1 FROM policy p CROSS JOIN report r ON r.day = ? AND r.policy = p.id"
                    " WHERE p.org_domain = ? AND r.id < ? LIMIT ?)",
                    "isii", (int64_t)report->day, report->policy.org_domain, report->id, (int64_t)most);
    *out_count = sqlite_step(db, s) ? (size_t)sqlite_int(s, 0) : 0;
    sqlite_reset(s);
    return sqlite_store_status(store);
}

static struct sqlite_statement *find_report(struct sqlite *db, int64_t id, struct dmx_slice token)
{
    if (id > 0)
        return sqlite_bind(db, STMT_REPORT_GET, REPORT_COLUMNS " WHERE r.id = ?", "i", id);
    return sqlite_bind(db, STMT_REPORT_BY_TOKEN, REPORT_COLUMNS " WHERE r.token = ?", "s", token);
}

enum dmx_status sqlite_report_get(struct dmx_store *store, int64_t id, struct dmx_slice token, struct dmx_arena *arena,
                                  struct dmx_store_report *out)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = find_report(db, id, token);
    bool found = sqlite_step(db, s);
    if (found)
        read_report(s, arena, out);
    sqlite_reset(s);
    enum dmx_status status = sqlite_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? sqlite_store_refuse(store, DMX_INVALID, "has no such report") : status;
}

enum dmx_status sqlite_document_put(struct dmx_store *store, const struct dmx_store_document *document)
{
    sqlite_do(sqlite_of(store), STMT_DOCUMENT_PUT, "INSERT OR IGNORE INTO document VALUES(?, ?, ?, ?)", "iisb",
              document->report, (int64_t)document->dialect, document->name, document->bytes);
    return sqlite_store_status(store);
}

enum dmx_status sqlite_document_get(struct dmx_store *store, int64_t report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_DOCUMENT_GET, "SELECT name, bytes FROM document WHERE report = ? AND dialect = ?", "ii",
                    report, (int64_t)dialect);
    bool found = sqlite_step(db, s);
    *out = (struct dmx_store_document){.report = report, .dialect = dialect};
    if (found) {
        out->name = sqlite_text_dup(s, 0, arena);
        out->bytes = sqlite_text_dup(s, 1, arena);
    }
    sqlite_reset(s);
    enum dmx_status status = sqlite_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? sqlite_store_refuse(store, DMX_INVALID, "has no such document") : status;
}
