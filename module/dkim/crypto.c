/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/crypto.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "limits.h"

#include "dmx/base/banned.h"

enum { EXPONENT_MAX_BYTES = 8 };

/*
 * First use costs 0.65 ms in a fresh process, most of it page faults in libcrypto. Measured against it (make bench-micro):
 * the low-level functions that OpenSSL 3 calls deprecated 0.8 ms, so fetching is not what costs; everything made ready
 * before the fork (dmx_crypto_ready in a daemon) 0.28 ms, so that is the way to less.
 */

/*
 * What OpenSSL makes expensive to ask for, once a process: the one mutable state outside module/exim. It cannot be
 * handed down, since OpenSSL keeps state of its own in the process anyway, and it holds nothing of any message.
 * Nothing frees it: OpenSSL is told to leave atexit alone, and so do we.
 */
static struct {
    bool tried;
    bool ready;
    EVP_MD *hashes[DMX_HASHES];
    EVP_PKEY_CTX *rsa_maker; /* inited for fromdata; good for any number of keys */
} state;

static const struct {
    const char *name;
    size_t bytes;
} hashes[] = {
    [DMX_HASH_SHA256] = {"SHA256", 32},
    [DMX_HASH_SHA1] = {"SHA1", 20},
};
_Static_assert(sizeof hashes / sizeof *hashes == DMX_HASHES, "a row for each hash");

size_t dmx_hash_bytes(enum dmx_hash hash)
{
    return hashes[hash].bytes;
}

bool dmx_crypto_ready(void)
{
    if (state.tried)
        return state.ready;
    state.tried = true;
    /* No openssl.cnf (0.4 ms, and an administrator's engine in Exim), no atexit handler, no table of error texts. */
    const uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                             OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                             OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
    ERR_set_mark();
    bool ok = OPENSSL_init_crypto(options, NULL) == 1;
    for (size_t i = 0; ok && i < DMX_HASHES; i++)
        ok = (state.hashes[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL)) != NULL;
    ok = ok && (state.rsa_maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL)) != NULL;
    state.ready = ok && EVP_PKEY_fromdata_init(state.rsa_maker) == 1;
    ERR_pop_to_mark();
    return state.ready;
}

/* ---- digests ------------------------------------------------------------------------------------------------------- */

void dmx_digest_init(struct dmx_digest *digest, enum dmx_hash hash)
{
    *digest = (struct dmx_digest){NULL, true};
    if (!dmx_crypto_ready())
        return;
    digest->machine = EVP_MD_CTX_new();
    digest->failed = !digest->machine || EVP_DigestInit_ex2(digest->machine, state.hashes[hash], NULL) != 1;
}

void dmx_digest_put(struct dmx_digest *digest, struct dmx_slice piece)
{
    if (!digest->failed && EVP_DigestUpdate(digest->machine, piece.ptr, piece.len) != 1)
        digest->failed = true;
}

static bool final(EVP_MD_CTX *ctx, struct dmx_digest_value *out)
{
    unsigned len = 0;
    bool ok = EVP_DigestFinal_ex(ctx, out->bytes, &len) == 1;
    out->len = len;
    return ok;
}

void dmx_digest_fork(struct dmx_digest *digest, struct dmx_digest *out)
{
    *out = (struct dmx_digest){NULL, true};
    if (digest->failed)
        return;
    out->machine = EVP_MD_CTX_new();
    out->failed = !out->machine || EVP_MD_CTX_copy_ex(out->machine, digest->machine) != 1;
}

bool dmx_digest_peek(struct dmx_digest *digest, struct dmx_digest_value *out)
{
    struct dmx_digest copy;
    dmx_digest_fork(digest, &copy);
    return dmx_digest_end(&copy, out);
}

bool dmx_digest_end(struct dmx_digest *digest, struct dmx_digest_value *out)
{
    bool ok = !digest->failed && final(digest->machine, out);
    dmx_digest_deinit(digest);
    return ok;
}

void dmx_digest_deinit(struct dmx_digest *digest)
{
    EVP_MD_CTX_free(digest->machine);
    *digest = (struct dmx_digest){NULL, true};
}

/* ---- signatures ---------------------------------------------------------------------------------------------------- */

/* OSSL_PARAM takes numbers in the machine's order. */
static void native_number(struct dmx_slice number, unsigned char *out)
{
    for (size_t i = 0; i < number.len; i++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        out[number.len - 1 - i] = (unsigned char)number.ptr[i];
#else
        out[i] = (unsigned char)number.ptr[i];
#endif
}

static EVP_PKEY *make_rsa(const struct dmx_public_key *key)
{
    unsigned char modulus[DMX_RSA_MAX_BITS / 8], exponent[EXPONENT_MAX_BYTES];
    if (key->modulus.len > sizeof modulus || key->exponent.len > sizeof exponent)
        return NULL;
    native_number(key->modulus, modulus);
    native_number(key->exponent, exponent);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, key->modulus.len),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, key->exponent.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *made = NULL;
    return EVP_PKEY_fromdata(state.rsa_maker, &made, EVP_PKEY_PUBLIC_KEY, params) == 1 ? made : NULL;
}

static enum dmx_verified verify_rsa(EVP_PKEY *pkey, enum dmx_hash hash, const struct dmx_digest_value *digest,
                                    struct dmx_slice signature)
{
    enum dmx_verified verified = DMX_VERIFY_BROKEN;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    /* PKCS #1 v1.5 is the padding unless another is set. */
    if (ctx && EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, state.hashes[hash]) == 1)
        verified =
            EVP_PKEY_verify(ctx, (const unsigned char *)signature.ptr, signature.len, digest->bytes, digest->len) == 1
                ? DMX_VERIFIED
                : DMX_NOT_VERIFIED;
    EVP_PKEY_CTX_free(ctx);
    return verified;
}

static EVP_PKEY *make_ed25519(const struct dmx_public_key *key)
{
    return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)key->point.ptr, key->point.len);
}

static enum dmx_verified verify_ed25519(EVP_PKEY *pkey, const struct dmx_digest_value *digest,
                                        struct dmx_slice signature)
{
    enum dmx_verified verified = DMX_VERIFY_BROKEN;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1)
        verified =
            EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len, digest->bytes, digest->len) == 1
                ? DMX_VERIFIED
                : DMX_NOT_VERIFIED;
    EVP_MD_CTX_free(ctx);
    return verified;
}

enum dmx_verified dmx_crypto_verify(const struct dmx_public_key *key, enum dmx_hash hash,
                                    const struct dmx_digest_value *digest, struct dmx_slice signature)
{
    if (!dmx_crypto_ready())
        return DMX_VERIFY_BROKEN;
    /* The host may use OpenSSL too, and must not find our failures in its error queue. */
    ERR_set_mark();
    EVP_PKEY *pkey = key->type == DMX_KEY_RSA ? make_rsa(key) : make_ed25519(key);
    enum dmx_verified verified = DMX_VERIFY_BROKEN;
    if (pkey)
        verified = key->type == DMX_KEY_RSA ? verify_rsa(pkey, hash, digest, signature)
                                            : verify_ed25519(pkey, digest, signature);
    EVP_PKEY_free(pkey);
    ERR_pop_to_mark();
    return verified;
}
