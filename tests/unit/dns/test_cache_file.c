/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Which file is trusted to be a cache, which is replaced, and which is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../module/dns/cache_file.h"
#include "cache_scene.h"

enum { NOBODY = 65534, CREATORS = 16 };

static struct scene scene;
static char temporary[128];

static void setup(void)
{
    scene_setup(&scene);
    snprintf(temporary, sizeof temporary, "%s.new", scene.path);
}

static void teardown(void)
{
    scene_teardown(&scene);
}

/* What may be the matter with the file, or the place of it. A good one is there unless it is said otherwise. */
static void nothing(void)
{
}

static void no_file(void)
{
    ck_assert_int_eq(unlink(scene.path), 0);
}

static void cut_short(void)
{
    ck_assert_int_eq(truncate(scene.path, SCENE_BYTES - 4096), 0);
}

static void cut_to_nothing(void)
{
    ck_assert_int_eq(truncate(scene.path, 0), 0);
}

static void grown(void)
{
    ck_assert_int_eq(truncate(scene.path, SCENE_BYTES + 1), 0);
}

static void other_option(void)
{
    scene.settings.size_bytes = SCENE_BYTES * 2;
}

/* Rounded down to pages. */
static void same_pages(void)
{
    scene.settings.size_bytes = SCENE_BYTES + 4095;
}

static void readable_by_group(void)
{
    ck_assert_int_eq(chmod(scene.path, 0640), 0);
}

static void without_rights(void)
{
    ck_assert_int_eq(chmod(scene.path, 0), 0);
}

static void setuid_bit(void)
{
    ck_assert_int_eq(chmod(scene.path, 04600), 0);
}

static void second_name(void)
{
    char other[128];
    snprintf(other, sizeof other, "%s.other", scene.path);
    ck_assert_int_eq(link(scene.path, other), 0);
}

static void other_owner(void)
{
    ck_assert_int_eq(chown(scene.path, NOBODY, NOBODY), 0);
}

