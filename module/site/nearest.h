/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Which option a mistyped name was meant to be. */
#ifndef DMX_SITE_NEAREST_H
#define DMX_SITE_NEAREST_H

#include "schema.h"

/*
 * The option nearest in spelling, letters compared without case, or NULL when none is near: more than a third of the
 * name (but two at least) would have to be changed. Among equals the first of the table.
 */
const struct dmx_option *dmx_option_nearest(struct dmx_slice name);

#endif
