/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Pieces of the mail that reports travel in, whichever they are: addresses, names, dates, base64 in lines. */
#ifndef DMX_REPORT_LETTER_H
#define DMX_REPORT_LETTER_H

#include "dmx/base/builder.h"

enum { LETTER_ADDRESS_MAX = 320 }; /* RFC 5321 section 4.5.3.1: a local part of 64, an @, a domain of 255 */

/* Printable ASCII with something before and after the last @, and a domain of letters, digits, hyphens and dots. */
bool letter_is_address(struct dmx_slice address);
/* Letters, digits, hyphens, underscores and dots, not too many: a domain, a selector, the name of a host. */
bool letter_is_name(struct dmx_slice text);
bool letter_is_ascii(struct dmx_slice text);

/* addr-spec, quoted where it must be. */
void letter_put_address(struct dmx_builder *out, struct dmx_slice address);

/* display-name = quoted-string / 1*encoded-word */
void letter_put_display_name(struct dmx_builder *out, struct dmx_slice name);

/* RFC 5322 section 3.3, in UTC. */
void letter_put_date(struct dmx_builder *out, int64_t time_s);

/* Lines of 76 bytes (RFC 2045 section 6.8), each with LF, before each what stands in before. */
void letter_put_base64(struct dmx_builder *out, struct dmx_slice bytes, const char *before);

/* A text of our own as a MIME part: its fields, an empty line, the text, which ends in LF. */
void letter_put_text(struct dmx_builder *out, struct dmx_slice text);

#endif
