/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * One line of master-file text (RFC 1035 section 5.1) as words. Sticky error: after the first one nothing more is read,
 * and the reason tells what was wrong and what would be right. Pure; allocates nothing.
 */
#ifndef DMX_DNS_MASTER_H
#define DMX_DNS_MASTER_H

#include "dmx/base/cursor.h"
#include "dmx/base/reason.h"
#include "dmx/dns/name.h"

enum { DMX_STRING_MAX = 255 }; /* a character-string has one length byte: RFC 1035 section 3.3 */

struct dmx_line {
    struct dmx_cursor text;
    struct dmx_reason error; /* token NULL: none so far */
};

struct dmx_word {
    struct dmx_slice raw; /* escapes as they stand; without the quotes */
    bool quoted;
};

/* Notes the first error; the detail is the text that it is about. */
void dmx_line_fail(struct dmx_line *line, const char *token, const char *text, struct dmx_slice about);
bool dmx_line_failed(const struct dmx_line *line);

/* The next word; false when there is none: the line ends, a comment begins, or an error was noted. */
bool dmx_line_word(struct dmx_line *line, struct dmx_word *out);
/* The next word, which must be there: wanted says what it has to be. The empty word after an error. */
struct dmx_word dmx_line_expect(struct dmx_line *line, const char *wanted);
/* Notes an error when another word follows. */
void dmx_line_end(struct dmx_line *line);

/*
 * A word as a domain name. False: an error was noted, or *out_too_long is set, as DNS cannot hold such a name (a label
 * over 63 bytes, a name over 255 in wire form).
 */
bool dmx_line_name(struct dmx_line *line, struct dmx_word word, struct dmx_name *out, bool *out_too_long);

/* A word as a character-string, appended to b. */
void dmx_line_string(struct dmx_line *line, struct dmx_word word, struct dmx_builder *b);

#endif
