/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Torture of the token buckets. Sixteen processes take from one bucket as fast as they can, and from others beside it. First
 * undisturbed: what was given and what was refused must add up to the last one. Then killed by SIGKILL at random instants and
 * started anew: a process that dies in a call takes one token or one count with it at most, and what the bucket gives after
 * is what its rate says. Their time goes fast. usage: bucket [SECONDS]
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dmx/dns/bucket.h"

enum {
    PROCESSES = 16,
    COUNT = 40,
    PERIOD_S = 40, /* one a second */
    PACE = 20,     /* so many seconds of the bucket's time are one of ours */
    STEP_NS = 4000000,
    OTHERS = 500, /* keys beside the hot one */
    START_MS = 1000000,
    SECONDS = 4,
};

struct tally {
    _Alignas(128) _Atomic uint64_t attempts, taken, refused, told;
};

struct shared {
    _Atomic uint64_t start_ns, skipped_ms; /* of time */
    _Atomic bool over;
    struct tally tallies[PROCESSES];
};

static struct shared *shared;
static struct dmx_cache *cache;
static const struct dmx_slice hot = DMX_SLICE_INIT("r hot.example");
static const struct dmx_bucket_rate rate = {COUNT, PERIOD_S};
static unsigned passed, failed;

static uint64_t mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t now_ms(void)
{
    return START_MS + shared->skipped_ms + (mono_ns() - shared->start_ns) * PACE / 1000000;
}

static void expect(bool holds, const char *what)
{
    holds ? passed++ : failed++;
    if (!holds)
        printf("FAIL bucket: %s\n", what);
}

static void take_others(unsigned *seed)
{
    char key[32];
    uint32_t unused;
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "r k%d.example", rand_r(seed) % OTHERS);
        if (i % 4 == 0)
            dmx_bucket_refuse(cache, dmx_slice_cstr(key), &rate, now_ms(), 1);
        else if (dmx_bucket_take(cache, dmx_slice_cstr(key), &rate, now_ms(), &unused))
            continue;
    }
}

static void work(struct tally *tally, unsigned seed)
{
    while (!shared->over) {
        uint32_t told = 0;
        tally->attempts++;
        if (dmx_bucket_take(cache, hot, &rate, now_ms(), &told)) {
            tally->taken++;
            tally->told += told;
        } else {
            tally->refused++;
        }
        take_others(&seed);
    }
    _exit(0);
}

static pid_t start(int i)
{
    static unsigned seed;
    seed++;
    pid_t pid = fork();
    if (pid == 0)
        work(&shared->tallies[i], seed);
    return pid;
}

static void sleep_ns(long ns)
{
    const struct timespec t = {0, ns};
    nanosleep(&t, NULL);
}

/* Runs them for a while, and kills so many of them at each step. How many were killed. */
static unsigned run(unsigned seconds, unsigned kills_a_step)
{
    pid_t pids[PROCESSES];
    unsigned kills = 0, seed = 7;
    shared->over = false;
    for (int i = 0; i < PROCESSES; i++)
        pids[i] = start(i);
    for (const uint64_t end_ns = mono_ns() + seconds * 1000000000ULL; mono_ns() < end_ns;) {
        sleep_ns(STEP_NS);
        for (unsigned k = 0; k < kills_a_step; k++, kills++) {
            int i = rand_r(&seed) % PROCESSES;
            kill(pids[i], SIGKILL);
            waitpid(pids[i], NULL, 0);
            pids[i] = start(i);
        }
    }
    shared->over = true;
    for (int i = 0; i < PROCESSES; i++)
        waitpid(pids[i], NULL, 0);
    return kills;
}

static struct tally sum(void)
{
    struct tally all = {0};
    for (int i = 0; i < PROCESSES; i++) {
        all.attempts += shared->tallies[i].attempts;
        all.taken += shared->tallies[i].taken;
        all.refused += shared->tallies[i].refused;
        all.told += shared->tallies[i].told;
    }
    return all;
}

/* The most that there may have been since START_MS. */
static uint64_t allowed(void)
{
    return COUNT + (now_ms() - START_MS) * COUNT / (PERIOD_S * 1000);
}

/* After a period without anybody it is full, and no fuller; the first one tells what was refused. */
static uint64_t drain(void)
{
    uint32_t told = 0, unused;
    uint64_t given = 0;
    shared->skipped_ms += PERIOD_S * 1000;
    const uint64_t then_ms = now_ms();
    bool first = dmx_bucket_take(cache, hot, &rate, then_ms, &told);
    for (given = first; given <= COUNT && dmx_bucket_take(cache, hot, &rate, then_ms, &unused); given++)
        ;
    expect(given == COUNT, "after a period there are as many as the rate says");
    return told;
}

static void undisturbed(unsigned seconds)
{
    run(seconds, 0);
    const uint64_t most = allowed();
    struct tally all = sum();
    expect(all.attempts == all.taken + all.refused && all.refused > all.taken, "each attempt was given or refused");
    expect(all.taken <= most, "never more tokens than the rate");
    expect(all.taken + 3 >= most, "and all of those that there were");
    expect(all.told + drain() == all.refused, "each refusal was told once");
    printf("bucket: %llu attempts, %llu of %llu given\n", (unsigned long long)all.attempts,
           (unsigned long long)all.taken, (unsigned long long)most);
}

static void killed(unsigned seconds)
{
    memset(shared->tallies, 0, sizeof shared->tallies);
    shared->skipped_ms += PERIOD_S * 1000;
    const uint64_t before = allowed() - COUNT;
    const unsigned kills = run(seconds, 1);
    const uint64_t most = allowed() - before;
    struct tally all = sum();
    expect(kills > 20, "many were killed");
    expect(all.taken <= most, "never more tokens than the rate, with kills");
    expect(all.taken + kills + 3 >= most, "no token is lost but with its taker");
    drain();
    printf("bucket: %u kills, %llu attempts\n", kills, (unsigned long long)all.attempts);
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/dmx-torture-XXXXXX", path[64];
    const unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SECONDS;
    struct dmx_reason reason;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !mkdtemp(dir))
        return 1;
    shared->start_ns = mono_ns();
    snprintf(path, sizeof path, "%s/dmx.cache", dir);
    const struct dmx_cache_settings settings = {path, 256 * 1024, 60, 60, 0, DMX_CACHE_USE};
    expect(dmx_cache_open(&settings, &cache, &reason) == DMX_OK, "there is a cache");
    if (cache) {
        undisturbed(seconds / 2 + 1);
        killed(seconds / 2 + 1);
    }
    dmx_cache_close(&cache);
    unlink(path);
    rmdir(dir);
    printf("%u passed, %u failed\n", passed, failed);
    return failed ? 1 : 0;
}
