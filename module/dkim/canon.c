/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/canon.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

#define CRLF DMX_SLICE("\r\n")

void dmx_canon_writer_init(struct dmx_canon_writer *w, struct dmx_sink sink)
{
    w->sink = sink;
    w->used = 0;
}

void dmx_canon_flush(struct dmx_canon_writer *w)
{
    if (w->used)
        w->sink.put(w->sink.ctx, dmx_slice(w->buffer, w->used));
    w->used = 0;
}

void dmx_canon_write(struct dmx_canon_writer *w, struct dmx_slice s)
{
    if (s.len > sizeof w->buffer - w->used)
        dmx_canon_flush(w);
    if (s.len >= sizeof w->buffer) {
        w->sink.put(w->sink.ctx, s);
    } else if (s.len) {
        memcpy(w->buffer + w->used, s.ptr, s.len);
        w->used += s.len;
    }
}

/* ---- scanning ------------------------------------------------------------------------------------------------------ */

/* Bytes that are looked at together: a register of SSE2 or NEON, and elsewhere what the compiler makes of it. */
enum { BLOCK = 16 };
typedef uint8_t block __attribute__((vector_size(BLOCK)));

/*
 * Whether BLOCK bytes may be copied as they are: no control character (and so no other white space than SP), and no SP
 * before another blank. One byte more than BLOCK must be readable.
 */
static bool block_is_plain(const char *at)
{
    block x, next;
    uint64_t halves[BLOCK / sizeof(uint64_t)];
    memcpy(&x, at, sizeof x);
    memcpy(&next, at + 1, sizeof next);
    block space = (block)(x == ' ');
    block bad = ((block)(x <= ' ') & ~space) | (space & (block)(next <= ' '));
    memcpy(halves, &bad, sizeof bad);
    return (halves[0] | halves[1]) == 0;
}

/* The end of what may be copied unchanged under relaxed: everything but WSP, CR and LF, and a single SP before such a byte. */
static const char *plain_end(const char *at, const char *end)
{
    for (;;) {
        while (end - at > BLOCK && block_is_plain(at))
            at += BLOCK;
        const char *stop = end - at > BLOCK ? at + BLOCK : end;
        for (; at < stop; at++) {
            if (!dmx_is_fws(*at))
                continue;
            if (*at != ' ' || at + 1 == end || dmx_is_fws(at[1]))
                return at;
        }
        if (at == end)
            return end;
    }
}

static const char *blanks_end(const char *at, const char *end)
{
    while (at < end && dmx_is_wsp(*at))
        at++;
    return at;
}

/* ---- header fields ------------------------------------------------------------------------------------------------- */

/* Writes s with every LF that lacks its CR given one: the form that was signed. */
static void write_lines(struct dmx_canon_writer *w, struct dmx_slice s)
{
    if (s.len == 0)
        return;
    const char *at = s.ptr, *end = s.ptr + s.len;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (!lf) {
            dmx_canon_write(w, dmx_slice(at, (size_t)(end - at)));
            return;
        }
        dmx_canon_write(w, dmx_slice(at, (size_t)(lf - at)));
        dmx_canon_write(w, lf > at && lf[-1] == '\r' ? DMX_SLICE("\n") : CRLF);
        at = lf + 1;
    }
}

struct unfolding {
    struct dmx_canon_writer *w;
    bool has_text;
    bool held_blank;
};

static void unfold_text(struct unfolding *u, const char *from, const char *to)
{
    if (u->held_blank && u->has_text)
        dmx_canon_write(u->w, DMX_SLICE(" "));
    u->held_blank = false;
    u->has_text = true;
    dmx_canon_write(u->w, dmx_slice(from, (size_t)(to - from)));
}

/* RFC 6376 section 3.4.2: line ends go, white space becomes one SP, and none stays at either end. */
static void unfold(struct unfolding *u, struct dmx_slice s)
{
    if (s.len == 0)
        return;
    const char *at = s.ptr, *end = s.ptr + s.len;
    while (at < end) {
        const char *blanks = blanks_end(at, end);
        u->held_blank |= blanks > at;
        at = blanks;
        const char *plain = plain_end(at, end);
        if (plain > at)
            unfold_text(u, at, plain);
        at = plain;
        if (at < end && *at == '\n')
            at++;
        else if (end - at > 1 && at[0] == '\r' && at[1] == '\n')
            at += 2;
        else if (at < end && *at == '\r') { /* alone it is a byte like any other */
            unfold_text(u, at, at + 1);
            at++;
        }
    }
}

static void write_lower(struct dmx_canon_writer *w, struct dmx_slice name)
{
    char lower[64];
    for (size_t at = 0; at < name.len;) {
        size_t n = 0;
        while (n < sizeof lower && at < name.len)
            lower[n++] = dmx_lower(name.ptr[at++]);
        dmx_canon_write(w, dmx_slice(lower, n));
    }
}

/* The parts of text before and behind cut; all of it and nothing when there is no cut. */
static void split_at_cut(struct dmx_slice text, struct dmx_slice cut, struct dmx_slice out[2])
{
    size_t before = cut.len ? (size_t)(cut.ptr - text.ptr) : text.len;
    out[0] = dmx_slice_upto(text, before);
    out[1] = dmx_slice_from(text, before + cut.len);
}

