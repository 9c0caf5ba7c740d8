/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the last messages show: behind a proxy or a NAT all seem to come from one address, and SPF is of no use. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/journal/event.h"
#include "dmx/journal/writer.h"
#include "selftest.h"

/* The end of the journal, some thousand messages. Below FEW it may be chance. */
enum { TAIL_BYTES = 2 * 1024 * 1024, FEW = 20, ADDRESS_BYTES = 64, PATH_BYTES = 4096 };

struct seen {
    struct dmx_ip first;
    size_t judged, same;
    int64_t newest_s;
};

static bool read_tail(struct selftest *t, const char *path, struct dmx_slice *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    off_t size = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
    off_t start = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    char *bytes = dmx_arena_alloc(t->arena, TAIL_BYTES);
    ssize_t got = bytes && size > 0 ? pread(fd, bytes, (size_t)(size - start), start) : -1;
    close(fd);
    *out = dmx_slice(bytes, got > 0 ? (size_t)got : 0);
    return got > 0;
}

/* What was exempt came from hosts that are trusted, or by a login: it may well come from one. */
static void count(struct seen *seen, const struct dmx_event *event)
{
    if (event->time_s > seen->newest_s)
        seen->newest_s = event->time_s;
    if (event->exempt.len || event->client.family == DMX_IP_NONE)
        return;
    if (seen->judged++ == 0)
        seen->first = event->client;
    seen->same += dmx_ip_eq(&seen->first, &event->client);
}

void selftest_journal(struct selftest *t)
{
    char path[PATH_BYTES], address[ADDRESS_BYTES];
    struct dmx_slice rest;
    struct dmx_event event;
    struct seen seen = {.judged = 0};
    size_t damaged = 0;
    (void)snprintf(path, sizeof path, "%s/" DMX_JOURNAL_NAME, t->config->journal_dir.ptr);
    if (!read_tail(t, path, &rest))
        return;
    while (dmx_event_next(&rest, t->arena, &event, &damaged))
        count(&seen, &event);
    if (seen.newest_s > t->newest_s)
        t->newest_s = seen.newest_s;
    struct dmx_builder b = dmx_builder_fixed(address, sizeof address);
    dmx_put_ip(&b, &seen.first);
    (void)dmx_builder_text(&b);
    if (seen.judged < FEW)
        finding(t, FINDING_OK, "clients",
                "%zu judged messages so far: too few to tell whether a proxy hides the clients", seen.judged);
    else if (seen.same == seen.judged)
        finding(
            t, FINDING_WARN, "clients",
            "the last %zu messages all came from %s: a proxy or NAT hides the clients, and SPF judges it; let it speak "
            "the PROXY protocol (Exim's hosts_proxy), or name it in inbound_relays",
            seen.judged, address);
    else
        finding(t, FINDING_OK, "clients", "the last %zu messages came from different addresses", seen.judged);
}