/* Changes one byte of the header. */
static void flip(off_t offset)
{
    char byte;
    int fd = open(scene.path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
    byte = (char)(byte ^ 1);
    ck_assert_int_eq(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

static void magic(void)
{
    flip(offsetof(struct dmx_cache_identity, magic));
}

static void version(void)
{
    flip(offsetof(struct dmx_cache_identity, version));
}

static void layout(void)
{
    flip(offsetof(struct dmx_cache_identity, layout));
}

static void stated_size(void)
{
    flip(offsetof(struct dmx_cache_identity, file_bytes));
}

static void key(void)
{
    flip(offsetof(struct dmx_cache_identity, key) + 7);
}

static void check_word(void)
{
    flip(offsetof(struct dmx_cache_identity, check));
}

static void link_to_file(void)
{
    char other[128];
    snprintf(other, sizeof other, "%s.other", scene.path);
    ck_assert_int_eq(rename(scene.path, other), 0);
    ck_assert_int_eq(symlink(other, scene.path), 0);
}

static void dangling_link(void)
{
    no_file();
    ck_assert_int_eq(symlink("nowhere", scene.path), 0);
}

static void fifo(void)
{
    no_file();
    ck_assert_int_eq(mkfifo(scene.path, 0600), 0);
}

static void directory(void)
{
    no_file();
    ck_assert_int_eq(mkdir(scene.path, 0700), 0);
}

static void unix_socket(void)
{
    no_file();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", scene.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void group_writes_directory(void)
{
    ck_assert_int_eq(chmod(scene.dir, 0770), 0);
}

static void sticky_directory(void)
{
    ck_assert_int_eq(chmod(scene.dir, 01777), 0);
}

static void no_directory(void)
{
    snprintf(scene.path, sizeof scene.path, "%s/none/cache", scene.dir);
}

static void no_name(void)
{
    snprintf(scene.path, sizeof scene.path, "%s/", scene.dir);
}

static void empty_path(void)
{
    scene.settings.path = "";
}

static void long_name(void)
{
    static char path[400];
    memset(path, 'x', sizeof path - 1);
    scene.settings.path = path;
}

static void too_small(void)
{
    scene.settings.size_bytes = DMX_CACHE_MIN_BYTES - 1;
}

static void smallest(void)
{
    scene.settings.size_bytes = DMX_CACHE_MIN_BYTES;
}

static void too_large(void)
{
    scene.settings.size_bytes = DMX_CACHE_MAX_BYTES + 1;
}

static void reading(void)
{
    scene.settings.access = DMX_CACHE_READ;
}

static void reading_no_file(void)
{
    no_file();
    reading();
}

static void existing(void)
{
    scene.settings.access = DMX_CACHE_EXISTING;
}

static void existing_no_file(void)
{
    no_file();
    existing();
}

static void existing_wrong_mode(void)
{
    readable_by_group();
    existing();
}

static void existing_other_size(void)
{
    other_option();
    existing();
}

static void reading_wrong_mode(void)
{
    readable_by_group();
    reading();
}

static void reading_other_size(void)
{
    other_option();
    reading();
}

static void make_temporary(time_t age_s)
{
    no_file();
    int fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const struct timespec times[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
}

static void being_made(void)
{
    make_temporary(0);
}

static void left_by_creator(void)
{
    make_temporary(60);
}

static void left_in_future(void)
{
    make_temporary(-60);
}

static void creator_while_good(void)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
}

static void file_size_limit(void)
{
    const struct rlimit limit = {4096, 4096};
    no_file();
    signal(SIGXFSZ, SIG_IGN); /* as the module's guard has it */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const struct {
    const char *label;
    void (*prepare)(void);
    const char *want;
    bool as_root; /* only root can prepare it */
} states[] = {
    {"good", nothing, "ok", false},
    {"absent", no_file, "ok", false},
    {"cut short", cut_short, "ok cache-size", false},
    {"empty", cut_to_nothing, "ok cache-size", false},
    {"a byte longer", grown, "ok cache-size", false},
    {"another cache_size", other_option, "ok cache-size", false},
    {"the same in pages", same_pages, "ok", false},
    {"mode 0640", readable_by_group, "ok cache-mode", false},
    {"mode 0000", without_rights, "ok cache-mode", false},
    {"mode 04600", setuid_bit, "ok cache-mode", false},
    {"hard link", second_name, "ok cache-links", false},
    {"another owner", other_owner, "ok cache-owner", true},
    {"magic", magic, "ok cache-magic", false},
    {"version", version, "ok cache-version", false},
    {"layout", layout, "ok cache-version", false},
    {"stated size", stated_size, "ok cache-damaged", false},
    {"key", key, "ok cache-damaged", false},
    {"checksum", check_word, "ok cache-damaged", false},
    {"symbolic link to a good one", link_to_file, "none cache-not-a-file", false},
    {"symbolic link to nothing", dangling_link, "none cache-not-a-file", false},
    {"FIFO", fifo, "none cache-not-a-file", false},
    {"directory", directory, "none cache-not-a-file", false},
    {"socket", unix_socket, "none cache-not-a-file", false},
    {"directory that a group may write", group_writes_directory, "none cache-directory-writable", false},
    {"sticky directory of everybody", sticky_directory, "none cache-directory-writable", false},
    {"no directory", no_directory, "none cache-directory", false},
    {"no name", no_name, "none cache-path", false},
    {"no path", empty_path, "none cache-path", false},
    {"name that is too long", long_name, "none cache-path", false},
    {"below the smallest size", too_small, "none cache-size-limits", false},
    {"smallest size", smallest, "ok cache-size", false},
    {"over the largest size", too_large, "none cache-size-limits", false},
    {"reading", reading, "ok", false},
    {"existing", existing, "ok", true},
    {"existing, absent", existing_no_file, "none cache-absent", false},
    {"existing, of another mode", existing_wrong_mode, "none cache-mode", false},
    {"existing, another cache_size", existing_other_size, "none cache-size", false},
    {"reading, absent", reading_no_file, "none cache-absent", false},
    {"reading, wrong mode", reading_wrong_mode, "none cache-mode", false},
    {"reading, another cache_size", reading_other_size, "ok", false},
    {"another process makes it", being_made, "none cache-being-made", false},
    {"a creator died", left_by_creator, "ok", false},
    {"a creator died, and the clock stepped back", left_in_future, "ok", false},
    {"a good one beside a creator", creator_while_good, "ok", false},
    {"limit of file size", file_size_limit, "none cache-allocate", false},
};

static void expect(const char *label, const char *want)
{
    const char *got = scene_open(&scene);
    ck_assert_msg(strcmp(got, want) == 0, "%s: got \"%s\", want \"%s\"", label, got, want);
}

START_TEST(state)
{
    if (states[_i].as_root && geteuid() != 0)
        return;
    expect("at first", "ok");
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    dmx_cache_close(&scene.cache);
    states[_i].prepare();
    expect(states[_i].label, states[_i].want);
    const bool kept = strcmp(states[_i].want, "ok") == 0 && scene.cache &&
                      strcmp(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss") != 0;
    const bool had_none =
        states[_i].prepare == no_file || states[_i].prepare == left_by_creator || states[_i].prepare == left_in_future;
    ck_assert_msg(kept == (strcmp(states[_i].want, "ok") == 0 && !had_none), "%s: kept %d", states[_i].label, kept);
    /* Nothing is left of the making, but what another process makes. */
    const bool others = states[_i].prepare == being_made || states[_i].prepare == creator_while_good;
    ck_assert_msg((access(temporary, F_OK) == 0) == others, "%s: a temporary file", states[_i].label);
    /* A new one stays. */
    if (scene.cache)
        expect("again", "ok");
}
END_TEST

/* Whatever the umask, the mode is right, and every block is there. */
START_TEST(made_whole)
{
    static const mode_t masks[] = {0, 022, 0777};
    for (size_t i = 0; i < DMX_COUNT(masks); i++) {
        struct stat file;
        umask(masks[i]);
        expect("made", "ok");
        ck_assert_int_eq(stat(scene.path, &file), 0);
        ck_assert_int_eq(file.st_mode, S_IFREG | 0600);
        ck_assert_int_eq(file.st_size, SCENE_BYTES);
        ck_assert_int_ge(file.st_blocks * 512, SCENE_BYTES);
        ck_assert_uint_eq(file.st_nlink, 1);
        no_file();
    }
}
END_TEST

static const struct {
    const char *label;
    off_t bytes;
} resized[] = {{"emptied", 0}, {"cut", SCENE_BYTES / 2}, {"longer", SCENE_BYTES + 4096}};

/* Whoever touched what is gone of the map would be killed. */
START_TEST(not_current_in_another_size)
{
    expect("made", "ok");
    ck_assert_int_eq(truncate(scene.path, resized[_i].bytes), 0);
    ck_assert_msg(!dmx_cache_is_current(scene.cache), "%s", resized[_i].label);
    ck_assert_int_eq(truncate(scene.path, SCENE_BYTES), 0);
    ck_assert(dmx_cache_is_current(scene.cache));
}
END_TEST

START_TEST(current)
{
    expect("made", "ok");
    ck_assert(dmx_cache_is_current(scene.cache));
    no_file();
    ck_assert(!dmx_cache_is_current(scene.cache));
    struct dmx_cache *old = scene.cache;
    scene.cache = NULL;
    expect("made anew", "ok");
    ck_assert(!dmx_cache_is_current(old));
    ck_assert(dmx_cache_is_current(scene.cache));
    /* The old one still works, for whoever has it. */
    struct scene orphan = scene;
    orphan.cache = old;
    keep(&orphan, "a.test", text_answer(&orphan, "v", 60), NOW);
    ck_assert_str_eq(find_text(&orphan, "a.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "miss");
    dmx_cache_close(&old);
}
END_TEST

START_TEST(kept_across_processes)
{
    expect("made", "ok");
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    dmx_cache_set_mark(scene.cache, 42);
    expect("opened again", "ok");
    ck_assert_str_eq(find_text(&scene, "a.test", DMX_RR_TXT, NOW), "fresh ok 60 | TXT v");
    ck_assert_uint_eq(dmx_cache_mark(scene.cache), 42);
    no_file();
    expect("made anew", "ok");
    ck_assert_uint_eq(dmx_cache_mark(scene.cache), 0);
}
END_TEST

/* A full tmpfs: no cache, a reason, and nothing left behind. Needs a mount namespace. */
START_TEST(full_tmpfs)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        printf("full tmpfs: skipped, no namespace: %s\n", strerror(errno));
        return;
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", scene.dir, "tmpfs", 0, "size=192k,mode=0700") != 0) {
        printf("full tmpfs: skipped, no mount: %s\n", strerror(errno));
        return;
    }
    expect("full", "none cache-allocate");
    ck_assert_int_ne(access(temporary, F_OK), 0);
    scene.settings.size_bytes = 128 * 1024;
    expect("it fits", "ok");
    /* Full by somebody else: the new one does not fit beside the old one, and the old one stays for others. */
    scene.settings.size_bytes = 132 * 1024;
    expect("no room for a second", "none cache-allocate");
    dmx_cache_close(&scene.cache);
    ck_assert_int_eq(mount("none", scene.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    expect("read-only, cannot be replaced", "none cache-create");
    ck_assert_int_eq(umount(scene.dir), 0);
}
END_TEST

/* As nobody, in a process of its own. */
static void as_nobody(void (*act)(void))
{
    if (geteuid() != 0) {
        printf("other users: skipped, not root\n");
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        ck_assert_int_eq(setgid(NOBODY), 0);
        ck_assert_int_eq(setuid(NOBODY), 0);
        act();
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

static const char *wanted;

static void open_as_wanted(void)
{
    const char *got = scene_open(&scene);
    if (strcmp(got, wanted) != 0) {
        printf("got \"%s\", want \"%s\"\n", got, wanted);
        _exit(1);
    }
}

static void nobody_opens(const char *want)
{
    wanted = want;
    as_nobody(open_as_wanted);
}

START_TEST(other_users)
{
    if (geteuid() != 0)
        return;
    /* In a directory of root's nobody makes nothing, and does not take root's. */
    ck_assert_int_eq(chmod(scene.dir, 0755), 0);
    nobody_opens("none cache-create");
    expect("root's own", "ok");
    nobody_opens("none cache-create");
    /* What root gives it, it takes. */
    other_owner();
    nobody_opens("ok");
    no_file();
    /* Its own directory; root makes nothing there, but uses what it finds. */
    ck_assert_int_eq(chown(scene.dir, NOBODY, NOBODY), 0);
    expect("root in another's directory", "none cache-absent");
    ck_assert_int_ne(access(scene.path, F_OK), 0);
    nobody_opens("ok");
    expect("root and another's file", "ok");
    keep(&scene, "a.test", text_answer(&scene, "v", 60), NOW);
    readable_by_group();
    expect("root and another's file, wrong mode", "none cache-mode");
    nobody_opens("ok cache-mode");
    ck_assert_int_eq(chown(scene.path, 1, 1), 0);
    expect("root and a third one's file", "none cache-owner");
    nobody_opens("ok cache-owner");
    other_option();
    expect("root and another size", "ok");
    scene.settings.size_bytes = SCENE_BYTES;
    /* A directory that it may only read. */
    ck_assert_int_eq(chmod(scene.dir, 0500), 0);
    nobody_opens("ok");
    no_file();
    nobody_opens("none cache-create");
    /* A directory of a third one's. */
    ck_assert_int_eq(chmod(scene.dir, 0755), 0);
    ck_assert_int_eq(chown(scene.dir, 1, 1), 0);
    nobody_opens("none cache-directory-owner");
}
END_TEST

/* Many at once: each has a cache, or goes without; one file is there in the end, and it is good. */
START_TEST(many_creators)
{
    pid_t children[CREATORS];
    int ready[2], without = 0;
    ck_assert_int_eq(pipe(ready), 0);
    for (int i = 0; i < CREATORS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            char go;
            close(ready[1]);
            (void)!read(ready[0], &go, 1); /* until all are there */
            const char *got = scene_open(&scene);
            _exit(strcmp(got, "ok") == 0 ? 0 : strcmp(got, "none cache-being-made") == 0 ? 1 : 2);
        }
    }
    close(ready[0]);
    close(ready[1]);
    for (int i = 0; i < CREATORS; i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        without += WEXITSTATUS(status);
    }
    ck_assert_int_lt(without, CREATORS);
    ck_assert_int_ne(access(temporary, F_OK), 0);
    expect("afterwards", "ok");
}
END_TEST

DMX_SUITE(cache_file)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(state, states);
    DMX_TEST(made_whole);
    DMX_TEST(current);
    DMX_TABLE(not_current_in_another_size, resized);
    DMX_TEST(kept_across_processes);
    DMX_TEST(full_tmpfs);
    DMX_TEST(other_users);
    DMX_TEST(many_creators);
}
