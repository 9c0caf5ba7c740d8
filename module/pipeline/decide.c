/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "decide.h"

#include "acl.h"
#include "asking.h"
#include "corroborate.h"
#include "override.h"
#include "scene.h"

#include "dmx/base/banned.h"

/*
 * pct (RFC 7489 section 6.6.4): a message that is not drawn falls one level. t=y has lowered the policy already, and
 * both together lower it by one level at most (design section 4).
 */
static enum dmx_policy sampled(const struct scene *scene)
{
    const struct dmx_discovery *d = &scene->verdict->discovery;
    if (d->policy != d->published) {
        scene_override(scene, "policy_test_mode", "t=y lowers the policy by one level");
        return d->policy;
    }
    if (scene->config->rules != DMX_OPTION_RFC7489 || d->policy == DMX_POLICY_NONE ||
        scene->envelope->draw < d->record.pct)
        return d->policy;
    scene_override(scene, "sampled_out", "not drawn by the record's pct");
    return dmx_policy_lowered(d->policy);
}

/* Mail that a listed forwarder passed on fails for that alone: it is not refused. */
static enum dmx_disposition refuse(const struct scene *scene)
{
    struct dmx_slice forwarder = override_forwarder(scene);
    if (!forwarder.ptr)
        return DMX_DISPOSITION_REJECT;
    override_refusal(scene);
    scene_override_about(scene, "trusted_forwarder", "forwarders", forwarder);
    return DMX_DISPOSITION_QUARANTINE;
}

/*
 * What "quarantine" comes to at this site, also where it was a reject: mail of a stricter policy is not to fare better.
 */
static enum dmx_disposition on_quarantine(const struct scene *scene)
{
    switch (scene->config->on_quarantine) {
    case DMX_QUARANTINE_HEADER:
    case DMX_QUARANTINE_REDIRECT:
    case DMX_QUARANTINE_FREEZE:
        return DMX_DISPOSITION_QUARANTINE;
    case DMX_QUARANTINE_REJECT:
        scene_override(scene, "local_policy", "on_quarantine = reject");
        return refuse(scene);
    case DMX_QUARANTINE_NONE:
        scene_override(scene, "local_policy", "on_quarantine = none");
        return DMX_DISPOSITION_NONE;
    }
    return DMX_DISPOSITION_NONE;
}

/* What the site does with a policy of reject. */
static enum dmx_disposition on_reject(const struct scene *scene)
{
    switch (scene->config->on_reject) {
    case DMX_ON_REJECT_REJECT:
        return refuse(scene);
    case DMX_ON_REJECT_CORROBORATED:
        return corroborate(scene) ? DMX_DISPOSITION_REJECT : on_quarantine(scene);
    case DMX_ON_REJECT_QUARANTINE:
        scene_override(scene, "local_policy", "on_reject = quarantine");
        return on_quarantine(scene);
    case DMX_ON_REJECT_NONE:
        scene_override(scene, "local_policy", "on_reject = none");
        return DMX_DISPOSITION_NONE;
    }
    return DMX_DISPOSITION_NONE;
}

static enum dmx_disposition of_policy(const struct scene *scene, enum dmx_policy policy)
{
    switch (policy) {
    case DMX_POLICY_REJECT:
        return on_reject(scene);
    case DMX_POLICY_QUARANTINE:
        return on_quarantine(scene);
    case DMX_POLICY_NONE:
        break;
    }
    return DMX_DISPOSITION_NONE;
}

static enum dmx_disposition of_bad_from_option(const struct scene *scene)
{
    switch (scene->config->on_bad_from) {
    case DMX_ON_BAD_FROM_QUARANTINE:
        return on_quarantine(scene);
    case DMX_ON_BAD_FROM_ACCEPT:
        return DMX_DISPOSITION_NONE;
    case DMX_ON_BAD_FROM_REJECT:
        return DMX_DISPOSITION_REJECT;
    }
    return DMX_DISPOSITION_NONE;
}

/* A From that cannot be validated: the stricter of on_bad_from and the strictest policy found (design step 6). */
static enum dmx_disposition of_bad_from(const struct scene *scene)
{
    const struct dmx_verdict *verdict = scene->verdict;
    enum dmx_disposition option = of_bad_from_option(scene);
    enum dmx_disposition published =
        verdict->bad_from_found ? of_policy(scene, verdict->bad_from_policy) : DMX_DISPOSITION_NONE;
    if (option < published)
        return published;
    scene_override(scene, "local_policy", "on_bad_from");
    return option;
}

/* The site's exceptions come before what the domain publishes, and the more particular of them first. */
static enum dmx_disposition of_failure(const struct scene *scene)
{
    enum dmx_policy policy;
    if (override_approves(scene)) {
        scene->verdict->approved = true;
        return DMX_DISPOSITION_NONE;
    }
    if (override_sealers(scene))
        return DMX_DISPOSITION_NONE;
    if (override_policy(scene, &policy))
        scene->verdict->approved = policy == DMX_POLICY_NONE;
    else
        policy = sampled(scene);
    return of_policy(scene, policy);
}

