/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists to try things on. */
#ifndef DMX_TESTS_UPDATER_SAMPLE_H
#define DMX_TESTS_UPDATER_SAMPLE_H

#include "../../../psl-updater/list.h"

/* Debian's copy of the real list (package publicsuffix). */
#define SAMPLE_TEXT   "/usr/share/publicsuffix/public_suffix_list.dat"
#define SAMPLE_DAFSA  "/usr/share/publicsuffix/public_suffix_list.dafsa"

#define BEGIN_ICANN   "// ===BEGIN ICANN DOMAINS===\n"
#define END_ICANN     "// ===END ICANN DOMAINS===\n"
#define BEGIN_PRIVATE "// ===BEGIN PRIVATE DOMAINS===\n"
#define END_PRIVATE   "// ===END PRIVATE DOMAINS===\n"

/* A whole list of these rules, each with its line feed. */
#define SAMPLE_LIST(icann, private) BEGIN_ICANN icann END_ICANN BEGIN_PRIVATE private END_PRIVATE

/* Parses what must be right. */
struct dmx_list sample_parse(struct dmx_slice text, struct dmx_arena *arena);

/* The bytes of a file, in the arena. */
struct dmx_slice sample_file(const char *path, struct dmx_arena *arena);

/* Compiles what must compile. */
struct dmx_slice sample_compile(const struct dmx_list *list, struct dmx_arena *arena);

/* Processor time of this process in milliseconds, for figures that are printed and never judged. */
double sample_cpu_ms(void);

#endif
