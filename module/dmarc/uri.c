/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dmarc/uri.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

/* RFC 3986 section 2: the bytes that may stand for themselves; '%' is looked at apart. */
static bool is_uri_char(char ch)
{
    const struct dmx_slice marks = DMX_SLICE("-._~:/?#[]@!$&'()*+,;=");
    return dmx_is_alnum(ch) || dmx_slice_find(marks, ch) < marks.len;
}

static bool is_size_unit(char ch)
{
    const struct dmx_slice units = DMX_SLICE("kmgt");
    return dmx_slice_find(units, dmx_lower(ch)) < units.len;
}

/* pct-encoded = "%" HEXDIG HEXDIG. The byte, or -1. */
static int decode_at(struct dmx_slice s, size_t at)
{
    if (s.len - at < 3)
        return -1;
    int high = dmx_hex_value(s.ptr[at + 1]), low = dmx_hex_value(s.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool has_uri_chars(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' ? decode_at(s, i) < 0 : !is_uri_char(s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
static bool is_scheme(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.ptr[i];
        if (!dmx_is_alpha(ch) && (i == 0 || !(dmx_is_digit(ch) || ch == '+' || ch == '-' || ch == '.')))
            return false;
    }
    return s.len > 0;
}

/*
 * Whether the address, once decoded, is printable and has an @ with text on both sides: no byte may end a header line.
 * A bare "!" that is left is a size that cannot be read, and no part of anybody's address.
 */
static bool is_recipient(struct dmx_slice s)
{
    size_t length = 0, at = 0;
    bool has_at = false;
    for (size_t i = 0; i < s.len; i++, length++) {
        int byte = s.ptr[i] == '%' ? decode_at(s, i) : (unsigned char)s.ptr[i];
        if (byte <= ' ' || byte >= 0x7f || s.ptr[i] == '!')
            return false;
        if (byte == '@') {
            has_at = true;
            at = length;
        }
        i += s.ptr[i] == '%' ? 2 : 0;
    }
    return has_at && at > 0 && at + 1 < length;
}

/* RFC 7489 section 6.2: dmarc-uri = URI [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]; a "!" of the URI is written %21. */
static struct dmx_slice cut_size(struct dmx_slice s, struct dmx_slice *out_size)
{
    size_t mark = dmx_slice_rfind(s, '!');
    struct dmx_slice size = dmx_slice_from(s, mark + (mark < s.len)), digits = size;
    if (digits.len > 1 && is_size_unit(digits.ptr[digits.len - 1]))
        digits.len--;
    *out_size = (struct dmx_slice){size.ptr, 0};
    for (size_t i = 0; i < digits.len; i++) {
        if (!dmx_is_digit(digits.ptr[i]))
            return s;
    }
    if (digits.len == 0)
        return s;
    *out_size = size;
    return dmx_slice_upto(s, mark);
}

static bool parse_uri(struct dmx_slice part, struct dmx_report_uri *out)
{
    out->text = cut_size(part, &out->size);
    out->recipient = dmx_slice(out->text.ptr, 0);
    size_t colon = dmx_slice_find(out->text, ':');
    struct dmx_slice scheme = dmx_slice_upto(out->text, colon), rest = dmx_slice_from(out->text, colon + 1);
    if (colon == out->text.len || !is_scheme(scheme) || !has_uri_chars(rest))
        return false;
    if (!dmx_slice_eq_nocase(scheme, DMX_SLICE("mailto")))
        return true;
    /* RFC 6068: header fields may follow the address; nothing of them is used. */
    out->recipient = dmx_slice_upto(rest, dmx_slice_find(rest, '?'));
    return is_recipient(out->recipient);
}

/* dmarc-urilist = dmarc-uri *(*WSP "," *WSP dmarc-uri) */
bool dmx_report_uri_next(struct dmx_slice *rest, struct dmx_report_uri *out)
{
    struct dmx_slice part;
    while (rest->ptr && dmx_slice_split(rest, ',', &part)) {
        if (parse_uri(dmx_slice_trim(part), out))
            return true;
    }
    return false;
}

bool dmx_report_uri_address(const struct dmx_report_uri *uri, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct dmx_slice s = uri->recipient;
    struct dmx_builder b = dmx_builder_arena(arena, s.len);
    for (size_t i = 0; i < s.len; i++) {
        dmx_put_char(&b, s.ptr[i] == '%' ? (char)decode_at(s, i) : s.ptr[i]);
        i += s.ptr[i] == '%' ? 2 : 0;
    }
    *out = dmx_builder_text(&b);
    return s.len > 0 && !b.failed;
}
