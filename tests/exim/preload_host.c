/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Stands in for Exim's daemon: loads dmx.so as ${dlfunc does and calls dmx_preload ten thousand times, under a clock of
 * its own, with files that change between the calls. What a real daemon cannot show is looked at here: the heap, an alarm
 * that comes at the worst instant, an hour that passes.
 *
 *     preload-host MODULE      the last line is "N passed, N failed"
 *
 * It defines the names of local_scan.h that the module wants, and clock_gettime() and stat() over those of libc.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* ---- Exim ---- */

#define SHOWN __attribute__((visibility("default")))

SHOWN int host_checking, smtp_input, smtp_batched_input, recipients_count;
SHOWN void *header_list, *recipients_list;
SHOWN char *interface_address, *sender_address, *sender_host_address, *sender_host_authenticated, *sender_host_name;

static char directory[] = "/tmp/dmx-preload.XXXXXX";
static unsigned main_lines, panic_lines;
static char last_line[4096];

enum { LOG_MAIN = 1, LOG_PANIC = 2 };

SHOWN __attribute__((format(printf, 3, 4))) void log_write(unsigned selector, int where, const char *format, ...)
{
    va_list list;
    (void)selector;
    va_start(list, format);
    vsnprintf(last_line, sizeof last_line, format, list);
    va_end(list);
    *(where == LOG_PANIC ? &panic_lines : &main_lines) += 1;
}

SHOWN char *expand_string(const char *text)
{
    static char empty[] = "";
    return strcmp(text, "$spool_directory") == 0 ? directory : empty;
}

/* For messages only, of which there are none. */
#define UNUSED(name)       \
    SHOWN void name(void); \
    SHOWN void name(void)  \
    {                      \
        _exit(99);         \
    }
UNUSED(header_add_at_position)
UNUSED(lss_match_host)
UNUSED(receive_add_recipient)
UNUSED(string_copy_taint_function)
UNUSED(string_copyn_function)

/* ---- the world ---- */

static time_t ahead_s;
static bool alarm_in_stat;

SHOWN int clock_gettime(clockid_t clock, struct timespec *out)
{
    long got = syscall(SYS_clock_gettime, clock, out);
    out->tv_sec += ahead_s;
    return (int)got;
}

SHOWN int stat(const char *restrict path, struct stat *restrict out)
{
    if (alarm_in_stat)
        raise(SIGALRM);
    return fstatat(AT_FDCWD, path, out, 0);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

/* ---- what is expected ---- */

static unsigned passed, failed;

static void expect(bool good, const char *what, long got, long want)
{
    if (good)
        passed++;
    else
        printf("FAIL %s: %ld, not %ld\n", what, got, want);
    failed += !good;
}

static void same(const char *what, long got, long want)
{
    expect(got == want, what, got, want);
}

static int (*preload)(unsigned char **, int, unsigned char **);

/* One connection, `later` seconds after the last one. */
static const char *call(time_t later, const char *argument)
{
    unsigned char *value = NULL, copy[16], *arguments[] = {copy, NULL};
    snprintf((char *)copy, sizeof copy, "%s", argument ? argument : "");
    ahead_s += later;
    errno = 7;
    if (preload(&value, argument ? 1 : 0, arguments) != 0)
        return "not OK";
    if (errno != 7)
        return "errno";
    static char kept[16];
    snprintf(kept, sizeof kept, "%s", value ? (char *)value : "NULL");
    return kept;
}

static char conf[64], list[64];

static void put(const char *path, const char *text)
{
    char new[80];
    snprintf(new, sizeof new, "%s.new", path);
    int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || rename(new, path) != 0)
        perror(path);
    close(fd);
}

