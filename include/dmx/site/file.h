/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Reading a small regular file whole, and descriptors read and written to the end. */
#ifndef DMX_SITE_FILE_H
#define DMX_SITE_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "dmx/base/arena.h"

/*
 * Reads a file of at most max_bytes into the arena. Only regular files are read, and opening anything else does not
 * wait: a FIFO would stop Exim, a device would be changed by being opened. DMX_LIMIT: over max_bytes. DMX_IO:
 * *out_why says why, a static text that follows on the path ("is a directory"). DMX_NOMEM.
 */
enum dmx_status dmx_file_read(const char *path, size_t max_bytes, struct dmx_arena *arena, struct dmx_slice *out,
                              const char **out_why) DMX_NODISCARD;

/* Reads on from a descriptor until its end or until room is full. How many bytes; -1 on an error, which errno tells. */
ssize_t dmx_file_read_all(int fd, char *buf, size_t room) DMX_NODISCARD;

/* Writes all of it. False on an error, which errno tells. */
bool dmx_file_write_all(int fd, struct dmx_slice bytes) DMX_NODISCARD;

#endif
