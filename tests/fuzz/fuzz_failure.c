/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/*
 * Any message as a failure report: the mail is 7 bits in short lines, its delimiters stand where its parts begin and nowhere
 * else, the report's fields are its own, and the same capsule gives the same mail.
 *
 *     input = options header SEP body SEP mail-from SEP authres SEP spf-record SEP identity     SEP: LF "%%" LF
 */
#include <stdlib.h>
#include <string.h>

#include "dmx/report/arf.h"

enum { TEXTS = 6 };

static struct dmx_config *config;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct dmx_slice take(struct dmx_slice *rest)
{
    const char *end = rest->len > 0 ? memmem(rest->ptr, rest->len, "\n%%\n", 4) : NULL;
    struct dmx_slice text = end ? dmx_slice(rest->ptr, (size_t)(end + 1 - rest->ptr)) : *rest;
    *rest = end ? dmx_slice_from(*rest, text.len + 3) : dmx_slice("", 0);
    return text;
}

/* The boundary of the mail: what follows the first one in quotes. */
static struct dmx_slice boundary_of(struct dmx_slice mail)
{
    const char *start = memmem(mail.ptr, mail.len, " boundary=\"", 11);
    check(start);
    struct dmx_slice rest = dmx_slice_from(mail, (size_t)(start + 11 - mail.ptr));
    return dmx_slice_upto(rest, dmx_slice_find(rest, '"'));
}

static void check_lines(struct dmx_slice mail)
{
    struct dmx_slice rest = mail, line, boundary = boundary_of(mail);
    size_t delimiters = 0;
    while (rest.len > 0 && dmx_slice_split(&rest, '\n', &line)) {
        check(line.len <= 998);
        for (size_t i = 0; i < line.len; i++)
            check((unsigned char)line.ptr[i] < 0x7f && ((unsigned char)line.ptr[i] >= ' ' || line.ptr[i] == '\t'));
        delimiters += dmx_slice_starts(line, DMX_SLICE("--")) && dmx_slice_starts(dmx_slice_from(line, 2), boundary);
    }
    check(delimiters == 4 && mail.ptr[mail.len - 1] == '\n');
}

/* Between the second delimiter and the third no field but those that we know, and no line without one. */
static void check_feedback(struct dmx_slice mail)
{
    static const char *const names[] = {
        "Feedback-Type",
        "User-Agent",
        "Version",
        "Auth-Failure",
        "Authentication-Results",
        "Identity-Alignment",
        "Reported-Domain",
        "Source-IP",
        "Original-Mail-From",
        "Original-Envelope-Id",
        "Arrival-Date",
        "Reporting-MTA",
        "Delivery-Result",
        "Incidents",
        "DKIM-Domain",
        "DKIM-Identity",
        "DKIM-Selector",
        "SPF-DNS",
        "DKIM-Canonicalized-Header",
        "DKIM-Canonicalized-Body",
    };
    const char *start = memmem(mail.ptr, mail.len, "message/feedback-report\n\n", 25);
    check(start);
    struct dmx_slice rest = dmx_slice_from(mail, (size_t)(start + 25 - mail.ptr)), line;
    while (rest.len > 0 && dmx_slice_split(&rest, '\n', &line) && line.len > 0) {
        bool known = line.ptr[0] == ' ' || line.ptr[0] == '\t';
        for (size_t i = 0; i < sizeof names / sizeof *names && !known; i++)
            known = dmx_slice_eq(dmx_slice_upto(line, dmx_slice_find(line, ':')), dmx_slice_cstr(names[i]));
        check(known && dmx_slice_trim(line).len > 0);
    }
}

static struct dmx_slice make(const struct dmx_arf *arf, struct dmx_arena *arena)
{
    struct dmx_reason reason;
    struct dmx_slice mail;
    enum dmx_status status = dmx_arf_make(arf, arena, &mail, &reason);
    check(status == DMX_OK || status == DMX_NOMEM || status == DMX_LIMIT);
    return status == DMX_OK ? mail : DMX_SLICE_NONE;
}

static void fill(struct dmx_capsule *capsule, struct dmx_slice texts[static TEXTS], const struct dmx_event_dkim *dkim)
{
    *capsule = (struct dmx_capsule){
        .id = {1},
        .incidents = 1,
        .event = {.author = DMX_SLICE("example.com"),
                  .policy_domain = DMX_SLICE("example.com"),
                  .org_domain = DMX_SLICE("example.com"),
                  .result = DMX_SLICE("fail"),
                  .spf_result = DMX_SLICE("fail"),
                  .spf_domain = DMX_SLICE("example.com"),
                  .dkim = dkim,
                  .dkim_count = 1},
        .header = texts[0],
        .body = texts[1],
        .body_size = texts[1].len,
        .mail_from = dmx_slice_trim(texts[2]),
        .has_mail_from = true,
        .authres = texts[3],
        .spf_record = texts[4],
        .dkim_identities = {texts[5]},
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dmx_event_dkim dkim = {
        .domain = DMX_SLICE_INIT("example.com"), .selector = DMX_SLICE_INIT("s"), .result = DMX_SLICE_INIT("fail")};
    static const uint8_t key[16] = "0123456789abcde";
    static struct dmx_capsule capsule;
    struct dmx_slice texts[TEXTS], rest = dmx_slice((const char *)data + 1, size - 1);
    if (size < 1 || size > 64 * 1024 || (!config && dmx_config_new(&config) != DMX_OK))
        return 0;
    for (size_t i = 0; i < TEXTS; i++)
        texts[i] = take(&rest);
    fill(&capsule, texts, &dkim);
    const struct dmx_arf_settings settings = {
        .whole_message = data[0] & 1,
        .dkim_header = data[0] & 2,
        .dkim_body = data[0] & 4,
        .org_name = DMX_SLICE("Receiver"),
        .email = DMX_SLICE("dmarc@receiver.example"),
    };
    struct dmx_redaction redaction = dmx_redaction_of(config, key);
    redaction.on = data[0] & 8;
    const struct dmx_arf arf = {&capsule, 1, DMX_SLICE("f@example.com"), 1728000000, &settings, &redaction};
    struct dmx_arena *first = dmx_arena_new(DMX_ARF_ARENA), *second = dmx_arena_new(DMX_ARF_ARENA);
    struct dmx_slice mail = make(&arf, first);
    if (mail.len > 0) {
        check_lines(mail);
        check_feedback(mail);
        check(dmx_slice_eq(mail, make(&arf, second)));
    }
    dmx_arena_free(&first);
    dmx_arena_free(&second);
    return 0;
}
