/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "mime.h"

#include "dmx/base/ascii.h"

#include "dmx/base/banned.h"

/* ---- lines ---- */

/* Takes a line off, with its line end. */
static struct dmx_slice take_line(struct dmx_slice *rest)
{
    size_t n = dmx_slice_find(*rest, '\n');
    struct dmx_slice line = dmx_slice_upto(*rest, n + 1);
    *rest = dmx_slice_from(*rest, n + 1);
    return line;
}

static struct dmx_slice without_end(struct dmx_slice line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\n')
        line.len--;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

void mime_split(struct dmx_slice entity, struct dmx_slice *out_header, struct dmx_slice *out_body)
{
    struct dmx_slice rest = entity;
    while (rest.len > 0) {
        size_t at = entity.len - rest.len;
        if (without_end(take_line(&rest)).len > 0)
            continue;
        *out_header = dmx_slice_upto(entity, at);
        *out_body = rest;
        return;
    }
    *out_header = entity;
    *out_body = DMX_SLICE_NONE;
}

/* The value of the first field of a name, with its folds. */
static struct dmx_slice field_value(struct dmx_slice header, struct dmx_slice name)
{
    while (header.len > 0) {
        struct dmx_slice line = take_line(&header);
        if (!dmx_slice_starts_nocase(line, name) || line.len <= name.len || line.ptr[name.len] != ':')
            continue;
        while (header.len > 0 && dmx_is_wsp(header.ptr[0]))
            line.len += take_line(&header).len;
        return dmx_slice_trim(dmx_slice_from(line, name.len + 1));
    }
    return DMX_SLICE_NONE;
}

/* ---- values ---- */

/* token of RFC 2045 section 5.1, of those characters that need no thought in a field of ours. */
static bool is_token_char(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '.' || ch == '_' || ch == '+';
}

static struct dmx_slice take_token(struct dmx_slice *rest, struct dmx_arena *arena)
{
    size_t n = 0;
    while (n < rest->len && is_token_char(rest->ptr[n]))
        n++;
    struct dmx_slice token = dmx_slice_upto(*rest, n);
    *rest = dmx_slice_from(*rest, n);
    return n <= MIME_TOKEN_MAX ? dmx_arena_dup_lower(arena, token) : DMX_SLICE_NONE;
}

static struct dmx_slice skip_blanks(struct dmx_slice text)
{
    while (text.len > 0 && dmx_is_fws(text.ptr[0]))
        text = dmx_slice_from(text, 1);
    return text;
}

/* Up to the semicolon that ends a parameter: none within quotes. */
static struct dmx_slice take_parameter(struct dmx_slice *rest)
{
    bool quoted = false;
    size_t n = 0;
    for (; n < rest->len && (quoted || rest->ptr[n] != ';'); n++) {
        if (rest->ptr[n] == '"')
            quoted = !quoted;
        else if (rest->ptr[n] == '\\' && quoted)
            n++;
    }
    struct dmx_slice parameter = dmx_slice_trim(dmx_slice_upto(*rest, n));
    *rest = dmx_slice_from(*rest, n + 1);
    return parameter;
}

/* quoted-string or anything up to white space, in the arena. */
static struct dmx_slice unquoted(struct dmx_slice value, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, MIME_BOUNDARY_MAX);
    bool quoted = value.len > 0 && value.ptr[0] == '"';
    for (size_t i = quoted; i < value.len; i++) {
        if (quoted ? value.ptr[i] == '"' : dmx_is_fws(value.ptr[i]) || value.ptr[i] == '(')
            break;
        if (quoted && value.ptr[i] == '\\' && i + 1 < value.len)
            i++;
        dmx_put_char(&out, value.ptr[i]);
    }
    return dmx_builder_text(&out);
}

static struct dmx_slice parameter_of(struct dmx_slice parameters, struct dmx_slice name, struct dmx_arena *arena)
{
    while (parameters.len > 0) {
        struct dmx_slice parameter = take_parameter(&parameters);
        size_t equals = dmx_slice_find(parameter, '=');
        if (equals < parameter.len && dmx_slice_eq_nocase(dmx_slice_trim(dmx_slice_upto(parameter, equals)), name))
            return unquoted(dmx_slice_trim(dmx_slice_from(parameter, equals + 1)), arena);
    }
    return DMX_SLICE_NONE;
}

/* A delimiter line has no line end and no blank at its end (RFC 2046 section 5.1.1). */
static struct dmx_slice usable_boundary(struct dmx_slice boundary)
{
    for (size_t i = 0; i < boundary.len; i++)
        if (boundary.ptr[i] == '\n' || boundary.ptr[i] == '\r' || boundary.ptr[i] == '\0')
            return DMX_SLICE_NONE;
    return dmx_slice_trim(boundary).len == boundary.len ? boundary : DMX_SLICE_NONE;
}

