/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "dmx/base/ascii.h"
#include "dmx/base/builder.h"
#include "dmx/base/clock.h"

#include "dmx/base/banned.h"

enum {
    ADDRESS_MAX = 320,    /* RFC 5321 section 4.5.3.1: a local part of 64, an @, a domain of 255 */
    NOT_STARTED = 127,    /* what a shell would say, too */
    NOT_RUN = 126,        /* a shell's word for what it has found and cannot run */
    STEP_MS = 20,         /* how often to look whether it has ended, where the kernel cannot tell */
    ERRORS_SHOWN = 160,   /* bytes of what it wrote to standard error */
    LAST_DESCRIPTOR = ~0, /* close_range: all there are */
    FIRST_REALTIME_SIGNAL = 32,
};

/*
 * One run. The message is its standard input as a file in memory: it has all of it from the start, so that a reporter who
 * dies meanwhile leaves it no half of one, and the place in it, which both share, tells how much it has read.
 */
struct run {
    const struct dmx_sendmail *call;
    int input, errors, pidfd; /* files in memory, and the process */
    pid_t pid;
    uint64_t end_ms;
    bool late;
};

/* ---- the child ---- */

/* Only what is safe between fork and exec. Never returns. */
static void become(const struct run *run, char *const *arguments)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *const environment[] = {path, locale, NULL};
    sigset_t none;
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* What whoever started us ignores, like SIGQUIT in a shell's background, it would ignore as well. */
    for (int number = 1; number < FIRST_REALTIME_SIGNAL; number++)
        signal(number, SIG_DFL);
    int output = open("/dev/null", O_WRONLY);
    if (output >= 0 && dup2(run->input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(run->errors, STDERR_FILENO) >= 0 && chdir("/") == 0 &&
        syscall(SYS_close_range, 3U, (unsigned)LAST_DESCRIPTOR, 0U) == 0)
        execve(run->call->path, arguments, environment);
    _exit(NOT_STARTED);
}

/* The message in a file of its own, read from its start. */
static bool write_input(struct run *run)
{
    struct dmx_slice rest = run->call->message;
    run->input = memfd_create("message", MFD_CLOEXEC);
    while (run->input >= 0 && rest.len > 0) {
        ssize_t n = write(run->input, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR)
            return false;
        rest = dmx_slice_from(rest, n > 0 ? (size_t)n : 0);
    }
    return run->input >= 0 && lseek(run->input, 0, SEEK_SET) == 0;
}

static bool start(struct run *run, char *const *arguments)
{
    run->errors = memfd_create("errors", MFD_CLOEXEC);
    if (run->errors < 0 || !write_input(run))
        return false;
    run->pid = fork();
    if (run->pid == 0)
        become(run, arguments);
    if (run->pid < 0)
        return false;
    setpgid(run->pid, run->pid); /* whoever comes first; it fails for the second */
    run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0U);
    return true;
}

/* ---- the parent ---- */

static void wait_a_moment(const struct run *run)
{
    uint64_t now_ms = dmx_clock_mono_ms();
    uint64_t left_ms = run->end_ms > now_ms ? run->end_ms - now_ms : 0;
    struct pollfd fd = {.fd = run->pidfd, .events = POLLIN};
    poll(&fd, 1, run->pidfd >= 0 && left_ms < INT32_MAX ? (int)left_ms : STEP_MS);
}

/* Waits, and kills when it is time; true with the status as wait has it. */
static bool attend(struct run *run, int *out_status)
{
    for (;;) {
        pid_t got = waitpid(run->pid, out_status, WNOHANG);
        if (got == run->pid)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        if (!run->late && dmx_clock_mono_ms() >= run->end_ms) {
            run->late = true;
            if (kill(-run->pid, SIGKILL) != 0)
                kill(run->pid, SIGKILL);
            run->end_ms += STEP_MS;
        } else if (run->late) {
            run->end_ms = dmx_clock_mono_ms() + STEP_MS; /* a process that the kernel holds back dies a bit later */
        }
        wait_a_moment(run);
    }
}

/* ---- what it said ---- */

static void put_errors(const struct run *run, struct dmx_builder *out)
{
    char buf[ERRORS_SHOWN];
    ssize_t n = pread(run->errors, buf, sizeof buf, 0);
    struct dmx_slice said = dmx_slice_trim(dmx_slice(buf, n > 0 ? (size_t)n : 0));
    said = dmx_slice_upto(said, dmx_slice_find(said, '\n')); /* its first line */
    if (said.len == 0)
        return;
    dmx_put_cstr(out, ": ");
    dmx_put_escaped(out, said, ERRORS_SHOWN);
}

