/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmx/base/budget.h"
#include "dmx/base/clock.h"

enum { NO_FD = -1 };

/* The input lies in a file without a name: whoever does not read it hurts nobody. */
static int input_fd(struct dmx_slice input)
{
    int fd = memfd_create("dmx", MFD_CLOEXEC);
    if (fd < 0)
        return NO_FD;
    if (input.len > 0 && write(fd, input.ptr, input.len) != (ssize_t)input.len) {
        close(fd);
        return NO_FD;
    }
    (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

/* In a process group of its own, so that what it starts can be ended with it. */
static int start(char *const argv[], int input, int output, pid_t *out)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *environment[] = {path, locale, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int error = posix_spawn(out, argv[0], &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Reads to the end, or as long as the budget lasts; what is over the room is read and dropped. False: too late. */
static bool read_output(int fd, const struct dmx_budget *budget, struct dmx_builder *out)
{
    char chunk[4096];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    for (;;) {
        uint64_t left_ms = dmx_budget_left_ms(budget);
        if (left_ms == 0)
            return false;
        int ready = poll(&wait, 1, (int)left_ms);
        if (ready == 0)
            return false;
        ssize_t n = ready > 0 ? read(fd, chunk, sizeof chunk) : -1;
        if (n == 0 || (n < 0 && errno != EINTR))
            return true;
        if (n > 0 && out->len + (size_t)n <= CHILD_OUTPUT)
            dmx_put(out, dmx_slice(chunk, (size_t)n));
    }
}

/* Who has closed his output may still be running. False: too late. */
static bool wait_end(pid_t pid, const struct dmx_budget *budget, int *out_status)
{
    while (waitpid(pid, out_status, WNOHANG) == 0) {
        if (dmx_budget_spent(budget))
            return false;
        (void)poll(NULL, 0, 5);
    }
    return true;
}

static void watch(pid_t pid, int fd, unsigned timeout_ms, struct dmx_builder *text, struct child *out)
{
    const struct dmx_budget budget = {dmx_clock_mono_ms() + timeout_ms, dmx_clock_mono_ms};
    int status = 0;
    out->late = !read_output(fd, &budget, text) || !wait_end(pid, &budget, &status);
    if (out->late) {
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, &status, 0);
    }
    out->status = WIFEXITED(status) && !out->late ? WEXITSTATUS(status) : -1;
    out->output = dmx_builder_text(text);
}

void child_run(char *const argv[], struct dmx_slice input, unsigned timeout_ms, struct dmx_arena *arena,
               struct child *out)
{
    struct dmx_builder text = dmx_builder_arena(arena, CHILD_OUTPUT);
    int pipes[2] = {NO_FD, NO_FD}, in = input_fd(input);
    pid_t pid = 0;
    *out = (struct child){.status = -1};
    if (in < 0 || pipe2(pipes, O_CLOEXEC) != 0)
        out->error = errno;
    else
        out->error = start(argv, in, pipes[1], &pid);
    if (pipes[1] >= 0)
        close(pipes[1]); /* or the end of the output would never come */
    if (out->error == 0)
        watch(pid, pipes[0], timeout_ms, &text, out);
    if (pipes[0] >= 0)
        close(pipes[0]);
    if (in >= 0)
        close(in);
}
