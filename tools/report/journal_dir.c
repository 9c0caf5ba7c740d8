/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "journal_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dmx/base/builder.h"
#include "dmx/journal/writer.h"

#include "dmx/base/banned.h"

const char journal_taken[] = DMX_JOURNAL_NAME ".taken-";
const char journal_kept[] = DMX_JOURNAL_NAME ".kept-";
const char journal_bad[] = DMX_JOURNAL_NAME ".bad-";

int journal_dir_wait_ms = 10 * 1000;

enum {
    LOCK_PAUSE_MS = 2,
    ID_BYTES = 16, /* unlike any other's, also on other hosts */
};

static enum dmx_status wait_for_lock(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000 * 1000};
    for (int waited = 0; waited <= journal_dir_wait_ms; waited += LOCK_PAUSE_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return DMX_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return DMX_IO;
        nanosleep(&pause, NULL);
    }
    return DMX_LIMIT;
}

enum dmx_status journal_dir_open(const char *dir, int *out_fd)
{
    *out_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out_fd < 0 ? DMX_IO : wait_for_lock(*out_fd);
}

/* ---- lists ---- */

static int by_change(const void *left, const void *right)
{
    const struct journal_file *a = left, *b = right;
    int order = (a->changed_s > b->changed_s) - (a->changed_s < b->changed_s);
    return order ? order : strcmp(a->name, b->name);
}

static bool add_file(struct journal_files *list, size_t *capacity, const char *name, const struct stat *st)
{
    if (list->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 16;
        struct journal_file *items = realloc(list->items, more * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        *capacity = more;
    }
    struct journal_file *file = &list->items[list->count++];
    *file = (struct journal_file){.bytes = (uint64_t)st->st_size, .changed_s = st->st_mtim.tv_sec};
    memcpy(file->name, name, strlen(name) + 1);
    return true;
}

static enum dmx_status read_names(DIR *stream, int dir, struct dmx_slice prefix, struct journal_files *out)
{
    const struct dirent *entry;
    size_t capacity = 0;
    struct stat st;
    for (errno = 0; (entry = readdir(stream)); errno = 0) {
        if (!dmx_slice_starts(dmx_slice_cstr(entry->d_name), prefix) || strlen(entry->d_name) >= JOURNAL_NAME_BYTES ||
            fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (!add_file(out, &capacity, entry->d_name, &st))
            return DMX_NOMEM;
    }
    return errno ? DMX_IO : DMX_OK;
}

enum dmx_status journal_dir_list(int dir, const char *prefix, struct journal_files *out)
{
    *out = (struct journal_files){.count = 0};
    /* A descriptor of its own: the position in the directory belongs to it, and closedir closes it. */
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        if (fd >= 0)
            close(fd);
        return DMX_IO;
    }
    enum dmx_status status = read_names(stream, dir, dmx_slice_cstr(prefix), out);
    int error = errno;
    closedir(stream);
    errno = error;
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, by_change);
    return status;
}

/* ---- single files ---- */

static void put_hex(struct dmx_builder *out, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        dmx_put_char(out, digits[bytes[i] >> 4]);
        dmx_put_char(out, digits[bytes[i] & 15]);
    }
}

enum dmx_status journal_dir_take(int dir)
{
    char name[JOURNAL_NAME_BYTES];
    uint8_t id[ID_BYTES];
    struct stat st;
    struct dmx_builder b = dmx_builder_fixed(name, sizeof name);
    if (fstatat(dir, DMX_JOURNAL_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? DMX_OK : DMX_IO;
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return DMX_OK; /* the module says so, message by message */
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
        return DMX_IO;
    dmx_put_cstr(&b, journal_taken);
    put_hex(&b, id, sizeof id);
    dmx_builder_text(&b);
    if (renameat(dir, DMX_JOURNAL_NAME, dir, name) != 0)
        return errno == ENOENT ? DMX_OK : DMX_IO;
    return fsync(dir) == 0 ? DMX_OK : DMX_IO;
}

enum dmx_status journal_dir_lock(int dir, const char *name, int *out_fd)
{
    *out_fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return *out_fd < 0 ? DMX_IO : wait_for_lock(*out_fd);
}

enum dmx_status journal_dir_rename(int dir, const char *name, const char *prefix)
{
    char to[JOURNAL_NAME_BYTES];
    struct dmx_builder b = dmx_builder_fixed(to, sizeof to);
    dmx_put_cstr(&b, prefix);
    dmx_put_cstr(&b, name + sizeof journal_taken - 1);
    dmx_builder_text(&b);
    return !b.failed && renameat(dir, name, dir, to) == 0 ? DMX_OK : DMX_IO;
}

enum dmx_status journal_dir_prune(int dir, int64_t before_s, uint64_t max_bytes)
{
    struct journal_files files;
    enum dmx_status status = journal_dir_list(dir, journal_kept, &files);
    uint64_t bytes = 0;
    for (size_t i = 0; i < files.count; i++)
        bytes += files.items[i].bytes;
    for (size_t i = 0; i < files.count && status == DMX_OK; i++) {
        if (files.items[i].changed_s >= before_s && bytes <= max_bytes)
            break;
        bytes -= files.items[i].bytes;
        if (unlinkat(dir, files.items[i].name, 0) != 0 && errno != ENOENT)
            status = DMX_IO;
    }
    free(files.items);
    return status;
}
