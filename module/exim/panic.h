/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A line in Exim's panic log, which the administrator is mailed, at most once an hour on a host. Connections are
 * processes, so the hour is remembered outside them: by the time stamp of an empty file in the spool directory.
 */
#ifndef DMX_EXIM_PANIC_H
#define DMX_EXIM_PANIC_H

#include <stdint.h>

/* Writes the line if the last one is an hour old. Under -bh, or where the stamp cannot be kept, it writes nothing. */
void dmx_panic(const char *line, int64_t now_s);

#endif
