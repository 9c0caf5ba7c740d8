/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What holds: the configuration with the command line on top of it. */
#ifndef DMX_UPDATER_SETTINGS_H
#define DMX_UPDATER_SETTINGS_H

#include "dmx/site/config.h"
#include "options.h"

struct settings {
    struct options options;
    const char *url;
    const char *path; /* of the compiled list */
    int64_t max_age_s;
    struct dmx_config *config; /* owns the texts */
};

/* EXIT_OK, or EXIT_CONFIG or EXIT_USAGE after a complaint. settings_free in any case. */
int settings_read(const struct options *options, struct settings *out);
void settings_free(struct settings *settings);

#endif
