/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Times what a failure report costs the message that it is about, 30 kB long: whether one is due, the limits, the capsule
 * and its file; and what the limits alone cost when they refuse. What writing one may take is 150 microseconds. Files are
 * the larger part of it, and the file system's: so it is done in /tmp and in /dev/shm, and a bare file of the same size is
 * written beside it. usage: failure [DIRECTORY]...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dmx/dns/zone.h"
#include "dmx/journal/capsule_file.h"
#include "dmx/pipeline/failure.h"

enum { ROUNDS = 900, BODY = 28000, ARENA_BYTES = 64 * 1024 * 1024 };

static const char zone_text[] =
    "_dmarc.bank.example. TXT \"v=DMARC1; p=reject; fo=1:d:s; ruf=mailto:dmarc@bank.example\"\n"
    "bank.example. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n";

struct bench {
    char dir[256], journal[288], cache_path[288];
    struct dmx_config *config;
    struct dmx_cache *cache;
    struct dmx_envelope envelope;
    struct dmx_message message;
    struct dmx_verdict verdict;
    struct dmx_arena *arena;
};

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

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "failure: %s\n", what);
    exit(1);
}

static void set(struct bench *bench, const char *assignment)
{
    struct dmx_config_error error;
    must(dmx_config_set(bench->config, dmx_slice_cstr(assignment), &error) == DMX_OK, error.text);
}

static const char *message_text(void)
{
    static char text[BODY + 4096];
    char *at = text + sprintf(text, "From: Your bank <service@bank.example>\nTo: user@receiver.example\nSubject: x\n");
    for (int i = 0; i < 20; i++)
        at += sprintf(at, "Received: from mx%d.relay.example by mx%d.relay.example with ESMTPS\n\tid %08d; now\n", i, i,
                      i);
    *at++ = '\n';
    for (int i = 0; i < BODY; i++)
        *at++ = i % 70 ? 'x' : '\n';
    return text;
}

static void prepare(struct bench *bench, const char *where)
{
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t line = 0;
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    snprintf(bench->dir, sizeof bench->dir, "%s/dmx-bench-XXXXXX", where);
    must(mkdtemp(bench->dir) != NULL, "no scratch directory");
    snprintf(bench->journal, sizeof bench->journal, "%s/journal", bench->dir);
    snprintf(bench->cache_path, sizeof bench->cache_path, "%s/dmx.cache", bench->dir);
    bench->arena = dmx_arena_new(ARENA_BYTES);
    must(bench->arena && dmx_config_new(&bench->config) == DMX_OK, "no memory");
    set(bench, "failure_reports=yes");
    set(bench, "report_org=O");
    set(bench, "report_email=r@own.example");
    must(dmx_zone_parse(dmx_slice_cstr(zone_text), bench->arena, &zone, &line, &reason, NULL) == DMX_OK, "the zone");
    must(dmx_message_parse(dmx_slice_cstr(message_text()), bench->arena, &bench->message) == DMX_OK, "the message");
    bench->envelope = (struct dmx_envelope){.helo = DMX_SLICE("mail.forger.example"),
                                            .mail_from = DMX_SLICE("x@bank.example"),
                                            .has_mail_from = true,
                                            .receiver = DMX_SLICE("mx.own.example"),
                                            .now_s = 1700000000};
    must(dmx_ip_parse(DMX_SLICE("198.51.100.7"), &bench->envelope.client), "the address");
    const struct dmx_engine engine = {bench->config, NULL, dmx_zone_source(zone)};
    must(dmx_pipeline_judge(&engine, &bench->envelope, &bench->message, NULL, &budget, bench->arena, &bench->verdict) ==
             DMX_OK,
         "judging");
    const struct dmx_cache_settings settings = {bench->cache_path, 1 << 20, 60, 60, 0, DMX_CACHE_USE};
    must(dmx_cache_open(&settings, &bench->cache, &reason) == DMX_OK, reason.text);
}

/* One message, round i; the clock of the limits is the caller's. The parts' times. */
enum { FIND, LIMIT, CAPSULE, FILE_, PARTS };

