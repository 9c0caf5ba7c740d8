/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: arc */
#include <stdlib.h>

#include "../../module/arc/chain.h"
#include "dmx/arc/arc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 64 * 1024 * 1024, MAX_QUESTIONS = 200 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* A key that nobody can sign with, for every name but those that begin with "n". */
#define RECORD "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void answer(struct dmx_answers *book)
{
    static const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = DMX_SLICE_INIT(RECORD)};
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        const struct dmx_question *q = dmx_answers_question(book, i, &open);
        struct dmx_answer given = {.status = DMX_DNS_NXDOMAIN};
        if (q->name.wire[1] != 'n')
            given = (struct dmx_answer){.status = DMX_DNS_OK, .rrs = &rr, .count = 1};
        if (open)
            dmx_answers_set(book, i, given);
    }
}

/* What the structure promises to those who go on with it. */
static void check_chain(const struct dmx_message *message, struct dmx_arena *arena, bool may_ask)
{
    struct arc_chain *chain = dmx_arena_alloc(arena, sizeof *chain);
    struct dmx_reason reason;
    bool sound = arc_chain_read(message, arena, chain, &reason);
    check(chain->count <= DMX_ARC_MAX_INSTANCE && sound == !reason.token);
    check(!may_ask || sound);
    for (size_t i = 0; sound && i < chain->count; i++) {
        const struct arc_links *links = &chain->links[i];
        check(links->has_results && links->has_message && links->has_seal);
        check(links->message_signature.instance == i + 1 && links->seal_signature.instance == i + 1);
        check(links->seal_signature.chain_status == (i == 0 ? DMX_NONE : DMX_PASS));
    }
}

/* The input is a message. It never passes: nobody has the key. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_message message = {0};
    struct dmx_verify_memo memo = {0};
    const struct dmx_arc_settings settings = {
        .max_signatures = 10, .oldest_pass = true, .accept_partial_body = true, .memo = &memo};
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_answers *book = dmx_answers_new(arena, MAX_QUESTIONS);
    struct dmx_arc *arc;
    if (dmx_message_parse(dmx_slice(size ? (const char *)data : "", size), arena, &message) == DMX_OK &&
        dmx_arc_begin(&message, &settings, arena, &arc) == DMX_OK) {
        size_t rounds = 0;
        while (dmx_arc_eval(arc, book, &budget) == DMX_PENDING) {
            check(++rounds == 1 && dmx_answers_open(book) > 0);
            answer(book);
        }
        const struct dmx_arc_result *result = dmx_arc_get(arc);
        check(result->result == (dmx_arc_present(&message) ? DMX_FAIL : DMX_NONE));
        check((result->result == DMX_FAIL) == (result->reason.token && result->reason.text));
        check_chain(&message, arena, dmx_answers_count(book) > 0);
    }
    dmx_arena_free(&arena);
    return 0;
}
