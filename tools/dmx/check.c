/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx check`: one message from a file, the same engine as in Exim (design section 6). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/base/number.h"
#include "dmx/dns/resolver.h"
#include "dmx/dns/zone.h"
#include "dmx/mail/domain.h"
#include "dmx/pipeline/cache.h"
#include "dmx/pipeline/pipeline.h"
#include "print.h"
#include "tool.h"

enum { MAX_ASSUMED = 64, MAX_HOST = 256 };

static const char help[] =
    "usage: dmx check [OPTION…] MESSAGE      judge the message in the file MESSAGE (- for standard input)\n"
    "       dmx check [OPTION…] --spf-only   evaluate SPF alone\n\n"
    "  --ip ADDR --helo NAME --mail-from ADDR --rcpt ADDR --authenticated   what the SMTP session told\n"
    "  --now EPOCH             judge as of that time\n"
    "  --zone FILE             answer every DNS question from FILE (dmx(1) has its form)\n"
    "  --live-cache            take what the module's cache knows, and ask DNS for the rest; nothing is written\n"
    "  --psl FILE              the public suffix list, as DAFSA\n"
    "  --config FILE           read options from FILE (else defaults hold);  -o KEY=VALUE sets one\n"
    "  --assume spf=RESULT:DOMAIN, --assume dkim=RESULT:DOMAIN   take this for verified\n"
    "  --json                  print one JSON object;  -v explains each step\n";

/* Everything that one call needs, freed in one place. */
struct check {
    struct dmx_arena *arena;
    struct dmx_config *config;
    struct dmx_psl *psl;
    struct dmx_resolver *resolver;
    struct dmx_cache *cache;
    struct dmx_cached *cached;
    struct dmx_zone *zone;
    struct dmx_envelope envelope;
    struct dmx_assumption assumption;
    struct dmx_dkim_result assumed_dkim[MAX_ASSUMED];
    struct dmx_slice *rcpts;
    size_t rcpt_capacity;
    const char *zone_path;
    const char *psl_path;
    const char *message_path;
    bool live_cache;
    bool spf_only;
    bool json;
    bool verbose;
};

static int set_option(struct check *check, const char *assignment)
{
    struct dmx_config_error error = {{0}};
    if (dmx_config_set(check->config, dmx_slice_cstr(assignment), &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "-o: %s", error.text);
}

static int read_config(struct check *check, const char *path)
{
    struct dmx_config_error error = {{0}};
    if (dmx_config_read(check->config, path, &error) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_CONFIG, "%s", error.text);
}

/* MECHANISM=RESULT:DOMAIN */
static int assume(struct check *check, const char *argument)
{
    struct dmx_slice text = dmx_slice_cstr(argument), domain;
    size_t equals = dmx_slice_find(text, '='), colon = dmx_slice_find(text, ':');
    struct dmx_slice mechanism = dmx_slice_upto(text, equals);
    struct dmx_slice word = dmx_slice_from(dmx_slice_upto(text, colon), equals + 1);
    enum dmx_result result;
    if (colon == text.len || equals > colon || !dmx_result_parse(word, &result) ||
        !dmx_domain_normalise(dmx_slice_from(text, colon + 1), check->arena, &domain))
        return complain(EXIT_USAGE, "--assume %s: want spf=RESULT:DOMAIN or dkim=RESULT:DOMAIN", argument);
    struct dmx_assumption *a = &check->assumption;
    bool failed = result == DMX_TEMPERROR;
    if (dmx_slice_eq(mechanism, DMX_SLICE("spf"))) {
        a->has_spf = true;
        a->spf = (struct dmx_spf_result){.result = result, .domain = domain, .dns_failed = failed};
        return EXIT_OK;
    }
    if (!dmx_slice_eq(mechanism, DMX_SLICE("dkim")) || a->dkim_count == MAX_ASSUMED)
        return complain(EXIT_USAGE, "--assume %s: want spf=… or at most %d of dkim=…", argument, MAX_ASSUMED);
    a->has_dkim = true;
    a->dkim = check->assumed_dkim;
    check->assumed_dkim[a->dkim_count++] =
        (struct dmx_dkim_result){.result = result, .domain = domain, .dns_failed = failed};
    return EXIT_OK;
}

static int add_recipient(struct check *check, const char *address)
{
    struct dmx_envelope *e = &check->envelope;
    struct dmx_slice *rcpts =
        dmx_arena_grow(check->arena, check->rcpts, e->recipient_count, &check->rcpt_capacity, sizeof *rcpts);
    if (!rcpts)
        return complain(EXIT_BROKEN, "out of memory");
    check->rcpts = rcpts;
    check->rcpts[e->recipient_count++] = dmx_slice_cstr(address);
    e->recipients = check->rcpts;
    return EXIT_OK;
}

enum {
    OPT_IP = 256,
    OPT_HELO,
    OPT_FROM,
    OPT_RCPT,
    OPT_AUTH,
    OPT_NOW,
    OPT_ZONE,
    OPT_LIVE,
    OPT_PSL,
    OPT_CONFIG,
    OPT_ASSUME,
    OPT_JSON,
    OPT_SPF_ONLY,
    OPT_HELP
};

static const struct option options[] = {
    {"ip", required_argument, NULL, OPT_IP},
    {"helo", required_argument, NULL, OPT_HELO},
    {"mail-from", required_argument, NULL, OPT_FROM},
    {"rcpt", required_argument, NULL, OPT_RCPT},
    {"authenticated", no_argument, NULL, OPT_AUTH},
    {"now", required_argument, NULL, OPT_NOW},
    {"zone", required_argument, NULL, OPT_ZONE},
    {"live-cache", no_argument, NULL, OPT_LIVE},
    {"psl", required_argument, NULL, OPT_PSL},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"assume", required_argument, NULL, OPT_ASSUME},
    {"json", no_argument, NULL, OPT_JSON},
    {"spf-only", no_argument, NULL, OPT_SPF_ONLY},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int set_now(struct check *check, const char *text)
{
    uint64_t now;
    if (!dmx_parse_u64(dmx_slice_cstr(text), INT64_MAX, &now))
        return complain(EXIT_USAGE, "--now %s: want seconds since 1970", text);
    check->envelope.now_s = (int64_t)now;
    return EXIT_OK;
}

/* One option of the command line; -1 for help. */
static int take_option(struct check *check, int option, const char *value)
{
    struct dmx_envelope *e = &check->envelope;
    switch (option) {
    case OPT_IP:
        if (!dmx_ip_parse(dmx_slice_cstr(value), &e->client))
            return complain(EXIT_USAGE, "--ip %s: want an IPv4 or IPv6 address", value);
        return EXIT_OK;
    case OPT_HELO:
        e->helo = dmx_slice_cstr(value);
        return EXIT_OK;
    case OPT_FROM:
        e->mail_from = dmx_slice_cstr(value);
        e->has_mail_from = true;
        return EXIT_OK;
    case OPT_RCPT:
        return add_recipient(check, value);
    case OPT_AUTH:
        e->authenticated = true;
        return EXIT_OK;
    case OPT_NOW:
        return set_now(check, value);
    case OPT_ZONE:
        check->zone_path = value;
        return EXIT_OK;
    case OPT_LIVE:
        check->live_cache = true;
        return EXIT_OK;
    case OPT_PSL:
        check->psl_path = value;
        return EXIT_OK;
    case OPT_CONFIG:
        return read_config(check, value);
    case 'o':
        return set_option(check, value);
    case OPT_ASSUME:
        return assume(check, value);
    case OPT_JSON:
        check->json = true;
        return EXIT_OK;
    case OPT_SPF_ONLY:
        check->spf_only = true;
        return EXIT_OK;
    case 'v':
        check->verbose = true;
        return EXIT_OK;
    case OPT_HELP:
        return -1;
    default: /* getopt has said what is wrong, in the name that command_check gave it */
        fputs("dmx check: `dmx check --help` lists the options\n", stderr);
        return EXIT_USAGE;
    }
}

static int take_arguments(struct check *check, int argc, char **argv)
{
    int option, code = EXIT_OK;
    while (code == EXIT_OK && (option = getopt_long(argc, argv, "o:vh", options, NULL)) != -1)
        code = take_option(check, option == 'h' ? OPT_HELP : option, optarg);
    if (code != EXIT_OK)
        return code;
    if (argc - optind != (check->spf_only ? 0 : 1))
        return complain(EXIT_USAGE, "want %s; `dmx check --help` says more",
                        check->spf_only ? "no message with --spf-only" : "exactly one message");
    if (check->live_cache && check->zone_path)
        return complain(EXIT_USAGE,
                        "--live-cache holds answers of the real DNS, --zone scripted ones: take one of them");
    check->message_path = check->spf_only ? NULL : argv[optind];
    return EXIT_OK;
}

static int open_zone(struct check *check)
{
    struct dmx_slice text;
    struct dmx_reason reason = DMX_REASON_NONE;
    size_t line = 0, skipped = 0;
    if (!read_file(check->zone_path, check->arena, &text))
        return EXIT_UNREADABLE;
    if (dmx_zone_parse(text, check->arena, &check->zone, &line, &reason, &skipped) != DMX_OK)
        return complain(EXIT_UNREADABLE, "%s line %zu: %s", check->zone_path, line, reason.text ? reason.text : "");
    if (skipped && !check->json)
        complain(0, "%s: %zu owners that no query can name were skipped", check->zone_path, skipped);
    return EXIT_OK;
}

static int open_resolver(struct check *check)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    const struct dmx_resolver_settings settings = {
        .nameservers = check->config->nameservers,
        .timeout_ms = check->config->dns_timeout_ms,
        .tries = (unsigned)check->config->dns_tries,
    };
    if (dmx_resolver_new(&settings, &check->resolver, &reason) != DMX_OK)
        return complain(EXIT_CONFIG, "nameservers: %s", reason.text ? reason.text : "cannot be used");
    return EXIT_OK;
}

/* Behind the suffix list and the resolver. */
static int open_cache(struct check *check)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    if (!check->live_cache)
        return EXIT_OK;
    if (dmx_site_cache_open(check->config, DMX_CACHE_READ, &check->cache, &reason) != DMX_OK)
        return complain(EXIT_UNREADABLE, "--live-cache: %s: %s", check->config->cache_file.ptr,
                        reason.text ? reason.text : "out of memory");
    check->cached = dmx_site_cached_new(check->config, check->psl, check->cache, dmx_resolver_source(check->resolver));
    return check->cached ? EXIT_OK : complain(EXIT_BROKEN, "out of memory");
}

/* The list that --psl names, or none; without the option the one that the module would take. */
static int open_psl(struct check *check)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_psl_choice choice;
    if (!check->psl_path) {
        dmx_psl_choose(check->config->psl_file.ptr, DMX_PSL_DEBIAN, &choice);
        complain_psl(&choice);
        check->psl = choice.psl;
        return EXIT_OK;
    }
    if (dmx_psl_load(&check->psl_path, 1, &check->psl, &reason) == DMX_OK)
        return EXIT_OK;
    return complain(EXIT_UNREADABLE, "--psl %s: %s", check->psl_path, reason.text ? reason.text : "");
}

/* The host's name, or authserv_id where it is set. */
static int name_receiver(struct check *check)
{
    char host[MAX_HOST] = "localhost";
    struct dmx_slice name = check->config->authserv_id;
    if (name.len == 0 && gethostname(host, sizeof host - 1) == 0)
        name = dmx_slice_cstr(host);
    check->envelope.receiver = dmx_arena_dup(check->arena, name);
    return EXIT_OK;
}

static int prepare(struct check *check)
{
    int code = check->zone_path ? open_zone(check) : open_resolver(check);
    if (check->config->trusted_hosts.len)
        complain(0, "trusted_hosts is Exim's to match: it exempts nobody here");
    if (code == EXIT_OK && !check->spf_only)
        code = open_psl(check);
    if (code == EXIT_OK)
        code = open_cache(check);
    if (code == EXIT_OK)
        code = name_receiver(check);
    /* Explaining each step takes what the verbose log takes. */
    check->config->log_verbose |= check->verbose;
    if (check->envelope.now_s < 0)
        check->envelope.now_s = dmx_clock_unix_s();
    uint32_t draw = 0;
    if (getrandom(&draw, sizeof draw, GRND_NONBLOCK) != sizeof draw)
        draw = 0;
    check->envelope.draw = draw % 100;
    return code;
}

static int judge(struct check *check, const struct dmx_engine *engine, const struct dmx_budget *budget)
{
    struct dmx_slice text;
    struct dmx_message message = {0};
    struct dmx_verdict verdict = {0};
    if (!read_file(check->message_path, check->arena, &text))
        return EXIT_UNREADABLE;
    enum dmx_status status = dmx_message_parse(text, check->arena, &message);
    if (status == DMX_NOMEM)
        return complain(EXIT_BROKEN, "out of memory");
    if (status != DMX_OK)
        return complain(EXIT_UNREADABLE, "%s: the header has more than %d MB or %d fields", check->message_path,
                        DMX_MAX_HEADER_BYTES / 1024 / 1024, DMX_MAX_FIELDS);
    if (dmx_pipeline_exempt(check->config, &check->envelope, &verdict))
        dmx_author_find(&message, check->arena, &verdict.author);
    else if (dmx_pipeline_judge(engine, &check->envelope, &message, &check->assumption, budget, check->arena,
                                &verdict) != DMX_OK)
        complain(0, "the message could not be judged");
    if (check->json)
        print_json(stdout, &verdict);
    else
        print_text(stdout, &verdict, check->verbose);
    return EXIT_OK;
}

static struct dmx_dns_source source_of(const struct check *check)
{
    if (check->zone)
        return dmx_zone_source(check->zone);
    return check->cached ? dmx_cached_source(check->cached) : dmx_resolver_source(check->resolver);
}

static int run(struct check *check)
{
    int code = prepare(check);
    if (code != EXIT_OK)
        return code;
    const struct dmx_engine engine = {
        .config = check->config,
        .psl = check->psl,
        .dns = source_of(check),
    };
    const struct dmx_budget budget = {dmx_clock_mono_ms() + check->config->deadline_ms, dmx_clock_mono_ms};
    if (!check->spf_only)
        return judge(check, &engine, &budget);
    struct dmx_spf_result spf = {0};
    dmx_pipeline_spf_only(&engine, &check->envelope, &budget, check->arena, &spf);
    if (check->json)
        print_json_spf(stdout, &spf);
    else
        print_text_spf(stdout, &spf, check->verbose);
    return EXIT_OK;
}

int command_check(int argc, char **argv)
{
    struct check check = {.envelope.now_s = -1};
    int code = EXIT_BROKEN;
    char name[] = "dmx check";
    argv[0] = name;
    check.arena = dmx_arena_new(TOOL_ARENA_BYTES);
    if (check.arena && dmx_config_new(&check.config) == DMX_OK)
        code = take_arguments(&check, argc, argv);
    else
        complain(0, "out of memory");
    if (code == EXIT_OK)
        code = run(&check);
    if (code == -1) {
        fputs(help, stdout);
        code = EXIT_OK;
    }
    dmx_cached_free(&check.cached);
    dmx_cache_close(&check.cache);
    dmx_resolver_free(&check.resolver);
    dmx_psl_free(&check.psl);
    dmx_config_free(&check.config);
    dmx_arena_free(&check.arena);
    return code;
}
