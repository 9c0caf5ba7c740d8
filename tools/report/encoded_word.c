/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "encoded_word.h"

#include "dmx/base/ascii.h"
#include "dmx/base/base64.h"

#include "dmx/base/banned.h"

/* One of them, in its parts. */
struct word {
    bool readable; /* its charset is one */
    char encoding; /* 'b' or 'q' */
    struct dmx_slice text;
    size_t len; /* with all around it */
};

enum { WORD_MAX = 1000 }; /* RFC 2047 allows 75; what readers show as one may be longer */

bool encoded_is_readable(struct dmx_slice charset)
{
    static const struct dmx_slice prefixes[] = {DMX_SLICE_INIT("utf-8"),       DMX_SLICE_INIT("us-ascii"),
                                                DMX_SLICE_INIT("ascii"),       DMX_SLICE_INIT("iso-8859-"),
                                                DMX_SLICE_INIT("windows-125"), DMX_SLICE_INIT("koi8-")};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (dmx_slice_starts_nocase(charset, prefixes[i]))
            return true;
    return charset.len == 0;
}

/* In words also those of East Asia: some of their letters have bytes that look like an at sign, none hides one. */
static bool is_readable_in_words(struct dmx_slice charset)
{
    static const struct dmx_slice prefixes[] = {DMX_SLICE_INIT("iso-2022-"), DMX_SLICE_INIT("shift_jis"),
                                                DMX_SLICE_INIT("euc-"),      DMX_SLICE_INIT("gb2312"),
                                                DMX_SLICE_INIT("gbk"),       DMX_SLICE_INIT("gb18030"),
                                                DMX_SLICE_INIT("big5"),      DMX_SLICE_INIT("windows-874")};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (dmx_slice_starts_nocase(charset, prefixes[i]))
            return true;
    return encoded_is_readable(charset);
}

/* encoded-word = "=?" charset "?" encoding "?" encoded-text "?="; readers take blanks in the text, which RFC 2047 does not. */
static bool read_word(struct dmx_slice text, struct word *out)
{
    struct dmx_slice rest = dmx_slice_upto(text, WORD_MAX);
    if (!dmx_slice_starts(rest, DMX_SLICE("=?")))
        return false;
    rest = dmx_slice_from(rest, 2);
    size_t charset = dmx_slice_find(rest, '?');
    struct dmx_slice encoding = dmx_slice_from(rest, charset + 1);
    if (charset == rest.len || encoding.len < 2 || encoding.ptr[1] != '?')
        return false;
    out->encoding = dmx_lower(encoding.ptr[0]);
    out->text = dmx_slice_from(encoding, 2);
    size_t end = 0;
    while (end < out->text.len && !dmx_slice_starts(dmx_slice_from(out->text, end), DMX_SLICE("?=")))
        end++;
    if (!dmx_slice_starts(dmx_slice_from(out->text, end), DMX_SLICE("?=")))
        return false;
    out->text = dmx_slice_upto(out->text, end);
    out->readable = is_readable_in_words(dmx_slice_upto(rest, charset));
    out->len = (size_t)(out->text.ptr + end - text.ptr) + 2;
    return out->encoding == 'b' || out->encoding == 'q';
}

/* hexdigit of RFC 2045 section 6.7, and soft line breaks in bodies. How much of the text was used; 0: it is not encoded. */
static size_t decode_equals(struct dmx_slice text, bool is_body, struct dmx_builder *out)
{
    int high = text.len > 2 ? dmx_hex_value(text.ptr[1]) : -1, low = text.len > 2 ? dmx_hex_value(text.ptr[2]) : -1;
    if (high >= 0 && low >= 0) {
        dmx_put_char(out, (char)(16 * high + low));
        return 3;
    }
    size_t n = 1;
    while (n < text.len && (dmx_is_wsp(text.ptr[n]) || text.ptr[n] == '\r'))
        n++;
    if (is_body && n < text.len && text.ptr[n] == '\n')
        return n + 1;
    return is_body && n == text.len ? n : 0;
}

void encoded_put_q(struct dmx_builder *out, struct dmx_slice text, bool is_body)
{
    while (text.len > 0) {
        size_t n = text.ptr[0] == '=' ? decode_equals(text, is_body, out) : 0;
        if (n == 0) {
            dmx_put_char(out, !is_body && text.ptr[0] == '_' ? ' ' : text.ptr[0]);
            n = 1;
        }
        text = dmx_slice_from(text, n);
    }
}

void encoded_put_base64(struct dmx_builder *out, struct dmx_slice text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = dmx_base64_value(text.ptr[i]);
        if (value < 0) {
            /* What follows padding begins anew: encoders put pieces together. */
            count = text.ptr[i] == '=' ? 0 : count;
            continue;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        dmx_put_char(out, (char)(bits >> count & 0xff));
    }
}

size_t encoded_words(struct dmx_slice text, struct dmx_arena *arena, struct dmx_slice *out, bool *out_readable)
{
    struct word word;
    size_t len = 0;
    *out_readable = true;
    if (!read_word(text, &word))
        return 0;
    struct dmx_builder decoded = dmx_builder_arena(arena, text.len + 1);
    for (size_t at = 0; read_word(dmx_slice_from(text, at), &word);) {
        if (word.encoding == 'b')
            encoded_put_base64(&decoded, word.text);
        else
            encoded_put_q(&decoded, word.text, false);
        *out_readable &= word.readable;
        at = len = at + word.len;
        while (at < text.len && dmx_is_fws(text.ptr[at]))
            at++;
    }
    *out = dmx_builder_text(&decoded);
    return len;
}
