/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "channel.h"

#include <errno.h>
#include <string.h>

#include "dmx/dns/packet.h"

#include "dmx/base/banned.h"

enum {
    MAX_TRY_MS = 60 * 1000, /* longer than any deadline */
    MAX_TRIES = 10,
    MAX_WAIT_MS = 1000, /* to look at c-ares again, should it know of no timeout */
};

static size_t find_fd(const struct dmx_watch *watch, int fd)
{
    size_t i = 0;
    while (i < watch->count && watch->fds[i].fd != fd)
        i++;
    return i;
}

/* A descriptor over the limit is not watched: what was sent on it times out. */
static void socket_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
    struct dmx_channel *channel = ctx;
    struct dmx_watch *watch = channel->watch;
    size_t at = find_fd(watch, fd);
    if (!readable && !writable) {
        if (at == watch->count)
            return;
        watch->fds[at] = watch->fds[--watch->count];
        watch->owners[at] = watch->owners[watch->count];
        return;
    }
    if (at == watch->count && at == DMX_MAX_DESCRIPTORS)
        return;
    watch->count += at == watch->count;
    watch->fds[at] = (struct pollfd){.fd = fd, .events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0))};
    watch->owners[at] = channel;
}

static int clamp(uint64_t value, int max)
{
    return value == 0 ? 1 : value > (uint64_t)max ? max : (int)value;
}

/* EDNS is our own in each query; the flag is for c-ares to take replies over 512 bytes. */
static bool init_channel(struct dmx_channel *channel, const struct dmx_resolver_settings *settings, const char *servers,
                         int more_flags)
{
    static char lookups[] = "b"; /* DNS only: keeps nsswitch.conf and the hosts file out of it */
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | more_flags,
        .timeout = clamp(settings->timeout_ms, MAX_TRY_MS),
        .tries = clamp(settings->tries, MAX_TRIES),
        .ednspsz = DMX_EDNS_UDP_SIZE,
        .lookups = lookups,
        .sock_state_cb = socket_state,
        .sock_state_cb_data = channel,
    };
    /* What else resolv.conf could say, at its default: where the servers are known 1.18 then does not read the file. */
    int known = servers[0] ? ARES_OPT_SERVERS | ARES_OPT_SORTLIST | ARES_OPT_NDOTS : 0;
    int mask = known | ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE | ARES_OPT_DOMAINS;
#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* qcache_max_ttl 0: we keep a cache of our own */
#endif
    if (channel->lib->ares_init_options(&channel->ares, &options, mask) == ARES_SUCCESS ||
        (known && channel->lib->ares_init_options(&channel->ares, &options, mask & ~known) == ARES_SUCCESS))
        return true;
    channel->ares = NULL;
    return false;
}

static int count_servers(const struct dmx_channel *channel)
{
    struct ares_addr_port_node *servers = NULL;
    if (channel->lib->ares_get_servers_ports(channel->ares, &servers) != ARES_SUCCESS)
        return 0;
    int count = 0;
    for (const struct ares_addr_port_node *server = servers; server; server = server->next)
        count++;
    channel->lib->ares_free_data(servers);
    return count;
}

static bool open_with(struct dmx_channel *channel, const struct dmx_resolver_settings *settings, const char *servers,
                      int flags)
{
    if (!init_channel(channel, settings, servers, flags))
        return false;
    if (!servers[0] || channel->lib->ares_set_servers_ports_csv(channel->ares, servers) == ARES_SUCCESS)
        channel->servers = count_servers(channel);
    if (channel->servers == 0)
        dmx_channel_close(channel);
    return channel->servers > 0;
}

