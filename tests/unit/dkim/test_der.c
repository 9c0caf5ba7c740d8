/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "../../../module/dkim/der.h"
#include "../../../module/dkim/limits.h"
#include "scene.h"
#include "suite.h"

/* An element with its length in the fewest octets. */
static struct dmx_slice element(char tag, struct dmx_slice contents)
{
    struct dmx_builder b = dmx_builder_arena(scene_arena(), contents.len + 8);
    dmx_put_char(&b, tag);
    if (contents.len >= 0x100) {
        dmx_put_char(&b, '\x82');
        dmx_put_be16(&b, (uint16_t)contents.len);
    } else {
        if (contents.len >= 0x80)
            dmx_put_char(&b, '\x81');
        dmx_put_char(&b, (char)contents.len);
    }
    dmx_put(&b, contents);
    return dmx_builder_text(&b);
}

static struct dmx_slice join(struct dmx_slice a, struct dmx_slice c)
{
    struct dmx_builder b = dmx_builder_arena(scene_arena(), a.len + c.len + 1);
    dmx_put(&b, a);
    dmx_put(&b, c);
    return dmx_builder_text(&b);
}

/* INTEGER of so many bits, its first and last octet as given. */
static struct dmx_slice number(size_t bits, char last)
{
    struct dmx_builder b = dmx_builder_arena(scene_arena(), bits / 8 + 8);
    if (bits % 8 == 0)
        dmx_put_char(&b, '\0');
    dmx_put_char(&b, (char)(1u << (bits + 7) % 8));
    for (size_t i = 1; i < (bits + 7) / 8; i++)
        dmx_put_char(&b, i + 1 < (bits + 7) / 8 ? 'x' : last);
    return element(0x02, dmx_builder_text(&b));
}

static struct dmx_slice rsa_key(size_t bits, struct dmx_slice exponent)
{
    return element(0x30, join(number(bits, 1), element(0x02, exponent)));
}

#define E65537  DMX_SLICE("\x01\x00\x01")
#define RSA_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"

static struct dmx_slice info(struct dmx_slice algorithm, struct dmx_slice key)
{
    return element(0x30, join(element(0x30, algorithm), element(0x03, join(DMX_SLICE("\0"), key))));
}

static const struct {
    const char *label;
    size_t bits;
    const char *token; /* NULL: accepted */
} sizes[] = {
    {"one below the least", DMX_RSA_MIN_BITS - 1, "key-too-small"},
    {"the least", DMX_RSA_MIN_BITS, NULL},
    {"one above the least", DMX_RSA_MIN_BITS + 1, NULL},
    {"odd size", 1023, NULL},
    {"1024", 1024, NULL},
    {"2048", 2048, NULL},
    {"one below the most", DMX_RSA_MAX_BITS - 1, NULL},
    {"the most", DMX_RSA_MAX_BITS, NULL},
    {"one above the most", DMX_RSA_MAX_BITS + 1, "key-too-large"},
    {"16 kbit", 16384, "key-too-large"},
};

START_TEST(size)
{
    struct dmx_slice bare = rsa_key(sizes[_i].bits, E65537);
    struct dmx_slice forms[] = {bare, info(DMX_SLICE(RSA_OID "\x05\x00"), bare), info(DMX_SLICE(RSA_OID), bare)};
    for (size_t i = 0; i < DMX_COUNT(forms); i++) {
        struct dmx_rsa_key key;
        struct dmx_reason reason = DMX_REASON_NONE;
        bool ok = dmx_der_rsa_key(forms[i], &key, &reason);
        ck_assert_msg(ok == !sizes[_i].token, "%s: form %zu", sizes[_i].label, i);
        if (!ok) {
            ck_assert_str_eq(reason.token, sizes[_i].token);
            continue;
        }
        ck_assert_uint_eq(key.bits, sizes[_i].bits);
        ck_assert_uint_eq(key.modulus.len, (sizes[_i].bits + 7) / 8);
        ck_assert(dmx_slice_eq(key.exponent, E65537));
    }
}
END_TEST

