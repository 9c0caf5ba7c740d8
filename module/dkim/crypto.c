/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Exim makes a process for each connection, so what OpenSSL costs at its first use is paid for nearly every message.
 * Measured in fresh processes, hash of 30 kB and one RSA-2048 signature, of which the work itself takes 56 us
 * (make bench-micro):
 *   EVP with everything fetched once                 490 us; 160 us if made ready before the fork
 *   SHA-2 and big numbers as below                   130 us; 117 us if made ready before the fork
 *   nettle and GMP                                   115 us;  98 us if made ready before the fork
 * Fetching is what costs: providers, their tables, and the pages of all that. So SHA and RSA go the short way; the
 * trap is that SHA256(), EVP_sha256() and RSA_verify() fetch too. OpenSSL 3 calls SHA256_Init and its like deprecated,
 * not wrong: the code behind them is the same. Only Ed25519 has no such way.
 */
#include "dmx/dkim/crypto.h"

#include <stdlib.h>
#include <string.h>

#include "crypto_library.h"
#include "limits.h"

#include "dmx/base/banned.h"

enum {
    DIGEST_INFO_MAX = 19,
    PADDING_MIN = 11, /* RFC 8017 section 9.2: 00 01, at least eight FF, 00 */
};

/*
 * The library, and whether it was told how to behave, once a process: with the libraries that are loaded late, the one
 * mutable state outside module/exim. It cannot be handed down, since OpenSSL keeps state of its own in the process anyway,
 * and it holds nothing of any message.
 */
static const struct crypto_library *ssl;
static struct {
    bool tried;
    bool ready;
} state;

static const struct {
    size_t bytes;
    /* What stands before the digest in a signature: DigestInfo of RFC 8017 section 9.2, note 1. */
    size_t info_len;
    unsigned char info[DIGEST_INFO_MAX];
} hashes[] = {
    [DMX_HASH_SHA256] = {SHA256_DIGEST_LENGTH,
                         19,
                         {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
                          0x05, 0x00, 0x04, 0x20}},
    [DMX_HASH_SHA1] = {SHA_DIGEST_LENGTH,
                       15,
                       {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14}},
};
_Static_assert(sizeof hashes / sizeof *hashes == DMX_HASHES, "a row for each hash");

size_t dmx_hash_bytes(enum dmx_hash hash)
{
    return hashes[hash].bytes;
}

static bool load(void)
{
    if (!ssl)
        ssl = crypto_library();
    return ssl != NULL;
}

/*
 * Before anything of EVP, and of the error queue: whatever OpenSSL does first by itself, it would do with its defaults. SHA and
 * big numbers need none of it (30 us), and touch the queue only where there is no memory.
 */
static bool init(void)
{
    if (state.tried)
        return state.ready;
    state.tried = true;
    /* No openssl.cnf (0.4 ms, and an administrator's engine in Exim), no atexit handler, no table of error texts. */
    const uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                             OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                             OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
    state.ready = ssl->OPENSSL_init_crypto(options, NULL) == 1;
    return state.ready;
}

/* ---- digests ------------------------------------------------------------------------------------------------------- */

struct machine {
    enum dmx_hash hash;
    union {
        SHA256_CTX sha256;
        SHA_CTX sha1;
    } of;
};

void dmx_digest_init(struct dmx_digest *digest, enum dmx_hash hash)
{
    struct machine *machine = load() ? malloc(sizeof *machine) : NULL;
    *digest = (struct dmx_digest){machine, machine == NULL};
    if (!machine)
        return;
    machine->hash = hash;
    int ok = hash == DMX_HASH_SHA256 ? ssl->SHA256_Init(&machine->of.sha256) : ssl->SHA1_Init(&machine->of.sha1);
    digest->failed = ok != 1;
}

void dmx_digest_put(struct dmx_digest *digest, struct dmx_slice piece)
{
    struct machine *machine = digest->machine;
    if (digest->failed || piece.len == 0)
        return;
    int ok = machine->hash == DMX_HASH_SHA256 ? ssl->SHA256_Update(&machine->of.sha256, piece.ptr, piece.len)
                                              : ssl->SHA1_Update(&machine->of.sha1, piece.ptr, piece.len);
    digest->failed = ok != 1;
}

static bool final(struct machine *machine, struct dmx_digest_value *out)
{
    out->len = hashes[machine->hash].bytes;
    return (machine->hash == DMX_HASH_SHA256 ? ssl->SHA256_Final(out->bytes, &machine->of.sha256)
                                             : ssl->SHA1_Final(out->bytes, &machine->of.sha1)) == 1;
}

void dmx_digest_fork(struct dmx_digest *digest, struct dmx_digest *out)
{
    struct machine *copy = digest->failed ? NULL : malloc(sizeof *copy);
    *out = (struct dmx_digest){copy, copy == NULL};
    if (copy)
        memcpy(copy, digest->machine, sizeof *copy);
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
    free(digest->machine);
    *digest = (struct dmx_digest){NULL, true};
}

/* ---- RSA ----------------------------------------------------------------------------------------------------------- */

static BIGNUM *number(BN_CTX *ctx, struct dmx_slice bytes)
{
    BIGNUM *made = ssl->BN_CTX_get(ctx);
    return made ? ssl->BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, made) : NULL;
}

