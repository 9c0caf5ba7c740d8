/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* `dmx report suppress` and `bounce`: who gets nothing for a while. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dmx/report/bounce.h"
#include "dmx/report/suppress.h"
#include "dmx/report/verp.h"
#include "report.h"
#include "tool.h"

enum { REASON_MAX = 300, TIME_ROOM = 32 };

static int complain_of_store(const struct report_task *task)
{
    return complain(REPORT_TRY_AGAIN, "%s", task->store->error);
}

/* ---- suppress ---- */

static const char *day_text(int64_t time_s, char room[static TIME_ROOM])
{
    struct tm tm;
    time_t t = (time_t)time_s;
    return gmtime_r(&t, &tm) && strftime(room, TIME_ROOM, "%Y-%m-%dT%H:%MZ", &tm) > 0 ? room : "?";
}

static int list(struct report_task *task)
{
    struct dmx_store_suppression *items;
    size_t count;
    char room[TIME_ROOM];
    int code = report_open_store(task, DMX_STORE_EXISTING);
    if (code != EXIT_OK)
        return code;
    if (task->store->verbs->suppressions(task->store, task->arena, &items, &count) != DMX_OK)
        return complain_of_store(task);
    for (size_t i = 0; i < count; i++) {
        print_safe(stdout, items[i].address, TOOL_MAX_SHOWN);
        printf(" %s %s, for the %u. time: ", items[i].until_s > report_now_s(task) ? "until" : "was until",
               day_text(items[i].until_s, room), items[i].times);
        print_safe(stdout, items[i].reason, TOOL_MAX_SHOWN);
        putchar('\n');
    }
    return EXIT_OK;
}

static int add(struct report_task *task, struct dmx_slice address)
{
    struct dmx_slice reason = DMX_SLICE("by hand");
    int code = report_open_store(task, DMX_STORE_CREATE);
    if (code != EXIT_OK)
        return code;
    if (task->word_count > 2)
        reason = dmx_slice_upto(dmx_slice_cstr(task->words[2]), REASON_MAX);
    if (dmx_suppress_add(task->store, address, report_now_s(task), reason, task->arena) != DMX_OK)
        return complain_of_store(task);
    return EXIT_OK;
}

static int take_away(struct report_task *task, struct dmx_slice address)
{
    int code = report_open_store(task, DMX_STORE_CREATE);
    const struct dmx_store_suppression none = {.address = dmx_arena_dup_lower(task->arena, address)};
    if (code == EXIT_OK && task->store->verbs->suppress(task->store, &none) != DMX_OK)
        return complain_of_store(task);
    return code;
}

int report_suppress(struct report_task *task)
{
    const char *verb = task->word_count > 0 ? task->words[0] : "";
    struct dmx_slice address = task->word_count > 1 ? dmx_slice_cstr(task->words[1]) : DMX_SLICE_NONE;
    bool has_address = dmx_slice_find(address, '@') < address.len;
    if (strcmp(verb, "list") == 0 && task->word_count == 1)
        return list(task);
    if (strcmp(verb, "add") == 0 && has_address)
        return add(task, address);
    if (strcmp(verb, "remove") == 0 && has_address && task->word_count == 2)
        return take_away(task, address);
    return complain(EXIT_USAGE, "dmx report suppress: want list, add ADDRESS [REASON] or remove ADDRESS");
}

/* ---- bounce ---- */

/* As much as is looked at; the rest is read and dropped, so that whoever writes it has no broken pipe. */
static struct dmx_slice read_message(struct report_task *task)
{
    char *buf = dmx_arena_alloc(task->arena, DMX_BOUNCE_MAX_BYTES), drop[4096];
    size_t len = 0;
    ssize_t n = buf ? 1 : 0;
    while (n > 0 || (n < 0 && errno == EINTR)) {
        bool full = len == DMX_BOUNCE_MAX_BYTES;
        n = read(STDIN_FILENO, full ? drop : buf + len, full ? sizeof drop : DMX_BOUNCE_MAX_BYTES - len);
        len += n > 0 && !full ? (size_t)n : 0;
    }
    return dmx_slice(buf, len);
}

/* The address that the mail came to, where Exim or the command line says it; else wherever a token stands. */
static bool find_delivery(const struct report_task *task, struct dmx_slice message, int64_t *out)
{
    const char *recipient = getenv("RECIPIENT"); /* Exim's pipe transport sets it */
    if (task->word_count > 0)
        return dmx_verp_find(task->store->key, dmx_slice_cstr(task->words[0]), out);
    return dmx_verp_find(task->store->key, dmx_slice_cstr(recipient), out) ||
           dmx_verp_find(task->store->key, message, out);
}

