/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Times the judgement of evidence that has been gathered: discovery, alignment, result, the linting of records and the
 * decision, all answers in the book already, for both rule sets. What it may take is 15 microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../module/pipeline/asking.h"
#include "../../module/pipeline/decide.h"
#include "dmx/dns/zone.h"

enum { ROUNDS = 20000, ARENA_BYTES = 64 * 1024 * 1024 };

static const char zone_text[] =
    "_dmarc.bank.example. TXT \"v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=r; aspf=r; fo=1; "
    "rua=mailto:dmarc@bank.example,mailto:reports@agency.example; ruf=mailto:dmarc@bank.example\"\n"
    "mail.news.bank.example. A 192.0.2.1\n";

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct bench {
    struct dmx_engine engine;
    struct dmx_envelope envelope;
    struct dmx_answers *book;
    struct dmx_arena *arena;
    const struct dmx_verdict *evidence;
};

static bool evaluate(const struct bench *bench, struct dmx_verdict *verdict)
{
    *verdict = *bench->evidence;
    if (dmx_discover(&bench->engine, bench->book, verdict) == DMX_PENDING ||
        dmx_weigh(&bench->engine, bench->book, verdict) == DMX_PENDING)
        return false;
    dmx_dmarc_lint(&verdict->author, &verdict->discovery, dmx_rules_of(bench->engine.config), bench->book,
                   &verdict->lint);
    dmx_decide(bench->engine.config, &bench->envelope, bench->arena, verdict);
    return true;
}

static void measure(const char *label, struct bench *bench)
{
    static double times[ROUNDS];
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_verdict verdict;
    bench->arena = dmx_arena_new(ARENA_BYTES);
    bench->book = bench->arena ? dmx_answers_new(bench->arena, 100) : NULL;
    if (!bench->book)
        exit(1);
    while (!evaluate(bench, &verdict))
        bench->engine.dns.resolve(bench->engine.dns.ctx, bench->book, &budget);
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_us();
        if (!evaluate(bench, &verdict))
            exit(1);
        times[i] = now_us() - start;
    }
    qsort(times, ROUNDS, sizeof *times, by_value);
    printf("evaluation of gathered evidence, %s, dmarc=%s: median %.1f us, 99th percentile %.1f us\n", label,
           dmx_result_word(verdict.dmarc.result), times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    dmx_arena_free(&bench->arena);
}

int main(void)
{
    static const char *const psl_paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    static const struct dmx_dkim_result dkim[] = {
        {.result = DMX_PASS, .domain = DMX_SLICE_INIT("agency.example")},
        {.result = DMX_FAIL, .domain = DMX_SLICE_INIT("bank.example")},
    };
    struct dmx_config *config = NULL, other;
    struct dmx_psl *psl = NULL;
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t line = 0;
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    const struct dmx_slice author = DMX_SLICE_INIT("mail.news.bank.example");
    const struct dmx_verdict evidence = {
        .author = {.status = DMX_AUTHOR_OK, .domain = author, .domains = {author}, .domain_count = 1},
        .spf = {.result = DMX_FAIL, .domain = DMX_SLICE_INIT("bounce.agency.example")},
        .dkim = dkim,
        .dkim_count = 2,
        .judged = true,
    };
    if (!arena || dmx_config_new(&config) != DMX_OK || dmx_psl_load(psl_paths, 1, &psl, &reason) != DMX_OK ||
        dmx_zone_parse(dmx_slice_cstr(zone_text), arena, &zone, &line, &reason, NULL) != DMX_OK) {
        fprintf(stderr, "cannot be set up\n");
        return 1;
    }
    dmx_config_with_rules(config, DMX_OPTION_RFC9989, &other);
    struct bench bench = {.engine = {config, psl, dmx_zone_source(zone)}, .evidence = &evidence};
    measure("rfc7489", &bench);
    bench.engine.config = &other;
    measure("rfc9989", &bench);
    dmx_psl_free(&psl);
    dmx_config_free(&config);
    dmx_arena_free(&arena);
    return 0;
}
