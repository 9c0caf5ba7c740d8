/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dmarc */
/*
 * The input is three lines and a scripted zone: author, d= of a signature that passed, d= of one whose key lookup
 * failed. Both rule sets judge it. A pass needs an aligned signature, and a stranger's signature changes nothing.
 */
#include <stdlib.h>

#include "dmx/dmarc/evaluation.h"
#include "dmx/dns/zone.h"
#include "dmx/mail/domain.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, QUESTIONS = 40, MAX_ROUNDS = 4 };

struct world {
    struct dmx_slice author;
    struct dmx_dns_source source;
    struct dmx_answers *book;
    const struct dmx_psl *psl;
    enum dmx_rules rules;
    struct dmx_discovery discovery;
    size_t rounds;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const struct dmx_psl *list(void)
{
    static const char *const paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    static struct dmx_psl *psl;
    struct dmx_reason reason;
    if (!psl && dmx_psl_load(paths, 1, &psl, &reason) != DMX_OK)
        psl = NULL;
    return psl;
}

static void answer(struct world *world)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    check(dmx_answers_open(world->book) > 0 && world->rounds++ < MAX_ROUNDS);
    world->source.resolve(world->source.ctx, world->book, &budget);
}

static void check_discovery(const struct world *world)
{
    const struct dmx_discovery *d = &world->discovery;
    check(dmx_domain_within(world->author, d->org_domain));
    check((d->status == DMX_DISCOVERY_FOUND) == (d->policy_domain.len > 0));
    check(d->status == DMX_DISCOVERY_FOUND || d->reason.token);
    if (d->status == DMX_DISCOVERY_FOUND) {
        check(dmx_domain_within(world->author, d->policy_domain));
        check(d->policy == (d->record.testing ? dmx_policy_lowered(d->published) : d->published));
    }
}

static struct dmx_dmarc_result judge(struct world *world, const struct dmx_dkim_result *dkim, size_t count)
{
    const struct dmx_author author = {.status = DMX_AUTHOR_OK, .domain = world->author};
    const struct dmx_spf_result spf = {.result = DMX_NONE};
    const struct dmx_dmarc_evidence evidence = {&author, &world->discovery, &spf, dkim, count};
    struct dmx_dmarc_result result;
    world->rounds = 0;
    while (dmx_dmarc_eval(&evidence, world->rules, world->psl, world->book, &result) == DMX_PENDING)
        answer(world);
    check((result.result == DMX_PASS) == (result.spf_aligned || result.dkim_aligned));
    check(result.result == DMX_PASS || result.reason.token);
    return result;
}

static void play(struct world *world, const struct dmx_slice signers[static 2])
{
    const struct dmx_dkim_result dkim[] = {
        {.result = DMX_PASS, .domain = signers[0]},
        {.result = DMX_TEMPERROR, .domain = signers[1], .dns_failed = true},
        {.result = DMX_PASS, .domain = DMX_SLICE("mail.stranger.invalid")},
        {.result = DMX_TEMPERROR, .domain = DMX_SLICE("key.stranger.invalid"), .dns_failed = true},
    };
    world->rounds = 0;
    while (dmx_discovery_eval(world->author, world->rules, world->psl, world->book, &world->discovery) == DMX_PENDING)
        answer(world);
    check_discovery(world);
    struct dmx_dmarc_result alone = judge(world, dkim, 2), nobody = judge(world, NULL, 0);
    check(nobody.result != DMX_PASS);
    if (dmx_slice_ends_nocase(world->author, DMX_SLICE("invalid")))
        return;
    check(judge(world, dkim, 4).result == alone.result);
    check(judge(world, dkim + 2, 2).result == nobody.result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice rest = dmx_slice((const char *)data, size), line, author, signers[2], zone_text;
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t bad_line;
    bool ok = arena && size && dmx_slice_split(&rest, '\n', &line) && dmx_domain_normalise(line, arena, &author) &&
              dmx_slice_split(&rest, '\n', &signers[0]) && dmx_slice_split(&rest, '\n', &signers[1]);
    zone_text = rest.ptr ? rest : DMX_SLICE("");
    if (ok && dmx_zone_parse(zone_text, arena, &zone, &bad_line, &reason, NULL) == DMX_OK) {
        for (int rules = DMX_RULES_7489; rules <= DMX_RULES_9989; rules++) {
            struct world world = {author, dmx_zone_source(zone), dmx_answers_new(arena, QUESTIONS),
                                  list(), (enum dmx_rules)rules, {.status = DMX_DISCOVERY_NONE},
                                  0};
            if (world.book)
                play(&world, signers);
        }
    }
    dmx_arena_free(&arena);
    return 0;
}
