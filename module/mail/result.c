/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/result.h"

#include <assert.h>

#include "dmx/base/banned.h"

static const char *const words[] = {
    [DMX_NONE] = "none",       [DMX_PASS] = "pass",     [DMX_FAIL] = "fail",           [DMX_SOFTFAIL] = "softfail",
    [DMX_NEUTRAL] = "neutral", [DMX_POLICY] = "policy", [DMX_TEMPERROR] = "temperror", [DMX_PERMERROR] = "permerror",
};
enum { WORD_COUNT = sizeof words / sizeof *words };
static_assert(WORD_COUNT == DMX_PERMERROR + 1, "one word for each result");

const char *dmx_result_word(enum dmx_result result)
{
    return (unsigned)result < WORD_COUNT ? words[result] : "unknown";
}

bool dmx_result_parse(struct dmx_slice word, enum dmx_result *out)
{
    for (unsigned i = 0; i < WORD_COUNT; i++)
        if (dmx_slice_eq_nocase(word, dmx_slice_cstr(words[i]))) {
            *out = (enum dmx_result)i;
            return true;
        }
    return false;
}
