/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `psl-updater`: keeps the public suffix list fresh. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "account.h"
#include "complaint.h"
#include "dmx/base/invariant.h"
#include "dmx/version.h"
#include "settings.h"
#include "status.h"
#include "update.h"

static void die(const char *what, const char *file, int line)
{
    fprintf(stderr, "psl-updater: a bug in dmx: %s does not hold at %s:%d\n", what, file, line);
    abort();
}

static int run_task(const struct settings *settings, struct place *place)
{
    switch (settings->options.task) {
    case TASK_CHECK:
        return status_run(settings, place);
    case TASK_ROLLBACK:
        return rollback_run(settings, place);
    default:
        return update_run(settings, place);
    }
}

static int run_settled(const struct options *options)
{
    struct settings settings;
    struct place place = {.dir_fd = -1, .home_fd = -1};
    int code = settings_read(options, &settings);
    if (code == EXIT_OK)
        code = place_open(settings.path, &place);
    if (code == EXIT_OK)
        code = account_settle(&place);
    if (code == EXIT_OK)
        code = run_task(&settings, &place);
    place_close(&place);
    settings_free(&settings);
    return code;
}

static int run(int argc, char **argv)
{
    struct options options;
    if (!options_read(argc, argv, &options))
        return EXIT_USAGE;
    if (options.task == TASK_HELP)
        options_help();
    else if (options.task == TASK_VERSION)
        puts("psl-updater " DMX_VERSION);
    else
        return run_settled(&options);
    return EXIT_OK;
}

/*
 * What is started without its three standard files would write its complaints into the first files that it opens. Where
 * there is no /dev/null, as in a bare root directory, that must do.
 */
static void fill_standard_files(void)
{
    int fd = 0;
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDWR);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    dmx_invariant_hook = die;
    fill_standard_files();
    int code = run(argc, argv);
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) != 0 || failed)
        return complain(EXIT_FILES, "standard output cannot be written");
    return code;
}
