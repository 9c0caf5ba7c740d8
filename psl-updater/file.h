/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whole small files, read and written. Nothing here complains; errno says why something failed. */
#ifndef DMX_UPDATER_FILE_H
#define DMX_UPDATER_FILE_H

#include <stdint.h>

#include "dmx/base/arena.h"

struct file {
    struct dmx_slice bytes;
    int64_t mtime_s;
};

/*
 * A regular file of at most max_bytes; links are followed. DMX_IO: errno is ENOENT where there is none. DMX_LIMIT,
 * DMX_NOMEM.
 */
enum dmx_status file_read(int dir_fd, const char *name, size_t max_bytes, struct dmx_arena *arena,
                          struct file *out) DMX_NODISCARD;

/* A new file of mode 0644 under any umask, on the disk when this returns. */
bool file_write(int dir_fd, const char *name, struct dmx_slice bytes, int64_t mtime_s) DMX_NODISCARD;

/* A symbolic link that replaces whatever stood under that name, at one instant. */
bool file_link(int dir_fd, const char *name, const char *target) DMX_NODISCARD;

#endif
