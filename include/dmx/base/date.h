/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Days of the calendar, in UTC, as an administrator writes them: YYYY-MM-DD. Pure. */
#ifndef DMX_BASE_DATE_H
#define DMX_BASE_DATE_H

#include "dmx/base/builder.h"

/*
 * full-date of RFC 3339, of the years 2000 to 9999: the first second of the day after it, so that "until" a date holds
 * to its end. False (and *out_end_s untouched) for anything else.
 */
bool dmx_date_parse(struct dmx_slice text, int64_t *out_end_s) DMX_NODISCARD;

/* The date whose last second comes right before end_s; what dmx_date_parse takes, for what it gave. */
void dmx_put_date(struct dmx_builder *out, int64_t end_s);

#endif
