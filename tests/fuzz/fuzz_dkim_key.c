/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dkim */
#include <stdlib.h>
#include <string.h>

#include "../../module/dkim/limits.h"
#include "dmx/dkim/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A key that was chosen is fit for OpenSSL; it is tried, and must not be found to have signed nonsense. */
static void check(const struct dmx_key *key, const struct dmx_key_use *use)
{
    const struct dmx_public_key *k = &key->key;
    const struct dmx_digest_value digest = {{0}, dmx_hash_bytes(use->hash)};
    char signature[DMX_RSA_MAX_BITS / 8];
    size_t len = use->type == DMX_KEY_RSA ? k->modulus.len : 64;
    if (k->type != use->type || key->revoked || !key->for_email || k->bits > DMX_RSA_MAX_BITS || len > sizeof signature)
        abort();
    memset(signature, 'x', len);
    signature[0] = 0;
    if (dmx_crypto_verify(k, use->hash, &digest, dmx_slice(signature, len)) == DMX_VERIFIED)
        abort();
}

/* The input is one TXT record, or several with NUL between them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dmx_key_use uses[] = {
        {DMX_KEY_RSA, DMX_HASH_SHA256, true},
        {DMX_KEY_RSA, DMX_HASH_SHA1, false},
        {DMX_KEY_ED25519, DMX_HASH_SHA256, false},
    };
    struct dmx_arena *arena = dmx_arena_new(16 * 1024 * 1024);
    struct dmx_rr rrs[6] = {{.type = 0}};
    struct dmx_slice rest = dmx_slice((const char *)data, size), text;
    struct dmx_answer answer = {.status = DMX_DNS_OK, .rrs = rrs};
    while (answer.count < 6 && dmx_slice_split(&rest, '\0', &text))
        rrs[answer.count++] = (struct dmx_rr){.type = DMX_RR_TXT, .data = {.text = text}};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct dmx_key key;
        struct dmx_reason reason = DMX_REASON_NONE;
        if (dmx_key_select(&answer, &uses[i], arena, &key, &reason) == DMX_PASS)
            check(&key, &uses[i]);
        else if (!reason.token)
            abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
