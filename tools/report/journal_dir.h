/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The journal's directory as the reporter sees it: which files there are, and what becomes of them. */
#ifndef DMX_REPORT_JOURNAL_DIR_H
#define DMX_REPORT_JOURNAL_DIR_H

#include <stdint.h>

#include "dmx/base/slice.h"
#include "dmx/base/status.h"

enum { JOURNAL_NAME_BYTES = 64 };

/* How long to wait for another process; tests set it. A writer holds its lock for microseconds, unless it was stopped. */
extern int journal_dir_wait_ms;

struct journal_file {
    char name[JOURNAL_NAME_BYTES];
    uint64_t bytes;
    int64_t changed_s;
};

struct journal_files {
    struct journal_file *items;
    size_t count;
};

/* "journal.taken-", "journal.kept-", "journal.bad-" */
extern const char journal_taken[], journal_kept[], journal_bad[];

/* Opens and locks it: DMX_LIMIT when somebody else holds it too long, DMX_IO with errno (ENOENT: it is not there). */
enum dmx_status journal_dir_open(const char *dir, int *out_fd) DMX_NODISCARD;

/* The regular files with that prefix, the oldest change first. free(out->items). */
enum dmx_status journal_dir_list(int dir, const char *prefix, struct journal_files *out) DMX_NODISCARD;

/* Renames the journal to a taken one, if it is there and holds anything. */
enum dmx_status journal_dir_take(int dir) DMX_NODISCARD;

/* A taken file, opened and locked. DMX_LIMIT: a writer holds it; DMX_IO with errno. */
enum dmx_status journal_dir_lock(int dir, const char *name, int *out_fd) DMX_NODISCARD;

/* The same file under another prefix. */
enum dmx_status journal_dir_rename(int dir, const char *name, const char *prefix) DMX_NODISCARD;

/* Deletes kept files that did not change since then, and the oldest of them until no more than max_bytes are left. */
enum dmx_status journal_dir_prune(int dir, int64_t before_s, uint64_t max_bytes) DMX_NODISCARD;

#endif
