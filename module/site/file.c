/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/site/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/banned.h"

/* What a file is that is not regular; NULL for a regular one. */
static const char *not_regular(mode_t mode)
{
    if (S_ISREG(mode))
        return NULL;
    if (S_ISDIR(mode))
        return "is a directory, not a regular file";
    if (S_ISFIFO(mode))
        return "is a FIFO, not a regular file";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "is a device, not a regular file";
    return "is not a regular file";
}

/* Not translated and from no buffer that is shared: strerror() would be both. */
static const char *error_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text ? text : "cannot be read";
}

ssize_t dmx_file_read_all(int fd, char *buf, size_t room)
{
    size_t got = 0;
    while (got < room) {
        ssize_t n = read(fd, buf + got, room - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

bool dmx_file_write_all(int fd, struct dmx_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = dmx_slice_from(bytes, (size_t)n);
    }
    return true;
}

static enum dmx_status read_open(int fd, size_t max_bytes, struct dmx_arena *arena, struct dmx_slice *out,
                                 const char **out_why)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        *out_why = error_text(errno);
        return DMX_IO;
    }
    *out_why = not_regular(st.st_mode);
    if (*out_why)
        return DMX_IO;
    if (st.st_size < 0 || (uint64_t)st.st_size > max_bytes)
        return DMX_LIMIT;
    size_t size = (size_t)st.st_size;
    char *buf = dmx_arena_alloc(arena, size + 1);
    if (!buf)
        return DMX_NOMEM;
    /* One byte more than there should be: a file that is being written is told from a whole one. */
    ssize_t got = dmx_file_read_all(fd, buf, size + 1);
    if (got < 0 || (size_t)got != size) {
        *out_why = got < 0 ? error_text(errno) : "changed while it was read";
        return DMX_IO;
    }
    *out = dmx_slice(buf, size);
    return DMX_OK;
}

enum dmx_status dmx_file_read(const char *path, size_t max_bytes, struct dmx_arena *arena, struct dmx_slice *out,
                              const char **out_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        *out_why = error_text(errno);
        return DMX_IO;
    }
    enum dmx_status status = read_open(fd, max_bytes, arena, out, out_why);
    close(fd);
    return status;
}
