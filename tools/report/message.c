/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/message.h"

#include "letter.h"

#include "dmx/base/banned.h"

enum {
    BASE64_LINE_IN = 57,  /* bytes that make a line of 76 (RFC 2045 section 6.8) */
    BASE64_LINES = 200,   /* as many lines as go to the sink at once */
    HEAD_MAX = 64 * 1024, /* the header and the text, with more addresses than anybody publishes */
};

static bool is_fit(const struct dmx_report_mail *mail, struct dmx_reason *out)
{
    *out = DMX_REASON_NONE;
    if (mail->to_count == 0)
        *out = DMX_REASON("no-recipient", "nobody wants the report", "RFC 9989 section 4.7");
    if (!letter_is_address(mail->email))
        *out = DMX_REASON_ABOUT("bad-email", "report_email is no address", "RFC 5322 section 3.4.1", mail->email);
    for (size_t i = 0; i < mail->to_count; i++) {
        if (!letter_is_address(mail->to[i]))
            *out =
                DMX_REASON_ABOUT("bad-recipient", "no mail can be sent there", "RFC 5322 section 3.4.1", mail->to[i]);
        else if (dmx_mask_finds(mail->mask, mail->to[i]))
            *out =
                DMX_REASON_ABOUT("hidden-address", "the recipient holds an address of reserved_ips", NULL, mail->to[i]);
    }
    if (dmx_mask_finds(mail->mask, mail->identity->policy_domain))
        *out = DMX_REASON_ABOUT("hidden-address", "the policy domain's name holds an address of reserved_ips", NULL,
                                mail->identity->policy_domain);
    return !out->token;
}

/* ---- header ---- */

/* The Report-ID, which may serve as Message-ID (requirement J6); part keeps two mails of one report apart. */
static void put_message_id(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    dmx_put_cstr(out, "Message-ID: <");
    if (mail->part.len > 0) {
        dmx_put(out, mail->part);
        dmx_put_char(out, '.');
    }
    dmx_put_report_id(out, mail->identity);
    dmx_put_cstr(out, ">\n");
}

static void put_header(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    dmx_put_cstr(out, "From: ");
    letter_put_display_name(out, mail->org_name);
    dmx_put_cstr(out, "\n <");
    letter_put_address(out, mail->email);
    dmx_put_cstr(out, ">\nTo: ");
    for (size_t i = 0; i < mail->to_count; i++) {
        dmx_put_cstr(out, i > 0 ? ",\n " : "");
        letter_put_address(out, mail->to[i]);
    }
    dmx_put_cstr(out, "\nSubject: ");
    dmx_put_report_subject(out, mail->identity);
    dmx_put_cstr(out, "\nDate: ");
    letter_put_date(out, mail->time_s);
    dmx_put_char(out, '\n');
    put_message_id(out, mail);
    dmx_put_cstr(out, "Auto-Submitted: auto-generated\n"); /* RFC 3834 section 5 */
    dmx_put_cstr(out, mail->bulk ? "Precedence: bulk\n" : "");
    dmx_put_cstr(out, "MIME-Version: 1.0\n");
}

/* ---- body ---- */

/* No base64 line holds a hyphen, and no text of ours begins with two: any word serves. */
static void put_boundary(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    dmx_put_cstr(out, "dmx-");
    dmx_put(out, mail->identity->unique);
}

static void put_words(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    dmx_put_cstr(out, "This is a DMARC aggregate report about ");
    dmx_put(out, mail->identity->policy_domain);
    dmx_put_cstr(out, "\nfrom ");
    letter_put_date(out, mail->identity->begin_s);
    dmx_put_cstr(out, " to ");
    letter_put_date(out, mail->identity->end_s);
    dmx_put_cstr(out, ",\nmade by ");
    (void)dmx_mask_put_text(mail->mask, mail->org_name, out);
    dmx_put_cstr(out, ". It goes to the addresses in the domain's DMARC record.\n");
    if (mail->extra_contact.len == 0)
        return;
    dmx_put_cstr(out, "\nContact: ");
    (void)dmx_mask_put_text(mail->mask, mail->extra_contact, out);
    dmx_put_char(out, '\n');
}

static void put_text_part(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    char buf[4096];
    struct dmx_builder words = dmx_builder_fixed(buf, sizeof buf);
    put_words(&words, mail);
    letter_put_text(out, dmx_builder_text(&words));
}

static void put_delimiter(struct dmx_builder *out, const struct dmx_report_mail *mail, const char *after)
{
    dmx_put_cstr(out, "--");
    put_boundary(out, mail);
    dmx_put_cstr(out, after);
}

static void put_head(struct dmx_builder *out, const struct dmx_report_mail *mail)
{
    put_header(out, mail);
    dmx_put_cstr(out, "Content-Type: multipart/mixed; boundary=\"");
    put_boundary(out, mail);
    dmx_put_cstr(out, "\"\n\n");
    put_delimiter(out, mail, "\n");
    put_text_part(out, mail);
    dmx_put_char(out, '\n');
    /* Twice: readers look here or there for the name. */
    put_delimiter(out, mail, "\nContent-Type: application/gzip;\n name=\"");
    dmx_put_report_filename(out, mail->identity);
    dmx_put_cstr(out, "\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n filename=\"");
    dmx_put_report_filename(out, mail->identity);
    dmx_put_cstr(out, "\"\n\n");
}

static enum dmx_status write_attachment(struct dmx_slice gzip, struct dmx_sink sink)
{
    char buf[BASE64_LINES * 77 + 1];
    enum dmx_status status = DMX_OK;
    while (gzip.len > 0 && status == DMX_OK) {
        struct dmx_builder lines = dmx_builder_fixed(buf, sizeof buf);
        letter_put_base64(&lines, dmx_slice_upto(gzip, (size_t)BASE64_LINES * BASE64_LINE_IN), "");
        gzip = dmx_slice_from(gzip, (size_t)BASE64_LINES * BASE64_LINE_IN);
        status = dmx_sink_write(sink, dmx_builder_text(&lines));
    }
    return status;
}

enum dmx_status dmx_report_mail_put(const struct dmx_report_mail *mail, struct dmx_sink sink,
                                    struct dmx_reason *out_reason)
{
    char buf[HEAD_MAX];
    struct dmx_builder head = dmx_builder_fixed(buf, sizeof buf);
    if (!is_fit(mail, out_reason))
        return DMX_INVALID;
    put_head(&head, mail);
    enum dmx_status status = head.failed ? DMX_LIMIT : dmx_sink_write(sink, dmx_builder_text(&head));
    if (status == DMX_OK)
        status = write_attachment(mail->gzip, sink);
    struct dmx_builder tail = dmx_builder_fixed(buf, sizeof buf);
    put_delimiter(&tail, mail, "--\n");
    return status == DMX_OK ? dmx_sink_write(sink, dmx_builder_text(&tail)) : status;
}
