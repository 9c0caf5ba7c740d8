/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The time one message may take. The budget enters at the top and goes down; each wait takes what is left, and loops
 * that compute look at it every 64 kB.
 */
#ifndef DMX_BASE_BUDGET_H
#define DMX_BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct dmx_budget {
    uint64_t at_ms;           /* when it ends, on the clock below */
    uint64_t (*now_ms)(void); /* dmx_clock_mono_ms, or a test's clock; NULL: unlimited */
};

#define DMX_BUDGET_UNLIMITED ((struct dmx_budget){0, NULL})

/* Milliseconds left, 0 when it is spent; UINT64_MAX when unlimited. */
uint64_t dmx_budget_left_ms(const struct dmx_budget *budget);
bool dmx_budget_spent(const struct dmx_budget *budget);

#endif
