/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/message.h"

#include <time.h>

#include "dmx/base/ascii.h"
#include "dmx/base/base64.h"
#include "dmx/base/utf8.h"

#include "dmx/base/banned.h"

enum {
    ADDRESS_MAX = 320,     /* RFC 5321 section 4.5.3.1: a local part of 64, an @, a domain of 255 */
    ENCODED_WORD_MAX = 45, /* bytes that make a word of 75 with =?utf-8?B? and ?= around them (RFC 2047 section 2) */
    BASE64_LINE_IN = 57,   /* bytes that make a line of 76 (RFC 2045 section 6.8) */
    BASE64_LINES = 200,    /* as many lines as go to the sink at once */
    HEAD_MAX = 64 * 1024,  /* the header and the text, with more addresses than anybody publishes */
};

/* ---- addresses ---- */

static bool is_special_free(struct dmx_slice local)
{
    const struct dmx_slice marks = DMX_SLICE("!#$%&'*+-/=?^_`{|}~.");
    for (size_t i = 0; i < local.len; i++)
        if (!dmx_is_alnum(local.ptr[i]) && dmx_slice_find(marks, local.ptr[i]) == marks.len)
            return false;
    return local.len > 0 && local.ptr[0] != '.' && local.ptr[local.len - 1] != '.';
}

/* local-part = dot-atom / quoted-string; two dots in a row need quotes as well */
static void put_local(struct dmx_builder *out, struct dmx_slice local)
{
    bool plain = is_special_free(local);
    for (size_t i = 1; i < local.len && plain; i++)
        plain = local.ptr[i] != '.' || local.ptr[i - 1] != '.';
    if (!plain)
        dmx_put_char(out, '"');
    for (size_t i = 0; i < local.len; i++) {
        if (!plain && (local.ptr[i] == '"' || local.ptr[i] == '\\'))
            dmx_put_char(out, '\\');
        dmx_put_char(out, local.ptr[i]);
    }
    if (!plain)
        dmx_put_char(out, '"');
}

static void put_address(struct dmx_builder *out, struct dmx_slice address)
{
    size_t at = dmx_slice_rfind(address, '@');
    put_local(out, dmx_slice_upto(address, at));
    dmx_put(out, dmx_slice_from(address, at));
}

/* Printable ASCII with something before and after the last @, and a domain of letters, digits, hyphens and dots. */
static bool is_address(struct dmx_slice address)
{
    size_t at = dmx_slice_rfind(address, '@');
    if (at == 0 || at + 1 >= address.len || address.len > ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < address.len; i++) {
        char ch = address.ptr[i];
        if (!dmx_is_vchar(ch) || (i > at && !dmx_is_alnum(ch) && ch != '-' && ch != '.' && ch != '_'))
            return false;
    }
    return true;
}

static bool is_fit(const struct dmx_report_mail *mail, struct dmx_reason *out)
{
    *out = DMX_REASON_NONE;
    if (mail->to_count == 0)
        *out = DMX_REASON("no-recipient", "nobody wants the report", "RFC 9989 section 4.7");
    if (!is_address(mail->email))
        *out = DMX_REASON_ABOUT("bad-email", "report_email is no address", "RFC 5322 section 3.4.1", mail->email);
    for (size_t i = 0; i < mail->to_count; i++) {
        if (!is_address(mail->to[i]))
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

static bool is_ascii(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* RFC 2047: words of at most 75 bytes, whole characters in each. */
static void put_encoded_words(struct dmx_builder *out, struct dmx_slice text)
{
    while (text.len > 0) {
        size_t n = 0, step;
        while (n < text.len && (step = dmx_utf8_next(dmx_slice_from(text, n))) > 0 && n + step <= ENCODED_WORD_MAX)
            n += step;
        if (n == 0)
            return;
        dmx_put_cstr(out, "=?utf-8?B?");
        dmx_put_base64(out, dmx_slice_upto(text, n));
        dmx_put_cstr(out, "?=");
        text = dmx_slice_from(text, n);
        dmx_put_cstr(out, text.len > 0 ? "\n " : "");
    }
}

/* display-name = quoted-string / 1*encoded-word */
static void put_display_name(struct dmx_builder *out, struct dmx_slice name)
{
    if (!is_ascii(name)) {
        put_encoded_words(out, name);
        return;
    }
    dmx_put_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\')
            dmx_put_char(out, '\\');
        dmx_put_char(out, dmx_is_vchar(name.ptr[i]) ? name.ptr[i] : ' ');
    }
    dmx_put_char(out, '"');
}

static void put_two(struct dmx_builder *out, int number)
{
    dmx_put_char(out, (char)('0' + number / 10 % 10));
    dmx_put_char(out, (char)('0' + number % 10));
}

/* RFC 5322 section 3.3, in UTC. */
static void put_date(struct dmx_builder *out, int64_t time_s)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t when = (time_t)time_s;
    if (!gmtime_r(&when, &tm))
        return;
    dmx_put(out, dmx_slice(days + 3 * tm.tm_wday, 3));
    dmx_put_cstr(out, ", ");
    put_two(out, tm.tm_mday);
    dmx_put_char(out, ' ');
    dmx_put(out, dmx_slice(months + 3 * tm.tm_mon, 3));
    dmx_put_char(out, ' ');
    dmx_put_i64(out, tm.tm_year + 1900);
    dmx_put_char(out, ' ');
    put_two(out, tm.tm_hour);
    dmx_put_char(out, ':');
    put_two(out, tm.tm_min);
    dmx_put_char(out, ':');
    put_two(out, tm.tm_sec);
    dmx_put_cstr(out, " +0000");
}

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
    put_display_name(out, mail->org_name);
    dmx_put_cstr(out, "\n <");
    put_address(out, mail->email);
    dmx_put_cstr(out, ">\nTo: ");
    for (size_t i = 0; i < mail->to_count; i++) {
        dmx_put_cstr(out, i > 0 ? ",\n " : "");
        put_address(out, mail->to[i]);
    }
    dmx_put_cstr(out, "\nSubject: ");
    dmx_put_report_subject(out, mail->identity);
    dmx_put_cstr(out, "\nDate: ");
    put_date(out, mail->time_s);
    dmx_put_char(out, '\n');
    put_message_id(out, mail);
    dmx_put_cstr(out, "Auto-Submitted: auto-generated\n"); /* RFC 3834 section 5 */
    dmx_put_cstr(out, mail->bulk ? "Precedence: bulk\n" : "");
    dmx_put_cstr(out, "MIME-Version: 1.0\n");
}

/* ---- body ---- */

static void put_lines(struct dmx_builder *out, struct dmx_slice bytes)
{
    while (bytes.len > 0) {
        dmx_put_base64(out, dmx_slice_upto(bytes, BASE64_LINE_IN));
        dmx_put_char(out, '\n');
        bytes = dmx_slice_from(bytes, BASE64_LINE_IN);
    }
}

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
    put_date(out, mail->identity->begin_s);
    dmx_put_cstr(out, " to ");
    put_date(out, mail->identity->end_s);
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
    struct dmx_slice text = dmx_builder_text(&words);
    if (is_ascii(text)) {
        dmx_put_cstr(out, "Content-Type: text/plain; charset=us-ascii\n\n");
        dmx_put(out, text);
        return;
    }
    dmx_put_cstr(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
    put_lines(out, text);
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
        put_lines(&lines, dmx_slice_upto(gzip, (size_t)BASE64_LINES * BASE64_LINE_IN));
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
