/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "report_watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/report/failures.h"

enum { LOOK_MS = 2000, EVENTS = 64 * 1024 };

void report_watch_init(struct report_watch *watch, const char *journal_dir)
{
    *watch = (struct report_watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .wd = -1};
    if (!dmx_failures_dir(journal_dir, watch->path, sizeof watch->path))
        watch->path[0] = '\0';
}

void report_watch_deinit(struct report_watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = watch->wd = -1;
}

/* True: it is another directory than it was, or has changed where nobody tells. The watch comes first, then the look. */
static bool look(struct report_watch *watch)
{
    struct stat st;
    if (stat(watch->path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        watch->dir = (struct stat){.st_ino = 0};
        return false;
    }
    bool same = watch->dir.st_ino == st.st_ino && watch->dir.st_dev == st.st_dev;
    bool changed = st.st_mtim.tv_sec != watch->dir.st_mtim.tv_sec || st.st_mtim.tv_nsec != watch->dir.st_mtim.tv_nsec;
    if (watch->fd >= 0 && (!same || watch->wd < 0)) {
        if (watch->wd >= 0)
            inotify_rm_watch(watch->fd, watch->wd);
        watch->wd = inotify_add_watch(watch->fd, watch->path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    }
    watch->dir = st;
    return !same || (watch->wd < 0 && changed);
}

/* A name of so many digits is a capsule's; where events were lost there may be one. */
static bool is_news(struct report_watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    if (event->wd != watch->wd)
        return false;
    if (event->mask & IN_IGNORED)
        watch->wd = -1; /* the directory has gone: the next look finds the one in its place */
    return event->len > 0 && strspn(event->name, "0123456789") == DMX_CAPSULE_NAME &&
           event->name[DMX_CAPSULE_NAME] == '\0';
}

static bool read_events(struct report_watch *watch)
{
    static char buf[EVENTS] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool news = false;
    ssize_t n;
    while ((n = read(watch->fd, buf, sizeof buf)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(buf + at);
            news |= is_news(watch, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    return news;
}

bool report_watch_wait(struct report_watch *watch, int64_t wait_ms)
{
    uint64_t end_ms = dmx_clock_mono_ms() + (uint64_t)(wait_ms > 0 ? wait_ms : 0);
    for (;;) {
        bool news = look(watch);
        news |= watch->fd >= 0 && read_events(watch);
        uint64_t now_ms = dmx_clock_mono_ms();
        if (news || now_ms >= end_ms)
            return news;
        struct pollfd waiting = {.fd = watch->fd, .events = POLLIN};
        int slice_ms = end_ms - now_ms < LOOK_MS ? (int)(end_ms - now_ms) : LOOK_MS;
        if (poll(&waiting, 1, slice_ms) < 0 && errno == EINTR)
            return false;
    }
}
