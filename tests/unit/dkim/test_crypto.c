/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * RSA with the exponent 1 opens a signature to itself, so a row writes down what a signature holds: that is compared as
 * a whole, and each near miss is a forgery that some verifier once let pass.
 */
#include <string.h>

#include "dmx/base/builder.h"
#include "dmx/dkim/crypto.h"
#include "scene.h"
#include "suite.h"

/* What is signed. */
#define TEXT DMX_SLICE("tests of dmx")
#define INFO256                                                    \
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01" \
    "\x05\x00\x04\x20"
#define INFO1 "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
/* AlgorithmIdentifier without its NULL: its lengths are two less. */
#define INFO256_NO_NULL "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"

enum { MAX = 1024, MODULUS_BYTE = 0xdd };

static struct dmx_digest_value digest_of(enum dmx_hash hash)
{
    struct dmx_digest digest;
    struct dmx_digest_value value;
    dmx_digest_init(&digest, hash);
    dmx_digest_put(&digest, TEXT);
    ck_assert(dmx_digest_end(&digest, &value));
    return value;
}

static const struct {
    const char *label;
    enum dmx_hash hash; /* that the signature is said to be made with */
    size_t modulus;
    size_t signature;      /* its length */
    struct dmx_slice info; /* what stands before the digest */
    enum dmx_hash inside;  /* whose digest that is */
    size_t padding;        /* how many FF, with x behind the digest; 0: as many as there is room for */
    unsigned char first, second, last_padding;
    enum dmx_verified want;
    bool modulus_added; /* the same number, to who forgets that it must be below the modulus */
} rows[] = {
    {"SHA-256", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff, DMX_VERIFIED, false},
    {"SHA-1", DMX_HASH_SHA1, 128, 128, DMX_SLICE(INFO1), DMX_HASH_SHA1, 0, 0, 1, 0xff, DMX_VERIFIED, false},
    {"eight FF", DMX_HASH_SHA256, 62, 62, DMX_SLICE(INFO256), DMX_HASH_SHA256, 8, 0, 1, 0xff, DMX_VERIFIED, false},
    {"seven FF", DMX_HASH_SHA256, 61, 61, DMX_SLICE(INFO256), DMX_HASH_SHA256, 7, 0, 1, 0xff, DMX_NOT_VERIFIED, false},
    {"8192 bits", DMX_HASH_SHA256, 1024, 1024, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff, DMX_VERIFIED, false},
    {"over 8192 bits", DMX_HASH_SHA256, 1025, 1025, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff,
     DMX_VERIFY_BROKEN, false},
    {"shorter than the modulus", DMX_HASH_SHA256, 128, 127, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff,
     DMX_NOT_VERIFIED, false},
    {"longer than the modulus", DMX_HASH_SHA256, 128, 129, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff,
     DMX_NOT_VERIFIED, false},
    {"none", DMX_HASH_SHA256, 128, 0, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff, DMX_NOT_VERIFIED, false},
    {"not below the modulus", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xff,
     DMX_NOT_VERIFIED, true},
    {"block type 2", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 2, 0xff, DMX_NOT_VERIFIED,
     false},
    {"other padding", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256), DMX_HASH_SHA256, 0, 0, 1, 0xfe, DMX_NOT_VERIFIED,
     false},
    {"the digest not at the end", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256), DMX_HASH_SHA256, 8, 0, 1, 0xff,
     DMX_NOT_VERIFIED, false},
    {"no NULL", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO256_NO_NULL), DMX_HASH_SHA256, 0, 0, 1, 0xff, DMX_NOT_VERIFIED,
     false},
    {"no DigestInfo", DMX_HASH_SHA256, 128, 128, DMX_SLICE(""), DMX_HASH_SHA256, 0, 0, 1, 0xff, DMX_NOT_VERIFIED,
     false},
    {"another hash's DigestInfo", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO1), DMX_HASH_SHA256, 0, 0, 1, 0xff,
     DMX_NOT_VERIFIED, false},
    {"another hash", DMX_HASH_SHA256, 128, 128, DMX_SLICE(INFO1), DMX_HASH_SHA1, 0, 0, 1, 0xff, DMX_NOT_VERIFIED,
     false},
};

