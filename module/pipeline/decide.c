/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "decide.h"

#include "acl.h"

#include "dmx/base/banned.h"

static void override_with(struct dmx_verdict *verdict, const char *type, const char *comment)
{
    verdict->override = (struct dmx_override){type, dmx_slice_cstr(comment)};
}

/*
 * pct (RFC 7489 section 6.6.4): a message that is not drawn falls one level. t=y has lowered the policy already, and
 * both together lower it by one level at most (design section 4).
 */
static enum dmx_policy sampled(const struct dmx_config *config, const struct dmx_envelope *envelope,
                               struct dmx_verdict *verdict)
{
    const struct dmx_discovery *d = &verdict->discovery;
    if (d->policy != d->published) {
        override_with(verdict, "policy_test_mode", "t=y lowers the policy by one level");
        return d->policy;
    }
    if (config->rules != DMX_OPTION_RFC7489 || d->policy == DMX_POLICY_NONE || envelope->draw < d->record.pct)
        return d->policy;
    override_with(verdict, "sampled_out", "not drawn by the record's pct");
    return dmx_policy_lowered(d->policy);
}

/* What the site does with a policy of reject. RFC 9989 section 7.4 forbids to refuse mail on p=reject alone. */
static enum dmx_disposition on_reject(const struct dmx_config *config, struct dmx_verdict *verdict)
{
    if (!config->on_reject_set && config->rules == DMX_OPTION_RFC9989) {
        override_with(verdict, "local_policy", "RFC 9989 section 7.4: not refused on p=reject alone");
        return DMX_DISPOSITION_QUARANTINE;
    }
    switch (config->on_reject) {
    case DMX_ON_REJECT_REJECT:
        return DMX_DISPOSITION_REJECT;
    case DMX_ON_REJECT_QUARANTINE:
        override_with(verdict, "local_policy", "on_reject = quarantine");
        return DMX_DISPOSITION_QUARANTINE;
    case DMX_ON_REJECT_NONE:
        override_with(verdict, "local_policy", "on_reject = none");
        return DMX_DISPOSITION_NONE;
    }
    return DMX_DISPOSITION_NONE;
}

/*
 * What "quarantine" comes to at this site, also where it was a reject: mail of a stricter policy is not to fare better.
 */
static enum dmx_disposition on_quarantine(const struct dmx_config *config, struct dmx_verdict *verdict)
{
    switch (config->on_quarantine) {
    case DMX_QUARANTINE_HEADER:
    case DMX_QUARANTINE_REDIRECT:
    case DMX_QUARANTINE_FREEZE:
        return DMX_DISPOSITION_QUARANTINE;
    case DMX_QUARANTINE_REJECT:
        override_with(verdict, "local_policy", "on_quarantine = reject");
        return DMX_DISPOSITION_REJECT;
    case DMX_QUARANTINE_NONE:
        override_with(verdict, "local_policy", "on_quarantine = none");
        return DMX_DISPOSITION_NONE;
    }
    return DMX_DISPOSITION_NONE;
}

static enum dmx_disposition of_policy(const struct dmx_config *config, enum dmx_policy policy,
                                      struct dmx_verdict *verdict)
{
    enum dmx_disposition disposition = DMX_DISPOSITION_NONE;
    if (policy == DMX_POLICY_REJECT)
        disposition = on_reject(config, verdict);
    else if (policy == DMX_POLICY_QUARANTINE)
        disposition = DMX_DISPOSITION_QUARANTINE;
    return disposition == DMX_DISPOSITION_QUARANTINE ? on_quarantine(config, verdict) : disposition;
}

static enum dmx_disposition of_bad_from_option(const struct dmx_config *config, struct dmx_verdict *verdict)
{
    switch (config->on_bad_from) {
    case DMX_ON_BAD_FROM_QUARANTINE:
        return on_quarantine(config, verdict);
    case DMX_ON_BAD_FROM_ACCEPT:
        return DMX_DISPOSITION_NONE;
    case DMX_ON_BAD_FROM_REJECT:
        return DMX_DISPOSITION_REJECT;
    }
    return DMX_DISPOSITION_NONE;
}

