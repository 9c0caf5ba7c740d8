/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Appends to a journal as the module does, for tests of the reporter:
 *
 *     journal DIR                                     lines on standard input: TIME COUNT IP AUTHOR POLICY-DOMAIN ORG RECORD…
 *                                                     with %HH for any byte; the author's name stands for its evidence too
 *     journal DIR many MESSAGES DOMAINS SOURCES TIME  that many messages of domainN.example, within 30,000 s
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/journal/event.h"
#include "dmx/journal/writer.h"

enum { BUFFER = 1024 * 1024, WORDS = 7 };

static char room[BUFFER];
static struct dmx_builder frames;
static const char *dir;

static void flush(void)
{
    const char *why = "";
    struct dmx_slice bytes = dmx_builder_text(&frames);
    if (bytes.len > 0 && dmx_journal_append(dir, bytes, &why) != DMX_OK) {
        fprintf(stderr, "%s: %s\n", dir, why);
        exit(1);
    }
    frames = dmx_builder_fixed(room, sizeof room);
}

static void put(struct dmx_event *event, bool good)
{
    struct dmx_event_dkim dkim = {.result = dmx_slice_cstr(good ? "pass" : "fail"),
                                  .domain = event->author,
                                  .selector = DMX_SLICE("s1"),
                                  .reason = dmx_slice_cstr(good ? "" : "body-hash-mismatch")};
    event->flags = good ? DMX_EVENT_SPF_ALIGNED | DMX_EVENT_DKIM_ALIGNED : 0;
    event->rules = DMX_SLICE("rfc7489");
    event->author_status = DMX_SLICE("ok");
    event->result = dmx_slice_cstr(good ? "pass" : "fail");
    event->published = event->policy = DMX_SLICE("reject");
    event->disposition = event->would_be = dmx_slice_cstr(good ? "none" : "reject");
    event->spf_result = dmx_slice_cstr(good ? "pass" : "softfail");
    event->spf_domain = event->author;
    event->dkim = &dkim;
    event->dkim_count = 1;
    dmx_event_put(&frames, event);
    if (frames.len > BUFFER - DMX_EVENT_MAX)
        flush();
}

/* %HH in place. */
static struct dmx_slice decode(char *word)
{
    char *to = word;
    for (const char *from = word; *from; to++) {
        unsigned byte;
        char hex[3] = {from[0] == '%' ? from[1] : '\0', from[0] == '%' && from[1] ? from[2] : '\0', '\0'};
        char *end = hex;
        byte = (unsigned)strtoul(hex, &end, 16);
        bool coded = end == hex + 2;
        *to = coded ? (char)byte : *from;
        from += coded ? 3 : 1;
    }
    return dmx_slice(word, (size_t)(to - word));
}

static void put_line(char *line)
{
    char *words[WORDS], *rest = line;
    for (int i = 0; i < WORDS; i++) {
        words[i] = i + 1 < WORDS ? strsep(&rest, " ") : rest;
        if (!words[i]) {
            fputs("want TIME COUNT IP AUTHOR POLICY-DOMAIN ORG RECORD\n", stderr);
            exit(1);
        }
    }
    struct dmx_event event = {.time_s = strtoll(words[0], NULL, 10)};
    if (!dmx_ip_parse(dmx_slice_cstr(words[2]), &event.client))
        exit(1);
    event.author = decode(words[3]);
    event.policy_domain = decode(words[4]);
    event.org_domain = decode(words[5]);
    event.record = decode(words[6]);
    for (long n = strtol(words[1], NULL, 10); n > 0; n--)
        put(&event, false);
}

static void put_many(char **words)
{
    uint64_t messages = strtoull(words[0], NULL, 10), domains = strtoull(words[1], NULL, 10),
             sources = strtoull(words[2], NULL, 10), state = 88172645463325252U;
    int64_t time_s = strtoll(words[3], NULL, 10);
    for (uint64_t i = 0; i < messages; i++) {
        char author[64], record[120];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t domain = i < domains ? i : state % domains, n = i < sources ? i : state / domains % sources;
        uint64_t source = domain * 16 + n;
        struct dmx_event event = {
            .time_s = time_s + (int64_t)(i % 30000),
            .client = dmx_ip_v4((uint8_t[]){198, (uint8_t)(source >> 16), (uint8_t)(source >> 8), (uint8_t)source}),
        };
        snprintf(author, sizeof author, "domain%llu.example", (unsigned long long)domain);
        snprintf(record, sizeof record, "v=DMARC1; p=reject; rua=mailto:dmarc@%s", author);
        event.author = event.org_domain = event.policy_domain = dmx_slice_cstr(author);
        event.record = dmx_slice_cstr(record);
        put(&event, domain % 8 != 0);
    }
}

int main(int argc, char **argv)
{
    static char line[64 * 1024];
    if (argc != 2 && argc != 7)
        return 64;
    dir = argv[1];
    flush();
    if (argc == 7)
        put_many(argv + 3);
    while (argc == 2 && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        put_line(line);
    }
    flush();
    return 0;
}
