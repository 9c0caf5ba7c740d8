/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Journals go in: a transaction for each, in batches. */
#include <stdlib.h>
#include <string.h>

#include "sqlite_store.h"

#include "dmx/base/banned.h"

enum dmx_status sqlite_begin(struct dmx_store *store, struct dmx_slice name, bool *out_known)
{
    struct sqlite *db = sqlite_of(store);
    sqlite_store_begin(store);
    struct sqlite_statement *s = sqlite_bind(db, STMT_TAKEN_FIND, "SELECT 1 FROM taken WHERE name = ?", "s", name);
    *out_known = sqlite_step(db, s);
    sqlite_reset(s);
    enum dmx_status status = sqlite_store_status(store);
    if (status != DMX_OK || *out_known)
        sqlite_rollback(db);
    return status;
}

void sqlite_undo(struct dmx_store *store)
{
    sqlite_store_of(store)->grouped = false;
    sqlite_rollback(sqlite_of(store));
}

enum dmx_status sqlite_commit(struct dmx_store *store, const struct dmx_store_taken *taken)
{
    sqlite_do(sqlite_of(store), STMT_TAKEN_ADD, "INSERT INTO taken VALUES(?, ?, ?, ?, ?)", "siiii", taken->name,
              taken->at_s, (int64_t)taken->bytes, (int64_t)taken->records, (int64_t)taken->passed_over);
    return sqlite_store_commit(store);
}

/* ---- what is kept once ---- */

/* Of a policy or evidence that was found: it is needed as long as its youngest row. */
static void renew(struct sqlite *db, unsigned number, const char *sql, int64_t id, int64_t had, int64_t day)
{
    if (had < day)
        sqlite_do(db, number, sql, "ii", day, id);
}

static int64_t policy_id(struct sqlite *db, const struct dmx_batch_policy *policy, int64_t last_day)
{
    int64_t id = 0, day = 0;
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_POLICY_FIND, "SELECT id, last_day, domain, rules, record FROM policy WHERE hash = ?", "i",
                    (int64_t)policy->hash);
    while (id == 0 && sqlite_step(db, s))
        if (dmx_slice_eq(sqlite_text(s, 2), policy->domain) && dmx_slice_eq(sqlite_text(s, 3), policy->rules) &&
            dmx_slice_eq(sqlite_text(s, 4), policy->record)) {
            id = sqlite_int(s, 0);
            day = sqlite_int(s, 1);
        }
    sqlite_reset(s);
    if (id != 0) {
        renew(db, STMT_POLICY_DAY, "UPDATE policy SET last_day = ? WHERE id = ?", id, day, last_day);
        return id;
    }
    sqlite_do(db, STMT_POLICY_ADD,
              "INSERT INTO policy(hash, last_day, domain, org_domain, rules, record) VALUES(?, ?, ?, ?, ?, ?)",
              "iissss", (int64_t)policy->hash, last_day, policy->domain, policy->org_domain, policy->rules,
              policy->record);
    return sqlite_last_id(db);
}

static int64_t evidence_id(struct sqlite *db, const struct dmx_batch_evidence *evidence, int64_t last_day)
{
    int64_t id = 0, day = 0;
    struct sqlite_statement *s = sqlite_bind(
        db, STMT_EVIDENCE_FIND, "SELECT id, last_day, text FROM evidence WHERE hash = ?", "i", (int64_t)evidence->hash);
    while (id == 0 && sqlite_step(db, s))
        if (dmx_slice_eq(sqlite_text(s, 2), evidence->text)) {
            id = sqlite_int(s, 0);
            day = sqlite_int(s, 1);
        }
    sqlite_reset(s);
    if (id != 0) {
        renew(db, STMT_EVIDENCE_DAY, "UPDATE evidence SET last_day = ? WHERE id = ?", id, day, last_day);
        return id;
    }
    sqlite_do(db, STMT_EVIDENCE_ADD, "INSERT INTO evidence(hash, last_day, text) VALUES(?, ?, ?)", "iis",
              (int64_t)evidence->hash, last_day, evidence->text);
    return sqlite_last_id(db);
}

/* ---- rows ---- */

/* A row with the numbers that the store has for what it points to. */
struct numbered {
    int64_t policy, evidence;
    const struct dmx_batch_row *row;
};

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By report, and then as the table is: neighbours in the file are written one after the other. */
static int compare(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;
    int order = compare_numbers(a->row->day, b->row->day);
    if (order == 0)
        order = compare_numbers(a->policy, b->policy);
    if (order == 0)
        order = memcmp(a->row->ip.bytes, b->row->ip.bytes, sizeof a->row->ip.bytes);
    return order ? order : compare_numbers(a->evidence, b->evidence);
}

/* The state that a report of a policy and day is in, an open one first, and its id; -1: there is none. */
static int64_t find_state(struct sqlite *db, int64_t policy, int64_t day, int64_t *out_id)
{
    int64_t state = -1;
    struct sqlite_statement *s = sqlite_bind(
        db, STMT_REPORT_OPEN, "SELECT state, id FROM report WHERE day = ? AND policy = ? ORDER BY state LIMIT 1", "ii",
        day, policy);
    if (sqlite_step(db, s)) {
        state = sqlite_int(s, 0);
        *out_id = sqlite_int(s, 1);
    }
    sqlite_reset(s);
    return state;
}

/*
 * The report that is open for a policy and day. Where there are closed ones alone it is a new part, or, up to fold_to_day,
 * the next day's report that is open, or not there yet.
 */
