/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * In which order capsules are looked at. One whose destination's name server is silent costs a batch its whole time, and
 * comes again with each run: whoever sends many of them must hold up nobody whose report is new.
 */
#include <stdlib.h>
#include <string.h>

#include "failure_dir.h"

#include "dmx/base/banned.h"

/* The files are sorted: how many of them are over the age at which others do not wait for them any more. */
static size_t count_old(const struct journal_files *files, int64_t now_s)
{
    size_t n = 0;
    while (n < files->count && now_s - files->items[n].changed_s >= DMX_FAILURES_UNKNOWN_S)
        n++;
    return n;
}

enum dmx_status failure_order(struct journal_files *files, int64_t now_s, uint64_t chance, size_t *out_new)
{
    const size_t old = count_old(files, now_s), from = old > 0 ? (size_t)(chance % old) : 0;
    *out_new = files->count - old;
    if (old == 0)
        return DMX_OK;
    struct journal_file *ordered = malloc(files->count * sizeof *ordered);
    if (!ordered)
        return DMX_NOMEM;
    memcpy(ordered, files->items + old, *out_new * sizeof *ordered);
    memcpy(ordered + *out_new, files->items + from, (old - from) * sizeof *ordered);
    memcpy(ordered + files->count - from, files->items, from * sizeof *ordered);
    free(files->items);
    files->items = ordered;
    return DMX_OK;
}