void dmx_canon_field(enum dmx_canon canon, const struct dmx_field *field, struct dmx_slice cut,
                     struct dmx_canon_writer *w)
{
    struct dmx_slice part[2];
    if (canon == DMX_CANON_SIMPLE) {
        split_at_cut(field->raw, cut, part);
        write_lines(w, part[0]);
        write_lines(w, part[1]);
        return;
    }
    struct unfolding u = {.w = w};
    write_lower(w, field->name);
    dmx_canon_write(w, DMX_SLICE(":"));
    split_at_cut(field->value, cut, part);
    unfold(&u, part[0]);
    unfold(&u, part[1]);
}

/* ---- body ---------------------------------------------------------------------------------------------------------- */

void dmx_canon_body_init(struct dmx_canon_body *body, enum dmx_canon canon, bool wire_form, struct dmx_sink sink)
{
    body->canon = canon;
    body->wire_form = wire_form;
    body->held_cr = body->held_blank = body->has_text = false;
    body->newlines = 0;
    dmx_canon_writer_init(&body->writer, sink);
}

/* Text follows: what was held before it belongs to the body. */
static void release(struct dmx_canon_body *body)
{
    for (; body->newlines; body->newlines--)
        dmx_canon_write(&body->writer, CRLF);
    if (body->held_blank)
        dmx_canon_write(&body->writer, DMX_SLICE(" "));
    body->held_blank = false;
    body->has_text = true;
}

static void put_text(struct dmx_canon_body *body, const char *from, const char *to)
{
    release(body);
    dmx_canon_write(&body->writer, dmx_slice(from, (size_t)(to - from)));
}

static void end_line(struct dmx_canon_body *body)
{
    body->held_blank = false;
    body->newlines++;
}

/* RFC 6376 section 3.4.3, of a body in wire form: all but its last line ends goes through as it is. */
static void put_simple_wire(struct dmx_canon_body *body, struct dmx_slice piece)
{
    uint64_t newlines = 0;
    body->held_cr = piece.len && piece.ptr[piece.len - 1] == '\r';
    if (body->held_cr)
        piece.len--;
    for (; piece.len > 1 && piece.ptr[piece.len - 1] == '\n' && piece.ptr[piece.len - 2] == '\r'; piece.len -= 2)
        newlines++;
    if (piece.len) {
        release(body);
        dmx_canon_write(&body->writer, piece);
    }
    body->newlines += newlines;
}

static void put_simple_lf(struct dmx_canon_body *body, struct dmx_slice piece)
{
    uint64_t newlines = 0;
    for (; piece.len && piece.ptr[piece.len - 1] == '\n'; piece.len--)
        newlines++;
    const char *at = piece.ptr, *end = piece.ptr + piece.len;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (lf != at)
            put_text(body, at, lf ? lf : end);
        if (!lf)
            break;
        body->newlines++;
        at = lf + 1;
    }
    body->newlines += newlines;
}

/* One byte that stopped the copying, and is no white space: a line end, or a CR or LF that is none. */
static const char *put_break(struct dmx_canon_body *body, const char *at, const char *end)
{
    if (!body->wire_form && *at == '\n') {
        end_line(body);
        return at + 1;
    }
    if (body->wire_form && *at == '\r') {
        if (at + 1 == end) {
            body->held_cr = true;
            return end;
        }
        if (at[1] == '\n') {
            end_line(body);
            return at + 2;
        }
    }
    put_text(body, at, at + 1);
    return at + 1;
}

/* RFC 6376 section 3.4.4. */
static void put_relaxed(struct dmx_canon_body *body, struct dmx_slice piece)
{
    const char *at = piece.ptr, *end = piece.ptr + piece.len;
    while (at < end) {
        if (body->held_blank)
            at = blanks_end(at, end);
        const char *plain = plain_end(at, end);
        if (plain > at)
            put_text(body, at, plain);
        at = blanks_end(plain, end);
        body->held_blank |= at > plain;
        if (at < end && (*at == '\r' || *at == '\n'))
            at = put_break(body, at, end);
    }
}

void dmx_canon_body_put(struct dmx_canon_body *body, struct dmx_slice piece)
{
    if (piece.len == 0)
        return;
    if (body->held_cr) {
        body->held_cr = false;
        if (piece.ptr[0] == '\n') {
            end_line(body);
            piece = dmx_slice_from(piece, 1);
        } else {
            put_text(body, "\r", &"\r"[1]);
        }
    }
    if (body->canon == DMX_CANON_RELAXED)
        put_relaxed(body, piece);
    else if (body->wire_form)
        put_simple_wire(body, piece);
    else
        put_simple_lf(body, piece);
}

/*
 * Both end in exactly one CRLF, whether the last line had one or not. An empty body is one CRLF under simple and
 * nothing under relaxed (RFC 6376 sections 3.4.3 and 3.4.4).
 */
void dmx_canon_body_end(struct dmx_canon_body *body)
{
    if (body->held_cr)
        put_text(body, "\r", &"\r"[1]);
    body->held_cr = false;
    if (body->has_text || body->canon == DMX_CANON_SIMPLE)
        dmx_canon_write(&body->writer, CRLF);
    dmx_canon_flush(&body->writer);
}
