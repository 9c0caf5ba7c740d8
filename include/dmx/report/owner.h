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
 * Root becomes the owner of journal_dir, with no other group than the directory's, after the directory of the store was
 * made for him where it is missing (0750). Nothing is done for anybody else, nor where journal_dir is not there or is root's.
 * DMX_IO: *out_why says what could not be done, a static text.
 */
enum dmx_status dmx_owner_become(const char *journal_dir, struct dmx_slice store, const char **out_why) DMX_NODISCARD;

#endif
