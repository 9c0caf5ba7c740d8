/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Questions over the network by c-ares (1.18 to 1.34), which keeps sockets, retries and TCP; queries are built and
 * answers read by packet.c. Three rules: a callback only copies bytes; nothing is cancelled or asked inside one; and no
 * query outlives resolve(), as callbacks point into its memory.
 */
#include "dmx/dns/resolver.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ares_send and ares_process_fd are deprecated in 1.34, their successors are missing in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "dmx/base/invariant.h"
#include "dmx/dns/packet.h"
#include "nameservers.h"

#include "dmx/base/banned.h"

enum {
    MAX_DESCRIPTORS = 64,   /* c-ares keeps one for UDP and one for TCP a server; resolv.conf names three or so */
    MAX_TRY_MS = 60 * 1000, /* longer than any deadline */
    MAX_TRIES = 10,
    MAX_WAIT_MS = 1000, /* to look at c-ares again, should it know of no timeout */
    QUERY_BYTES = 512,
    NAMESERVERS_BYTES = DMX_MAX_NAMESERVERS * 56, /* an IPv6 address in full, brackets, port and comma */
};

struct dmx_resolver {
    ares_channel channel;
    const sigset_t *wait_mask;
    int servers;
    struct pollfd fds[MAX_DESCRIPTORS];
    size_t fd_count;
};

static struct pollfd *find_fd(struct dmx_resolver *r, int fd)
{
    for (size_t i = 0; i < r->fd_count; i++) {
        if (r->fds[i].fd == fd)
            return &r->fds[i];
    }
    return NULL;
}

/* A descriptor over the limit is not watched: what was sent on it times out. */
static void socket_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
    struct dmx_resolver *r = ctx;
    struct pollfd *entry = find_fd(r, fd);
    if (!readable && !writable) {
        if (entry)
            *entry = r->fds[--r->fd_count];
        return;
    }
    if (!entry && r->fd_count < MAX_DESCRIPTORS)
        entry = &r->fds[r->fd_count++];
    if (entry)
        *entry = (struct pollfd){.fd = fd, .events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0))};
}

static void process_fd(struct dmx_resolver *r, const struct pollfd *ready)
{
    short failed = ready->revents & (POLLERR | POLLHUP | POLLNVAL);
    ares_socket_t read_fd = ready->revents & POLLIN || failed ? ready->fd : ARES_SOCKET_BAD;
    ares_socket_t write_fd =
        ready->revents & POLLOUT || (failed && ready->events & POLLOUT) ? ready->fd : ARES_SOCKET_BAD;
    ares_process_fd(r->channel, read_fd, write_fd);
}

/* Lets c-ares work on what is ready. The list changes under its hands: a copy is walked. */
static void process_ready(struct dmx_resolver *r)
{
    struct pollfd ready[MAX_DESCRIPTORS];
    size_t count = r->fd_count;
    memcpy(ready, r->fds, count * sizeof *ready);
    for (size_t i = 0; i < count; i++) {
        if (ready[i].revents)
            process_fd(r, &ready[i]);
    }
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* timeouts */
}

/* A question on its way. */
struct pending {
    struct round *round;
    size_t index; /* in the book */
    int status;   /* of c-ares */
    int timeouts;
    unsigned char *reply; /* malloc'd */
    size_t reply_bytes;
};

struct round {
    struct pending *pending;
    size_t count;
    size_t left;
};

static void copy_reply(void *arg, int status, int timeouts, unsigned char *reply, int bytes)
{
    struct pending *p = arg;
    p->status = status;
    p->timeouts = timeouts;
    p->round->left--;
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

/*
 * 1.18 sends with our id, 1.34 with one of its own; both take only a reply with the id that was sent. The letters' case
 * is left alone: servers that do not keep it would have to be asked again.
 */
static void send_query(struct dmx_resolver *r, const struct dmx_question *question, struct pending *p)
{
    char query[QUERY_BYTES];
    struct dmx_builder b = dmx_builder_fixed(query, sizeof query);
    uint16_t id;
    if (getrandom(&id, sizeof id, GRND_NONBLOCK) != (ssize_t)sizeof id) {
        copy_reply(p, ARES_ESERVFAIL, 0, NULL, 0);
        return;
    }
    dmx_put_query(&b, question, id, 0);
    if (DMX_BROKEN(!b.failed))
        copy_reply(p, ARES_EBADQUERY, 0, NULL, 0);
    else
        ares_send(r->channel, (const unsigned char *)query, (int)b.len, copy_reply, p);
}

/* All open questions, before anything is waited for. False: no memory, everything stays open. */
static bool send_all(struct dmx_resolver *r, struct dmx_answers *book, struct round *round)
{
    round->pending = calloc(dmx_answers_open(book), sizeof *round->pending);
    if (!round->pending)
        return false;
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        const struct dmx_question *question = dmx_answers_question(book, i, &open);
        if (!open)
            continue;
        struct pending *p = &round->pending[round->count++];
        *p = (struct pending){.round = round, .index = i, .status = ARES_ECANCELLED};
        round->left++;
        send_query(r, question, p);
    }
    return true;
}

