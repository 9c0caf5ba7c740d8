/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The command line. */
#ifndef DMX_UPDATER_OPTIONS_H
#define DMX_UPDATER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum task { TASK_UPDATE = 0, TASK_CHECK, TASK_ROLLBACK, TASK_HELP, TASK_VERSION };

struct options {
    enum task task;
    const char *config; /* NULL: the default, which need not exist */
    const char *url;    /* NULL: psl_url of the configuration */
    const char *file;   /* NULL: psl_file */
    bool has_max_age;
    uint64_t max_age_days; /* instead of psl_max_age */
    size_t min_rules;      /* 0: the usual */
    bool now, dry_run, quiet, verbose, allow_older, allow_http, allow_file;
};

/* False after a complaint. The texts are those of argv. */
bool options_read(int argc, char **argv, struct options *out);

void options_help(void);

#endif
