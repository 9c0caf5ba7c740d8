/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The Authentication-Results header field (RFC 8601): recognising an incoming one, writing ours. */
#ifndef DMX_MAIL_AUTHRES_H
#define DMX_MAIL_AUTHRES_H

#include "dmx/base/builder.h"
#include "dmx/base/reason.h"
#include "dmx/mail/result.h"

/*
 * Whether the value of an Authentication-Results field carries the given authserv-id: compared without case, with
 * comments, folds and quoting around it understood (RFC 8601 section 5). A value so broken that its id cannot be read
 * counts as ours when it contains the id's text: when in doubt it is removed. The id is shorter than 1024 bytes.
 */
bool dmx_authres_is_from(struct dmx_slice value, struct dmx_slice authserv_id);

/*
 * Writing. One field: begin, then for each method: method, any number of properties and at most one comment; then end.
 * Every text that came from outside is made safe for the place where it stands (token, else quoted-string; control and
 * 8-bit bytes as '?'); lines are folded with LF and a tab after each method, and inside one before they grow long. With
 * no method end writes "; none". A method whose properties do not fit is left out whole, and end counts it: "... and N
 * more". A value over DMX_AUTHRES_VALUE is replaced by a comment that says so: a clipped domain is another domain.
 */
struct dmx_authres {
    struct dmx_builder *out;
    size_t methods;   /* written, and kept */
    size_t omitted;   /* methods left out because DMX_AUTHRES_MAX was reached */
    size_t start;     /* where in out the field begins */
    size_t method_at; /* where the present method begins */
    bool skipping;    /* the present method is left out */
};

enum {
    DMX_AUTHRES_MAX = 4096,  /* bytes of the whole field (design: a field over 32 kB would end Exim) */
    DMX_AUTHRES_VALUE = 330, /* bytes of a value: the longest address has 320 (RFC 5321 section 4.5.3.1) */
    DMX_AUTHRES_TEXT = 256,  /* bytes of a comment or reason: of a longer comment that many and "..." */
};

/* "Authentication-Results: ID". out should be a builder with room for at least DMX_AUTHRES_MAX bytes. */
void dmx_authres_begin(struct dmx_authres *ar, struct dmx_builder *out, struct dmx_slice authserv_id);
/* ";\n\tMETHOD=RESULT", then " reason=\"…\"" where the reason has a text. */
void dmx_authres_method(struct dmx_authres *ar, const char *method, enum dmx_result result,
                        const struct dmx_reason *reason);
/* " PTYPE.PROPERTY=VALUE"; an empty value is left out. */
void dmx_authres_property(struct dmx_authres *ar, const char *ptype, const char *property, struct dmx_slice value);
/* " (COMMENT)", parentheses and backslashes escaped. */
void dmx_authres_comment(struct dmx_authres *ar, struct dmx_slice comment);
/* The final LF. */
void dmx_authres_end(struct dmx_authres *ar);

#endif