/*
 * What was too large suppresses nobody: whoever writes mail decides how large a report about it is, and an address may get
 * those of many domains.
 */
static enum dmx_status note(struct report_task *task, struct dmx_store_delivery *delivery,
                            const struct dmx_bounce *bounce)
{
    char buf[REASON_MAX];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&b, "it bounced: ");
    dmx_put_escaped(&b, bounce->why, REASON_MAX / 8);
    struct dmx_slice reason = dmx_builder_text(&b);
    enum dmx_status status = DMX_OK;
    if (bounce->kind == DMX_BOUNCE_FAILED)
        status = dmx_suppress_add(task->store, delivery->address, report_now_s(task), reason, task->arena);
    if (status != DMX_OK || delivery->state != DMX_DELIVERY_HANDED)
        return status;
    delivery->state = DMX_DELIVERY_FAILED;
    delivery->outcome = reason;
    return task->store->verbs->delivery_set(task->store, delivery);
}

static const char *ignored(enum dmx_bounce_kind kind)
{
    return kind == DMX_BOUNCE_DELAYED ? "ignored: it is still being tried, or has arrived"
                                      : "ignored: a program has answered";
}

/* Of a failure report, of which nothing is kept: the token in the address says whose bounce it is. */
static bool find_failure(const struct report_task *task, struct dmx_slice message, struct dmx_slice *out_address)
{
    const uint8_t *key = task->store->key;
    const char *recipient = getenv("RECIPIENT");
    if (task->word_count > 0)
        return dmx_failure_verp_find(key, dmx_slice_cstr(task->words[0]), message, out_address);
    return dmx_failure_verp_find(key, dmx_slice_cstr(recipient), message, out_address) ||
           dmx_failure_verp_find(key, message, message, out_address);
}

static int take_failure_bounce(struct report_task *task, struct dmx_slice message, struct dmx_slice address)
{
    struct dmx_bounce bounce;
    struct dmx_store_delivery delivery = {.address = address, .state = DMX_DELIVERY_FAILED};
    dmx_bounce_read(message, &bounce);
    if (bounce.kind == DMX_BOUNCE_DELAYED || bounce.kind == DMX_BOUNCE_ANSWER) {
        puts(ignored(bounce.kind));
        return EXIT_OK;
    }
    if (note(task, &delivery, &bounce) != DMX_OK)
        return complain_of_store(task);
    fputs(bounce.kind == DMX_BOUNCE_FAILED ? "suppressed: " : "failed, and too large: ", stdout);
    print_safe(stdout, address, TOOL_MAX_SHOWN);
    putchar('\n');
    return EXIT_OK;
}

/* All that is decided ends with 0: a bounce that is sent back would be frozen in Exim's queue. */
static int take_bounce(struct report_task *task, struct dmx_slice message)
{
    struct dmx_store_delivery delivery;
    struct dmx_bounce bounce;
    int64_t id;
    struct dmx_slice address;
    if (!find_delivery(task, message, &id)) {
        if (find_failure(task, message, &address))
            return take_failure_bounce(task, message, address);
        puts("ignored: no token of ours is in it");
        return EXIT_OK;
    }
    enum dmx_status status = task->store->verbs->delivery_get(task->store, id, task->arena, &delivery);
    if (status != DMX_OK && status != DMX_INVALID)
        return complain_of_store(task);
    dmx_bounce_read(message, &bounce);
    if (status == DMX_INVALID || (bounce.kind != DMX_BOUNCE_FAILED && bounce.kind != DMX_BOUNCE_TOO_LARGE)) {
        puts(status == DMX_INVALID ? "ignored: the report is long gone" : ignored(bounce.kind));
        return EXIT_OK;
    }
    if (note(task, &delivery, &bounce) != DMX_OK)
        return complain_of_store(task);
    fputs(bounce.kind == DMX_BOUNCE_FAILED ? "suppressed: " : "failed, and too large: ", stdout);
    print_safe(stdout, delivery.address, TOOL_MAX_SHOWN);
    putchar('\n');
    return EXIT_OK;
}

int report_bounce(struct report_task *task)
{
    if (task->word_count > 1)
        return complain(EXIT_USAGE, "dmx report bounce: want one address at most; `dmx report --help` says more");
    struct dmx_slice message = read_message(task);
    int code = report_open_store(task, DMX_STORE_CREATE);
    if (code != EXIT_OK)
        return code == EXIT_USAGE ? code : REPORT_TRY_AGAIN;
    return take_bounce(task, message);
}
