/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The store's file: made, refused, locked, filled up. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

#include "../../../tools/report/sqlite.h"

static struct dmx_store *store;

static void setup(void)
{
    world_setup();
    sqlite_busy_ms = 50;
}

static void teardown(void)
{
    dmx_store_free(&store);
    world_teardown();
}

static enum dmx_status open_store(const char *location, enum dmx_store_mode mode)
{
    dmx_store_free(&store);
    return dmx_store_open(dmx_slice_cstr(location), mode, &store);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, sql, NULL, NULL, &error);
    ck_assert_msg(!error, "%s: %s", sql, error);
    sqlite3_close(db);
}

/* ---- the file ---- */

static unsigned mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static const mode_t umasks[] = {0, 077, 0777};

START_TEST(store_is_made)
{
    mode_t old = umask(umasks[_i]);
    enum dmx_status status = open_store("sqlite:var/reports.db", DMX_STORE_CREATE);
    umask(old);
    ck_assert_msg(status == DMX_OK, "%s", store->error);
    ck_assert_uint_eq(mode_of("var"), 0750);
    ck_assert_uint_eq(mode_of("var/reports.db"), 0640);
    ck_assert_uint_eq(mode_of("var/reports.db-wal"), 0640);
    ck_assert_uint_eq(mode_of("var/reports.db-shm"), 0640);
    uint8_t key[DMX_STORE_KEY];
    memcpy(key, store->key, sizeof key);
    ck_assert_int_eq(open_store("sqlite:var/reports.db", DMX_STORE_EXISTING), DMX_OK);
    ck_assert_mem_eq(key, store->key, sizeof key);
}
END_TEST

