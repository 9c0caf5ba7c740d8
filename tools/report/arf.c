/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/arf.h"

#include <string.h>

#include "arf_parts.h"
#include "dmx/base/siphash.h"
#include "letter.h"

#include "dmx/base/banned.h"

enum {
    BOUNDARIES = 8, /* that are drawn until one stands nowhere in the message: the first does, but for a miracle */
    WORDS_MAX = 8 * 1024, /* the text for people */
};

struct dmx_arf_settings dmx_arf_settings_of(const struct dmx_config *config)
{
    return (struct dmx_arf_settings){
        .whole_message = config->failure_content == DMX_CONTENT_MESSAGE,
        .dkim_header = config->failure_dkim_headers,
        .dkim_body = config->failure_dkim_body,
        .bulk = config->precedence_bulk,
        .org_name = config->report_org,
        .email = config->report_email,
        .extra_contact = config->report_contact,
    };
}

/* ---- names of this mail ---- */

/* Digits that follow from capsule and recipient, and from a key that nobody knows who writes mail. */
static void put_token(struct dmx_builder *out, const struct dmx_arf *arf, const char *use, uint64_t number)
{
    static const char hex[] = "0123456789abcdef";
    char buf[LETTER_ADDRESS_MAX + 100];
    struct dmx_builder text = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&text, use);
    dmx_put_char(&text, '\0');
    dmx_put_u64(&text, number);
    dmx_put_char(&text, '\0');
    dmx_put(&text, dmx_slice((const char *)arf->capsule->id, sizeof arf->capsule->id));
    dmx_put(&text, arf->recipient);
    uint64_t hash = dmx_siphash(arf->redaction->key, dmx_builder_text(&text));
    for (int i = 0; i < 16; i++, hash <<= 4)
        dmx_put_char(out, hex[hash >> 60]);
}

static void draw_boundary(const struct dmx_arf *arf, const char *use, uint64_t number, char room[static ARF_BOUNDARY])
{
    struct dmx_builder b = dmx_builder_fixed(room, ARF_BOUNDARY);
    dmx_put_cstr(&b, "dmx-");
    put_token(&b, arf, use, number);
    (void)dmx_builder_text(&b);
}

/* ---- header ---- */

static void put_message_id(struct dmx_builder *out, const struct dmx_arf *arf)
{
    size_t at = dmx_slice_rfind(arf->settings->email, '@');
    dmx_put_cstr(out, "Message-ID: <failure.");
    put_token(out, arf, "message-id", 0);
    put_token(out, arf, "message-id", 1);
    dmx_put_lower(out, dmx_slice_from(arf->settings->email, at));
    dmx_put_cstr(out, ">\n");
}

static void put_header(struct dmx_builder *out, const struct dmx_arf *arf, const char *boundary)
{
    dmx_put_cstr(out, "From: ");
    letter_put_display_name(out, arf->settings->org_name);
    dmx_put_cstr(out, "\n <");
    letter_put_address(out, arf->settings->email);
    dmx_put_cstr(out, ">\nTo: ");
    letter_put_address(out, arf->recipient);
    dmx_put_cstr(out, "\nSubject: DMARC failure report for\n ");
    dmx_put(out, arf->capsule->event.author);
    dmx_put_cstr(out, "\nDate: ");
    letter_put_date(out, arf->time_s);
    dmx_put_char(out, '\n');
    put_message_id(out, arf);
    dmx_put_cstr(out, "Auto-Submitted: auto-generated\n"); /* RFC 3834 section 5 */
    dmx_put_cstr(out, arf->settings->bulk ? "Precedence: bulk\n" : "");
    dmx_put_cstr(out, "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n boundary=\"");
    dmx_put_cstr(out, boundary);
    dmx_put_cstr(out, "\"\n\n");
}

/* ---- the text for people ---- */

