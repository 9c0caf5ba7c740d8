/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Who is not judged at all. Nothing here costs a DNS query or a byte of the message. */
#include "acl.h"
#include "dmx/pipeline/pipeline.h"

#include "dmx/base/banned.h"

enum recipients { LISTED_NONE, LISTED_SOME, LISTED_ALL };

static enum recipients listed_recipients(const struct dmx_config *config, const struct dmx_envelope *envelope)
{
    size_t listed = 0;
    for (size_t i = 0; i < envelope->recipient_count; i++)
        listed += dmx_recipient_list_contains(&config->exempt_recipients, envelope->recipients[i]);
    if (listed == 0)
        return LISTED_NONE;
    return listed == envelope->recipient_count ? LISTED_ALL : LISTED_SOME;
}

bool dmx_pipeline_exempt(const struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_verdict *out)
{
    *out = (struct dmx_verdict){0};
    struct acl_order order = acl_order_parse(envelope->acl);
    enum recipients recipients = listed_recipients(config, envelope);

    if (envelope->authenticated && config->exempt_authenticated)
        out->exempt = DMX_EXEMPT_AUTHENTICATED;
    else if (dmx_cidr_list_contains(&config->trusted_ips, &envelope->client))
        out->exempt = DMX_EXEMPT_TRUSTED_IP;
    else if (envelope->trusted_host)
        out->exempt = DMX_EXEMPT_TRUSTED_HOST;
    else if (order.word == ACL_EXEMPT)
        out->exempt = DMX_EXEMPT_ACL;
    else if (recipients == LISTED_ALL)
        out->exempt = DMX_EXEMPT_RECIPIENT;

    out->mixed_recipients = recipients == LISTED_SOME;
    if (out->exempt == DMX_EXEMPT_ACL)
        out->exempt_reason = order.reason;
    if (out->exempt != DMX_EXEMPT_NO)
        out->disposition = out->would_be = DMX_DISPOSITION_EXEMPT;
    return out->exempt != DMX_EXEMPT_NO;
}
