/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* UTF-8 as RFC 3629 section 4 has it: no overlong form, no surrogate, nothing over U+10FFFF. */
#ifndef DMX_BASE_UTF8_H
#define DMX_BASE_UTF8_H

#include "dmx/base/slice.h"

/* Whether all of s is UTF-8; the empty slice is. */
bool dmx_is_utf8(struct dmx_slice s);

#endif
