/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/store.h"

#include <limits.h>
#include <stdlib.h>

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

enum dmx_status dmx_store_open(struct dmx_slice location, enum dmx_store_mode mode, struct dmx_store **out)
{
    static const struct dmx_slice scheme = DMX_SLICE_INIT("sqlite:");
    char path[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    if (!dmx_slice_starts(location, scheme))
        return refuse(DMX_INVALID, "report_store is not of the form sqlite:PATH", out);
    dmx_put(&b, dmx_slice_from(location, scheme.len));
    if (dmx_builder_text(&b).len == 0)
        return refuse(DMX_INVALID, "report_store has no path, or too long a one", out);
    return sqlite_store_open(path, mode, out);
}

void dmx_store_free(struct dmx_store **store)
{
    if (*store)
        (*store)->verbs->free(*store);
    *store = NULL;
}
