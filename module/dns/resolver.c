/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Questions over the network by c-ares; queries are built and answers read by packet.c. Three rules: a callback only
 * copies bytes; nothing is cancelled or asked inside one; and what callbacks point to lives until its channel is
 * cancelled. Queries stay under way from one resolve() to the next, so that one slow name does not hold up questions
 * that only the other answers bring.
 */
#include "dmx/dns/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "channel.h"
#include "dmx/base/invariant.h"
#include "dmx/dns/packet.h"
#include "dmx/dns/resolv_conf.h"
#include "nameservers.h"

#include "dmx/base/banned.h"

enum {
    QUERY_BYTES = 512,
    /* Channels for truncated answers: the first questions of a message, its author's policy among them, have one each,
     * all others share the last. */
    MAX_TCP = 16,
    /* After the first answers of a round, so long for the others; doubled with each round of a message. */
    FIRST_GRACE_MS = 20,
    MAX_GRACE_MS = 500,
};

/* A question on its way. */
struct pending {
    struct pending *next;
    struct dmx_resolver *resolver;
    size_t index; /* in the book */
    struct dmx_channel *channel;
    struct dmx_attempt attempt;
    bool done;
    bool judged; /* done, and what came is the result */
    int status;  /* of c-ares */
    int timeouts;
    unsigned char *reply; /* malloc'd */
    size_t reply_bytes;
    uint64_t sent_ms; /* when it was first sent, on the budget's clock */
};

struct dmx_resolver {
    struct dmx_resolver_settings settings;
    char servers[DMX_NAMESERVERS_MAX + 1];
    struct dmx_watch watch;
    struct dmx_channel udp;
    struct dmx_channel tcp[MAX_TCP];
    struct dmx_manners manners;
    /* Of the present message. */
    const struct dmx_answers *book;
    struct pending *pending;
    size_t done;     /* of pending: answered, not yet delivered */
    unsigned rounds; /* so far */
    int turns;       /* servers to be passed over, see dmx_channel_turn */
};

static uint64_t now_ms(const struct dmx_budget *budget)
{
    return budget->now_ms ? budget->now_ms() : 0;
}

static void copy_reply(void *arg, int status, int timeouts, unsigned char *reply, int bytes)
{
    struct pending *p = arg;
    p->done = true;
    p->resolver->done++;
    p->status = status;
    p->timeouts = timeouts;
    if (status != ARES_SUCCESS || !reply || bytes <= 0)
        return;
    p->reply = malloc((size_t)bytes);
    if (!p->reply) {
        p->status = ARES_ENOMEM;
        return;
    }
    memcpy(p->reply, reply, (size_t)bytes);
    p->reply_bytes = (size_t)bytes;
}

/* 1.18 sends with our id, 1.34 with one of its own; both take only a reply with the id that was sent. */
static void send_query(const struct dmx_question *question, struct pending *p)
{
    char query[QUERY_BYTES];
    struct dmx_builder b = dmx_builder_fixed(query, sizeof query);
    if (!dmx_attempt_put(&p->attempt, question, &p->resolver->manners, &b))
        copy_reply(p, ARES_ENOTINITIALIZED, 0, NULL, 0);
    else if (DMX_BROKEN(!b.failed))
        copy_reply(p, ARES_EBADQUERY, 0, NULL, 0);
    else
        p->channel->lib->ares_send(p->channel->ares, (const unsigned char *)query, (int)b.len, copy_reply, p);
}

static bool is_under_way(const struct dmx_resolver *r, size_t index)
{
    for (const struct pending *p = r->pending; p; p = p->next)
        if (p->index == index)
            return true;
    return false;
}

/* Opened by the first question of the process that has to be sent: with a warm cache there is none. */
static bool has_udp(struct dmx_resolver *r)
{
    return r->udp.ares || dmx_channel_open(&r->udp, &r->watch, &r->settings, r->servers, DMX_UDP);
}

/* Every open question that is not under way, before anything is waited for. Without memory one stays open. */
static void send_new(struct dmx_resolver *r, const struct dmx_answers *book, const struct dmx_budget *budget)
{
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        const struct dmx_question *question = dmx_answers_question(book, i, &open);
        struct pending *p = open && !is_under_way(r, i) ? calloc(1, sizeof *p) : NULL;
        if (!p)
            continue;
        *p = (struct pending){
            .next = r->pending, .resolver = r, .index = i, .channel = &r->udp, .sent_ms = now_ms(budget)};
        r->pending = p;
        if (has_udp(r))
            send_query(question, p);
        else
            copy_reply(p, ARES_ENOTINITIALIZED, 0, NULL, 0);
    }
}

