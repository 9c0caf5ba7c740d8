/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Writers that never stop, and readers that are killed at any instant: every record is in the store, and each once. Each
 * record has a source of its own, so that one that is counted twice or not at all shows.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#include "../../../tools/report/journal_dir.h"

enum { WRITERS = 8, KILLS = 200, MOST = 400000 };

static uint32_t *written; /* of each writer, shared with it: a record counts when its append has returned */
static unsigned char seen[WRITERS][MOST / WRITERS];

static void sleep_us(long us)
{
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static void write_on(uint32_t writer, const volatile uint32_t *stop)
{
    while (!*stop && written[writer] < MOST / WRITERS) {
        struct dmx_event event = world_event(TODAY, "a.example", writer << 20 | written[writer]);
        world_append(&event);
        __atomic_add_fetch(&written[writer], 1, __ATOMIC_RELEASE);
        sleep_us(200);
    }
    _exit(0);
}

static void start_writers(const volatile uint32_t *stop)
{
    for (uint32_t i = 0; i < WRITERS; i++)
        if (fork() == 0)
            write_on(i, stop);
}

/* A reader as cron starts it. Ends with 0 when it came to its end. */
static void read_once(void)
{
    struct dmx_store *store = NULL;
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    intake.keep_s = 0;
    if (dmx_store_open(world_location(), DMX_STORE_CREATE, &store) != DMX_OK)
        _exit(2);
    _exit(dmx_intake_run(store, &intake, &result) == DMX_OK ? 0 : 3);
}

/* True: it was killed before it came to its end. */
static bool read_and_kill(unsigned instant_us)
{
    int status;
    pid_t reader = fork();
    if (reader == 0)
        read_once();
    sleep_us((long)instant_us);
    kill(reader, SIGKILL);
    ck_assert_int_eq(waitpid(reader, &status, 0), reader);
    ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "a reader ended with %d", WEXITSTATUS(status));
    return WIFSIGNALED(status);
}

static enum dmx_status see_row(void *ctx, const struct dmx_aggregate_row *row)
{
    (void)ctx;
    uint32_t n = (uint32_t)row->source.bytes[1] << 16 | (uint32_t)row->source.bytes[2] << 8 | row->source.bytes[3];
    uint32_t writer = n >> 20, record = n & 0xfffff;
    ck_assert(writer < WRITERS && record < MOST / WRITERS);
    seen[writer][record] = (unsigned char)(seen[writer][record] + row->count);
    return DMX_OK;
}

static void check_all(struct dmx_store *store)
{
    struct dmx_store_report *reports;
    uint64_t total = 0, want = 0;
    size_t count = world_reports(store, DMX_REPORT_OPEN, &reports);
    for (size_t i = 0; i < count; i++) {
        ck_store_ok(store, store->verbs->rows(store, reports[i].id, see_row, NULL));
        total += reports[i].messages;
    }
    for (uint32_t writer = 0; writer < WRITERS; writer++)
        for (uint32_t i = 0; i < written[writer]; i++, want++)
            ck_assert_msg(seen[writer][i] == 1, "H1 record %u of writer %u is there %d times", i, writer,
                          seen[writer][i]);
    ck_assert_uint_eq(total, want);
}

START_TEST(torture_of_the_journal)
{
    struct dmx_store_totals totals;
    int kills = 0, whole = 0, status;
    unsigned span = 50000;
    written = mmap(NULL, (WRITERS + 1) * sizeof *written, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(written, MAP_FAILED);
    start_writers(&written[WRITERS]);
    srand(1);
    /* So that on any machine about half of the readers come to their end: kills fall on every instant of a run. */
    int wanted = world_is_postgresql() ? KILLS / 4 : KILLS; /* a run takes longer */
    while (kills < wanted) {
        bool killed = read_and_kill((unsigned)rand() % span);
        kills += killed;
        whole += !killed;
        span = killed ? span + span / 16 : span - span / 16;
    }
    written[WRITERS] = 1;
    for (int i = 0; i < WRITERS; i++)
        ck_assert(wait(&status) > 0 && status == 0);
    struct dmx_store *store = world_store();
    world_run(store);
    check_all(store);
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    ck_assert_uint_eq(totals.passed_over, 0);
    ck_assert_uint_eq(world_files("journal.taken-") + world_files("journal.bad-"), 0);
    printf("%d writers, %d readers killed, %d not: %lu records in %lu files, each once\n", WRITERS, kills, whole,
           (unsigned long)totals.records, (unsigned long)totals.files);
    dmx_store_free(&store);
}
END_TEST

DMX_STORE_SUITE(torture)
{
    tcase_add_checked_fixture(tcase, world_setup, world_teardown);
    DMX_TEST(torture_of_the_journal);
}