/* Row i's signature: as long as the modulus, then cut or stretched in front, where nothing but a zero goes or comes. */
static struct dmx_slice signature(int i)
{
    struct dmx_digest_value digest = digest_of(rows[i].inside);
    size_t len = rows[i].modulus, tail = rows[i].info.len + digest.len, padding = rows[i].padding;
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 2 * MAX);
    if (padding == 0)
        padding = len - tail - 3;
    for (size_t at = len; at < rows[i].signature; at++)
        dmx_put_char(&b, '\0');
    dmx_put_char(&b, (char)rows[i].first);
    dmx_put_char(&b, (char)rows[i].second);
    for (size_t at = 1; at < padding; at++)
        dmx_put_char(&b, '\xff');
    dmx_put_char(&b, (char)rows[i].last_padding);
    dmx_put_char(&b, '\0');
    dmx_put(&b, rows[i].info);
    dmx_put(&b, dmx_slice((const char *)digest.bytes, digest.len));
    while (b.len < len)
        dmx_put_char(&b, 'x');
    for (size_t at = b.len, carry = 0; rows[i].modulus_added && at-- > 0; carry >>= 8) {
        carry += (size_t)(unsigned char)b.buf[at] + MODULUS_BYTE;
        b.buf[at] = (char)(carry & 0xff);
    }
    struct dmx_slice text = dmx_builder_text(&b);
    return dmx_slice_from(text, text.len - rows[i].signature);
}

START_TEST(rsa)
{
    static char modulus[2 * MAX];
    memset(modulus, MODULUS_BYTE, sizeof modulus);
    const struct dmx_public_key key = {
        .type = DMX_KEY_RSA, .modulus = dmx_slice(modulus, rows[_i].modulus), .exponent = DMX_SLICE("\x01")};
    struct dmx_digest_value digest = digest_of(rows[_i].hash);
    enum dmx_verified got = dmx_crypto_verify(&key, rows[_i].hash, &digest, signature(_i));
    ck_assert_msg(got == rows[_i].want, "%s: got %d, want %d", rows[_i].label, (int)got, (int)rows[_i].want);
}
END_TEST

/* RFC 8463 keys are of 32 bytes; OpenSSL refuses what is none. */
START_TEST(ed25519_key_of_another_length)
{
    const struct dmx_public_key key = {.type = DMX_KEY_ED25519, .point = DMX_SLICE("short")};
    struct dmx_digest_value digest = digest_of(DMX_HASH_SHA256);
    ck_assert_int_eq(dmx_crypto_verify(&key, DMX_HASH_SHA256, &digest, TEXT), DMX_VERIFY_BROKEN);
}
END_TEST

START_TEST(ready)
{
    ck_assert(dmx_crypto_rehearse());
    ck_assert(dmx_crypto_rehearse());
}
END_TEST

/* FIPS 180-4, the one-block examples: "abc". */
static const struct {
    const char *label;
    enum dmx_hash hash;
    const char *want;
} digests[] = {
    {"SHA-256", DMX_HASH_SHA256,
     "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61"
     "\xf2\x00\x15\xad"},
    {"SHA-1", DMX_HASH_SHA1, "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"},
};

START_TEST(digest)
{
    struct dmx_digest running, forked;
    struct dmx_digest_value peeked, twice, ended;
    dmx_digest_init(&running, digests[_i].hash);
    dmx_digest_put(&running, DMX_SLICE("ab"));
    dmx_digest_put(&running, DMX_SLICE_NONE);
    dmx_digest_fork(&running, &forked);
    dmx_digest_put(&running, DMX_SLICE("c"));
    dmx_digest_put(&forked, DMX_SLICE("c"));
    ck_assert(dmx_digest_peek(&running, &peeked) && dmx_digest_peek(&running, &twice));
    ck_assert(dmx_digest_end(&running, &ended));
    const struct dmx_digest_value *all[] = {&peeked, &twice, &ended};
    for (size_t i = 0; i < DMX_COUNT(all); i++) {
        ck_assert_uint_eq(all[i]->len, dmx_hash_bytes(digests[_i].hash));
        ck_assert_msg(memcmp(all[i]->bytes, digests[_i].want, all[i]->len) == 0, "%s", digests[_i].label);
    }
    ck_assert(dmx_digest_end(&forked, &ended));
    ck_assert_mem_eq(ended.bytes, digests[_i].want, ended.len);
    ck_assert(!dmx_digest_end(&forked, &ended)); /* it has been ended */
}
END_TEST

DMX_SUITE(crypto)
{
    DMX_TABLE(rsa, rows);
    DMX_TABLE(digest, digests);
    DMX_TEST(ed25519_key_of_another_length);
    DMX_TEST(ready);
}
