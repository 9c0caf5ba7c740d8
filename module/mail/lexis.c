/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "lexis.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

static bool is_visible_without(char ch, const char *specials)
{
    return dmx_is_vchar(ch) && !strchr(specials, ch); /* a NUL is no VCHAR */
}

bool dmx_is_atext(char ch)
{
    return (unsigned char)ch >= 0x80 || is_visible_without(ch, "()<>[]:;@\\,.\"");
}

bool dmx_is_token(char ch)
{
    return is_visible_without(ch, "()<>@,;:\\\"/[]?=");
}

bool dmx_has_bare_control(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.ptr[i];
        if (ch == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
            continue;
        if (ch == 0x7f || ch == '\r' || ((unsigned char)ch < ' ' && !dmx_is_fws(ch)))
            return true;
    }
    return false;
}

/*
 * RFC 3629 section 4. Bytes that follow the first one, and the range of the second, which shuts out overlong forms,
 * surrogates and everything over U+10FFFF.
 */
static const struct utf8_row {
    uint8_t first_low, first_high, more, second_low, second_high;
} utf8_rows[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Bytes of the character at the head of s; 0 when it is none. */
static size_t utf8_bytes(struct dmx_slice s)
{
    const uint8_t *p = (const uint8_t *)s.ptr;
    const struct utf8_row *row = utf8_rows, *end = utf8_rows + sizeof utf8_rows / sizeof *utf8_rows;
    while (row < end && (p[0] < row->first_low || p[0] > row->first_high))
        row++;
    if (row == end || s.len <= row->more)
        return 0;
    if (row->more && (p[1] < row->second_low || p[1] > row->second_high))
        return 0;
    for (size_t i = 2; i <= row->more; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return (size_t)row->more + 1;
}

bool dmx_is_utf8(struct dmx_slice s)
{
    for (size_t n; s.len > 0; s = dmx_slice_from(s, n)) {
        n = utf8_bytes(s);
        if (n == 0)
            return false;
    }
    return true;
}

/*
 * comment = "(" *([FWS] ccontent) [FWS] ")"; ccontent = ctext / quoted-pair / comment
 * Nesting is counted, not recursed into: the depth is the sender's choice.
 */
static void skip_comment(struct dmx_cursor *c)
{
    size_t depth = 0;
    do {
        int ch = dmx_cursor_peek(c);
        dmx_cursor_bytes(c, ch == '\\' ? 2 : 1);
        if (ch == '(')
            depth++;
        else if (ch == ')')
            depth--;
        if (depth > DMX_MAX_COMMENT_DEPTH)
            dmx_cursor_fail(c);
    } while (depth > 0 && !c->failed);
}

/* CFWS = (1*([FWS] comment) [FWS]) / FWS */
void dmx_skip_cfws(struct dmx_cursor *c)
{
    dmx_cursor_run(c, dmx_is_fws);
    while (dmx_cursor_peek(c) == '(') {
        skip_comment(c);
        dmx_cursor_run(c, dmx_is_fws);
    }
}

/* quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE */
struct dmx_slice dmx_read_quoted(struct dmx_cursor *c)
{
    dmx_cursor_expect(c, '"');
    const char *from = c->at;
    int ch;
    while ((ch = dmx_cursor_peek(c)) != -1 && ch != '"')
        dmx_cursor_bytes(c, ch == '\\' ? 2 : 1);
    const char *to = c->at;
    dmx_cursor_expect(c, '"');
    return c->failed ? DMX_SLICE_NONE : dmx_slice(from, (size_t)(to - from));
}

/* quoted-pair = "\" (VCHAR / WSP) */
void dmx_put_unquoted(struct dmx_builder *b, struct dmx_slice quoted)
{
    for (size_t i = 0; i < quoted.len; i++) {
        if (quoted.ptr[i] == '\\' && i + 1 < quoted.len)
            i++;
        dmx_put_char(b, quoted.ptr[i]);
    }
}
