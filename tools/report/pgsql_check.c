/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What would let one host of a farm harm the others, looked at before it changes anything. */
#include <stdlib.h>

#include "dmx/base/clock.h"
#include "pgsql_store.h"

#include "dmx/base/banned.h"

int64_t pgsql_clock_most_s = 60 * 60;

static enum dmx_status refuse_clock(struct dmx_store *store, int64_t off_s)
{
    char why[DMX_STORE_ERROR];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    dmx_put_cstr(&b, "waits: the clock of this host is ");
    dmx_put_u64(&b, (uint64_t)llabs(off_s));
    dmx_put_cstr(&b, off_s < 0 ? " s behind" : " s ahead of");
    dmx_put_cstr(&b, " the server's, and days would be counted wrongly or deleted: set whichever is wrong");
    dmx_builder_text(&b);
    return pgsql_store_refuse(store, DMX_INVALID, why);
}

enum dmx_status pgsql_check_clock(struct dmx_store *store)
{
    struct pgsql *db = pgsql_of(store);
    int64_t server_s = 0;
    pgsql_ask(db, "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint", "");
    if (pgsql_step(db))
        server_s = pgsql_int(db, 0);
    pgsql_leave(db);
    enum dmx_status status = pgsql_store_status(store);
    int64_t off_s = dmx_clock_unix_s() - server_s;
    return status == DMX_OK && llabs(off_s) > pgsql_clock_most_s ? refuse_clock(store, off_s) : status;
}

enum dmx_status pgsql_check_session(struct dmx_store *store)
{
    struct pgsql *db = pgsql_of(store);
    pgsql_ask(db, "SELECT pg_backend_pid()", "");
    bool own = pgsql_step(db) && pgsql_int(db, 0) == pgsql_session_id(db);
    pgsql_leave(db);
    enum dmx_status status = pgsql_store_status(store);
    if (status == DMX_OK && !own)
        return pgsql_store_refuse(
            store, DMX_INVALID,
            "is reached by a pooler, in whose sessions a lock outlives its run, so that in the end no"
            " host reports: let CONNINFO name the server itself, or use --ingest-only here");
    return status;
}
