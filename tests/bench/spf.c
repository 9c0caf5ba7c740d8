/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Times SPF from memory: every answer is in the book before the clock starts. Prints microseconds a check. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dmx/dns/zone.h"
#include "dmx/spf/spf.h"

enum { ROUNDS = 20000, MAX_QUESTIONS = 100, ARENA_BYTES = 64 * 1024 * 1024 };

static const struct {
    const char *label;
    const char *zone;
} rows[] = {
    {"five terms (ip4 a mx include include)",
     "d.example. TXT \"v=spf1 ip4:198.51.100.0/24 a mx include:a.d.example include:b.d.example -all\"\n"
     "d.example. A 198.51.100.1\nd.example. MX 10 mx.d.example.\nmx.d.example. A 198.51.100.2\n"
     "a.d.example. TXT \"v=spf1 ip4:203.0.113.0/25 ?all\"\nb.d.example. TXT \"v=spf1 ip4:203.0.113.128/25 ?all\"\n"},
    {"one term (-all)", "d.example. TXT \"v=spf1 -all\"\n"},
    {"macros (exists with i and h, include)",
     "d.example. TXT \"v=spf1 exists:%{ir}.%{h}.l.d.example include:%{d2}.i.d.example -all\"\n"
     "d.example.i.d.example. TXT \"v=spf1 ip4:203.0.113.0/24 ?all\"\n"},
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(const char *label, const char *zone_text)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_answers *book = arena ? dmx_answers_new(arena, MAX_QUESTIONS) : NULL;
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    struct dmx_spf_result result;
    size_t line;
    struct dmx_spf_request request = {
        .helo = DMX_SLICE("mx.d.example"),
        .mail_from = DMX_SLICE("someone@d.example"),
        .has_mail_from = true,
        .receiver = DMX_SLICE("mx.receiver.example"),
    };
    if (!book || !dmx_ip_parse(DMX_SLICE("192.0.2.1"), &request.client) ||
        dmx_zone_parse(dmx_slice_cstr(zone_text), arena, &zone, &line, &reason, NULL) != DMX_OK)
        exit(1);
    struct dmx_dns_source source = dmx_zone_source(zone);
    while (dmx_spf_eval(&request, book, arena, &result) == DMX_PENDING)
        source.resolve(source.ctx, book, &budget);
    double start = now_us();
    for (int i = 0; i < ROUNDS; i++) {
        struct dmx_arena *scratch = dmx_arena_new(ARENA_BYTES);
        if (!scratch || dmx_spf_eval(&request, book, scratch, &result) != DMX_DONE)
            exit(1);
        dmx_arena_free(&scratch);
    }
    printf("SPF %-40s %5.1f us a check, %s\n", label, (now_us() - start) / ROUNDS, dmx_result_word(result.result));
    dmx_arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        measure(rows[i].label, rows[i].zone);
    return 0;
}
