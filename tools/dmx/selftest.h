/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * `dmx selftest`: is everything as it must be before Exim is restarted? One file a subject; each finding is a line that
 * says what to do. Nothing is changed; everything that is waited for has an end.
 */
#ifndef DMX_TOOLS_SELFTEST_H
#define DMX_TOOLS_SELFTEST_H

#include <sys/types.h>

#include "child.h"
#include "dmx/psl/psl.h"
#include "dmx/site/config.h"

enum finding { FINDING_OK = 0, FINDING_WARN, FINDING_FAIL };

struct selftest {
    struct dmx_arena *arena;
    /* Asked for; NULL: not said. */
    const char *exim, *exim_config, *module, *config_path;
    int64_t now_s;
    size_t failed;
    /* Found out on the way. Empty, NULL or false: it could not be. */
    bool exim_runs, compiled_in, may_load, loads_module;
    struct dmx_slice exim_user, host, domain; /* primary_hostname and qualify_domain */
    uint64_t timeout_s;                       /* local_scan_timeout; 0: none */
    unsigned abi_major, abi_minor;            /* of this Exim, by its version; 0: not known */
    struct dmx_config *config;                /* NULL: there is none that is right */
    int64_t newest_s;                         /* the latest time that some file of ours bears */
};

/* One line, "ok   WHAT: what to do"; bytes from outside in the text are escaped by this. */
void finding(struct selftest *t, enum finding level, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Runs the Exim in question with its configuration and these words (NULL ends them, at most 8). */
void selftest_run_exim(const struct selftest *t, char *const words[], struct child *out);
/* The account that Exim is: what it says, or Debian's. */
struct dmx_slice selftest_user(const struct selftest *t);
/* Fills t with what Exim says about itself and its configuration. */
void selftest_exim(struct selftest *t);
/* The module's file: what it offers and wants, beside what this Exim has. */
void selftest_module(struct selftest *t);
/* A message that is nobody's, through this Exim with this module, in a dry run: Exim itself loads it. */
void selftest_trial(struct selftest *t);
/* Gives up root for Exim's user, for good: from here on what can be read is what Exim can read. */
void selftest_become_exim(struct selftest *t);
void selftest_config(struct selftest *t);
void selftest_places(struct selftest *t);
void selftest_list(struct selftest *t);
void selftest_clock(struct selftest *t);
void selftest_dns(struct selftest *t);
void selftest_journal(struct selftest *t);

#endif
