/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

enum {
    DIGITS = 12,
    STATE_BYTES = sizeof "checked=\n" - 1 + DIGITS + sizeof "attempted=\n" - 1 + DIGITS,
};
#define TIME_MAX_S ((int64_t)999999999999) /* what DIGITS digits hold */

int turn_take(const struct place *place)
{
    /* Not for others to open: any descriptor could hold the lock. Kept open to the end on purpose. */
    int fd = openat(place->home_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0 && errno == EACCES)
        return complain(EXIT_FILES,
                        "%s%s: no right to write; it, and all that is in it, must belong to whoever runs this",
                        place->dir, place->home);
    if (fd < 0)
        return complain(EXIT_FILES, "%s%s/lock: %s%s", place->dir, place->home, strerror(errno),
                        errno == EACCES ? "; run it as the owner of that directory, or as root" : "");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return EXIT_OK;
    int error = errno;
    close(fd);
    if (error == EWOULDBLOCK)
        return complain(EXIT_LOCKED, "%s: another psl-updater is at work", place->path);
    return complain(EXIT_FILES, "%s%s/lock: %s", place->dir, place->home, strerror(error));
}

/* NAME "=" 12DIGIT LF */
static bool take_time(struct dmx_slice *text, const char *name, int64_t *out)
{
    struct dmx_slice line, key;
    uint64_t number;
    if (!dmx_slice_split(text, '\n', &line) || !line.ptr || !dmx_slice_split(&line, '=', &key))
        return false;
    if (!line.ptr || !dmx_slice_eq(key, dmx_slice_cstr(name)) || !dmx_parse_u64(line, TIME_MAX_S, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static int open_state(const struct place *place, int flags)
{
    if (place->home_fd >= 0)
        return openat(place->home_fd, "state", flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
    int home = openat(place->dir_fd, place->home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (home < 0)
        return -1;
    int fd = openat(home, "state", flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
    close(home);
    return fd;
}

struct turn_times turn_read(const struct place *place)
{
    struct turn_times times = {0, 0};
    char buf[STATE_BYTES + 1];
    int fd = open_state(place, O_RDONLY);
    if (fd < 0)
        return times;
    ssize_t got = pread(fd, buf, sizeof buf, 0);
    close(fd);
    struct dmx_slice text = dmx_slice(buf, got == STATE_BYTES ? STATE_BYTES : 0);
    if (!take_time(&text, "checked", &times.checked_s) || !take_time(&text, "attempted", &times.attempted_s))
        return (struct turn_times){0, 0};
    return times;
}

bool turn_write(const struct place *place, const struct turn_times *times)
{
    char buf[64];
    int length = snprintf(buf, sizeof buf, "checked=%0*lld\nattempted=%0*lld\n", DIGITS, (long long)times->checked_s,
                          DIGITS, (long long)times->attempted_s);
    int fd = length == STATE_BYTES ? open_state(place, O_WRONLY | O_CREAT) : -1;
    bool written = fd >= 0 && pwrite(fd, buf, STATE_BYTES, 0) == STATE_BYTES && fchmod(fd, 0644) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (!written)
        complain(EXIT_FILES, "%s%s/state: %s", place->dir, place->home, strerror(error));
    return written;
}
