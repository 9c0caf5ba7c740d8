/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The road of one update, and the way back. */
#ifndef DMX_UPDATER_UPDATE_H
#define DMX_UPDATER_UPDATE_H

#include "place.h"
#include "settings.h"

/* Fetches, judges, compiles, proves and installs when the list is old. The exit status. */
int update_run(const struct settings *settings, struct place *place);

/* Puts the edition before the current one in force; again, and the later one is. The exit status. */
int rollback_run(const struct settings *settings, struct place *place);

#endif
