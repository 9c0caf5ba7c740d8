/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What dmx calls of OpenSSL's libcrypto (dmx/base/library.h). The only file that includes OpenSSL. */
#ifndef DMX_DKIM_CRYPTO_LIBRARY_H
#define DMX_DKIM_CRYPTO_LIBRARY_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "dmx/base/library.h"

#define CRYPTO_FUNCTIONS(X)           \
    X(OPENSSL_init_crypto)            \
    X(ERR_set_mark)                   \
    X(ERR_pop_to_mark)                \
    X(SHA256_Init)                    \
    X(SHA256_Update)                  \
    X(SHA256_Final)                   \
    X(SHA1_Init)                      \
    X(SHA1_Update)                    \
    X(SHA1_Final)                     \
    X(BN_CTX_new)                     \
    X(BN_CTX_start)                   \
    X(BN_CTX_get)                     \
    X(BN_CTX_end)                     \
    X(BN_CTX_free)                    \
    X(BN_bin2bn)                      \
    X(BN_bn2binpad)                   \
    X(BN_ucmp)                        \
    X(BN_mod_exp_mont)                \
    X(EVP_PKEY_new_raw_public_key_ex) \
    X(EVP_PKEY_free)                  \
    X(EVP_MD_CTX_new)                 \
    X(EVP_MD_CTX_free)                \
    X(EVP_DigestVerifyInit_ex)        \
    X(EVP_DigestVerify)

struct crypto_library {
    CRYPTO_FUNCTIONS(DMX_LIBRARY_MEMBER)
};

/* NULL: the library cannot be had. */
const struct crypto_library *crypto_library(void) DMX_NODISCARD;

#endif
