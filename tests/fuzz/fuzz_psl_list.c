/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: psl-updater. A suffix list: what can be read compiles, into the same bytes each time, and is proven. */
#include <stdlib.h>

#include "../../psl-updater/accept.h"
#include "../../psl-updater/dafsa.h"
#include "../../psl-updater/prove.h"
#include "dmx/psl/dafsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dmx_slice compile(const struct dmx_list *list, struct dmx_arena *arena)
{
    struct dmx_reason reason;
    struct dmx_builder b = dmx_builder_arena(arena, DMX_DAFSA_MAX_BYTES);
    if (dmx_dafsa_compile(list, arena, &b, &reason) != DMX_OK)
        abort();
    return dmx_builder_text(&b);
}

static void prove(const struct dmx_list *list, struct dmx_arena *arena)
{
    struct dmx_proof proof;
    struct dmx_reason reason;
    struct dmx_slice file = compile(list, arena);
    if (!dmx_slice_eq(file, compile(list, arena)) || dmx_dafsa_prove(list, file, arena, &proof, &reason) != DMX_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dmx_accept_limits limits = {.min_rules = 1};
    struct dmx_arena *arena = dmx_arena_new(64 << 20);
    struct dmx_list list;
    struct dmx_reason reason;
    struct dmx_accept_warnings warnings;
    if (!arena)
        abort();
    enum dmx_status status = dmx_list_parse(dmx_slice((const char *)data, size), arena, &list, &reason);
    if ((status == DMX_OK) != (reason.token == NULL) || status == DMX_NOMEM)
        abort();
    if (status == DMX_OK && list.count > 0)
        prove(&list, arena);
    if (status == DMX_OK && dmx_list_accept(&list, &list, &limits, arena, &warnings, &reason) == DMX_NOMEM)
        abort();
    dmx_arena_free(&arena);
    return 0;
}
