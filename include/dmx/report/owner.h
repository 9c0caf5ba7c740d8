/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Whose work reporting is: that of Exim's user, to whom the journal belongs. Whoever starts it as root would otherwise
 * leave a store that cron's next run cannot write, and mail that Exim does not take as from a trusted user.
 */
#ifndef DMX_REPORT_OWNER_H
#define DMX_REPORT_OWNER_H

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

/*
 * Root becomes the owner of journal_dir, or of a link at its place; where that is not there or is root's, of the first directory above
 * it that is not root's, and then of the store in the same way: whoever owns one of these decides what is found there, and what
 * he put there must not be opened by root. With the owner's own group and no other. Nothing is done where all of it is root's, nor for
 * anybody else than root.
 *
 * make: where journal_dir is a directory, that of the store is made for its owner if it is missing (0750).
 * DMX_IO: *out_why says what could not be done, a static text, and errno why.
 */
enum dmx_status dmx_owner_become(const char *journal_dir, struct dmx_slice store, bool make,
                                 const char **out_why) DMX_NODISCARD;

#endif
