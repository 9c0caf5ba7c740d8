/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * message/feedback-report of an authentication failure (RFC 5965 section 3, RFC 6591 section 3, RFC 9991 section 4). What
 * cannot be said in a field's grammar is not said; only Authentication-Results, Reported-Domain and the constant ones must be.
 */
#include "arf_parts.h"

#include "dmx/base/ascii.h"
#include "dmx/mail/domain.h"
#include "dmx/version.h"
#include "letter.h"

#include "dmx/base/banned.h"

enum { VALUE_MAX = 8 * DMX_CAPSULE_TEXT };

/* What the fields are made from. */
struct writing {
    const struct arf_feedback *about;
    const struct dmx_capsule *capsule;
    const struct dmx_event *event;
    struct dmx_builder *out;
    struct dmx_arena *arena;
};

static void put_cstr_field(struct writing *w, const char *name, const char *value)
{
    arf_put_value(w->out, name, dmx_slice_cstr(value));
}

static void put_name(struct writing *w, const char *name, struct dmx_slice value)
{
    if (letter_is_name(value))
        arf_put_value(w->out, name, dmx_redact_text(w->about->redaction, value, w->arena));
}

/* ---- results ---- */

/* Of a site that writes no such field; here it must stand, once (RFC 6591 section 3.1). */
static struct dmx_slice own_results(const struct writing *w)
{
    const struct dmx_event *event = w->event;
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    dmx_put_char(&b, ' ');
    dmx_put(&b, letter_is_name(w->capsule->authserv_id) ? w->capsule->authserv_id : DMX_SLICE("localhost"));
    dmx_put_cstr(&b, "; dmarc=");
    dmx_put(&b, event->result.len > 0 ? event->result : DMX_SLICE("none"));
    dmx_put_cstr(&b, " header.from=");
    dmx_put(&b, event->author);
    if (event->spf_result.len > 0 && event->spf_domain.len > 0) {
        dmx_put_cstr(&b, "; spf=");
        dmx_put(&b, event->spf_result);
        dmx_put_cstr(&b, event->flags & DMX_EVENT_SPF_OF_HELO ? " smtp.helo=" : " smtp.mailfrom=");
        dmx_put(&b, event->spf_domain);
    }
    for (size_t i = 0; i < event->dkim_count; i++) {
        if (event->dkim[i].result.len == 0 || !letter_is_name(event->dkim[i].domain))
            continue;
        dmx_put_cstr(&b, "; dkim=");
        dmx_put(&b, event->dkim[i].result);
        dmx_put_cstr(&b, " header.d=");
        dmx_put(&b, event->dkim[i].domain);
    }
    return dmx_builder_text(&b);
}

static void put_results(struct writing *w)
{
    const struct dmx_slice name = DMX_SLICE("Authentication-Results:");
    struct dmx_slice made = w->capsule->authres;
    struct dmx_builder field = dmx_builder_arena(w->arena, VALUE_MAX);
    dmx_put(&field, name);
    dmx_put(&field, dmx_slice_starts_nocase(made, name) ? dmx_slice_from(made, name.len) : own_results(w));
    arf_put_field(w->out, dmx_redact_field(w->about->redaction, dmx_builder_text(&field), w->arena));
}

/*
 * Requirement L9: mechanisms by which no aligned identity was authenticated, be it that there was nothing to check. "none"
 * is left for the reports that fo=d and fo=s ask for about mail that passed.
 */
static void put_alignment(struct writing *w)
{
    bool dkim = w->event->flags & DMX_EVENT_DKIM_ALIGNED, spf = w->event->flags & DMX_EVENT_SPF_ALIGNED;
    put_cstr_field(w, "Identity-Alignment", dkim && spf ? "none" : dkim ? "spf" : spf ? "dkim" : "dkim, spf");
}

/* ---- the message ---- */

static void put_source(struct writing *w)
{
    char buf[64];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    const struct dmx_ip *client = &w->event->client;
    if (client->family == DMX_IP_NONE || dmx_mask_hides(&w->about->redaction->mask, client))
        return;
    dmx_put_ip(&b, client);
    arf_put_value(w->out, "Source-IP", dmx_builder_text(&b));
}

