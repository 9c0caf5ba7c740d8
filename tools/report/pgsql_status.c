/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What there is in sum, and what goes because it is too old. */
#include "pgsql_store.h"

#include "dmx/base/banned.h"

/* ---- what goes ---- */

enum {
    REMEMBER_S = 400 * DMX_DAY_S
}; /* which files were taken in: far longer than one may lie about, taken and not gone */

/* At a time: others want to write, too. */
#define SOME_REPORTS "(SELECT id FROM dmx.report WHERE day < $1 ORDER BY id LIMIT 2000)"

static int64_t purge_reports(struct pgsql *db, int64_t before_day)
{
    pgsql_do(db, "DELETE FROM dmx.report_row WHERE report IN " SOME_REPORTS, "i", before_day);
    pgsql_do(db, "DELETE FROM dmx.document WHERE report IN " SOME_REPORTS, "i", before_day);
    pgsql_do(
        db,
        "DELETE FROM dmx.message WHERE delivery IN (SELECT d.id FROM dmx.delivery d WHERE d.report IN " SOME_REPORTS
        ")",
        "i", before_day);
    pgsql_do(db, "DELETE FROM dmx.delivery WHERE report IN " SOME_REPORTS, "i", before_day);
    return pgsql_do(db, "DELETE FROM dmx.report WHERE id IN " SOME_REPORTS, "i", before_day);
}

/* What no row of a day that is kept can need. */
static int64_t purge_texts(struct pgsql *db, int64_t before_day)
{
    int64_t gone = pgsql_do(
        db, "DELETE FROM dmx.evidence WHERE id IN (SELECT id FROM dmx.evidence WHERE last_day < $1 LIMIT 100000)", "i",
        before_day);
    return gone + pgsql_do(db,
                           "DELETE FROM dmx.policy WHERE id IN (SELECT id FROM dmx.policy WHERE last_day < $1 LIMIT"
                           " 100000)",
                           "i", before_day);
}

/* Nobody merges meanwhile: what goes is not found again, and needed, between two statements. */
enum dmx_status pgsql_purge(struct dmx_store *store, int32_t before_day, int64_t now_s, bool *out_more)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_store_begin(store);
    pgsql_run(db, "SELECT pg_advisory_xact_lock(" PGSQL_LOCK_MERGER ")");
    *out_more = purge_reports(db, before_day) > 0 || purge_texts(db, before_day) > 0;
    if (!*out_more) {
        pgsql_do(db, "DELETE FROM dmx.day_count WHERE day < $1", "i", (int64_t)before_day);
        pgsql_do(db, "DELETE FROM dmx.taken WHERE at_s < $1", "i", now_s - REMEMBER_S);
        pgsql_do(db, "DELETE FROM dmx.suppression WHERE until_s < $1", "i", now_s - REMEMBER_S);
    }
    enum dmx_status status = pgsql_store_commit(store);
    if (status != DMX_OK)
        *out_more = false;
    return status;
}

/* ---- what there is ---- */

enum dmx_status pgsql_days(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_day **out,
                           size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    pgsql_ask(db,
              "SELECT r.day, count(DISTINCT p.domain), count(*), sum(r.rows)::bigint, sum(r.messages)::bigint,"
              " count(*) FILTER (WHERE r.state = 0), count(*) FILTER (WHERE r.state = 1),"
              " count(*) FILTER (WHERE r.state = 2) FROM dmx.report r JOIN dmx.policy p ON p.id = r.policy"
              " GROUP BY r.day ORDER BY r.day DESC",
              "");
    while (pgsql_step(db)) {
        struct dmx_store_day *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        list[(*out_count)++] = (struct dmx_store_day){
            .day = (int32_t)pgsql_int(db, 0),
            .domains = (uint64_t)pgsql_int(db, 1),
            .reports = (uint64_t)pgsql_int(db, 2),
            .rows = (uint64_t)pgsql_int(db, 3),
            .messages = (uint64_t)pgsql_int(db, 4),
            .open = (uint64_t)pgsql_int(db, 5),
            .closed = (uint64_t)pgsql_int(db, 6),
            .done = (uint64_t)pgsql_int(db, 7),
        };
    }
    pgsql_leave(db);
    return pgsql_store_status(store);
}

enum dmx_status pgsql_counts(struct dmx_store *store, struct dmx_arena *arena, struct dmx_batch_count **out,
                             size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    pgsql_ask(db, "SELECT day, what, count FROM dmx.day_count ORDER BY day DESC, what", "");
    while (pgsql_step(db)) {
        struct dmx_batch_count *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        list[(*out_count)++] = (struct dmx_batch_count){(int32_t)pgsql_int(db, 0), pgsql_bytes_dup(db, 1, arena),
                                                        (uint64_t)pgsql_int(db, 2)};
    }
    pgsql_leave(db);
    return pgsql_store_status(store);
}

static void read_totals(struct pgsql *db, int64_t now_s, struct dmx_store_totals *out)
{
    pgsql_ask(db,
              "SELECT (SELECT count(*) FROM dmx.policy), (SELECT count(*) FROM dmx.evidence),"
              " (SELECT coalesce(sum(rows), 0)::bigint FROM dmx.report), count(*), coalesce(sum(records), 0)::bigint,"
              " coalesce(sum(passed_over), 0)::bigint, coalesce(max(at_s), 0),"
              " (SELECT count(*) FROM dmx.suppression WHERE until_s > $1),"
              " (SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n"
              " ON n.oid = c.relnamespace WHERE n.nspname = 'dmx' AND c.relkind = 'r') FROM dmx.taken",
              "i", now_s);
    if (pgsql_step(db)) {
        out->policies = (uint64_t)pgsql_int(db, 0);
        out->evidences = (uint64_t)pgsql_int(db, 1);
        out->rows = (uint64_t)pgsql_int(db, 2);
        out->files = (uint64_t)pgsql_int(db, 3);
        out->records = (uint64_t)pgsql_int(db, 4);
        out->passed_over = (uint64_t)pgsql_int(db, 5);
        out->last_s = pgsql_int(db, 6);
        out->suppressed = (uint64_t)pgsql_int(db, 7);
        out->bytes = (uint64_t)pgsql_int(db, 8);
    }
    pgsql_leave(db);
}

enum dmx_status pgsql_totals(struct dmx_store *store, int64_t now_s, struct dmx_store_totals *out)
{
    struct pgsql *db = pgsql_of(store);
    *out = (struct dmx_store_totals){.policies = 0};
    read_totals(db, now_s, out);
    pgsql_ask(db, "SELECT state, count(*) FROM dmx.delivery GROUP BY state", "");
    while (pgsql_step(db))
        if (pgsql_int(db, 0) >= 0 && pgsql_int(db, 0) < DMX_DELIVERY_STATES)
            out->deliveries[pgsql_int(db, 0)] = (uint64_t)pgsql_int(db, 1);
    pgsql_leave(db);
    return pgsql_store_status(store);
}