/* Until the next timeout of c-ares, at most what the budget has left. */
static struct timespec next_wait(struct dmx_resolver *r, uint64_t left_ms)
{
    struct timeval tv;
    uint64_t wait_ms = MAX_WAIT_MS;
    /* It cuts fractions off: without one millisecond more the last one would be spent in turning round. */
    if (ares_timeout(r->channel, NULL, &tv))
        wait_ms = (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1;
    if (wait_ms > left_ms)
        wait_ms = left_ms;
    return (struct timespec){.tv_sec = (time_t)(wait_ms / 1000), .tv_nsec = (long)(wait_ms % 1000 * 1000000)};
}

static void wait_for_replies(struct dmx_resolver *r, struct round *round, const struct dmx_budget *budget)
{
    while (round->left) {
        uint64_t left_ms = dmx_budget_left_ms(budget);
        if (left_ms == 0)
            return;
        struct timespec wait = next_wait(r, left_ms);
        int ready = ppoll(r->fds, r->fd_count, &wait, r->wait_mask);
        if (ready < 0 && errno != EINTR)
            return;
        /* After a signal the list says nothing about what is ready. */
        for (size_t i = 0; ready <= 0 && i < r->fd_count; i++)
            r->fds[i].revents = 0;
        process_ready(r);
    }
}

/*
 * What c-ares gave up on. With several servers, 1.18 says ECONNREFUSED also when each of them answered SERVFAIL or
 * REFUSED, which is by far the likelier case.
 */
static enum dmx_dns_status failure_status(const struct dmx_resolver *r, int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
        return DMX_DNS_TIMEOUT;
    case ARES_ECONNREFUSED:
        return r->servers > 1 ? DMX_DNS_SERVFAIL : DMX_DNS_TIMEOUT;
    case ARES_EREFUSED:
    case ARES_ENOTIMP:
        return DMX_DNS_REFUSED;
    case ARES_EBADRESP:
        return DMX_DNS_MALFORMED;
    default:
        return DMX_DNS_SERVFAIL;
    }
}

static void deliver(const struct dmx_resolver *r, struct dmx_answers *book, const struct pending *p)
{
    bool open;
    struct dmx_answer answer = {.status = DMX_DNS_MALFORMED};
    if (p->status != ARES_SUCCESS) {
        answer.status = failure_status(r, p->status);
    } else if (p->reply_bytes >= 2) {
        uint16_t id = (uint16_t)(p->reply[0] << 8 | p->reply[1]); /* checked by c-ares, see send_query */
        answer = dmx_packet_read(dmx_slice((const char *)p->reply, p->reply_bytes),
                                 dmx_answers_question(book, p->index, &open), id, dmx_answers_arena(book));
    }
    dmx_answers_set(book, p->index, answer);
}

/*
 * c-ares 1.18 begins each query with the first server of its list, also when that one is silent: every round of
 * questions would wait for it. So the list is turned until the server that did answer is the first one. 1.34 keeps
 * silent servers last by itself.
 */
static void prefer_answering(struct dmx_resolver *r, const struct round *round)
{
#if ARES_VERSION < 0x011600
    int turns = 0;
    for (size_t i = 0; i < round->count && turns == 0; i++) {
        if (round->pending[i].status == ARES_SUCCESS)
            turns = round->pending[i].timeouts % r->servers;
    }
    struct ares_addr_port_node *first = NULL;
    if (turns == 0 || ares_get_servers_ports(r->channel, &first) != ARES_SUCCESS)
        return;
    struct ares_addr_port_node *last = first, *new_last = first;
    while (last->next)
        last = last->next;
    for (int i = 1; i < turns && new_last->next; i++)
        new_last = new_last->next;
    last->next = first; /* a ring, opened again behind new_last */
    first = new_last->next;
    new_last->next = NULL;
    (void)ares_set_servers_ports(r->channel, first); /* where this fails the order stays as it was */
    ares_free_data(first);
#else
    (void)r;
    (void)round;
#endif
}

