/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "shadow.h"

#include "asking.h"
#include "decide.h"

#include "dmx/base/banned.h"

/* Rounds until nobody asks; false when a limit or the deadline may have cut a question. */
static bool travel(const struct dmx_engine *engine, struct dmx_answers *book, const struct dmx_budget *budget,
                   struct dmx_verdict *verdict)
{
    for (unsigned round = 0; round < DMX_LAST_ROUNDS; round++) {
        if (dmx_discover(engine, book, verdict) == DMX_DONE && dmx_weigh(engine, book, verdict) == DMX_DONE)
            return dmx_answers_count(book) < engine->config->dns_max_questions && !dmx_budget_spent(budget);
        if (dmx_answers_open(book) == 0)
            return false;
        dmx_ask(engine, book, budget, round);
    }
    return false;
}

void dmx_shadow_judge(const struct dmx_engine *engine, const struct dmx_envelope *envelope, struct dmx_answers *book,
                      const struct dmx_budget *budget, struct dmx_verdict *verdict)
{
    struct dmx_config config;
    struct dmx_verdict other = *verdict;
    bool list = engine->config->rules == DMX_OPTION_RFC7489;
    dmx_config_with_rules(engine->config, list ? DMX_OPTION_RFC9989 : DMX_OPTION_RFC7489, &config);
    const struct dmx_engine shadow = {.config = &config, .psl = engine->psl, .dns = engine->dns};
    verdict->shadow = (struct dmx_shadow){.rules = dmx_rules_of(&config)};
    if (!travel(&shadow, book, budget, &other) || dmx_arena_failed(dmx_answers_arena(book)))
        return;
    dmx_hear_sealers(&config, dmx_answers_arena(book), &other);
    dmx_decide(&config, envelope, dmx_answers_arena(book), &other);
    verdict->shadow = (struct dmx_shadow){
        .judged = true,
        .rules = dmx_rules_of(&config),
        .dmarc = other.dmarc,
        .has_policy = other.has_policy,
        .policy = other.policy,
        .policy_domain = other.has_policy ? other.discovery.policy_domain : DMX_SLICE_NONE,
        .disposition = other.disposition,
        .would_be = other.would_be,
        .differs = other.would_be != verdict->would_be,
    };
}
