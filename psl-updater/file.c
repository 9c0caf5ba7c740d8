/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/builder.h"
#include "dmx/site/file.h"

#include "dmx/base/banned.h"

/* A file that shrinks meanwhile is not one of ours. */
static bool read_whole(int fd, char *buf, size_t size)
{
    ssize_t got = dmx_file_read_all(fd, buf, size);
    if (got >= 0 && (size_t)got != size)
        errno = EIO;
    return got >= 0 && (size_t)got == size;
}

static enum dmx_status read_open(int fd, size_t max_bytes, struct dmx_arena *arena, struct file *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return DMX_IO;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return DMX_IO;
    }
    if (st.st_size < 0 || (uint64_t)st.st_size > max_bytes) {
        errno = EFBIG;
        return DMX_LIMIT;
    }
    size_t size = (size_t)st.st_size;
    char *buf = dmx_arena_alloc(arena, size + 1);
    if (!buf) {
        errno = ENOMEM;
        return DMX_NOMEM;
    }
    if (!read_whole(fd, buf, size))
        return DMX_IO;
    *out = (struct file){.bytes = dmx_slice(buf, size), .mtime_s = st.st_mtime};
    return DMX_OK;
}

enum dmx_status file_read(int dir_fd, const char *name, size_t max_bytes, struct dmx_arena *arena, struct file *out)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return DMX_IO;
    enum dmx_status status = read_open(fd, max_bytes, arena, out);
    int error = errno;
    close(fd);
    errno = error;
    return status;
}

bool file_write(int dir_fd, const char *name, struct dmx_slice bytes, int64_t mtime_s)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = (time_t)mtime_s}};
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool done = dmx_file_write_all(fd, bytes) && fchmod(fd, 0644) == 0 && futimens(fd, times) == 0 && fsync(fd) == 0;
    int error = errno;
    /* A file system that writes late, NFS for one, may say only here that the disk is full. */
    if (close(fd) != 0 && done)
        return false;
    errno = error;
    return done;
}

bool file_link(int dir_fd, const char *name, const char *target)
{
    char spare[NAME_MAX + 1];
    struct dmx_builder b = dmx_builder_fixed(spare, sizeof spare);
    dmx_put_char(&b, '.');
    dmx_put_cstr(&b, name);
    dmx_put_cstr(&b, ".new");
    if (dmx_builder_text(&b).len == 0) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (unlinkat(dir_fd, spare, 0) != 0 && errno != ENOENT) /* of an updater that was killed here */
        return false;
    return symlinkat(target, dir_fd, spare) == 0 && renameat(dir_fd, spare, dir_fd, name) == 0;
}
