/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "master.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

static const char SECTION[] = "RFC 1035 section 5.1";

void dmx_line_fail(struct dmx_line *line, const char *token, const char *text, struct dmx_slice about)
{
    if (!line->error.token)
        line->error = DMX_REASON_ABOUT(token, text, SECTION, about);
    dmx_cursor_fail(&line->text);
}

bool dmx_line_failed(const struct dmx_line *line)
{
    return line->error.token != NULL;
}

static bool ends_word(int ch)
{
    return ch < 0 || ch == ' ' || ch == '\t' || ch == ';';
}

/* What was read since from; also after an error, so that the detail can show it. */
static struct dmx_slice since(const struct dmx_line *line, const char *from)
{
    return dmx_slice(from, (size_t)(line->text.at - from));
}

/* Passes over the byte after a backslash, so that it cannot end the word. */
static void skip_escaped(struct dmx_line *line, const char *from)
{
    if (dmx_cursor_at_end(&line->text))
        dmx_line_fail(line, "zone-bad-escape", "a backslash stands before \\DDD (decimal) or one character",
                      since(line, from));
    else
        line->text.at++;
}

/* word = 1*( escape / any byte but blank, ";", DQUOTE, parentheses ) */
static struct dmx_slice plain_word(struct dmx_line *line)
{
    const char *from = line->text.at;
    while (!ends_word(dmx_cursor_peek(&line->text))) {
        char ch = *line->text.at++;
        if (ch == '\\')
            skip_escaped(line, from);
        else if (ch == '(' || ch == ')')
            dmx_line_fail(line, "zone-parenthesis",
                          "parentheses are not supported: one record a line, a parenthesis in a name as \\( or \\)",
                          since(line, from));
        else if (ch == '"')
            dmx_line_fail(line, "zone-stray-quote", "a quotation mark opens a string or stands as \\\"",
                          since(line, from));
    }
    return since(line, from);
}

/* quoted-string = DQUOTE *( escape / any byte but DQUOTE ) DQUOTE, with a blank or another string behind it */
static struct dmx_slice quoted_word(struct dmx_line *line)
{
    const char *from = ++line->text.at;
    int ch;
    while ((ch = dmx_cursor_peek(&line->text)) >= 0 && ch != '"') {
        line->text.at++;
        if (ch == '\\')
            skip_escaped(line, from);
    }
    struct dmx_slice raw = since(line, from);
    if (!dmx_cursor_accept(&line->text, '"'))
        dmx_line_fail(line, "zone-open-string", "a quoted string must end on its line", raw);
    ch = dmx_cursor_peek(&line->text);
    if (!ends_word(ch) && ch != '"')
        dmx_line_fail(line, "zone-stray-quote", "a blank must follow a quoted string", raw);
    return raw;
}

bool dmx_line_word(struct dmx_line *line, struct dmx_word *out)
{
    dmx_cursor_run(&line->text, dmx_is_wsp);
    int ch = dmx_cursor_peek(&line->text);
    if (ch < 0 || ch == ';')
        return false;
    out->quoted = ch == '"';
    out->raw = out->quoted ? quoted_word(line) : plain_word(line);
    return !dmx_line_failed(line);
}

struct dmx_word dmx_line_expect(struct dmx_line *line, const char *wanted)
{
    struct dmx_word word = {DMX_SLICE_INIT(""), false};
    if (!dmx_line_word(line, &word))
        dmx_line_fail(line, "zone-missing-word", wanted, DMX_SLICE_NONE);
    return word;
}

void dmx_line_end(struct dmx_line *line)
{
    struct dmx_word word;
    if (dmx_line_word(line, &word))
        dmx_line_fail(line, "zone-extra-word", "the record is complete before this: remove it or make it a comment",
                      word.raw);
}

/* escape = "\" 3DIGIT / "\" any byte but a digit; the cursor is behind the backslash. -1: not an escape. */
static int escaped_byte(struct dmx_cursor *c)
{
    int ch = dmx_cursor_peek(c);
    if (ch < 0 || !dmx_is_digit((char)ch))
        return ch < 0 ? -1 : dmx_cursor_u8(c);
    struct dmx_slice code = dmx_cursor_bytes(c, 3);
    int value = 0;
    for (size_t i = 0; i < code.len; i++) {
        if (!dmx_is_digit(code.ptr[i]))
            return -1;
        value = value * 10 + (code.ptr[i] - '0');
    }
    return code.len == 3 && value <= 255 ? value : -1;
}

/* The next byte of a word with escapes undone; *out_escaped tells a literal dot from a separator. */
static bool next_byte(struct dmx_line *line, struct dmx_cursor *c, struct dmx_slice word, char *out, bool *out_escaped)
{
    if (dmx_cursor_at_end(c))
        return false;
    *out_escaped = dmx_cursor_accept(c, '\\');
    int ch = *out_escaped ? escaped_byte(c) : dmx_cursor_u8(c);
    if (ch < 0) {
        dmx_line_fail(line, "zone-bad-escape",
                      "an escape is \\DDD, three decimal digits up to 255, or \\ and one "
                      "character that is no digit",
                      word);
        return false;
    }
    *out = (char)ch;
    return true;
}

/* One label up to its dot. False: an error was noted or the label is over-long, which *out_too_long tells. */
static bool next_label(struct dmx_line *line, struct dmx_cursor *c, struct dmx_slice word, struct dmx_name *name,
                       bool *out_too_long)
{
    char label[DMX_LABEL_MAX];
    size_t len = 0;
    char ch;
    bool escaped;
    while (next_byte(line, c, word, &ch, &escaped) && (escaped || ch != '.')) {
        if (len < sizeof label)
            label[len] = ch;
        len++;
    }
    if (len == 0)
        dmx_line_fail(line, "zone-empty-label", "a name has no empty label: one dot between labels, the root is \".\"",
                      word);
    if (dmx_line_failed(line))
        return false;
    if (len > sizeof label || !dmx_name_append(name, dmx_slice(label, len)))
        *out_too_long = true;
    return true;
}

bool dmx_line_name(struct dmx_line *line, struct dmx_word word, struct dmx_name *out, bool *out_too_long)
{
    *out_too_long = false;
    dmx_name_root(out);
    if (dmx_line_failed(line))
        return false;
    if (word.quoted || dmx_slice_eq(word.raw, DMX_SLICE("@"))) {
        dmx_line_fail(line, "zone-bad-name", "a name is absolute and without quotes; @ is not supported", word.raw);
        return false;
    }
    struct dmx_cursor c = dmx_cursor_from(word.raw);
    if (dmx_slice_eq(word.raw, DMX_SLICE(".")))
        return true;
    /* An over-long name is still read to its end: its escapes and dots must be right. */
    while (!dmx_cursor_at_end(&c)) {
        if (!next_label(line, &c, word.raw, out, out_too_long))
            return false;
    }
    return !*out_too_long;
}

void dmx_line_string(struct dmx_line *line, struct dmx_word word, struct dmx_builder *b)
{
    struct dmx_cursor c = dmx_cursor_from(word.raw);
    size_t len = 0;
    char ch;
    bool escaped;
    while (next_byte(line, &c, word.raw, &ch, &escaped)) {
        dmx_put_char(b, ch);
        len++;
    }
    if (len > DMX_STRING_MAX)
        dmx_line_fail(line, "zone-long-string",
                      "a string holds at most 255 bytes: split it into several quoted strings in the same record",
                      dmx_slice_upto(word.raw, DMX_LABEL_MAX));
}
