/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "apply.h"

#include "dmx/base/invariant.h"
#include "dmx/mail/authres.h"
#include "dmx/pipeline/effects.h"
#include "header.h"

#include "dmx/base/banned.h"

enum {
    MAX_FIELD = 4096,      /* of every field we add: one over 32 kB would end Exim */
    MAX_REPLY = 4096,      /* far above what the pipeline writes */
    MAX_DATA = 1000,       /* what Exim's manual allows $local_scan_data */
    SHOWN_RECIPIENT = 320, /* RFC 5321 section 4.5.3.1: 64 + 1 + 255 */
    NOTE_ROOM = 64,        /* for " and N more" */
    TROUBLE_ROOM = 256,    /* for why a record and a capsule could not be written */
};

/* One field and no more: an LF inside is followed by white space, so that nothing begins a field of its own. */
static bool is_one_field(struct dmx_slice text)
{
    if (text.len < 2 || text.len > MAX_FIELD || text.ptr[text.len - 1] != '\n')
        return false;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '\n' && text.ptr[i + 1] != ' ' && text.ptr[i + 1] != '\t')
            return false;
    return true;
}

static void add_field(struct dmx_builder *field)
{
    struct dmx_slice text = dmx_builder_text(field);
    if (text.len == 0 || DMX_BROKEN(is_one_field(text)))
        return;
    dmx_exim_add_on_top(text.ptr);
}

static void add_fail_policy(const struct dmx_config *config, const struct dmx_verdict *verdict, struct dmx_arena *arena)
{
    const char *word = dmx_fail_policy_word(verdict);
    struct dmx_builder field = dmx_builder_arena(arena, MAX_FIELD);
    if (!word || config->fail_policy_header.len == 0)
        return;
    dmx_put(&field, config->fail_policy_header);
    dmx_put_cstr(&field, ": ");
    dmx_put_cstr(&field, word);
    dmx_put_char(&field, '\n');
    add_field(&field);
}

/* Appends one address if it leaves room for the note that closes an incomplete list. */
static bool put_recipient(struct dmx_builder *field, struct dmx_slice address, bool first)
{
    char text[4 * SHOWN_RECIPIENT + 8]; /* an escaped byte takes up to four */
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_cstr(&b, first ? " " : ",\n\t");
    dmx_put_escaped(&b, address, SHOWN_RECIPIENT);
    struct dmx_slice part = dmx_builder_text(&b);
    if (field->len + part.len + NOTE_ROOM > MAX_FIELD)
        return false;
    dmx_put(field, part);
    return true;
}

/* For whom the message was, before a redirect; those for whom there is no room are counted. */
static void add_original_recipients(const struct dmx_envelope *envelope, struct dmx_arena *arena)
{
    struct dmx_builder field = dmx_builder_arena(arena, MAX_FIELD);
    size_t shown = 0;
    dmx_put_cstr(&field, DMX_ORIGINAL_RECIPIENTS ":");
    while (shown < envelope->recipient_count && put_recipient(&field, envelope->recipients[shown], shown == 0))
        shown++;
    if (shown < envelope->recipient_count) {
        dmx_put_cstr(&field, "\n\tand ");
        dmx_put_u64(&field, envelope->recipient_count - shown);
        dmx_put_cstr(&field, " more");
    }
    dmx_put_char(&field, '\n');
    add_field(&field);
}

static void add_authres(const struct dmx_config *config, const struct dmx_envelope *envelope,
                        const struct dmx_verdict *verdict, struct dmx_slice authserv_id, struct dmx_arena *arena)
{
    struct dmx_builder field = dmx_builder_arena(arena, DMX_AUTHRES_MAX);
    /* Exempt mail gets none: there is nothing to say, and authenticated mail leaves for the world. */
    if (!verdict->judged || !config->add_authentication_results)
        return;
    dmx_put_authres(&field, verdict, envelope, authserv_id);
    add_field(&field);
}

