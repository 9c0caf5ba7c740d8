/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A directory of capsules: made, filled, full, and whatever else may be there in its stead. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmx/journal/capsule_file.h"
#include "suite.h"

static char base[64], journal[80], dir[96];

static void setup(void)
{
    snprintf(base, sizeof base, "/tmp/dmx-capsule-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(journal, sizeof journal, "%s/dmx", base);
    snprintf(dir, sizeof dir, "%s/failures", journal);
}

static const char *path_of(const char *before, unsigned n)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s%03u", dir, before, n);
    return path;
}

static void teardown(void)
{
    chmod(journal, 0700);
    chmod(dir, 0700);
    for (unsigned n = 0; n < DMX_CAPSULE_FILES; n++) {
        unlink(path_of("", n));
        unlink(path_of(".", n));
    }
    unlink(dir);
    rmdir(dir);
    unlink(journal);
    rmdir(journal);
    ck_assert_int_eq(rmdir(base), 0);
}

static const char *why;

static enum dmx_status keep(const char *text, uint64_t chance)
{
    why = NULL;
    return dmx_capsule_keep(journal, dmx_slice_cstr(text), chance, &why);
}

static unsigned count(const char *before)
{
    struct stat st;
    unsigned found = 0;
    for (unsigned n = 0; n < DMX_CAPSULE_FILES; n++)
        found += lstat(path_of(before, n), &st) == 0;
    return found;
}

