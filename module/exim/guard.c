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

/*
 * SIGALRM, by which Exim would leave by a jump, and SIGXFSZ, which would end the process where a file of ours meets a
 * limit of size that somebody set; blocked, the write just fails.
 */
static const int held[] = {SIGALRM, SIGXFSZ};
enum { HELD = sizeof held / sizeof *held };

void dmx_guard_begin(struct dmx_guard *guard)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < HELD; i++)
        sigaddset(&signals, held[i]);
    sigemptyset(&guard->old_mask);
    guard->blocked = sigprocmask(SIG_BLOCK, &signals, &guard->old_mask) == 0;
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

/* Takes a signal that came while it was blocked by us, and by nobody before. */
static void take_pending(const struct dmx_guard *guard, int signal)
{
    const struct timespec now = {0};
    sigset_t pending, one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    if (sigismember(&guard->old_mask, signal) == 0 && sigpending(&pending) == 0 && sigismember(&pending, signal) == 1)
        (void)sigtimedwait(&one, NULL, &now);
}

void dmx_guard_end(const struct dmx_guard *guard)
{
    if (!guard->blocked)
        return;
    for (size_t i = 0; i < HELD; i++)
        take_pending(guard, held[i]);
    dmx_guard_release(guard);
}

void dmx_guard_release(const struct dmx_guard *guard)
{
    if (guard->blocked)
        (void)sigprocmask(SIG_SETMASK, &guard->old_mask, NULL);
}
