/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Capsules on disk: JOURNAL_DIR/failures/NNN, one file each, whole from the moment it has that name. There are as many
 * names as there may be capsules, and a writer tries a few of them: nobody ever reads the directory to count, and what
 * comes on top of a full one is left out. NNN is three digits; .NNN is a file that is being written, which whoever owns
 * that name links to NNN and takes away. One that is older than DMX_CAPSULE_ABANDONED_S was left by a process that died:
 * writers take it away when they meet it, and readers of the directory should.
 *
 * A reader opens NNN, and unlinks it when its report is in the store. A power loss may leave a file that is not whole.
 */
#ifndef DMX_JOURNAL_CAPSULE_FILE_H
#define DMX_JOURNAL_CAPSULE_FILE_H

#include <stdint.h>

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

#define DMX_CAPSULE_DIR "failures" /* in journal_dir */

enum {
    DMX_CAPSULE_FILES = 1000,      /* ten hours of the usual 100 an hour; 60 MB of 60 kB, and 512 MB at the very most */
    DMX_CAPSULE_TRIES = 8,         /* names that one writer looks at: of a directory half full, one in 256 finds none */
    DMX_CAPSULE_NAME = 3,          /* digits */
    DMX_CAPSULE_ABANDONED_S = 600, /* a writer takes less than a millisecond */
};

/*
 * Writes the file of a capsule (0600, in a directory of 0700 that is made if need be). journal_dir is NUL-terminated; chance
 * chooses the names. Never waits but for the disk. DMX_LIMIT: the directory is full; DMX_IO. *out_why says what is
 * wrong, a static text that reads on after the directory's name.
 */
enum dmx_status dmx_capsule_keep(const char *journal_dir, struct dmx_slice file, uint64_t chance,
                                 const char **out_why) DMX_NODISCARD;

#endif
