/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Journals go in: a transaction for each. Batches are copied into temporary tables, which hosts do side by side; what they
 * hold is merged at the end, statement by statement over all of it, by one host at a time. So no two wait for each
 * other's rows in turn, and the time that others wait does not depend on how fast a journal is read.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/siphash.h"
#include "pgsql_store.h"

#include "dmx/base/banned.h"

enum dmx_status pgsql_begin(struct dmx_store *store, struct dmx_slice name, bool *out_known)
{
    struct pgsql *db = pgsql_of(store);
    enum dmx_status status = pgsql_check_version(store);
    *out_known = false;
    if (status == DMX_OK)
        status = pgsql_check_clock(store);
    if (status != DMX_OK)
        return status;
    pgsql_ask(db, "SELECT 1 FROM dmx.taken WHERE name = $1", "b", name);
    *out_known = pgsql_step(db);
    pgsql_leave(db);
    if (!*out_known)
        pgsql_run(db, "BEGIN;"
                      "CREATE TEMPORARY TABLE new_policy(id uuid, last_day integer, domain bytea, org_domain bytea,"
                      " rules bytea, record bytea) ON COMMIT DROP;"
                      "CREATE TEMPORARY TABLE new_evidence(id uuid, last_day integer, text bytea) ON COMMIT DROP;"
                      "CREATE TEMPORARY TABLE new_row(policy uuid, day integer, ip bytea, evidence uuid, count bigint)"
                      " ON COMMIT DROP;"
                      "CREATE TEMPORARY TABLE new_count(day integer, what bytea, count bigint) ON COMMIT DROP");
    if (pgsql_failed(db))
        pgsql_rollback(db);
    return pgsql_store_status(store);
}

/* ---- a batch ---- */

/* 128 bits: the hash that the batch has, and another one under another key. */
struct id {
    uint64_t words[2];
};

static uint64_t second_hash(const uint8_t key[DMX_STORE_KEY], struct dmx_slice text)
{
    uint8_t other[DMX_STORE_KEY];
    for (size_t i = 0; i < sizeof other; i++)
        other[i] = key[i] ^ 0x5c;
    return dmx_siphash(other, text);
}

static struct id policy_id(const uint8_t *key, const struct dmx_batch_policy *policy)
{
    const uint64_t parts[] = {second_hash(key, policy->domain), second_hash(key, policy->rules),
                              second_hash(key, policy->record)};
    return (struct id){
        {htobe64(policy->hash), htobe64(second_hash(key, dmx_slice((const char *)parts, sizeof parts)))}};
}

static struct id evidence_id(const uint8_t *key, const struct dmx_batch_evidence *evidence)
{
    return (struct id){{htobe64(evidence->hash), htobe64(second_hash(key, evidence->text))}};
}

static struct dmx_slice bytes_of(const struct id *id)
{
    return dmx_slice((const char *)id->words, sizeof id->words);
}

/* What is folded into a later day's report is needed as long as that. */
static int64_t last_day_of(const struct dmx_store *store, int32_t day)
{
    return day > store->fold_to_day ? day : store->fold_to_day;
}

static void copy_policies(struct dmx_store *store, const struct dmx_batch *batch, struct id *ids)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_copy_begin(db, "COPY pg_temp.new_policy FROM STDIN (FORMAT binary)");
    for (size_t i = 0; i < batch->policy_count && !pgsql_failed(db); i++) {
        const struct dmx_batch_policy *p = &batch->policies[i];
        ids[i] = policy_id(store->key, p);
        pgsql_copy_row(db, "ujbbbb", bytes_of(&ids[i]), last_day_of(store, p->last_day), p->domain, p->org_domain,
                       p->rules, p->record);
    }
    pgsql_copy_end(db);
}

