/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "asking.h"

#include "dmx/dmarc/evaluation.h"
#include "sealers.h"

#include "dmx/base/banned.h"

enum dmx_rules dmx_rules_of(const struct dmx_config *config)
{
    return config->rules == DMX_OPTION_RFC9989 ? DMX_RULES_9989 : DMX_RULES_7489;
}

bool dmx_is_bad_from(const struct dmx_author *author)
{
    return author->status == DMX_AUTHOR_MULTIPLE || author->status == DMX_AUTHOR_INVALID;
}

/* Every domain is asked for before anything is waited for. */
static enum dmx_step discover_bad_from(const struct dmx_engine *engine, struct dmx_answers *book,
                                       struct dmx_verdict *verdict)
{
    const struct dmx_author *author = &verdict->author;
    enum dmx_rules rules = dmx_rules_of(engine->config);
    enum dmx_step step = DMX_DONE;
    /* A sender who names more domains than are looked at must not choose which one goes unseen. */
    verdict->bad_from_found = author->more_domains;
    verdict->bad_from_policy = author->more_domains ? DMX_POLICY_REJECT : DMX_POLICY_NONE;
    for (size_t i = 0; i < author->domain_count; i++) {
        struct dmx_discovery found;
        if (dmx_discovery_eval(author->domains[i], rules, engine->psl, book, &found) == DMX_PENDING) {
            step = DMX_PENDING;
            continue;
        }
        if (found.status != DMX_DISCOVERY_FOUND)
            continue;
        verdict->bad_from_found = true;
        if (found.policy > verdict->bad_from_policy)
            verdict->bad_from_policy = found.policy;
    }
    return step;
}

enum dmx_step dmx_discover(const struct dmx_engine *engine, struct dmx_answers *book, struct dmx_verdict *verdict)
{
    const struct dmx_author *author = &verdict->author;
    if (dmx_is_bad_from(author))
        return discover_bad_from(engine, book, verdict);
    if (author->status != DMX_AUTHOR_OK)
        return DMX_DONE;
    return dmx_discovery_eval(author->domain, dmx_rules_of(engine->config), engine->psl, book, &verdict->discovery);
}

enum dmx_step dmx_weigh(const struct dmx_engine *engine, struct dmx_answers *book, struct dmx_verdict *verdict)
{
    const struct dmx_dmarc_evidence evidence = {
        .author = &verdict->author,
        .discovery = &verdict->discovery,
        .spf = &verdict->spf,
        .dkim = verdict->dkim,
        .dkim_count = verdict->dkim_count,
    };
    return dmx_dmarc_eval(&evidence, dmx_rules_of(engine->config), engine->psl, book, &verdict->dmarc);
}

void dmx_hear_sealers(const struct dmx_config *config, struct dmx_arena *arena, struct dmx_verdict *verdict)
{
    struct dmx_slice comment = DMX_SLICE_NONE;
    verdict->arc_override = DMX_SLICE_NONE;
    verdict->sealers_reason = DMX_REASON_NONE;
    if (verdict->dmarc.result == DMX_FAIL && verdict->author.status == DMX_AUTHOR_OK &&
        sealers_vouch(&verdict->arc, &config->trusted_sealers, verdict->author.domain, arena, &comment,
                      &verdict->sealers_reason))
        verdict->arc_override = comment;
}

void dmx_ask(const struct dmx_engine *engine, struct dmx_answers *book, const struct dmx_budget *budget, unsigned round)
{
    if (!dmx_budget_spent(budget) && round < DMX_MAX_ROUNDS)
        engine->dns.resolve(engine->dns.ctx, book, budget);
    if (dmx_budget_spent(budget) || round >= DMX_MAX_ROUNDS)
        dmx_answers_close(book);
}
