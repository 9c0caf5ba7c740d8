/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Appending to a file that others append to, rename, lock and spoil. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmx/journal/event.h"
#include "dmx/journal/writer.h"
#include "suite.h"

static char base[64], dir[80], path[100], aside[100];

static void setup(void)
{
    snprintf(base, sizeof base, "/tmp/dmx-journal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(dir, sizeof dir, "%s/dmx", base);
    snprintf(path, sizeof path, "%s/journal", dir);
    snprintf(aside, sizeof aside, "%s/journal.1", dir);
}

static void teardown(void)
{
    unlink(path);
    unlink(aside);
    rmdir(path);
    rmdir(dir);
    rmdir(base);
}

static off_t size_of(const char *name)
{
    struct stat st;
    return stat(name, &st) == 0 ? st.st_size : -1;
}

static const char *why;

static enum dmx_status append(const char *text)
{
    why = NULL;
    return dmx_journal_append(dir, dmx_slice_cstr(text), &why);
}

START_TEST(writer_makes_what_is_missing)
{
    struct stat st;
    mode_t old = umask(0);
    ck_assert_int_eq(append("one"), DMX_OK);
    umask(old);
    ck_assert_int_eq(append("two"), DMX_OK);
    ck_assert_int_eq(size_of(path), 6);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
    ck_assert_int_eq(stat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0750);
}
END_TEST

/* Whoever takes the journal away renames it, then locks it: from then on records go into a new file. */
START_TEST(writer_meets_the_reader)
{
    ck_assert_int_eq(append("one"), DMX_OK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(rename(path, aside), 0);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_int_eq(append("three"), DMX_OK);
    ck_assert_int_eq(size_of(aside), 3);
    ck_assert_int_eq(size_of(path), 5);
    close(fd);
}
END_TEST

/* Locked and not renamed is against the protocol: nothing is waited for. */
START_TEST(writer_never_waits)
{
    ck_assert_int_eq(append("one"), DMX_OK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_int_eq(append("two"), DMX_IO);
    ck_assert_str_eq(why, "is locked by somebody, or taken away again and again");
    close(fd);
    ck_assert_int_eq(append("two"), DMX_OK);
}
END_TEST

static void make_fifo(void)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}
static void make_dir(void)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}
static void make_link(void)
{
    ck_assert_int_eq(symlink("/dev/null", path), 0);
}
static void make_full(void)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(ftruncate(fd, DMX_JOURNAL_MAX_BYTES), 0);
    close(fd);
}

static const struct {
    const char *label;
    void (*make)(void);
    enum dmx_status want;
} bad[] = {
    {"a FIFO", make_fifo, DMX_IO},
    {"a directory", make_dir, DMX_IO},
    {"a symbolic link", make_link, DMX_IO},
    {"over the limit", make_full, DMX_LIMIT},
};

START_TEST(writer_refuses)
{
    ck_assert_int_eq(mkdir(dir, 0750), 0);
    bad[_i].make();
    ck_assert_msg(append("one") == bad[_i].want, "%s: %s", bad[_i].label, why);
    ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(writer_no_parent)
{
    ck_assert_int_eq(dmx_journal_append("/tmp/dmx-nowhere/at/all", DMX_SLICE("x"), &why), DMX_IO);
    ck_assert_str_eq(why, "No such file or directory");
}
END_TEST

/* Processes that are killed at any instant, and one that takes the file away now and then: no record but a torn one is
   lost, none is there twice. */
enum { WRITERS = 4, EACH = 400, REFUSALS = 1000 };

static void write_many(int writer)
{
    static char frame[DMX_EVENT_MAX];
    for (int i = 0; i < EACH; i++) {
        struct dmx_event e = {.time_s = writer * EACH + i, .author = DMX_SLICE("a.example")};
        struct dmx_builder b = dmx_builder_fixed(frame, sizeof frame);
        dmx_event_put(&b, &e);
        /* The taker below never rests, so it can be there at both tries; what was not taken is then nowhere. */
        int times = 0;
        while (dmx_journal_append(dir, dmx_builder_text(&b), &why) != DMX_OK)
            if (++times == REFUSALS)
                _exit(1);
    }
    _exit(0);
}

static void collect(const char *name, struct dmx_arena *arena, unsigned char *seen)
{
    struct dmx_event e;
    size_t damaged = 0, size = (size_t)size_of(name);
    char *text = malloc(size);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    size = (size_t)size_of(name);
    text = realloc(text, size);
    ck_assert_int_eq(read(fd, text, size), (ssize_t)size);
    struct dmx_slice rest = dmx_slice(text, size);
    while (dmx_event_next(&rest, arena, &e, &damaged))
        seen[e.time_s]++;
    ck_assert_uint_eq(damaged + rest.len, 0);
    close(fd);
    unlink(name);
    free(text);
}

START_TEST(writer_many)
{
    static unsigned char seen[WRITERS * EACH];
    struct dmx_arena *arena = dmx_arena_new(256 * 1024 * 1024);
    int running = WRITERS, status;
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0)
            write_many(i);
    while (running > 0) {
        if (rename(path, aside) == 0)
            collect(aside, arena, seen);
        while (running > 0 && waitpid(-1, &status, WNOHANG) > 0) {
            ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            running--;
        }
    }
    if (rename(path, aside) == 0)
        collect(aside, arena, seen);
    for (int i = 0; i < WRITERS * EACH; i++)
        ck_assert_msg(seen[i] == 1, "record %d is there %d times", i, seen[i]);
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(writer)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(writer_makes_what_is_missing);
    DMX_TEST(writer_meets_the_reader);
    DMX_TEST(writer_never_waits);
    DMX_TABLE(writer_refuses, bad);
    DMX_TEST(writer_no_parent);
    DMX_TEST(writer_many);
}