/* A From that cannot be validated: the stricter of on_bad_from and the strictest policy found (design step 6). */
static enum dmx_disposition of_bad_from(const struct dmx_config *config, bool found, enum dmx_policy policy,
                                        struct dmx_verdict *verdict)
{
    enum dmx_disposition option = of_bad_from_option(config, verdict);
    enum dmx_disposition published = found ? of_policy(config, policy, verdict) : DMX_DISPOSITION_NONE;
    if (option < published)
        return published;
    override_with(verdict, "local_policy", "on_bad_from");
    return option;
}

static enum dmx_disposition of_result(const struct dmx_config *config, const struct dmx_envelope *envelope,
                                      bool bad_from_found, enum dmx_policy bad_from_policy, struct dmx_verdict *verdict)
{
    verdict->reason = verdict->dmarc.reason;
    if (verdict->author.status == DMX_AUTHOR_MULTIPLE || verdict->author.status == DMX_AUTHOR_INVALID)
        return of_bad_from(config, bad_from_found, bad_from_policy, verdict);
    if (verdict->dmarc.result == DMX_TEMPERROR)
        return config->on_temperror == DMX_ON_TEMPERROR_DEFER ? DMX_DISPOSITION_DEFER : DMX_DISPOSITION_NONE;
    if (verdict->dmarc.result != DMX_FAIL)
        return DMX_DISPOSITION_NONE;
    if (verdict->arc_override.len && verdict->discovery.policy != DMX_POLICY_NONE) {
        verdict->override = (struct dmx_override){"local_policy", verdict->arc_override};
        return DMX_DISPOSITION_NONE;
    }
    return of_policy(config, sampled(config, envelope, verdict), verdict);
}

/* A message with a recipient who opted out cannot be refused or sent elsewhere for the others' sake. */
static void spare_listed_recipients(const struct dmx_config *config, struct dmx_verdict *verdict)
{
    bool redirect =
        verdict->disposition == DMX_DISPOSITION_QUARANTINE && config->on_quarantine == DMX_QUARANTINE_REDIRECT;
    if (!verdict->header_only || (verdict->disposition != DMX_DISPOSITION_REJECT && !redirect))
        return;
    verdict->disposition = DMX_DISPOSITION_QUARANTINE;
    override_with(verdict, "local_policy", "a recipient is in exempt_recipients");
}

void dmx_decide(const struct dmx_config *config, const struct dmx_envelope *envelope, bool bad_from_found,
                enum dmx_policy bad_from_policy, struct dmx_verdict *verdict)
{
    struct acl_order order = acl_order_parse(envelope->acl);
    verdict->disposition = of_result(config, envelope, bad_from_found, bad_from_policy, verdict);
    if (order.word == ACL_QUARANTINE && verdict->disposition < DMX_DISPOSITION_QUARANTINE) {
        verdict->disposition = DMX_DISPOSITION_QUARANTINE;
        /* The administrator's word counts also where the site's way of quarantine is none, or to refuse. */
        verdict->header_only |=
            config->on_quarantine == DMX_QUARANTINE_NONE || config->on_quarantine == DMX_QUARANTINE_REJECT;
        override_with(verdict, "local_policy", "acl_m_dmx = quarantine");
    }
    spare_listed_recipients(config, verdict);
    verdict->would_be = verdict->disposition;
    bool monitor = config->mode == DMX_MODE_MONITOR || order.word == ACL_MONITOR;
    if (monitor && verdict->disposition != DMX_DISPOSITION_NONE) {
        verdict->disposition = DMX_DISPOSITION_NONE;
        override_with(verdict, "local_policy", order.word == ACL_MONITOR ? "acl_m_dmx = monitor" : "mode = monitor");
    }
}