static void copy_evidences(struct dmx_store *store, const struct dmx_batch *batch, struct id *ids)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_copy_begin(db, "COPY pg_temp.new_evidence FROM STDIN (FORMAT binary)");
    for (size_t i = 0; i < batch->evidence_count && !pgsql_failed(db); i++) {
        const struct dmx_batch_evidence *e = &batch->evidences[i];
        ids[i] = evidence_id(store->key, e);
        pgsql_copy_row(db, "ujb", bytes_of(&ids[i]), last_day_of(store, e->last_day), e->text);
    }
    pgsql_copy_end(db);
}

static void copy_rows(struct pgsql *db, const struct dmx_batch *batch, const struct id *policies,
                      const struct id *evidences)
{
    pgsql_copy_begin(db, "COPY pg_temp.new_row FROM STDIN (FORMAT binary)");
    for (size_t i = 0; i < batch->row_count && !pgsql_failed(db); i++) {
        const struct dmx_batch_row *row = &batch->rows[i];
        struct dmx_slice ip = dmx_slice((const char *)row->ip.bytes, row->ip.family == DMX_IP_V4 ? 4 : 16);
        pgsql_copy_row(db, "ujbui", bytes_of(&policies[row->policy]), (int64_t)row->day, ip,
                       bytes_of(&evidences[row->evidence]), (int64_t)row->count);
    }
    pgsql_copy_end(db);
}

static void copy_reportable(struct dmx_store *store, const struct dmx_batch *batch)
{
    struct id *policies = calloc(batch->policy_count + 1, sizeof *policies);
    struct id *evidences = calloc(batch->evidence_count + 1, sizeof *evidences);
    if (policies && evidences) {
        copy_policies(store, batch, policies);
        copy_evidences(store, batch, evidences);
        copy_rows(pgsql_of(store), batch, policies, evidences);
    } else {
        pgsql_spoil(pgsql_of(store), "out of memory");
    }
    free(policies);
    free(evidences);
}

static void copy_counts(struct dmx_store *store, const struct dmx_batch *batch)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_copy_begin(db, "COPY pg_temp.new_count FROM STDIN (FORMAT binary)");
    for (size_t i = 0; i < batch->count_count && !pgsql_failed(db); i++)
        pgsql_copy_row(db, "jbi", (int64_t)batch->counts[i].day, batch->counts[i].what,
                       (int64_t)batch->counts[i].count);
    pgsql_copy_end(db);
}

enum dmx_status pgsql_add(struct dmx_store *store, const struct dmx_batch *batch)
{
    if (batch->row_count > 0)
        copy_reportable(store, batch);
    if (batch->count_count > 0)
        copy_counts(store, batch);
    return pgsql_store_status(store);
}

/* ---- the merge ---- */

static const char merge_texts[] =
    "INSERT INTO dmx.policy SELECT DISTINCT ON (id) id, last_day, domain, org_domain, rules, record"
    " FROM pg_temp.new_policy ORDER BY id, last_day DESC"
    " ON CONFLICT (id) DO UPDATE SET last_day = excluded.last_day WHERE policy.last_day < excluded.last_day;"
    "INSERT INTO dmx.evidence SELECT DISTINCT ON (id) id, last_day, text FROM pg_temp.new_evidence"
    " ORDER BY id, last_day DESC"
    " ON CONFLICT (id) DO UPDATE SET last_day = excluded.last_day WHERE evidence.last_day < excluded.last_day";

/* A day that is reported, and has no open part: the rows go to the first later one that is not, up to $1 (fold_to_day). */
static const char fold[] =
    "WITH late AS (SELECT DISTINCT n.day, n.policy FROM pg_temp.new_row n WHERE n.day < $1"
    " AND EXISTS (SELECT FROM dmx.report r WHERE r.day = n.day AND r.policy = n.policy AND r.state > 0)"
    " AND NOT EXISTS (SELECT FROM dmx.report r WHERE r.day = n.day AND r.policy = n.policy AND r.state = 0)),"
    " target AS (SELECT l.day, l.policy, (SELECT min(d) FROM generate_series(l.day + 1, $1::integer) d"
    " WHERE NOT EXISTS (SELECT FROM dmx.report r WHERE r.day = d AND r.policy = l.policy AND r.state > 0)) AS to_day"
    " FROM late l)"
    " UPDATE pg_temp.new_row n SET day = t.to_day FROM target t"
    " WHERE t.day = n.day AND t.policy = n.policy AND t.to_day IS NOT NULL";

