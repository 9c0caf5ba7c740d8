/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report run` and `resend`: from the journal to the mail that leaves. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/dns/resolver.h"
#include "dmx/report/mailer.h"
#include "dmx/report/plan.h"
#include "dmx/report/rollup.h"
#include "report.h"
#include "report_watch.h"
#include "tool.h"

enum {
    MS_PER_S = 1000,
    WATCH_MAIL_S = 60,      /* how often --watch looks for mail whose time has come */
    WATCH_TAKE_S = 10 * 60, /* and for what is new in the journal */
    WATCH_BUSY_S = 5,       /* and for the store, when somebody else writes into it */
    WATCH_GATHER_S = 1,     /* after the first capsule */
    TOKEN_LEN = 16,         /* of a report: see sqlite_report.c */
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

/* Between two mails and in --watch's sleep; whatever is being done is finished first. */
static void catch_signals(void)
{
    struct sigaction catch = {.sa_handler = stop};
    sigaction(SIGTERM, &catch, NULL);
    sigaction(SIGINT, &catch, NULL);
}

static int complain_of_store(const struct report_task *task, enum dmx_status status)
{
    const char *what = task->store->error[0] ? task->store->error : dmx_status_name(status);
    return complain(report_store_code(task, status), "%s", what);
}

/* ---- from the journal ---- */

static void say_what_was_taken(const struct report_task *task, const struct dmx_intake_result *result)
{
    if (task->quiet && result->passed_over == 0 && result->bad == 0)
        return;
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
        .now_s = report_now_s(task),
        .retention_s = (int64_t)(task->config->report_retention_ms / MS_PER_S),
        .keep_s = (int64_t)(task->config->journal_history_ms / MS_PER_S),
        .keep_bytes = DMX_INTAKE_KEEP_BYTES,
        .fold = task->config->report_late == DMX_REPORT_FOLD,
    };
    enum dmx_status status = dmx_intake_run(task->store, &intake, &result);
    say_what_was_taken(task, &result);
    if (status == DMX_OK)
        return EXIT_OK;
    int code = complain(report_store_code(task, status), "%s", result.error);
    if (task->store->lost)
        report_complain_of_waiting(task);
    return code;
}

/* The journal is bounded by itself: beyond DMX_JOURNAL_MAX_BYTES the module says so and writes no more. */
void report_complain_of_waiting(const struct report_task *task)
{
    struct dmx_intake_waiting waiting;
    if (!dmx_intake_look(task->config->journal_dir.ptr, &waiting) || waiting.journal_bytes + waiting.taken_bytes == 0)
        return;
    complain(0, "%" PRIu64 " bytes of journal wait in %s; nothing is lost: the next run takes them in",
             waiting.journal_bytes + waiting.taken_bytes, task->config->journal_dir.ptr);
}

static int purge(struct report_task *task)
{
    int64_t from_s = report_now_s(task) - (int64_t)(task->config->report_retention_ms / MS_PER_S);
    bool more = true;
    while (more) {
        enum dmx_status status = task->store->verbs->purge(task->store, dmx_day_of(from_s), report_now_s(task), &more);
        if (status != DMX_OK)
            return complain_of_store(task, status);
    }
    return EXIT_OK;
}

/* ---- what is to be sent ---- */

static void see_report(void *ctx, const struct dmx_store_report *report, const char *what,
                       const struct dmx_destinations *destinations)
{
    (void)ctx;
    print_safe(stdout, report->policy.domain, TOOL_MAX_SHOWN);
    putchar(' ');
    report_print_day(stdout, report->day);
    printf(", %" PRIu64 " messages in %" PRIu64 " rows: %s\n", report->messages, report->rows, what);
    for (size_t i = 0; destinations && i < destinations->count; i++) {
        static const char *const words[] = {"yes", "no", "later"};
        const struct dmx_destination *d = &destinations->items[i];
        printf("    %-5s ", words[d->status]);
        print_safe(stdout, d->address.len > 0 ? d->address : d->published, TOOL_MAX_SHOWN);
        if (d->reason.text)
            printf(": %s", d->reason.text);
        putchar('\n');
    }
}

static void say_plan(const struct report_task *task, const struct dmx_plan_result *r)
{
    if (task->quiet || r->reports == 0)
        return;
    printf("%" PRIu64 " reports: %" PRIu64 " mails to send, %" PRIu64 " addresses that get none", r->reports,
           r->deliveries, r->refused);
    const struct {
        const char *what;
        uint64_t count;
    } more[] = {{"excluded", r->excluded},
                {"over an organization's number", r->capped},
                {"too old", r->old},
                {"waiting for DNS", r->later},
                {"not to be sent", r->unsent}};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].count > 0)
            printf(", %" PRIu64 " %s", more[i].count, more[i].what);
    putchar('\n');
}

/* For other hosts' journals; where there are none nobody is waited for. */
static int64_t wait_s(const struct report_task *task)
{
    return task->store->shared ? (int64_t)(task->config->report_wait_ms / MS_PER_S) : 0;
}

static int plan(struct report_task *task)
{
    struct dmx_plan_result result;
    const struct dmx_plan plan = {
        .store = task->store,
        .config = task->config,
        .psl = task->psl.psl,
        .dns = dmx_resolver_source(task->resolver),
        .now_s = report_now_s(task),
        .wait_s = wait_s(task),
        .day = task->has_day ? task->day : -1,
        .see = task->verbose || task->dry_run ? see_report : NULL,
        .dry = task->dry_run,
    };
    enum dmx_status status = dmx_plan_run(&plan, &result);
    say_plan(task, &result);
    return status == DMX_OK ? EXIT_OK : complain_of_store(task, status);
}

/* ---- mail ---- */

static void see_delivery(void *ctx, const struct dmx_store_delivery *d)
{
    static const char *const words[DMX_DELIVERY_STATES] = {"later", "handed over", "failed", "suppressed", "refused"};
    const struct report_task *task = ctx;
    if (d->state == DMX_DELIVERY_HANDED && !task->verbose)
        return;
    if (d->state == DMX_DELIVERY_PENDING && task->quiet)
        return;
    printf("%s: ", words[d->state]);
    print_safe(stdout, d->address, TOOL_MAX_SHOWN);
    fputs(": ", stdout);
    print_safe(stdout, d->outcome, TOOL_MAX_SHOWN);
    putchar('\n');
}

bool report_go_on(void *ctx)
{
    (void)ctx;
    return !stopped;
}

/* The mails of a day may take half an hour, which failure reports do not wait for. */
static bool go_on(void *ctx)
{
    struct report_task *task = ctx;
    if (task->capsules && !stopped && report_watch_wait(task->capsules, 0))
        (void)report_send_failures(task);
    return !stopped;
}

static struct dmx_mailer mailer_of(struct report_task *task)
{
    return (struct dmx_mailer){
        .store = task->store,
        .config = task->config,
        .skew_s = task->skew_s,
        .at_once = task->at_once,
        .see = see_delivery,
        .ctx = task,
        .go_on = go_on,
    };
}

static int finish_mail(const struct report_task *task, enum dmx_status status, const struct dmx_mailer_result *r)
{
    if (!task->quiet && r->handed + r->later + r->failed + r->suppressed > 0)
        printf("%" PRIu64 " mails handed over, %" PRIu64 " to be tried again, %" PRIu64 " failed, %" PRIu64
               " suppressed\n",
               r->handed, r->later, r->failed, r->suppressed);
    if (status != DMX_OK)
        return complain_of_store(task, status);
    return r->broken ? complain(REPORT_TRY_AGAIN, "%s; nothing more is handed over now", r->outcome) : EXIT_OK;
}

static int mail(struct report_task *task)
{
    struct dmx_mailer_result result;
    const struct dmx_mailer mailer = mailer_of(task);
    enum dmx_status status = dmx_mailer_run(&mailer, &result);
    return finish_mail(task, status, &result);
}

/* ---- one run ---- */

static int open_dns(struct report_task *task)
{
    return task->resolver ? EXIT_OK : report_open_dns(task);
}

/* Nothing is closed either: who begins to report next week says nothing of today, yet counts it. */
static bool may_send(const struct report_task *task)
{
    const char *why = report_missing(task->config);
    if (why && !task->quiet)
        printf("nothing is sent: %s\n", why);
    return !why;
}

static int send_all(struct report_task *task)
{
    uint64_t closed;
    if (task->ingest_only || !may_send(task))
        return EXIT_OK;
    enum dmx_status status =
        dmx_rollup_close(task->store, task->has_day ? task->day : -1, report_now_s(task), wait_s(task), &closed);
    if (status != DMX_OK)
        return complain_of_store(task, status);
    int code = open_dns(task);
    if (code == EXIT_OK)
        code = plan(task);
    return code == EXIT_OK ? mail(task) : code;
}

/*
 * Between two turns of --watch nobody has the lock: the next holder may be one that can do more than this host, whose
 * sendmail is broken, or which lacks report_email.
 */
static int give_turn(struct report_task *task, int code)
{
    enum dmx_status status = task->store->lost ? DMX_OK : task->store->verbs->unlock(task->store);
    return status == DMX_OK || code != EXIT_OK ? code : complain_of_store(task, status);
}

/* Of a store that several hosts share: one of them closes, plans and sends, the others have done their part. */
static int pass_of_holder(struct report_task *task)
{
    enum dmx_status status = task->store->verbs->lock(task->store);
    if (status == DMX_LIMIT && !task->store->lost) {
        if (!task->quiet)
            printf("%s; the reports are its business\n", task->store->error);
        return EXIT_OK;
    }
    if (status != DMX_OK)
        return complain_of_store(task, status);
    int code = purge(task);
    return give_turn(task, code == EXIT_OK ? send_all(task) : code);
}

static int pass_of_aggregates(struct report_task *task)
{
    int code = take_in(task);
    if (code == EXIT_OK && task->store->shared)
        return task->ingest_only ? EXIT_OK : pass_of_holder(task);
    if (code == EXIT_OK)
        code = purge(task);
    return code == EXIT_OK ? send_all(task) : code;
}

/* Those of this host, whoever has the lock of a shared store; without the store nobody knows who is suppressed. */
static int failures(struct report_task *task)
{
    return task->ingest_only || task->has_day || task->store->lost ? EXIT_OK : report_send_failures(task);
}

/* Failure reports first: they are few, and age. Whatever becomes of them, the others have their turn. */
static int pass(struct report_task *task)
{
    int sent = failures(task);
    if (task->failures_only)
        return sent;
    int code = pass_of_aggregates(task);
    return code == EXIT_OK ? sent : code;
}

/* Mail whose time has come, between two passes; of a shared store only where nobody else is at it. */
static int mail_of_aggregates(struct report_task *task)
{
    if (task->ingest_only || task->failures_only || report_missing(task->config))
        return EXIT_OK;
    if (!task->store->shared)
        return mail(task);
    enum dmx_status status = task->store->verbs->lock(task->store);
    if (status == DMX_OK)
        return give_turn(task, mail(task));
    return status == DMX_LIMIT ? EXIT_OK : complain_of_store(task, status);
}

static int pass_of_mail(struct report_task *task)
{
    int sent = failures(task), code = mail_of_aggregates(task);
    return code == EXIT_OK ? sent : code;
}

/* A connection that was lost, and the lock with it, is made anew, not before the next turn. */
static int reconnect(struct report_task *task)
{
    if (!task->store->lost)
        return EXIT_OK;
    int code = report_open_store(task, DMX_STORE_CREATE);
    if (code == REPORT_TRY_AGAIN)
        report_complain_of_waiting(task);
    return code;
}

/* Like capsules that come together make one report: it waits a moment for those behind the first. A store that is lost
   meanwhile ends the turn, so that the next one may find it again. */
static int wait_for_capsules(struct report_task *task, int64_t wait_ms)
{
    int code = EXIT_OK;
    uint64_t end_ms = dmx_clock_mono_ms() + (uint64_t)wait_ms;
    for (uint64_t now_ms; !stopped && (now_ms = dmx_clock_mono_ms()) < end_ms;) {
        bool was_lost = task->store->lost;
        if (!report_watch_wait(task->capsules, (int64_t)(end_ms - now_ms)))
            continue;
        nanosleep(&(struct timespec){.tv_sec = WATCH_GATHER_S}, NULL);
        code = failures(task);
        fflush(stdout);
        if (code != EXIT_OK && code != REPORT_TRY_AGAIN)
            return code;
        if (task->store->lost && !was_lost)
            break;
    }
    return EXIT_OK;
}

static int go_round(struct report_task *task)
{
    int code = EXIT_OK;
    for (int64_t next_s = 0; !stopped;) {
        int64_t now_s = report_now_s(task);
        bool take = now_s >= next_s || next_s - now_s > WATCH_TAKE_S; /* the clock may have been set back */
        code = reconnect(task);
        if (!task->store)
            return code;
        if (code == EXIT_OK)
            code = take ? pass(task) : pass_of_mail(task);
        next_s = !take ? next_s : task->store->lost ? now_s : now_s + WATCH_TAKE_S;
        if (code != EXIT_OK && code != REPORT_TRY_AGAIN)
            return code;
        fflush(stdout);
        code = wait_for_capsules(task, (int64_t)MS_PER_S * (code == EXIT_OK ? WATCH_MAIL_S : WATCH_BUSY_S));
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static int go(struct report_task *task)
{
    struct report_watch capsules;
    report_watch_init(&capsules, task->config->journal_dir.ptr);
    task->capsules = &capsules;
    int code = task->watch ? go_round(task) : pass(task);
    task->capsules = NULL;
    report_watch_deinit(&capsules);
    return code;
}

/* sendmail -f is believed from Exim's user, to whom the journal belongs, and from root. */
static void look_at_user(const struct report_task *task)
{
    struct stat st;
    if (!task->ingest_only && geteuid() != 0 && stat(task->config->journal_dir.ptr, &st) == 0 && st.st_uid != geteuid())
        complain(0, "this is not the user to whom journal_dir belongs: sendmail may not believe who the sender is");
}

int report_lock(struct report_task *task)
{
    enum dmx_status status = task->store->verbs->lock(task->store);
    return status == DMX_OK ? EXIT_OK : complain_of_store(task, status);
}

static int begin(struct report_task *task, enum dmx_store_mode mode)
{
    catch_signals();
    look_at_user(task);
    int code = report_open_store(task, mode);
    if (code == REPORT_TRY_AGAIN)
        report_complain_of_waiting(task);
    return code;
}

/* Without a journal nobody is known whose store it would be. */
static bool has_journal_dir(const struct dmx_config *config)
{
    return access(config->journal_dir.ptr, F_OK) == 0 || errno != ENOENT;
}

static int dry_run(struct report_task *task)
{
    int code = report_open_store(task, DMX_STORE_EXISTING);
    if (code == EXIT_OK && report_missing(task->config))
        complain(0, "nothing would be sent: %s", report_missing(task->config));
    if (code == EXIT_OK)
        code = open_dns(task);
    return code == EXIT_OK ? plan(task) : code;
}

int report_run(struct report_task *task)
{
    if (task->dry_run)
        return dry_run(task);
    if (!has_journal_dir(task->config)) {
        if (!task->quiet)
            printf("%s is not there yet: nothing to report\n", task->config->journal_dir.ptr);
        return EXIT_OK;
    }
    if (task->failures_only && !task->watch && !report_has_failures(task))
        return EXIT_OK;
    int code = begin(task, DMX_STORE_CREATE);
    /* Failure reports are this host's own, and their directory has a lock: whoever sends the day's reports is not in the way. */
    if (code == EXIT_OK && !task->store->shared && !task->failures_only)
        code = report_lock(task);
    if (task->watch && task->store && task->store->lost)
        code = EXIT_OK;
    return code == EXIT_OK ? go(task) : code;
}

/* ---- resend ---- */

/* [ "<" ] BEGIN "." TOKEN LETTER "@" RECEIVER [ ">" ], or TOKEN alone: what a Report-ID or a file name have in them. */
static struct dmx_slice token_of(struct dmx_slice id)
{
    if (id.len > 0 && id.ptr[0] == '<')
        id = dmx_slice_from(id, 1);
    id = dmx_slice_upto(id, dmx_slice_find(id, '@'));
    if (dmx_slice_find(id, '.') < id.len)
        id = dmx_slice_from(id, dmx_slice_rfind(id, '.') + 1);
    return dmx_slice_upto(id, TOKEN_LEN);
}

int report_resend(struct report_task *task)
{
    struct dmx_store_report report;
    struct dmx_mailer_result result;
    if (task->word_count != 1)
        return complain(EXIT_USAGE, "dmx report resend: want a Report-ID; `dmx report --help` says more");
    if (report_missing(task->config))
        return complain(EXIT_CONFIG, "nothing is sent: %s", report_missing(task->config));
    int code = begin(task, DMX_STORE_EXISTING);
    if (code == EXIT_OK)
        code = report_lock(task);
    if (code != EXIT_OK)
        return code;
    enum dmx_status status =
        task->store->verbs->report_get(task->store, 0, token_of(dmx_slice_cstr(task->words[0])), task->arena, &report);
    if (status == DMX_INVALID)
        return complain(EXIT_UNREADABLE, "%s: there is no such report, or it was not made yet", task->words[0]);
    if (status != DMX_OK)
        return complain_of_store(task, status);
    const struct dmx_mailer mailer = mailer_of(task);
    task->verbose = true;
    status = dmx_mailer_resend(&mailer, report.id, &result);
    return finish_mail(task, status, &result);
}
