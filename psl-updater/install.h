/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Putting an edition in force. Needs the lock; place.h says why an interruption at any instant harms nothing. */
#ifndef DMX_UPDATER_INSTALL_H
#define DMX_UPDATER_INSTALL_H

#include "dmx/base/arena.h"
#include "edition.h"

/*
 * Makes the two names links through NAME.d/current. Plain files that stand there, of an earlier installation or put
 * there by hand, become an edition first, so that what the names lead to stays the same. EXIT_OK, or EXIT_FILES after
 * a complaint.
 */
int install_links(const struct place *place, struct dmx_arena *arena);

/* Whether they are that already. */
bool install_has_links(const struct place *place);

/* Puts the edition in the place of the current one, which becomes the one before. */
int install_edition(const struct place *place, const struct edition *edition);

/* The text that is installed was found current: the time of both files becomes now_s. */
int install_touch(const struct place *place, int64_t now_s);

#endif
