/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* --check: what is installed, in one line that monitoring can read. */
#ifndef DMX_UPDATER_STATUS_H
#define DMX_UPDATER_STATUS_H

#include "place.h"
#include "settings.h"

/*
 * Prints, on standard output, `state=WORD age_s=N age_days=N version=WORD rules=N path=PATH [reason="…"]`; state is
 * fresh, due (older than the limit: the next run fetches), stale (older than twice the limit), missing or damaged. The
 * exit status: EXIT_OK for the first two, EXIT_STALE, EXIT_DAMAGED for the last two.
 */
int status_run(const struct settings *settings, const struct place *place);

#endif