/* content := "Content-Type" ":" type "/" subtype *( ";" parameter ) */
static void read_type(struct dmx_slice value, struct dmx_arena *arena, struct mime_part *out)
{
    struct dmx_slice rest = value, token;
    out->type = take_token(&rest, arena);
    rest = skip_blanks(rest);
    bool slash = rest.len > 0 && rest.ptr[0] == '/';
    rest = skip_blanks(dmx_slice_from(rest, slash));
    out->subtype = slash ? take_token(&rest, arena) : DMX_SLICE_NONE;
    if (out->type.len == 0 || out->subtype.len == 0) {
        /* RFC 2045 section 5.2: what cannot be read is text/plain, and shown as such by most readers. */
        out->type = DMX_SLICE("text");
        out->subtype = DMX_SLICE("plain");
        return;
    }
    (void)take_parameter(&rest);
    token = parameter_of(rest, DMX_SLICE("charset"), arena);
    out->charset = take_token(&token, arena);
    if (token.len > 0)
        out->charset = DMX_SLICE("unknown");
    if (dmx_slice_eq(out->type, DMX_SLICE("multipart")))
        out->boundary = usable_boundary(parameter_of(rest, DMX_SLICE("boundary"), arena));
}

static enum mime_encoding encoding_of(struct dmx_slice value, struct dmx_arena *arena)
{
    static const struct {
        struct dmx_slice name;
        enum mime_encoding encoding;
    } rows[] = {
        {DMX_SLICE_INIT(""), MIME_AS_IT_IS},       {DMX_SLICE_INIT("7bit"), MIME_AS_IT_IS},
        {DMX_SLICE_INIT("8bit"), MIME_AS_IT_IS},   {DMX_SLICE_INIT("quoted-printable"), MIME_QUOTED_PRINTABLE},
        {DMX_SLICE_INIT("binary"), MIME_AS_IT_IS}, {DMX_SLICE_INIT("base64"), MIME_BASE64},
    };
    struct dmx_slice rest = value, name = take_token(&rest, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (dmx_slice_eq(name, rows[i].name))
            return rows[i].encoding;
    return MIME_UNKNOWN_ENCODING;
}

void mime_part_read(struct dmx_slice header, struct dmx_slice body, struct dmx_arena *arena, struct mime_part *out)
{
    *out = (struct mime_part){.type = DMX_SLICE("text"), .subtype = DMX_SLICE("plain"), .body = body};
    struct dmx_slice type = field_value(header, DMX_SLICE("Content-Type"));
    if (type.len > 0)
        read_type(type, arena, out);
    out->encoding = encoding_of(field_value(header, DMX_SLICE("Content-Transfer-Encoding")), arena);
    out->attachment = dmx_slice_starts_nocase(field_value(header, DMX_SLICE("Content-Disposition")), DMX_SLICE("att"));
}

/* ---- multiparts ---- */

enum delimiter { NO_DELIMITER, DELIMITER, LAST_DELIMITER };

/* delimiter := "--" boundary [ "--" ] *WSP */
static enum delimiter delimiter_of(struct dmx_slice line, struct dmx_slice boundary)
{
    if (!dmx_slice_starts(line, DMX_SLICE("--")) || !dmx_slice_starts(dmx_slice_from(line, 2), boundary))
        return NO_DELIMITER;
    struct dmx_slice rest = dmx_slice_trim(dmx_slice_from(line, 2 + boundary.len));
    if (rest.len == 0)
        return DELIMITER;
    return dmx_slice_eq(rest, DMX_SLICE("--")) ? LAST_DELIMITER : NO_DELIMITER;
}

/* What stands before the next delimiter, without the line end that belongs to that. */
static struct dmx_slice take_content(struct mime_parts *parts)
{
    struct dmx_slice all = parts->rest;
    parts->open = false;
    while (parts->rest.len > 0) {
        size_t at = all.len - parts->rest.len;
        enum delimiter what = delimiter_of(take_line(&parts->rest), parts->boundary);
        if (what == NO_DELIMITER)
            continue;
        parts->open = what == DELIMITER;
        return without_end(dmx_slice_upto(all, at));
    }
    return all;
}

void mime_parts_begin(struct dmx_slice body, struct dmx_slice boundary, struct mime_parts *out)
{
    *out = (struct mime_parts){.rest = body, .boundary = boundary};
    (void)take_content(out);
}

bool mime_parts_next(struct mime_parts *parts, struct dmx_slice *out_entity)
{
    if (!parts->open)
        return false;
    *out_entity = take_content(parts);
    return true;
}