/* reverse-path of RFC 5321; "<>" is that of the null sender. One that cannot stand in a field is left out. */
static void put_mail_from(struct writing *w)
{
    struct dmx_slice address = w->capsule->mail_from;
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    size_t at = dmx_slice_rfind(address, '@');
    if (!w->capsule->has_mail_from)
        return;
    dmx_put_char(&b, '<');
    if (address.len > 0 && w->about->redaction->on && at < address.len) {
        dmx_put_redacted(&b, w->about->redaction, dmx_slice_upto(address, at), w->arena);
        dmx_put(&b, dmx_slice_from(address, at));
    } else if (letter_is_address(address)) {
        letter_put_address(&b, address);
    }
    bool empty = b.len == 1;
    dmx_put_char(&b, '>');
    struct dmx_slice value = dmx_builder_text(&b);
    /* An address literal ends in a bracket, which is no name. */
    bool fit = empty ? w->event->flags & DMX_EVENT_NULL_SENDER : letter_is_name(dmx_slice_from(address, at + 1));
    struct dmx_redaction only_mask = *w->about->redaction;
    only_mask.on = false;
    if (fit && value.len > 0)
        arf_put_value(w->out, "Original-Mail-From", dmx_redact_text(&only_mask, value, w->arena));
}

/* xtext of RFC 3461: whatever the sender put into it may name somebody. */
static void put_envelope_id(struct writing *w)
{
    struct dmx_slice id = w->capsule->envelope_id;
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    for (size_t i = 0; i < id.len; i++)
        if (!dmx_is_vchar(id.ptr[i]))
            return;
    if (id.len == 0)
        return;
    if (w->about->redaction->on)
        dmx_put_redacted(&b, w->about->redaction, id, w->arena);
    else
        dmx_put(&b, dmx_redact_text(w->about->redaction, id, w->arena));
    arf_put_value(w->out, "Original-Envelope-Id", dmx_builder_text(&b));
}

static void put_arrival(struct writing *w)
{
    char buf[64];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    letter_put_date(&b, w->event->time_s);
    if (b.len > 0)
        arf_put_value(w->out, "Arrival-Date", dmx_builder_text(&b));
}

static void put_reporter(struct writing *w)
{
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    if (!letter_is_name(w->capsule->receiver))
        return;
    dmx_put_cstr(&b, "dns; ");
    dmx_put(&b, dmx_redact_text(w->about->redaction, w->capsule->receiver, w->arena));
    arf_put_value(w->out, "Reporting-MTA", dmx_builder_text(&b));
}

/* RFC 6591 section 3.2.2. Quarantined mail is as spam is, wherever it was put. */
static void put_delivery(struct writing *w)
{
    static const struct {
        struct dmx_slice disposition;
        const char *result;
    } rows[] = {
        {DMX_SLICE_INIT("none"), "delivered"},
        {DMX_SLICE_INIT("quarantine"), "spam"},
        {DMX_SLICE_INIT("reject"), "reject"},
    };
    const char *result = "other";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (dmx_slice_eq(w->event->disposition, rows[i].disposition))
            result = rows[i].result;
    put_cstr_field(w, "Delivery-Result", result);
}

static void put_incidents(struct writing *w)
{
    char buf[24];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_u64(&b, w->about->incidents > 0 ? w->about->incidents : 1);
    arf_put_value(w->out, "Incidents", dmx_builder_text(&b));
}

/* ---- mechanisms ---- */

/* The signature that the fields tell about: of those that failed the first that could be aligned, else the first. */
static bool find_signature(const struct dmx_event *event, size_t *out)
{
    bool found = false;
    for (size_t i = 0; i < event->dkim_count; i++) {
        if (dmx_slice_eq(event->dkim[i].result, DMX_SLICE("pass")) || !letter_is_name(event->dkim[i].domain))
            continue;
        if (!found)
            *out = i;
        found = true;
        if (event->org_domain.len > 0 && dmx_domain_within(event->dkim[i].domain, event->org_domain)) {
            *out = i;
            return true;
        }
    }
    return found;
}

