/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What leaves and what does not, where several options say it together: privacy = strict has the last word. */
#include <string.h>

#include "dmx/site/config.h"

#include "dmx/base/banned.h"

bool dmx_config_sends_failures(const struct dmx_config *config)
{
    return config->failure_reports && config->privacy != DMX_PRIVACY_STRICT && config->report_org.len > 0 &&
           config->report_email.len > 0;
}

bool dmx_config_masks(const struct dmx_config *config)
{
    return config->mask_reserved_ips || config->privacy == DMX_PRIVACY_STRICT;
}

bool dmx_config_excludes_reports(const struct dmx_config *config, struct dmx_slice policy_domain)
{
    struct dmx_slice own = dmx_slice_from(config->report_email, dmx_slice_rfind(config->report_email, '@') + 1);
    if (dmx_domain_list_contains(&config->report_exclude, policy_domain))
        return true;
    if (own.len == 0 || !dmx_slice_ends_nocase(policy_domain, own))
        return false;
    return policy_domain.len == own.len || policy_domain.ptr[policy_domain.len - own.len - 1] == '.';
}

const char *dmx_config_overruled(const struct dmx_config *config, const char *name)
{
    if (config->privacy != DMX_PRIVACY_STRICT)
        return NULL;
    if (config->failure_reports && strcmp(name, "failure_reports") == 0)
        return "no failure report is sent";
    if (!config->mask_reserved_ips && strcmp(name, "mask_reserved_ips") == 0)
        return "the addresses are hidden";
    return NULL;
}
