/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The tag-list of RFC 6376 section 3.2: tag=value pairs between semicolons, as DKIM and ARC headers and keys have them. */
#ifndef DMX_MAIL_TAGLIST_H
#define DMX_MAIL_TAGLIST_H

#include "dmx/base/reason.h"
#include "dmx/mail/message.h"

struct dmx_tag {
    struct dmx_slice name;  /* case-sensitive */
    struct dmx_slice value; /* without white space around it; folds inside are kept */
    size_t offset;          /* of name in the list */
};

struct dmx_taglist {
    struct dmx_tag *tags;
    size_t count;
};

enum { DMX_MAX_TAGS = 64 }; /* signatures carry about 12; more than this is an attack */

/*
 * Reads a list. Text stays owned by the caller. DMX_INVALID with a reason: bad syntax, a tag twice, DMX_MAX_TAGS
 * exceeded. An empty list is valid.
 */
enum dmx_status dmx_taglist_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_taglist *out,
                                  struct dmx_reason *out_reason) DMX_NODISCARD;

/* The value of a tag; false when it is absent. */
bool dmx_taglist_get(const struct dmx_taglist *list, struct dmx_slice name, struct dmx_slice *out_value);

#endif
