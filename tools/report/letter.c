/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "letter.h"

#include <time.h>

#include "dmx/base/ascii.h"
#include "dmx/base/base64.h"
#include "dmx/base/utf8.h"
#include "dmx/mail/domain.h"

#include "dmx/base/banned.h"

enum {
    ENCODED_WORD_MAX = 45, /* bytes that make a word of 75 with =?utf-8?B? and ?= around them (RFC 2047 section 2) */
    BASE64_LINE_IN = 57,   /* bytes that make a line of 76 (RFC 2045 section 6.8) */
};

/* ---- addresses ---- */

static bool is_special_free(struct dmx_slice local)
{
    const struct dmx_slice marks = DMX_SLICE("!#$%&'*+-/=?^_`{|}~.");
    for (size_t i = 0; i < local.len; i++)
        if (!dmx_is_alnum(local.ptr[i]) && dmx_slice_find(marks, local.ptr[i]) == marks.len)
            return false;
    return local.len > 0 && local.ptr[0] != '.' && local.ptr[local.len - 1] != '.';
}

/* local-part = dot-atom / quoted-string; two dots in a row need quotes as well */
static void put_local(struct dmx_builder *out, struct dmx_slice local)
{
    bool plain = is_special_free(local);
    for (size_t i = 1; i < local.len && plain; i++)
        plain = local.ptr[i] != '.' || local.ptr[i - 1] != '.';
    if (!plain)
        dmx_put_char(out, '"');
    for (size_t i = 0; i < local.len; i++) {
        if (!plain && (local.ptr[i] == '"' || local.ptr[i] == '\\'))
            dmx_put_char(out, '\\');
        dmx_put_char(out, local.ptr[i]);
    }
    if (!plain)
        dmx_put_char(out, '"');
}

void letter_put_address(struct dmx_builder *out, struct dmx_slice address)
{
    size_t at = dmx_slice_rfind(address, '@');
    put_local(out, dmx_slice_upto(address, at));
    dmx_put(out, dmx_slice_from(address, at));
}

bool letter_is_address(struct dmx_slice address)
{
    size_t at = dmx_slice_rfind(address, '@');
    if (at == 0 || at + 1 >= address.len || address.len > LETTER_ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < address.len; i++) {
        char ch = address.ptr[i];
        if (!dmx_is_vchar(ch) || (i > at && !dmx_is_alnum(ch) && ch != '-' && ch != '.' && ch != '_'))
            return false;
    }
    return true;
}

bool letter_is_name(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!dmx_is_alnum(text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '.' && text.ptr[i] != '_')
            return false;
    return text.len > 0 && text.len <= DMX_MAX_DOMAIN;
}

bool letter_is_ascii(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* RFC 2047: words of at most 75 bytes, whole characters in each. */
static void put_encoded_words(struct dmx_builder *out, struct dmx_slice text)
{
    while (text.len > 0) {
        size_t n = 0, step;
        while (n < text.len && (step = dmx_utf8_next(dmx_slice_from(text, n))) > 0 && n + step <= ENCODED_WORD_MAX)
            n += step;
        if (n == 0)
            return;
        dmx_put_cstr(out, "=?utf-8?B?");
        dmx_put_base64(out, dmx_slice_upto(text, n));
        dmx_put_cstr(out, "?=");
        text = dmx_slice_from(text, n);
        dmx_put_cstr(out, text.len > 0 ? "\n " : "");
    }
}

void letter_put_display_name(struct dmx_builder *out, struct dmx_slice name)
{
    if (!letter_is_ascii(name)) {
        put_encoded_words(out, name);
        return;
    }
    dmx_put_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\')
            dmx_put_char(out, '\\');
        dmx_put_char(out, dmx_is_vchar(name.ptr[i]) ? name.ptr[i] : ' ');
    }
    dmx_put_char(out, '"');
}

static void put_two(struct dmx_builder *out, int number)
{
    dmx_put_char(out, (char)('0' + number / 10 % 10));
    dmx_put_char(out, (char)('0' + number % 10));
}

void letter_put_date(struct dmx_builder *out, int64_t time_s)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t when = (time_t)time_s;
    if (!gmtime_r(&when, &tm))
        return;
    dmx_put(out, dmx_slice(days + 3 * tm.tm_wday, 3));
    dmx_put_cstr(out, ", ");
    put_two(out, tm.tm_mday);
    dmx_put_char(out, ' ');
    dmx_put(out, dmx_slice(months + 3 * tm.tm_mon, 3));
    dmx_put_char(out, ' ');
    dmx_put_i64(out, tm.tm_year + 1900);
    dmx_put_char(out, ' ');
    put_two(out, tm.tm_hour);
    dmx_put_char(out, ':');
    put_two(out, tm.tm_min);
    dmx_put_char(out, ':');
    put_two(out, tm.tm_sec);
    dmx_put_cstr(out, " +0000");
}

/* ---- base64 ---- */

void letter_put_base64(struct dmx_builder *out, struct dmx_slice bytes, const char *before)
{
    while (bytes.len > 0) {
        dmx_put_cstr(out, before);
        dmx_put_base64(out, dmx_slice_upto(bytes, BASE64_LINE_IN));
        dmx_put_char(out, '\n');
        bytes = dmx_slice_from(bytes, BASE64_LINE_IN);
    }
}

void letter_put_text(struct dmx_builder *out, struct dmx_slice text)
{
    if (letter_is_ascii(text)) {
        dmx_put_cstr(out, "Content-Type: text/plain; charset=us-ascii\n\n");
        dmx_put(out, text);
        return;
    }
    dmx_put_cstr(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
    letter_put_base64(out, text, "");
}
