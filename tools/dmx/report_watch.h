/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Waiting for capsules, for `dmx report run --watch`. Whether the directory is the one that is watched is looked at every
 * other second: it may not be there yet, or have been put in another's place. Where inotify cannot be had, the time at
 * which the directory changed last says the same, that much later.
 */
#ifndef DMX_TOOLS_REPORT_WATCH_H
#define DMX_TOOLS_REPORT_WATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct report_watch {
    char path[PATH_MAX];
    int fd, wd;      /* -1: none */
    struct stat dir; /* as it was looked at last; st_ino 0: it was not there */
};

/* Nothing of it can fail: the worst is a look every other second. */
void report_watch_init(struct report_watch *watch, const char *journal_dir);
void report_watch_deinit(struct report_watch *watch);

/* Whether there may be new capsules; waits for some at most that long, and less when a signal comes. */
bool report_watch_wait(struct report_watch *watch, int64_t wait_ms);

#endif