static enum dmx_sendmail_outcome outcome_of(int code)
{
    switch (code) {
    case EX_OK:
        return DMX_SENDMAIL_TAKEN;
    case EX_DATAERR:
    case EX_NOUSER:
    case EX_NOHOST:
    case EX_UNAVAILABLE:
        return DMX_SENDMAIL_REFUSED;
    case EX_TEMPFAIL:
    case EX_OSERR:
    case EX_OSFILE:
    case EX_CANTCREAT:
    case EX_IOERR:
    case EX_SOFTWARE:
    case EX_PROTOCOL:
        return DMX_SENDMAIL_LATER;
    case EX_CONFIG:
    case NOT_RUN:
    case NOT_STARTED:
        return DMX_SENDMAIL_BROKEN;
    default:
        return DMX_SENDMAIL_UNCLEAR;
    }
}

static bool has_read_all(const struct run *run)
{
    off_t at = lseek(run->input, 0, SEEK_CUR);
    return at >= 0 && (size_t)at >= run->call->message.len;
}

static enum dmx_sendmail_outcome judge(const struct run *run, int status, struct dmx_builder *out)
{
    enum dmx_sendmail_outcome outcome = DMX_SENDMAIL_LATER;
    if (run->late) {
        dmx_put_cstr(out, "sendmail took longer than sendmail_timeout and was killed");
    } else if (WIFSIGNALED(status)) {
        dmx_put_cstr(out, "sendmail was ended by signal ");
        dmx_put_i64(out, WTERMSIG(status));
    } else if (WEXITSTATUS(status) == EX_OK && !has_read_all(run)) {
        dmx_put_cstr(out, "sendmail ended before it had read the message");
    } else {
        outcome = outcome_of(WEXITSTATUS(status));
        dmx_put_cstr(out, outcome == DMX_SENDMAIL_TAKEN ? "sendmail took it" : "sendmail ended with ");
        if (outcome != DMX_SENDMAIL_TAKEN)
            dmx_put_i64(out, WEXITSTATUS(status));
    }
    put_errors(run, out);
    return outcome;
}

/* ---- one message ---- */

/* Neither an option nor a list: printable, one @, and no hyphen at the start (after -f; RECIPIENT stands behind --). */
static bool is_argument(struct dmx_slice address)
{
    if (address.len == 0 || address.len > ADDRESS_MAX || address.ptr[0] == '-' ||
        dmx_slice_find(address, '@') != dmx_slice_rfind(address, '@') || dmx_slice_find(address, '@') == address.len)
        return false;
    for (size_t i = 0; i < address.len; i++)
        if (!dmx_is_vchar(address.ptr[i]) || dmx_slice_find(DMX_SLICE("<>(),;:\"\\[]"), address.ptr[i]) < 11)
            return false;
    return true;
}

static enum dmx_sendmail_outcome run_it(struct run *run, struct dmx_builder *out)
{
    char from[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1];
    struct dmx_builder sender = dmx_builder_fixed(from, sizeof from), recipient = dmx_builder_fixed(to, sizeof to);
    dmx_put(&sender, run->call->envelope.len > 0 ? run->call->envelope : DMX_SLICE("<>"));
    dmx_put(&recipient, run->call->recipient);
    dmx_builder_text(&sender);
    dmx_builder_text(&recipient);
    char name[] = "sendmail", ignore_dots[] = "-i", sender_is[] = "-f", no_more_options[] = "--";
    char *arguments[] = {name, ignore_dots, sender_is, from, no_more_options, to, NULL};
    int status = 0;
    if (!start(run, arguments)) {
        dmx_put_cstr(out, "no process can be started: ");
        dmx_put_cstr(out, strerrordesc_np(errno));
        return DMX_SENDMAIL_BROKEN;
    }
    if (attend(run, &status))
        return judge(run, status, out);
    dmx_put_cstr(out, "nobody knows how sendmail ended");
    return DMX_SENDMAIL_LATER;
}

enum dmx_sendmail_outcome dmx_sendmail_run(const struct dmx_sendmail *call, char text[static DMX_SENDMAIL_TEXT])
{
    struct dmx_builder out = dmx_builder_fixed(text, DMX_SENDMAIL_TEXT);
    struct run run = {.call = call, .input = -1, .errors = -1, .pidfd = -1};
    enum dmx_sendmail_outcome outcome = DMX_SENDMAIL_REFUSED;
    run.end_ms = dmx_clock_mono_ms() + call->timeout_ms;
    if (!is_argument(call->recipient) || (call->envelope.len > 0 && !is_argument(call->envelope))) {
        dmx_put_cstr(&out, "an address that no command line may have");
    } else if (access(call->path, X_OK) != 0) {
        dmx_put_cstr(&out, "the program of the option sendmail cannot be run: ");
        dmx_put_cstr(&out, strerrordesc_np(errno));
        outcome = DMX_SENDMAIL_BROKEN;
    } else {
        outcome = run_it(&run, &out);
    }
    if (run.input >= 0)
        close(run.input);
    if (run.errors >= 0)
        close(run.errors);
    if (run.pidfd >= 0)
        close(run.pidfd);
    dmx_builder_text(&out);
    return outcome;
}
