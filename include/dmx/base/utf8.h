/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* UTF-8 as RFC 3629 section 4 has it: no overlong form, no surrogate, nothing over U+10FFFF. */
#ifndef DMX_BASE_UTF8_H
#define DMX_BASE_UTF8_H

#include "dmx/base/slice.h"

/* Bytes of the character at the head of s, which is not empty; 0 when it is none. */
size_t dmx_utf8_next(struct dmx_slice s);

bool dmx_is_utf8(struct dmx_slice s);

#endif