static void put_client(struct dmx_builder *out, const struct dmx_arf *arf)
{
    const struct dmx_ip *client = &arf->capsule->event.client;
    if (client->family == DMX_IP_NONE)
        dmx_put_cstr(out, "a host whose address is not known");
    else if (dmx_mask_hides(&arf->redaction->mask, client))
        dmx_put_cstr(out, "X.X.X.X");
    else
        dmx_put_ip(out, client);
}

static void put_how_many(struct dmx_builder *out, const struct dmx_arf *arf)
{
    if (arf->incidents <= 1)
        return;
    dmx_put_cstr(out, "It stands for ");
    dmx_put_u64(out, arf->incidents);
    dmx_put_cstr(out, " messages like it.\n");
}

static void put_what_is_shown(struct dmx_builder *out, const struct dmx_arf *arf, bool whole)
{
    const struct dmx_capsule *capsule = arf->capsule;
    if (arf->redaction->on)
        dmx_put_cstr(out, "\nLocal parts of addresses are keyed hashes: the same one stands for the same one.\n");
    if (capsule->header_cut)
        dmx_put_cstr(out, "\nThe message's header was too long to be kept: the first fields are here.\n");
    if (whole && capsule->body.len < capsule->body_size) {
        dmx_put_cstr(out, "\nThe message's body has ");
        dmx_put_u64(out, capsule->body_size);
        dmx_put_cstr(out, " bytes, of which the first ");
        dmx_put_u64(out, capsule->body.len);
        dmx_put_cstr(out, " were kept.\n");
    }
}

static void put_words(struct dmx_builder *out, const struct dmx_arf *arf, bool whole)
{
    const struct dmx_event *event = &arf->capsule->event;
    dmx_put_cstr(out, "This is a DMARC authentication failure report for ");
    dmx_put(out, event->author);
    dmx_put_cstr(out, ",\nabout a message that came from ");
    put_client(out, arf);
    dmx_put_cstr(out, "\non ");
    letter_put_date(out, event->time_s);
    dmx_put_cstr(out, ". It is made by\n");
    (void)dmx_mask_put_text(&arf->redaction->mask, arf->settings->org_name, out);
    dmx_put_cstr(out, ", and goes to an address in the DMARC record of\n");
    dmx_put(out, event->policy_domain);
    dmx_put_cstr(out, ".\n");
    put_how_many(out, arf);
    put_what_is_shown(out, arf, whole);
    if (arf->settings->extra_contact.len == 0)
        return;
    dmx_put_cstr(out, "\nContact: ");
    (void)dmx_mask_put_text(&arf->redaction->mask, arf->settings->extra_contact, out);
    dmx_put_char(out, '\n');
}

/* ---- parts ---- */

static void put_delimiter(struct dmx_builder *out, const char *boundary, const char *after)
{
    dmx_put_cstr(out, "--");
    dmx_put_cstr(out, boundary);
    dmx_put_cstr(out, after);
}

static void put_evidence(struct dmx_builder *out, const struct dmx_arf *arf, bool whole, struct dmx_arena *arena)
{
    char inner[ARF_BOUNDARY];
    draw_boundary(arf, "inner", 0, inner);
    if (whole) {
        dmx_put_cstr(out, "Content-Type: message/rfc822\n\n");
        arf_put_message(out, arf->redaction, arf->capsule, inner, arena);
        return;
    }
    dmx_put_cstr(out, "Content-Type: text/rfc822-headers\n\n");
    arf_put_header(out, arf->redaction, arf->capsule->header, ARF_ALL_FIELDS, arena);
}

static bool holds(struct dmx_slice text, const char *word)
{
    return text.len > 0 && memmem(text.ptr, text.len, word, strlen(word));
}

/* What the message says decides nothing: a boundary that stands in it is not used. */
static bool find_boundary(const struct dmx_arf *arf, struct dmx_slice feedback, struct dmx_slice evidence,
                          char room[static ARF_BOUNDARY])
{
    for (uint64_t i = 0; i < BOUNDARIES; i++) {
        draw_boundary(arf, "boundary", i, room);
        if (!holds(feedback, room) && !holds(evidence, room))
            return true;
    }
    return false;
}

