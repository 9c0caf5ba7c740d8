/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/*
 * A record and what other domains answer, both from anybody: it ends within the rounds there can be, and an address to which
 * something would be sent is one that a mail takes, at the policy domain, in its organization, or authorised by its host.
 * The input's first line is the record, the rest the texts of each answer in turn; a line that is "?" fails the lookup.
 */
#include <stdlib.h>

#include "dmx/report/authorise.h"
#include "dmx/report/message.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, ROUNDS = 12 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void answer(struct dmx_answers *book, struct dmx_slice *rest)
{
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        struct dmx_slice line = DMX_SLICE("");
        (void)dmx_answers_question(book, i, &open);
        if (!open)
            continue;
        if (rest->ptr)
            (void)dmx_slice_split(rest, '\n', &line);
        struct dmx_rr *rr = dmx_arena_alloc(dmx_answers_arena(book), sizeof *rr);
        struct dmx_answer given = {.status = DMX_DNS_NXDOMAIN};
        if (dmx_slice_eq(line, DMX_SLICE("?")))
            given.status = DMX_DNS_SERVFAIL;
        else if (line.len > 0 && rr) {
            *rr = (struct dmx_rr){.type = DMX_RR_TXT, .data.text = line};
            given = (struct dmx_answer){.status = DMX_DNS_OK, .rrs = rr, .count = 1};
        }
        dmx_answers_set(book, i, given);
    }
}

static enum dmx_status swallow(void *ctx, struct dmx_slice bytes)
{
    size_t *total = ctx;
    *total += bytes.len;
    return DMX_OK;
}

static void check_destination(const struct dmx_destination *item)
{
    static const struct dmx_report_identity identity = {.policy_domain = DMX_SLICE_INIT("example.com"),
                                                        .receiver = DMX_SLICE_INIT("r.example"),
                                                        .unique = DMX_SLICE_INIT("1")};
    static const struct dmx_mask mask = {.on = false};
    size_t total = 0;
    struct dmx_reason reason;
    check((item->status == DMX_DESTINATION_READY) == (item->address.len > 0));
    check((item->status == DMX_DESTINATION_READY) == !item->reason.token);
    if (item->status != DMX_DESTINATION_READY)
        return;
    struct dmx_report_mail mail = {
        .identity = &identity, .email = DMX_SLICE("a@b.example"), .to = &item->address, .to_count = 1, .mask = &mask};
    check(dmx_slice_ends_nocase(item->address, item->host));
    enum dmx_status status = dmx_report_mail_put(&mail, (struct dmx_sink){swallow, &total}, &reason);
    check(status == DMX_OK || (status == DMX_INVALID && item->address.len > 254));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dmx_destinations list;
    struct dmx_slice rest = dmx_slice((const char *)data, size), record = DMX_SLICE("");
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_answers *book = arena ? dmx_answers_new(arena, DMX_DESTINATION_QUESTIONS) : NULL;
    struct dmx_policy_published policy;
    if (book && size > 0) {
        (void)dmx_slice_split(&rest, '\n', &record);
        dmx_policy_published_of(DMX_SLICE("example.com"), record,
                                size & 1 ? DMX_SLICE("rfc9989") : DMX_SLICE("rfc7489"), &policy);
        int rounds = 0;
        for (; dmx_destinations_eval(&policy, NULL, book, arena, &list) == DMX_PENDING; rounds++) {
            check(rounds < ROUNDS && dmx_answers_open(book) > 0);
            answer(book, &rest);
        }
        for (size_t i = 0; i < list.count && !dmx_arena_failed(arena); i++)
            check_destination(&list.items[i]);
    }
    dmx_arena_free(&arena);
    return 0;
}
