/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Who gets which report, how far that has come, and who gets none for a while. */
#include "pgsql_store.h"

#include "dmx/base/banned.h"

enum dmx_status pgsql_delivery_put(struct dmx_store *store, const struct dmx_store_delivery *delivery)
{
    pgsql_store_begin(store);
    pgsql_do(pgsql_of(store),
             "INSERT INTO dmx.delivery(report, dialect, address, state, attempts, next_s, outcome)"
             " VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
             "iibiiib", delivery->report, (int64_t)delivery->dialect, delivery->address, (int64_t)delivery->state,
             (int64_t)delivery->attempts, delivery->next_s, delivery->outcome);
    return pgsql_store_commit(store);
}

static void read_delivery(const struct pgsql *db, struct dmx_arena *arena, struct dmx_store_delivery *out)
{
    *out = (struct dmx_store_delivery){
        .id = pgsql_int(db, 0),
        .report = pgsql_int(db, 1),
        .dialect = (enum dmx_dialect)pgsql_int(db, 2),
        .address = pgsql_bytes_dup(db, 3, arena),
        .state = (enum dmx_delivery_state)pgsql_int(db, 4),
        .attempts = (uint32_t)pgsql_int(db, 5),
        .next_s = pgsql_int(db, 6),
        .outcome = pgsql_bytes_dup(db, 7, arena),
    };
}

#define DELIVERY_COLUMNS "SELECT id, report, dialect, address, state, attempts, next_s, outcome FROM dmx.delivery"

static void ask_deliveries(struct pgsql *db, int64_t report, int64_t now_s, size_t most)
{
    int64_t limit = most ? (int64_t)most : INT64_MAX;
    if (report > 0)
        pgsql_ask(db, DELIVERY_COLUMNS " WHERE report = $1 ORDER BY id LIMIT $2", "ii", report, limit);
    else
        pgsql_ask(db,
                  DELIVERY_COLUMNS " WHERE state = 0 AND (next_s <= $1 OR next_s > $2) ORDER BY next_s, id LIMIT $3",
                  "iii", now_s, now_s > INT64_MAX - DMX_STORE_WAIT_S ? INT64_MAX : now_s + DMX_STORE_WAIT_S, limit);
}

enum dmx_status pgsql_deliveries(struct dmx_store *store, int64_t report, int64_t now_s, size_t most,
                                 struct dmx_arena *arena, struct dmx_store_delivery **out, size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    ask_deliveries(db, report, now_s, most);
    while (pgsql_step(db)) {
        struct dmx_store_delivery *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_delivery(db, arena, &list[(*out_count)++]);
    }
    pgsql_leave(db);
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "has more deliveries than there is memory for");
    return pgsql_store_status(store);
}

enum dmx_status pgsql_delivery_get(struct dmx_store *store, int64_t id, struct dmx_arena *arena,
                                   struct dmx_store_delivery *out)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_ask(db, DELIVERY_COLUMNS " WHERE id = $1", "i", id);
    bool found = pgsql_step(db);
    if (found)
        read_delivery(db, arena, out);
    pgsql_leave(db);
    enum dmx_status status = pgsql_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? pgsql_store_refuse(store, DMX_INVALID, "has no such delivery") : status;
}

/* The message is frozen at the first attempt: what is repeated is repeated byte for byte (requirement J5). */
enum dmx_status pgsql_delivery_set(struct dmx_store *store, const struct dmx_store_delivery *delivery)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_store_begin(store);
    pgsql_do(db, "UPDATE dmx.delivery SET state = $1, attempts = $2, next_s = $3, outcome = $4 WHERE id = $5", "iiibi",
             (int64_t)delivery->state, (int64_t)delivery->attempts, delivery->next_s, delivery->outcome, delivery->id);
    if (delivery->message.len > 0)
        pgsql_do(db, "INSERT INTO dmx.message VALUES($1, $2) ON CONFLICT DO NOTHING", "ib", delivery->id,
                 delivery->message);
    return pgsql_store_commit(store);
}

enum dmx_status pgsql_message_get(struct dmx_store *store, int64_t delivery, struct dmx_arena *arena,
                                  struct dmx_slice *out)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_ask(db, "SELECT bytes FROM dmx.message WHERE delivery = $1", "i", delivery);
    *out = pgsql_step(db) ? pgsql_bytes_dup(db, 0, arena) : DMX_SLICE_NONE;
    pgsql_leave(db);
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return pgsql_store_status(store);
}

/* ---- suppression: any host may note one, without the lock ---- */

enum dmx_status pgsql_suppress(struct dmx_store *store, const struct dmx_store_suppression *suppression)
{
    struct pgsql *db = pgsql_of(store);
    if (suppression->until_s == 0)
        pgsql_do(db, "DELETE FROM dmx.suppression WHERE address = $1", "b", suppression->address);
    else
        pgsql_do(db,
                 "INSERT INTO dmx.suppression VALUES($1, $2, $3, $4, $5) ON CONFLICT (address) DO UPDATE SET"
                 " since_s = excluded.since_s, until_s = excluded.until_s, times = excluded.times,"
                 " reason = excluded.reason",
                 "biiib", suppression->address, suppression->since_s, suppression->until_s, (int64_t)suppression->times,
                 suppression->reason);
    return pgsql_store_status(store);
}

static void read_suppression(const struct pgsql *db, struct dmx_arena *arena, struct dmx_store_suppression *out)
{
    *out = (struct dmx_store_suppression){
        .address = pgsql_bytes_dup(db, 0, arena),
        .since_s = pgsql_int(db, 1),
        .until_s = pgsql_int(db, 2),
        .times = (uint32_t)pgsql_int(db, 3),
        .reason = pgsql_bytes_dup(db, 4, arena),
    };
}

#define SUPPRESSION_COLUMNS "SELECT address, since_s, until_s, times, reason FROM dmx.suppression"

enum dmx_status pgsql_suppression_get(struct dmx_store *store, struct dmx_slice address, struct dmx_arena *arena,
                                      struct dmx_store_suppression *out)
{
    struct pgsql *db = pgsql_of(store);
    *out = (struct dmx_store_suppression){.times = 0};
    pgsql_ask(db, SUPPRESSION_COLUMNS " WHERE address = $1", "b", address);
    if (pgsql_step(db))
        read_suppression(db, arena, out);
    pgsql_leave(db);
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return pgsql_store_status(store);
}

enum dmx_status pgsql_suppressions(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_suppression **out,
                                   size_t *out_count)
{
    struct pgsql *db = pgsql_of(store);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    pgsql_ask(db, SUPPRESSION_COLUMNS " ORDER BY address", "");
    while (pgsql_step(db)) {
        struct dmx_store_suppression *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_suppression(db, arena, &list[(*out_count)++]);
    }
    pgsql_leave(db);
    if (dmx_arena_failed(arena))
        return pgsql_store_refuse(store, DMX_NOMEM, "has more suppressions than there is memory for");
    return pgsql_store_status(store);
}
