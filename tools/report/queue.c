/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "failure_dir.h"

#include "dmx/base/banned.h"

enum { ONE_BYTES = 3 * FAILURE_MAIL_MAX };

static int open_dir(const char *journal_dir)
{
    char path[PATH_MAX];
    errno = ENAMETOOLONG;
    return dmx_failures_dir(journal_dir, path, sizeof path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static enum dmx_status understand(struct dmx_slice bytes, struct dmx_arena *arena, struct dmx_queued *out)
{
    struct dmx_capsule *capsule = dmx_arena_alloc(arena, sizeof *capsule);
    struct dmx_queued_mail *mail = dmx_arena_alloc(arena, sizeof *mail);
    out->why = "out of memory";
    if (!capsule || !mail)
        return DMX_NOMEM;
    if (failure_mail_get(bytes, arena, mail) == DMX_OK) {
        out->mail = mail;
        return DMX_OK;
    }
    enum dmx_status status = dmx_capsule_get(bytes, arena, capsule, &out->why);
    if (status == DMX_OK)
        out->capsule = capsule;
    return status;
}

static enum dmx_status get(int dir, const char *name, struct dmx_arena *arena, struct dmx_queued *out)
{
    struct dmx_slice bytes;
    *out = (struct dmx_queued){.name = name};
    enum dmx_status status = failure_read(dir, name, FAILURE_MAIL_MAX, arena, &bytes);
    if (status == DMX_LIMIT)
        out->why = "it is larger than any of ours";
    return status == DMX_OK ? understand(bytes, arena, out) : status;
}

enum dmx_status dmx_queue_get(const char *journal_dir, const char *name, struct dmx_arena *arena,
                              struct dmx_queued *out)
{
    bool is_path = dmx_slice_find(dmx_slice_cstr(name), '/') < dmx_slice_cstr(name).len;
    int dir = is_path ? AT_FDCWD : open_dir(journal_dir);
    *out = (struct dmx_queued){.name = name};
    if (dir == -1)
        return DMX_IO;
    enum dmx_status status = get(dir, name, arena, out);
    int error = errno;
    if (!is_path)
        close(dir);
    errno = error;
    return status;
}

/* One that went meanwhile has been sent. */
static enum dmx_status each_of(int dir, const struct journal_files *files,
                               enum dmx_status (*fn)(void *ctx, const struct dmx_queued *one), void *ctx)
{
    enum dmx_status status = DMX_OK;
    for (size_t i = 0; i < files->count && status == DMX_OK; i++) {
        struct dmx_queued one;
        struct dmx_arena *arena = dmx_arena_new(ONE_BYTES);
        if (!arena)
            return DMX_NOMEM;
        errno = 0;
        if (get(dir, files->items[i].name, arena, &one) == DMX_OK || errno != ENOENT) {
            one.why = one.why || one.capsule || one.mail ? one.why : "it may not be read";
            status = fn(ctx, &one);
        }
        dmx_arena_free(&arena);
    }
    return status;
}

enum dmx_status dmx_queue_each(const char *journal_dir, enum dmx_status (*fn)(void *ctx, const struct dmx_queued *one),
                               void *ctx)
{
    struct journal_files capsules = {.count = 0}, mails = {.count = 0};
    int dir = open_dir(journal_dir);
    if (dir < 0)
        return DMX_IO;
    enum dmx_status status = failure_list_capsules(dir, &capsules);
    if (status == DMX_OK)
        status = journal_dir_list(dir, failure_mail, &mails);
    if (status == DMX_OK)
        status = each_of(dir, &capsules, fn, ctx);
    if (status == DMX_OK)
        status = each_of(dir, &mails, fn, ctx);
    int error = errno;
    free(capsules.items);
    free(mails.items);
    close(dir);
    errno = error;
    return status;
}
