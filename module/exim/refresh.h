/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Keeping the state of a daemon that forks connections up to date: read once, looked at again at most once a second, read
 * again when a file has changed. A configuration that is wrong does not take the place of a good one. Nothing here waits
 * for anything but the disk, asks DNS, or draws a random number.
 */
#ifndef DMX_EXIM_REFRESH_H
#define DMX_EXIM_REFRESH_H

#include "state.h"

/*
 * Brings the state up to date; nothing in a process that judges. As long as no configuration was good the state stays as
 * it was at the start, so that a child reads the configuration for itself and tells of each message what is wrong.
 */
void dmx_refresh(struct dmx_state *state, uint64_t now_ms);

#endif
