/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The three policies: their words and their order. */
#include "dmx/dmarc/record.h"

#include "dmx/base/banned.h"

static const char *const words[] = {
    [DMX_POLICY_NONE] = "none",
    [DMX_POLICY_QUARANTINE] = "quarantine",
    [DMX_POLICY_REJECT] = "reject",
};
_Static_assert(sizeof words / sizeof *words == DMX_POLICY_REJECT + 1, "one word for each policy");

const char *dmx_policy_word(enum dmx_policy policy)
{
    return words[policy];
}

/* ABNF strings compare without case (RFC 5234 section 2.3), and published records rely on it: "p=Reject". */
bool dmx_policy_parse(struct dmx_slice word, enum dmx_policy *out)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (dmx_slice_eq_nocase(word, dmx_slice_cstr(words[i]))) {
            *out = (enum dmx_policy)i;
            return true;
        }
    }
    return false;
}

enum dmx_policy dmx_policy_lowered(enum dmx_policy policy)
{
    return policy == DMX_POLICY_NONE ? policy : (enum dmx_policy)(policy - 1);
}
