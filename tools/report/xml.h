/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Text from outside as XML 1.0 takes it. In this order: cleaned and clipped (section 2.2, Char: what is none, and all
 * control characters, become "?", ends of lines a blank), masked, escaped. Cleaning comes first because what it would
 * leave out might part the numbers of an address.
 */
#ifndef DMX_REPORT_XML_H
#define DMX_REPORT_XML_H

#include "dmx/report/mask.h"

/* Limits of what is written, each in bytes before it is escaped. */
enum {
    XML_NAME_MAX = 255, /* a domain, a selector: DNS has no longer ones */
    XML_TEXT_MAX = 300, /* a sentence for people; longer ones are of somebody who wants to fill a disk */
    XML_GROWTH = 6,     /* "&quot;" */
};

/* Returns whether the mask hid something. At most max_bytes, never a part of a character. */
bool xml_put_text(struct dmx_builder *out, const struct dmx_mask *mask, struct dmx_slice text, size_t max_bytes);

/* indent blanks, <name>text</name> and a line's end. */
bool xml_put_element(struct dmx_builder *out, const struct dmx_mask *mask, size_t indent, const char *name,
                     struct dmx_slice text, size_t max_bytes);

/* The same for a text of our own, which needs nothing of all this. */
void xml_put_word(struct dmx_builder *out, size_t indent, const char *name, const char *word);
void xml_put_number(struct dmx_builder *out, size_t indent, const char *name, int64_t value);
/* <name> or </name> in a line. */
void xml_put_tag(struct dmx_builder *out, size_t indent, const char *name);

#endif
