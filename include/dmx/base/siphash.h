/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a 64-bit hash under a secret key. Whoever does not know the key can neither
 * choose inputs that collide nor make a checksum that fits.
 */
#ifndef DMX_BASE_SIPHASH_H
#define DMX_BASE_SIPHASH_H

#include <stdint.h>

#include "dmx/base/slice.h"

enum { DMX_SIPHASH_KEY_BYTES = 16 };

uint64_t dmx_siphash(const uint8_t key[DMX_SIPHASH_KEY_BYTES], struct dmx_slice bytes);

#endif
