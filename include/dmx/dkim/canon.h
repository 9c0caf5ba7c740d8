/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Canonicalisation (RFC 6376 section 3.4), for whoever signs over header fields and bodies: DKIM now, ARC on the same
 * code. Bytes stream through a small buffer into a sink; nothing is held whole, so a line may be of any length.
 */
#ifndef DMX_DKIM_CANON_H
#define DMX_DKIM_CANON_H

#include <stdint.h>

#include "dmx/mail/message.h"

enum dmx_canon { DMX_CANON_SIMPLE = 0, DMX_CANON_RELAXED };

/* Where canonical bytes go, in pieces of any size but zero. */
struct dmx_sink {
    void (*put)(void *ctx, struct dmx_slice piece);
    void *ctx;
};

enum { DMX_CANON_BUFFER = 8 * 1024 }; /* a hash takes large pieces; this one stays in the first-level cache */

/* Collects small pieces for the sink. Flush it at the end. */
struct dmx_canon_writer {
    struct dmx_sink sink;
    size_t used;
    char buffer[DMX_CANON_BUFFER];
};

void dmx_canon_writer_init(struct dmx_canon_writer *w, struct dmx_sink sink);
void dmx_canon_write(struct dmx_canon_writer *w, struct dmx_slice s);
void dmx_canon_flush(struct dmx_canon_writer *w);

/*
 * One header field without its final CRLF. cut is a part of field->raw, behind the colon, that is left out: the value
 * of b= (section 3.5); the empty slice leaves nothing out.
 */
void dmx_canon_field(enum dmx_canon canon, const struct dmx_field *field, struct dmx_slice cut,
                     struct dmx_canon_writer *w);

/* A body on its way through. */
struct dmx_canon_body {
    enum dmx_canon canon;
    bool wire_form;    /* as in struct dmx_body */
    bool held_cr;      /* a piece ended in CR: the next byte tells whether it ends a line */
    bool held_blank;   /* relaxed: white space was seen that is written only if text follows on the line */
    bool has_text;     /* something was written */
    uint64_t newlines; /* line ends that are written only if text follows */
    struct dmx_canon_writer writer;
};

void dmx_canon_body_init(struct dmx_canon_body *body, enum dmx_canon canon, bool wire_form, struct dmx_sink sink);
void dmx_canon_body_put(struct dmx_canon_body *body, struct dmx_slice piece);
/* Writes what the end of the body decides, and flushes. */
void dmx_canon_body_end(struct dmx_canon_body *body);

#endif
