/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The little cryptography that verifying needs, for DKIM and ARC. crypto.c is the only file that includes OpenSSL;
 * none of its types are seen here. Nothing of OpenSSL is touched before the first call of dmx_crypto_rehearse,
 * dmx_digest_init or dmx_crypto_verify in a process.
 */
#ifndef DMX_DKIM_CRYPTO_H
#define DMX_DKIM_CRYPTO_H

#include <stdint.h>

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

enum dmx_hash { DMX_HASH_SHA256 = 0, DMX_HASH_SHA1 };
enum dmx_key_type { DMX_KEY_RSA = 0, DMX_KEY_ED25519 };

enum { DMX_HASHES = 2, DMX_DIGEST_MAX = 32 };

struct dmx_digest_value {
    uint8_t bytes[DMX_DIGEST_MAX];
    size_t len;
};

/* A hash on its way; sticky error. Every digest that was inited is ended or deinited once. */
struct dmx_digest {
    void *machine;
    bool failed;
};

/* Numbers as big-endian bytes without leading zeros; for Ed25519 point is the key of RFC 8032. */
struct dmx_public_key {
    enum dmx_key_type type;
    unsigned bits;
    struct dmx_slice modulus;
    struct dmx_slice exponent;
    struct dmx_slice point;
};

enum dmx_verified {
    DMX_VERIFIED = 0,
    DMX_NOT_VERIFIED,  /* the signature is not of this key over this digest */
    DMX_VERIFY_BROKEN, /* no memory, or a key that OpenSSL refuses */
};

/*
 * Fetches all that can be fetched beforehand, for a daemon that forks: verifies a signature of each type that cannot be
 * right, since OpenSSL looks up much at the first one. It draws no random number. False: a result was other than "not
 * verified". The functions below need no such call, and fetch only what they need themselves.
 */
bool dmx_crypto_rehearse(void);

/* Bytes of a digest: 32, 20. */
size_t dmx_hash_bytes(enum dmx_hash hash);

void dmx_digest_init(struct dmx_digest *digest, enum dmx_hash hash);
void dmx_digest_put(struct dmx_digest *digest, struct dmx_slice piece);
/* The value up to here; the digest goes on. */
bool dmx_digest_peek(struct dmx_digest *digest, struct dmx_digest_value *out) DMX_NODISCARD;
/* A second digest that has taken in the same bytes; it is ended or deinited like any other. */
void dmx_digest_fork(struct dmx_digest *digest, struct dmx_digest *out);
/* The value at the end; false if anything failed on the way. Frees the digest in any case. */
bool dmx_digest_end(struct dmx_digest *digest, struct dmx_digest_value *out) DMX_NODISCARD;
void dmx_digest_deinit(struct dmx_digest *digest);

/*
 * Whether signature is key's over a digest made with hash: RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), or PureEd25519
 * with the digest as its message (RFC 8463 section 3).
 */
enum dmx_verified dmx_crypto_verify(const struct dmx_public_key *key, enum dmx_hash hash,
                                    const struct dmx_digest_value *digest, struct dmx_slice signature) DMX_NODISCARD;

#endif
