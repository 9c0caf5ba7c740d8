/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What there is in sum, and what goes because it is too old. */
#include "sqlite_store.h"

#include "dmx/base/banned.h"

/* ---- what goes ---- */

enum {
    PURGE_REPORTS = 200,          /* at a time: others want to write, too */
    PURGE_TEXTS = 20000,          /* at a time */
    REMEMBER_S = 400 * DMX_DAY_S, /* which files were taken in: far longer than one may lie about, taken and not gone */
};

static void purge_report(struct sqlite *db, int64_t id)
{
    sqlite_do(db, STMT_PURGE_ROWS, "DELETE FROM row WHERE report = ?", "i", id);
    sqlite_do(db, STMT_PURGE_DOCUMENTS, "DELETE FROM document WHERE report = ?", "i", id);
    sqlite_do(db, STMT_PURGE_MESSAGES,
              "DELETE FROM message WHERE delivery IN (SELECT id FROM delivery WHERE report = ?)", "i", id);
    sqlite_do(db, STMT_PURGE_DELIVERIES, "DELETE FROM delivery WHERE report = ?", "i", id);
    sqlite_do(db, STMT_PURGE_REPORT, "DELETE FROM report WHERE id = ?", "i", id);
}

static size_t purge_reports(struct sqlite *db, int64_t before_day)
{
    int64_t ids[PURGE_REPORTS];
    size_t count = 0;
    struct sqlite_statement *s = sqlite_bind(db, STMT_PURGE_FIND, "SELECT id FROM report WHERE day < ? LIMIT ?", "ii",
                                             before_day, (int64_t)PURGE_REPORTS);
    while (count < PURGE_REPORTS && sqlite_step(db, s))
        ids[count++] = sqlite_int(s, 0);
    sqlite_reset(s);
    for (size_t i = 0; i < count; i++)
        purge_report(db, ids[i]);
    return count;
}

/* What no row of a day that is kept can need. */
static int64_t purge_texts(struct sqlite *db, int64_t before_day)
{
    sqlite_do(db, STMT_PURGE_EVIDENCES,
              "DELETE FROM evidence WHERE id IN (SELECT id FROM evidence WHERE last_day < ? LIMIT ?)", "ii", before_day,
              (int64_t)PURGE_TEXTS);
    int64_t gone = sqlite_changes(db);
    sqlite_do(db, STMT_PURGE_POLICIES,
              "DELETE FROM policy WHERE id IN (SELECT id FROM policy WHERE last_day < ? LIMIT ?)", "ii", before_day,
              (int64_t)PURGE_TEXTS);
    return gone + sqlite_changes(db);
}

enum dmx_status sqlite_purge(struct dmx_store *store, int32_t before_day, int64_t now_s, bool *out_more)
{
    struct sqlite *db = sqlite_of(store);
    sqlite_store_begin(store);
    *out_more = purge_reports(db, before_day) > 0 || purge_texts(db, before_day) > 0;
    if (!*out_more) {
        sqlite_do(db, STMT_PURGE_COUNTS, "DELETE FROM count WHERE day < ?", "i", (int64_t)before_day);
        sqlite_do(db, STMT_PURGE_TAKEN, "DELETE FROM taken WHERE at_s < ?", "i", now_s - REMEMBER_S);
        sqlite_do(db, STMT_PURGE_SUPPRESSIONS, "DELETE FROM suppression WHERE until_s < ?", "i", now_s - REMEMBER_S);
    }
    enum dmx_status status = sqlite_store_commit(store);
    if (status == DMX_OK && *out_more)
        sqlite_finish(db, sqlite_bind(db, STMT_VACUUM, "PRAGMA incremental_vacuum(4096)", ""));
    if (status != DMX_OK)
        *out_more = false;
    return status == DMX_OK ? sqlite_store_status(store) : status;
}

/* ---- what there is ---- */

enum dmx_status sqlite_days(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_day **out,
                            size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_DAYS,
                    "SELECT r.day, count(DISTINCT p.domain), count(*), sum(r.rows), sum(r.messages), sum(r.state = 0),"
                    " sum(r.state = 1), sum(r.state = 2) FROM report r JOIN policy p ON p.id = r.policy"
                    " GROUP BY r.day ORDER BY r.day DESC",
                    "");
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    while (sqlite_step(db, s)) {
        struct dmx_store_day *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        list[(*out_count)++] = (struct dmx_store_day){
            .day = (int32_t)sqlite_int(s, 0),
            .domains = (uint64_t)sqlite_int(s, 1),
            .reports = (uint64_t)sqlite_int(s, 2),
            .rows = (uint64_t)sqlite_int(s, 3),
            .messages = (uint64_t)sqlite_int(s, 4),
            .open = (uint64_t)sqlite_int(s, 5),
            .closed = (uint64_t)sqlite_int(s, 6),
            .done = (uint64_t)sqlite_int(s, 7),
        };
    }
    sqlite_reset(s);
    return sqlite_store_status(store);
}

enum dmx_status sqlite_counts(struct dmx_store *store, struct dmx_arena *arena, struct dmx_batch_count **out,
                              size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_COUNTS, "SELECT day, what, count FROM count ORDER BY day DESC, what", "");
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    while (sqlite_step(db, s)) {
        struct dmx_batch_count *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        list[(*out_count)++] = (struct dmx_batch_count){(int32_t)sqlite_int(s, 0), sqlite_text_dup(s, 1, arena),
                                                        (uint64_t)sqlite_int(s, 2)};
    }
    sqlite_reset(s);
    return sqlite_store_status(store);
}

static void read_totals(struct sqlite *db, struct dmx_store_totals *out)
{
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_TOTALS,
                    "SELECT (SELECT count(*) FROM policy), (SELECT count(*) FROM evidence),"
                    " (SELECT coalesce(sum(rows), 0) FROM report), count(*), coalesce(sum(records), 0),"
                    " coalesce(sum(passed_over), 0), coalesce(max(at_s), 0) FROM taken",
                    "");
    if (!sqlite_step(db, s))
        return;
    out->policies = (uint64_t)sqlite_int(s, 0);
    out->evidences = (uint64_t)sqlite_int(s, 1);
    out->rows = (uint64_t)sqlite_int(s, 2);
    out->files = (uint64_t)sqlite_int(s, 3);
    out->records = (uint64_t)sqlite_int(s, 4);
    out->passed_over = (uint64_t)sqlite_int(s, 5);
    out->last_s = sqlite_int(s, 6);
    sqlite_reset(s);
}

enum dmx_status sqlite_totals(struct dmx_store *store, int64_t now_s, struct dmx_store_totals *out)
{
    struct sqlite *db = sqlite_of(store);
    *out = (struct dmx_store_totals){.policies = 0};
    read_totals(db, out);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_DELIVERY_TOTALS, "SELECT state, count(*) FROM delivery GROUP BY state", "");
    while (sqlite_step(db, s))
        if (sqlite_int(s, 0) >= 0 && sqlite_int(s, 0) < DMX_DELIVERY_STATES)
            out->deliveries[sqlite_int(s, 0)] = (uint64_t)sqlite_int(s, 1);
    s = sqlite_bind(db, STMT_SUPPRESSED, "SELECT count(*) FROM suppression WHERE until_s > ?", "i", now_s);
    if (sqlite_step(db, s))
        out->suppressed = (uint64_t)sqlite_int(s, 0);
    sqlite_reset(s);
    s = sqlite_bind(db, STMT_PAGES, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", "");
    if (sqlite_step(db, s))
        out->bytes = (uint64_t)sqlite_int(s, 0);
    sqlite_reset(s);
    return sqlite_store_status(store);
}