static struct dmx_slice make_feedback(const struct dmx_arf *arf, struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, DMX_ARF_MAX);
    const struct arf_feedback feedback = {
        .capsule = arf->capsule,
        .incidents = arf->incidents,
        .redaction = arf->redaction,
        .dkim_header = arf->settings->dkim_header,
        .dkim_body = arf->settings->dkim_body,
    };
    arf_put_feedback(&out, &feedback, arena);
    return dmx_builder_text(&out);
}

static enum dmx_status make(const struct dmx_arf *arf, bool whole, struct dmx_arena *arena, struct dmx_slice *out)
{
    char boundary[ARF_BOUNDARY], buf[WORDS_MAX];
    struct dmx_builder evidence = dmx_builder_arena(arena, DMX_ARF_MAX), words = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_builder mail = dmx_builder_arena(arena, DMX_ARF_MAX);
    put_evidence(&evidence, arf, whole, arena);
    put_words(&words, arf, whole);
    struct dmx_slice last = dmx_builder_text(&evidence), feedback = make_feedback(arf, arena);
    if (evidence.failed || words.failed || feedback.len == 0 || !find_boundary(arf, feedback, last, boundary))
        return DMX_LIMIT;
    put_header(&mail, arf, boundary);
    put_delimiter(&mail, boundary, "\n");
    letter_put_text(&mail, dmx_builder_text(&words));
    dmx_put_char(&mail, '\n');
    put_delimiter(&mail, boundary, "\nContent-Type: message/feedback-report\n\n");
    dmx_put(&mail, feedback);
    dmx_put_char(&mail, '\n');
    put_delimiter(&mail, boundary, "\n");
    dmx_put(&mail, last);
    dmx_put_char(&mail, '\n');
    put_delimiter(&mail, boundary, "--\n");
    *out = dmx_builder_text(&mail);
    return mail.failed ? DMX_LIMIT : DMX_OK;
}

/* ---- whether ---- */

static bool is_fit(const struct dmx_arf *arf, struct dmx_reason *out)
{
    const struct dmx_event *event = &arf->capsule->event;
    *out = DMX_REASON_NONE;
    if (!letter_is_name(event->author) || !letter_is_name(event->policy_domain))
        *out = DMX_REASON("no-domain", "the message has no author domain with a policy", "RFC 9991 section 2");
    else if (!letter_is_address(arf->settings->email))
        *out = DMX_REASON("bad-email", "report_email is no address", "RFC 5322 section 3.4.1");
    else if (!letter_is_address(arf->recipient))
        *out = DMX_REASON_ABOUT("bad-recipient", "no mail can be sent there", "RFC 5322 section 3.4.1", arf->recipient);
    else if (dmx_mask_finds(&arf->redaction->mask, arf->recipient))
        *out =
            DMX_REASON_ABOUT("hidden-address", "the recipient holds an address of reserved_ips", NULL, arf->recipient);
    else if (dmx_mask_finds(&arf->redaction->mask, event->author) ||
             dmx_mask_finds(&arf->redaction->mask, event->policy_domain))
        *out = DMX_REASON_ABOUT("hidden-address", "the domain's name holds an address of reserved_ips", NULL,
                                event->author);
    return !out->token;
}

enum dmx_status dmx_arf_make(const struct dmx_arf *arf, struct dmx_arena *arena, struct dmx_slice *out,
                             struct dmx_reason *out_reason)
{
    *out = DMX_SLICE_NONE;
    if (!is_fit(arf, out_reason))
        return DMX_INVALID;
    enum dmx_status status = make(arf, arf->settings->whole_message, arena, out);
    if (status == DMX_LIMIT && arf->settings->whole_message && !dmx_arena_failed(arena))
        status = make(arf, false, arena, out);
    return dmx_arena_failed(arena) ? DMX_NOMEM : status;
}
