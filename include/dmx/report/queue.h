/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What waits in the directory of failure reports (dmx/report/failures.h), to be looked at. Changes nothing. */
#ifndef DMX_REPORT_QUEUE_H
#define DMX_REPORT_QUEUE_H

#include "dmx/journal/capsule.h"

/* A finished mail. */
struct dmx_queued_mail {
    struct dmx_slice recipient;
    struct dmx_slice domain; /* the policy domain, for people */
    int64_t made_s;
    uint64_t incidents;
    const struct dmx_slice *capsules; /* their ids, as text */
    size_t capsule_count;
    struct dmx_slice message;
};

/* A file: one of capsule and mail, or neither and why, a static text. */
struct dmx_queued {
    const char *name;
    const struct dmx_capsule *capsule;
    const struct dmx_queued_mail *mail;
    const char *why;
};

/*
 * The file of that name in the directory, or of that path where name has a slash. Anything but DMX_OK: out->why, or errno
 * where that is NULL.
 */
enum dmx_status dmx_queue_get(const char *journal_dir, const char *name, struct dmx_arena *arena,
                              struct dmx_queued *out) DMX_NODISCARD;

/* Each of them, capsules first, the oldest first; values live as long as the call. DMX_IO with errno. */
enum dmx_status dmx_queue_each(const char *journal_dir, enum dmx_status (*fn)(void *ctx, const struct dmx_queued *one),
                               void *ctx) DMX_NODISCARD;

#endif
