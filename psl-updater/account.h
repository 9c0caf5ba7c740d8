/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* As whom psl-updater works. What comes from the network is read with no more rights than its directory asks for. */
#ifndef DMX_UPDATER_ACCOUNT_H
#define DMX_UPDATER_ACCOUNT_H

#include "place.h"

/*
 * Refuses a directory in which everybody may write. Root becomes the owner of NAME.d, or of DIR where that is not
 * there yet, for good and before anything else is done. EXIT_OK, or EXIT_FILES after a complaint.
 */
int account_settle(const struct place *place);

#endif
