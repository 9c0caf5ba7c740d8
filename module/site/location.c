/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/site/location.h"

#include "dmx/base/ascii.h"

#include "dmx/base/banned.h"

bool dmx_location_is_sqlite(struct dmx_slice location)
{
    return dmx_slice_starts(location, DMX_SLICE(DMX_LOCATION_SQLITE));
}

bool dmx_location_is_postgresql(struct dmx_slice location)
{
    return dmx_slice_starts(location, DMX_SLICE(DMX_LOCATION_POSTGRESQL));
}

/* What isspace() says in libpq. */
static bool is_blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* In an address a letter may be written %61. */
static bool is_name(char ch)
{
    return dmx_is_alnum(ch) || ch == '_' || ch == '%';
}

/* Bytes of a keyword that text begins with, up to and with its "=" and the blanks around that; 0: there is none. */
static size_t keyword_len(struct dmx_slice text, struct dmx_slice *out_name)
{
    size_t n = 0;
    while (n < text.len && is_name(text.ptr[n]))
        n++;
    *out_name = dmx_slice_upto(text, n);
    while (n > 0 && n < text.len && is_blank(text.ptr[n]))
        n++;
    if (n == 0 || n == text.len || text.ptr[n] != '=')
        return 0;
    while (n + 1 < text.len && is_blank(text.ptr[n + 1]))
        n++;
    return n + 1;
}

/* password, sslpassword, oauth_client_secret, scram_client_key, and what somebody may take for one of them, or hide. */
static bool is_secret(struct dmx_slice name)
{
    static const struct dmx_slice words[] = {DMX_SLICE_INIT("pass"), DMX_SLICE_INIT("pwd"), DMX_SLICE_INIT("secret"),
                                             DMX_SLICE_INIT("scram_"), DMX_SLICE_INIT("%")};
    if (dmx_slice_eq_nocase(name, DMX_SLICE("passfile")))
        return false;
    for (; name.len > 0; name = dmx_slice_from(name, 1))
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (dmx_slice_starts_nocase(name, words[i]))
                return true;
    return false;
}

/* 'it''s \' one' */
static size_t quoted_len(struct dmx_slice text)
{
    size_t n = 1;
    while (n < text.len && text.ptr[n] != '\'')
        n += text.ptr[n] == '\\' ? 2 : 1;
    return n < text.len ? n + 1 : text.len;
}

/* An address has its "//" before any keyword. */
static bool is_address(struct dmx_slice location)
{
    struct dmx_slice slashes = DMX_SLICE("//"), rest = dmx_slice_upto(location, dmx_slice_find(location, '='));
    while (rest.len > 0 && !dmx_slice_starts(rest, slashes))
        rest = dmx_slice_from(rest, 1);
    return rest.len > 0;
}

/* To the next keyword: a password with a blank that nobody quoted is one all the same. In an address & ends it. */
static size_t secret_len(struct dmx_slice text, bool ends_at_and)
{
    struct dmx_slice name;
    size_t n = text.len > 0 && text.ptr[0] == '\'' ? quoted_len(text) : 0;
    for (; n < text.len; n++)
        if ((ends_at_and && text.ptr[n] == '&') ||
            (is_blank(text.ptr[n]) && keyword_len(dmx_slice_from(text, n + 1), &name) > 0))
            break;
    return n;
}

/*
 * USER ":" PASSWORD "@" behind "//"; the last "@", since whoever writes one into a password may not know that it ends it.
 * libpq takes a "?" in it for a part of it, and who writes a "/" there may think so.
 */
static void put_authority(struct dmx_builder *out, struct dmx_slice *rest)
{
    size_t mark = dmx_slice_find(*rest, '?'), slash = dmx_slice_find(*rest, '/');
    size_t at = dmx_slice_rfind(dmx_slice_upto(*rest, mark > slash ? mark : slash), '@');
    size_t colon = dmx_slice_find(*rest, ':');
    if (at >= rest->len || colon >= at || rest->ptr[at] != '@')
        return;
    dmx_put(out, dmx_slice_upto(*rest, colon + 1));
    dmx_put_cstr(out, "***");
    *rest = dmx_slice_from(*rest, at);
}

static bool starts_word(struct dmx_slice text, struct dmx_slice rest)
{
    return rest.len == text.len || !is_name(rest.ptr[-1]);
}

void dmx_put_location(struct dmx_builder *out, struct dmx_slice location)
{
    struct dmx_slice rest = location, name;
    if (dmx_location_is_sqlite(location)) {
        dmx_put(out, location);
        return;
    }
    while (rest.len > 0) {
        size_t len = starts_word(location, rest) ? keyword_len(rest, &name) : 0;
        if (len > 0 && is_secret(name)) {
            dmx_put(out, dmx_slice_upto(rest, len));
            dmx_put_cstr(out, "***");
            rest = dmx_slice_from(rest, len);
            rest = dmx_slice_from(rest, secret_len(rest, is_address(location)));
        } else if (dmx_slice_starts(rest, DMX_SLICE("//"))) {
            dmx_put_cstr(out, "//");
            rest = dmx_slice_from(rest, 2);
            put_authority(out, &rest);
        } else {
            dmx_put_char(out, rest.ptr[0]);
            rest = dmx_slice_from(rest, 1);
        }
    }
}
