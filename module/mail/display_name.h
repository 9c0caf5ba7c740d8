/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A From field as people get to see it: encoded words decoded (RFC 2047), so that an address in a name is found. */
#ifndef DMX_MAIL_DISPLAY_NAME_H
#define DMX_MAIL_DISPLAY_NAME_H

#include "dmx/base/arena.h"

/*
 * The value of an address field with its encoded words decoded, whatever their charset, quoted-pairs undone, and the
 * wide forms of @ (U+FF20, U+FE6B) as @; in the arena. The empty slice for one over DMX_SHOWN_MAX bytes, or without
 * memory.
 */
enum { DMX_SHOWN_MAX = 16 * 1024 }; /* no mail program shows as much of a name */
struct dmx_slice dmx_shown(struct dmx_slice value, struct dmx_arena *arena);

/*
 * The first domain of an address in shown text that is neither own nor above nor below it, in normal form; ptr NULL:
 * there is none. "(@jane)" is no address, "x@y" without a dot neither.
 */
struct dmx_slice dmx_shown_foreign_domain(struct dmx_slice shown, struct dmx_slice own, struct dmx_arena *arena);

#endif
