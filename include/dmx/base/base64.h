/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Base64 as signatures and keys carry it (RFC 4648 section 4, with folding white space as RFC 6376 allows). */
#ifndef DMX_BASE_BASE64_H
#define DMX_BASE_BASE64_H

#include "dmx/base/builder.h"

/*
 * Decodes s into the arena. White space (SP HTAB CR LF) is skipped anywhere; padding must be right and nothing may
 * follow it; any other byte is refused. False: not base64, or out of memory (the arena says which).
 */
bool dmx_base64_decode(struct dmx_slice s, struct dmx_arena *arena, struct dmx_slice *out) DMX_NODISCARD;

/* The six bits of a base64 letter, or -1. */
int dmx_base64_value(char ch);

/* Encodes, with padding and without line ends. */
void dmx_put_base64(struct dmx_builder *out, struct dmx_slice bytes);

#endif