/* dkim-identity = [ local-part ] "@" domain-name */
static void put_identity(struct writing *w, size_t number)
{
    struct dmx_slice identity = w->capsule->dkim_identities[number];
    size_t at = dmx_slice_rfind(identity, '@');
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    bool usable = at < identity.len && letter_is_name(dmx_slice_from(identity, at + 1));
    bool plain = usable && letter_is_address(identity);
    if (usable && at > 0 && w->about->redaction->on)
        dmx_put_redacted(&b, w->about->redaction, dmx_slice_upto(identity, at), w->arena);
    else if (plain)
        letter_put_address(&b, identity);
    if (!plain || w->about->redaction->on) {
        dmx_put_char(&b, '@');
        dmx_put(&b, usable ? dmx_slice_from(identity, at + 1) : w->event->dkim[number].domain);
    }
    struct dmx_redaction only_mask = *w->about->redaction;
    only_mask.on = false;
    arf_put_value(w->out, "DKIM-Identity", dmx_redact_text(&only_mask, dmx_builder_text(&b), w->arena));
}

/* Requirement L7. A private address in it cannot be masked without making it another text: then it is not sent. */
static void put_canonical(struct writing *w, const char *name, struct dmx_slice canonical)
{
    if (canonical.len == 0 || dmx_redaction_finds_hidden(w->about->redaction, canonical))
        return;
    dmx_put_cstr(w->out, name);
    dmx_put_cstr(w->out, ":\n");
    letter_put_base64(w->out, canonical, " ");
}

static void put_dkim(struct writing *w)
{
    struct arf_canonical canonical;
    size_t number = 0;
    if (!find_signature(w->event, &number))
        return;
    put_name(w, "DKIM-Domain", w->event->dkim[number].domain);
    put_identity(w, number);
    put_name(w, "DKIM-Selector", w->event->dkim[number].selector);
    if ((!w->about->dkim_header && !w->about->dkim_body) || !arf_canonical(w->capsule, number, w->arena, &canonical))
        return;
    if (w->about->dkim_header)
        put_canonical(w, "DKIM-Canonicalized-Header", canonical.header);
    if (w->about->dkim_body)
        put_canonical(w, "DKIM-Canonicalized-Body", canonical.body);
}

/* spf-dns = "SPF-DNS:" "txt" FWS ":" FWS domain FWS ":" FWS quoted-string */
static void put_spf(struct writing *w)
{
    struct dmx_slice record = w->capsule->spf_record;
    struct dmx_builder b = dmx_builder_arena(w->arena, VALUE_MAX);
    if (record.len == 0 || !letter_is_name(w->event->spf_domain) ||
        dmx_slice_eq(w->event->spf_result, DMX_SLICE("pass")))
        return;
    dmx_put_cstr(&b, "txt : ");
    dmx_put(&b, w->event->spf_domain);
    dmx_put_cstr(&b, " : \"");
    for (size_t i = 0; i < record.len; i++) {
        if (record.ptr[i] == '"' || record.ptr[i] == '\\')
            dmx_put_char(&b, '\\');
        dmx_put_char(&b, (unsigned char)record.ptr[i] < 0x80 ? record.ptr[i] : '?');
    }
    dmx_put_char(&b, '"');
    arf_put_value(w->out, "SPF-DNS", dmx_redact_text(w->about->redaction, dmx_builder_text(&b), w->arena));
}

void arf_put_feedback(struct dmx_builder *out, const struct arf_feedback *feedback, struct dmx_arena *arena)
{
    struct writing w = {
        .about = feedback,
        .capsule = feedback->capsule,
        .event = &feedback->capsule->event,
        .out = out,
        .arena = arena,
    };
    put_cstr_field(&w, "Feedback-Type", "auth-failure");
    put_cstr_field(&w, "User-Agent", "dmx/" DMX_VERSION);
    put_cstr_field(&w, "Version", "1");
    put_cstr_field(&w, "Auth-Failure", "dmarc");
    put_results(&w);
    put_alignment(&w);
    put_name(&w, "Reported-Domain", w.event->author);
    put_source(&w);
    put_mail_from(&w);
    put_envelope_id(&w);
    put_arrival(&w);
    put_reporter(&w);
    put_delivery(&w);
    put_incidents(&w);
    put_dkim(&w);
    put_spf(&w);
}
