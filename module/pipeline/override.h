/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The site's own exceptions to what a domain publishes: approved_domains, policy_overrides, forwarders, inbound_relays. */
#ifndef DMX_PIPELINE_OVERRIDE_H
#define DMX_PIPELINE_OVERRIDE_H

#include "scene.h"

/* approved_domains: whether the message proves to come from somebody who may use the author's domain. Notes it. */
bool override_approves(const struct scene *scene);

/* trusted_sealers: whether they vouch for the message (RFC 8617 section 7.2.1). Notes it. */
bool override_sealers(const struct scene *scene);

/* policy_overrides: whether one is in force for the author's domain, and its policy. Notes it. */
bool override_policy(const struct scene *scene, enum dmx_policy *out);

/* forwarders: the listed one that passed the message on, as a domain or an address in the arena; ptr NULL: none. */
struct dmx_slice override_forwarder(const struct scene *scene);

/* inbound_relays: mail from there is neither refused nor deferred. */
void override_for_relay(const struct scene *scene);

/*
 * A reject that must not be one: quarantine as the site does it, by header where its way of quarantine is to refuse, or
 * none at all.
 */
void override_refusal(const struct scene *scene);

#endif