static int count_servers(ares_channel channel)
{
    struct ares_addr_port_node *servers = NULL;
    if (ares_get_servers_ports(channel, &servers) != ARES_SUCCESS)
        return 0;
    int count = 0;
    for (const struct ares_addr_port_node *server = servers; server; server = server->next)
        count++;
    ares_free_data(servers);
    return count;
}

static void resolve(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_resolver *r = ctx;
    struct round round = {.count = 0};
    if (dmx_answers_open(book) == 0 || dmx_budget_spent(budget) || !send_all(r, book, &round))
        return;
    wait_for_replies(r, &round, budget);
    /* Only now, outside of any callback; what it ends stays open. */
    ares_cancel(r->channel);
    for (size_t i = 0; i < round.count; i++) {
        if (round.pending[i].status != ARES_ECANCELLED)
            deliver(r, book, &round.pending[i]);
    }
    prefer_answering(r, &round);
    for (size_t i = 0; i < round.count; i++)
        free(round.pending[i].reply);
    free(round.pending);
}

struct dmx_dns_source dmx_resolver_source(struct dmx_resolver *resolver)
{
    return (struct dmx_dns_source){resolve, resolver};
}

static int clamp(uint64_t value, int max)
{
    return value == 0 ? 1 : value > (uint64_t)max ? max : (int)value;
}

/*
 * With the one server that most hosts have, its SERVFAIL and REFUSED come to us; with several, c-ares turns to the next
 * one (without NOCHECKRESP). EDNS is our own in each query; the flag is for c-ares to take replies over 512 bytes.
 */
static int open_channel(struct dmx_resolver *r, const struct dmx_resolver_settings *settings, int more_flags)
{
    static char lookups[] = "b"; /* DNS only: keeps nsswitch.conf and the hosts file out of it */
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | more_flags,
        .timeout = clamp(settings->timeout_ms, MAX_TRY_MS),
        .tries = clamp(settings->tries, MAX_TRIES),
        .ednspsz = DMX_EDNS_UDP_SIZE,
        .lookups = lookups,
        .sock_state_cb = socket_state,
        .sock_state_cb_data = r,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE | ARES_OPT_DOMAINS;
#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* qcache_max_ttl 0: we keep a cache of our own */
#endif
    return ares_init_options(&r->channel, &options, mask);
}

static enum dmx_status open_with_servers(struct dmx_resolver *r, const struct dmx_resolver_settings *settings,
                                         const char *servers, int more_flags)
{
    if (open_channel(r, settings, more_flags) != ARES_SUCCESS) {
        r->channel = NULL;
        return DMX_IO;
    }
    if (servers[0] && ares_set_servers_ports_csv(r->channel, servers) != ARES_SUCCESS)
        return DMX_IO;
    r->servers = count_servers(r->channel);
    return r->servers ? DMX_OK : DMX_IO;
}

static enum dmx_status open_resolver(struct dmx_resolver *r, const struct dmx_resolver_settings *settings,
                                     const char *servers)
{
    enum dmx_status status = open_with_servers(r, settings, servers, ARES_FLAG_NOCHECKRESP);
    if (status != DMX_OK || r->servers == 1)
        return status;
    ares_destroy(r->channel);
    return open_with_servers(r, settings, servers, 0);
}

enum dmx_status dmx_resolver_new(const struct dmx_resolver_settings *settings, struct dmx_resolver **out,
                                 struct dmx_reason *out_reason)
{
    char servers[NAMESERVERS_BYTES];
    struct dmx_builder b = dmx_builder_fixed(servers, sizeof servers);
    size_t count = 0;
    *out = NULL;
    *out_reason = DMX_REASON_NONE;
    if (settings->nameservers.len && !dmx_nameservers_parse(settings->nameservers, &b, &count, out_reason))
        return DMX_INVALID;
    dmx_builder_text(&b);
    struct dmx_resolver *r = calloc(1, sizeof *r);
    if (!r)
        return DMX_NOMEM;
    r->wait_mask = settings->wait_mask;
    enum dmx_status status = open_resolver(r, settings, servers);
    if (status == DMX_OK) {
        *out = r;
        return DMX_OK;
    }
    *out_reason = DMX_REASON_ABOUT("resolver-unusable", "the resolver cannot be set up with these name servers", NULL,
                                   settings->nameservers);
    dmx_resolver_free(&r);
    return status;
}

void dmx_resolver_free(struct dmx_resolver **resolver)
{
    if (!*resolver)
        return;
    if ((*resolver)->channel)
        ares_destroy((*resolver)->channel);
    free(*resolver);
    *resolver = NULL;
}
