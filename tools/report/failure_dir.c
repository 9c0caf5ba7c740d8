/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "failure_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/ascii.h"
#include "dmx/site/file.h"

#include "dmx/base/banned.h"

const char failure_mail[] = "mail-", failure_bad[] = "bad-";
static const char unfinished[] = ".new-";

/* ---- names ---- */

bool failure_is_capsule(const char *name)
{
    struct dmx_slice text = dmx_slice_cstr(name);
    for (size_t i = 0; i < text.len; i++)
        if (!dmx_is_digit(text.ptr[i]))
            return false;
    return text.len == DMX_CAPSULE_NAME;
}

enum dmx_status failure_list_capsules(int dir, struct journal_files *out)
{
    enum dmx_status status = journal_dir_list(dir, "", out);
    size_t count = 0;
    for (size_t i = 0; i < out->count; i++)
        if (failure_is_capsule(out->items[i].name))
            out->items[count++] = out->items[i];
    out->count = count;
    return status;
}

/* A capsule that is being written is its writer's for some minutes; a mail is only written under our lock. */
static bool is_abandoned(const struct journal_file *file, int64_t now_s)
{
    int64_t age_s = now_s - file->changed_s;
    return dmx_slice_starts(dmx_slice_cstr(file->name), dmx_slice_cstr(unfinished)) ||
           (failure_is_capsule(file->name + 1) && (age_s < 0 || age_s > DMX_CAPSULE_ABANDONED_S));
}

enum dmx_status failure_tidy(int dir, int64_t now_s)
{
    struct journal_files files;
    enum dmx_status status = journal_dir_list(dir, ".", &files);
    for (size_t i = 0; i < files.count && status == DMX_OK; i++)
        if (is_abandoned(&files.items[i], now_s))
            status = failure_remove(dir, files.items[i].name);
    free(files.items);
    return status;
}

/* ---- files ---- */

static enum dmx_status read_open(int fd, size_t max, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return DMX_IO;
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size > max)
        return DMX_LIMIT;
    char *buf = dmx_arena_alloc(arena, (size_t)st.st_size + 1);
    if (!buf)
        return DMX_NOMEM;
    *out = dmx_slice(buf, (size_t)st.st_size);
    /* One that has become shorter was not written by us. */
    return dmx_file_read_all(fd, buf, out->len) == (ssize_t)out->len ? DMX_OK : DMX_IO;
}

enum dmx_status failure_read(int dir, const char *name, size_t max, struct dmx_arena *arena, struct dmx_slice *out)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return DMX_IO;
    enum dmx_status status = read_open(fd, max, arena, out);
    int error = errno;
    close(fd);
    errno = error;
    return status;
}

static bool set_time(int fd, int64_t touched_s)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)touched_s}, {.tv_sec = (time_t)touched_s}};
    return futimens(fd, times) == 0;
}

enum dmx_status failure_write(int dir, const char *name, struct dmx_slice bytes, int64_t touched_s)
{
    char path[JOURNAL_NAME_BYTES + sizeof unfinished];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    dmx_put_cstr(&b, unfinished);
    dmx_put_cstr(&b, name);
    (void)dmx_builder_text(&b);
    /* What a run that died has left under that name is nobody's. */
    int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FAILURE_FILE_MODE);
    if (fd < 0)
        return DMX_IO;
    bool done = dmx_file_write_all(fd, bytes) && set_time(fd, touched_s) && fsync(fd) == 0;
    int error = errno;
    close(fd);
    if (done && renameat(dir, path, dir, name) == 0 && fsync(dir) == 0)
        return DMX_OK;
    error = done ? errno : error;
    unlinkat(dir, path, 0);
    errno = error;
    return DMX_IO;
}

enum dmx_status failure_remove(int dir, const char *name)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT ? DMX_OK : DMX_IO;
}

enum dmx_status failure_set_aside(int dir, const char *name)
{
    char to[JOURNAL_NAME_BYTES];
    struct dmx_builder b = dmx_builder_fixed(to, sizeof to);
    dmx_put_cstr(&b, failure_bad);
    dmx_put_cstr(&b, name);
    if (dmx_builder_text(&b).len == 0)
        return failure_remove(dir, name);
    return renameat(dir, name, dir, to) == 0 ? DMX_OK : DMX_IO;
}

enum dmx_status failure_touch(int dir, const char *name, int64_t now_s)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)now_s}, {.tv_sec = (time_t)now_s}};
    return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) == 0 ? DMX_OK : DMX_IO;
}

void failure_put_id(struct dmx_builder *out, const uint8_t id[16])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        dmx_put_char(out, hex[id[i] >> 4]);
        dmx_put_char(out, hex[id[i] & 15]);
    }
}

const char *dmx_failures_dir(const char *journal_dir, char *room, size_t size)
{
    struct dmx_builder b = dmx_builder_fixed(room, size);
    dmx_put_cstr(&b, journal_dir);
    dmx_put_cstr(&b, "/" DMX_CAPSULE_DIR);
    return dmx_builder_text(&b).len > 0 ? room : NULL;
}
