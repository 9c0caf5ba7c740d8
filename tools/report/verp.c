/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/verp.h"

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "dmx/base/siphash.h"

#include "dmx/base/banned.h"

enum { MAC_LEN = 16, NUMBER_MAX = 19 /* digits of an int64_t */, ADDRESS_MAX = 320 };
static const struct dmx_slice mark = DMX_SLICE_INIT("+b");

static const struct dmx_slice failure_mark = DMX_SLICE_INIT("+bf");

static void put_mac_of(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice text)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t mac = dmx_siphash(key, text);
    for (int i = 0; i < MAC_LEN; i++, mac <<= 4)
        dmx_put_char(out, hex[mac >> 60]);
}

/* The key has other uses: what is hashed here is like nothing that is hashed there, since no text holds a NUL. */
static void put_mac(struct dmx_builder *out, const uint8_t key[16], int64_t delivery)
{
    char buf[40];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&b, DMX_SLICE("verp\0"));
    dmx_put_i64(&b, delivery);
    put_mac_of(out, key, dmx_builder_text(&b));
}

/* Of an address in any case of its letters: not every mail server on the way keeps them. */
static void put_address_mac(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice address)
{
    char buf[ADDRESS_MAX + 16];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&b, DMX_SLICE("failure verp\0"));
    dmx_put_lower(&b, dmx_slice_upto(address, ADDRESS_MAX));
    put_mac_of(out, key, dmx_builder_text(&b));
}

void dmx_put_failure_verp(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice email,
                          struct dmx_slice recipient)
{
    char buf[DMX_VERP_LOCAL_MAX + 1];
    struct dmx_builder local = dmx_builder_fixed(buf, sizeof buf);
    size_t at = dmx_slice_rfind(email, '@');
    dmx_put(&local, dmx_slice_upto(email, at));
    dmx_put(&local, failure_mark);
    put_address_mac(&local, key, recipient);
    out->failed |= local.failed;
    dmx_put(out, dmx_builder_text(&local));
    dmx_put(out, dmx_slice_from(email, at));
}

void dmx_put_verp(struct dmx_builder *out, const uint8_t key[16], struct dmx_slice email, int64_t delivery)
{
    char buf[DMX_VERP_LOCAL_MAX + 1];
    struct dmx_builder local = dmx_builder_fixed(buf, sizeof buf);
    size_t at = dmx_slice_rfind(email, '@');
    dmx_put(&local, dmx_slice_upto(email, at));
    dmx_put(&local, mark);
    dmx_put_i64(&local, delivery);
    dmx_put_char(&local, '-');
    put_mac(&local, key, delivery);
    out->failed |= local.failed;
    dmx_put(out, dmx_builder_text(&local));
    dmx_put(out, dmx_slice_from(email, at));
}

/* All bytes are compared, however early they differ: the time says nothing about the right ones. */
static bool is_same(const char mac[static MAC_LEN], struct dmx_slice given)
{
    unsigned differ = 0;
    for (size_t i = 0; i < MAC_LEN; i++)
        differ |= (unsigned)(mac[i] ^ dmx_lower(given.ptr[i]));
    return differ == 0;
}

static bool is_mac(const uint8_t key[16], int64_t delivery, struct dmx_slice given)
{
    char buf[MAC_LEN + 1];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    put_mac(&b, key, delivery);
    return is_same(buf, given);
}

/* delivery "-" mac at the start of a text. */
static bool read_token(const uint8_t key[16], struct dmx_slice text, int64_t *out)
{
    uint64_t number;
    size_t digits = 0;
    while (digits < text.len && digits <= NUMBER_MAX && dmx_is_digit(text.ptr[digits]))
        digits++;
    if (digits + 1 + MAC_LEN > text.len || text.ptr[digits] != '-' ||
        !dmx_parse_u64(dmx_slice_upto(text, digits), INT64_MAX, &number))
        return false;
    *out = (int64_t)number;
    return is_mac(key, *out, dmx_slice_from(text, digits + 1));
}

bool dmx_verp_find(const uint8_t key[16], struct dmx_slice text, int64_t *out_delivery)
{
    for (size_t at = dmx_slice_find(text, '+'); at < text.len; at = dmx_slice_find(text, '+')) {
        text = dmx_slice_from(text, at);
        if (dmx_slice_starts_nocase(text, mark) && read_token(key, dmx_slice_from(text, mark.len), out_delivery))
            return true;
        text = dmx_slice_from(text, 1);
    }
    return false;
}

/* ---- failure reports ---- */

static bool is_atext(char ch)
{
    const struct dmx_slice marks = DMX_SLICE("!#$%&'*+-/=?^_`{|}~.");
    return dmx_is_alnum(ch) || dmx_slice_find(marks, ch) < marks.len;
}

static bool is_name(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '.';
}

/* The address around an @, without a full stop behind it. */
static struct dmx_slice address_around(struct dmx_slice message, size_t at)
{
    size_t start = at, end = at + 1;
    while (start > 0 && at - start < DMX_VERP_LOCAL_MAX && is_atext(message.ptr[start - 1]))
        start--;
    while (end < message.len && end - start < ADDRESS_MAX && is_name(message.ptr[end]))
        end++;
    while (end > at + 1 && message.ptr[end - 1] == '.')
        end--;
    return dmx_slice(message.ptr + start, end - start);
}

/* The first token, whoever made it: its mac is compared with those of addresses. */
static bool find_mark(struct dmx_slice text, struct dmx_slice *out_mac)
{
    for (size_t at = dmx_slice_find(text, '+'); at < text.len; at = dmx_slice_find(text, '+')) {
        text = dmx_slice_from(text, at);
        *out_mac = dmx_slice_upto(dmx_slice_from(text, failure_mark.len), MAC_LEN);
        size_t digits = 0;
        while (digits < out_mac->len && dmx_hex_value(out_mac->ptr[digits]) >= 0)
            digits++;
        if (dmx_slice_starts_nocase(text, failure_mark) && digits == MAC_LEN)
            return true;
        text = dmx_slice_from(text, 1);
    }
    return false;
}

bool dmx_failure_verp_find(const uint8_t key[16], struct dmx_slice text, struct dmx_slice message,
                           struct dmx_slice *out_address)
{
    struct dmx_slice mac;
    if (!find_mark(text, &mac))
        return false;
    for (size_t at = 0; at < message.len; at++) {
        char buf[MAC_LEN + 1];
        struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
        if (message.ptr[at] != '@')
            continue;
        *out_address = address_around(message, at);
        put_address_mac(&b, key, *out_address);
        if (is_same(buf, mac))
            return true;
    }
    return false;
}
