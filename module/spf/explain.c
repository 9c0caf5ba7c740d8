/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The domain owner's explanation of a fail (RFC 7208 section 6.2). Any fault in it means that there is none. */
#include "check.h"

#include "dmx/base/banned.h"

/* The one TXT record at the target of exp=; the empty slice when there is none, or more. */
static struct dmx_slice fetch_text(struct dmx_spf_check *check, const struct dmx_spf_outcome *outcome)
{
    struct dmx_slice target;
    struct dmx_name name;
    if (!dmx_spf_target(check, outcome->exp, outcome->domain, &target) || target.len == 0 ||
        !dmx_name_from_text(target, &name))
        return DMX_SLICE_NONE;
    const struct dmx_answer *answer = dmx_spf_ask(check, &name, DMX_RR_TXT);
    if (!answer || answer->count != 1)
        return DMX_SLICE_NONE;
    return answer->rrs[0].data.text;
}

struct dmx_slice dmx_spf_explain(struct dmx_spf_check *check, const struct dmx_spf_outcome *outcome,
                                 struct dmx_arena *arena)
{
    if (outcome->result != DMX_FAIL || !outcome->exp.ptr)
        return DMX_SLICE_NONE;
    struct dmx_slice text = fetch_text(check, outcome), whole;
    if (text.len == 0 || dmx_spf_macro_check(text, SPF_IN_EXPLANATION) != SPF_FINE)
        return DMX_SLICE_NONE;
    /* For its macros the text is read as if it stood in the record; p may take lookups. */
    if (dmx_spf_macro_uses(text, 'p') && !dmx_spf_target(check, DMX_SLICE("%{p}"), outcome->domain, &whole))
        return DMX_SLICE_NONE;
    check->values.current = outcome->domain;
    struct dmx_builder b = dmx_builder_arena(arena, SPF_MAX_EXP);
    dmx_spf_put_expanded(&b, text, &check->values);
    whole = dmx_builder_text(&b);
    return whole.len > 0 ? whole : DMX_SLICE_NONE;
}
