/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The store's life: its connection, its lock, groups. */
#include "pgsql_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/site/location.h"

#include "dmx/base/banned.h"

enum { NAME_SHOWN = 120 };

/* ---- errors ---- */

enum dmx_status pgsql_store_refuse(struct dmx_store *store, enum dmx_status status, const char *why)
{
    struct dmx_builder b = dmx_builder_fixed(store->error, sizeof store->error);
    dmx_put_cstr(&b, pgsql_store_of(store)->name);
    dmx_put_char(&b, ' ');
    dmx_put(&b, dmx_slice_upto(dmx_slice_cstr(why), sizeof store->error - b.len - 1));
    dmx_builder_text(&b);
    return status;
}

static enum dmx_status status_of(enum pgsql_trouble trouble)
{
    switch (trouble) {
    case PGSQL_FINE:
        return DMX_OK;
    case PGSQL_NOMEM:
        return DMX_NOMEM;
    case PGSQL_BUSY:
        return DMX_LIMIT;
    case PGSQL_CONNINFO:
        return DMX_INVALID;
    case PGSQL_LOST:
    case PGSQL_DENIED:
    case PGSQL_ABSENT:
    case PGSQL_OTHER:
        break;
    }
    return DMX_IO;
}

enum dmx_status pgsql_store_status(struct dmx_store *store)
{
    char why[DMX_STORE_ERROR];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    dmx_put_cstr(&b, "cannot be used: ");
    enum pgsql_trouble trouble = pgsql_take_trouble(pgsql_of(store), &b);
    if (trouble == PGSQL_FINE)
        return DMX_OK;
    dmx_builder_text(&b);
    store->lost = trouble == PGSQL_LOST;
    return pgsql_store_refuse(store, status_of(trouble), why);
}

/* ---- transactions ---- */

/*
 * The session holds the lock as long as it lives, so that looking would not be needed; but a pooler between may have given
 * the server's session to somebody else. FOR SHARE: whoever wants to be the next waits until this transaction is over.
 */
static void look_at_lock(struct dmx_store *store)
{
    struct pgsql *db = pgsql_of(store);
    int64_t epoch = pgsql_store_of(store)->epoch;
    if (epoch == 0)
        return;
    pgsql_ask(db, "SELECT epoch FROM dmx.holder FOR SHARE", "");
    bool ours = pgsql_step(db) && pgsql_int(db, 0) == epoch;
    pgsql_leave(db);
    if (!ours)
        pgsql_spoil(db, "the lock was lost: another host makes the reports now");
}

void pgsql_store_begin(struct dmx_store *store)
{
    if (pgsql_store_of(store)->grouped)
        return;
    pgsql_run(pgsql_of(store), "BEGIN");
    look_at_lock(store);
}

enum dmx_status pgsql_store_commit(struct dmx_store *store)
{
    if (pgsql_store_of(store)->grouped)
        return pgsql_store_status(store);
    pgsql_commit(pgsql_of(store));
    pgsql_rollback(pgsql_of(store));
    return pgsql_store_status(store);
}

static enum dmx_status begin_group(struct dmx_store *store)
{
    pgsql_store_begin(store);
    if (pgsql_failed(pgsql_of(store)))
        pgsql_rollback(pgsql_of(store));
    enum dmx_status status = pgsql_store_status(store);
    pgsql_store_of(store)->grouped = status == DMX_OK;
    return status;
}

static enum dmx_status end_group(struct dmx_store *store)
{
    pgsql_store_of(store)->grouped = false;
    return pgsql_store_commit(store);
}

static void undo(struct dmx_store *store)
{
    pgsql_store_of(store)->grouped = false;
    pgsql_rollback(pgsql_of(store));
}

/* ---- the lock ---- */

static struct dmx_slice own_name(char *room, size_t size)
{
    if (gethostname(room, size) != 0)
        room[0] = '\0';
    room[size - 1] = '\0';
    return dmx_slice_cstr(room);
}

static bool try_lock(struct pgsql *db)
{
    pgsql_ask(db, "SELECT pg_try_advisory_lock(" PGSQL_LOCK_REPORTER ")", "");
    bool got = pgsql_step(db) && pgsql_int(db, 0) != 0;
    pgsql_leave(db);
    return got;
}

static enum dmx_status refuse_lock(struct dmx_store *store)
{
    struct pgsql *db = pgsql_of(store);
    char why[DMX_STORE_ERROR];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    dmx_put_cstr(&b, "is in use: another dmx report run is at work");
    pgsql_ask(db, "SELECT host FROM dmx.holder", "");
    if (pgsql_step(db) && pgsql_bytes(db, 0).len > 0) {
        dmx_put_cstr(&b, " on ");
        dmx_put_escaped(&b, pgsql_bytes(db, 0), 64);
    }
    pgsql_leave(db);
    dmx_builder_text(&b);
    return pgsql_store_refuse(store, DMX_LIMIT, why);
}

