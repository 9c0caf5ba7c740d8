/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/verp.h"

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "dmx/base/siphash.h"

#include "dmx/base/banned.h"

enum { MAC_LEN = 16, NUMBER_MAX = 19 /* digits of an int64_t */ };
static const struct dmx_slice mark = DMX_SLICE_INIT("+b");

/* The key has other uses: what is hashed here is like nothing that is hashed there, since no text holds a NUL. */
static void put_mac(struct dmx_builder *out, const uint8_t key[16], int64_t delivery)
{
    static const char hex[] = "0123456789abcdef";
    char buf[40];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&b, DMX_SLICE("verp\0"));
    dmx_put_i64(&b, delivery);
    uint64_t mac = dmx_siphash(key, dmx_builder_text(&b));
    for (int i = 0; i < MAC_LEN; i++, mac <<= 4)
        dmx_put_char(out, hex[mac >> 60]);
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
static bool is_mac(const uint8_t key[16], int64_t delivery, struct dmx_slice given)
{
    char buf[MAC_LEN + 1];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    unsigned differ = 0;
    put_mac(&b, key, delivery);
    for (size_t i = 0; i < MAC_LEN; i++)
        differ |= (unsigned)(buf[i] ^ dmx_lower(given.ptr[i]));
    return differ == 0;
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
