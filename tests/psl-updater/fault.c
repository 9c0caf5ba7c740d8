/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Preloaded into psl-updater by the tests: the FAULT_AT-th call that changes a file system is where it is killed
 * (FAULT=kill), or is answered with that error number; with FAULT_MORE=1 so is every later one. FAULT_COUNT names a file
 * that gets the number of calls at the end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int calls;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

/* True when this call must fail, with errno set. */
static bool fails(void)
{
    const char *fault = getenv("FAULT");
    calls++;
    if (!fault || calls < number("FAULT_AT") || (calls > number("FAULT_AT") && !number("FAULT_MORE")))
        return false;
    if (strcmp(fault, "kill") == 0)
        raise(SIGKILL);
    errno = (int)number("FAULT");
    return true;
}

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return flags & O_CREAT && fails() ? -1 : REAL(openat)(dir, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return is_file(fd) && fails() ? -1 : REAL(write)(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return fails() ? -1 : REAL(pwrite)(fd, bytes, size, offset);
}

#define WRAP(name, parameters, arguments)           \
    int name parameters                             \
    {                                               \
        return fails() ? -1 : REAL(name) arguments; \
    }
WRAP(mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(renameat, (int dir, const char *path, int to_dir, const char *to), (dir, path, to_dir, to))
WRAP(symlinkat, (const char *target, int dir, const char *path), (target, dir, path))
WRAP(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(fsync, (int fd), (fd))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(futimens, (int fd, const struct timespec times[2]), (fd, times))
WRAP(utimensat, (int dir, const char *path, const struct timespec times[2], int flags), (dir, path, times, flags))

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%d\n", calls);
        fclose(file);
    }
}
