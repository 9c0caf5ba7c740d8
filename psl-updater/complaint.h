/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What psl-updater says when something is wrong: one line on standard error, and the exit status that goes with it. */
#ifndef DMX_UPDATER_COMPLAINT_H
#define DMX_UPDATER_COMPLAINT_H

#include "dmx/base/reason.h"

/* Exit statuses, as sysexits has them where it has one. psl-updater(8) documents them. */
enum {
    EXIT_OK = 0,        /* fresh, or updated */
    EXIT_STALE = 1,     /* --check: older than twice the limit */
    EXIT_DAMAGED = 2,   /* --check: missing, or not a pair that can be used */
    EXIT_USAGE = 64,    /* the command line */
    EXIT_REJECTED = 65, /* what came is not a list that may be installed */
    EXIT_NETWORK = 69,  /* nothing came, or not from where it should */
    EXIT_BROKEN = 70,   /* a bug of ours */
    EXIT_FILES = 74,    /* the directory or a file in it */
    EXIT_LOCKED = 75,   /* another psl-updater is at work */
    EXIT_CONFIG = 78,   /* dmx.conf */
};

/*
 * "psl-updater: …" on standard error; returns code, so that `return complain(EXIT_FILES, …)` reads well. Whatever the
 * arguments bring from outside is escaped here and kept on the one line.
 */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* About a file or a URL: the reason's text, and its detail where it has one. */
int complain_reason(int code, const char *about, const struct dmx_reason *reason);

/* The same line on standard output, for what is no trouble. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
