/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* One updater at a time, and when the last ones were: the lock, and what is remembered from one run to the next. */
#ifndef DMX_UPDATER_TURN_H
#define DMX_UPDATER_TURN_H

#include "place.h"

/* Seconds since 1970-01-01; 0: never, or nobody knows. */
struct turn_times {
    int64_t checked_s;   /* the installed list was last found current */
    int64_t attempted_s; /* the list was last asked for, with or without success */
};

/*
 * Takes the lock of NAME.d, which is open, without waiting; the process's end gives it back. EXIT_OK, EXIT_LOCKED, or
 * EXIT_FILES after a complaint.
 */
int turn_take(const struct place *place);

/* All 0 where there is no state, or a damaged one. NAME.d need not be open. */
struct turn_times turn_read(const struct place *place);

/*
 * In place, by one write of constant length: once the file is there it needs no room on the disk, so that a full one
 * does not make us forget. False after a complaint.
 */
bool turn_write(const struct place *place, const struct turn_times *times);

#endif
