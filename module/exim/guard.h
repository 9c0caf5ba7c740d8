/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The manners of a guest in the matter of time. Exim calls local_scan() under an alarm whose handler jumps out of
 * whatever is running and ends the process, from libraries that cannot bear it. So SIGALRM waits outside while we work,
 * and we keep to a deadline of our own that is shorter than Exim's. We set no alarm and no handler.
 */
#ifndef DMX_EXIM_GUARD_H
#define DMX_EXIM_GUARD_H

#include <signal.h>

#include "dmx/base/budget.h"

struct dmx_guard {
    sigset_t old_mask;
    bool blocked;           /* the mask is ours, and old_mask what it was */
    uint64_t began_ms;      /* on the clock of budgets */
    uint64_t alarm_left_ms; /* what Exim's alarm left when we began; 0: no alarm */
};

/* Blocks SIGALRM and SIGXFSZ, and looks at the clocks. */
void dmx_guard_begin(struct dmx_guard *guard);

/*
 * The time for one message: the smallest of deadline_ms, what Exim's alarm leaves less a second, and half of what it
 * leaves if that is short.
 */
struct dmx_budget dmx_guard_budget(const struct dmx_guard *guard, uint64_t deadline_ms);

/* Takes what came meanwhile, so that Exim does not act on it, and puts the mask back as it was. */
void dmx_guard_end(const struct dmx_guard *guard);

/* Puts the mask back and lets what came meanwhile arrive: in the daemon an alarm is the next run of the queue. */
void dmx_guard_release(const struct dmx_guard *guard);

#endif
