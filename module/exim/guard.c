/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "guard.h"

#include <sys/time.h>
#include <time.h>

#include "dmx/base/clock.h"

#include "dmx/base/banned.h"

enum {
    SPARE_MS = 1000,      /* for what follows the judgement: headers, the log, perhaps a slow disk */
    SHORT_MS = 10 * 1000, /* an alarm so near that half of it is the fairer share */
};

/* Exim uses alarm(), which is ITIMER_REAL. */
static uint64_t alarm_left_ms(void)
{
    struct itimerval timer;
    if (getitimer(ITIMER_REAL, &timer) != 0)
        return 0;
    return (uint64_t)timer.it_value.tv_sec * 1000 + (uint64_t)timer.it_value.tv_usec / 1000;
}

void dmx_guard_begin(struct dmx_guard *guard)
{
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigemptyset(&guard->old_mask);
    guard->blocked =
        sigprocmask(SIG_BLOCK, &alarms, &guard->old_mask) == 0 && sigismember(&guard->old_mask, SIGALRM) == 0;
    guard->began_ms = dmx_clock_mono_ms();
    guard->alarm_left_ms = alarm_left_ms();
}

struct dmx_budget dmx_guard_budget(const struct dmx_guard *guard, uint64_t deadline_ms)
{
    uint64_t left = guard->alarm_left_ms, ours = deadline_ms;
    if (left) {
        uint64_t share = left < SHORT_MS ? left / 2 : left - SPARE_MS;
        if (share < ours)
            ours = share;
    }
    return (struct dmx_budget){.at_ms = guard->began_ms + ours, .now_ms = dmx_clock_mono_ms};
}

void dmx_guard_end(const struct dmx_guard *guard)
{
    const struct timespec now = {0};
    sigset_t pending, alarms;
    if (!guard->blocked)
        return;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    if (sigpending(&pending) == 0 && sigismember(&pending, SIGALRM) == 1)
        (void)sigtimedwait(&alarms, NULL, &now);
    (void)sigprocmask(SIG_SETMASK, &guard->old_mask, NULL);
}
