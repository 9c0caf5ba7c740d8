/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Torture of the shared cache. Processes read and write one small file as fast as they can. Each is jumped out of by
 * siglongjmp from SIGALRM at random instants, as Exim does it; the parent kills them with SIGKILL, stops them for up to
 * longer than a slot counts as stuck, and starts others. The clock they are given steps a year back and forth. Each
 * answer tells in its text which name it is of, when it was born and for how long it may live, so that any wrong byte
 * and any life that is too long is seen. usage: cache [SECONDS]
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../module/dns/cache_slot.h"
#include "dmx/dns/cache.h"

enum {
    PROCESSES = 16,
    SLEEPERS = 8, /* of them; see fall_asleep() */
    NAMES = 600,  /* about twice of what fits */
    FILE_BYTES = 256 * 1024,
    MAX_TTL = 40,
    STALE = 20,
    LONGEST_TEXT = 3900,
    HOT = 6, /* names that all ask for and keep all the time, with long texts: readers and writers meet there */
    KILLS_WANTED = 1000,
    SECONDS = 15,
    SECONDS_MOST = 50, /* a slow machine gets this long to reach the kills */
    START = 1700000000,
    YEAR = 365 * 86400,
};

/* What a process tells of itself; it outlives the process. Own cache lines. */
struct tally {
    _Alignas(128) _Atomic uint64_t hits, misses, stale, stores, flushes, jumps, sleeps, wrong, longest_cpu_ns;
    _Atomic bool asleep; /* not to be killed before it goes on */
    char first_wrong[200];
};

struct shared {
    _Atomic int64_t now_s;
    struct tally tallies[PROCESSES];
};

static struct shared *shared;
static struct dmx_cache_settings settings = {NULL, FILE_BYTES, MAX_TTL, MAX_TTL, STALE, false};

/* ---- chance ------------------------------------------------------------------------------------------------------- */

static uint64_t draw_state;

static uint32_t draw(uint32_t below)
{
    draw_state = draw_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((draw_state >> 33) % below);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- the truth ---------------------------------------------------------------------------------------------------- */

static struct dmx_question question_nth(uint32_t n)
{
    char name[40];
    struct dmx_question question = {.type = DMX_RR_TXT};
    snprintf(name, sizeof name, "%s%u.torture.test", n % 2 ? "_dmarc." : "", n);
    if (!dmx_name_from_text(dmx_slice_cstr(name), &question.name))
        abort();
    return question;
}

/* Every 16th name does not exist, every 16th is sometimes not to be had. */
static bool is_absent(uint32_t n)
{
    return n % 16 == 0;
}

static bool may_fail(uint32_t n)
{
    return n % 16 == 1;
}

/* "NAME BORN TTL " and bytes that follow from these, of a length that does, too. */
static struct dmx_slice text_of(uint32_t n, int64_t born_s, uint32_t ttl_s, char buffer[LONGEST_TEXT])
{
    int head = snprintf(buffer, LONGEST_TEXT, "%u %lld %u ", n, (long long)born_s, ttl_s);
    uint64_t state = (uint64_t)born_s * 1000003 + n * 64 + ttl_s;
    const size_t len = (n < HOT ? 3300 : state % 5 ? 60 : 600) + state % 500;
    for (size_t i = (size_t)head; i < len; i += 4) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        for (size_t j = i; j < i + 4 && j < len; j++)
            buffer[j] = (char)(state >> (32 + 8 * (j - i)));
    }
    return dmx_slice(buffer, len);
}

/* What is wrong with an answer, or NULL. */
static const char *fault_of_text(uint32_t n, enum dmx_cache_found found, const struct dmx_answer *answer, int64_t now_s)
{
    char copy[64] = "", want[LONGEST_TEXT];
    unsigned name, ttl_s;
    long long born_s;
    const struct dmx_slice got = answer->rrs[0].data.text;
    memcpy(copy, got.ptr, got.len < sizeof copy - 1 ? got.len : sizeof copy - 1);
    if (answer->count != 1 || sscanf(copy, "%u %lld %u ", &name, &born_s, &ttl_s) != 3)
        return "unreadable";
    if (name != n)
        return "of another name";
    if (!dmx_slice_eq(got, text_of(n, born_s, ttl_s, want)))
        return "other bytes";
    if (born_s > now_s || ttl_s > MAX_TTL)
        return "from the future, or of a life over the ceiling";
    if (found == DMX_CACHE_FRESH ? answer->ttl_s != born_s + ttl_s - now_s : now_s < born_s + ttl_s)
        return "of another life than it says";
    if (found != DMX_CACHE_FRESH && now_s - born_s - ttl_s >= STALE)
        return "staler than is allowed";
    return NULL;
}

