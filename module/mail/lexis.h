/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The words of structured header fields (RFC 5322 section 3.2, with UTF-8 as in RFC 6532), for this folder only. */
#ifndef DMX_MODULE_MAIL_LEXIS_H
#define DMX_MODULE_MAIL_LEXIS_H

#include "dmx/base/builder.h"
#include "dmx/base/cursor.h"

enum { DMX_MAX_COMMENT_DEPTH = 32 }; /* RFC 5322 sets none; people write one or two */

/* atext of RFC 5322 section 3.2.3, and every byte from 0x80 on. */
bool dmx_is_atext(char ch);

/* A character of RFC 2045's token. */
bool dmx_is_token(char ch);

/* A byte that is neither text nor part of a fold: NUL, other controls, a CR without LF. */
bool dmx_has_bare_control(struct dmx_slice s);

/* Skips comments and folding white space. Fails when a comment is not closed, or nested too deep. */
void dmx_skip_cfws(struct dmx_cursor *c);

/* Reads a quoted-string; what is between the quotes, still escaped. Fails when there is none, or it is not closed. */
struct dmx_slice dmx_read_quoted(struct dmx_cursor *c);

/* Appends what a quoted-string means: without the backslashes of its quoted-pairs. */
void dmx_put_unquoted(struct dmx_builder *b, struct dmx_slice quoted);

#endif
