/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the subcommands of `dmx` share: exit codes, complaints, whole files. */
#ifndef DMX_TOOLS_TOOL_H
#define DMX_TOOLS_TOOL_H

#include <stdio.h>

#include "dmx/base/arena.h"
#include "dmx/psl/choice.h"
#include "dmx/site/config.h"

/* Exit codes, as sysexits has them (design section 6); NOTHING: there is none of what was named. */
enum {
    EXIT_OK = 0,
    EXIT_NOTHING = 1,
    EXIT_USAGE = 64,
    EXIT_UNREADABLE = 65,
    EXIT_BROKEN = 70,
    EXIT_WRITE = 74,
    EXIT_CONFIG = 78
};

enum {
    TOOL_ARENA_BYTES = 1024 * 1024 * 1024, /* a message of 50 MB and its zone, with room */
    TOOL_MAX_SHOWN = 300,
    TOOL_MAX_FILE = 256 * 1024 * 1024,
};

/* "dmx: …" on standard error; returns code, so that `return complain(EXIT_USAGE, …)` reads well. */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes from outside, escaped: none reaches a terminal raw. At most max_bytes, of TOOL_MAX_SHOWN at the most. */
void print_safe(FILE *to, struct dmx_slice s, size_t max_bytes);

/* The end of a noun that a number stands before. */
static inline const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* A whole file, or standard input for "-", into the arena. False after a complaint that names it. */
bool read_file(const char *path, struct dmx_arena *arena, struct dmx_slice *out) DMX_NODISCARD;

/* Says what is wrong with the suffix lists, as the module would log it: a site's list that is not there is not. */
void complain_psl(const struct dmx_psl_choice *choice);

/* Whether psl_file is other than the default, and so the administrator's word. */
bool config_names_psl(const struct dmx_config *config);

int command_cache(int argc, char **argv);
int command_check(int argc, char **argv);
int command_config(int argc, char **argv);
int command_ledger(int argc, char **argv);
int command_report(int argc, char **argv);
int command_selftest(int argc, char **argv);

#endif
