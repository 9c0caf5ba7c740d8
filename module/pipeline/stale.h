/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Which answers of a message came from the cache over their time, because DNS failed. */
#ifndef DMX_PIPELINE_STALE_H
#define DMX_PIPELINE_STALE_H

#include "dmx/dns/answer.h"

/*
 * The names, as "_dmarc.a.example,a.example+4" with what is beyond the first few only counted: printable ASCII without
 * blanks, quotes and parentheses. Empty: none.
 */
struct dmx_slice dmx_stale_names(const struct dmx_answers *book, struct dmx_arena *arena);

#endif
