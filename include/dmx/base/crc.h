/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* CRC-32 as Ethernet and gzip have it (ISO 3309): tells torn and damaged records, keeps nobody out. */
#ifndef DMX_BASE_CRC_H
#define DMX_BASE_CRC_H

#include <stdint.h>

#include "dmx/base/slice.h"

/* Of bytes that follow those of crc; start with 0. */
uint32_t dmx_crc32(uint32_t crc, struct dmx_slice bytes);

#endif