static void make_nothing(void)
{
}
static void make_garbage(void)
{
    int fd = open("reports.db", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static char text[8192] = "This is no database, but some text that somebody put there.";
    ck_assert_int_eq(write(fd, text, sizeof text), sizeof text);
    close(fd);
}
static void make_damaged(void)
{
    int fd;
    ck_assert_int_eq(open_store("sqlite:reports.db", DMX_STORE_CREATE), DMX_OK);
    dmx_store_free(&store);
    fd = open("reports.db", O_WRONLY | O_CLOEXEC);
    static char text[4096];
    memset(text, 'x', sizeof text);
    for (off_t at = 4096; at < 32 * 4096; at += 4096)
        ck_assert_int_eq(pwrite(fd, text, sizeof text, at), sizeof text);
    close(fd);
}
static void make_later(void)
{
    ck_assert_int_eq(open_store("sqlite:reports.db", DMX_STORE_CREATE), DMX_OK);
    dmx_store_free(&store);
    run_sql("reports.db", "PRAGMA user_version = 7");
}
static void make_foreign(void)
{
    run_sql("reports.db", "CREATE TABLE stamps(country, price)");
}
static void make_fifo(void)
{
    ck_assert_int_eq(mkfifo("reports.db", 0600), 0);
}
static void make_dir(void)
{
    ck_assert_int_eq(mkdir("reports.db", 0700), 0);
}

static const struct {
    const char *label;
    void (*make)(void);
    const char *location;
    enum dmx_store_mode mode;
    enum dmx_status status;
    const char *error;
} refused[] = {
    {"no scheme", make_nothing, "/var/lib/x.db", DMX_STORE_CREATE, DMX_INVALID, "not of the form sqlite:PATH or "},
    {"no path", make_nothing, "sqlite:", DMX_STORE_CREATE, DMX_INVALID, "has no path"},
    {"not there", make_nothing, "sqlite:reports.db", DMX_STORE_EXISTING, DMX_IO, "is not there yet"},
    {"no directory above", make_nothing, "sqlite:no/where/reports.db", DMX_STORE_CREATE, DMX_IO,
     "cannot be made: No such file"},
    {"a directory", make_dir, "sqlite:reports.db", DMX_STORE_CREATE, DMX_INVALID, "not a regular file"},
    {"a FIFO", make_fifo, "sqlite:reports.db", DMX_STORE_CREATE, DMX_INVALID, "not a regular file"},
    {"a text", make_garbage, "sqlite:reports.db", DMX_STORE_CREATE, DMX_INVALID, "is no SQLite database"},
    {"damaged", make_damaged, "sqlite:reports.db", DMX_STORE_EXISTING, DMX_IO, "is damaged"},
    {"of a later dmx", make_later, "sqlite:reports.db", DMX_STORE_CREATE, DMX_INVALID, "is of version 7"},
    {"of something else", make_foreign, "sqlite:reports.db", DMX_STORE_CREATE, DMX_INVALID, "something else"},
};

START_TEST(store_refuses)
{
    refused[_i].make();
    enum dmx_status status = open_store(refused[_i].location, refused[_i].mode);
    ck_assert_msg(status == refused[_i].status, "%s: %s %s", refused[_i].label, dmx_status_name(status), store->error);
    ck_assert_msg(strstr(store->error, refused[_i].error) != NULL, "%s: %s", refused[_i].label, store->error);
}
END_TEST

/* As somebody who may not write there: root may everywhere. */
START_TEST(store_in_a_place_of_others)
{
    int status;
    ck_assert_int_eq(chmod(".", 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        if (getuid() != 65534 && chmod(".", 0555) != 0)
            _exit(2);
        bool refused_it =
            open_store("sqlite:reports.db", DMX_STORE_CREATE) == DMX_IO && strstr(store->error, "Permission denied");
        _exit(refused_it ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* A file of another's, which may be read. */
START_TEST(store_of_others)
{
    int status;
    ck_assert_int_eq(open_store("sqlite:reports.db", DMX_STORE_CREATE), DMX_OK);
    dmx_store_free(&store);
    if (getuid() != 0)
        return;
    ck_assert_int_eq(chmod("reports.db", 0644), 0);
    ck_assert_int_eq(chmod(".", 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(2);
        bool refused_it = open_store("sqlite:reports.db", DMX_STORE_CREATE) == DMX_IO &&
                          strstr(store->error, "reports.db cannot be ");
        _exit(refused_it ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(store_locked)
{
    sqlite3 *other = NULL;
    struct dmx_event event = world_event(TODAY, "a.example", 1);
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    store = world_store();
    world_append(&event);
    ck_assert_int_eq(sqlite3_open("reports.db", &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_IO);
    ck_assert_str_eq(result.error, "reports.db is locked by another process");
    ck_assert_uint_eq(world_files("journal.taken-"), 1);
    ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    ck_assert_uint_eq(world_run(store).records, 1);
    ck_assert_uint_eq(world_messages(store, NULL), 1);
}
END_TEST

/* No more than so many bytes of any file: as on a disk that is full. Afterwards everything is there, once. */
START_TEST(store_disk_full)
{
    enum { MANY = 20000 };
    struct rlimit limit, small = {300 * 1024, RLIM_INFINITY};
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    store = world_store();
    for (uint32_t i = 0; i < MANY; i++) {
        struct dmx_event event = world_event(TODAY, "a.example", i);
        world_append(&event);
    }
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(dmx_intake_run(store, &intake, &result), DMX_IO);
    ck_assert_msg(strstr(result.error, "reports.db ") != NULL, "%s", result.error);
    ck_assert_uint_eq(world_messages(store, NULL), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_uint_eq(world_run(store).records, MANY);
    ck_assert_uint_eq(world_messages(store, NULL), MANY);
}
END_TEST

DMX_SUITE(sqlite)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(store_is_made, umasks);
    DMX_TABLE(store_refuses, refused);
    DMX_TEST(store_in_a_place_of_others);
    DMX_TEST(store_of_others);
    DMX_TEST(store_locked);
    DMX_TEST(store_disk_full);
}
