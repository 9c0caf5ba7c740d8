/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dkim/crypto.h"

#include "dmx/base/banned.h"

enum { RSA_BYTES = 2048 / 8, POINT_BYTES = 32, ED25519_BYTES = 64 };

static enum dmx_verified verify(const struct dmx_public_key *key, size_t signature_bytes)
{
    const char signature[RSA_BYTES] = {1};
    struct dmx_digest digest;
    struct dmx_digest_value value;
    dmx_digest_init(&digest, DMX_HASH_SHA256);
    dmx_digest_put(&digest, DMX_SLICE("rehearsal"));
    if (!dmx_digest_end(&digest, &value))
        return DMX_VERIFY_BROKEN;
    return dmx_crypto_verify(key, DMX_HASH_SHA256, &value, dmx_slice(signature, signature_bytes));
}

/*
 * A number that is odd and of full length does for a modulus. The point is the one that RFC 8032 calls B: for the neutral
 * point this signature would be right.
 */
bool dmx_crypto_rehearse(void)
{
    static const char exponent[] = {1, 0, 1};
    char modulus[RSA_BYTES], point[POINT_BYTES];
    memset(modulus, 0xff, sizeof modulus);
    memset(point, 0x66, sizeof point);
    point[0] = 0x58;
    const struct dmx_public_key rsa = {
        .type = DMX_KEY_RSA,
        .bits = 8 * RSA_BYTES,
        .modulus = dmx_slice(modulus, sizeof modulus),
        .exponent = dmx_slice(exponent, sizeof exponent),
    };
    const struct dmx_public_key ed25519 = {
        .type = DMX_KEY_ED25519, .bits = 256, .point = dmx_slice(point, sizeof point)};
    bool refused = verify(&rsa, RSA_BYTES) == DMX_NOT_VERIFIED;
    return verify(&ed25519, ED25519_BYTES) == DMX_NOT_VERIFIED && refused;
}
