/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Failure reports: what `dmx report run` does with them, and `dmx report failures`, which shows them and sends nothing. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dmx/dmarc/uri.h"
#include "dmx/report/arf.h"
#include "dmx/report/failures.h"
#include "dmx/report/queue.h"
#include "report.h"
#include "tool.h"

enum { TIME_ROOM = 32, CONDITIONS = 4 };

/* ---- a run ---- */

static void see(void *ctx, const struct dmx_failures_event *event)
{
    const struct report_task *task = ctx;
    if (!task->verbose && (!event->trouble || task->quiet))
        return;
    printf("failure report, %s: %s", event->file, event->what);
    if (event->about.len > 0) {
        fputs(": ", stdout);
        print_safe(stdout, event->about, TOOL_MAX_SHOWN);
    }
    if (event->why.len > 0) {
        fputs(": ", stdout);
        print_safe(stdout, event->why, TOOL_MAX_SHOWN);
    }
    putchar('\n');
}

static void say(const struct report_task *task, const struct dmx_failures_result *r)
{
    const struct {
        const char *what;
        uint64_t count;
    } more[] = {{"to be tried again", r->later},
                {"failed", r->tally.failed},
                {"suppressed", r->tally.suppressed},
                {"not authorised", r->tally.refused},
                {"not to be reported", r->tally.unwanted},
                {"too old", r->tally.old},
                {"over the directory's size", r->tally.excess},
                {"damaged", r->tally.damaged}};
    uint64_t any = r->tally.capsules + r->tally.sent;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        any += i == 0 ? 0 : more[i].count;
    if (task->quiet || any == 0)
        return;
    printf("failure reports: %" PRIu64 " capsule%s read, %" PRIu64 " mail%s handed over", r->tally.capsules,
           plural(r->tally.capsules), r->tally.sent, plural(r->tally.sent));
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].count > 0)
            printf(", %" PRIu64 " %s", more[i].count, more[i].what);
    putchar('\n');
}

static int run(struct report_task *task)
{
    struct dmx_failures_result result;
    int code = task->resolver || !dmx_config_sends_failures(task->config) ? EXIT_OK : report_open_dns(task);
    if (code != EXIT_OK)
        return code;
    const struct dmx_failures failures = {
        .store = task->store,
        .config = task->config,
        .psl = task->psl.psl,
        .dns = task->resolver ? dmx_resolver_source(task->resolver) : (struct dmx_dns_source){.ctx = NULL},
        .skew_s = task->skew_s,
        .see = see,
        .ctx = task,
        .go_on = report_go_on,
    };
    enum dmx_status status = dmx_failures_run(&failures, &result);
    say(task, &result);
    if (status == DMX_LIMIT && task->failures_only && task->quiet)
        return REPORT_TRY_AGAIN; /* cron asks each minute: whoever is at it sends them */
    if (status != DMX_OK)
        return complain(status == DMX_LIMIT || task->store->lost ? REPORT_TRY_AGAIN : EXIT_BROKEN, "%s", result.text);
    if (result.broken)
        return complain(REPORT_TRY_AGAIN, "%s; no failure report is handed over now", result.text);
    return EXIT_OK;
}

bool report_has_failures(const struct report_task *task)
{
    struct dmx_failures_waiting waiting;
    if (!dmx_failures_look(task->config->journal_dir.ptr, &waiting))
        return errno != ENOENT;
    return waiting.capsules + waiting.mails + waiting.bad > 0;
}

int report_send_failures(struct report_task *task)
{
    return report_has_failures(task) ? run(task) : EXIT_OK;
}

/* ---- list ---- */

