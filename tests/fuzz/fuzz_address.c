/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: mail */
#include <stdlib.h>

#include "dmx/mail/address.h"
#include "dmx/mail/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is the value of one From field. Whatever it is, the outcome is one that the header of address.h allows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(16 * 1024 * 1024);
    struct dmx_field field = {.name = DMX_SLICE("From"), .value = dmx_slice((const char *)data, size)};
    const struct dmx_message message = {.fields = &field, .field_count = 1};
    struct dmx_author author;
    dmx_author_find(&message, arena, &author);
    bool ok = author.status == DMX_AUTHOR_OK;
    if (ok != (author.domain.len > 0) || ok != !author.reason.token || author.status == DMX_AUTHOR_NONE)
        abort();
    if ((ok && author.domain_count != 1) || (author.status == DMX_AUTHOR_MULTIPLE && author.domain_count < 2))
        abort();
    for (size_t i = 0; i < author.domain_count; i++) {
        struct dmx_slice again;
        if (!dmx_domain_normalise(author.domains[i], arena, &again) || !dmx_slice_eq(again, author.domains[i]))
            abort();
        for (size_t k = 0; k < i; k++)
            if (dmx_slice_eq(author.domains[i], author.domains[k]))
                abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
