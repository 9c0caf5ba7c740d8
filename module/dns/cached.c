/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A round that the cache could answer a part of ends at once, with the rest sent and not waited for: the engine may find
 * more questions in what it got, and they too are looked for in the cache before anybody waits. A round of hits costs no
 * wait, so nothing is delayed by it, and each of them answers at least one question, so they come to an end.
 */
#include "dmx/dns/cached.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/banned.h"

/* As many questions as dns_max_questions allows a message; later ones would be asked without the cache. */
enum { MAX_QUESTIONS = 1000 };

struct dmx_cached {
    struct dmx_cached_settings settings;
    /* Of the present message. */
    const struct dmx_answers *book;
    size_t looked_up;            /* questions before this one have been looked for in the cache */
    bool settled[MAX_QUESTIONS]; /* came from the cache, or has been kept there */
};

static void forget(struct dmx_cached *c)
{
    c->book = NULL;
    c->looked_up = 0;
    memset(c->settled, 0, sizeof c->settled);
}

/* One that is over its time serves only when DNS has failed, now or a moment ago. */
static bool find(struct dmx_cached *c, struct dmx_answers *book, const struct dmx_question *question, bool failed,
                 struct dmx_answer *out)
{
    switch (dmx_cache_find(c->settings.cache, question, c->settings.now_s(), dmx_answers_arena(book), out)) {
    case DMX_CACHE_FRESH:
        return true;
    case DMX_CACHE_STALE_NOW:
        failed = true;
        break;
    case DMX_CACHE_STALE:
        break;
    case DMX_CACHE_MISS:
        return false;
    }
    out->stale = true;
    return failed && c->settings.serve_stale;
}

/* Whether the cache answered any of the questions that are new. */
static bool look_up(struct dmx_cached *c, struct dmx_answers *book)
{
    bool found_any = false;
    size_t count = dmx_answers_count(book);
    for (; c->looked_up < count && c->looked_up < MAX_QUESTIONS; c->looked_up++) {
        bool open;
        struct dmx_answer answer;
        const struct dmx_question *question = dmx_answers_question(book, c->looked_up, &open);
        if (!open || !find(c, book, question, false, &answer))
            continue;
        dmx_answers_set(book, c->looked_up, answer);
        c->settled[c->looked_up] = true;
        found_any = true;
    }
    return found_any;
}

/* The engine has not seen the failure yet; the cache has. */
static void serve_instead(struct dmx_cached *c, struct dmx_answers *book, size_t index,
                          const struct dmx_question *question)
{
    struct dmx_answer other;
    if (find(c, book, question, true, &other) && !dmx_answer_is_temporary(&other))
        dmx_answers_replace(book, index, other);
}

static void keep_one(struct dmx_cached *c, struct dmx_answers *book, size_t index)
{
    const struct dmx_cached_settings *s = &c->settings;
    bool open;
    const struct dmx_question *question = dmx_answers_question(book, index, &open);
    struct dmx_answer answer = *dmx_answers_answer(book, index);
    /* A process that has run out of something must not speak for all others. */
    if (!answer.own_fault)
        dmx_cache_store(s->cache, question, &answer,
                        s->value ? s->value(s->value_ctx, question, &answer) : DMX_CACHE_ORDINARY, s->now_s());
    if (dmx_answer_is_temporary(&answer) && s->serve_stale)
        serve_instead(c, book, index, question);
}

/*
 * Each answer once. Without memory nothing more of this message is kept: a failure may then be ours, made by a message
 * that uses up all that one is granted, and would spoil the policy of whom it names for everybody else.
 */
static void keep(struct dmx_cached *c, struct dmx_answers *book)
{
    for (size_t i = 0; i < c->looked_up && !dmx_arena_failed(dmx_answers_arena(book)); i++)
        if (!c->settled[i] && dmx_answers_answer(book, i)) {
            c->settled[i] = true;
            keep_one(c, book, i);
        }
}

static void resolve(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_cached *c = ctx;
    const struct dmx_dns_source *behind = &c->settings.behind;
    if (c->book != book)
        forget(c);
    c->book = book;
    bool found_any = look_up(c, book);
    if (dmx_answers_open(book) == 0)
        return;
    if (!found_any) {
        behind->resolve(behind->ctx, book, budget);
        keep(c, book);
    } else if (behind->start) {
        behind->start(behind->ctx, book, budget);
    }
}

static void end(void *ctx)
{
    struct dmx_cached *c = ctx;
    forget(c);
    if (c->settings.behind.end)
        c->settings.behind.end(c->settings.behind.ctx);
}

struct dmx_cached *dmx_cached_new(const struct dmx_cached_settings *settings)
{
    struct dmx_cached *c = calloc(1, sizeof *c);
    if (c)
        c->settings = *settings;
    return c;
}

void dmx_cached_free(struct dmx_cached **cached)
{
    free(*cached);
    *cached = NULL;
}

struct dmx_dns_source dmx_cached_source(struct dmx_cached *cached)
{
    return (struct dmx_dns_source){.resolve = resolve, .end = end, .ctx = cached};
}
