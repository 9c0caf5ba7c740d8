/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What holds of the options that privacy = strict overrules. */
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