START_TEST(capsule_file_makes_what_is_missing)
{
    struct stat st;
    char text[16] = "";
    mode_t old = umask(0);
    ck_assert_int_eq(keep("one", 42), DMX_OK);
    umask(old);
    ck_assert_ptr_null(why);
    ck_assert_int_eq(stat(dir, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(path_of("", 42), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_nlink, 1);
    int fd = open(path_of("", 42), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(fd, text, sizeof text), 3);
    close(fd);
    ck_assert_str_eq(text, "one");
    ck_assert_int_eq(keep("two", UINT64_MAX), DMX_OK);
    ck_assert_uint_eq(count(""), 2);
    ck_assert_uint_eq(count("."), 0);
}
END_TEST

/* What is there is never touched, and every slot is found in the end. */
START_TEST(capsule_file_full)
{
    char text[16];
    unsigned kept = 0, refused = 0;
    for (uint64_t chance = 0; chance < 40 * DMX_CAPSULE_FILES && kept < DMX_CAPSULE_FILES; chance++) {
        snprintf(text, sizeof text, "%u", kept);
        if (keep(text, chance * 2654435761U) == DMX_OK)
            kept++;
        else
            refused++;
    }
    ck_assert_uint_eq(kept, DMX_CAPSULE_FILES);
    ck_assert_uint_eq(count(""), DMX_CAPSULE_FILES);
    for (uint64_t chance = 0; chance < 20; chance++) {
        ck_assert_int_eq(keep("more", chance), DMX_LIMIT);
        ck_assert_str_eq(why, "is full: nobody sends them, or too many at once");
    }
    ck_assert_int_eq(unlink(path_of("", 7)), 0);
    ck_assert_int_eq(keep("again", 7), DMX_OK);
    ck_assert_uint_eq(count("."), 0);
}
END_TEST

static void make_file(void)
{
    close(open(dir, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
static void make_link(void)
{
    ck_assert_int_eq(symlink(base, dir), 0);
}
static void make_dangling(void)
{
    ck_assert_int_eq(symlink("/nonexistent", dir), 0);
}
static void make_open_to_others(void)
{
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_int_eq(chmod(dir, 0770), 0);
}
static void make_foreign(void)
{
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(dir, 65534, 65534), 0);
    else
        chmod(dir, 0722);
}
static void make_parent_a_file(void)
{
    ck_assert_int_eq(rmdir(journal), 0);
    close(open(journal, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
static void make_no_parent(void)
{
    ck_assert_int_eq(rmdir(journal), 0);
    snprintf(journal, sizeof journal, "%s/none/none", base);
}

static const struct {
    const char *label;
    void (*make)(void);
    const char *want;
} bad[] = {
    {"a file", make_file, "Not a directory"},
    {"a link to a directory", make_link, "Not a directory"},
    {"a link to nothing", make_dangling, "Not a directory"},
    {"others may write it", make_open_to_others, "may be written by others; it takes mode 0700"},
    {"another user's", make_foreign, NULL},
    {"the journal's directory is a file", make_parent_a_file, "Not a directory"},
    {"no directory for the journal's", make_no_parent, "No such file or directory"},
};

START_TEST(capsule_file_bad_directory)
{
    ck_assert_int_eq(mkdir(journal, 0700), 0);
    bad[_i].make();
    ck_assert_msg(keep("x", 1) == DMX_IO, "%s: kept", bad[_i].label);
    ck_assert_ptr_nonnull(why);
    ck_assert_msg(!bad[_i].want || strcmp(why, bad[_i].want) == 0, "%s: got %s", bad[_i].label, why);
    snprintf(journal, sizeof journal, "%s/dmx", base);
}
END_TEST

/* What may stand in a slot, and its temporary name: nothing is followed, and the next one is tried. */
static void slot_link(const char *path)
{
    ck_assert_int_eq(symlink("/tmp/dmx-no-such-file", path), 0);
}
static void slot_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}
static void slot_file(const char *path)
{
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static const struct {
    const char *label;
    void (*make)(const char *);
    const char *before;
} taken[] = {
    {"a link", slot_link, ""},
    {"a FIFO", slot_fifo, ""},
    {"a file", slot_file, ""},
    {"a temporary link", slot_link, "."},
    {"a temporary FIFO", slot_fifo, "."},
    {"a temporary file", slot_file, "."},
};

START_TEST(capsule_file_taken_slot)
{
    struct stat before, after;
    ck_assert_int_eq(mkdir(journal, 0700), 0);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    taken[_i].make(path_of(taken[_i].before, 5));
    ck_assert_int_eq(lstat(path_of(taken[_i].before, 5), &before), 0);
    ck_assert_int_eq(keep("x", 5), DMX_OK);
    ck_assert_int_eq(lstat(path_of(taken[_i].before, 5), &after), 0);
    ck_assert_msg(before.st_ino == after.st_ino && before.st_size == after.st_size, "%s", taken[_i].label);
    ck_assert_int_eq(lstat(path_of("", 392), &after), 0);
    ck_assert_int_ne(access("/tmp/dmx-no-such-file", F_OK), 0);
}
END_TEST

/* A temporary name of a process that died is free again for the next one who meets it. */
START_TEST(capsule_file_abandoned)
{
    struct stat st;
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    ck_assert_int_eq(mkdir(journal, 0700), 0);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    slot_file(path_of(".", 5));
    ck_assert_int_eq(utimensat(AT_FDCWD, path_of(".", 5), times, 0), 0);
    ck_assert_int_eq(keep("x", 5), DMX_OK);
    ck_assert_int_ne(lstat(path_of(".", 5), &st), 0);
    ck_assert_int_eq(keep("y", 5), DMX_OK);
    ck_assert_int_eq(lstat(path_of("", 5), &st), 0);
}
END_TEST

/* Many at once: every file that has a name is whole, and none was written twice. */
START_TEST(capsule_file_by_many)
{
    enum { WRITERS = 8, EACH = 200, BYTES = 20000 };
    static char text[BYTES + 1];
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) {
            memset(text, 'a' + i, BYTES);
            for (uint64_t n = 0; n < EACH; n++)
                (void)!keep(text, n * 7919 + (uint64_t)i);
            _exit(0);
        } else if (i % 2) {
            usleep(3000);
        }
    while (wait(NULL) > 0)
        ;
    unsigned whole = 0;
    for (unsigned n = 0; n < DMX_CAPSULE_FILES; n++) {
        struct stat st;
        if (lstat(path_of("", n), &st) != 0)
            continue;
        ck_assert_int_eq(st.st_size, BYTES);
        ck_assert_uint_eq(st.st_nlink, 1);
        int fd = open(path_of("", n), O_RDONLY | O_CLOEXEC);
        ck_assert_int_eq(read(fd, text, BYTES), BYTES);
        close(fd);
        ck_assert_int_eq(memcmp(text, text + 1, BYTES - 1), 0);
        whole++;
    }
    ck_assert_uint_ge(whole, DMX_CAPSULE_FILES / 2);
}
END_TEST

DMX_SUITE(capsule_file)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TEST(capsule_file_makes_what_is_missing);
    DMX_TEST(capsule_file_full);
    DMX_TABLE(capsule_file_bad_directory, bad);
    DMX_TABLE(capsule_file_taken_slot, taken);
    DMX_TEST(capsule_file_abandoned);
    DMX_TEST(capsule_file_by_many);
}