/* By the question's place, never by who is first: a sender's answers must not take the channel of a policy's. */
static struct dmx_channel *tcp_channel(struct dmx_resolver *r, size_t index)
{
    struct dmx_channel *channel = &r->tcp[index < MAX_TCP ? index : MAX_TCP - 1];
    if (!channel->ares && !dmx_channel_open(channel, &r->watch, &r->settings, r->servers, DMX_TCP))
        return NULL;
    return channel;
}

static struct dmx_slice reply_of(const struct pending *p)
{
    return p->status == ARES_SUCCESS ? dmx_slice((const char *)p->reply, p->reply_bytes) : DMX_SLICE_NONE;
}

/* What cannot be asked again stands, and an answer that was not to be taken is none. */
static void ask_again(struct dmx_resolver *r, const struct dmx_question *question, struct pending *p)
{
    struct dmx_channel *channel = p->attempt.tcp ? tcp_channel(r, p->index) : &r->udp;
    free(p->reply);
    p->reply = NULL;
    p->reply_bytes = 0;
    if (!channel) {
        p->status = ARES_ENOTINITIALIZED;
        return;
    }
    p->done = false;
    p->channel = channel;
    r->done--;
    send_query(question, p);
}

/* Looks at each reply or failure that came in, once. */
static void judge_replies(struct dmx_resolver *r, const struct dmx_answers *book)
{
    for (struct pending *p = r->pending; p; p = p->next) {
        bool open;
        if (!p->done || p->judged)
            continue;
        const struct dmx_question *question = dmx_answers_question(book, p->index, &open);
        /* Asking may fail at once, which is judged like any other failure. */
        while (p->done && dmx_attempt_judge(&p->attempt, question, reply_of(p), &r->manners) == DMX_NEXT_AGAIN)
            ask_again(r, question, p);
        p->judged = p->done;
    }
}

static bool wait_once(struct dmx_resolver *r, uint64_t wait_ms)
{
    struct dmx_channel *channels[1 + MAX_TCP] = {&r->udp};
    size_t count = 1;
    for (size_t i = 0; i < MAX_TCP; i++)
        if (r->tcp[i].ares)
            channels[count++] = &r->tcp[i];
    return dmx_watch_wait(&r->watch, channels, count, wait_ms, r->settings.wait_mask);
}

static bool has_more(const struct dmx_resolver *r)
{
    for (const struct pending *p = r->pending; p; p = p->next)
        if (!p->done)
            return true;
    return false;
}

/* Until all is answered, or for a while after the first answer, or as long as the budget lasts. */
static void wait_for_replies(struct dmx_resolver *r, const struct dmx_answers *book, const struct dmx_budget *budget)
{
    uint64_t grace_ms = FIRST_GRACE_MS, first_ms = 0;
    for (unsigned i = 0; i < r->rounds && grace_ms < MAX_GRACE_MS; i++)
        grace_ms *= 2;
    bool waiting = has_more(r);
    while (waiting) {
        uint64_t wait_ms = dmx_budget_left_ms(budget);
        if (r->done && budget->now_ms) {
            uint64_t spent_ms = now_ms(budget) - first_ms;
            uint64_t grace_left_ms = spent_ms < grace_ms ? grace_ms - spent_ms : 0;
            wait_ms = grace_left_ms < wait_ms ? grace_left_ms : wait_ms;
        }
        if (wait_ms == 0 || !wait_once(r, wait_ms))
            return;
        judge_replies(r, book);
        if (first_ms == 0 && r->done)
            first_ms = now_ms(budget);
        waiting = has_more(r);
    }
}

/*
 * What c-ares gave up on. With several servers, 1.18 says ECONNREFUSED also when each of them answered SERVFAIL or
 * REFUSED, which is by far the likelier case.
 */
static enum dmx_dns_status failure_status(const struct pending *p)
{
    switch (p->status) {
    case ARES_ETIMEOUT:
        return DMX_DNS_TIMEOUT;
    case ARES_ECONNREFUSED:
        return p->channel->servers > 1 ? DMX_DNS_SERVFAIL : DMX_DNS_TIMEOUT;
    case ARES_EREFUSED:
    case ARES_ENOTIMP:
        return DMX_DNS_REFUSED;
    case ARES_EBADRESP:
        return DMX_DNS_MALFORMED;
    default:
        return DMX_DNS_SERVFAIL;
    }
}

/* A socket that cannot be had and one that is refused look the same, and to ask anew costs nobody a wait. */
static bool is_own_fault(const struct pending *p)
{
    switch (p->status) {
    case ARES_ECONNREFUSED:
        return p->channel->servers <= 1;
    case ARES_ENOMEM:
    case ARES_ENOTINITIALIZED:
        return true;
    default:
        return false;
    }
}