/* What the verdict's quarantine comes to; the message is accepted in any case. */
static int quarantine(const struct dmx_config *config, const struct dmx_envelope *envelope,
                      const struct dmx_verdict *verdict, struct dmx_arena *arena)
{
    if (verdict->disposition != DMX_DISPOSITION_QUARANTINE || verdict->header_only)
        return LOCAL_SCAN_ACCEPT;
    switch (config->on_quarantine) {
    case DMX_QUARANTINE_REDIRECT:
        if (config->quarantine_address.len == 0)
            return LOCAL_SCAN_ACCEPT;
        add_original_recipients(envelope, arena);
        dmx_exim_redirect(config->quarantine_address);
        return LOCAL_SCAN_ACCEPT;
    case DMX_QUARANTINE_FREEZE:
        return LOCAL_SCAN_ACCEPT_FREEZE;
    case DMX_QUARANTINE_HEADER:
    case DMX_QUARANTINE_REJECT: /* the pipeline has made a reject of it, or will not have one here */
    case DMX_QUARANTINE_NONE:
        return LOCAL_SCAN_ACCEPT;
    }
    return LOCAL_SCAN_ACCEPT;
}

static uschar *keep(struct dmx_builder *text)
{
    struct dmx_slice built = dmx_builder_text(text);
    return built.len ? dmx_exim_keep_tainted(built.ptr) : NULL;
}

/* Without a text Exim has words of its own, so a reply that finds no room still refuses. */
static int refuse(const struct dmx_config *config, const struct dmx_envelope *envelope,
                  const struct dmx_verdict *verdict, struct dmx_arena *arena, uschar **out_text)
{
    struct dmx_builder reply = dmx_builder_arena(arena, MAX_REPLY);
    dmx_put_reply(&reply, config, verdict, envelope);
    *out_text = keep(&reply);
    return verdict->disposition == DMX_DISPOSITION_DEFER ? LOCAL_SCAN_TEMPREJECT : LOCAL_SCAN_REJECT;
}

static void put_trouble(struct dmx_builder *line, const char *key, const char *trouble)
{
    if (!trouble)
        return;
    dmx_put_char(line, ' ');
    dmx_put_cstr(line, key);
    dmx_put_cstr(line, "=\"");
    dmx_put_cstr(line, trouble);
    dmx_put_cstr(line, "\"");
}

void dmx_apply_log(const struct dmx_config *config, const struct dmx_envelope *envelope,
                   const struct dmx_verdict *verdict, const struct dmx_troubles *troubles, struct dmx_arena *arena)
{
    struct dmx_builder line = dmx_builder_arena(arena, DMX_LOG_MAX + TROUBLE_ROOM);
    dmx_put_log(&line, config, verdict, envelope);
    put_trouble(&line, "journal", troubles->journal);
    put_trouble(&line, "failure", troubles->failure);
    struct dmx_slice text = dmx_builder_text(&line);
    dmx_exim_log(text.len ? text.ptr : "dmx: the log line of this message found no room");
}

int dmx_apply(const struct dmx_config *config, const struct dmx_envelope *envelope, const struct dmx_verdict *verdict,
              struct dmx_slice authserv_id, struct dmx_arena *arena, uschar **out_text)
{
    if (verdict->disposition == DMX_DISPOSITION_REJECT || verdict->disposition == DMX_DISPOSITION_DEFER)
        return refuse(config, envelope, verdict, arena, out_text);

    struct dmx_builder data = dmx_builder_arena(arena, MAX_DATA);
    dmx_put_data(&data, verdict);
    *out_text = keep(&data);
    int answer = quarantine(config, envelope, verdict, arena);
    add_fail_policy(config, verdict, arena);
    /* Last, and so on top (RFC 8601 section 4: in the order in which trace fields are added). */
    add_authres(config, envelope, verdict, authserv_id, arena);
    return answer;
}
