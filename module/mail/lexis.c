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
