/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/aggregate.h"

#include "dmx/base/banned.h"

void dmx_policy_published_of(struct dmx_slice domain, struct dmx_slice record, struct dmx_slice rules,
                             struct dmx_policy_published *out)
{
    struct dmx_reason reason;
    *out = (struct dmx_policy_published){
        .domain = domain,
        .rules = dmx_slice_eq(rules, DMX_SLICE("rfc9989")) ? DMX_RULES_9989 : DMX_RULES_7489,
    };
    if (dmx_dmarc_record_parse(record, &out->record, &reason) != DMX_RECORD_DMARC)
        out->record = (struct dmx_dmarc_record){.text = record, .pct = 100};
}
