/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/journal/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/builder.h"

#include "dmx/base/banned.h"

enum { TRIES = 2, DIR_MODE = 0750, FILE_MODE = 0640 };

/* Not translated and from no buffer that is shared: strerror() would be both. */
static const char *error_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text ? text : "cannot be written";
}

static int open_file(const char *dir, const char *path)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags, FILE_MODE);
    if (fd < 0 && errno == ENOENT && (mkdir(dir, DIR_MODE) == 0 || errno == EEXIST))
        fd = open(path, flags, FILE_MODE);
    return fd;
}

/* Whether the lock is ours and the file is still the one at the path. */
static bool is_current(int fd, const char *path, struct stat *out_file)
{
    struct stat at_path;
    return flock(fd, LOCK_SH | LOCK_NB) == 0 && fstat(fd, out_file) == 0 && lstat(path, &at_path) == 0 &&
           out_file->st_dev == at_path.st_dev && out_file->st_ino == at_path.st_ino;
}

/* One call: a record is there whole, or it is torn at the end of a full disk. */
static enum dmx_status append(int fd, const struct stat *file, struct dmx_slice frame, const char **out_why)
{
    if (!S_ISREG(file->st_mode)) {
        *out_why = "is not a regular file";
        return DMX_IO;
    }
    if (file->st_size > DMX_JOURNAL_MAX_BYTES - (off_t)frame.len) {
        *out_why = "is full: nobody has read it for long";
        return DMX_LIMIT;
    }
    ssize_t written = write(fd, frame.ptr, frame.len);
    if (written == (ssize_t)frame.len)
        return DMX_OK;
    *out_why = written < 0 ? error_text(errno) : "was written in part: the disk is full";
    return DMX_IO;
}

enum dmx_status dmx_journal_append(const char *dir, struct dmx_slice frame, const char **out_why)
{
    char path[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    dmx_put_cstr(&b, dir);
    dmx_put_cstr(&b, "/" DMX_JOURNAL_NAME);
    *out_why = "has too long a path";
    if (dmx_builder_text(&b).len == 0)
        return DMX_IO;
    for (int i = 0; i < TRIES; i++) {
        struct stat file;
        int fd = open_file(dir, path);
        if (fd < 0) {
            *out_why = error_text(errno);
            return DMX_IO;
        }
        *out_why = "is locked by somebody, or taken away again and again";
        bool current = is_current(fd, path, &file);
        enum dmx_status status = current ? append(fd, &file, frame, out_why) : DMX_OK;
        close(fd);
        if (current)
            return status;
    }
    return DMX_IO;
}
