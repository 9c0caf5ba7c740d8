/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a hash under a secret key. What it sums here strangers have written, and with a
 * hash that they can compute they could make every text fall on the same place.
 */
#ifndef DMX_REPORT_SIPHASH_H
#define DMX_REPORT_SIPHASH_H

#include <stdint.h>

#include "dmx/base/slice.h"

uint64_t siphash(const uint8_t key[16], struct dmx_slice bytes);

#endif
