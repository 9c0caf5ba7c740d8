/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/store.h"

#include <limits.h>
#include <stdlib.h>

#include "dmx/site/location.h"
#ifdef WITH_PGSQL
#include "pgsql_store.h"
#endif
#include "sqlite_store.h"

#include "dmx/base/banned.h"

static void free_nothing(struct dmx_store *store)
{
    free(store);
}

static const struct dmx_store_verbs nothing = {.free = free_nothing};

/* A store that can do no more than say why. */
static enum dmx_status refuse(enum dmx_status status, const char *why, struct dmx_store **out)
{
    struct dmx_store *store = calloc(1, sizeof *store);
    *out = store;
    if (!store)
        return DMX_NOMEM;
    struct dmx_builder b = dmx_builder_fixed(store->error, sizeof store->error);
    dmx_put_cstr(&b, why);
    dmx_builder_text(&b);
    store->verbs = &nothing;
    return status;
}

static enum dmx_status open_sqlite(struct dmx_slice location, enum dmx_store_mode mode, struct dmx_store **out)
{
    char path[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    dmx_put(&b, dmx_slice_from(location, sizeof DMX_LOCATION_SQLITE - 1));
    if (dmx_builder_text(&b).len == 0)
        return refuse(DMX_INVALID, "report_store has no path, or too long a one", out);
    return sqlite_store_open(path, mode, out);
}

#ifdef WITH_PGSQL
/* libpq wants the whole of an address, and of anything else what stands behind the name. */
static enum dmx_status open_postgresql(struct dmx_slice location, enum dmx_store_mode mode, struct dmx_store **out)
{
    char conninfo[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(conninfo, sizeof conninfo);
    struct dmx_slice rest = dmx_slice_from(location, sizeof DMX_LOCATION_POSTGRESQL - 1);
    dmx_put(&b, dmx_slice_starts(rest, DMX_SLICE("//")) ? location : rest);
    if (dmx_builder_text(&b).len == 0)
        return refuse(DMX_INVALID, "report_store does not say where its server is, or is too long", out);
    return pgsql_store_open(conninfo, mode, out);
}
#else
static enum dmx_status open_postgresql(struct dmx_slice location, enum dmx_store_mode mode, struct dmx_store **out)
{
    (void)location;
    (void)mode;
    return refuse(DMX_INVALID,
                  "report_store is a PostgreSQL database, and this dmx was built without libpq (WITH_PGSQL=0);"
                  " build it with libpq-dev installed",
                  out);
}
#endif

enum dmx_status dmx_store_open(struct dmx_slice location, enum dmx_store_mode mode, struct dmx_store **out)
{
    if (dmx_location_is_sqlite(location))
        return open_sqlite(location, mode, out);
    if (dmx_location_is_postgresql(location))
        return open_postgresql(location, mode, out);
    return refuse(DMX_INVALID, "report_store is not of the form sqlite:PATH or postgresql:CONNINFO", out);
}

void dmx_store_free(struct dmx_store **store)
{
    if (*store)
        (*store)->verbs->free(*store);
    *store = NULL;
}
