/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "panic.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"
#include "dmx/base/builder.h"

#include "dmx/base/banned.h"

enum { HOUR_S = 3600 };

static bool is_due(int fd, int64_t interval_s, int64_t now_s)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    /* A stamp of the future: the clock was set back since. */
    return now_s - st.st_mtime >= interval_s || st.st_mtime > now_s;
}

/* Two processes at the same moment may both find it due: two lines are no harm, a lock that waits would be. */
static enum dmx_hourly take_turn(const char *path, int64_t interval_s, int64_t now_s)
{
    enum dmx_hourly turn = DMX_HOURLY_DUE;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0) {
        fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            return DMX_HOURLY_UNKNOWN;
        if (!is_due(fd, interval_s, now_s))
            turn = DMX_HOURLY_NOT_DUE;
        else if (futimens(fd, NULL) != 0)
            turn = DMX_HOURLY_UNKNOWN;
    }
    close(fd);
    return turn;
}

static enum dmx_hourly once_in(int64_t interval_s, const char *stamp, int64_t now_s)
{
    char path[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    struct dmx_slice spool = dmx_exim_expand("$spool_directory");
    dmx_put(&b, spool);
    dmx_put_cstr(&b, stamp);
    if (spool.len == 0 || dmx_builder_text(&b).len == 0)
        return DMX_HOURLY_UNKNOWN;
    return take_turn(path, interval_s, now_s);
}

enum dmx_hourly dmx_hourly(const char *stamp, int64_t now_s)
{
    return once_in(HOUR_S, stamp, now_s);
}

enum dmx_hourly dmx_daily(const char *stamp, int64_t now_s)
{
    return once_in(24 * HOUR_S, stamp, now_s);
}

void dmx_panic(const char *line, int64_t now_s)
{
    if (!host_checking && dmx_hourly("/dmx-panic.stamp", now_s) == DMX_HOURLY_DUE)
        dmx_exim_panic_log(line);
}
