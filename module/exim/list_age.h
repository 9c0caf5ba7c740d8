/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A word about a suffix list that nobody refreshes: organizational domains are then found by rules of years ago. The
 * age is that of the file, to which psl-updater gives the time at which it last found the list current.
 */
#ifndef DMX_EXIM_LIST_AGE_H
#define DMX_EXIM_LIST_AGE_H

#include <stdint.h>

/* A line in the main log, once a day on a host, when the file at path is older than twice max_age_ms. */
void dmx_list_age_tell(const char *path, uint64_t max_age_ms, int64_t now_s);

#endif
