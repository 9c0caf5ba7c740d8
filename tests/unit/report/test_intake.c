/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* From the journal into the store: what is left behind, damaged, locked, of another version; and what is kept. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmx/base/crc.h"
#include "world.h"

#include "../../../tools/report/journal_dir.h"

static struct dmx_store *store;

static void setup(void)
{
    world_setup();
    journal_dir_wait_ms = 50;
    store = world_store();
}

static void teardown(void)
{
    dmx_store_free(&store);
    world_teardown();
}

static void append(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        struct dmx_event event = world_event(TODAY, "a.example", i);
        world_append(&event);
    }
}

START_TEST(intake_nothing)
{
    struct dmx_intake_result result = world_run(store);
    ck_assert_uint_eq(result.files + result.records, 0);
    int fd = open("journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    close(fd);
    ck_assert_uint_eq(world_run(store).files, 0);
    ck_assert_uint_eq(world_files("journal"), 1);
}
END_TEST

START_TEST(intake_no_directory)
{
    struct dmx_intake intake = world_intake();
    struct dmx_intake_result result;
    intake.dir = "./nowhere";
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_OK);
    close(open("a-file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    intake.dir = "a-file";
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_IO);
    ck_assert_str_eq(result.error, "a-file: Not a directory");
}
END_TEST

START_TEST(intake_takes_and_keeps)
{
    struct dmx_intake_waiting waiting;
    append(0, 5);
    ck_assert(dmx_intake_look(".", &waiting));
    ck_assert_uint_gt(waiting.journal_bytes, 500);
    struct dmx_intake_result result = world_run(store);
    ck_assert_uint_eq(result.files, 1);
    ck_assert_uint_eq(result.records, 5);
    ck_assert_uint_eq(result.passed_over, 0);
    ck_assert_uint_eq(world_messages(store, NULL), 5);
    ck_assert_uint_eq(world_files("journal.kept-"), 1);
    ck_assert_uint_eq(world_files("journal"), 1);
    append(5, 7);
    world_run(store);
    ck_assert_uint_eq(world_messages(store, NULL), 7);
    ck_assert_uint_eq(world_files("journal.kept-"), 2);
    ck_assert(dmx_intake_look(".", &waiting));
    ck_assert_uint_eq(waiting.kept_files, 2);
    ck_assert_uint_eq(waiting.journal_bytes + waiting.taken_files + waiting.bad_files, 0);
}
END_TEST

/* What is kept goes by age and by size, the oldest first; with journal_history = 0 nothing is kept. */
static const struct {
    const char *label;
    int64_t keep_s;
    uint64_t keep_bytes;
    size_t left; /* a record has some 200 bytes */
} keeping[] = {
    {"all of it", 1000 * (int64_t)DMX_DAY_S, UINT64_MAX, 3},
    {"not so old", 9 * DMX_DAY_S, UINT64_MAX, 2},
    {"not so much", 1000 * (int64_t)DMX_DAY_S, 300, 1},
    {"nothing", 0, UINT64_MAX, 0},
};

START_TEST(intake_prunes)
{
    struct dmx_intake intake = world_intake();
    struct dmx_intake_result result;
    struct timespec old[2] = {{.tv_sec = NOW_S - 10 * DMX_DAY_S}, {.tv_sec = NOW_S - 10 * DMX_DAY_S}};
    intake.keep_s = 1000 * (int64_t)DMX_DAY_S;
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            intake.keep_s = keeping[_i].keep_s;
            intake.keep_bytes = keeping[_i].keep_bytes;
        }
        append((uint32_t)i, (uint32_t)i + 1);
        old[0].tv_sec = old[1].tv_sec = NOW_S - (10 - i * 5) * DMX_DAY_S;
        ck_assert_int_eq(utimensat(AT_FDCWD, "journal", old, 0), 0);
        ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_OK);
    }
    ck_assert_msg(world_files("journal.kept-") == keeping[_i].left, "%s: %zu", keeping[_i].label,
                  world_files("journal.kept-"));
    ck_assert_uint_eq(world_messages(store, NULL), 3);
}
END_TEST

