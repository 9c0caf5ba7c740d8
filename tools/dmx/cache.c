/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx cache`: what is kept of DNS for Exim's processes, while they run. */
#include "cache.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/base/date.h"
#include "dmx/dns/present.h"
#include "tool.h"

enum {
    DAY_S = 24 * 60 * 60,
    MAX_PIN_DAYS = 3660,
    MAX_SET = 32,
    MAX_LINES = 1024 * 1024,
    ENTRY_BYTES = 8 * 1024 * 1024
};

static const char default_config[] = "/etc/exim4/dmx.conf";

static const char help[] =
    "usage: dmx cache list                         every answer that is kept\n"
    "       dmx cache show NAME                    what is kept of one name, in full\n"
    "       dmx cache stats                        how it is used; all counts since the file was made\n"
    "       dmx cache flush [NAME]                 forget the answers to NAME, or all; pins stay\n"
    "       dmx cache pin NAME TYPE VALUE… --until YYYY-MM-DD   let this count instead of what DNS says\n"
    "       dmx cache unpin NAME [TYPE]            and no more\n\n"
    "  --config FILE           the options in FILE (default /etc/exim4/dmx.conf where there is one)\n"
    "  -o KEY=VALUE            and this one\n"
    "  --file FILE             the cache there instead of cache_file;  --pins FILE  instead of cache_pins\n"
    "  --json                  print JSON (list, show, stats)\n";

struct command {
    struct dmx_config *config;
    struct dmx_arena *arena;
    struct dmx_cache *cache;
    char **words; /* behind the subcommand */
    int count;
    int64_t now_s;
    const char *config_path, *file, *pins, *until;
    const char *set[MAX_SET];
    size_t set_count;
    bool json;
};

/* ---- the cache itself ---- */

/* In the size that it has: looking at a cache must not make another one. */
static int open_cache(struct command *c, enum dmx_cache_access access)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    struct stat st;
    const char *path = c->config->cache_file.ptr;
    int code = access == DMX_CACHE_READ ? EXIT_UNREADABLE : EXIT_WRITE;
    if (lstat(path, &st) != 0 && errno == ENOENT)
        return complain(EXIT_UNREADABLE, "%s: not there yet; Exim makes it at the first message that asks DNS", path);
    if (lstat(path, &st) != 0)
        return complain(EXIT_UNREADABLE, "%s: %s", path, strerror(errno));
    if (S_ISREG(st.st_mode) && st.st_size >= (off_t)DMX_CACHE_MIN_BYTES)
        c->config->cache_size = (uint64_t)st.st_size;
    if (dmx_site_cache_open(c->config, access, &c->cache, &reason) == DMX_OK)
        return EXIT_OK;
    return complain(code, "%s: %s", path, reason.text ? reason.text : "out of memory");
}

static int parse_name(const char *text, struct dmx_name *out)
{
    if (dmx_master_name_parse(dmx_slice_cstr(text), out))
        return EXIT_OK;
    return complain(EXIT_USAGE, "%s: want a domain name", text);
}

/* Prints the entries of a name, or all (NULL). How many there were. */
static size_t print_entries(struct command *c, const struct dmx_name *name)
{
    struct dmx_cache_entry entry;
    struct json j = {.to = stdout};
    size_t cursor = 0, found = 0;
    if (c->json)
        json_open(&j, NULL, '[');
    else if (!name)
        print_entry_heading(stdout);
    for (;;) {
        struct dmx_arena *arena = dmx_arena_new(ENTRY_BYTES);
        bool more = arena && dmx_cache_next(c->cache, &cursor, c->now_s, arena, &entry);
        if (more && (!name || dmx_name_eq(&entry.question.name, name))) {
            found++;
            if (c->json)
                print_entry_json(&j, &entry, arena);
            else if (name)
                print_entry_whole(stdout, &entry, arena);
            else
                print_entry(stdout, &entry, arena);
        }
        dmx_arena_free(&arena);
        if (!more)
            break;
    }
    if (c->json)
        json_close(&j, ']');
    if (c->json)
        fputc('\n', stdout);
    return found;
}

static int run_list(struct command *c)
{
    int code = open_cache(c, DMX_CACHE_READ);
    if (code == EXIT_OK)
        (void)print_entries(c, NULL);
    return code;
}

static int run_show(struct command *c)
{
    struct dmx_name name;
    int code = parse_name(c->words[0], &name);
    if (code == EXIT_OK)
        code = open_cache(c, DMX_CACHE_READ);
    if (code == EXIT_OK && print_entries(c, &name) == 0)
        code = complain(EXIT_NOTHING, "nothing is kept of %s", c->words[0]);
    return code;
}

static int run_stats(struct command *c)
{
    struct dmx_cache_stats stats;
    int code = open_cache(c, DMX_CACHE_READ);
    if (code != EXIT_OK)
        return code;
    dmx_cache_stats(c->cache, &stats);
    if (c->json)
        print_stats_json(stdout, c->config->cache_file.ptr, &stats);
    else
        print_stats(stdout, c->config->cache_file.ptr, &stats);
    return EXIT_OK;
}

static bool is_pinned(const struct command *c, const struct dmx_name *name)
{
    struct dmx_cache_entry entry = {.pinned = false};
    size_t cursor = 0;
    bool more = true, pinned = false;
    while (more && !pinned) {
        struct dmx_arena *arena = dmx_arena_new(ENTRY_BYTES);
        more = arena && dmx_cache_next(c->cache, &cursor, c->now_s, arena, &entry);
        pinned = more && entry.pinned && dmx_name_eq(&entry.question.name, name);
        dmx_arena_free(&arena);
    }
    return pinned;
}

static int run_flush(struct command *c)
{
    struct dmx_name name;
    int code = c->count ? parse_name(c->words[0], &name) : EXIT_OK;
    if (code == EXIT_OK)
        code = open_cache(c, DMX_CACHE_USE);
    if (code != EXIT_OK)
        return code;
    bool pinned = c->count && is_pinned(c, &name);
    size_t gone = c->count ? dmx_cache_flush(c->cache, &name, false) : dmx_cache_flush_all(c->cache, false);
    printf("%zu answer%s forgotten%s\n", gone, gone == 1 ? "" : "s",
           pinned ? "; a pin of that name stays (dmx cache unpin)" : "");
    return EXIT_OK;
}

/* ---- pins ---- */

/* What stands in the file counts from now on; without a cache, as soon as Exim makes one. */
static int enter_pins(struct command *c)
{
    struct dmx_config_error error = {{0}};
    struct stat st;
    if (lstat(c->config->cache_file.ptr, &st) != 0 && errno == ENOENT) {
        printf("%s: not there yet; it counts as soon as Exim makes it\n", c->config->cache_file.ptr);
        return EXIT_OK;
    }
    int code = open_cache(c, DMX_CACHE_USE);
    if (code == EXIT_OK && dmx_site_pins_refresh(c->config, c->cache, c->now_s, &error) != DMX_OK)
        code = complain(EXIT_WRITE, "%s", error.text);
    return code;
}

static int parse_type(const char *text, struct dmx_question *out)
{
    if (dmx_rr_type_parse(dmx_slice_cstr(text), &out->type))
        return EXIT_OK;
    return complain(EXIT_USAGE, "%s: want A, AAAA, MX, PTR or TXT", text);
}

static int parse_until(struct command *c, int64_t *out_ends_s)
{
    if (!c->until)
        return complain(EXIT_USAGE, "want --until YYYY-MM-DD, the last day on which the pin counts");
    if (!dmx_date_parse(dmx_slice_cstr(c->until), out_ends_s))
        return complain(EXIT_USAGE, "--until %s: want a date as YYYY-MM-DD", c->until);
    if (*out_ends_s <= c->now_s)
        return complain(EXIT_USAGE, "--until %s: that day is over", c->until);
    if (*out_ends_s - c->now_s > (int64_t)MAX_PIN_DAYS * DAY_S)
        return complain(EXIT_USAGE, "--until %s: want a day within ten years; a pin is not for ever", c->until);
    return EXIT_OK;
}

/* The text of a TXT record is taken as it is; other values are as in a master file. */
static void put_line(const struct command *c, const struct dmx_question *question, int64_t ends_s, const char *value,
                     struct dmx_builder *out)
{
    struct dmx_slice text = dmx_slice_cstr(value);
    if (question->type == DMX_RR_TXT) {
        const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = text};
        dmx_put_pin(out, question, &rr, ends_s);
        return;
    }
    dmx_put_master_name(out, &question->name);
    dmx_put_char(out, ' ');
    dmx_put_cstr(out, dmx_rr_type_name(question->type));
    dmx_put_cstr(out, " until ");
    dmx_put_cstr(out, c->until);
    dmx_put_char(out, ' ');
    dmx_put(out, text);
    dmx_put_char(out, '\n');
}

static int check_value(struct command *c, const struct dmx_question *question, int64_t ends_s, const char *value)
{
    struct dmx_builder line = dmx_builder_arena(c->arena, MAX_LINES);
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t number;
    if (question->type == DMX_RR_TXT && value[0] == '"')
        return complain(EXIT_USAGE, "%s: want the text without quotes of its own", value);
    put_line(c, question, ends_s, value, &line);
    if (dmx_pins_parse(dmx_builder_text(&line), c->arena, &pins, &number, &reason) != DMX_OK)
        return complain(EXIT_USAGE, "%s: %s", value, reason.text ? reason.text : "out of memory");
    /* A line end in the value would begin another pin. */
    if (pins.count != 1 || pins.items[0].answer.count != 1)
        return complain(EXIT_USAGE, "%s: want one record", value);
    return EXIT_OK;
}

static int run_pin(struct command *c)
{
    struct dmx_question question = {.type = 0};
    struct dmx_builder lines = dmx_builder_arena(c->arena, MAX_LINES);
    int64_t ends_s = 0;
    size_t removed;
    int code = parse_name(c->words[0], &question.name);
    if (code == EXIT_OK)
        code = parse_type(c->words[1], &question);
    if (code == EXIT_OK)
        code = parse_until(c, &ends_s);
    for (int i = 2; code == EXIT_OK && i < c->count; i++) {
        code = check_value(c, &question, ends_s, c->words[i]);
        put_line(c, &question, ends_s, c->words[i], &lines);
    }
    if (code == EXIT_OK)
        code = pins_rewrite(c->config->cache_pins.ptr, &question, dmx_builder_text(&lines), c->arena, &removed);
    return code == EXIT_OK ? enter_pins(c) : code;
}

static int run_unpin(struct command *c)
{
    struct dmx_question question = {.type = 0};
    size_t removed = 0;
    int code = parse_name(c->words[0], &question.name);
    if (code == EXIT_OK && c->count > 1)
        code = parse_type(c->words[1], &question);
    if (code == EXIT_OK)
        code = pins_rewrite(c->config->cache_pins.ptr, &question, DMX_SLICE(""), c->arena, &removed);
    if (code == EXIT_OK && removed == 0)
        return complain(EXIT_NOTHING, "%s: no such pin of %s", c->config->cache_pins.ptr, c->words[0]);
    return code == EXIT_OK ? enter_pins(c) : code;
}

/* ---- arguments ---- */

static const struct {
    const char *name;
    int (*run)(struct command *c);
    int least, most; /* words behind it */
} subcommands[] = {
    {"list", run_list, 0, 0},   {"show", run_show, 1, 1}, {"stats", run_stats, 0, 0},
    {"flush", run_flush, 0, 1}, {"pin", run_pin, 3, 99},  {"unpin", run_unpin, 1, 2},
};

enum { OPT_CONFIG = 256, OPT_FILE, OPT_PINS, OPT_UNTIL, OPT_JSON, OPT_HELP };

static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"file", required_argument, NULL, OPT_FILE},
    {"pins", required_argument, NULL, OPT_PINS},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

/* -1 for help. */
static int take_option(struct command *c, int option, const char *value)
{
    switch (option) {
    case OPT_CONFIG:
        c->config_path = value;
        return EXIT_OK;
    case OPT_FILE:
        c->file = value;
        return EXIT_OK;
    case OPT_PINS:
        c->pins = value;
        return EXIT_OK;
    case OPT_UNTIL:
        c->until = value;
        return EXIT_OK;
    case OPT_JSON:
        c->json = true;
        return EXIT_OK;
    case 'o':
        if (c->set_count == MAX_SET)
            return complain(EXIT_USAGE, "more than %d of -o", MAX_SET);
        c->set[c->set_count++] = value;
        return EXIT_OK;
    case 'h':
    case OPT_HELP:
        return -1;
    default: /* getopt has said what is wrong, in the name that command_cache gave it */
        fputs("dmx cache: `dmx cache --help` lists the options\n", stderr);
        return EXIT_USAGE;
    }
}

static int set_path(struct command *c, const char *option, const char *value, struct dmx_slice *out)
{
    if (!value)
        return EXIT_OK;
    *out = dmx_arena_dup(c->arena, dmx_slice_cstr(value));
    return out->len ? EXIT_OK : complain(EXIT_USAGE, "%s: want a path", option);
}

/* The file first, -o on top of it, and --file and --pins on top of that. */
static int configure(struct command *c)
{
    struct dmx_config_error error = {{0}};
    if (!c->config_path && access(default_config, F_OK) == 0)
        c->config_path = default_config;
    if (c->config_path && dmx_config_read(c->config, c->config_path, &error) != DMX_OK)
        return complain(EXIT_CONFIG, "%s", error.text);
    for (size_t i = 0; i < c->set_count; i++)
        if (dmx_config_set(c->config, dmx_slice_cstr(c->set[i]), &error) != DMX_OK)
            return complain(EXIT_CONFIG, "-o: %s", error.text);
    int code = set_path(c, "--file", c->file, &c->config->cache_file);
    return code == EXIT_OK ? set_path(c, "--pins", c->pins, &c->config->cache_pins) : code;
}

static int run(struct command *c, const char *name)
{
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (strcmp(name, subcommands[i].name) != 0)
            continue;
        if (c->count < subcommands[i].least || c->count > subcommands[i].most)
            break;
        int code = configure(c);
        return code == EXIT_OK ? subcommands[i].run(c) : code;
    }
    if (*name)
        complain(0, "cache %s: no such command, or not with so many words", name);
    fputs(help, stderr);
    return EXIT_USAGE;
}

static int take_arguments(struct command *c, int argc, char **argv)
{
    int option, code = EXIT_OK;
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1)
        code = take_option(c, option, optarg);
    if (code != EXIT_OK)
        return code;
    const char *name = optind < argc ? argv[optind++] : "";
    c->words = argv + optind;
    c->count = argc - optind;
    return run(c, name);
}

int command_cache(int argc, char **argv)
{
    struct command c = {.now_s = dmx_clock_unix_s()};
    int code = EXIT_BROKEN;
    char name[] = "dmx cache";
    argv[0] = name;
    c.arena = dmx_arena_new(TOOL_ARENA_BYTES);
    if (c.arena && dmx_config_new(&c.config) == DMX_OK)
        code = take_arguments(&c, argc, argv);
    else
        complain(0, "out of memory");
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_cache_close(&c.cache);
    dmx_config_free(&c.config);
    dmx_arena_free(&c.arena);
    return code;
}