/* Asked each time: while --watch goes on a clock may be set, and tables changed. */
static enum dmx_status check_holder(struct dmx_store *store)
{
    enum dmx_status status = pgsql_check_session(store);
    if (status == DMX_OK)
        status = pgsql_check_version(store);
    return status == DMX_OK ? pgsql_check_clock(store) : status;
}

static enum dmx_status lock_store(struct dmx_store *store)
{
    struct pgsql_store *self = pgsql_store_of(store);
    char host[256];
    enum dmx_status fit = check_holder(store);
    if (fit != DMX_OK)
        return fit;
    if (self->epoch == 0 && !try_lock(self->db) && !pgsql_failed(self->db))
        return refuse_lock(store);
    pgsql_store_begin(store);
    if (self->epoch == 0) {
        pgsql_ask(self->db, "UPDATE dmx.holder SET epoch = epoch + 1, host = $1 RETURNING epoch", "b",
                  own_name(host, sizeof host));
        self->epoch = pgsql_step(self->db) ? pgsql_int(self->db, 0) : 0;
        pgsql_leave(self->db);
    }
    enum dmx_status status = pgsql_store_commit(store);
    if (status != DMX_OK)
        self->epoch = 0;
    return status;
}

static enum dmx_status unlock_store(struct dmx_store *store)
{
    struct pgsql_store *self = pgsql_store_of(store);
    if (self->epoch == 0)
        return DMX_OK;
    self->epoch = 0;
    pgsql_run(self->db, "SELECT pg_advisory_unlock(" PGSQL_LOCK_REPORTER ")");
    return pgsql_store_status(store);
}

/* ---- life ---- */

static void free_store(struct dmx_store *store)
{
    struct pgsql_store *self = pgsql_store_of(store);
    pgsql_close(&self->db);
    free(self);
}

static const struct dmx_store_verbs verbs = {
    .free = free_store,
    .lock = lock_store,
    .unlock = unlock_store,
    .begin = pgsql_begin,
    .add = pgsql_add,
    .commit = pgsql_take,
    .rollback = undo,
    .reports = pgsql_reports,
    .rows = pgsql_rows,
    .notes = pgsql_notes,
    .group_begin = begin_group,
    .group_end = end_group,
    .close = pgsql_close_reports,
    .done = pgsql_done,
    .before = pgsql_before,
    .report_get = pgsql_report_get,
    .document_put = pgsql_document_put,
    .document_get = pgsql_document_get,
    .delivery_put = pgsql_delivery_put,
    .deliveries = pgsql_deliveries,
    .delivery_get = pgsql_delivery_get,
    .delivery_set = pgsql_delivery_set,
    .message_get = pgsql_message_get,
    .suppress = pgsql_suppress,
    .suppression_get = pgsql_suppression_get,
    .suppressions = pgsql_suppressions,
    .purge = pgsql_purge,
    .days = pgsql_days,
    .counts = pgsql_counts,
    .totals = pgsql_totals,
};

/* As report_store has it. Bytes that are not printable would take four times the room, and then it is the kind alone. */
static void name_store(struct pgsql_store *self, const char *conninfo)
{
    char room[2048];
    struct dmx_builder shown = dmx_builder_fixed(room, sizeof room);
    struct dmx_builder name = dmx_builder_fixed(self->name, sizeof self->name);
    bool is_address = dmx_location_is_postgresql(dmx_slice_cstr(conninfo));
    dmx_put_location(&shown, dmx_slice_cstr(conninfo));
    dmx_put_cstr(&name, is_address ? "" : DMX_LOCATION_POSTGRESQL);
    dmx_put_escaped(&name, dmx_builder_text(&shown), NAME_SHOWN);
    if (dmx_builder_text(&name).len == 0)
        memcpy(self->name, DMX_LOCATION_POSTGRESQL, sizeof DMX_LOCATION_POSTGRESQL);
}

enum dmx_status pgsql_store_open(const char *conninfo, enum dmx_store_mode mode, struct dmx_store **out)
{
    struct pgsql_store *self = calloc(1, sizeof *self);
    *out = self ? &self->store : NULL;
    if (!self)
        return DMX_NOMEM;
    self->store.verbs = &verbs;
    self->store.shared = true;
    name_store(self, conninfo);
    enum pgsql_trouble trouble = pgsql_open(conninfo, &self->db);
    if (!self->db)
        return DMX_NOMEM;
    return trouble == PGSQL_FINE ? pgsql_schema_open(&self->store, mode) : pgsql_store_status(&self->store);
}