static const struct {
    const char *label;
    struct dmx_slice exponent;
    const char *token;
} exponents[] = {
    {"3", DMX_SLICE_INIT("\x03"), NULL},
    {"17", DMX_SLICE_INIT("\x11"), NULL},
    {"255", DMX_SLICE_INIT("\x00\xff"), NULL},
    {"2^32 - 1", DMX_SLICE_INIT("\x00\xff\xff\xff\xff"), NULL},
    {"2^32 + 1", DMX_SLICE_INIT("\x01\x00\x00\x00\x01"), "key-exponent"},
    {"0", DMX_SLICE_INIT("\x00"), "key-exponent"},
    {"1", DMX_SLICE_INIT("\x01"), "key-exponent"},
    {"2", DMX_SLICE_INIT("\x02"), "key-exponent"},
    {"65536", DMX_SLICE_INIT("\x01\x00\x00"), "key-exponent"},
    {"negative", DMX_SLICE_INIT("\x81"), "key-not-rsa"},
    {"padded", DMX_SLICE_INIT("\x00\x03"), "key-not-rsa"},
    {"empty", DMX_SLICE_INIT(""), "key-not-rsa"},
};

START_TEST(exponent)
{
    struct dmx_rsa_key key;
    struct dmx_reason reason = DMX_REASON_NONE;
    bool ok = dmx_der_rsa_key(rsa_key(1024, exponents[_i].exponent), &key, &reason);
    ck_assert_msg(ok == !exponents[_i].token, "%s", exponents[_i].label);
    if (!ok)
        ck_assert_str_eq(reason.token, exponents[_i].token);
}
END_TEST

/* No text that is cut, and none that goes on, is a key. */
START_TEST(whole_text_only)
{
    struct dmx_rsa_key key;
    struct dmx_reason reason;
    struct dmx_slice whole = info(DMX_SLICE(RSA_OID "\x05\x00"), rsa_key(1024, E65537));
    ck_assert(dmx_der_rsa_key(whole, &key, &reason));
    for (size_t len = 0; len < whole.len; len++)
        ck_assert_msg(!dmx_der_rsa_key(dmx_slice_upto(whole, len), &key, &reason), "cut at %zu", len);
    ck_assert(!dmx_der_rsa_key(join(whole, DMX_SLICE("\0")), &key, &reason));
    ck_assert(!dmx_der_rsa_key(join(rsa_key(1024, E65537), DMX_SLICE("\0")), &key, &reason));
}
END_TEST

static const struct {
    const char *label;
    struct dmx_slice algorithm;
} algorithms[] = {
    {"rsaPSS", DMX_SLICE_INIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")},
    {"Ed25519", DMX_SLICE_INIT("\x06\x03\x2b\x65\x70")},
    {"none", DMX_SLICE_INIT("")},
    {"NULL with contents", DMX_SLICE_INIT(RSA_OID "\x05\x01\x00")},
    {"something behind NULL", DMX_SLICE_INIT(RSA_OID "\x05\x00\x05\x00")},
    {"parameters of another type", DMX_SLICE_INIT(RSA_OID "\x04\x00")},
    {"long form of a short length", DMX_SLICE_INIT("\x06\x81\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")},
    {"indefinite length", DMX_SLICE_INIT("\x06\x80\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x00\x00")},
    {"length of four octets", DMX_SLICE_INIT("\x06\x84\x00\x00\x00\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")},
};

START_TEST(other_algorithm)
{
    struct dmx_rsa_key key;
    struct dmx_reason reason;
    ck_assert_msg(!dmx_der_rsa_key(info(algorithms[_i].algorithm, rsa_key(1024, E65537)), &key, &reason), "%s",
                  algorithms[_i].label);
    ck_assert_str_eq(reason.token, "key-not-rsa");
}
END_TEST

START_TEST(even_modulus)
{
    struct dmx_rsa_key key;
    struct dmx_reason reason;
    ck_assert(!dmx_der_rsa_key(element(0x30, join(number(1024, 2), element(0x02, E65537))), &key, &reason));
    ck_assert_str_eq(reason.token, "key-modulus");
}
END_TEST

START_TEST(unused_bits)
{
    struct dmx_rsa_key key;
    struct dmx_reason reason;
    struct dmx_slice bits = element(0x03, join(DMX_SLICE("\x01"), rsa_key(1024, E65537)));
    ck_assert(!dmx_der_rsa_key(element(0x30, join(element(0x30, DMX_SLICE(RSA_OID)), bits)), &key, &reason));
}
END_TEST

DMX_SUITE(der)
{
    DMX_TABLE(size, sizes);
    DMX_TABLE(exponent, exponents);
    DMX_TEST(whole_text_only);
    DMX_TABLE(other_algorithm, algorithms);
    DMX_TEST(even_modulus);
    DMX_TEST(unused_bits);
}
