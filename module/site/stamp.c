/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/site/stamp.h"

#include <errno.h>
#include <stddef.h>

#include "dmx/base/banned.h"

struct dmx_stamp dmx_stamp_take(const char *path)
{
    struct dmx_stamp stamp = {.path = path};
    struct stat st;
    if (!path || !path[0])
        return stamp;
    if (stat(path, &st) != 0) {
        stamp.error = errno;
        return stamp;
    }
    stamp.device = st.st_dev;
    stamp.inode = st.st_ino;
    stamp.size = st.st_size;
    stamp.modified = st.st_mtim;
    stamp.changed = st.st_ctim;
    return stamp;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool dmx_stamp_differs(const struct dmx_stamp *stamp)
{
    const struct dmx_stamp now = dmx_stamp_take(stamp->path);
    return now.error != stamp->error || now.device != stamp->device || now.inode != stamp->inode ||
           now.size != stamp->size || !same_time(&now.modified, &stamp->modified) ||
           !same_time(&now.changed, &stamp->changed);
}
