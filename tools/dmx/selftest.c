/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx selftest`: what Exim would find out when it is too late. */
#include "selftest.h"

#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "tool.h"

static const char help[] =
    "usage: dmx selftest [OPTION…]   would Exim load the module, and would the module find all it needs?\n\n"
    "  --exim PATH             that Exim (default: /usr/sbin/exim4 or /usr/sbin/exim)\n"
    "  --exim-config FILE      with that configuration of Exim (its option -C)\n"
    "  --module PATH           that module (default: what local_scan_path names)\n"
    "  --config FILE           that configuration of dmx (default: what Exim's add_environment names, or\n"
    "                          /etc/exim4/dmx.conf)\n\n"
    "Each line: ok, warn or fail, what was looked at, and what to do. Exit status 0: no line with fail; 1: there is "
    "one.\n"
    "Run it as root: what belongs to Exim's user is then looked at as that user.\n";

enum { EXIT_FAILED = 1, LINE_BYTES = 2048 };

void finding(struct selftest *t, enum finding level, const char *what, const char *format, ...)
{
    static const char *const words[] = {"ok", "warn", "fail"};
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t shown = len < 0 ? 0 : len < LINE_BYTES ? (size_t)len : LINE_BYTES - 1;
    t->failed += level == FINDING_FAIL;
    printf("%-4s %s: ", words[level], what);
    for (size_t at = 0; at < shown;
         at += TOOL_MAX_SHOWN) /* a text of ours is longer than one of somebody else's may be */
        print_safe(stdout, dmx_slice(line + at, shown - at < TOOL_MAX_SHOWN ? shown - at : TOOL_MAX_SHOWN),
                   TOOL_MAX_SHOWN);
    putchar('\n');
    fflush(stdout); /* should something end us, what was found stands there */
}

struct dmx_slice selftest_user(const struct selftest *t)
{
    return t->exim_user.len ? t->exim_user : DMX_SLICE("Debian-exim");
}

void selftest_become_exim(struct selftest *t)
{
    char name[64];
    struct dmx_builder b = dmx_builder_fixed(name, sizeof name);
    dmx_put(&b, selftest_user(t));
    (void)dmx_builder_text(&b);
    const struct passwd *user = getpwnam(name);
    if (!user) {
        finding(t, FINDING_WARN, "user", "there is no account %s: what follows was looked at as user %u", name,
                (unsigned)geteuid());
        return;
    }
    if (geteuid() == user->pw_uid)
        return;
    if (geteuid() != 0) {
        finding(t, FINDING_WARN, "user", "what follows was looked at as user %u: run it as root or %s",
                (unsigned)geteuid(), name);
        return;
    }
    if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        finding(t, FINDING_WARN, "user", "cannot become %s: what follows was looked at as root, who may read all",
                name);
}

static int run(struct selftest *t)
{
    selftest_exim(t);
    selftest_module(t);
    selftest_trial(t);
    selftest_become_exim(t);
    selftest_config(t);
    if (t->config) {
        selftest_places(t);
        selftest_list(t);
        selftest_journal(t);
        selftest_clock(t);
        selftest_dns(t);
    }
    dmx_config_free(&t->config);
    return t->failed ? EXIT_FAILED : EXIT_OK;
}

enum { OPT_EXIM = 256, OPT_EXIM_CONFIG, OPT_MODULE, OPT_CONFIG, OPT_HELP };

static const struct option options[] = {
    {"exim", required_argument, NULL, OPT_EXIM},     {"exim-config", required_argument, NULL, OPT_EXIM_CONFIG},
    {"module", required_argument, NULL, OPT_MODULE}, {"config", required_argument, NULL, OPT_CONFIG},
    {"help", no_argument, NULL, OPT_HELP},           {NULL, 0, NULL, 0},
};

/* -1 for help. */
static int take_option(struct selftest *t, int option)
{
    switch (option) {
    case OPT_EXIM:
        t->exim = optarg;
        return EXIT_OK;
    case OPT_EXIM_CONFIG:
        t->exim_config = optarg;
        return EXIT_OK;
    case OPT_MODULE:
        t->module = optarg;
        return EXIT_OK;
    case OPT_CONFIG:
        t->config_path = optarg;
        return EXIT_OK;
    case 'h':
    case OPT_HELP:
        return -1;
    default: /* getopt has said what is wrong */
        fputs("dmx selftest: `dmx selftest --help` lists the options\n", stderr);
        return EXIT_USAGE;
    }
}

int command_selftest(int argc, char **argv)
{
    struct selftest t = {.now_s = dmx_clock_unix_s(), .arena = dmx_arena_new(TOOL_ARENA_BYTES)};
    char name[] = "dmx selftest";
    int option, code = t.arena ? EXIT_OK : complain(EXIT_BROKEN, "out of memory");
    argv[0] = name;
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        code = take_option(&t, option);
    if (code == EXIT_OK && optind < argc)
        code = complain(EXIT_USAGE, "%s: not expected here; `dmx selftest --help` says more", argv[optind]);
    if (code == EXIT_OK)
        code = run(&t);
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_arena_free(&t.arena);
    return code;
}