static const char *fault_of(uint32_t n, enum dmx_cache_found found, const struct dmx_answer *answer, int64_t now_s)
{
    if (found == DMX_CACHE_MISS)
        return NULL;
    if (answer->status == DMX_DNS_NXDOMAIN)
        return is_absent(n) && answer->ttl_s <= MAX_TTL ? NULL : "absent";
    if (answer->status == DMX_DNS_SERVFAIL)
        return may_fail(n) && found == DMX_CACHE_FRESH && answer->ttl_s <= 5 ? NULL : "failed";
    if (answer->status != DMX_DNS_OK || is_absent(n))
        return "of another status";
    return fault_of_text(n, found, answer, now_s);
}

/* ---- one process -------------------------------------------------------------------------------------------------- */

static struct tally *tally;
static sigjmp_buf way_out;
static volatile sig_atomic_t armed, disturbed;
static uint64_t entered_ns;
static bool sleeper;

static void add(_Atomic uint64_t *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

/*
 * A writer that is stopped in the middle and goes on when its slot has been taken over is the hardest case, and a rare
 * one: it is made here more often than SIGSTOP at random would. No signal handler of dmx sleeps, of course.
 */
static void fall_asleep(void)
{
    const struct timespec time = {3, 100000000 + (long)draw(600) * 1000000};
    atomic_store(&tally->asleep, true);
    nanosleep(&time, NULL);
    atomic_store(&tally->asleep, false);
    add(&tally->sleeps);
}

/* Two processors are too few for many meetings: who is in the middle lets the others run for a moment. */
static void nap(void)
{
    const struct timespec time = {0, 50000 + (long)draw(500000)};
    nanosleep(&time, NULL);
}

static void jump(int sig)
{
    (void)sig;
    disturbed = 1;
    if (!armed)
        return;
    const uint32_t chance = draw(8);
    if (chance == 0 && sleeper)
        fall_asleep();
    else if (chance < 5)
        nap();
    if (chance < 5)
        return;
    armed = 0;
    siglongjmp(way_out, 1);
}

static void set_timer(void)
{
    const struct itimerval timer = {.it_value = {.tv_usec = 5 + (suseconds_t)draw(100)}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void note_wrong(const char *what, uint32_t n)
{
    add(&tally->wrong);
    snprintf(tally->first_wrong, sizeof tally->first_wrong, "name %u: %s", n, what);
}

/* Between these a process may be jumped out of; what it spends there is its wait, unless a signal took part of it. */
static void enter(void)
{
    disturbed = 0;
    entered_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    armed = 1;
}

static void leave(void)
{
    armed = 0;
    const uint64_t spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - entered_ns;
    if (!disturbed && spent > atomic_load_explicit(&tally->longest_cpu_ns, memory_order_relaxed))
        atomic_store_explicit(&tally->longest_cpu_ns, spent, memory_order_relaxed);
}

/* A store as after a lookup. */
static void store(struct dmx_cache *cache, uint32_t n, int64_t now_s, char *buffer)
{
    const struct dmx_question question = question_nth(n);
    const uint32_t ttl_s = 1 + draw(MAX_TTL);
    struct dmx_rr rr = {.type = DMX_RR_TXT, .ttl_s = ttl_s};
    struct dmx_answer answer = {.status = DMX_DNS_NXDOMAIN, .ttl_s = ttl_s};
    if (may_fail(n) && draw(2)) {
        answer.status = DMX_DNS_SERVFAIL;
    } else if (!is_absent(n)) {
        rr.data.text = text_of(n, now_s, ttl_s, buffer);
        answer = (struct dmx_answer){.rrs = &rr, .count = 1, .ttl_s = ttl_s};
    }
    enter();
    dmx_cache_store(cache, &question, &answer, (int)(n % 2), now_s);
    leave();
    add(&tally->stores);
}

static bool find(struct dmx_cache *cache, uint32_t n, int64_t now_s, struct dmx_arena *arena)
{
    const struct dmx_question question = question_nth(n);
    struct dmx_answer answer = {.status = DMX_DNS_CUT};
    enter();
    enum dmx_cache_found found = dmx_cache_find(cache, &question, now_s, arena, &answer);
    leave();
    const char *fault = fault_of(n, found, &answer, now_s);
    if (fault)
        note_wrong(fault, n);
    add(found == DMX_CACHE_MISS ? &tally->misses : found == DMX_CACHE_FRESH ? &tally->hits : &tally->stale);
    return found == DMX_CACHE_FRESH;
}

/* What administrators do. Entries that are shown must be true as well. */
static void administer(struct dmx_cache *cache, int64_t now_s, struct dmx_arena *arena)
{
    const uint32_t n = draw(NAMES);
    const struct dmx_question question = question_nth(n);
    struct dmx_cache_entry entry;
    size_t cursor = draw(300);
    armed = 1;
    if (draw(4) == 0)
        dmx_cache_flush(cache, &question.name, true);
    bool shown = dmx_cache_next(cache, &cursor, now_s, arena, &entry);
    armed = 0;
    add(&tally->flushes);
    char name[300];
    struct dmx_builder b = dmx_builder_fixed(name, sizeof name);
    if (!shown)
        return;
    dmx_put_name(&b, &entry.question.name);
    const char *digits = dmx_builder_text(&b).ptr;
    if (strncmp(digits, "_dmarc.", 7) == 0)
        digits += 7;
    const uint32_t of = (uint32_t)strtoul(digits, NULL, 10);
    const char *fault = fault_of(of, entry.state, &entry.answer, now_s);
    if (fault)
        note_wrong(fault, of);
}

/*
 * An arena that has its memory already: a jump out of malloc would leave malloc's lock taken, which is none of the
 * cache's business (inside Exim SIGALRM is blocked there).
 */
static struct dmx_arena *warm_arena(void)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    if (!arena || !dmx_arena_alloc(arena, 1))
        abort();
    return arena;
}

static void act(struct dmx_cache *cache, struct dmx_arena *arena, char *buffer)
{
    static const uint32_t ranges[] = {NAMES, NAMES, NAMES / 10, HOT};
    const uint32_t n = draw(ranges[draw(4)]);
    const int64_t now_s = atomic_load_explicit(&shared->now_s, memory_order_relaxed);
    if (draw(100) == 0)
        administer(cache, now_s, arena);
    else if (!find(cache, n, now_s, arena) || draw(n < HOT ? 2 : 20) == 0)
        store(cache, n, now_s, buffer);
}

static struct dmx_cache *open_cache(void)
{
    struct dmx_cache *cache = NULL;
    struct dmx_reason reason;
    /* Jumped out of this one, a process ends, as Exim's does: the file and malloc are in any state. */
    if (sigsetjmp(way_out, 1)) {
        add(&tally->jumps);
        _exit(0);
    }
    armed = 1;
    enum dmx_status status = dmx_cache_open(&settings, &cache, &reason);
    armed = 0;
    if (status != DMX_OK && strcmp(reason.token, DMX_CACHE_BEING_MADE) != 0) {
        snprintf(tally->first_wrong, sizeof tally->first_wrong, "no cache: %s", reason.token);
        add(&tally->wrong);
        _exit(0);
    }
    return cache;
}

static _Noreturn void process(int number, uint64_t seed)
{
    static char buffer[LONGEST_TEXT];
    static struct dmx_cache *cache;
    static struct dmx_arena *arena;
    struct sigaction action = {.sa_handler = jump};
    tally = &shared->tallies[number];
    atomic_store(&tally->asleep, false);
    sleeper = number < SLEEPERS;
    draw_state = seed;
    sigaction(SIGALRM, &action, NULL);
    for (;;) {
        if (draw(8) == 0)
            set_timer(); /* not each time: to make the file takes longer than that */
        cache = open_cache();
        if (!cache)
            _exit(0);
        /* static, and not looked at by the jump: it returns here and goes on with what there is. */
        if (sigsetjmp(way_out, 1))
            add(&tally->jumps);
        set_timer();
        dmx_arena_free(&arena);
        for (uint32_t left = 20000; left > 0; left--) {
            if (left % 8 == 0)
                set_timer();
            arena = warm_arena();
            act(cache, arena, buffer);
            dmx_arena_free(&arena);
        }
        dmx_cache_close(&cache);
    }
}

/* ---- the parent --------------------------------------------------------------------------------------------------- */

struct victim {
    pid_t pid;
    uint64_t wake_ns; /* stopped until then; 0: it runs */
};

static struct victim victims[PROCESSES];
static uint64_t kills, stops, deaths;
static char path[64];

static void start(int number)
{
    uint64_t seed = (uint64_t)draw(UINT32_MAX) << 16 | (uint64_t)number;
    pid_t pid = fork();
    if (pid == 0)
        process(number, seed);
    if (pid < 0)
        abort();
    victims[number] = (struct victim){pid, 0};
}

static void reap(int number, int options)
{
    int status;
    if (waitpid(victims[number].pid, &status, options) != victims[number].pid)
        return;
    /* It ends by our signal or on its own accord, and never otherwise. */
    if (!(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        deaths++;
        printf("process %d died: status %#x\n", number, (unsigned)status);
    }
    start(number);
}

/* One that is stopped or asleep seldom: it shall go on in the middle of what it did. */
static void kill_one(int number)
{
    if ((victims[number].wake_ns || atomic_load(&shared->tallies[number].asleep)) && draw(100))
        return;
    kill(victims[number].pid, SIGKILL);
    kills++;
    reap(number, 0);
}

/* For up to 4.5 s, most for less; at most a quarter of them at a time. */
static void stop_one(int number, uint64_t now)
{
    int stopped = 0;
    for (int i = 0; i < PROCESSES; i++)
        stopped += victims[i].wake_ns != 0;
    if (stopped >= PROCESSES / 4 || victims[number].wake_ns)
        return;
    kill(victims[number].pid, SIGSTOP);
    victims[number].wake_ns = now + (uint64_t)(draw(3) ? draw(100) : draw(4500)) * 1000000;
    stops++;
}

static void wake(uint64_t now)
{
    for (int i = 0; i < PROCESSES; i++) {
        reap(i, WNOHANG);
        if (victims[i].wake_ns && victims[i].wake_ns <= now) {
            kill(victims[i].pid, SIGCONT);
            victims[i].wake_ns = 0;
        }
    }
}

/* Mostly it goes on, ten seconds a second; sometimes it steps a year either way for a while, and at times back a bit. */
static void turn_clock(uint64_t begun, uint64_t now)
{
    static int64_t step;
    const uint32_t chance = draw(400);
    if (chance == 0)
        step = step ? 0 : YEAR;
    else if (chance == 1)
        step = step ? 0 : -YEAR;
    else if (chance == 2)
        step -= draw(30);
    atomic_store(&shared->now_s, START + step + (int64_t)((now - begun) / 100000000));
}

static void torment(uint64_t seconds)
{
    const uint64_t begun = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < PROCESSES; i++)
        start(i);
    for (;;) {
        const struct timespec pause = {.tv_nsec = 1000000 + draw(8000000)};
        nanosleep(&pause, NULL);
        const uint64_t now = clock_ns(CLOCK_MONOTONIC), elapsed = (now - begun) / 1000000000;
        if ((elapsed >= seconds && kills >= KILLS_WANTED) || elapsed >= SECONDS_MOST)
            break;
        turn_clock(begun, now);
        wake(now);
        if (draw(4) == 0)
            stop_one((int)draw(PROCESSES), now);
        /* More at a time where the machine is slow. */
        const int at_once = kills * SECONDS < KILLS_WANTED * elapsed ? PROCESSES / 2 : 2;
        for (int i = 0; i < at_once; i++)
            kill_one((int)draw(PROCESSES));
        if (draw(1000) == 0)
            unlink(path); /* and somebody makes it anew */
    }
    for (int i = 0; i < PROCESSES; i++) {
        kill(victims[i].pid, SIGKILL);
        waitpid(victims[i].pid, NULL, 0);
    }
}

static struct tally total(void)
{
    struct tally sum = {0};
    for (int i = 0; i < PROCESSES; i++) {
        struct tally *t = &shared->tallies[i];
        sum.hits += t->hits;
        sum.misses += t->misses;
        sum.stale += t->stale;
        sum.stores += t->stores;
        sum.flushes += t->flushes;
        sum.jumps += t->jumps;
        sum.sleeps += t->sleeps;
        sum.wrong += t->wrong;
        if (t->longest_cpu_ns > sum.longest_cpu_ns)
            sum.longest_cpu_ns = t->longest_cpu_ns;
        if (t->wrong)
            memcpy(sum.first_wrong, t->first_wrong, sizeof sum.first_wrong);
    }
    return sum;
}

static unsigned long long n(uint64_t number)
{
    return number;
}

static void print_counters(void)
{
    struct dmx_cache *cache;
    struct dmx_reason reason;
    struct dmx_cache_stats stats;
    settings.access = DMX_CACHE_READ;
    if (dmx_cache_open(&settings, &cache, &reason) != DMX_OK) {
        printf("the last file: none, %s\n", reason.token);
        return;
    }
    dmx_cache_stats(cache, &stats);
    printf("the last file: %llu evictions, %llu skipped writes, %llu takeovers, %llu of %llu slots in use\n",
           n(stats.evictions), n(stats.skipped_writes), n(stats.takeovers),
           n(stats.slots_used + stats.large_slots_used), n(stats.slots + stats.large_slots));
    dmx_cache_close(&cache);
}

static int judge(const char *what, bool good, int *failed)
{
    if (!good) {
        printf("FAIL %s\n", what);
        ++*failed;
    }
    return good;
}

int main(int argc, char **argv)
{
    char shm[] = "/dev/shm/dmx-torture-XXXXXX", tmp[] = "/tmp/dmx-torture-XXXXXX", left[80];
    const char *dir = mkdtemp(shm) ? shm : mkdtemp(tmp); /* a cache's place is a tmpfs */
    setvbuf(stdout, NULL, _IOLBF, 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !dir)
        return 1;
    snprintf(path, sizeof path, "%s/cache", dir);
    settings.path = path;
    atomic_store(&shared->now_s, START);
    draw_state = clock_ns(CLOCK_REALTIME);
    printf("seed %llu\n", n(draw_state));
    torment(argc > 1 ? strtoul(argv[1], NULL, 10) : SECONDS);

    const struct tally sum = total();
    printf("%d processes: %llu kills, %llu stops, %llu more of over 3 s inside, %llu jumps\n", PROCESSES, n(kills),
           n(stops), n(sum.sleeps), n(sum.jumps));
    printf("%llu hits, %llu stale, %llu misses, %llu stores, %llu looks and flushes; wrong answers: %llu\n",
           n(sum.hits), n(sum.stale), n(sum.misses), n(sum.stores), n(sum.flushes), n(sum.wrong));
    printf("longest of any process: %d tries at a slot (a constant), %.0f us of its own CPU time in one call\n",
           DMX_CACHE_READ_TRIES, (double)sum.longest_cpu_ns / 1000);
    print_counters();

    int passed = 0, failed = 0;
    if (sum.wrong)
        printf("%s\n", sum.first_wrong);
    passed += judge("no wrong answer", sum.wrong == 0, &failed);
    passed += judge("no process died of itself", deaths == 0, &failed);
    passed += judge("a thousand kills", kills >= KILLS_WANTED, &failed);
    passed += judge("answers were found", sum.hits > 0 && sum.stores > 0 && sum.jumps > 0, &failed);
    unlink(path);
    snprintf(left, sizeof left, "%s.new", path);
    unlink(left);
    passed += judge("nothing else is left in the directory", rmdir(dir) == 0, &failed);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