static void deliver_one(struct dmx_answers *book, const struct pending *p)
{
    bool open;
    struct dmx_answer answer = {.status = DMX_DNS_MALFORMED};
    if (p->status != ARES_SUCCESS) {
        answer.status = failure_status(p);
        answer.own_fault = is_own_fault(p);
    } else if (p->judged && p->reply_bytes >= 2) {
        uint16_t id = (uint16_t)(p->reply[0] << 8 | p->reply[1]); /* checked by c-ares, see send_query */
        answer = dmx_packet_read(dmx_slice((const char *)p->reply, p->reply_bytes),
                                 dmx_answers_question(book, p->index, &open), id, dmx_answers_arena(book));
    }
    dmx_answers_set(book, p->index, answer);
}

/* What waited as long as one try may take has timed out, though c-ares would try on; what did not stays open. */
static bool has_timed_out(const struct dmx_resolver *r, const struct pending *p, const struct dmx_budget *budget)
{
    return dmx_budget_spent(budget) && now_ms(budget) - p->sent_ms >= r->settings.timeout_ms;
}

static void free_pending(struct pending *p)
{
    free(p->reply);
    free(p);
}

static void deliver(struct dmx_resolver *r, struct dmx_answers *book, const struct dmx_budget *budget)
{
    for (struct pending **at = &r->pending; *at;) {
        struct pending *p = *at;
        if (!p->done) {
            if (has_timed_out(r, p, budget))
                dmx_answers_set(book, p->index, (struct dmx_answer){.status = DMX_DNS_TIMEOUT});
            at = &p->next;
            continue;
        }
        deliver_one(book, p);
        if (p->channel == &r->udp && p->status == ARES_SUCCESS && r->turns == 0)
            r->turns = p->timeouts;
        *at = p->next;
        free_pending(p);
    }
    r->done = 0;
}

/* Outside of any callback: ends what is under way, and lets go of it. */
static void forget(void *ctx)
{
    struct dmx_resolver *r = ctx;
    if (r->udp.ares)
        r->udp.lib->ares_cancel(r->udp.ares);
    for (size_t i = 0; i < MAX_TCP; i++)
        dmx_channel_close(&r->tcp[i]);
    while (r->pending) {
        struct pending *p = r->pending;
        r->pending = p->next;
        free_pending(p);
    }
    dmx_channel_turn(&r->udp, r->turns);
    r->turns = 0;
    r->done = 0;
    r->rounds = 0;
    r->book = NULL;
}

static void start(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_resolver *r = ctx;
    if (r->book != book)
        forget(r);
    r->book = book;
    if (dmx_answers_open(book) > 0 && !dmx_budget_spent(budget))
        send_new(r, book, budget);
}

static void resolve(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_resolver *r = ctx;
    start(r, book, budget);
    if (dmx_answers_open(book) == 0 || dmx_budget_spent(budget))
        return;
    wait_for_replies(r, book, budget);
    deliver(r, book, budget);
    r->rounds++;
    if (!r->pending) {
        dmx_channel_turn(&r->udp, r->turns);
        r->turns = 0;
    }
}

struct dmx_dns_source dmx_resolver_source(struct dmx_resolver *resolver)
{
    return (struct dmx_dns_source){.resolve = resolve, .start = start, .end = forget, .ctx = resolver};
}

enum dmx_status dmx_resolver_new(const struct dmx_resolver_settings *settings, struct dmx_resolver **out,
                                 struct dmx_reason *out_reason)
{
    size_t count = 0;
    *out = NULL;
    *out_reason = DMX_REASON_NONE;
    struct dmx_resolver *r = calloc(1, sizeof *r);
    if (!r)
        return DMX_NOMEM;
    struct dmx_builder b = dmx_builder_fixed(r->servers, sizeof r->servers);
    r->settings = *settings;
    enum dmx_status status = DMX_OK;
    if (settings->nameservers.len && !dmx_nameservers_parse(settings->nameservers, &b, &count, out_reason))
        status = DMX_INVALID;
    dmx_builder_text(&b);
    if (status == DMX_OK)
        *out = r;
    else
        free(r);
    return status;
}

bool dmx_resolver_rehearse(void)
{
    return ares_library() != NULL;
}

void dmx_resolver_free(struct dmx_resolver **resolver)
{
    if (!*resolver)
        return;
    forget(*resolver);
    dmx_channel_close(&(*resolver)->udp);
    free(*resolver);
    *resolver = NULL;
}
