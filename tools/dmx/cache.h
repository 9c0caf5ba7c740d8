/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What `dmx cache` shows, and the file of pins that it writes. */
#ifndef DMX_TOOLS_CACHE_H
#define DMX_TOOLS_CACHE_H

#include <stdio.h>

#include "dmx/pipeline/cache.h"
#include "json.h"

/* One entry as a line (whole: with all that is known of it), or as a JSON object. */
void print_entry_heading(FILE *to);
void print_entry(FILE *to, const struct dmx_cache_entry *entry, struct dmx_arena *arena);
void print_entry_whole(FILE *to, const struct dmx_cache_entry *entry, struct dmx_arena *arena);
void print_entry_json(struct json *j, const struct dmx_cache_entry *entry, struct dmx_arena *arena);

void print_stats(FILE *to, const char *path, const struct dmx_cache_stats *stats);
void print_stats_json(FILE *to, const char *path, const struct dmx_cache_stats *stats);

/*
 * Writes the pins file anew, without the records of a name (type 0: of any type), and with lines added at its end;
 * *out_removed is how many records went. The file is replaced as a whole or not at all, keeps its mode and owner, and
 * nothing is written when it would say the same. An exit code, after a complaint.
 */
int pins_rewrite(const char *path, const struct dmx_question *question, struct dmx_slice added, struct dmx_arena *arena,
                 size_t *out_removed);

#endif
