/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Numbers are parsed whole: every byte a digit, within the caller's range, no sign, no blank, no locale. */
#ifndef DMX_BASE_NUMBER_H
#define DMX_BASE_NUMBER_H

#include <stdint.h>

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

/* Decimal, at least one digit; false (and *out untouched) on anything else or a value over max. */
bool dmx_parse_u64(struct dmx_slice s, uint64_t max, uint64_t *out) DMX_NODISCARD;

/* A span of time as 10s, 2m, 1h, 15d, or a bare number of seconds; in seconds. */
bool dmx_parse_duration(struct dmx_slice s, uint64_t max_s, uint64_t *out_s) DMX_NODISCARD;

/* A size as 16M, 512k, 1G (powers of 1024), or a bare number of bytes. */
bool dmx_parse_size(struct dmx_slice s, uint64_t max_bytes, uint64_t *out_bytes) DMX_NODISCARD;

#endif
