/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The journal on disk: DIR/journal, frames one behind the other. Any number of processes append; each writes a whole
 * frame by one call, under a shared lock that is tried and never waited for. Whoever takes the journal away renames the
 * file first and then locks it exclusively: a writer who meets that lock, or finds that the path has become another
 * file, opens the path anew, once. So no record is lost or doubled by the death of any process at any instant; a full
 * disk tears the last one, which readers pass over.
 */
#ifndef DMX_JOURNAL_WRITER_H
#define DMX_JOURNAL_WRITER_H

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

#define DMX_JOURNAL_NAME "journal"

/* Nobody has taken the journal away for a long time: better to lose records than the disk. */
enum { DMX_JOURNAL_MAX_BYTES = 1024 * 1024 * 1024 };

/*
 * Appends one frame. dir is NUL-terminated; it is made (0750) when it is missing and its parent is there, the file with
 * mode 0640. DMX_IO, DMX_LIMIT: *out_why says why, a static text.
 */
enum dmx_status dmx_journal_append(const char *dir, struct dmx_slice frame, const char **out_why) DMX_NODISCARD;

#endif
