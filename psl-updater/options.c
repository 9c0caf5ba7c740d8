/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "options.h"

#include <getopt.h>
#include <stdio.h>

#include "complaint.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

enum {
    MAX_AGE_DAYS = 3650,   /* as psl_max_age has it */
    MIN_RULES_MAX = 65536, /* more rules than that no list may have */
};

enum letter {
    OPT_CONFIG = 256,
    OPT_URL,
    OPT_FILE,
    OPT_MAX_AGE,
    OPT_NOW,
    OPT_CHECK,
    OPT_DRY_RUN,
    OPT_MIN_RULES,
    OPT_ALLOW_OLDER,
    OPT_ALLOW_HTTP,
    OPT_ALLOW_FILE,
    OPT_ROLLBACK,
};

static const struct option longs[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"url", required_argument, NULL, OPT_URL},
    {"file", required_argument, NULL, OPT_FILE},
    {"max-age", required_argument, NULL, OPT_MAX_AGE},
    {"now", no_argument, NULL, OPT_NOW},
    {"check", no_argument, NULL, OPT_CHECK},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"min-rules", required_argument, NULL, OPT_MIN_RULES},
    {"allow-older", no_argument, NULL, OPT_ALLOW_OLDER},
    {"allow-http", no_argument, NULL, OPT_ALLOW_HTTP},
    {"allow-file", no_argument, NULL, OPT_ALLOW_FILE},
    {"rollback", no_argument, NULL, OPT_ROLLBACK},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

void options_help(void)
{
    puts("usage: psl-updater [--config FILE] [--url URL] [--file PATH] [--max-age DAYS] [--now | --check] [--dry-run]\n"
         "                   [--quiet | --verbose] [--min-rules N] [--allow-older] [--allow-http] [--allow-file]\n"
         "                   [--rollback]\n"
         "\n"
         "Fetches the public suffix list when the installed one is older than a number of days, checks, compiles and\n"
         "installs it. psl-updater(8) has the whole story.\n"
         "\n"
         "  --config FILE   read psl_file, psl_url and psl_max_age there (default: /etc/exim4/dmx.conf, if it exists)\n"
         "  --url URL       fetch the list there\n"
         "  --file PATH     install the compiled list there; its text stands beside it, with the suffix .dat\n"
         "  --max-age DAYS  younger than that nothing happens (default: 15)\n"
         "  --now           fetch whatever its age, and however short ago the last attempt was\n"
         "  --check         only print its state, age, version and rules; exit status 1: stale, 2: missing or damaged\n"
         "  --dry-run       do everything but the replacement\n"
         "  --rollback      go back to the list before; once more: forward again\n"
         "  -q, --quiet     say nothing but what is wrong\n"
         "  -v, --verbose   say what is done\n"
         "  --min-rules N   refuse a list of fewer rules (default: 6000)\n"
         "  --allow-older   take a list that is older than the installed one\n"
         "  --allow-http    take http:// as well\n"
         "  --allow-file    take file:// as well\n"
         "  -h, --help; -V, --version\n"
         "\n"
         "Root becomes the owner of the directory of the list (dmx-psl, where `make install` made it).");
}

static bool refuse(const char *what)
{
    complain(EXIT_USAGE, "%s; `psl-updater --help` says more", what);
    return false;
}

static bool read_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    if (dmx_parse_u64(dmx_slice_cstr(text), most, out) && *out >= least)
        return true;
    complain(EXIT_USAGE, "--%s: \"%s\" is not a number from %llu to %llu", name, text, (unsigned long long)least,
             (unsigned long long)most);
    return false;
}

static bool set_text(const char **member, const char *name, const char *value)
{
    *member = value;
    if (*value)
        return true;
    complain(EXIT_USAGE, "--%s wants a value that is not empty", name);
    return false;
}

/* Two tasks on one command line contradict each other. */
static bool set_task(struct options *o, enum task task)
{
    if (o->task != TASK_UPDATE && o->task != task)
        return refuse("--check, --rollback, --help and --version exclude each other");
    o->task = task;
    return true;
}

static bool take_valued(struct options *o, int letter, const char *value)
{
    uint64_t number = 0;
    switch (letter) {
    case OPT_CONFIG:
        return set_text(&o->config, "config", value);
    case OPT_URL:
        return set_text(&o->url, "url", value);
    case OPT_FILE:
        return set_text(&o->file, "file", value);
    case OPT_MAX_AGE:
        o->has_max_age = true;
        return read_number("max-age", value, 0, MAX_AGE_DAYS, &o->max_age_days);
    default: /* OPT_MIN_RULES */
        if (!read_number("min-rules", value, 1, MIN_RULES_MAX, &number))
            return false;
        o->min_rules = (size_t)number;
        return true;
    }
}

static bool *flag_of(struct options *o, int letter)
{
    switch (letter) {
    case OPT_NOW:
        return &o->now;
    case OPT_DRY_RUN:
        return &o->dry_run;
    case 'q':
        return &o->quiet;
    case 'v':
        return &o->verbose;
    case OPT_ALLOW_OLDER:
        return &o->allow_older;
    case OPT_ALLOW_HTTP:
        return &o->allow_http;
    case OPT_ALLOW_FILE:
        return &o->allow_file;
    default:
        return NULL;
    }
}

static bool take(struct options *o, int letter, const char *value)
{
    bool *flag = flag_of(o, letter);
    if (flag)
        return *flag = true;
    switch (letter) {
    case OPT_CHECK:
        return set_task(o, TASK_CHECK);
    case OPT_ROLLBACK:
        return set_task(o, TASK_ROLLBACK);
    case 'h':
        return set_task(o, TASK_HELP);
    case 'V':
        return set_task(o, TASK_VERSION);
    default:
        return take_valued(o, letter, value);
    }
}

bool options_read(int argc, char **argv, struct options *out)
{
    int letter;
    *out = (struct options){.task = TASK_UPDATE};
    opterr = 0; /* one line, ours */
    while ((letter = getopt_long(argc, argv, ":qvhV", longs, NULL)) != -1) {
        if (letter == '?' || letter == ':') {
            complain(EXIT_USAGE,
                     letter == ':' ? "%s wants a value; `psl-updater --help` says more"
                                   : "%s is no option, or ambiguous; `psl-updater --help` lists them",
                     argv[optind - 1]);
            return false;
        }
        if (!take(out, letter, optarg))
            return false;
    }
    if (optind < argc)
        return refuse("only options are taken");
    if (out->quiet && out->verbose)
        return refuse("--quiet and --verbose exclude each other");
    if (out->now && out->task != TASK_UPDATE)
        return refuse("--now goes with neither --check nor --rollback");
    if (out->dry_run && out->task == TASK_CHECK)
        return refuse("--check changes nothing anyway; --dry-run does not go with it");
    return true;
}