/*
 * RSAVP1 (RFC 8017 section 5.2.2), signature and result as octets of the modulus' length. Nothing here is secret, so
 * time may depend on it. der.c has refused even moduli and exponents of more than four bytes.
 */
static enum dmx_verified open_signature(const struct dmx_public_key *key, struct dmx_slice signature,
                                        unsigned char *out)
{
    enum dmx_verified verified = DMX_VERIFY_BROKEN;
    BN_CTX *ctx = ssl->BN_CTX_new();
    if (!ctx)
        return verified;
    ssl->BN_CTX_start(ctx);
    BIGNUM *modulus = number(ctx, key->modulus), *exponent = number(ctx, key->exponent);
    BIGNUM *sealed = number(ctx, signature), *opened = ssl->BN_CTX_get(ctx);
    if (modulus && exponent && sealed && opened) {
        if (ssl->BN_ucmp(sealed, modulus) >= 0)
            verified = DMX_NOT_VERIFIED;
        else if (ssl->BN_mod_exp_mont(opened, sealed, exponent, modulus, ctx, NULL) == 1 &&
                 ssl->BN_bn2binpad(opened, out, (int)key->modulus.len) == (int)key->modulus.len)
            verified = DMX_VERIFIED;
    }
    ssl->BN_CTX_end(ctx);
    ssl->BN_CTX_free(ctx);
    return verified;
}

/* EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): 00 01 FF … FF 00 DigestInfo. False if that is longer than the modulus. */
static bool encode(enum dmx_hash hash, const struct dmx_digest_value *digest, size_t len, unsigned char *out)
{
    size_t tail = hashes[hash].info_len + digest->len;
    if (digest->len != hashes[hash].bytes || len < tail + PADDING_MIN)
        return false;
    memset(out, 0xff, len - tail);
    out[0] = 0;
    out[1] = 1;
    out[len - tail - 1] = 0;
    memcpy(out + len - tail, hashes[hash].info, hashes[hash].info_len);
    memcpy(out + len - digest->len, digest->bytes, digest->len);
    return true;
}

/*
 * RFC 8017 section 8.2.2: what the signature holds is compared as a whole with what it ought to hold. It is never
 * parsed, which is what forgeries with a small exponent live on.
 */
static enum dmx_verified verify_rsa(const struct dmx_public_key *key, enum dmx_hash hash,
                                    const struct dmx_digest_value *digest, struct dmx_slice signature)
{
    unsigned char found[DMX_RSA_MAX_BITS / 8], wanted[DMX_RSA_MAX_BITS / 8];
    size_t len = key->modulus.len;
    if (len > sizeof found || len == 0)
        return DMX_VERIFY_BROKEN;
    if (signature.len != len || !encode(hash, digest, len, wanted))
        return DMX_NOT_VERIFIED;
    enum dmx_verified opened = open_signature(key, signature, found);
    if (opened != DMX_VERIFIED)
        return opened;
    return memcmp(found, wanted, len) == 0 ? DMX_VERIFIED : DMX_NOT_VERIFIED;
}

/* ---- Ed25519 ------------------------------------------------------------------------------------------------------- */

static enum dmx_verified open_ed25519(const struct dmx_public_key *key, const struct dmx_digest_value *digest,
                                      struct dmx_slice signature)
{
    enum dmx_verified verified = DMX_VERIFY_BROKEN;
    EVP_PKEY *pkey = ssl->EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)key->point.ptr,
                                                         key->point.len);
    EVP_MD_CTX *ctx = pkey ? ssl->EVP_MD_CTX_new() : NULL;
    if (ctx && ssl->EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1)
        verified = ssl->EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len, digest->bytes,
                                         digest->len) == 1
                       ? DMX_VERIFIED
                       : DMX_NOT_VERIFIED;
    ssl->EVP_MD_CTX_free(ctx);
    ssl->EVP_PKEY_free(pkey);
    return verified;
}

/* The host may use OpenSSL too, and must not find our failures in its error queue. */
static enum dmx_verified verify_ed25519(const struct dmx_public_key *key, const struct dmx_digest_value *digest,
                                        struct dmx_slice signature)
{
    if (!init())
        return DMX_VERIFY_BROKEN;
    ssl->ERR_set_mark();
    enum dmx_verified verified = open_ed25519(key, digest, signature);
    ssl->ERR_pop_to_mark();
    return verified;
}

/* ---- both ---------------------------------------------------------------------------------------------------------- */

enum dmx_verified dmx_crypto_verify(const struct dmx_public_key *key, enum dmx_hash hash,
                                    const struct dmx_digest_value *digest, struct dmx_slice signature)
{
    if (!load())
        return DMX_VERIFY_BROKEN;
    if (key->type == DMX_KEY_ED25519)
        return verify_ed25519(key, digest, signature);
    enum dmx_verified verified = verify_rsa(key, hash, digest, signature);
    /* Without memory: errors that the host has passed over before go with ours. A mark for each signature cost 20 us. */
    if (verified == DMX_VERIFY_BROKEN && init())
        ssl->ERR_pop_to_mark();
    return verified;
}
