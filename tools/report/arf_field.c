/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Fields of a stranger's header, so written that no reader of the report stumbles over them. */
#include "arf_parts.h"

#include "dmx/base/ascii.h"
#include "dmx/base/utf8.h"
#include "dmx/mail/message.h"

#include "dmx/base/banned.h"

enum {
    FOLD_AT = 900,   /* a line is folded at the first blank behind this */
    BREAK_AT = 980,  /* and where there is none, here */
    WORD_BYTES = 15, /* of an encoded-word: at most 45 of its 75 bytes, and 19 for what stands around them */
    OURS_AT = 72,    /* our own fields are folded as people do it */
};

/* A line on its way, and how long it is. */
struct line {
    struct dmx_builder *out;
    size_t column, fold_at;
    bool has_text; /* more than blanks: a line without it would end the header for some readers */
};

static void end_line(struct line *line)
{
    dmx_put_char(line->out, '\n');
    line->column = 0;
    line->has_text = false;
}

static void put_byte(struct line *line, char ch)
{
    if (line->column >= line->fold_at && dmx_is_wsp(ch)) {
        if (!line->has_text)
            return;
        end_line(line);
    } else if (line->column >= BREAK_AT) {
        end_line(line);
        put_byte(line, ' ');
    }
    dmx_put_char(line->out, ch);
    line->column++;
    line->has_text |= !dmx_is_wsp(ch);
}

static void put_bytes(struct line *line, struct dmx_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        put_byte(line, bytes.ptr[i]);
}

static bool is_wordy(char ch)
{
    return dmx_is_alnum(ch) || (unsigned char)ch >= 0x80;
}

/* How many bytes make the next encoded-word: whole characters where they are known. */
static size_t piece_of(struct dmx_slice word, bool is_utf8)
{
    size_t n = 0, step;
    while (n < word.len && (step = is_utf8 ? dmx_utf8_next(dmx_slice_from(word, n)) : 1) > 0 && n + step <= WORD_BYTES)
        n += step;
    return n;
}

/* encoded-words of a word with 8-bit bytes in it. */
static void put_encoded(struct line *line, struct dmx_slice word)
{
    static const char hex[] = "0123456789ABCDEF";
    bool is_utf8 = dmx_is_utf8(word);
    while (word.len > 0) {
        size_t n = piece_of(word, is_utf8);
        put_bytes(line, is_utf8 ? DMX_SLICE("=?utf-8?Q?") : DMX_SLICE("=?unknown-8bit?Q?"));
        for (size_t i = 0; i < n; i++) {
            unsigned char byte = (unsigned char)word.ptr[i];
            if (byte < 0x80)
                put_byte(line, word.ptr[i]);
            else
                put_bytes(line, dmx_slice((const char[]){'=', hex[byte >> 4], hex[byte & 15]}, 3));
        }
        put_bytes(line, DMX_SLICE("?="));
        word = dmx_slice_from(word, n);
        put_bytes(line, word.len > 0 ? DMX_SLICE(" ") : DMX_SLICE(""));
    }
}

static void put_clean(struct line *line, struct dmx_slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t n = 0;
        bool plain = true;
        for (; at + n < text.len && is_wordy(text.ptr[at + n]); n++)
            plain &= (unsigned char)text.ptr[at + n] < 0x80;
        if (n > 0 && !plain)
            put_encoded(line, dmx_slice(text.ptr + at, n));
        else if (n > 0)
            put_bytes(line, dmx_slice(text.ptr + at, n));
        else
            put_byte(line, dmx_is_vchar(text.ptr[at]) || dmx_is_wsp(text.ptr[at]) ? text.ptr[at] : '?');
        at += n > 0 ? n : 1;
    }
}

static struct dmx_slice without_end(struct dmx_slice line)
{
    while (line.len > 0 && dmx_is_fws(line.ptr[line.len - 1]))
        line.len--;
    return line;
}

/* A fold that holds nothing would end the header for some readers: it goes. */
static void put_folds(struct line *line, struct dmx_slice rest)
{
    struct dmx_slice part;
    while (rest.ptr && dmx_slice_split(&rest, '\n', &part)) {
        part = without_end(part);
        if (part.len == 0)
            continue;
        end_line(line);
        if (!dmx_is_wsp(part.ptr[0]))
            put_byte(line, ' ');
        put_clean(line, part);
    }
}

void arf_put_field(struct dmx_builder *out, struct dmx_slice field)
{
    struct line line = {.out = out, .fold_at = FOLD_AT};
    struct dmx_slice rest = field, first;
    size_t colon = dmx_slice_find(field, ':');
    /* Nor one whose name would have to be folded: it would end the header. */
    if (colon == 0 || colon >= FOLD_AT || colon == field.len || dmx_is_fws(field.ptr[0]) ||
        !dmx_slice_split(&rest, '\n', &first) || colon >= first.len)
        return;
    put_clean(&line, without_end(first));
    put_folds(&line, rest);
    end_line(&line);
}

void arf_put_value(struct dmx_builder *out, const char *name, struct dmx_slice value)
{
    struct line line = {.out = out, .fold_at = OURS_AT};
    put_bytes(&line, dmx_slice_cstr(name));
    put_bytes(&line, DMX_SLICE(": "));
    put_clean(&line, value);
    end_line(&line);
}

/* ---- a whole header ---- */

/* Takes the next field off, with its folds and without its line end. */
static struct dmx_slice next_field(struct dmx_slice *rest)
{
    size_t end = 0;
    for (; end < rest->len; end++)
        if (rest->ptr[end] == '\n' && (end + 1 == rest->len || !dmx_is_wsp(rest->ptr[end + 1])))
            break;
    struct dmx_slice field = dmx_slice_upto(*rest, end);
    *rest = dmx_slice_from(*rest, end + 1);
    return field;
}

static bool is_left_out(struct dmx_slice name, enum arf_fields which)
{
    return which == ARF_FIELDS_BUT_MIME && (dmx_slice_starts_nocase(name, DMX_SLICE("Content-")) ||
                                            dmx_slice_eq_nocase(name, DMX_SLICE("MIME-Version")));
}

/*
 * Message-ID looks like an address and names nobody as a rule, and by it the domain's owner finds the message in logs: its
 * left side stays. Those of other messages do not.
 */
static bool keeps_local_parts(struct dmx_slice name)
{
    return dmx_slice_eq_nocase(name, DMX_SLICE("Message-ID"));
}

void arf_put_header(struct dmx_builder *out, const struct dmx_redaction *redaction, struct dmx_slice header,
                    enum arf_fields which, struct dmx_arena *arena)
{
    struct dmx_redaction gentle = *redaction;
    gentle.on = false;
    while (header.len > 0) {
        struct dmx_field field;
        struct dmx_slice raw = next_field(&header);
        if (!dmx_field_parse(raw, &field) || is_left_out(field.name, which))
            continue;
        arf_put_field(out, dmx_redact_field(keeps_local_parts(field.name) ? &gentle : redaction, raw, arena));
    }
}