static int64_t open_report(struct sqlite *db, int64_t policy, int64_t day, int64_t fold_to_day)
{
    int64_t id = 0, at = day;
    int64_t state = find_state(db, policy, at, &id);
    while (state > DMX_REPORT_OPEN && at < fold_to_day && !sqlite_failed(db))
        state = find_state(db, policy, ++at, &id);
    if (state == DMX_REPORT_OPEN)
        return id;
    day = state < 0 ? at : day;
    sqlite_do(db, STMT_REPORT_ADD,
              "INSERT INTO report(day, policy, part, state, rows, messages, closed_s) SELECT ?1, ?2,"
              " (SELECT count(*) FROM report WHERE day = ?1 AND policy = ?2), 0, 0, 0, 0",
              "ii", day, policy);
    return sqlite_last_id(db);
}

/* True: it is a new one. */
static bool put_row(struct sqlite *db, int64_t report, const struct numbered *numbered)
{
    const struct dmx_ip *ip = &numbered->row->ip;
    struct dmx_slice bytes = dmx_slice((const char *)ip->bytes, ip->family == DMX_IP_V4 ? 4 : 16);
    int64_t count = (int64_t)numbered->row->count;
    sqlite_do(db, STMT_ROW_ADD, "INSERT OR IGNORE INTO row VALUES(?, ?, ?, ?)", "ibii", report, bytes,
              numbered->evidence, count);
    if (sqlite_changes(db) > 0)
        return true;
    sqlite_do(db, STMT_ROW_COUNT, "UPDATE row SET count = count + ? WHERE report = ? AND ip = ? AND evidence = ?",
              "iibi", count, report, bytes, numbered->evidence);
    return false;
}

static void put_rows(struct sqlite *db, const struct numbered *rows, size_t count, int64_t fold_to_day)
{
    for (size_t i = 0, next; i < count && !sqlite_failed(db); i = next) {
        int64_t report = open_report(db, rows[i].policy, rows[i].row->day, fold_to_day), added = 0, messages = 0;
        for (next = i; next < count && rows[next].policy == rows[i].policy && rows[next].row->day == rows[i].row->day;
             next++) {
            added += put_row(db, report, &rows[next]);
            messages += (int64_t)rows[next].row->count;
        }
        sqlite_do(db, STMT_REPORT_SUM, "UPDATE report SET rows = rows + ?, messages = messages + ? WHERE id = ?", "iii",
                  added, messages, report);
    }
}

/* ---- a batch ---- */

/* The order of hashes, which is that of the index in which each is looked for. */
struct place {
    uint64_t hash;
    size_t at;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    return ((int64_t)a->hash > (int64_t)b->hash) - ((int64_t)a->hash < (int64_t)b->hash);
}

/* What is folded into a later day's report is needed as long as that. */
static int64_t last_day_of(int64_t day, int64_t fold_to_day)
{
    return day > fold_to_day ? day : fold_to_day;
}

static bool number_evidences(struct sqlite *db, const struct dmx_batch *batch, int64_t fold_to_day, int64_t *out)
{
    struct place *places = calloc(batch->evidence_count + 1, sizeof *places);
    if (!places)
        return false;
    for (size_t i = 0; i < batch->evidence_count; i++)
        places[i] = (struct place){batch->evidences[i].hash, i};
    qsort(places, batch->evidence_count, sizeof *places, compare_places);
    for (size_t i = 0; i < batch->evidence_count && !sqlite_failed(db); i++)
        out[places[i].at] = evidence_id(db, &batch->evidences[places[i].at],
                                        last_day_of(batch->evidences[places[i].at].last_day, fold_to_day));
    free(places);
    return true;
}

static void put_counts(struct sqlite *db, const struct dmx_batch *batch)
{
    for (size_t i = 0; i < batch->count_count; i++)
        sqlite_do(db, STMT_COUNT_ADD,
                  "INSERT INTO count VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count", "isi",
                  (int64_t)batch->counts[i].day, batch->counts[i].what, (int64_t)batch->counts[i].count);
}

enum dmx_status sqlite_add(struct dmx_store *store, const struct dmx_batch *batch)
{
    struct sqlite *db = sqlite_of(store);
    int64_t *policies = calloc(batch->policy_count + 1, sizeof *policies);
    int64_t *evidences = calloc(batch->evidence_count + 1, sizeof *evidences);
    struct numbered *rows = calloc(batch->row_count + 1, sizeof *rows);
    enum dmx_status status = DMX_NOMEM;
    if (policies && evidences && rows && number_evidences(db, batch, store->fold_to_day, evidences)) {
        for (size_t i = 0; i < batch->policy_count && !sqlite_failed(db); i++)
            policies[i] =
                policy_id(db, &batch->policies[i], last_day_of(batch->policies[i].last_day, store->fold_to_day));
        for (size_t i = 0; i < batch->row_count; i++)
            rows[i] =
                (struct numbered){policies[batch->rows[i].policy], evidences[batch->rows[i].evidence], &batch->rows[i]};
        qsort(rows, batch->row_count, sizeof *rows, compare);
        put_rows(db, rows, batch->row_count, store->fold_to_day);
        put_counts(db, batch);
        status = sqlite_store_status(store);
    } else {
        sqlite_store_refuse(store, DMX_NOMEM, "is not written: out of memory");
    }
    free(policies);
    free(evidences);
    free(rows);
    return status;
}
