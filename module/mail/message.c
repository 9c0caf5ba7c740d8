/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/message.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum { SCAN_BYTES = 16 * 1024 }; /* of a body at a time: small beside Exim's stack */

/* ftext (RFC 5322 section 3.6.8: all that is visible but the colon), and 8-bit bytes, which Exim lets in. */
static bool is_name_byte(char ch)
{
    return (unsigned char)ch > ' ' && ch != 0x7f && ch != ':';
}

/* isspace() of the C locale, line ends among it. */
static bool is_space(char ch)
{
    return dmx_is_fws(ch) || ch == '\v' || ch == '\f';
}

/* Without one final LF or CRLF. */
static struct dmx_slice without_line_end(struct dmx_slice line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\n') {
        line.len--;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
    }
    return line;
}

/*
 * field = field-name *space ":" unstructured
 * By Exim's notion of a name, which is wider than RFC 5322's: white space before the colon is the obsolete form (section
 * 4.5), and Exim lets in a fold, VT, FF and 8-bit names, too. A From field that Exim delivers is a From field to us.
 */
bool dmx_field_parse(struct dmx_slice raw, struct dmx_field *out)
{
    raw = without_line_end(raw);
    size_t name = 0, colon;
    while (name < raw.len && is_name_byte(raw.ptr[name]))
        name++;
    for (colon = name; colon < raw.len && is_space(raw.ptr[colon]);)
        colon++;
    if (name == 0 || colon == raw.len || raw.ptr[colon] != ':')
        return false;
    *out = (struct dmx_field){.raw = raw, .name = dmx_slice_upto(raw, name), .value = dmx_slice_from(raw, colon + 1)};
    return true;
}

enum dmx_status dmx_message_add(struct dmx_message *message, struct dmx_arena *arena, struct dmx_field field)
{
    if (message->field_count >= DMX_MAX_FIELDS)
        return DMX_LIMIT;
    struct dmx_field *fields =
        dmx_arena_grow(arena, message->fields, message->field_count, &message->field_capacity, sizeof *message->fields);
    if (!fields)
        return DMX_NOMEM;
    message->fields = fields;
    message->fields[message->field_count++] = field;
    return DMX_OK;
}

/* Bytes of the first line of s, its line end included. */
static size_t line_bytes(struct dmx_slice s)
{
    size_t lf = dmx_slice_find(s, '\n');
    return lf < s.len ? lf + 1 : s.len;
}

/* Bytes of the first field of s: its line and every following one that begins with white space. */
static size_t folded_bytes(struct dmx_slice s)
{
    size_t n = line_bytes(s);
    while (n < s.len && dmx_is_wsp(s.ptr[n]))
        n += line_bytes(dmx_slice_from(s, n));
    return n;
}

/*
 * A message that was saved from a mailbox file begins with that file's separator, which is no part of it. The line
 * "From : a@b" is a field, though, and so it is with a fold before the colon.
 */
static size_t separator_bytes(struct dmx_slice text)
{
    struct dmx_field field;
    if (!dmx_slice_starts(text, DMX_SLICE("From ")) ||
        dmx_field_parse(dmx_slice_upto(text, folded_bytes(text)), &field))
        return 0;
    return line_bytes(text);
}

/* Reads the fields at the head of text; *out_used is where the body begins. */
static enum dmx_status read_header(struct dmx_slice text, struct dmx_arena *arena, struct dmx_message *message,
                                   size_t *out_used)
{
    size_t at = separator_bytes(text);
    while (at < text.len) {
        struct dmx_slice rest = dmx_slice_from(text, at);
        if (without_line_end(dmx_slice_upto(rest, line_bytes(rest))).len == 0) {
            at += line_bytes(rest);
            break;
        }
        struct dmx_field field;
        size_t n = folded_bytes(rest);
        if (dmx_is_wsp(rest.ptr[0]) || !dmx_field_parse(dmx_slice_upto(rest, n), &field))
            break;
        at += n;
        if (at > DMX_MAX_HEADER_BYTES)
            return DMX_LIMIT;
        enum dmx_status status = dmx_message_add(message, arena, field);
        if (status)
            return status;
    }
    *out_used = at;
    return DMX_OK;
}

static int64_t read_memory(void *ctx, uint64_t offset, char *buf, size_t size)
{
    const struct dmx_slice *text = ctx;
    if (offset >= text->len)
        return 0;
    struct dmx_slice part = dmx_slice_upto(dmx_slice_from(*text, (size_t)offset), size);
    memcpy(buf, part.ptr, part.len);
    return (int64_t)part.len;
}

/*
 * A file may be in either form whatever single bytes it holds: one stray CR in a file with LF ends, or one stray LF in
 * one with CRLF ends, must not turn its lines around. The more frequent line end decides.
 */
static bool mostly_crlf(struct dmx_slice body)
{
    size_t crlf = 0, bare = 0;
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] != '\n')
            continue;
        if (i > 0 && body.ptr[i - 1] == '\r')
            crlf++;
        else
            bare++;
    }
    return crlf > bare;
}

enum dmx_status dmx_message_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_message *out)
{
    struct dmx_message message = {0};
    size_t used = 0;
    enum dmx_status status = read_header(text, arena, &message, &used);
    if (status)
        return status;
    struct dmx_slice *body = dmx_arena_alloc(arena, sizeof *body);
    if (!body)
        return DMX_NOMEM;
    *body = dmx_slice_from(text, used);
    message.body = (struct dmx_body){
        .read_at = read_memory,
        .ctx = body,
        .size = body->len,
        .wire_form = mostly_crlf(*body),
    };
    *out = message;
    return DMX_OK;
}

size_t dmx_message_find(const struct dmx_message *message, struct dmx_slice name, size_t from)
{
    size_t i = from;
    while (i < message->field_count && !dmx_slice_eq_nocase(message->fields[i].name, name))
        i++;
    return i < message->field_count ? i : message->field_count;
}

enum dmx_status dmx_body_detect_form(struct dmx_body *body)
{
    char buf[SCAN_BYTES];
    bool found = false;
    for (uint64_t offset = 0; offset < body->size && !found;) {
        int64_t n = body->read_at(body->ctx, offset, buf, sizeof buf);
        if (n <= 0 || (uint64_t)n > sizeof buf)
            return DMX_IO; /* the body has shrunk, or cannot be read */
        found = memchr(buf, '\r', (size_t)n) != NULL;
        offset += (uint64_t)n;
    }
    body->wire_form = found;
    return DMX_OK;
}
