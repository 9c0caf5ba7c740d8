/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The parts of a MIME message (RFC 2045, 2046) that a stranger wrote: slices of its bytes, found in one walk from left to
 * right. What is malformed is read as something plainer and never as more than there is. Pure.
 */
#ifndef DMX_REPORT_MIME_H
#define DMX_REPORT_MIME_H

#include "dmx/base/builder.h"

enum mime_encoding { MIME_AS_IT_IS = 0, MIME_QUOTED_PRINTABLE, MIME_BASE64, MIME_UNKNOWN_ENCODING };

struct mime_part {
    struct dmx_slice type, subtype; /* lower case, tokens; text and plain where nothing is said */
    struct dmx_slice charset;       /* lower case, a token; empty: none is named */
    struct dmx_slice boundary;      /* of a multipart; empty: there is none that can be used */
    enum mime_encoding encoding;
    bool attachment;
    struct dmx_slice body;
};

enum { MIME_TOKEN_MAX = 64, MIME_BOUNDARY_MAX = 200 /* RFC 2046 has 70 */ };

/* A part with its fields and its body apart. Its names live in the arena. */
void mime_part_read(struct dmx_slice header, struct dmx_slice body, struct dmx_arena *arena, struct mime_part *out);

/* An entity into its fields and its body, at the first empty line; without one all of it is fields. */
void mime_split(struct dmx_slice entity, struct dmx_slice *out_header, struct dmx_slice *out_body);

/*
 * Takes the next entity off a multipart body. Begin with mime_parts_begin, which passes over the preamble; false when the
 * last one was taken. One whose end is missing ends with the body.
 */
struct mime_parts {
    struct dmx_slice rest, boundary;
    bool open; /* behind a delimiter */
};
void mime_parts_begin(struct dmx_slice body, struct dmx_slice boundary, struct mime_parts *out);
bool mime_parts_next(struct mime_parts *parts, struct dmx_slice *out_entity);

#endif
