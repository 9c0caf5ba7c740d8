/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "display_name.h"

#include "dmx/base/ascii.h"
#include "dmx/base/base64.h"
#include "dmx/base/builder.h"
#include "dmx/base/cursor.h"
#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

enum { MAX_TRIES = 64 }; /* addresses looked at in one name: each costs a conversion */

/* RFC 2047 section 4.2: "_" is a blank, "=" and two digits a byte. */
static void put_q(struct dmx_builder *out, struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = text.len - i > 2 ? dmx_hex_value(text.ptr[i + 1]) : -1;
        int low = text.len - i > 2 ? dmx_hex_value(text.ptr[i + 2]) : -1;
        if (text.ptr[i] == '=' && high >= 0 && low >= 0) {
            dmx_put_char(out, (char)(high * 16 + low));
            i += 2;
        } else {
            dmx_put_char(out, text.ptr[i] == '_' ? ' ' : text.ptr[i]);
        }
    }
}

static void put_b(struct dmx_builder *out, struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_slice bytes;
    if (dmx_base64_decode(text, arena, &bytes))
        dmx_put(out, bytes);
}

static bool is_not_question(char ch)
{
    return ch != '?' && !dmx_is_fws(ch);
}

/* encoded-word = "=?" charset "?" encoding "?" encoded-text "?=". False, and *c as it was, for anything else. */
static bool take_encoded_word(struct dmx_cursor *c, struct dmx_builder *out, struct dmx_arena *arena)
{
    struct dmx_cursor try = *c;
    dmx_cursor_expect(&try, '=');
    dmx_cursor_expect(&try, '?');
    dmx_cursor_run(&try, is_not_question);
    dmx_cursor_expect(&try, '?');
    struct dmx_slice encoding = dmx_cursor_run(&try, is_not_question);
    dmx_cursor_expect(&try, '?');
    struct dmx_slice text = dmx_cursor_run(&try, is_not_question);
    dmx_cursor_expect(&try, '?');
    dmx_cursor_expect(&try, '=');
    bool q = dmx_slice_eq_nocase(encoding, DMX_SLICE("q"));
    if (try.failed || (!q && !dmx_slice_eq_nocase(encoding, DMX_SLICE("b"))))
        return false;
    if (q)
        put_q(out, text);
    else
        put_b(out, text, arena);
    *c = try;
    return true;
}

/* RFC 2047 section 6.2: white space between two encoded words is not shown. */
static void skip_between_words(struct dmx_cursor *c)
{
    struct dmx_cursor ahead = *c;
    dmx_cursor_run(&ahead, dmx_is_fws);
    if (dmx_cursor_accept(&ahead, '=') && dmx_cursor_peek(&ahead) == '?')
        dmx_cursor_run(c, dmx_is_fws);
}

/* U+FF20 and U+FE6B look like the sign that they are named after. */
static struct dmx_slice with_plain_ats(struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, DMX_SHOWN_MAX);
    for (size_t i = 0; i < text.len; i++) {
        struct dmx_slice rest = dmx_slice_from(text, i);
        if (dmx_slice_starts(rest, DMX_SLICE("\xef\xbc\xa0")) || dmx_slice_starts(rest, DMX_SLICE("\xef\xb9\xab"))) {
            dmx_put_char(&out, '@');
            i += 2;
        } else {
            dmx_put_char(&out, text.ptr[i]);
        }
    }
    return dmx_builder_text(&out);
}

struct dmx_slice dmx_shown(struct dmx_slice value, struct dmx_arena *arena)
{
    struct dmx_cursor c = dmx_cursor_from(value);
    if (value.len > DMX_SHOWN_MAX)
        return DMX_SLICE("");
    struct dmx_builder out = dmx_builder_arena(arena, DMX_SHOWN_MAX);
    while (!dmx_cursor_at_end(&c)) {
        if (take_encoded_word(&c, &out, arena)) {
            skip_between_words(&c);
            continue;
        }
        if (dmx_cursor_peek(&c) == '\\' && dmx_cursor_left(&c) > 1)
            dmx_cursor_bytes(&c, 1);
        dmx_put(&out, dmx_cursor_bytes(&c, 1));
    }
    return with_plain_ats(dmx_builder_text(&out), arena);
}

static bool is_name_byte(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '_' || ch == '.' || (unsigned char)ch >= 0x80;
}

struct dmx_slice dmx_shown_foreign_domain(struct dmx_slice shown, struct dmx_slice own, struct dmx_arena *arena)
{
    size_t tries = 0;
    for (size_t i = 1; i < shown.len && tries < MAX_TRIES; i++) {
        if (shown.ptr[i] != '@' || !is_name_byte(shown.ptr[i - 1]))
            continue;
        struct dmx_cursor c = dmx_cursor_from(dmx_slice_from(shown, i + 1));
        struct dmx_slice text = dmx_cursor_run(&c, is_name_byte), domain;
        while (text.len > 0 && text.ptr[text.len - 1] == '.')
            text.len--;
        if (dmx_slice_find(text, '.') == text.len)
            continue;
        tries++;
        if (dmx_domain_normalise(text, arena, &domain) && !dmx_domain_within(domain, own) &&
            !dmx_domain_within(own, domain))
            return domain;
    }
    return DMX_SLICE_NONE;
}
