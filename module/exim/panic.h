/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A line in Exim's panic log, which the administrator is mailed, at most once an hour on a host. Connections are
 * processes, so the hour is remembered outside them: by the time stamp of an empty file in the spool directory.
 */
#ifndef DMX_EXIM_PANIC_H
#define DMX_EXIM_PANIC_H

#include <stdint.h>

/*
 * Whether something is to be said of which the host hears at most once an hour; if so, the hour begins. stamp is the
 * name of a file in the spool directory, with its slash. UNKNOWN: no stamp can be kept there.
 */
enum dmx_hourly { DMX_HOURLY_NOT_DUE = 0, DMX_HOURLY_DUE, DMX_HOURLY_UNKNOWN };
enum dmx_hourly dmx_hourly(const char *stamp, int64_t now_s);
/* The same for a day. */
enum dmx_hourly dmx_daily(const char *stamp, int64_t now_s);

/* Writes the line if the last one is an hour old. Under -bh, or where the stamp cannot be kept, it writes nothing. */
void dmx_panic(const char *line, int64_t now_s);

#endif