bool dmx_channel_open(struct dmx_channel *channel, struct dmx_watch *watch,
                      const struct dmx_resolver_settings *settings, const char *servers, enum dmx_transport transport)
{
    /* Truncation is for the resolver to see. */
    int flags = transport == DMX_TCP ? ARES_FLAG_USEVC : ARES_FLAG_IGNTC;
    *channel = (struct dmx_channel){.lib = ares_library(), .watch = watch};
    if (!channel->lib)
        return false;
    /* With the one server that most hosts have, its SERVFAIL and REFUSED come to us; with several, c-ares turns to the
     * next one (without NOCHECKRESP). */
    if (!open_with(channel, settings, servers, flags | ARES_FLAG_NOCHECKRESP))
        return false;
    if (channel->servers == 1)
        return true;
    dmx_channel_close(channel);
    return open_with(channel, settings, servers, flags);
}

void dmx_channel_close(struct dmx_channel *channel)
{
    if (channel->ares)
        channel->lib->ares_destroy(channel->ares);
    channel->ares = NULL;
}

void dmx_channel_turn(struct dmx_channel *channel, int turns)
{
#if ARES_VERSION < 0x011600
    struct ares_addr_port_node *first = NULL;
    turns = channel->ares ? turns % channel->servers : 0;
    if (turns == 0 || channel->lib->ares_get_servers_ports(channel->ares, &first) != ARES_SUCCESS)
        return;
    struct ares_addr_port_node *last = first, *new_last = first;
    while (last->next)
        last = last->next;
    for (int i = 1; i < turns && new_last->next; i++)
        new_last = new_last->next;
    last->next = first; /* a ring, opened again behind new_last */
    first = new_last->next;
    new_last->next = NULL;
    (void)channel->lib->ares_set_servers_ports(channel->ares, first); /* where this fails the order stays as it was */
    channel->lib->ares_free_data(first);
#else
    (void)channel;
    (void)turns;
#endif
}

/* Until the next timeout of any channel. */
static uint64_t next_timeout_ms(struct dmx_channel *const *channels, size_t count, uint64_t most_ms)
{
    for (size_t i = 0; i < count; i++) {
        struct timeval tv;
        if (!channels[i]->lib->ares_timeout(channels[i]->ares, NULL, &tv))
            continue;
        /* It cuts fractions off: without one millisecond more the last one would be spent in turning round. */
        uint64_t ms = (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1;
        if (ms < most_ms)
            most_ms = ms;
    }
    return most_ms;
}

static void process_fd(struct dmx_channel *channel, const struct pollfd *ready)
{
    short failed = ready->revents & (POLLERR | POLLHUP | POLLNVAL);
    ares_socket_t read_fd = ready->revents & POLLIN || failed ? ready->fd : ARES_SOCKET_BAD;
    ares_socket_t write_fd =
        ready->revents & POLLOUT || (failed && ready->events & POLLOUT) ? ready->fd : ARES_SOCKET_BAD;
    channel->lib->ares_process_fd(channel->ares, read_fd, write_fd);
}

/* The list changes under c-ares' hands: a copy is walked. */
static void process_ready(const struct dmx_watch *watch)
{
    struct dmx_watch ready;
    memcpy(&ready, watch, sizeof ready);
    for (size_t i = 0; i < ready.count; i++)
        if (ready.fds[i].revents)
            process_fd(ready.owners[i], &ready.fds[i]);
}

bool dmx_watch_wait(struct dmx_watch *watch, struct dmx_channel *const *channels, size_t count, uint64_t wait_ms,
                    const sigset_t *mask)
{
    uint64_t ms = next_timeout_ms(channels, count, wait_ms < MAX_WAIT_MS ? wait_ms : MAX_WAIT_MS);
    struct timespec wait = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000)};
    int ready = ppoll(watch->fds, watch->count, &wait, mask);
    if (ready < 0 && errno != EINTR)
        return false;
    if (ready > 0) /* after a signal the list says nothing about what is ready */
        process_ready(watch);
    for (size_t i = 0; i < count; i++)
        channels[i]->lib->ares_process_fd(channels[i]->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* timeouts */
    return true;
}
