/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx ledger`: what would have been refused or quarantined in the last days, under options of one's choice. */
#include "ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/base/number.h"
#include "dmx/journal/writer.h"
#include "tool.h"

enum {
    DAY_S = 24 * 60 * 60,
    MAX_DAYS = 36500,
    MAX_TOP = 1000000,
    EVENT_BYTES = 16 * 1024 * 1024, /* of the arena for a batch of events */
    BATCH = 500,
    LOCK_TRIES = 500, /* of 10 ms */
};

static const char default_config[] = "/etc/exim4/dmx.conf";

static const char help[] =
    "usage: dmx ledger [OPTION…]     what would have been refused or quarantined, by domain, source and recipient\n\n"
    "  --days N                the last N days (30)\n"
    "  --journal DIR           the journal there instead of journal_dir\n"
    "  --config FILE           the options in FILE (default /etc/exim4/dmx.conf where there is one)\n"
    "  -o KEY=VALUE            and this one: what if?\n"
    "  --top N                 at most N lines of each table (20)\n"
    "  --now EPOCH             count the days back from then\n"
    "  --json                  print one JSON object;  -v names each message that would not just have been delivered\n";

struct reading {
    struct dmx_config *config;
    struct dmx_arena *arena; /* for the tables */
    struct dmx_arena *batch; /* for some events */
    size_t in_batch;
    const char *dir;
    uint64_t days, top;
    int64_t now_s;
    bool json, verbose, config_read;
    struct ledger ledger;
};

/* ---- counting ---- */

static void count_row(struct tally *tally, struct dmx_slice name, enum dmx_disposition would_be)
{
    struct tally_row *row = tally_get(tally, name.len ? name : DMX_SLICE("-"));
    if (!row)
        return;
    row->refused += would_be == DMX_DISPOSITION_REJECT;
    row->quarantined += would_be == DMX_DISPOSITION_QUARANTINE;
    row->deferred += would_be == DMX_DISPOSITION_DEFER;
    row->others += would_be == DMX_DISPOSITION_NONE;
}

static void count_tables(struct ledger *ledger, const struct dmx_event *event, enum dmx_disposition would_be)
{
    char text[64];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    if (event->client.family != DMX_IP_NONE)
        dmx_put_ip(&b, &event->client);
    count_row(&ledger->domains, event->author, would_be);
    count_row(&ledger->sources, dmx_builder_text(&b), would_be);
    for (size_t i = 0; i < event->recipient_count; i++)
        count_row(&ledger->recipients, event->recipients[i], would_be);
}

static void count_really(struct ledger *ledger, const struct dmx_event *event)
{
    ledger->really_refused += dmx_slice_eq(event->disposition, DMX_SLICE("reject"));
    ledger->really_quarantined += dmx_slice_eq(event->disposition, DMX_SLICE("quarantine"));
    if (event->shadow_rules.len == 0)
        return;
    ledger->shadowed++;
    ledger->shadow_differs += !dmx_slice_eq(event->shadow_would_be, event->would_be);
}

static void count(struct reading *reading, const struct dmx_event *event)
{
    struct ledger *ledger = &reading->ledger;
    enum dmx_disposition would_be;
    if (event->time_s < ledger->from_s || event->time_s > ledger->to_s)
        return;
    ledger->messages++;
    count_really(ledger, event);
    switch (dmx_event_replay(event, reading->config, reading->batch, &would_be)) {
    case DMX_REPLAY_EXEMPT:
        ledger->exempt++;
        return;
    case DMX_REPLAY_OTHER_RULES:
        ledger->other_rules++;
        return;
    case DMX_REPLAYED:
        break;
    }
    ledger->refused += would_be == DMX_DISPOSITION_REJECT;
    ledger->quarantined += would_be == DMX_DISPOSITION_QUARANTINE;
    ledger->deferred += would_be == DMX_DISPOSITION_DEFER;
    ledger->delivered += would_be == DMX_DISPOSITION_NONE;
    count_tables(ledger, event, would_be);
    if (reading->verbose && !reading->json && would_be != DMX_DISPOSITION_NONE)
        ledger_print_event(stdout, event, would_be);
}

/* ---- reading ---- */

/* Every so many events the memory that they took is given back. */
static bool refresh(struct reading *reading)
{
    if (reading->batch && ++reading->in_batch < BATCH)
        return true;
    dmx_arena_free(&reading->batch);
    reading->in_batch = 0;
    reading->batch = dmx_arena_new(EVENT_BYTES);
    return reading->batch != NULL;
}

static int read_events(struct reading *reading, struct dmx_slice bytes)
{
    struct dmx_event event;
    size_t damaged = 0;
    while (refresh(reading)) {
        if (dmx_event_next(&bytes, reading->batch, &event, &damaged)) {
            count(reading, &event);
            continue;
        }
        if (!dmx_arena_failed(reading->batch) || bytes.len == 0)
            break;
        /* What takes all that a batch has is no record of ours: it is damaged, and the next one is looked for. */
        if (reading->in_batch == 0) {
            bytes = dmx_slice_from(bytes, 1);
            damaged++;
        }
        dmx_arena_free(&reading->batch);
    }
    reading->ledger.damaged_bytes += damaged;
    return reading->batch ? EXIT_OK : complain(EXIT_BROKEN, "out of memory");
}

/* Mapped, since it may be large; nobody cuts a journal short. */
static int read_journal(struct reading *reading, const char *path)
{
    struct stat st;
    int code = EXIT_OK, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        code = complain(EXIT_UNREADABLE, "%s: %s", path, strerror(errno));
    } else if (S_ISREG(st.st_mode) && st.st_size > 0) {
        size_t size = (size_t)st.st_size;
        void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        code = map == MAP_FAILED ? complain(EXIT_UNREADABLE, "%s: %s", path, strerror(errno))
                                 : read_events(reading, dmx_slice(map, size));
        if (map != MAP_FAILED)
            munmap(map, size);
    }
    if (fd >= 0)
        close(fd);
    return code;
}

static int is_journal(const struct dirent *entry)
{
    return strncmp(entry->d_name, DMX_JOURNAL_NAME, sizeof DMX_JOURNAL_NAME - 1) == 0;
}

/*
 * Shared with a reporter that is renaming files (dmx/report/intake.h): else a file could be missed, or be gone when it
 * is opened. Whoever holds it for long is read beside: better a ledger that lacks something than none.
 */
static int lock_dir(const char *dir)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < LOCK_TRIES && flock(fd, LOCK_SH | LOCK_NB) != 0; i++)
        nanosleep(&pause, NULL);
    return fd;
}

static int read_files(struct reading *reading)
{
    struct dirent **names = NULL;
    char path[4096];
    int code = EXIT_OK, count = scandir(reading->dir, &names, is_journal, alphasort);
    if (count < 0)
        return complain(EXIT_UNREADABLE, "%s: %s", reading->dir, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (snprintf(path, sizeof path, "%s/%s", reading->dir, names[i]->d_name) < (int)sizeof path && code == EXIT_OK)
            code = read_journal(reading, path);
        free(names[i]);
    }
    free(names);
    return code;
}

/* The journal, what has been taken and is not in the store yet, and what is kept. */
static int read_all(struct reading *reading)
{
    int lock = lock_dir(reading->dir);
    int code = read_files(reading);
    if (lock >= 0)
        close(lock);
    return code;
}

/* ---- arguments ---- */

enum { OPT_DAYS = 256, OPT_JOURNAL, OPT_CONFIG, OPT_TOP, OPT_NOW, OPT_JSON, OPT_HELP };

static const struct option options[] = {
    {"days", required_argument, NULL, OPT_DAYS},     {"journal", required_argument, NULL, OPT_JOURNAL},
    {"config", required_argument, NULL, OPT_CONFIG}, {"top", required_argument, NULL, OPT_TOP},
    {"now", required_argument, NULL, OPT_NOW},       {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},           {NULL, 0, NULL, 0},
};

static int set_number(const char *name, const char *text, uint64_t max, uint64_t *out)
{
    if (dmx_parse_u64(dmx_slice_cstr(text), max, out))
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s %s: want a number", name, text);
}

static int set_now(struct reading *reading, const char *text)
{
    uint64_t now = 0;
    int code = set_number("now", text, INT64_MAX, &now);
    reading->now_s = (int64_t)now;
    return code;
}

static int read_config(struct reading *reading, const char *path)
{
    struct dmx_config_error error = {{0}};
    reading->config_read = true;
    if (dmx_config_read(reading->config, path, &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "%s", error.text);
}

/* The file first, wherever it stands on the command line: -o is on top of it. */
static int take_config(struct reading *reading, int argc, char **argv)
{
    int option, code = EXIT_OK;
    opterr = 0;
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:vh", options, NULL)) != -1)
        if (option == OPT_CONFIG)
            code = read_config(reading, optarg);
    optind = opterr = 1;
    if (code == EXIT_OK && !reading->config_read && access(default_config, F_OK) == 0)
        code = read_config(reading, default_config);
    return code;
}

static int set_option(struct reading *reading, const char *assignment)
{
    struct dmx_config_error error = {{0}};
    if (dmx_config_set(reading->config, dmx_slice_cstr(assignment), &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "-o: %s", error.text);
}

/* -1 for help. */
static int take_option(struct reading *reading, int option, const char *value)
{
    switch (option) {
    case OPT_DAYS:
        return set_number("days", value, MAX_DAYS, &reading->days);
    case OPT_JOURNAL:
        reading->dir = value;
        return EXIT_OK;
    case OPT_CONFIG:
        return EXIT_OK;
    case 'o':
        return set_option(reading, value);
    case OPT_TOP:
        return set_number("top", value, MAX_TOP, &reading->top);
    case OPT_NOW:
        return set_now(reading, value);
    case OPT_JSON:
        reading->json = true;
        return EXIT_OK;
    case 'v':
        reading->verbose = true;
        return EXIT_OK;
    case 'h':
    case OPT_HELP:
        return -1;
    default: /* getopt has said what is wrong, in the name that command_ledger gave it */
        fputs("dmx ledger: `dmx ledger --help` lists the options\n", stderr);
        return EXIT_USAGE;
    }
}

static int take_arguments(struct reading *reading, int argc, char **argv)
{
    int option, code = take_config(reading, argc, argv);
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:vh", options, NULL)) != -1)
        code = take_option(reading, option, optarg);
    if (code == EXIT_OK && optind < argc)
        return complain(EXIT_USAGE, "%s: not expected here; `dmx ledger --help` says more", argv[optind]);
    return code;
}

static int run(struct reading *reading)
{
    struct ledger *ledger = &reading->ledger;
    if (!reading->dir)
        reading->dir = reading->config->journal_dir.ptr; /* NUL-terminated: an arena copied it */
    *ledger = (struct ledger){
        .config = reading->config,
        .dir = reading->dir,
        .from_s = reading->now_s - (int64_t)reading->days * DAY_S,
        .to_s = reading->now_s,
        .domains.arena = reading->arena,
        .sources.arena = reading->arena,
        .recipients.arena = reading->arena,
    };
    int code = read_all(reading);
    if (code == EXIT_OK && dmx_arena_failed(reading->arena))
        code = complain(EXIT_BROKEN, "out of memory");
    if (code == EXIT_OK && reading->json)
        ledger_print_json(stdout, ledger, (size_t)reading->top);
    else if (code == EXIT_OK)
        ledger_print_text(stdout, ledger, (size_t)reading->top);
    return code;
}

int command_ledger(int argc, char **argv)
{
    struct reading reading = {.days = 30, .top = 20, .now_s = dmx_clock_unix_s()};
    int code = EXIT_BROKEN;
    char name[] = "dmx ledger";
    argv[0] = name;
    reading.arena = dmx_arena_new(TOOL_ARENA_BYTES);
    if (reading.arena && dmx_config_new(&reading.config) == DMX_OK)
        code = take_arguments(&reading, argc, argv);
    else
        complain(0, "out of memory");
    if (code == EXIT_OK)
        code = run(&reading);
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_arena_free(&reading.batch);
    dmx_config_free(&reading.config);
    dmx_arena_free(&reading.arena);
    return code;
}
