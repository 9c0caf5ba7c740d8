/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: spf */
#include <stdlib.h>
#include <string.h>

#include "../../module/spf/limits.h"
#include "../../module/spf/macro.h"

enum { SCRATCH = 8 * 1024 * 1024, MOST_BYTES = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_upper_only(struct dmx_slice text)
{
    for (size_t i = 0; i + 2 < text.len; i++)
        if (text.ptr[i] == '%' && text.ptr[i + 1] == '{' && text.ptr[i + 2] >= 'a')
            return false;
    return true;
}

/* The input is a text, a line end, and the value of every letter. Text that is fine expands; other text does not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice value = dmx_slice(size ? (const char *)data : "", size < MOST_BYTES ? size : MOST_BYTES), text;
    if (!dmx_slice_split(&value, '\n', &text))
        return 0;
    struct dmx_spf_values values = {.local = value,
                                    .sender = value,
                                    .domain = value,
                                    .current = value,
                                    .helo = value,
                                    .validated = value,
                                    .receiver = value,
                                    .client = {.family = value.len % 2 ? DMX_IP_V6 : DMX_IP_V4}};
    struct dmx_arena *arena = dmx_arena_new(SCRATCH);
    struct dmx_builder b = dmx_builder_arena(arena, SPF_MAX_VALUE);
    bool fine = dmx_spf_macro_check(text, SPF_IN_EXPLANATION) == SPF_FINE;
    dmx_spf_put_expanded(&b, text, &values);
    struct dmx_slice got = dmx_builder_text(&b);
    if (!fine && !b.failed)
        abort();
    if (fine && b.failed && text.len * (3 * value.len + 64) < SPF_MAX_VALUE)
        abort();
    if (fine && !memchr(text.ptr, '%', text.len) && !dmx_slice_eq(got, text))
        abort();
    /* Escaped values and literals are printable, whatever the values are. */
    for (size_t i = 0; fine && has_upper_only(text) && i < got.len; i++)
        if (got.ptr[i] < ' ' || got.ptr[i] > '~')
            abort();
    struct dmx_slice name;
    if (dmx_spf_domain_spec_check(text) == SPF_FINE && dmx_spf_target_name(text, &values, arena, &name) == SPF_FINE &&
        name.len > SPF_MAX_NAME)
        abort();
    dmx_arena_free(&arena);
    return 0;
}
