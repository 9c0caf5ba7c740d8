/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The time of a list, as its VERSION line has it. */
#ifndef DMX_UPDATER_VERSION_H
#define DMX_UPDATER_VERSION_H

#include <stdint.h>

#include "dmx/base/slice.h"

/* "2024-02-29_12-00-00_UTC" as seconds since 1970-01-01; 0 for anything else, and for what lies before. */
int64_t dmx_version_time(struct dmx_slice version);

#endif
