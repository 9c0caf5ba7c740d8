/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "corroborate.h"

#include "dmx/mail/domain.h"
#include "override.h"

#include "dmx/base/banned.h"

static void set_signal(struct dmx_verdict *verdict, const char *signal, struct dmx_slice detail)
{
    verdict->corroboration.signal = signal;
    verdict->corroboration.signal_detail = detail;
}

static void set_indirect(struct dmx_verdict *verdict, const char *indirect, struct dmx_slice detail)
{
    verdict->corroboration.indirect = indirect;
    verdict->corroboration.indirect_detail = detail;
}

static bool is_of_author(const struct dmx_verdict *verdict, struct dmx_slice domain)
{
    struct dmx_slice org = verdict->dmarc.org_domain;
    return org.len > 0 && domain.len > 0 && dmx_domain_within(domain, org);
}

/* One that verified and yet is not aligned (strict alignment), or whose body alone was changed on the way. */
static bool author_has_signed(const struct dmx_verdict *verdict)
{
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        const struct dmx_dkim_result *dkim = &verdict->dkim[i];
        if ((dkim->result == DMX_PASS || dkim->result == DMX_POLICY || dkim->header_intact) &&
            is_of_author(verdict, dkim->domain))
            return true;
    }
    return false;
}

static void find_signal(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    struct dmx_slice word = dmx_slice_trim(scene->envelope->acl_signal);
    if (word.len > 0)
        set_signal(verdict, "acl-signal", word);
    else if (dmx_domain_list_contains(&scene->config->corroborate_domains, verdict->author.domain))
        set_signal(verdict, "corroborate-domains", verdict->author.domain);
    else if (verdict->spf.result == DMX_FAIL && verdict->spf.identity == DMX_SPF_MAILFROM &&
             !author_has_signed(verdict))
        set_signal(verdict, "spf-hard-fail", verdict->spf.domain);
}

/* Of a list that signs: its fields are worth nothing without the signature, and the author's own is not the list's. */
static struct dmx_slice list_signer(const struct dmx_verdict *verdict)
{
    for (size_t i = 0; verdict->has_list && i < verdict->dkim_count; i++)
        if (verdict->dkim[i].result == DMX_PASS && !is_of_author(verdict, verdict->dkim[i].domain))
            return verdict->dkim[i].domain;
    return DMX_SLICE_NONE;
}

/* Who sealed it last. ARC fields that do not make an intact chain show nothing: anybody can write them. */
static struct dmx_slice last_sealer(const struct dmx_verdict *verdict)
{
    if (verdict->arc.result != DMX_PASS || verdict->arc.count == 0)
        return DMX_SLICE_NONE;
    return verdict->arc.sets[verdict->arc.count - 1].domain;
}

static void find_indirect(const struct scene *scene)
{
    struct dmx_verdict *verdict = scene->verdict;
    struct dmx_slice forwarder = override_forwarder(scene), signer = list_signer(verdict);
    struct dmx_slice sealer = last_sealer(verdict);
    if (forwarder.ptr)
        set_indirect(verdict, "forwarder", forwarder);
    else if (sealer.ptr)
        set_indirect(verdict, "arc", sealer);
    else if (signer.ptr)
        set_indirect(verdict, "mailing-list", signer);
}

static void put_named(struct dmx_builder *b, const char *word, struct dmx_slice detail)
{
    enum { MAX_DETAIL = 100 };
    dmx_put_cstr(b, word);
    if (detail.len == 0)
        return;
    dmx_put_cstr(b, " (");
    dmx_put(b, dmx_slice_upto(detail, MAX_DETAIL));
    dmx_put_cstr(b, ")");
}

/* Both are named, whatever came of it. */
static void note(const struct scene *scene, bool refused)
{
    enum { MAX_COMMENT = 400 };
    const struct dmx_corroboration *c = &scene->verdict->corroboration;
    bool forwarded =
        !refused && c->signal && c->indirect && dmx_slice_eq(dmx_slice_cstr(c->indirect), DMX_SLICE("forwarder"));
    struct dmx_builder b = dmx_builder_arena(scene->arena, MAX_COMMENT);
    scene_override(scene, forwarded ? "trusted_forwarder" : "local_policy",
                   refused ? "on_reject = corroborated" : "RFC 9989 section 7.4: not refused on p=reject alone");
    dmx_put_cstr(&b, refused ? "refused: " : "not refused (RFC 9989 section 7.4): ");
    dmx_put_cstr(&b, c->signal ? "signal " : "");
    if (c->signal)
        put_named(&b, c->signal, c->signal_detail);
    else
        dmx_put_cstr(&b, "no signal besides the policy");
    dmx_put_cstr(&b, c->indirect ? ", passed on: " : ", no sign of an indirect flow");
    if (c->indirect)
        put_named(&b, c->indirect, c->indirect_detail);
    struct dmx_slice text = dmx_builder_text(&b);
    if (text.len)
        scene->verdict->override.comment = text;
}

bool corroborate(const struct scene *scene)
{
    find_signal(scene);
    find_indirect(scene);
    const struct dmx_corroboration *c = &scene->verdict->corroboration;
    bool refused = c->signal && !c->indirect;
    note(scene, refused);
    return refused;
}
