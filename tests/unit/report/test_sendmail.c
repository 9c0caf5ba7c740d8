/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Programs in place of sendmail, most of which misbehave. */
#include "dmx/report/sendmail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "world.h"

enum { LARGE = 3 * 1024 * 1024 /* many times what is read at once */, TIMEOUT_MS = 300 };

static char path[256], *large;

static void setup(void)
{
    world_setup();
    ck_assert_ptr_nonnull(getcwd(path, sizeof path - 20));
    strcat(path, "/sendmail");
    large = malloc(LARGE);
    memset(large, 'x', LARGE);
}

static void teardown(void)
{
    free(large);
    world_teardown();
}

static void write_script(const char *body)
{
    FILE *to = fopen("sendmail", "w");
    fprintf(to, "#!/bin/sh\n%s\n", body);
    fclose(to);
    ck_assert_int_eq(chmod("sendmail", 0755), 0);
}

static const struct {
    const char *label, *script, *recipient;
    bool is_large;
    enum dmx_sendmail_outcome want;
    const char *text;
} calls[] = {
    {"takes it", "exec cat >/dev/null", NULL, false, DMX_SENDMAIL_TAKEN, "sendmail took it"},
    {"takes a large one slowly", "sleep 0.05; exec cat >/dev/null", NULL, true, DMX_SENDMAIL_TAKEN, "sendmail took it"},
    {"EX_TEMPFAIL", "echo try later >&2; exit 75", NULL, false, DMX_SENDMAIL_LATER,
     "sendmail ended with 75: try later"},
    {"EX_UNAVAILABLE", "exit 69", NULL, false, DMX_SENDMAIL_REFUSED, "sendmail ended with 69"},
    {"EX_NOUSER", "printf 'no\\033[2J\\nuser' >&2; exit 67", NULL, false, DMX_SENDMAIL_REFUSED,
     "sendmail ended with 67: no\\x1b[2J"},
    {"EX_USAGE", "exit 64", NULL, false, DMX_SENDMAIL_UNCLEAR, "sendmail ended with 64"},
    {"1", "exit 1", NULL, true, DMX_SENDMAIL_UNCLEAR, "sendmail ended with 1"},
    {"EX_CONFIG", "exit 78", NULL, false, DMX_SENDMAIL_BROKEN, "sendmail ended with 78"},
    {"a program that it cannot run", "exit 126", NULL, false, DMX_SENDMAIL_BROKEN, "sendmail ended with 126"},
    {"reads nothing, and says it did", "exec <&-; exit 0", NULL, true, DMX_SENDMAIL_LATER,
     "sendmail ended before it had read the message"},
    {"closes early, then hangs", "exec <&-; sleep 60", NULL, true, DMX_SENDMAIL_LATER,
     "sendmail took longer than sendmail_timeout and was killed"},
    {"hangs without reading", "sleep 60", NULL, true, DMX_SENDMAIL_LATER,
     "sendmail took longer than sendmail_timeout and was killed"},
    {"hangs with children that ignore SIGTERM", "trap '' TERM; (trap '' TERM; sleep 60) & sleep 60", NULL, false,
     DMX_SENDMAIL_LATER, "sendmail took longer than sendmail_timeout and was killed"},
    {"is killed", "kill -9 $$", NULL, false, DMX_SENDMAIL_LATER, "sendmail was ended by signal 9"},
    {"reads a part", "head -c 100 >/dev/null", NULL, true, DMX_SENDMAIL_LATER,
     "sendmail ended before it had read the message"},
    {"leaves a child that holds its errors", "cat >/dev/null; (sleep 1) & exit 0", NULL, false, DMX_SENDMAIL_TAKEN,
     "sendmail took it"},
    {"an option for an address", "exit 0", "-bd@a.example", false, DMX_SENDMAIL_REFUSED,
     "an address that no command line may have"},
    {"two for one", "exit 0", "a@a.example,b@b.example", false, DMX_SENDMAIL_REFUSED,
     "an address that no command line may have"},
    {"a line end", "exit 0", "a\n@a.example", false, DMX_SENDMAIL_REFUSED, "an address that no command line may have"},
    {"is not there", NULL, NULL, false, DMX_SENDMAIL_BROKEN,
     "the program of the option sendmail cannot be run: No such file or directory"},
};

START_TEST(call)
{
    char text[DMX_SENDMAIL_TEXT] = "";
    const char *recipient = calls[_i].recipient ? calls[_i].recipient : "d@a.example";
    const struct dmx_sendmail how = {
        .path = path,
        .envelope = DMX_SLICE("b@r.example"),
        .recipient = dmx_slice_cstr(recipient),
        .message = calls[_i].is_large ? dmx_slice(large, LARGE) : DMX_SLICE("Subject: x\n\n"),
        .timeout_ms = strstr(calls[_i].script ? calls[_i].script : "", "60") ? TIMEOUT_MS : 20000,
    };
    if (calls[_i].script)
        write_script(calls[_i].script);
    uint64_t start_ms = dmx_clock_mono_ms();
    enum dmx_sendmail_outcome got = dmx_sendmail_run(&how, text);
    ck_assert_msg(got == calls[_i].want && strcmp(text, calls[_i].text) == 0, "%s: %d %s", calls[_i].label, got, text);
    ck_assert_msg(dmx_clock_mono_ms() - start_ms < 30000, "%s: it took too long", calls[_i].label);
}
END_TEST

/*
 * Arguments, environment, descriptors, working directory, signals: nothing of ours. Signals 32 and 33 are libc's own: make may
 * start us with those ignored, and no program can change it.
 */
START_TEST(call_is_clean)
{
    char text[DMX_SENDMAIL_TEXT], got[2000] = "";
    int open_one = dup(STDERR_FILENO);
    setenv("SECRET", "x", 1);
    write_script(
        "here=$(dirname \"$0\"); exec >\"$here/said\"; echo \"$#:$*\"; pwd; env | sort | cut -d= -f1 | tr '\\n' ' ';"
        /* Through a file: while a pipe is made the shell has its ends open. From 10 on they are dash's own. */
        "ls /proc/$$/fd >\"$here/fds\"; grep -vx '1[0-9]' \"$here/fds\" | tr '\\n' ' ';"
        /* 32 and 33 are the C library's own, which no program can set; it may be started with them ignored. */
        "ignored=$(sed -n 's/SigIgn:.//p' /proc/$$/status); echo SigIgn $((0x$ignored & 0x7fffffff)); cat");
    const struct dmx_sendmail how = {
        .path = path, .recipient = DMX_SLICE("d@a.example"), .message = DMX_SLICE("body\n"), .timeout_ms = 20000};
    ck_assert_int_eq(dmx_sendmail_run(&how, text), DMX_SENDMAIL_TAKEN);
    FILE *from = fopen("said", "r");
    size_t n = fread(got, 1, sizeof got - 1, from);
    fclose(from);
    got[n] = '\0';
    ck_assert_str_eq(got, "5:-i -f <> -- d@a.example\n/\nLC_ALL PATH PWD 0 1 2 SigIgn 0\nbody\n");
    close(open_one);
}
END_TEST

DMX_SUITE(sendmail)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(call, calls);
    DMX_TEST(call_is_clean);
}
