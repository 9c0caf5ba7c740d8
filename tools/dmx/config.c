/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx config test|show|sample`: what Exim would read, before Exim does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dmx/base/clock.h"
#include "dmx/pipeline/cache.h"
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

/* A directory that is made when Exim starts may be missing before: that is told, and no mistake. */
static void warn_of_cache(const struct dmx_config *config)
{
    char directory[4096];
    struct stat st;
    struct dmx_slice path = config->cache_file;
    struct dmx_builder b = dmx_builder_fixed(directory, sizeof directory);
    dmx_put(&b, dmx_slice_upto(path, dmx_slice_rfind(path, '/')));
    if (!config->cache || dmx_builder_text(&b).len == 0)
        return;
    if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode))
        complain(0,
                 "warning: cache_file: no directory %s (Exim's start makes /run/exim4): mail is judged without a cache",
                 directory);
    else if (st.st_mode & (S_IWGRP | S_IWOTH))
        complain(0, "warning: cache_file: others may write %s, so it is not used: mode 0750 or less", directory);
}

/* A pin with a mistake takes all others with it. */
static bool test_pins(const struct dmx_config *config)
{
    struct dmx_arena *arena = dmx_arena_new(TOOL_ARENA_BYTES);
    struct dmx_config_error error = {{0}};
    struct dmx_pins pins = {NULL, 0};
    bool right = arena && dmx_site_pins_read(config, arena, &pins, &error) == DMX_OK;
    if (!right)
        complain(0, "cache_pins: %s", arena ? error.text : "out of memory");
    for (size_t i = 0; i < pins.count; i++)
        if (pins.items[i].ends_s <= dmx_clock_unix_s())
            complain(0, "warning: %s line %zu: this pin is over", config->cache_pins.ptr, pins.items[i].line);
    dmx_arena_free(&arena);
    return right;
}

/* Which suffix list the module would take. One that was named and cannot be used is a mistake of the configuration. */
static int test(const char *path, const struct dmx_config *config)
{
    struct dmx_psl_choice choice;
    dmx_psl_choose(config->psl_file.ptr, DMX_PSL_DEBIAN, &choice);
    bool wrong = choice.own.token && config_names_psl(config);
    if (wrong && choice.own_missing)
        complain(0, "%s: psl_file: %s does not exist", path, config->psl_file.ptr);
    complain_psl(&choice);
    if (!choice.psl)
        complain(0, "Debian's package publicsuffix has a list");
    wrong |= !test_pins(config);
    if (!wrong)
        printf("%s: no mistakes; mode = %s\n", path, config->mode == DMX_MODE_MONITOR ? "monitor" : "enforce");
    if (choice.psl)
        printf("public suffix list in force: %s\n", choice.path);
    dmx_psl_free(&choice.psl);
    return wrong ? EXIT_CONFIG : EXIT_OK;
}

/* Every mistake of the file, and what is right. */
static int test_file(const char *path, struct dmx_config *config, struct dmx_config_error *errors)
{
    size_t count = 0;
    if (dmx_config_read_all(config, path, errors, &count) != DMX_OK) {
        for (size_t i = 0; i < count; i++)
            complain(0, "%s", errors[i].text);
        if (count == DMX_CONFIG_MAX_MISTAKES)
            complain(0, "%s: %zu mistakes; what comes behind them was not read", path, count);
        else if (count > 1)
            complain(0, "%s: %zu mistakes", path, count);
        return count > 0 ? EXIT_CONFIG : complain(EXIT_BROKEN, "out of memory");
    }
    int code = test(path, config);
    warn(config);
    warn_of_cache(config);
    return code;
}

static int show_file(const char *path, struct dmx_config *config, struct dmx_config_error *error)
{
    if (dmx_config_read(config, path, error) != DMX_OK)
        return complain(EXIT_CONFIG, "%s", error->text);
    return print_built(dmx_config_print, config);
}

static int with_file(const char *path, bool show)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error *errors = calloc(DMX_CONFIG_MAX_MISTAKES, sizeof *errors);
    int code = EXIT_BROKEN;
    if (!errors || dmx_config_new(&config) != DMX_OK)
        complain(0, "out of memory");
    else
        code = show ? show_file(path, config, errors) : test_file(path, config, errors);
    dmx_config_free(&config);
    free(errors);
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
        if (*what)
            complain(0, "config %s: no such command, or not with these words", what);
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    return with_file(argc > first ? argv[first] : default_path, show);
}
