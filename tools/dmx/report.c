/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report`: from the journal to the store, and how it stands. */
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/base/date.h"
#include "dmx/base/number.h"
#include "dmx/mail/domain.h"
#include "dmx/report/owner.h"
#include "tool.h"

enum { STATUS_ARENA_BYTES = 256 * 1024 * 1024, MS_PER_S = 1000, TRY_AGAIN = 75 /* EX_TEMPFAIL of sysexits */ };

static const char default_config[] = "/etc/exim4/dmx.conf";

static const char help[] =
    "usage: dmx report run [OPTION…]         read the journal into the store; cron does it\n"
    "       dmx report status [OPTION…]      days, domains, rows, what waits, failed and was left out\n"
    "       dmx report preview DOMAIN [OPTION…]   the aggregate report about a domain, as XML\n\n"
    "  --day YYYY-MM-DD        preview: of that day of UTC (default: the last one that has a report)\n"
    "  --ingest-only           run: read the journal, make and send nothing\n"
    "  --config FILE           the options in FILE (default /etc/exim4/dmx.conf where there is one)\n"
    "  -o KEY=VALUE            and this one\n"
    "  --json                  status: print one JSON object\n"
    "  --now EPOCH             as if it were then\n";

/* ---- the store ---- */

static int open_store(struct report_task *task, enum dmx_store_mode mode)
{
    if (dmx_store_open(task->config->report_store, mode, &task->store) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_UNREADABLE, "%s", task->store ? task->store->error : "out of memory");
}

static int complain_of_store(const struct report_task *task)
{
    return complain(EXIT_BROKEN, "%s", task->store->error);
}

/* ---- run ---- */

static void say_what_was_taken(const struct dmx_intake_result *result)
{
    printf("%" PRIu64 " records in %" PRIu64 " journal files", result->records, result->files);
    if (result->passed_over > 0)
        printf(", %" PRIu64 " bytes passed over that are no record", result->passed_over);
    if (result->bad > 0)
        printf(", %" PRIu64 " files set aside as journal.bad-*", result->bad);
    putchar('\n');
}

static int take_in(struct report_task *task)
{
    struct dmx_intake_result result;
    const struct dmx_intake intake = {
        .dir = task->config->journal_dir.ptr, /* NUL-terminated: an arena copied it */
        .now_s = task->now_s,
        .retention_s = (int64_t)(task->config->report_retention_ms / MS_PER_S),
        .keep_s = (int64_t)(task->config->journal_history_ms / MS_PER_S),
        .keep_bytes = DMX_INTAKE_KEEP_BYTES,
    };
    enum dmx_status status = dmx_intake_run(task->store, &intake, &result);
    say_what_was_taken(&result);
    if (status == DMX_OK)
        return EXIT_OK;
    return complain(status == DMX_LIMIT ? TRY_AGAIN : EXIT_BROKEN, "%s", result.error);
}

static int purge(struct report_task *task)
{
    int64_t from_s = task->now_s - (int64_t)(task->config->report_retention_ms / MS_PER_S);
    bool more = true;
    while (more)
        if (task->store->verbs->purge(task->store, dmx_day_of(from_s), task->now_s, &more) != DMX_OK)
            return complain_of_store(task);
    return EXIT_OK;
}

/* Without a journal nobody is known whose store it would be. */
static bool has_journal_dir(const struct dmx_config *config)
{
    return access(config->journal_dir.ptr, F_OK) == 0 || errno != ENOENT;
}

static int run(struct report_task *task)
{
    const char *why = "";
    if (!has_journal_dir(task->config)) {
        printf("%s is not there yet: nothing to report\n", task->config->journal_dir.ptr);
        return EXIT_OK;
    }
    if (dmx_owner_become(task->config->journal_dir.ptr, task->config->report_store, &why) != DMX_OK)
        return complain(EXIT_BROKEN, "%s: %s", why, strerror(errno));
    int code = open_store(task, DMX_STORE_CREATE);
    if (code == EXIT_OK)
        code = take_in(task);
    if (code == EXIT_OK)
        code = purge(task);
    if (code == EXIT_OK && !task->ingest_only)
        complain(0, "this version sends no reports yet; what is to be reported is in %s",
                 task->config->report_store.ptr);
    return code;
}

/* ---- status ---- */

static bool has_store_file(const struct dmx_config *config)
{
    struct dmx_slice location = config->report_store;
    return access(location.ptr + dmx_slice_find(location, ':') + 1, F_OK) == 0 || errno != ENOENT;
}

static int read_store(struct report_task *task, struct report_status *status)
{
    int code = open_store(task, DMX_STORE_EXISTING);
    if (code != EXIT_OK)
        return code;
    const struct dmx_store_verbs *verbs = task->store->verbs;
    if (verbs->totals(task->store, task->now_s, &status->totals) != DMX_OK ||
        verbs->days(task->store, task->arena, &status->days, &status->day_count) != DMX_OK ||
        verbs->counts(task->store, task->arena, &status->counts, &status->count_count) != DMX_OK)
        return complain_of_store(task);
    return EXIT_OK;
}

static int show_status(struct report_task *task)
{
    struct report_status status = {.config = task->config, .has_store = has_store_file(task->config)};
    status.has_journal = dmx_intake_look(task->config->journal_dir.ptr, &status.waiting);
    int code = status.has_store ? read_store(task, &status) : EXIT_OK;
    if (code == EXIT_OK && task->json)
        report_print_status_json(stdout, &status);
    else if (code == EXIT_OK)
        report_print_status(stdout, &status);
    return code;
}

/* ---- preview ---- */

static int preview(struct report_task *task)
{
    if (task->domain.len == 0)
        return complain(EXIT_USAGE, "dmx report preview: want a DOMAIN; `dmx report --help` says more");
    int code = open_store(task, DMX_STORE_EXISTING);
    return code == EXIT_OK ? report_preview(task) : code;
}

/* ---- arguments ---- */

enum { OPT_CONFIG = 256, OPT_DAY, OPT_INGEST_ONLY, OPT_JSON, OPT_NOW, OPT_HELP };

static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"ingest-only", no_argument, NULL, OPT_INGEST_ONLY},
    {"json", no_argument, NULL, OPT_JSON},
    {"now", required_argument, NULL, OPT_NOW},
    {"help", no_argument, NULL, OPT_HELP},
    {"day", required_argument, NULL, OPT_DAY},
    {NULL, 0, NULL, 0},
};

static const struct subcommand {
    const char *name;
    int (*run)(struct report_task *task);
    bool takes_domain;
} subcommands[] = {{"run", run, false}, {"status", show_status, false}, {"preview", preview, true}};

static int read_config(struct report_task *task, const char *path)
{
    struct dmx_config_error error = {{0}};
    if (dmx_config_read(task->config, path, &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "%s", error.text);
}

/* The file first, wherever it stands on the command line: -o is on top of it. */
static int take_config(struct report_task *task, int argc, char **argv)
{
    int option, code = EXIT_OK;
    bool given = false;
    opterr = 0;
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1)
        if (option == OPT_CONFIG) {
            given = true;
            code = read_config(task, optarg);
        }
    optind = opterr = 1;
    if (code == EXIT_OK && !given && access(default_config, F_OK) == 0)
        code = read_config(task, default_config);
    return code;
}

static int set_option(struct report_task *task, const char *assignment)
{
    struct dmx_config_error error = {{0}};
    if (dmx_config_set(task->config, dmx_slice_cstr(assignment), &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "-o: %s", error.text);
}

static int set_now(struct report_task *task, const char *text)
{
    uint64_t now = 0;
    if (!dmx_parse_u64(dmx_slice_cstr(text), INT64_MAX, &now))
        return complain(EXIT_USAGE, "--now %s: want a number", text);
    task->now_s = (int64_t)now;
    return EXIT_OK;
}

static int set_day(struct report_task *task, const char *text)
{
    int64_t end_s = 0;
    task->has_day = dmx_date_parse(dmx_slice_cstr(text), &end_s);
    task->day = dmx_day_of(end_s - 1);
    return task->has_day ? EXIT_OK : complain(EXIT_USAGE, "--day %s: want YYYY-MM-DD", text);
}

static int set_domain(struct report_task *task, const char *text)
{
    if (dmx_domain_normalise(dmx_slice_cstr(text), task->arena, &task->domain))
        return EXIT_OK;
    return complain(EXIT_USAGE, "%s: this is no domain", text);
}

/* -1 for help. */
static int take_option(struct report_task *task, int option, const char *value)
{
    switch (option) {
    case OPT_CONFIG:
        return EXIT_OK;
    case OPT_INGEST_ONLY:
        task->ingest_only = true;
        return EXIT_OK;
    case OPT_JSON:
        task->json = true;
        return EXIT_OK;
    case OPT_NOW:
        return set_now(task, value);
    case OPT_DAY:
        return set_day(task, value);
    case 'o':
        return set_option(task, value);
    case 'h':
    case OPT_HELP:
        return -1;
    default:
        return EXIT_USAGE;
    }
}

static int take_arguments(struct report_task *task, bool takes_domain, int argc, char **argv)
{
    int option, code = take_config(task, argc, argv);
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1)
        code = take_option(task, option, optarg);
    if (code == EXIT_OK && takes_domain && optind < argc)
        code = set_domain(task, argv[optind++]);
    if (code == EXIT_OK && optind < argc)
        return complain(EXIT_USAGE, "%s: not expected here; `dmx report --help` says more", argv[optind]);
    return code;
}

static int run_subcommand(const struct subcommand *subcommand, int argc, char **argv)
{
    struct report_task task = {.now_s = dmx_clock_unix_s()};
    int code = EXIT_BROKEN;
    task.arena = dmx_arena_new(STATUS_ARENA_BYTES);
    if (task.arena && dmx_config_new(&task.config) == DMX_OK)
        code = take_arguments(&task, subcommand->takes_domain, argc, argv);
    else
        complain(0, "out of memory");
    if (code == EXIT_OK)
        code = subcommand->run(&task);
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_store_free(&task.store);
    dmx_config_free(&task.config);
    dmx_arena_free(&task.arena);
    return code;
}

int command_report(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(name, subcommands[i].name) == 0)
            return run_subcommand(&subcommands[i], argc - 1, argv + 1);
    return complain(EXIT_USAGE, "dmx report %s: want run, status or preview; `dmx report --help` says more", name);
}
