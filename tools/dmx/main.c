/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx`: one file a subcommand; this one finds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/invariant.h"
#include "dmx/version.h"
#include "tool.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"cache", command_cache, "the answers of DNS that are kept: list, show, flush, stats; pin and unpin a record"},
    {"check", command_check, "judge one message from a file, as the module in Exim would"},
    {"config", command_config, "test a configuration, show what is in force, print a sample"},
    {"ledger", command_ledger, "what would have been refused or quarantined in the last days"},
    {"report", command_report, "reports to domain owners: run it, and how it stands"},
    {"selftest", command_selftest, "would Exim load the module, and would it find all it needs?"},
};

static void usage(FILE *to)
{
    fputs("usage: dmx COMMAND [ARGUMENT…]\n\n", to);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    fputs("\n`dmx COMMAND --help` says more; so does dmx(1).\n", to);
}

static void die(const char *what, const char *file, int line)
{
    fprintf(stderr, "dmx: a bug in dmx: %s does not hold at %s:%d\n", what, file, line);
    abort();
}

static bool is_one_of(const char *word, const char *first, const char *second, const char *third)
{
    return strcmp(word, first) == 0 || strcmp(word, second) == 0 || strcmp(word, third) == 0;
}

static int run_command(const char *name, int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc, argv);
    return complain(EXIT_USAGE, "unknown command %s; `dmx --help` lists them", name);
}

static int run(int argc, char **argv)
{
    char help[] = "--help";
    if (is_one_of(argv[1], "--version", "-V", "version")) {
        puts("dmx " DMX_VERSION);
        return EXIT_OK;
    }
    if (!is_one_of(argv[1], "--help", "-h", "help"))
        return run_command(argv[1], argc - 1, argv + 1);
    if (argc > 2) /* dmx help COMMAND */
        return run_command(argv[2], 2, (char *[]){argv[2], help, NULL});
    usage(stdout);
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    dmx_invariant_hook = die;
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    int code = run(argc, argv);
    /* A verdict that a full disk swallowed is none. */
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) != 0 || failed)
        return complain(EXIT_WRITE, "standard output cannot be written");
    return code;
}
