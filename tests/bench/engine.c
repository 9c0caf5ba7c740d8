/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Times the engine without Exim: a message of 30 kB with one RSA-2048 signature, SPF and DMARC, all answers scripted.
 * Prints microseconds a message, the first apart from the others. usage: engine [MESSAGE ZONE IP MAIL_FROM]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "dmx/dns/zone.h"
#include "dmx/pipeline/pipeline.h"

enum { ROUNDS = 2000, ARENA_BYTES = 64 * 1024 * 1024, MAX_FILE = 1024 * 1024 };

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct dmx_slice load(const char *path)
{
    static char buffers[2][MAX_FILE];
    static int used;
    FILE *file = fopen(path, "rb");
    if (!file || used == 2) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    char *text = buffers[used++];
    size_t size = fread(text, 1, MAX_FILE, file);
    fclose(file);
    return dmx_slice(text, size);
}

struct bench {
    struct dmx_engine engine;
    struct dmx_envelope envelope;
    struct dmx_slice text;
};

/* One message from bytes to verdict; returns microseconds. */
static double once(const struct bench *bench, struct dmx_verdict *verdict)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_message message = {0};
    double start = now_us();
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    *verdict = (struct dmx_verdict){0};
    if (!arena || dmx_message_parse(bench->text, arena, &message) != DMX_OK ||
        dmx_pipeline_judge(&bench->engine, &bench->envelope, &message, NULL, &budget, arena, verdict) != DMX_OK)
        exit(1);
    dmx_arena_free(&arena);
    return now_us() - start;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const char *const psl_paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    static double times[ROUNDS];
    struct dmx_config *config = NULL;
    struct dmx_psl *psl = NULL;
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t line = 0;
    struct bench bench = {.text = load(argc > 1 ? argv[1] : "tests/data/bench/30k.eml")};
    struct dmx_slice zone_text = load(argc > 2 ? argv[2] : "tests/data/bench/30k.zone");
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    if (!arena || dmx_config_new(&config) != DMX_OK || dmx_psl_load(psl_paths, 1, &psl, &reason) != DMX_OK ||
        dmx_zone_parse(zone_text, arena, &zone, &line, &reason, NULL) != DMX_OK) {
        fprintf(stderr, "cannot be set up\n");
        return 1;
    }
    bench.engine = (struct dmx_engine){config, psl, dmx_zone_source(zone)};
    bench.envelope = (struct dmx_envelope){
        .helo = DMX_SLICE("mx.sender.example"),
        .mail_from = dmx_slice_cstr(argc > 4 ? argv[4] : "bounce@sender.example"),
        .has_mail_from = true,
        .receiver = DMX_SLICE("mx.receiver.example"),
        .now_s = 1700000000,
    };
    if (!dmx_ip_parse(dmx_slice_cstr(argc > 3 ? argv[3] : "192.0.2.1"), &bench.envelope.client))
        return 1;
    struct dmx_verdict verdict;
    double first = once(&bench, &verdict);
    for (int i = 0; i < ROUNDS; i++)
        times[i] = once(&bench, &verdict);
    qsort(times, ROUNDS, sizeof *times, by_value);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("message of %zu bytes, %zu signatures, dmarc=%s\n", bench.text.len, verdict.dkim_count,
           dmx_result_word(verdict.dmarc.result));
    printf("first in the process %.0f us, then median %.0f us, 99th percentile %.0f us; resident %ld kB in all\n",
           first, times[ROUNDS / 2], times[ROUNDS * 99 / 100], usage.ru_maxrss);
    dmx_psl_free(&psl);
    dmx_config_free(&config);
    dmx_arena_free(&arena);
    return 0;
}