static enum dmx_disposition of_result(const struct scene *scene)
{
    const struct dmx_verdict *verdict = scene->verdict;
    if (dmx_is_bad_from(&verdict->author))
        return of_bad_from(scene);
    if (verdict->dmarc.result == DMX_TEMPERROR)
        return scene->config->on_temperror == DMX_ON_TEMPERROR_DEFER ? DMX_DISPOSITION_DEFER : DMX_DISPOSITION_NONE;
    return verdict->dmarc.result == DMX_FAIL ? of_failure(scene) : DMX_DISPOSITION_NONE;
}

/* The administrator's word counts also where the site's way of quarantine is none, or to refuse. */
static void obey_acl(const struct scene *scene, enum acl_word word)
{
    if (word != ACL_QUARANTINE || scene->verdict->disposition >= DMX_DISPOSITION_QUARANTINE)
        return;
    override_refusal(scene);
    scene_override(scene, "local_policy", "acl_m_dmx = quarantine");
}

/* A message with a recipient who opted out cannot be refused or sent elsewhere for the others' sake. */
static void spare_listed_recipients(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    bool redirect =
        verdict->disposition == DMX_DISPOSITION_QUARANTINE && scene->config->on_quarantine == DMX_QUARANTINE_REDIRECT;
    if (!verdict->mixed_recipients || (verdict->disposition != DMX_DISPOSITION_REJECT && !redirect))
        return;
    verdict->disposition = DMX_DISPOSITION_QUARANTINE;
    scene_override(scene, "local_policy", "a recipient is in exempt_recipients");
}

static void watch_only(const struct scene *scene, enum acl_word word)
{
    struct dmx_verdict *verdict = scene->verdict;
    bool monitor = scene->config->mode == DMX_MODE_MONITOR || word == ACL_MONITOR;
    verdict->would_be = verdict->disposition;
    if (!monitor || verdict->disposition == DMX_DISPOSITION_NONE)
        return;
    verdict->disposition = DMX_DISPOSITION_NONE;
    scene_override(scene, "local_policy", word == ACL_MONITOR ? "acl_m_dmx = monitor" : "mode = monitor");
}

/*
 * To report_email, or to one of the addresses that report mail is sent from: its local part, a separator, and what tells
 * the reports apart. Bounces and answers to reports come there; a report about them would cause the next.
 */
static bool is_report_address(struct dmx_slice address, struct dmx_slice own)
{
    size_t at = dmx_slice_rfind(address, '@'), own_at = dmx_slice_rfind(own, '@');
    struct dmx_slice local = dmx_slice_upto(address, at), own_local = dmx_slice_upto(own, own_at);
    if (own.len == 0 || at == address.len ||
        !dmx_slice_eq_nocase(dmx_slice_from(address, at + 1), dmx_slice_from(own, own_at + 1)) ||
        !dmx_slice_starts_nocase(local, own_local))
        return false;
    struct dmx_slice rest = dmx_slice_from(local, own_local.len);
    return rest.len == 0 || rest.ptr[0] == '+' || rest.ptr[0] == '=' || rest.ptr[0] == '-';
}

static bool is_about_reports(const struct scene *scene)
{
    for (size_t i = 0; i < scene->envelope->recipient_count; i++)
        if (is_report_address(scene->envelope->recipients[i], scene->config->report_email))
            return true;
    return false;
}

/* What was decided before, perhaps by other rules, is forgotten. */
static void begin(const struct scene *scene, enum acl_word word)
{
    struct dmx_verdict *verdict = scene->verdict;
    verdict->override = (struct dmx_override){NULL, DMX_SLICE_NONE};
    verdict->corroboration = (struct dmx_corroboration){0};
    verdict->header_only = verdict->mixed_recipients;
    verdict->approved = false;
    verdict->no_report = verdict->inbound_relay || word == ACL_NOREPORT || is_about_reports(scene);
    verdict->reason = verdict->dmarc.reason;
    verdict->has_policy = false;
    if (verdict->author.status == DMX_AUTHOR_OK && verdict->discovery.status == DMX_DISCOVERY_FOUND) {
        verdict->has_policy = verdict->dmarc.result == DMX_PASS || verdict->dmarc.result == DMX_FAIL;
        verdict->policy = verdict->discovery.policy;
    }
}

void dmx_decide(const struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_arena *arena,
                struct dmx_verdict *verdict)
{
    const struct scene scene = {config, envelope, arena, verdict};
    enum acl_word word = acl_order_parse(envelope->acl).word;
    begin(&scene, word);
    verdict->disposition = of_result(&scene);
    override_for_relay(&scene);
    obey_acl(&scene, word);
    spare_listed_recipients(&scene);
    watch_only(&scene, word);
}
