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

/* Bytes of a keyword that text begins with, up to and with its "=" and the blanks around that; 0: there is none. */
static size_t keyword_len(struct dmx_slice text, struct dmx_slice *out_name)
{
    size_t n = 0;
    while (n < text.len && (dmx_is_alpha(text.ptr[n]) || text.ptr[n] == '_'))
        n++;
    *out_name = dmx_slice_upto(text, n);
    while (n > 0 && n < text.len && text.ptr[n] == ' ')
        n++;
    if (n == 0 || n == text.len || text.ptr[n] != '=')
        return 0;
    while (n + 1 < text.len && text.ptr[n + 1] == ' ')
        n++;
    return n + 1;
}

/* password, sslpassword, oauth_client_secret, scram_client_key, and what somebody may take for one of them. */
static bool is_secret(struct dmx_slice name)
{
    static const struct dmx_slice words[] = {DMX_SLICE_INIT("pass"), DMX_SLICE_INIT("pwd"), DMX_SLICE_INIT("secret"),
                                             DMX_SLICE_INIT("scram_")};
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

/* To the next keyword: a password with a blank that nobody quoted is one all the same. */
static size_t secret_len(struct dmx_slice text)
{
    struct dmx_slice name;
    size_t n = text.len > 0 && text.ptr[0] == '\'' ? quoted_len(text) : 0;
    for (; n < text.len; n++)
        if (text.ptr[n] == '&' || (text.ptr[n] == ' ' && keyword_len(dmx_slice_from(text, n + 1), &name) > 0))
            break;
    return n;
}

/* USER ":" PASSWORD "@" behind "//"; the last "@", since whoever writes one into a password may not know that it ends it. */
static void put_authority(struct dmx_builder *out, struct dmx_slice *rest)
{
    size_t at = dmx_slice_rfind(dmx_slice_upto(*rest, dmx_slice_find(*rest, '?')), '@');
    size_t colon = dmx_slice_find(*rest, ':');
    if (at >= rest->len || colon >= at || rest->ptr[at] != '@')
        return;
    dmx_put(out, dmx_slice_upto(*rest, colon + 1));
    dmx_put_cstr(out, "***");
    *rest = dmx_slice_from(*rest, at);
}

static bool starts_word(struct dmx_slice text, struct dmx_slice rest)
{
    return rest.len == text.len || (!dmx_is_alpha(rest.ptr[-1]) && rest.ptr[-1] != '_');
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
            rest = dmx_slice_from(rest, secret_len(rest));
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
