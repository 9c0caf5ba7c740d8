/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The directory of capsules and mails (dmx/report/failures.h): its files, and the form of a mail's and the tally's. */
#ifndef DMX_REPORT_FAILURE_DIR_H
#define DMX_REPORT_FAILURE_DIR_H

#include "dmx/journal/capsule.h"
#include "dmx/report/failures.h"
#include "dmx/report/queue.h"
#include "journal_dir.h"

enum {
    FAILURE_ID = 2 * 16,                /* hexadecimal digits of a capsule's id, and of a mail's name */
    FAILURE_MAIL_MAX = 8 * 1024 * 1024, /* a file: DMX_ARF_MAX and what stands in front of it */
    FAILURE_FILE_MODE = 0600,
};

extern const char failure_mail[], failure_bad[];

/* NNN: a capsule that is whole. */
bool failure_is_capsule(const char *name);
/* The capsules, the oldest first. free(out->items). */
enum dmx_status failure_list_capsules(int dir, struct journal_files *out) DMX_NODISCARD;

/*
 * Those that are new first (*out_new), then the others, which have been looked at before, beginning with any of them: when a
 * run has no time for all of them, each has its turn in another. Both the oldest first.
 */
enum dmx_status failure_order(struct journal_files *files, int64_t now_s, uint64_t chance,
                              size_t *out_new) DMX_NODISCARD;

/* Takes away what a run or a writer that died has left half written. The directory is locked. */
enum dmx_status failure_tidy(int dir, int64_t now_s) DMX_NODISCARD;

/* A whole regular file of at most max bytes, in the arena. DMX_IO with errno; DMX_LIMIT: it is larger. */
enum dmx_status failure_read(int dir, const char *name, size_t max, struct dmx_arena *arena,
                             struct dmx_slice *out) DMX_NODISCARD;

/* Writes a file, all of it or none, and is on the disk when it returns; touched_s is when it was changed last. */
enum dmx_status failure_write(int dir, const char *name, struct dmx_slice bytes, int64_t touched_s) DMX_NODISCARD;

/* One that is gone is gone. */
enum dmx_status failure_remove(int dir, const char *name) DMX_NODISCARD;
enum dmx_status failure_set_aside(int dir, const char *name) DMX_NODISCARD;

/* Notes an attempt. */
enum dmx_status failure_touch(int dir, const char *name, int64_t now_s) DMX_NODISCARD;

void failure_put_id(struct dmx_builder *out, const uint8_t id[16]);

/* ---- a mail's file ---- */

void failure_mail_put(struct dmx_builder *out, const struct dmx_queued_mail *mail);
/* DMX_INVALID: it is damaged, or none. */
enum dmx_status failure_mail_get(struct dmx_slice bytes, struct dmx_arena *arena,
                                 struct dmx_queued_mail *out) DMX_NODISCARD;

/* ---- the tally ---- */

/* *out_since_s is 0 where there is none that can be read. */
void failure_tally_read(int dir, struct dmx_failures_tally *out, int64_t *out_since_s);
enum dmx_status failure_tally_add(int dir, const struct dmx_failures_tally *more, int64_t now_s) DMX_NODISCARD;

/* ---- one run (failures.c) ---- */

struct failure_run {
    const struct dmx_failures *about;
    struct dmx_failures_result *result;
    int dir;
};

int64_t failure_now_s(const struct failure_run *run);
void failure_tell(const struct failure_run *run, const struct dmx_failures_event *event);
/* Says what went wrong with a file; returns status. */
enum dmx_status failure_complain(struct failure_run *run, enum dmx_status status, const char *file, const char *what);

/* Deletes a file; sets a damaged one aside, which is counted and told. */
enum dmx_status failure_drop(struct failure_run *run, const char *file) DMX_NODISCARD;
enum dmx_status failure_drop_damaged(struct failure_run *run, const char *file, const char *why) DMX_NODISCARD;

/*
 * Deletes the oldest of the capsules that wait for DNS if more wait than may, with those that this run had no time for; those
 * that are left are result->later.
 */
enum dmx_status failure_make_room(struct failure_run *run, struct journal_file *waiting, size_t count,
                                  size_t unseen) DMX_NODISCARD;

/* Makes mails of the capsules (failure_plan.c); hands over those that are due (failure_send.c). */
enum dmx_status failure_plan(struct failure_run *run) DMX_NODISCARD;
enum dmx_status failure_send(struct failure_run *run) DMX_NODISCARD;

#endif