static long descriptors(void)
{
    long count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static long heap(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (long)(info.uordblks + info.hblkhd);
}

/* ---- the tests ---- */

static void the_value(void)
{
    static const struct {
        const char *argument, *want;
    } rows[] = {{NULL, "0"}, {"", "0"}, {"0", "0"}, {"20", "20"}, {"many", "many"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = call(2, rows[i].argument);
        if (strcmp(got, rows[i].want) != 0)
            printf("FAIL the value of {%s}: %s, not %s\n", rows[i].argument ? rows[i].argument : "nothing", got,
                   rows[i].want);
        *(strcmp(got, rows[i].want) == 0 ? &passed : &failed) += 1;
    }
}

static bool is_mapped(const char *library)
{
    static char maps[1 << 20];
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t got = 0;
    for (ssize_t n; fd >= 0 && (n = read(fd, maps + got, sizeof maps - 1 - got)) > 0;)
        got += (size_t)n;
    maps[got] = '\0';
    close(fd);
    return strstr(maps, library) != NULL;
}

static const char *const late[] = {"/libcares.so.", "/libcrypto.so.", "/libpsl.so."};
enum { LATE = sizeof late / sizeof *late };

/* What the module loads when it first calls it is not there before dmx_preload, and in the daemon after it: no child loads it. */
static void libraries(bool before)
{
    for (size_t i = 0; i < LATE; i++)
        same(late[i], is_mapped(late[i]), !before);
}

static void the_log_is_bounded(void)
{
    put(conf, "mode = monitor\ntrusted_ips = @list\n");
    call(2, "0");
    main_lines = panic_lines = 0;
    call(0, "0");
    call(2, "0");
    same("lines without a change", main_lines, 0);
    put(conf, "mdoe = monitor\n");
    call(0, "0");
    same("lines within the same second", main_lines, 0);
    for (int i = 0; i < 100; i++)
        call(2, "0");
    same("lines about one wrong configuration", main_lines, 1);
    same("lines in the panic log", panic_lines, 1);
    expect(strstr(last_line, "stays in force") != NULL, last_line, 0, 1);
    for (int i = 0; i < 72; i++)
        call(100, "0");
    same("lines in two hours and some minutes", main_lines, 3);
    put(conf, "mode = monitor\ntrusted_ips = @list\n");
    call(2, "0");
    same("lines after it was mended", main_lines, 4);
    expect(strstr(last_line, "is in force") != NULL, last_line, 0, 1);
    for (int i = 0; i < 72; i++)
        call(100, "0");
    same("lines later", main_lines, 4);
}

/* An alarm that comes while a file is looked at arrives, later and not never; nothing else of the process changes. */
static void the_process_stays(void)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval timer = {.it_value = {.tv_sec = 1000}}, left;
    sigset_t before, after;
    char cwd[4096], cwd_after[4096];
    mode_t mask = umask(0);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    sigprocmask(SIG_SETMASK, NULL, &before);
    long open_before = descriptors();
    expect(getcwd(cwd, sizeof cwd) != NULL, "getcwd", 0, 1);
    alarm_in_stat = true;
    call(2, "0");
    alarm_in_stat = false;
    sigprocmask(SIG_SETMASK, NULL, &after);
    getitimer(ITIMER_REAL, &left);
    same("alarms that arrived", alarms, 1);
    same("the mask of signals", memcmp(&before, &after, sizeof before), 0);
    expect(left.it_value.tv_sec > 900, "seconds left of the alarm", left.it_value.tv_sec, 1000);
    same("descriptors", descriptors(), open_before);
    expect(getcwd(cwd_after, sizeof cwd_after) && strcmp(cwd, cwd_after) == 0, "the directory", 0, 1);
    same("umask", umask(mask), 0);
    timer.it_value.tv_sec = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Good, wrong and good again, with a list and a suffix list that change too. */
static void reload(int number)
{
    char text[200];
    if (number % 3 == 2)
        put(conf, "mdoe = x\n");
    else if (number % 2) {
        snprintf(text, sizeof text, "mode = monitor\ntrusted_ips = @list\npsl_file = %s\n",
                 number % 4 == 1 ? conf : "");
        put(conf, text);
    } else
        put(list, number % 4 ? "192.0.2.1\n192.0.2.2\n" : "192.0.2.0/24\n");
    call(2, "0");
}

static void the_heap_does_not_grow(void)
{
    for (int i = 0; i < 240; i++)
        reload(i);
    long before = heap(), open_before = descriptors();
    for (int i = 0; i < 10000; i++)
        reload(i);
    for (int i = 0; i < 240; i++)
        reload(i);
    long after = heap();
    expect(after - before < 4096, "bytes more after 10,000 readings", after - before, 0);
    same("descriptors after 10,000 readings", descriptors(), open_before);
}

static void root_reads_nothing(void)
{
    if (geteuid() != 0)
        return;
    put(conf, "mdoe = x\n");
    same("the value for root", strcmp(call(2, "5"), "5"), 0);
    same("lines for root", main_lines + panic_lines, 0);
    unlink(conf);
}

static bool prepare(const char *module)
{
    void *handle = dlopen(module, RTLD_LAZY);
    const void *found = handle ? dlsym(handle, "dmx_preload") : NULL;
    if (!found || !mkdtemp(directory)) {
        printf("FAIL %s\n", handle ? directory : dlerror());
        return false;
    }
    memcpy(&preload, &found, sizeof preload); /* ISO C has no cast for it */
    snprintf(conf, sizeof conf, "%s/dmx.conf", directory);
    snprintf(list, sizeof list, "%s/list", directory);
    setenv("DMX_CONFIG", conf, 1);
    root_reads_nothing();
    /* Nobody's ids, as Debian has them; any other than root's would do. */
    return chown(directory, 65534, 65534) != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 2 || !prepare(argv[1])) {
        printf("0 passed, 1 failed\n");
        return 1;
    }
    put(list, "192.0.2.1\n");
    put(conf, "mode = monitor\ntrusted_ips = @list\n");
    libraries(true);
    the_value();
    libraries(false);
    the_process_stays();
    the_log_is_bounded();
    the_heap_does_not_grow();
    unlink(conf);
    unlink(list);
    char stamp[80];
    snprintf(stamp, sizeof stamp, "%s/dmx-panic.stamp", directory);
    unlink(stamp);
    rmdir(directory);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
