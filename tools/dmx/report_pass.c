/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What a run of `dmx report` does: from the journal to the mail that leaves. */
#include <inttypes.h>

#include "dmx/report/plan.h"
#include "dmx/report/rollup.h"
#include "report_run.h"
#include "report_watch.h"
#include "tool.h"

enum { MS_PER_S = 1000 };

/* ---- from the journal ---- */

static void say_what_was_taken(const struct report_task *task, const struct dmx_intake_result *result)
{
    if (task->quiet && result->passed_over == 0 && result->bad == 0)
        return;
    printf("%" PRIu64 " record%s in %" PRIu64 " journal file%s", result->records, plural(result->records),
           result->files, plural(result->files));
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
            return report_complain_of_store(task, status);
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
    printf("%" PRIu64 " report%s: %" PRIu64 " mail%s to send, %" PRIu64 " address%s none", r->reports,
           plural(r->reports), r->deliveries, plural(r->deliveries), r->refused,
           r->refused == 1 ? " that gets" : "es that get");
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
    return status == DMX_OK ? EXIT_OK : report_complain_of_store(task, status);
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

/* The mails of a day may take half an hour, which failure reports do not wait for. */
static bool go_on_with_failures(void *ctx)
{
    struct report_task *task = ctx;
    if (task->capsules && report_go_on(NULL) && report_watch_wait(task->capsules, 0))
        (void)report_send_failures(task);
    return report_go_on(NULL);
}

struct dmx_mailer report_mailer_of(struct report_task *task)
{
    return (struct dmx_mailer){
        .store = task->store,
        .config = task->config,
        .skew_s = task->skew_s,
        .at_once = task->at_once,
        .see = see_delivery,
        .ctx = task,
        .go_on = go_on_with_failures,
    };
}

int report_finish_mail(const struct report_task *task, enum dmx_status status, const struct dmx_mailer_result *r)
{
    if (!task->quiet && r->handed + r->later + r->failed + r->suppressed > 0)
        printf("%" PRIu64 " mail%s handed over, %" PRIu64 " to be tried again, %" PRIu64 " failed, %" PRIu64
               " suppressed\n",
               r->handed, plural(r->handed), r->later, r->failed, r->suppressed);
    if (status != DMX_OK)
        return report_complain_of_store(task, status);
    return r->broken ? complain(REPORT_TRY_AGAIN, "%s; nothing more is handed over now", r->outcome) : EXIT_OK;
}

static int mail(struct report_task *task)
{
    struct dmx_mailer_result result;
    const struct dmx_mailer mailer = report_mailer_of(task);
    enum dmx_status status = dmx_mailer_run(&mailer, &result);
    return report_finish_mail(task, status, &result);
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
        return report_complain_of_store(task, status);
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
    return status == DMX_OK || code != EXIT_OK ? code : report_complain_of_store(task, status);
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
        return report_complain_of_store(task, status);
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
int report_turn_of_failures(struct report_task *task)
{
    return task->ingest_only || task->has_day || task->store->lost ? EXIT_OK : report_send_failures(task);
}

/* Failure reports first: they are few, and age. Whatever becomes of them, the others have their turn. */
int report_pass(struct report_task *task)
{
    int sent = report_turn_of_failures(task);
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
    return status == DMX_LIMIT ? EXIT_OK : report_complain_of_store(task, status);
}

int report_pass_of_mail(struct report_task *task)
{
    int sent = report_turn_of_failures(task), code = mail_of_aggregates(task);
    return code == EXIT_OK ? sent : code;
}

int report_dry_run(struct report_task *task)
{
    int code = report_open_store(task, DMX_STORE_EXISTING);
    if (code == EXIT_OK && report_missing(task->config))
        complain(0, "nothing would be sent: %s", report_missing(task->config));
    if (code == EXIT_OK)
        code = open_dns(task);
    return code == EXIT_OK ? plan(task) : code;
}
