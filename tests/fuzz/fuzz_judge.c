/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: pipeline */
/*
 * The whole evaluation from scripted DNS. The input: a line with client address, draw, HELO, MAIL FROM and $acl_m_dmx
 * between blanks; a line of options (k=v;k=v, those that open files are left out); a zone up to a line of two hyphens; a
 * message. A pass needs an aligned identifier; the shadow changes nothing; deciding anew decides the same; and every
 * text about the verdict keeps to its length and to printable bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "dmx/base/number.h"
#include "dmx/dns/zone.h"
#include "dmx/mail/authres.h"
#include "dmx/pipeline/effects.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, REPLY_ROOM = 16 * 1024 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const struct dmx_psl *list(void)
{
    static const char *const paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    static struct dmx_psl *psl;
    struct dmx_reason reason;
    if (!psl && dmx_psl_load(paths, 1, &psl, &reason) != DMX_OK)
        psl = NULL;
    return psl;
}

static struct dmx_envelope envelope_of(struct dmx_slice line)
{
    struct dmx_envelope e = {.receiver = DMX_SLICE("mx.receiver.example"), .now_s = 1700000000, .has_mail_from = true};
    struct dmx_slice part[5] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    uint64_t draw = 0;
    for (size_t i = 0; i < 5 && line.ptr && dmx_slice_split(&line, ' ', &part[i]); i++)
        ;
    if (!dmx_ip_parse(part[0], &e.client))
        e.client.family = DMX_IP_NONE;
    if (dmx_parse_u64(part[1], 99, &draw))
        e.draw = (unsigned)draw;
    e.helo = part[2];
    e.mail_from = part[3];
    e.acl = e.acl_signal = part[4];
    return e;
}

static bool set_options(struct dmx_config *config, struct dmx_slice line)
{
    struct dmx_config_error error;
    struct dmx_slice part;
    while (line.ptr && dmx_slice_split(&line, ';', &part))
        if (dmx_slice_find(part, '@') == part.len && part.len > 0 && dmx_config_set(config, part, &error) != DMX_OK)
            return false;
    return true;
}

static void check_text(struct dmx_slice text, size_t max, bool folds)
{
    check(text.len > 0 && text.len <= max);
    for (size_t i = 0; i < text.len; i++)
        check((text.ptr[i] >= ' ' && text.ptr[i] < 0x7f) || (folds && (text.ptr[i] == '\n' || text.ptr[i] == '\t')));
}

static void check_effects(const struct dmx_config *config, const struct dmx_envelope *envelope,
                          const struct dmx_verdict *verdict)
{
    static char room[REPLY_ROOM];
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    dmx_put_log(&b, config, verdict, envelope);
    check_text(dmx_builder_text(&b), DMX_LOG_MAX, false);
    b = dmx_builder_fixed(room, sizeof room);
    dmx_put_authres(&b, verdict, envelope, DMX_SLICE("mx.receiver.example"));
    check_text(dmx_builder_text(&b), DMX_AUTHRES_MAX, true);
    b = dmx_builder_fixed(room, sizeof room);
    dmx_put_data(&b, verdict);
    check_text(dmx_builder_text(&b), 1000, false);
    b = dmx_builder_fixed(room, sizeof room);
    dmx_put_reply(&b, config, verdict, envelope);
    check_text(dmx_builder_text(&b), 4096, true);
}

static void judge(struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_zone *zone,
                  struct dmx_slice text, struct dmx_arena *arena, struct dmx_verdict *out)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    const struct dmx_engine engine = {config, list(), dmx_zone_source(zone)};
    struct dmx_message message = {0};
    if (dmx_pipeline_exempt(config, envelope, out))
        return;
    if (dmx_message_parse(text, arena, &message) != DMX_OK)
        return;
    if (dmx_pipeline_judge(&engine, envelope, &message, NULL, &budget, arena, out) != DMX_OK)
        check(out->dmarc.result == DMX_TEMPERROR && out->disposition == DMX_DISPOSITION_NONE);
    check(out->dmarc.result != DMX_PASS || out->dmarc.spf_aligned || out->dmarc.dkim_aligned);
    check(out->dmarc.result != DMX_PASS || out->author.status == DMX_AUTHOR_OK);
    check(out->questions <= config->dns_max_questions);
    check_effects(config, envelope, out);
}

static void play(struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_zone *zone,
                 struct dmx_slice message)
{
    struct dmx_arena *arenas[2] = {dmx_arena_new(ARENA_BYTES), dmx_arena_new(ARENA_BYTES)};
    struct dmx_verdict with, without;
    config->shadow = true;
    judge(config, envelope, zone, message, arenas[0], &with);
    config->shadow = false;
    judge(config, envelope, zone, message, arenas[1], &without);
    check(with.disposition == without.disposition && with.would_be == without.would_be);
    check(with.dmarc.result == without.dmarc.result && with.header_only == without.header_only);
    check(dmx_slice_eq(with.override.comment, without.override.comment));
    check(config->mode != DMX_MODE_MONITOR || without.disposition == DMX_DISPOSITION_NONE ||
          without.disposition == DMX_DISPOSITION_EXEMPT);
    dmx_arena_free(&arenas[0]);
    dmx_arena_free(&arenas[1]);
}

/* The zone's lines up to one of two hyphens; *rest is the message behind it. */
static struct dmx_slice take_zone(struct dmx_slice *rest)
{
    const char *end = rest->len ? memmem(rest->ptr, rest->len, "\n--\n", 4) : NULL;
    size_t len = end ? (size_t)(end - rest->ptr) + 1 : 0;
    struct dmx_slice zone = dmx_slice_upto(*rest, len);
    *rest = dmx_slice_from(*rest, end ? len + 3 : 0);
    return zone;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_slice rest = dmx_slice((const char *)data, size), session, options;
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_config *config = NULL;
    struct dmx_zone *zone = NULL;
    struct dmx_reason reason;
    size_t bad_line;
    if (arena && size && dmx_slice_split(&rest, '\n', &session) && rest.ptr && dmx_slice_split(&rest, '\n', &options) &&
        rest.ptr && dmx_config_new(&config) == DMX_OK && set_options(config, options)) {
        const struct dmx_envelope envelope = envelope_of(session);
        struct dmx_slice zone_text = take_zone(&rest);
        if (dmx_zone_parse(zone_text, arena, &zone, &bad_line, &reason, NULL) == DMX_OK)
            play(config, &envelope, zone, rest);
    }
    dmx_config_free(&config);
    dmx_arena_free(&arena);
    return 0;
}
