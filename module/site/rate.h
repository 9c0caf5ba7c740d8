/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The option that says how many failure reports there may be: text to struct dmx_failure_rate and back. */
#ifndef DMX_SITE_RATE_H
#define DMX_SITE_RATE_H

#include "reading.h"

/* As dmx_value_parse. */
enum dmx_status dmx_rate_read(const struct dmx_reading *reading, struct dmx_slice value) DMX_NODISCARD;
void dmx_rate_print(const struct dmx_failure_rate *rates, struct dmx_builder *out);

#endif
