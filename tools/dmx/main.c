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
    {"check", command_check, "judge one message from a file, as the module in Exim would"},
    {"config", command_config, "test a configuration, show what is in force, print a sample"},
    {"ledger", command_ledger, "what would have been refused or quarantined in the last days"},
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

int main(int argc, char **argv)
{
    dmx_invariant_hook = die;
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("dmx " DMX_VERSION);
        return EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return complain(EXIT_USAGE, "unknown command %s; `dmx --help` lists them", argv[1]);
}
