/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Who gets which report, how far that has come, and who gets none for a while. */
#include "sqlite_store.h"

#include "dmx/base/banned.h"

enum dmx_status sqlite_delivery_put(struct dmx_store *store, const struct dmx_store_delivery *delivery)
{
    sqlite_do(sqlite_of(store), STMT_DELIVERY_PUT,
              "INSERT OR IGNORE INTO delivery(report, dialect, address, state, attempts, next_s, outcome)"
              " VALUES(?, ?, ?, ?, ?, ?, ?)",
              "iisiiis", delivery->report, (int64_t)delivery->dialect, delivery->address, (int64_t)delivery->state,
              (int64_t)delivery->attempts, delivery->next_s, delivery->outcome);
    return sqlite_store_status(store);
}

static void read_delivery(struct sqlite_statement *s, struct dmx_arena *arena, struct dmx_store_delivery *out)
{
    *out = (struct dmx_store_delivery){
        .id = sqlite_int(s, 0),
        .report = sqlite_int(s, 1),
        .dialect = (enum dmx_dialect)sqlite_int(s, 2),
        .address = sqlite_text_dup(s, 3, arena),
        .state = (enum dmx_delivery_state)sqlite_int(s, 4),
        .attempts = (uint32_t)sqlite_int(s, 5),
        .next_s = sqlite_int(s, 6),
        .outcome = sqlite_text_dup(s, 7, arena),
    };
}

#define DELIVERY_COLUMNS "SELECT id, report, dialect, address, state, attempts, next_s, outcome FROM delivery"

/* The report, when one is asked for, decides alone: that needs no index on the time. */
static struct sqlite_statement *find_deliveries(struct sqlite *db, int64_t report, int64_t now_s, size_t most)
{
    int64_t limit = most ? (int64_t)most : -1;
    if (report > 0)
        return sqlite_bind(db, STMT_DELIVERIES_OF, DELIVERY_COLUMNS " WHERE report = ? ORDER BY id LIMIT ?", "ii",
                           report, limit);
    return sqlite_bind(db, STMT_DELIVERIES,
                       DELIVERY_COLUMNS
                       " WHERE state = 0 AND (next_s <= ?1 OR next_s > ?1 + ?2) ORDER BY next_s, id LIMIT ?3",
                       "iii", now_s, (int64_t)DMX_STORE_WAIT_S, limit);
}

enum dmx_status sqlite_deliveries(struct dmx_store *store, int64_t report, int64_t now_s, size_t most,
                                  struct dmx_arena *arena, struct dmx_store_delivery **out, size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = find_deliveries(db, report, now_s, most);
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    while (sqlite_step(db, s)) {
        struct dmx_store_delivery *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_delivery(s, arena, &list[(*out_count)++]);
    }
    sqlite_reset(s);
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "has more deliveries than there is memory for");
    return sqlite_store_status(store);
}

enum dmx_status sqlite_delivery_get(struct dmx_store *store, int64_t id, struct dmx_arena *arena,
                                    struct dmx_store_delivery *out)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = sqlite_bind(db, STMT_DELIVERY_GET, DELIVERY_COLUMNS " WHERE id = ?", "i", id);
    bool found = sqlite_step(db, s);
    if (found)
        read_delivery(s, arena, out);
    sqlite_reset(s);
    enum dmx_status status = sqlite_store_status(store);
    if (status == DMX_OK && dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return status == DMX_OK && !found ? sqlite_store_refuse(store, DMX_INVALID, "has no such delivery") : status;
}

/* The message is frozen at the first attempt: what is repeated is repeated byte for byte (requirement J5). */
enum dmx_status sqlite_delivery_set(struct dmx_store *store, const struct dmx_store_delivery *delivery)
{
    struct sqlite *db = sqlite_of(store);
    sqlite_store_begin(store);
    sqlite_do(db, STMT_DELIVERY_SET,
              "UPDATE delivery SET state = ?, attempts = ?, next_s = ?, outcome = ? WHERE id = ?", "iiisi",
              (int64_t)delivery->state, (int64_t)delivery->attempts, delivery->next_s, delivery->outcome, delivery->id);
    if (delivery->message.len > 0)
        sqlite_do(db, STMT_MESSAGE_PUT, "INSERT OR IGNORE INTO message VALUES(?, ?)", "ib", delivery->id,
                  delivery->message);
    return sqlite_store_commit(store);
}

enum dmx_status sqlite_message_get(struct dmx_store *store, int64_t delivery, struct dmx_arena *arena,
                                   struct dmx_slice *out)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_MESSAGE_GET, "SELECT bytes FROM message WHERE delivery = ?", "i", delivery);
    *out = sqlite_step(db, s) ? sqlite_text_dup(s, 0, arena) : DMX_SLICE_NONE;
    sqlite_reset(s);
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return sqlite_store_status(store);
}

/* ---- suppression ---- */

enum dmx_status sqlite_suppress(struct dmx_store *store, const struct dmx_store_suppression *suppression)
{
    struct sqlite *db = sqlite_of(store);
    if (suppression->until_s == 0)
        sqlite_do(db, STMT_UNSUPPRESS, "DELETE FROM suppression WHERE address = ?", "s", suppression->address);
    else
        sqlite_do(db, STMT_SUPPRESS, "INSERT OR REPLACE INTO suppression VALUES(?, ?, ?, ?, ?)", "siiis",
                  suppression->address, suppression->since_s, suppression->until_s, (int64_t)suppression->times,
                  suppression->reason);
    return sqlite_store_status(store);
}

static void read_suppression(struct sqlite_statement *s, struct dmx_arena *arena, struct dmx_store_suppression *out)
{
    *out = (struct dmx_store_suppression){
        .address = sqlite_text_dup(s, 0, arena),
        .since_s = sqlite_int(s, 1),
        .until_s = sqlite_int(s, 2),
        .times = (uint32_t)sqlite_int(s, 3),
        .reason = sqlite_text_dup(s, 4, arena),
    };
}

enum dmx_status sqlite_suppression_get(struct dmx_store *store, struct dmx_slice address, struct dmx_arena *arena,
                                       struct dmx_store_suppression *out)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s =
        sqlite_bind(db, STMT_SUPPRESSION_GET,
                    "SELECT address, since_s, until_s, times, reason FROM suppression WHERE address = ?", "s", address);
    *out = (struct dmx_store_suppression){.times = 0};
    if (sqlite_step(db, s))
        read_suppression(s, arena, out);
    sqlite_reset(s);
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "cannot be read: out of memory");
    return sqlite_store_status(store);
}

enum dmx_status sqlite_suppressions(struct dmx_store *store, struct dmx_arena *arena,
                                    struct dmx_store_suppression **out, size_t *out_count)
{
    struct sqlite *db = sqlite_of(store);
    struct sqlite_statement *s = sqlite_bind(
        db, STMT_SUPPRESSIONS, "SELECT address, since_s, until_s, times, reason FROM suppression ORDER BY address", "");
    size_t capacity = 0;
    *out = NULL;
    *out_count = 0;
    while (sqlite_step(db, s)) {
        struct dmx_store_suppression *list = dmx_arena_grow(arena, *out, *out_count, &capacity, sizeof *list);
        if (!list)
            break;
        *out = list;
        read_suppression(s, arena, &list[(*out_count)++]);
    }
    sqlite_reset(s);
    if (dmx_arena_failed(arena))
        return sqlite_store_refuse(store, DMX_NOMEM, "has more suppressions than there is memory for");
    return sqlite_store_status(store);
}
