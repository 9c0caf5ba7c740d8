/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What a file looks like from outside, so that a change of it is noticed without reading it. */
#ifndef DMX_SITE_STAMP_H
#define DMX_SITE_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>

struct dmx_stamp {
    const char *path; /* the caller's: lives as long as the stamp */
    int error;        /* errno of looking at it; 0: it is there */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    struct timespec changed; /* also by another mode or owner, which may make it readable */
};

/* Looks at a path (NULL or empty: at nothing, which never changes). Taken before a file is read, so that no change is missed. */
struct dmx_stamp dmx_stamp_take(const char *path);

/* Whether the file is another one by now, or not as it was. */
bool dmx_stamp_differs(const struct dmx_stamp *stamp);

#endif