static bool run(struct bench *bench, uint64_t now_ms, double parts[PARTS])
{
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_failure failure;
    struct dmx_capsule capsule;
    struct dmx_builder file = dmx_builder_arena(arena, DMX_CAPSULE_MAX);
    const struct dmx_failure_facts facts = {
        DMX_SLICE("mx.own.example"), DMX_SLICE("1abcde-000001-AB"), DMX_SLICE_NONE, false, {1}};
    const char *why = NULL;
    double at[PARTS + 1] = {now_us()};
    must(dmx_failure_find(bench->config, NULL, &bench->verdict, &bench->message, arena, &failure) == DMX_OK &&
             failure.conditions,
         "no report is due");
    at[1] = now_us();
    bool taken = dmx_failure_limit(bench->config, bench->cache, now_ms, &failure) > 0;
    at[2] = at[3] = at[4] = now_us();
    if (taken) {
        must(dmx_failure_capsule(bench->config, &bench->envelope, &bench->verdict, &bench->message, &failure, &facts,
                                 arena, &capsule) == DMX_OK,
             "no capsule");
        dmx_capsule_put(&file, &capsule);
        struct dmx_slice bytes = dmx_builder_text(&file);
        at[3] = now_us();
        must(dmx_capsule_keep(bench->journal, bytes, now_ms / 86400000, &why) == DMX_OK, why);
        at[4] = now_us();
    }
    for (int i = 0; i < PARTS; i++)
        parts[i] = at[i + 1] - at[i];
    dmx_arena_free(&arena);
    return taken;
}

static void forget(const struct bench *bench)
{
    char path[320];
    for (unsigned n = 0; n < DMX_CAPSULE_FILES; n++) {
        snprintf(path, sizeof path, "%s/" DMX_CAPSULE_DIR "/%03u", bench->journal, n);
        unlink(path);
    }
}

/* Nothing but open, write and close, in the same place. */
static double bare_file(const struct bench *bench, size_t bytes)
{
    static const char zeros[DMX_CAPSULE_MAX];
    char path[320];
    snprintf(path, sizeof path, "%s/bare", bench->dir);
    const double start = now_us();
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, zeros, bytes) == (ssize_t)bytes, "a bare file");
    close(fd);
    const double spent = now_us() - start;
    unlink(path);
    return spent;
}

enum { BARE = PARTS, TOTAL, COLUMNS };

/* Medians of the parts, and of all; a day between two rounds gives each its token, none of them gives none. */
static void measure(struct bench *bench, const char *label, uint64_t from_ms, uint64_t step_ms, size_t bytes)
{
    static double times[COLUMNS][ROUNDS], *const all = times[TOTAL];
    double parts[PARTS];
    for (uint64_t i = 0; i < ROUNDS; i++) {
        bool taken = run(bench, from_ms + i * step_ms, parts);
        must(taken == (step_ms > 0), "the limits");
        all[i] = 0;
        for (int p = 0; p < PARTS; p++)
            all[i] += times[p][i] = parts[p];
        times[BARE][i] = bytes ? bare_file(bench, bytes) : 0;
    }
    for (int p = 0; p < COLUMNS; p++)
        qsort(times[p], ROUNDS, sizeof times[p][0], by_value);
    printf("failure report below %s, %s: %.1f us in all (99 %%: %.1f): due %.2f, limits %.2f, capsule %.1f, file %.1f; "
           "a bare file %.1f\n",
           bench->dir, label, all[ROUNDS / 2], all[ROUNDS * 99 / 100], times[FIND][ROUNDS / 2],
           times[LIMIT][ROUNDS / 2], times[CAPSULE][ROUNDS / 2], times[FILE_][ROUNDS / 2], times[BARE][ROUNDS / 2]);
    forget(bench);
}

static void measure_in(const char *where)
{
    const uint64_t day_ms = 86400000;
    static struct bench bench;
    char path[320];
    prepare(&bench, where);
    measure(&bench, "headers", 1 * day_ms, day_ms, 2000);
    measure(&bench, "refused by the limits", ROUNDS * day_ms, 0, 0);
    set(&bench, "failure_content=message");
    measure(&bench, "the whole message of 30 kB", (ROUNDS + 2) * day_ms, day_ms, 30000);
    snprintf(path, sizeof path, "%s/" DMX_CAPSULE_DIR, bench.journal);
    rmdir(path);
    rmdir(bench.journal);
    unlink(bench.cache_path);
    rmdir(bench.dir);
    dmx_cache_close(&bench.cache);
    dmx_config_free(&bench.config);
    dmx_arena_free(&bench.arena);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        measure_in(argv[i]);
    if (argc == 1) {
        measure_in("/tmp");
        measure_in("/dev/shm");
    }
    return 0;
}
