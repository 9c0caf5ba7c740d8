/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The clocks. clock.c is the one impure file of base; judgement takes its time as a value. */
#ifndef DMX_BASE_CLOCK_H
#define DMX_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never steps, from an arbitrary start. */
uint64_t dmx_clock_mono_ms(void);

/* Seconds since 1970-01-01 UTC. */
int64_t dmx_clock_unix_s(void);

#endif
