/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What the mail of a failure report is made of (dmx/report/arf.h). All of it is 7 bits, with lines of at most
 * ARF_LINE_MAX bytes that end in LF, whatever the message held.
 */
#ifndef DMX_REPORT_ARF_PARTS_H
#define DMX_REPORT_ARF_PARTS_H

#include "dmx/journal/capsule.h"
#include "dmx/report/redact.h"

enum {
    ARF_LINE_MAX = 998, /* RFC 5322 section 2.1.1, without the line end */
    ARF_BOUNDARY = 40,  /* bytes of a boundary, with its NUL */
};

/* ---- fields (arf_field.c) ---- */

/*
 * One field as it arrived, folded at most as it was: control bytes become "?", 8-bit words encoded-words (of unknown-8bit
 * where they are no UTF-8, RFC 1428), long lines are folded. With LF at its end. Nothing where it is no field.
 */
void arf_put_field(struct dmx_builder *out, struct dmx_slice field);

/* Name and value of our own making, folded where there are blanks. */
void arf_put_value(struct dmx_builder *out, const char *name, struct dmx_slice value);

/* The fields of a header, redacted; those of MIME left out where a part of ours takes their place. */
enum arf_fields { ARF_ALL_FIELDS, ARF_FIELDS_BUT_MIME };
void arf_put_header(struct dmx_builder *out, const struct dmx_redaction *redaction, struct dmx_slice header,
                    enum arf_fields which, struct dmx_arena *arena);

/* ---- the message's body (arf_body.c) ---- */

/* The message as the content of a message/rfc822 part: its text parts, redacted, and a note in place of each other one. */
void arf_put_message(struct dmx_builder *out, const struct dmx_redaction *redaction, const struct dmx_capsule *capsule,
                     const char boundary[static ARF_BOUNDARY], struct dmx_arena *arena);

/* ---- message/feedback-report (arf_feedback.c) ---- */

struct arf_feedback {
    const struct dmx_capsule *capsule;
    uint64_t incidents;
    const struct dmx_redaction *redaction;
    bool dkim_header, dkim_body; /* failure_dkim_headers, failure_dkim_body */
};
void arf_put_feedback(struct dmx_builder *out, const struct arf_feedback *feedback, struct dmx_arena *arena);

/* ---- what a signature was over (arf_dkim.c) ---- */

/*
 * The canonical header and body of the number-th of event.dkim, as far as the capsule holds all of it; empty otherwise.
 * False: there is no such signature field.
 */
struct arf_canonical {
    struct dmx_slice header, body;
};
bool arf_canonical(const struct dmx_capsule *capsule, size_t number, struct dmx_arena *arena,
                   struct arf_canonical *out);

#endif
