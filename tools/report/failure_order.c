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

enum {
    /* Half of the names that there are, so that silent name servers of a few domains never leave the module without one. */
    WAITING_MAX = DMX_CAPSULE_FILES / 2,
};

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

static int by_age(const void *left, const void *right)
{
    const struct journal_file *a = left, *b = right;
    return (a->changed_s > b->changed_s) - (a->changed_s < b->changed_s);
}

static enum dmx_status give_up(struct failure_run *run, const char *file)
{
    const struct dmx_failures_event event = {
        .what = "deleted",
        .file = file,
        .why = DMX_SLICE("too many wait until it is known who may have them"),
        .trouble = true,
    };
    run->result->tally.excess++;
    failure_tell(run, &event);
    return failure_drop(run, file);
}

enum dmx_status failure_make_room(struct failure_run *run, struct journal_file *waiting, size_t count, size_t unseen)
{
    enum dmx_status status = DMX_OK;
    size_t gone = 0;
    qsort(waiting, count, sizeof *waiting, by_age);
    for (; gone < count && unseen + count - gone > WAITING_MAX && status == DMX_OK; gone++)
        status = give_up(run, waiting[gone].name);
    run->result->later += unseen + count - gone;
    return status;
}
