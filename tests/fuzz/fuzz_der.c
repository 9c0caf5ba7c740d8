/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dkim */
#include <stdint.h>
#include <stdlib.h>

#include "../../module/dkim/der.h"
#include "../../module/dkim/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(struct dmx_slice part, struct dmx_slice whole)
{
    return part.len > 0 && part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len && part.ptr[0] != 0;
}

/* The input is the decoded p= of a key record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dmx_slice der = dmx_slice((const char *)data, size);
    struct dmx_rsa_key key;
    struct dmx_reason reason = DMX_REASON_NONE;
    if (!dmx_der_rsa_key(der, &key, &reason)) {
        if (!reason.token)
            abort();
        return 0;
    }
    if (!lies_in(key.modulus, der) || !lies_in(key.exponent, der))
        abort();
    if (key.bits < DMX_RSA_MIN_BITS || key.bits > DMX_RSA_MAX_BITS || (key.bits + 7) / 8 != key.modulus.len)
        abort();
    return 0;
}
