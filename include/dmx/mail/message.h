/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A message as it arrived: its header fields in order, byte for byte, and a body that is read by offset. Whoever owns
 * the bytes (a file, Exim's header list and spool) keeps them unchanged while the message is in use.
 */
#ifndef DMX_MAIL_MESSAGE_H
#define DMX_MAIL_MESSAGE_H

#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/budget.h"

/*
 * One header field (RFC 5322 section 2.2). raw is the whole field, folded as it arrived, without its final line end;
 * inside it a line ends in CRLF or bare LF. name has no white space around it; value is all that follows the colon.
 */
struct dmx_field {
    struct dmx_slice raw;
    struct dmx_slice name;
    struct dmx_slice value;
};

/*
 * The body. read_at copies up to size bytes from offset into buf and returns how many (short only at the end), or -1.
 * wire_form tells how lines end: true: CRLF, every lone CR or LF is an ordinary byte; false: LF, and a CR (Exim's spool
 * holds none, a file may) is an ordinary byte.
 */
struct dmx_body {
    int64_t (*read_at)(void *ctx, uint64_t offset, char *buf, size_t size);
    void *ctx;
    uint64_t size; /* bytes in all */
    bool wire_form;
};

struct dmx_message {
    struct dmx_field *fields;
    size_t field_count;
    size_t field_capacity;
    struct dmx_body body;
};

enum {
    /*
     * Of a file's header. Above what Exim lets in (header_maxsize, 1 MB, in which a line end is one byte): a message that
     * Exim judged can be judged again.
     */
    DMX_MAX_HEADER_BYTES = 8 * 1024 * 1024,
    /* As many as Exim lets in ("a:" and LF): a lower limit would let a forger escape judgement by adding fields. */
    DMX_MAX_FIELDS = 400000,
};

/*
 * Splits one field, with or without its final line end, by Exim's rule for what a field is: any visible or 8-bit bytes,
 * then any white space, folds among it, then the colon. False when it has no colon, an empty name, or another byte in it.
 */
bool dmx_field_parse(struct dmx_slice raw, struct dmx_field *out) DMX_NODISCARD;

/* Appends a field. DMX_LIMIT over DMX_MAX_FIELDS, DMX_NOMEM. */
enum dmx_status dmx_message_add(struct dmx_message *message, struct dmx_arena *arena,
                                struct dmx_field field) DMX_NODISCARD;

/*
 * Reads a whole message held in memory, with CRLF or LF line ends; text stays owned by the caller and must outlive the
 * message. A line of the header block that is no field ends it and becomes the body's first line, as in Exim; only
 * the separator line of a mailbox file ("From x@y …", first of all) is skipped. The body's form is that of most of its
 * line ends. An empty text is a message without fields.
 */
enum dmx_status dmx_message_parse(struct dmx_slice text, struct dmx_arena *arena,
                                  struct dmx_message *out) DMX_NODISCARD;

/* The index of the next field called name (without case) at or after from; message->field_count when there is none. */
size_t dmx_message_find(const struct dmx_message *message, struct dmx_slice name, size_t from);

/*
 * Looks through the body for a CR and sets wire_form: Exim's ordinary spool form holds none, so one CR anywhere means
 * that CRLF ends lines. DMX_IO when the body cannot be read.
 */
enum dmx_status dmx_body_detect_form(struct dmx_body *body) DMX_NODISCARD;

#endif
