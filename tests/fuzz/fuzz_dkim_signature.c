/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dkim */
#include <stdlib.h>

#include "dmx/dkim/signature.h"
#include "dmx/mail/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What verification relies on in a signature that was accepted. */
static void check(const struct dmx_signature *s, struct dmx_slice value)
{
    if (!s->domain.len || !s->selector.len || !s->names.len || !s->signature.len || !s->text.len)
        abort();
    if (s->body_hash.len != dmx_hash_bytes(s->hash) || !dmx_domain_within(s->identity_domain, s->domain))
        abort();
    if (s->cut.len < s->text.len || s->cut.ptr <= value.ptr || s->cut.ptr + s->cut.len > value.ptr + value.len)
        abort();
}

/* The input is the value of a DKIM-Signature field. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(16 * 1024 * 1024);
    const struct dmx_slice value = dmx_slice((const char *)data, size);
    const struct dmx_field field = {.raw = value, .name = DMX_SLICE("DKIM-Signature"), .value = value};
    struct dmx_signature signature;
    struct dmx_reason reason;
    struct dmx_slice peeked;
    bool valid = dmx_signature_parse(&field, DMX_SIGNATURE_DKIM, arena, &signature, &reason);
    bool found = dmx_signature_peek_domain(&field, arena, &peeked);
    if (valid)
        check(&signature, value);
    else if (!reason.token || !reason.text)
        abort();
    if (valid && (!found || !dmx_slice_eq(peeked, signature.domain)))
        abort();
    dmx_arena_free(&arena);
    return 0;
}
