/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Encoded-words (RFC 2047) in header fields that strangers wrote, read to look into them and no more. */
#ifndef DMX_REPORT_ENCODED_WORD_H
#define DMX_REPORT_ENCODED_WORD_H

#include "dmx/base/builder.h"

/*
 * How many bytes at the start of a text are encoded-words, one after the other with nothing but white space between them;
 * 0: none. *out is what they encode, byte for byte, of all of them together, in the arena: an address may be divided.
 * *out_readable is false where a charset is one in which nobody can look for addresses so.
 */
size_t encoded_words(struct dmx_slice text, struct dmx_arena *arena, struct dmx_slice *out, bool *out_readable);

/* Charsets in which an at sign and digits are the bytes that ASCII has for them; none is one. */
bool encoded_is_readable(struct dmx_slice charset);

/* "Q" encoding, and quoted-printable where is_body: as far as it can be read, the rest as it stands. */
void encoded_put_q(struct dmx_builder *out, struct dmx_slice text, bool is_body);

/* Base64 by whoever wrote it: bytes that are no base64 are passed over, and what is cut is cut. */
void encoded_put_base64(struct dmx_builder *out, struct dmx_slice text);

#endif
