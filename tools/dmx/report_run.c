/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report run`: once, or again and again. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "report_run.h"
#include "report_watch.h"
#include "tool.h"

enum {
    MS_PER_S = 1000,
    WATCH_MAIL_S = 60,      /* how often --watch looks for mail whose time has come */
    WATCH_TAKE_S = 10 * 60, /* and for what is new in the journal */
    WATCH_BUSY_S = 5,       /* and for the store, when somebody else writes into it */
    WATCH_GATHER_S = 1,     /* after the first capsule */
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

bool report_go_on(void *ctx)
{
    (void)ctx;
    return !stopped;
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
        code = report_turn_of_failures(task);
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
            code = take ? report_pass(task) : report_pass_of_mail(task);
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
    int code = task->watch ? go_round(task) : report_pass(task);
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
    return status == DMX_OK ? EXIT_OK : report_complain_of_store(task, status);
}

int report_begin(struct report_task *task, enum dmx_store_mode mode)
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

int report_run(struct report_task *task)
{
    if (task->dry_run)
        return report_dry_run(task);
    if (!has_journal_dir(task->config)) {
        if (!task->quiet)
            printf("%s is not there yet: nothing to report\n", task->config->journal_dir.ptr);
        return EXIT_OK;
    }
    if (task->failures_only && !task->watch && !report_has_failures(task))
        return EXIT_OK;
    int code = report_begin(task, DMX_STORE_CREATE);
    /* Failure reports are this host's own, and their directory has a lock: whoever sends the day's reports is not in the way. */
    if (code == EXIT_OK && !task->store->shared && !task->failures_only)
        code = report_lock(task);
    if (task->watch && task->store && task->store->lost)
        code = EXIT_OK;
    return code == EXIT_OK ? go(task) : code;
}
