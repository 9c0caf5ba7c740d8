/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "override.h"

#include "dmx/base/banned.h"

static bool is_approved(const struct scene *scene, struct dmx_slice domain)
{
    return dmx_approval_list_contains(&scene->config->approved_domains, domain, scene->verdict->author.domain);
}

bool override_approves(const struct scene *scene)
{
    struct dmx_slice domain = scene_proven_domain(scene, is_approved);
    if (!domain.ptr)
        return false;
    scene_override_about(scene, "local_policy", "approved_domains", domain);
    return true;
}

bool override_sealers(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    if (verdict->arc_override.len == 0 || verdict->discovery.policy == DMX_POLICY_NONE)
        return false;
    verdict->override = (struct dmx_override){"local_policy", verdict->arc_override};
    return true;
}

/* enum dmx_site_policy and enum dmx_policy have one order; this says so to the compiler. */
_Static_assert((int)DMX_SITE_REJECT == (int)DMX_POLICY_REJECT && (int)DMX_SITE_NONE == (int)DMX_POLICY_NONE &&
                   (int)DMX_SITE_QUARANTINE == (int)DMX_POLICY_QUARANTINE,
               "policies of the site are policies");

bool override_policy(const struct scene *scene, enum dmx_policy *out)
{
    const struct dmx_policy_override *found =
        dmx_override_list_find(&scene->config->policy_overrides, scene->verdict->author.domain);
    if (!found || scene->envelope->now_s >= found->end_s)
        return false;
    *out = (enum dmx_policy)found->policy;
    struct dmx_slice why = found->reason.len ? found->reason : found->until;
    switch (found->policy) {
    case DMX_SITE_NONE:
        scene_override_about(scene, "local_policy", "policy_overrides says none", why);
        break;
    case DMX_SITE_QUARANTINE:
        scene_override_about(scene, "local_policy", "policy_overrides says quarantine", why);
        break;
    case DMX_SITE_REJECT:
        scene_override_about(scene, "local_policy", "policy_overrides says reject", why);
        break;
    }
    return true;
}

static bool is_forwarder(const struct scene *scene, struct dmx_slice domain)
{
    return dmx_domain_list_contains(&scene->config->forwarders.domains, domain);
}

struct dmx_slice override_forwarder(const struct scene *scene)
{
    if (!dmx_cidr_list_contains(&scene->config->forwarders.addresses, &scene->envelope->client))
        return scene_proven_domain(scene, is_forwarder);
    struct dmx_builder b = dmx_builder_arena(scene->arena, 64);
    dmx_put_ip(&b, &scene->envelope->client);
    struct dmx_slice text = dmx_builder_text(&b);
    return text.len ? text : DMX_SLICE("its address");
}

void override_refusal(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    enum dmx_quarantine_action action = scene->config->on_quarantine;
    verdict->disposition = DMX_DISPOSITION_QUARANTINE;
    verdict->header_only |= action == DMX_QUARANTINE_REJECT || action == DMX_QUARANTINE_NONE;
}

/* The relay would answer a refusal with a bounce to somebody whose name was forged, a deferral after some days. */
void override_for_relay(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    if (!verdict->inbound_relay)
        return;
    if (verdict->disposition == DMX_DISPOSITION_REJECT) {
        override_refusal(scene);
        scene_override(scene, "local_policy", "inbound_relays: a relay's mail is not refused");
    } else if (verdict->disposition == DMX_DISPOSITION_DEFER) {
        verdict->disposition = DMX_DISPOSITION_NONE;
        scene_override(scene, "local_policy", "inbound_relays: a relay's mail is not deferred");
    }
}
