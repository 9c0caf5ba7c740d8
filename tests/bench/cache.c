/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Times the shared cache in fresh processes, as Exim's are: to open it, to find answers for the first time (pages are not
 * mapped yet) and again, to miss, to keep. Medians of CPU time; of short calls over a thousand calls each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dmx/dns/cache.h"

enum { CHILDREN = 101, NAMES = 1000, NOW = 1700000000, FILE_BYTES = 16 * 1024 * 1024 };

enum figure { OPEN, OPEN_AGAIN, CREATE, FIRST_HIT, HIT, HIT_KEY, HIT_LARGE, MISS, STORE, CURRENT, FIGURES };

static const struct {
    const char *label;
    double target_us; /* 0: none */
} rows[FIGURES] = {
    [OPEN] = {"open", 30},
    [OPEN_AGAIN] = {"open again in the same process", 0},
    [CREATE] = {"create, 16 MB", 0},
    [FIRST_HIT] = {"hit, first of its page in a process", 0},
    [HIT] = {"hit, policy record of 120 bytes", 1},
    [HIT_KEY] = {"hit, RSA-2048 key of 410 bytes", 1},
    [HIT_LARGE] = {"hit, text of 2 kB (large slot)", 0},
    [MISS] = {"miss", 1},
    [STORE] = {"store", 0},
    [CURRENT] = {"is it still the current file", 0},
};

/* Of its own CPU time: nothing here waits, and the machine may be doing other things. */
static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct dmx_question questions[NAMES];
static char text[4000];

static struct dmx_cache *must_open(const struct dmx_cache_settings *settings)
{
    struct dmx_cache *cache;
    struct dmx_reason reason;
    if (dmx_cache_open(settings, &cache, &reason) != DMX_OK) {
        fprintf(stderr, "cache: %s: %s\n", settings->path, reason.text);
        exit(1);
    }
    return cache;
}

static size_t text_bytes(uint16_t type)
{
    return type == DMX_RR_TXT ? 120 : type == DMX_RR_SPF ? 410 : 2000;
}

/* Three entries a name: the type stands for the size. */
static void store_all(struct dmx_cache *cache, uint16_t type)
{
    const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = {text, text_bytes(type)}};
    const struct dmx_answer answer = {.rrs = &rr, .count = 1, .ttl_s = 600};
    for (int i = 0; i < NAMES; i++) {
        struct dmx_question question = questions[i];
        if (type != DMX_RR_TXT)
            question.name.wire[1] = (uint8_t)type; /* a name of its own for each size */
        dmx_cache_store(cache, &question, &answer, DMX_CACHE_VALUED, NOW);
    }
}

static void find_one(struct dmx_cache *cache, int n, uint16_t type, struct dmx_arena *arena)
{
    struct dmx_question question = questions[n];
    struct dmx_answer answer;
    if (type != DMX_RR_TXT)
        question.name.wire[1] = (uint8_t)type;
    (void)dmx_cache_find(cache, &question, NOW, arena, &answer);
}

/* Microseconds a lookup; a message's arena is new, and takes some ten answers. */
static double rate(struct dmx_cache *cache, uint16_t type)
{
    struct dmx_arena *arena = NULL;
    const double start = now_us();
    for (int n = 0; n < NAMES; n++) {
        if (n % 10 == 0) {
            dmx_arena_free(&arena);
            arena = dmx_arena_new(1 << 20);
        }
        find_one(cache, n, type, arena);
    }
    const double spent = now_us() - start;
    dmx_arena_free(&arena);
    return spent / NAMES;
}

/* Of lookups whose pages this process has not yet seen. */
static double first_rate(struct dmx_cache *cache, struct dmx_arena *arena)
{
    enum { STEP = 50 };
    const double start = now_us();
    for (int n = 0; n < NAMES; n += STEP)
        find_one(cache, n, DMX_RR_TXT, arena);
    return (now_us() - start) / (NAMES / STEP);
}

static void measure(struct dmx_cache_settings settings, const char *other, double out[FIGURES])
{
    struct dmx_arena *arena = dmx_arena_new(64 << 20);
    double start = now_us();
    struct dmx_cache *cache = must_open(&settings);
    out[OPEN] = now_us() - start;
    dmx_cache_close(&cache);
    start = now_us();
    cache = must_open(&settings);
    out[OPEN_AGAIN] = now_us() - start;
    out[FIRST_HIT] = first_rate(cache, arena);
    rate(cache, DMX_RR_TXT);
    out[HIT] = rate(cache, DMX_RR_TXT);
    rate(cache, DMX_RR_SPF);
    out[HIT_KEY] = rate(cache, DMX_RR_SPF);
    rate(cache, DMX_RR_MX);
    out[HIT_LARGE] = rate(cache, DMX_RR_MX);
    rate(cache, '%');
    out[MISS] = rate(cache, '%');
    start = now_us();
    store_all(cache, DMX_RR_TXT);
    out[STORE] = (now_us() - start) / NAMES;
    start = now_us();
    for (int i = 0; i < NAMES; i++) {
        if (!dmx_cache_is_current(cache))
            exit(1);
    }
    out[CURRENT] = (now_us() - start) / NAMES;
    dmx_cache_close(&cache);

    settings.path = other;
    start = now_us();
    cache = must_open(&settings);
    out[CREATE] = now_us() - start;
    dmx_cache_close(&cache);
    unlink(other);
    dmx_arena_free(&arena);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static double samples[FIGURES][CHILDREN];
    char shm[] = "/dev/shm/dmx-bench-XXXXXX", tmp[] = "/tmp/dmx-bench-XXXXXX", path[64], other[64];
    const char *dir = mkdtemp(shm) ? shm : mkdtemp(tmp);
    double *shared = mmap(NULL, sizeof(double[FIGURES]), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!dir || shared == MAP_FAILED)
        return 1;
    snprintf(path, sizeof path, "%s/cache", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < NAMES; i++) {
        char name[64];
        questions[i].type = DMX_RR_TXT;
        snprintf(name, sizeof name, "_dmarc.sender-%d.example", i);
        if (!dmx_name_from_text(dmx_slice_cstr(name), &questions[i].name))
            return 1;
    }
    const struct dmx_cache_settings settings = {path, FILE_BYTES, 86400, 3600, 0, false};
    struct dmx_cache *cache = must_open(&settings);
    store_all(cache, DMX_RR_TXT);
    store_all(cache, DMX_RR_SPF);
    store_all(cache, DMX_RR_MX);
    dmx_cache_close(&cache);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            measure(settings, other, shared);
            _exit(0);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
        for (int f = 0; f < FIGURES; f++)
            samples[f][i] = shared[f];
    }
    unlink(path);
    rmdir(dir);
    for (int f = 0; f < FIGURES; f++) {
        qsort(samples[f], CHILDREN, sizeof(double), by_value);
        printf("%-38s %9.2f us", rows[f].label, samples[f][CHILDREN / 2]);
        if (rows[f].target_us > 0)
            printf("   (target %g)", rows[f].target_us);
        printf("\n");
    }
    return 0;
}