/* A run that died after the rename, and one that died between the commit and the end. */
START_TEST(intake_resumes)
{
    append(0, 3);
    ck_assert_int_eq(rename("journal", "journal.taken-0123456789abcdef0123456789abcdef"), 0);
    append(3, 5);
    ck_assert_uint_eq(world_run(store).files, 2);
    ck_assert_uint_eq(world_messages(store, NULL), 5);
    ck_assert_int_eq(
        rename("journal.kept-0123456789abcdef0123456789abcdef", "journal.taken-0123456789abcdef0123456789abcdef"), 0);
    struct dmx_intake_result result = world_run(store);
    ck_assert_uint_eq(result.files, 0);
    ck_assert_uint_eq(result.again, 1);
    ck_assert_uint_eq(world_messages(store, NULL), 5);
    ck_assert_uint_eq(world_files("journal.kept-"), 2);
    ck_assert_uint_eq(world_files("journal.taken-"), 0);
}
END_TEST

/* ---- damage ---- */

static void append_garbage(size_t size)
{
    static char garbage[300 * 1024];
    memset(garbage, 'D', sizeof garbage);
    world_append_bytes(dmx_slice(garbage, size));
}

static void append_later_version(void)
{
    static const char payload[] = {8, 0, 1, 99};
    char frame[16];
    struct dmx_builder b = dmx_builder_fixed(frame, sizeof frame + 1);
    dmx_put_cstr(&b, "DMXJ");
    dmx_put_be32(&b, sizeof payload);
    dmx_put(&b, dmx_slice(payload, sizeof payload));
    dmx_put_be32(&b, dmx_crc32(0, dmx_slice(frame + 4, b.len - 4)));
    world_append_bytes(dmx_slice(frame, b.len));
}

static void tear(size_t left)
{
    struct stat st;
    ck_assert_int_eq(stat("journal", &st), 0);
    ck_assert_int_eq(truncate("journal", st.st_size - (off_t)left), 0);
}

static void sound(void)
{
    append(0, 2);
}
static void torn_at_the_end(void)
{
    append(0, 3);
    tear(10);
}
static void torn_between(void)
{
    append(0, 2);
    tear(10);
    append(2, 3);
}
static void garbage_between(void)
{
    append(0, 1);
    append_garbage(1000);
    append(1, 2);
}
static void later_between(void)
{
    append(0, 1);
    append_later_version();
    append(1, 2);
}
static void little_garbage(void)
{
    append_garbage(DMX_EVENT_MAX);
}
static void only_garbage(void)
{
    append_garbage(DMX_EVENT_MAX + 1);
}
static void only_later(void)
{
    for (int i = 0; i < 5000; i++)
        append_later_version();
}

static const struct {
    const char *label;
    void (*make)(void);
    uint64_t records, least, most; /* bytes passed over */
    uint64_t bad;
} damages[] = {
    {"sound", sound, 2, 0, 0, 0},
    {"torn at the end", torn_at_the_end, 2, 1, 500, 0},
    {"torn between", torn_between, 2, 1, 500, 0},
    {"garbage between", garbage_between, 2, 1000, 1000, 0},
    {"a later version's between", later_between, 2, 16, 16, 0},
    {"one torn record and nothing else", little_garbage, 0, DMX_EVENT_MAX, DMX_EVENT_MAX, 0},
    {"nothing but garbage", only_garbage, 0, DMX_EVENT_MAX + 1, DMX_EVENT_MAX + 1, 1},
    {"nothing but a later version's", only_later, 0, 80000, 80000, 1},
};

START_TEST(intake_damage)
{
    struct dmx_store_totals totals;
    damages[_i].make();
    struct dmx_intake_result result = world_run(store);
    ck_assert_msg(result.records == damages[_i].records, "%s: %lu", damages[_i].label, (unsigned long)result.records);
    ck_assert_msg(result.passed_over >= damages[_i].least && result.passed_over <= damages[_i].most, "%s: %lu",
                  damages[_i].label, (unsigned long)result.passed_over);
    ck_assert_uint_eq(result.bad, damages[_i].bad);
    ck_assert_uint_eq(world_files("journal.bad-"), damages[_i].bad);
    ck_assert_uint_eq(world_messages(store, NULL), damages[_i].records);
    ck_store_ok(store, store->verbs->totals(store, NOW_S, &totals));
    ck_assert_uint_eq(totals.passed_over, result.passed_over);
}
END_TEST

