/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A stranger's message, written anew: the same structure with boundaries of ours, text parts decoded, redacted and encoded
 * again, and a line of our own in place of everything that nobody can look into.
 */
#include <string.h>

#include "arf_parts.h"
#include "dmx/base/ascii.h"
#include "encoded_word.h"
#include "letter.h"
#include "mime.h"

#include "dmx/base/banned.h"

enum {
    DEPTH = 8,      /* multiparts within multiparts: mail of people has three */
    PARTS = 100,    /* in all: mail of people has ten */
    PLAIN_MAX = 900 /* bytes of a line that is sent as it is */
};

struct writing {
    struct dmx_builder *out;
    const struct dmx_redaction *redaction;
    const char *boundary;
    struct dmx_arena *arena;
    size_t parts, multiparts;
};

/* ---- notes ---- */

static void put_note(struct writing *w, const char *before, struct dmx_slice type, struct dmx_slice subtype,
                     uint64_t bytes, const char *after)
{
    dmx_put_cstr(w->out, "Content-Type: text/plain; charset=us-ascii\n\n[");
    dmx_put_cstr(w->out, before);
    dmx_put(w->out, type);
    dmx_put_cstr(w->out, subtype.len > 0 ? "/" : "");
    dmx_put(w->out, subtype);
    dmx_put_cstr(w->out, subtype.len > 0 ? ", " : "");
    dmx_put_u64(w->out, bytes);
    dmx_put_cstr(w->out, after);
    dmx_put_cstr(w->out, "]\n");
}

static void put_left_out(struct writing *w, const struct mime_part *part, const char *after)
{
    put_note(w, "left out here: ", part->type, part->subtype, part->body.len, after);
}

/* ---- text ---- */

static bool is_text(const struct mime_part *part)
{
    return dmx_slice_eq(part->type, DMX_SLICE("text")) && !part->attachment &&
           part->encoding != MIME_UNKNOWN_ENCODING && encoded_is_readable(part->charset);
}

static struct dmx_slice decoded(const struct mime_part *part, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, part->body.len + 1);
    if (part->encoding == MIME_QUOTED_PRINTABLE)
        encoded_put_q(&out, part->body, true);
    else if (part->encoding == MIME_BASE64)
        encoded_put_base64(&out, part->body);
    else
        return part->body;
    return dmx_builder_text(&out);
}

/* Line ends are LF here: the reader's mail program shows no others. */
static struct dmx_slice with_lf(struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            dmx_put_char(&out, text.ptr[i]);
    return dmx_builder_text(&out);
}

/* Whether a text can go as it is: short lines of visible ASCII, and nothing that a delimiter of ours could be taken for. */
static bool is_plain(const struct writing *w, struct dmx_slice text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        column = ch == '\n' ? 0 : column + 1;
        if (column > PLAIN_MAX || (!dmx_is_vchar(ch) && !dmx_is_wsp(ch) && ch != '\n'))
            return false;
    }
    return text.len == 0 || !memmem(text.ptr, text.len, w->boundary, strlen(w->boundary));
}

static void put_text(struct writing *w, const struct mime_part *part)
{
    struct dmx_slice text = with_lf(decoded(part, w->arena), w->arena);
    text = dmx_redact_text(w->redaction, text, w->arena);
    dmx_put_cstr(w->out, "Content-Type: text/");
    dmx_put(w->out, part->subtype);
    if (part->charset.len > 0) {
        dmx_put_cstr(w->out, "; charset=");
        dmx_put(w->out, part->charset);
    }
    if (!is_plain(w, text)) {
        dmx_put_cstr(w->out, "\nContent-Transfer-Encoding: base64\n\n");
        letter_put_base64(w->out, text, "");
        return;
    }
    dmx_put_cstr(w->out, "\n\n");
    dmx_put(w->out, text);
    dmx_put_char(w->out, '\n');
}

/* ---- structure ---- */

static void put_part(struct writing *w, const struct mime_part *part, int depth);

/* None is the beginning of another: readers compare no more of a line than the boundary (RFC 2046 section 5.1.1). */
static void put_boundary(struct writing *w, size_t number)
{
    dmx_put_cstr(w->out, w->boundary);
    dmx_put_char(w->out, '-');
    dmx_put_u64(w->out, number);
    dmx_put_char(w->out, '.');
}

static void put_delimiter(struct writing *w, size_t number, const char *after)
{
    dmx_put_cstr(w->out, "--");
    put_boundary(w, number);
    dmx_put_cstr(w->out, after);
}

static void put_multipart(struct writing *w, const struct mime_part *part, int depth)
{
    struct mime_parts parts;
    struct dmx_slice entity, header, body;
    size_t number = ++w->multiparts, written = 0;
    dmx_put_cstr(w->out, "Content-Type: multipart/");
    dmx_put(w->out, part->subtype);
    dmx_put_cstr(w->out, ";\n boundary=\"");
    put_boundary(w, number);
    dmx_put_cstr(w->out, "\"\n\n");
    mime_parts_begin(part->body, part->boundary, &parts);
    for (; w->parts < PARTS && mime_parts_next(&parts, &entity); written++) {
        struct mime_part inner;
        mime_split(entity, &header, &body);
        mime_part_read(header, body, w->arena, &inner);
        put_delimiter(w, number, "\n");
        put_part(w, &inner, depth + 1);
    }
    if (parts.open || written == 0) { /* over the number; or there is no delimiter, and so no part that could be read */
        put_delimiter(w, number, "\n");
        put_note(w, "left out here: ", DMX_SLICE_NONE, DMX_SLICE_NONE, written ? parts.rest.len : part->body.len,
                 " bytes of a multipart");
    }
    put_delimiter(w, number, "--\n");
}

static void put_part(struct writing *w, const struct mime_part *part, int depth)
{
    w->parts++;
    if (part->boundary.len > 0 && depth < DEPTH)
        put_multipart(w, part, depth);
    else if (is_text(part))
        put_text(w, part);
    else
        put_left_out(w, part, " bytes");
}

void arf_put_message(struct dmx_builder *out, const struct dmx_redaction *redaction, const struct dmx_capsule *capsule,
                     const char boundary[static ARF_BOUNDARY], struct dmx_arena *arena)
{
    struct mime_part part;
    struct writing w = {.out = out, .redaction = redaction, .boundary = boundary, .arena = arena};
    arf_put_header(out, redaction, capsule->header, ARF_FIELDS_BUT_MIME, arena);
    dmx_put_cstr(out, "MIME-Version: 1.0\n");
    mime_part_read(capsule->header, capsule->body, arena, &part);
    put_part(&w, &part, 0);
}
