/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx config test|show|sample`: what Exim would read, before Exim does. */
#include <stdio.h>
#include <string.h>

#include "dmx/base/clock.h"
#include "tool.h"

static const char default_path[] = "/etc/exim4/dmx.conf";

static const char help[] =
    "usage: dmx config test [[--config] FILE]   read FILE (default /etc/exim4/dmx.conf) and the suffix list: any "
    "mistakes?\n"
    "       dmx config show [[--config] FILE]   print every option with the value that is in force\n"
    "       dmx config sample                   print a file with every option, its default and what it is for\n"
    "       dmx config mdoc                     print the option list of dmx.conf(5)\n";

enum { MAX_OUTPUT = 16 * 1024 * 1024 };

/* What a subcommand prints; config is NULL for those that need none. */
typedef void writer(const struct dmx_config *config, struct dmx_builder *out);

static void write_sample(const struct dmx_config *config, struct dmx_builder *out)
{
    (void)config;
    dmx_config_print_sample(out);
}

static void write_mdoc(const struct dmx_config *config, struct dmx_builder *out)
{
    (void)config;
    dmx_config_print_mdoc(out);
}

static int print_built(writer *write, const struct dmx_config *config)
{
    struct dmx_arena *arena = dmx_arena_new(MAX_OUTPUT * 4);
    if (!arena)
        return complain(EXIT_BROKEN, "out of memory");
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    write(config, &b);
    struct dmx_slice text = dmx_builder_text(&b);
    int code = b.failed ? complain(EXIT_BROKEN, "the output is too large") : EXIT_OK;
    fwrite(text.ptr, 1, text.len, stdout);
    dmx_arena_free(&arena);
    return code;
}

/* What is right by the grammar, and yet may not be meant. */
static void warn(const struct dmx_config *config)
{
    struct dmx_arena *arena = dmx_arena_new(MAX_OUTPUT * 4);
    if (!arena)
        return;
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    dmx_config_warn(config, dmx_clock_unix_s(), &b);
    struct dmx_slice text = dmx_builder_text(&b), line;
    while (text.len > 0 && dmx_slice_split(&text, '\n', &line))
        if (line.len > 0)
            complain(0, "warning: %.*s", DMX_SLICE_ARG(line));
    dmx_arena_free(&arena);
}

/* Whether psl_file is other than the default, and so the administrator's word. */
static bool names_psl(const struct dmx_config *config)
{
    struct dmx_config *defaults = NULL;
    if (dmx_config_new(&defaults) != DMX_OK)
        return false;
    bool other = !dmx_slice_eq(config->psl_file, defaults->psl_file);
    dmx_config_free(&defaults);
    return other;
}

/* Which suffix list the module would take. One that was named and cannot be used is a mistake of the configuration. */
static int test(const char *path, const struct dmx_config *config)
{
    struct dmx_psl_choice choice;
    dmx_psl_choose(config->psl_file.ptr, DMX_PSL_DEBIAN, &choice);
    bool wrong = choice.own.token && names_psl(config);
    if (wrong && choice.own_missing)
        complain(0, "%s: psl_file: %s does not exist", path, config->psl_file.ptr);
    complain_psl(&choice);
    if (!choice.psl)
        complain(0, "Debian's package publicsuffix has a list");
    if (!wrong)
        printf("%s: no mistakes; mode = %s\n", path, config->mode == DMX_MODE_MONITOR ? "monitor" : "enforce");
    if (choice.psl)
        printf("public suffix list in force: %s\n", choice.path);
    dmx_psl_free(&choice.psl);
    return wrong ? EXIT_CONFIG : EXIT_OK;
}

static int with_file(const char *path, bool show)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error error = {{0}};
    if (dmx_config_new(&config) != DMX_OK)
        return complain(EXIT_BROKEN, "out of memory");
    int code = EXIT_OK;
    if (dmx_config_read(config, path, &error) != DMX_OK) {
        code = complain(EXIT_CONFIG, "%s", error.text);
    } else if (show) {
        code = print_built(dmx_config_print, config);
    } else {
        code = test(path, config);
        warn(config);
    }
    dmx_config_free(&config);
    return code;
}

int command_config(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    bool show = strcmp(what, "show") == 0;
    if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    if (strcmp(what, "sample") == 0 && argc == 2)
        return print_built(write_sample, NULL);
    if (strcmp(what, "mdoc") == 0 && argc == 2)
        return print_built(write_mdoc, NULL);
    int first = argc > 3 && strcmp(argv[2], "--config") == 0 ? 3 : 2;
    if (argc - first > 1 || (argc > first && argv[first][0] == '-') || (!show && strcmp(what, "test") != 0)) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    return with_file(argc > first ? argv[first] : default_path, show);
}