static const char *time_text(int64_t time_s, char room[static TIME_ROOM])
{
    struct tm tm;
    time_t t = (time_t)time_s;
    return gmtime_r(&t, &tm) && strftime(room, TIME_ROOM, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0 ? room : "?";
}

/* As fo= has them. */
static void print_conditions(uint32_t conditions)
{
    static const char words[CONDITIONS + 1] = "01ds";
    for (int i = 0; i < CONDITIONS; i++)
        if (conditions >> i & 1)
            printf(" fo=%c", words[i]);
}

static void list_capsule(const char *name, const struct dmx_capsule *capsule)
{
    char room[TIME_ROOM];
    printf("%s %s ", name, time_text(capsule->event.time_s, room));
    print_safe(stdout, capsule->event.author, TOOL_MAX_SHOWN);
    print_conditions(capsule->conditions);
    printf(", %" PRIu32 " incident%s, for", capsule->incidents, plural(capsule->incidents));
    for (size_t i = 0; i < capsule->destination_count; i++) {
        putchar(' ');
        print_safe(stdout, capsule->destinations[i], TOOL_MAX_SHOWN);
    }
    putchar('\n');
}

static void list_mail(const char *name, const struct dmx_queued_mail *mail)
{
    char room[TIME_ROOM];
    printf("%s %s about ", name, time_text(mail->made_s, room));
    print_safe(stdout, mail->domain, TOOL_MAX_SHOWN);
    printf(", %" PRIu64 " incident%s, to ", mail->incidents, plural(mail->incidents));
    print_safe(stdout, mail->recipient, TOOL_MAX_SHOWN);
    putchar('\n');
}

static enum dmx_status list_one(void *ctx, const struct dmx_queued *one)
{
    ++*(size_t *)ctx;
    if (one->capsule)
        list_capsule(one->name, one->capsule);
    else if (one->mail)
        list_mail(one->name, one->mail);
    else
        printf("%s cannot be read: %s\n", one->name, one->why);
    return DMX_OK;
}

static int list(struct report_task *task)
{
    size_t count = 0;
    if (dmx_queue_each(task->config->journal_dir.ptr, list_one, &count) != DMX_OK && errno != ENOENT)
        return complain(EXIT_UNREADABLE, "%s/" DMX_CAPSULE_DIR ": %s", task->config->journal_dir.ptr, strerror(errno));
    if (count == 0)
        complain(0, "no failure report waits; `dmx report status` counts those that were handed over");
    return EXIT_OK;
}

/* ---- show ---- */

/* The address that stands first; whether it may have the report is for a run to find out. */
static struct dmx_slice first_address(const struct dmx_capsule *capsule, struct dmx_arena *arena)
{
    for (size_t i = 0; i < capsule->destination_count; i++) {
        struct dmx_slice rest = capsule->destinations[i], address;
        struct dmx_report_uri uri;
        if (dmx_report_uri_next(&rest, &uri) && dmx_report_uri_address(&uri, arena, &address))
            return address;
    }
    return DMX_SLICE_NONE;
}

/* Without a store the hashes of local parts are others than those that would be sent. */
static const uint8_t *key_of(struct report_task *task)
{
    static const uint8_t none[DMX_STORE_KEY];
    if (dmx_store_open(task->config->report_store, DMX_STORE_EXISTING, &task->store) == DMX_OK)
        return task->store->key;
    complain(0, "report_store cannot be read, or is made by the first `dmx report run`: until then local parts become "
                "other hashes than in the mail that is sent");
    return none;
}

static int show_capsule(struct report_task *task, const struct dmx_capsule *capsule)
{
    struct dmx_reason reason = DMX_REASON_NONE;
    struct dmx_slice mail;
    struct dmx_policy_published policy;
    const struct dmx_event *event = &capsule->event;
    const struct dmx_redaction redaction = dmx_redaction_of(task->config, key_of(task));
    const struct dmx_arf_settings settings = dmx_arf_settings_of(task->config);
    const struct dmx_arf arf = {
        .capsule = capsule,
        .incidents = capsule->incidents,
        .recipient = first_address(capsule, task->arena),
        .time_s = report_now_s(task),
        .settings = &settings,
        .redaction = &redaction,
    };
    dmx_policy_published_of(event->policy_domain, event->record, event->rules, &policy);
    const char *unwanted = dmx_failures_unwanted(task->config, &policy, event);
    if (!dmx_config_sends_failures(task->config))
        unwanted = "failure reports are not sent";
    if (unwanted)
        complain(0, "it would not be sent: %s", unwanted);
    enum dmx_status status = dmx_arf_make(&arf, task->arena, &mail, &reason);
    if (status != DMX_OK)
        return complain(EXIT_UNREADABLE, "no mail can be made of it: %s",
                        reason.text ? reason.text : dmx_status_name(status));
    if (capsule->destination_count > 1)
        complain(0, "the same would go to %zu more", capsule->destination_count - 1);
    fwrite(mail.ptr, 1, mail.len, stdout);
    return EXIT_OK;
}

static int show(struct report_task *task, const char *name)
{
    struct dmx_queued one;
    if (dmx_queue_get(task->config->journal_dir.ptr, name, task->arena, &one) != DMX_OK)
        return complain(EXIT_UNREADABLE, "%s: %s; `dmx report failures list` names those that wait", name,
                        one.why ? one.why : strerror(errno));
    if (one.capsule)
        return show_capsule(task, one.capsule);
    fwrite(one.mail->message.ptr, 1, one.mail->message.len, stdout);
    return EXIT_OK;
}

int report_failures(struct report_task *task)
{
    const char *verb = task->word_count > 0 ? task->words[0] : "list";
    if (strcmp(verb, "list") == 0 && task->word_count <= 1)
        return list(task);
    if (strcmp(verb, "show") == 0 && task->word_count == 2)
        return show(task, task->words[1]);
    return complain(EXIT_USAGE, "dmx report failures: want list or show FILE; `dmx report --help` says more");
}
