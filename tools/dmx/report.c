/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report`: its options, and how reporting stands. */
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
#include "dmx/site/location.h"
#include "tool.h"

enum { STATUS_ARENA_BYTES = 256 * 1024 * 1024 };

static const char default_config[] = "/etc/exim4/dmx.conf";

static const char help[] =
    "usage: dmx report run [OPTION…]               read the journal, make reports and send them; cron does it\n"
    "       dmx report status [OPTION…]            days, domains, rows, what waits, failed and was left out\n"
    "       dmx report preview DOMAIN [OPTION…]    the aggregate report about a domain, as XML\n"
    "       dmx report resend REPORT-ID [OPTION…]  the same mails once more, now\n"
    "       dmx report suppress list|add ADDRESS [REASON]|remove ADDRESS   who gets nothing for a while\n"
    "       dmx report bounce [ADDRESS]            read one on standard input; Exim does it\n"
    "       dmx report failures list|show FILE     failure reports that wait, and the mail that one makes\n"
    "       dmx report create [OPTION…]            make the store and no more: for the owner of a database\n\n"
    "  --day YYYY-MM-DD        preview: of that day of UTC (default: the last one that has a report);\n"
    "                          run: of that day alone, be it over or not\n"
    "  --dry-run               run: change and send nothing, tell what is in the store and would be sent\n"
    "  --watch                 run: go on until it is ended\n"
    "  --at-once               run: no pauses between two mails\n"
    "  --ingest-only           run: read the journal, make and send nothing\n"
    "  --failures              run: send failure reports, and do nothing else\n"
    "  -q, --quiet             run: tell only what went wrong\n"
    "  -v, --verbose           run: tell of each report and each mail\n"
    "  --config FILE           the options in FILE (default /etc/exim4/dmx.conf where there is one)\n"
    "  -o KEY=VALUE            and this one\n"
    "  --json                  status: print one JSON object\n"
    "  --no-dns                status: ask nothing about the domain of report_email\n"
    "  --now EPOCH             as if it were then\n";

int64_t report_now_s(const struct report_task *task)
{
    return dmx_clock_unix_s() + task->skew_s;
}

const char *report_missing(const struct dmx_config *config)
{
    if (config->report_email.len == 0)
        return config->report_org.len == 0 ? "report_email and report_org are not set" : "report_email is not set";
    if (config->report_org.len == 0)
        return "report_org is not set";
    return config->aggregate_reports ? NULL : "aggregate_reports = no";
}

int report_open_dns(struct report_task *task)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    const struct dmx_resolver_settings settings = {
        .nameservers = task->config->nameservers,
        .timeout_ms = task->config->dns_timeout_ms,
        .tries = (unsigned)task->config->dns_tries,
    };
    if (!task->psl.psl) {
        dmx_psl_choose(task->config->psl_file.ptr, DMX_PSL_DEBIAN, &task->psl);
        complain_psl(&task->psl);
    }
    if (dmx_resolver_new(&settings, &task->resolver, &reason) != DMX_OK)
        return complain(EXIT_CONFIG, "nameservers: %s", reason.text ? reason.text : "cannot be used");
    return EXIT_OK;
}

/* ---- the store ---- */

int report_store_code(const struct report_task *task, enum dmx_status status)
{
    return status == DMX_LIMIT || task->store->lost ? REPORT_TRY_AGAIN : EXIT_BROKEN;
}

int report_open_store(struct report_task *task, enum dmx_store_mode mode)
{
    dmx_store_free(&task->store);
    if (dmx_store_open(task->config->report_store, mode, &task->store) == DMX_OK)
        return EXIT_OK;
    return complain(task->store && task->store->lost ? REPORT_TRY_AGAIN : EXIT_UNREADABLE, "%s",
                    task->store ? task->store->error : "out of memory");
}

int report_complain_of_store(const struct report_task *task, enum dmx_status status)
{
    const char *what = task->store->error[0] ? task->store->error : dmx_status_name(status);
    return complain(report_store_code(task, status), "%s", what);
}

/* ---- status ---- */

/* A database has no file: whether it is there only a connection says. */
static bool has_store(const struct dmx_config *config)
{
    struct dmx_slice location = config->report_store;
    return !dmx_location_is_sqlite(location) || access(location.ptr + dmx_slice_find(location, ':') + 1, F_OK) == 0 ||
           errno != ENOENT;
}

static int read_store(struct report_task *task, struct report_status *status)
{
    int code = report_open_store(task, DMX_STORE_EXISTING);
    if (code != EXIT_OK)
        return code;
    const struct dmx_store_verbs *verbs = task->store->verbs;
    if (verbs->totals(task->store, report_now_s(task), &status->totals) != DMX_OK ||
        verbs->deliveries(task->store, 0, INT64_MAX, REPORT_SHOWN, task->arena, &status->waiting_mail,
                          &status->waiting_count) != DMX_OK ||
        verbs->days(task->store, task->arena, &status->days, &status->day_count) != DMX_OK ||
        verbs->counts(task->store, task->arena, &status->counts, &status->count_count) != DMX_OK)
        return report_complain_of_store(task, DMX_IO);
    return EXIT_OK;
}

static int show_status(struct report_task *task)
{
    struct report_status status = {.config = task->config, .has_store = has_store(task->config)};
    struct dmx_builder location = dmx_builder_arena(task->arena, 2 * task->config->report_store.len + 64);
    dmx_put_location(&location, task->config->report_store);
    status.location = dmx_builder_text(&location);
    status.has_journal = dmx_intake_look(task->config->journal_dir.ptr, &status.waiting);
    status.has_failures = dmx_failures_look(task->config->journal_dir.ptr, &status.failures);
    int code = status.has_store ? read_store(task, &status) : EXIT_OK;
    if (code == EXIT_OK && !task->no_dns && task->config->report_email.len > 0)
        status.self = report_self_check(task);
    if (code == REPORT_TRY_AGAIN)
        report_complain_of_waiting(task);
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
    int code = report_open_store(task, DMX_STORE_EXISTING);
    return code == EXIT_OK ? report_preview(task) : code;
}

/* ---- create ---- */

static int create(struct report_task *task)
{
    int code = report_open_store(task, DMX_STORE_CREATE);
    if (code != EXIT_OK || task->quiet)
        return code;
    struct dmx_builder location = dmx_builder_arena(task->arena, 2 * task->config->report_store.len + 64);
    dmx_put_location(&location, task->config->report_store);
    print_safe(stdout, dmx_builder_text(&location), TOOL_MAX_SHOWN);
    puts(" is there");
    return EXIT_OK;
}

/* ---- arguments ---- */

enum {
    OPT_CONFIG = 256,
    OPT_DAY,
    OPT_INGEST_ONLY,
    OPT_JSON,
    OPT_NOW,
    OPT_HELP,
    OPT_DRY_RUN,
    OPT_WATCH,
    OPT_AT_ONCE,
    OPT_NO_DNS,
    OPT_FAILURES,
};

static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"ingest-only", no_argument, NULL, OPT_INGEST_ONLY},
    {"failures", no_argument, NULL, OPT_FAILURES},
    {"json", no_argument, NULL, OPT_JSON},
    {"now", required_argument, NULL, OPT_NOW},
    {"help", no_argument, NULL, OPT_HELP},
    {"day", required_argument, NULL, OPT_DAY},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"watch", no_argument, NULL, OPT_WATCH},
    {"at-once", no_argument, NULL, OPT_AT_ONCE},
    {"no-dns", no_argument, NULL, OPT_NO_DNS},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static const struct subcommand {
    const char *name;
    int (*run)(struct report_task *task);
    bool takes_domain, takes_words, makes_store;
} subcommands[] = {
    {"run", report_run, false, false, true},           {"status", show_status, false, false, false},
    {"preview", preview, true, false, false},          {"resend", report_resend, false, true, true},
    {"suppress", report_suppress, false, true, true},  {"bounce", report_bounce, false, true, true},
    {"failures", report_failures, false, true, false}, {"create", create, false, false, true},
};

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
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:hqv", options, NULL)) != -1)
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
    task->skew_s = (int64_t)now - dmx_clock_unix_s();
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

static bool *flag_of(struct report_task *task, int option)
{
    switch (option) {
    case OPT_INGEST_ONLY:
        return &task->ingest_only;
    case OPT_JSON:
        return &task->json;
    case OPT_NO_DNS:
        return &task->no_dns;
    case OPT_FAILURES:
        return &task->failures_only;
    case OPT_DRY_RUN:
        return &task->dry_run;
    case OPT_WATCH:
        return &task->watch;
    case OPT_AT_ONCE:
        return &task->at_once;
    case 'q':
        return &task->quiet;
    default:
        return &task->verbose;
    }
}

/* -1 for help. */
static int take_option(struct report_task *task, int option, const char *value)
{
    switch (option) {
    case OPT_CONFIG:
        return EXIT_OK;
    case OPT_INGEST_ONLY:
    case OPT_JSON:
    case OPT_NO_DNS:
    case OPT_FAILURES:
    case OPT_DRY_RUN:
    case OPT_WATCH:
    case OPT_AT_ONCE:
    case 'q':
    case 'v':
        *flag_of(task, option) = true;
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
    default: /* getopt has said what is wrong, in the name that command_report gave it */
        fputs("dmx report: `dmx report --help` lists the options\n", stderr);
        return EXIT_USAGE;
    }
}

static int take_arguments(struct report_task *task, const struct subcommand *subcommand, int argc, char **argv)
{
    int option, code = take_config(task, argc, argv);
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:hqv", options, NULL)) != -1)
        code = take_option(task, option, optarg);
    if (code == EXIT_OK && subcommand->takes_domain && optind < argc)
        code = set_domain(task, argv[optind++]);
    task->words = argv + optind;
    task->word_count = argc - optind;
    if (code == EXIT_OK && task->word_count > 0 && !subcommand->takes_words)
        return complain(EXIT_USAGE, "%s: not expected here; `dmx report --help` says more", argv[optind]);
    return code;
}

/*
 * Also for who only looks: SQLite finishes what a file beside the database says was begun, and may take away any file that is named
 * there. Nobody but root could.
 */
static int become_owner(struct report_task *task, bool make)
{
    const char *why = "";
    if (dmx_owner_become(task->config->journal_dir.ptr, task->config->report_store, make, &why) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_BROKEN, "%s: %s", why, strerror(errno));
}

static int run_subcommand(const struct subcommand *subcommand, int argc, char **argv)
{
    struct report_task task = {.skew_s = 0};
    int code = EXIT_BROKEN;
    char name[] = "dmx report";
    argv[0] = name;
    task.arena = dmx_arena_new(STATUS_ARENA_BYTES);
    if (task.arena && dmx_config_new(&task.config) == DMX_OK)
        code = take_arguments(&task, subcommand, argc, argv);
    else
        complain(0, "out of memory");
    if (code == EXIT_OK)
        code = become_owner(&task, subcommand->makes_store && !task.dry_run);
    if (code == EXIT_OK)
        code = subcommand->run(&task);
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_store_free(&task.store);
    dmx_resolver_free(&task.resolver);
    dmx_psl_free(&task.psl.psl);
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
    return complain(EXIT_USAGE,
                    "report%s%s: want run, status, preview, resend, suppress, bounce, failures or create; `dmx report "
                    "--help` says more",
                    *name ? " " : "", name);
}