/*
 * The report that is open for each policy and day, or a new part of it; rows in the order of their table. xmax is 0 of a
 * row that was inserted, and not of one that was there.
 */
static const char merge_rows[] =
    "ANALYZE pg_temp.new_row;"
    "INSERT INTO dmx.report(day, policy, part, state, rows, messages, closed_s)"
    " SELECT n.day, n.policy, (SELECT count(*) FROM dmx.report r WHERE r.day = n.day AND r.policy = n.policy), 0, 0, "
    "0, 0"
    " FROM (SELECT DISTINCT day, policy FROM pg_temp.new_row) n"
    " WHERE NOT EXISTS (SELECT FROM dmx.report r WHERE r.day = n.day AND r.policy = n.policy AND r.state = 0)"
    " ORDER BY n.day, n.policy;"
    "CREATE TEMPORARY TABLE new_report ON COMMIT DROP AS SELECT r.id, n.day, n.policy, n.messages FROM (SELECT day, "
    "policy,"
    " sum(count)::bigint AS messages FROM pg_temp.new_row GROUP BY day, policy) n"
    " JOIN dmx.report r ON r.day = n.day AND r.policy = n.policy AND r.state = 0;"
    "ANALYZE pg_temp.new_report;"
    "WITH put AS (INSERT INTO dmx.report_row SELECT r.id, n.ip, n.evidence, sum(n.count)::bigint FROM pg_temp.new_row n"
    " JOIN pg_temp.new_report r ON r.day = n.day AND r.policy = n.policy"
    " GROUP BY r.id, n.ip, n.evidence ORDER BY r.id, n.ip, n.evidence"
    " ON CONFLICT (report, ip, evidence) DO UPDATE SET count = report_row.count + excluded.count"
    " RETURNING report, xmax = 0 AS is_new)"
    " UPDATE dmx.report r SET rows = r.rows + p.rows, messages = r.messages + n.messages"
    " FROM (SELECT report, count(*) FILTER (WHERE is_new) AS rows FROM put GROUP BY report) p"
    " JOIN pg_temp.new_report n ON n.id = p.report WHERE r.id = n.id;"
    "INSERT INTO dmx.day_count SELECT day, what, sum(count)::bigint FROM pg_temp.new_count GROUP BY day, what"
    " ON CONFLICT (day, what) DO UPDATE SET count = day_count.count + excluded.count";

/*
 * The name goes in first: when the answer to a commit was lost, the server may still be at that commit while the file is
 * being taken in once more, and then this waits, and finds it.
 */
enum dmx_status pgsql_take(struct dmx_store *store, const struct dmx_store_taken *taken)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_run(db,
              "SELECT pg_advisory_xact_lock(" PGSQL_LOCK_MERGER "); SET LOCAL work_mem = '256MB'"); /* one at a time */
    int64_t added =
        pgsql_do(db, "INSERT INTO dmx.taken VALUES($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", "biiii", taken->name,
                 taken->at_s, (int64_t)taken->bytes, (int64_t)taken->records, (int64_t)taken->passed_over);
    if (added > 0) {
        pgsql_run(db, merge_texts);
        if (store->fold_to_day > 0)
            pgsql_do(db, fold, "i", (int64_t)store->fold_to_day);
        pgsql_run(db, merge_rows);
        pgsql_commit(db);
    }
    pgsql_rollback(db);
    return pgsql_store_status(store);
}
