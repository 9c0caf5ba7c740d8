/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What a configuration may say, and yet may not have meant. */
#include "dmx/site/config.h"
#include "schema.h"

#include "dmx/base/banned.h"

enum { SHOWN_REASON = 60 };

static void warn_of_approvals(const struct dmx_config *config, struct dmx_builder *out)
{
    for (size_t i = 0; i < config->approved_domains.count; i++) {
        struct dmx_slice entry = config->approved_domains.items[i];
        size_t blank = dmx_slice_find(entry, ' ');
        if (!dmx_slice_eq(dmx_slice_from(entry, blank + 1), DMX_SLICE("*")))
            continue;
        dmx_put_cstr(out, "approved_domains: ");
        dmx_put(out, dmx_slice_upto(entry, blank));
        dmx_put_cstr(out, " for *: whoever mails through it may forge every domain\n");
    }
}

static void warn_of_overrides(const struct dmx_config *config, int64_t now_s, struct dmx_builder *out)
{
    for (size_t i = 0; i < config->policy_overrides.count; i++) {
        const struct dmx_policy_override *item = &config->policy_overrides.items[i];
        if (now_s < item->end_s)
            continue;
        dmx_put_cstr(out, "policy_overrides: the one for ");
        dmx_put(out, item->domain);
        dmx_put_cstr(out, " ended on ");
        dmx_put(out, item->until);
        if (item->reason.len > 0) {
            dmx_put_cstr(out, " (");
            dmx_put_escaped(out, item->reason, SHOWN_REASON);
            dmx_put_char(out, ')');
        }
        dmx_put_char(out, '\n');
    }
}

static void warn_of_privacy(const struct dmx_config *config, struct dmx_builder *out)
{
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        const char *what = dmx_config_overruled(config, dmx_options[i].name);
        if (!what)
            continue;
        dmx_put_cstr(out, dmx_options[i].name);
        dmx_put_cstr(out, ": overruled by privacy = strict: ");
        dmx_put_cstr(out, what);
        dmx_put_char(out, '\n');
    }
}

static void warn_of_failure_reports(const struct dmx_config *config, struct dmx_builder *out)
{
    if (!config->failure_reports || config->privacy == DMX_PRIVACY_STRICT)
        return;
    if (config->report_org.len == 0 || config->report_email.len == 0)
        dmx_put_cstr(out, "failure_reports: none is sent until report_org and report_email are set\n");
    if (!config->cache)
        dmx_put_cstr(out, "failure_reports: none is sent with cache = no: their limits are kept in the cache\n");
    if (config->failure_content == DMX_CONTENT_MESSAGE)
        dmx_put_cstr(out, "failure_content: with message the text of mail leaves for whomever its From names\n");
    if (config->failure_dkim_body)
        dmx_put_cstr(out, "failure_dkim_body: the text of mail leaves for whomever its From names\n");
}

void dmx_config_warn(const struct dmx_config *config, int64_t now_s, struct dmx_builder *out)
{
    warn_of_approvals(config, out);
    warn_of_overrides(config, now_s, out);
    warn_of_privacy(config, out);
    warn_of_failure_reports(config, out);
}