/* Records and garbage across the borders of what is read at once. */
START_TEST(intake_windows)
{
    uint64_t garbage = 0;
    uint32_t records = 0;
    for (size_t size = 1; garbage < 9 * 1024 * 1024; size = size * 3 % 262147 + 1) {
        append(records, records + 7);
        records += 7;
        append_garbage(size);
        garbage += size;
    }
    append(records, records + 1);
    struct dmx_intake_result result = world_run(store);
    ck_assert_uint_eq(result.records, records + 1);
    ck_assert_uint_eq(result.passed_over, garbage);
    ck_assert_uint_eq(world_messages(store, NULL), records + 1);
}
END_TEST

/* ---- others ---- */

/* A writer that was stopped while it held its lock keeps nobody from the rest; its file is for the next run. */
START_TEST(intake_locked_file)
{
    struct dmx_intake intake = world_intake();
    struct dmx_intake_result result;
    append(0, 2);
    int fd = open("journal", O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_SH), 0);
    ck_assert_int_eq(rename("journal", "journal.taken-0"), 0);
    append(2, 5);
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_LIMIT);
    ck_assert_str_eq(result.error, "./journal.taken-0: is still locked by a writer: left for the next run");
    ck_assert_uint_eq(world_messages(store, NULL), 3);
    close(fd);
    ck_assert_uint_eq(world_run(store).records, 2);
    ck_assert_uint_eq(world_messages(store, NULL), 5);
}
END_TEST

START_TEST(intake_locked_directory)
{
    struct dmx_intake intake = world_intake();
    struct dmx_intake_result result;
    append(0, 2);
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_LIMIT);
    ck_assert_str_eq(result.error, ".: somebody else is reading the journal");
    close(fd);
    ck_assert_uint_eq(world_run(store).records, 2);
}
END_TEST

/* A taken journal that is none. */
START_TEST(intake_odd_files)
{
    ck_assert_int_eq(mkfifo("journal.taken-1", 0600), 0);
    ck_assert_int_eq(symlink("/etc/passwd", "journal.taken-2"), 0);
    ck_assert_int_eq(mkdir("journal.taken-3", 0700), 0);
    append(0, 1);
    ck_assert_uint_eq(world_run(store).records, 1);
    ck_assert_uint_eq(world_files("journal.taken-"), 3);
}
END_TEST

/* ---- a large day ---- */

/*
 * 10,000 domains in a day, and a domain with 100,000 sources: what the process takes at most is printed, and bounded by
 * the batch, the window and SQLite's cache whatever the day is like.
 */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* Under sanitizers everything takes more. */
#ifdef __SANITIZE_ADDRESS__
static const bool is_measured = false;
#else
static const bool is_measured = !__has_feature(address_sanitizer);
#endif

static long peak_kb(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *line = strstr(text, "VmHWM:");
    return line ? strtol(line + 6, NULL, 10) : 0;
}

START_TEST(intake_large_day)
{
    enum { DOMAINS = 10000, SOURCES = 100000, MOST_KB = 250 * 1024 };
    uint64_t rows;
    char name[40];
    for (uint32_t i = 0; i < DOMAINS; i++) {
        snprintf(name, sizeof name, "d%u.example", i);
        struct dmx_event event = world_event(TODAY, name, i);
        world_append(&event);
    }
    append(0, SOURCES);
    struct dmx_intake_result result = world_run(store);
    ck_assert_uint_eq(result.records, DOMAINS + SOURCES);
    ck_assert_uint_eq(world_messages(store, &rows), DOMAINS + SOURCES);
    ck_assert_uint_eq(rows, DOMAINS + SOURCES);
    printf("10,000 domains and 100,000 sources of one: %ld MB at most\n", peak_kb() / 1024);
    ck_assert(!is_measured || peak_kb() < MOST_KB);
}
END_TEST

DMX_STORE_SUITE(intake)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(intake_nothing);
    DMX_TEST(intake_no_directory);
    DMX_TEST(intake_takes_and_keeps);
    DMX_TABLE(intake_prunes, keeping);
    DMX_TEST(intake_resumes);
    DMX_TABLE(intake_damage, damages);
    DMX_TEST(intake_windows);
    DMX_TEST(intake_locked_file);
    DMX_TEST(intake_locked_directory);
    DMX_TEST(intake_odd_files);
    DMX_TEST(intake_large_day);
}
