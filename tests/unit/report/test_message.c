/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/message.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "dmx/report/gzip.h"
#include "sample.h"
#include "suite.h"

#define LABEL50 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"

static const struct dmx_report_identity identity = {
    .policy_domain = DMX_SLICE_INIT("example.com"),
    .receiver = DMX_SLICE_INIT("receiver.example"),
    .begin_s = SAMPLE_BEGIN_S,
    .end_s = SAMPLE_END_S,
    .unique = DMX_SLICE_INIT("0123456789abcdef"),
};

START_TEST(names)
{
    char buf[DMX_IDENTITY_MAX];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_report_id(&out, &identity);
    ck_slice_eq("J4 Report-ID", dmx_builder_text(&out), "1792800000.0123456789abcdef@receiver.example");
    out = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_report_filename(&out, &identity);
    ck_slice_eq("J2 file", dmx_builder_text(&out),
                "receiver.example!example.com!1792800000!1792886399!0123456789abcdef.xml.gz");
    struct dmx_report_identity plain = identity;
    plain.unique = DMX_SLICE("");
    out = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_report_filename(&out, &plain);
    ck_slice_eq("J2 file without unique-id", dmx_builder_text(&out),
                "receiver.example!example.com!1792800000!1792886399.xml.gz");
}
END_TEST

/* Subject with its name, as a line of at most 78 bytes where the parts allow it. */
static const struct {
    const char *label, *domain, *receiver, *want;
} subjects[] = {
    {"J3 folded before the Report-ID", "example.com", "receiver.example",
     "Report Domain: example.com Submitter: receiver.example\n"
     " Report-ID: <1792800000.0123456789abcdef@receiver.example>"},
    {"J3 folded twice", LABEL50 ".example", "receiver.example",
     "Report Domain: " LABEL50 ".example\n Submitter: receiver.example\n"
     " Report-ID: <1792800000.0123456789abcdef@receiver.example>"},
    {"J3 a part that fits nowhere", LABEL50 "." LABEL50, "r.example",
     "Report Domain: " LABEL50 "." LABEL50
     "\n Submitter: r.example Report-ID: <1792800000.0123456789abcdef@r.example>"},
};

START_TEST(subject)
{
    char buf[DMX_IDENTITY_MAX];
    struct dmx_report_identity about = identity;
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    about.policy_domain = dmx_slice_cstr(subjects[_i].domain);
    about.receiver = dmx_slice_cstr(subjects[_i].receiver);
    dmx_put_report_subject(&out, &about);
    ck_slice_eq(subjects[_i].label, dmx_builder_text(&out), subjects[_i].want);
}
END_TEST

/* J4, J5: the id follows from what the report is about, from all of it, and from nothing else. */
START_TEST(unique)
{
    char first[DMX_UNIQUE_LEN + 1], buf[DMX_UNIQUE_LEN + 1];
    struct dmx_aggregate base = sample_report(DMX_DIALECT_RFC7489, "v=DMARC1; p=none");
    struct dmx_builder out = dmx_builder_fixed(first, sizeof first);
    dmx_put_report_unique(&out, &base, 0);
    ck_assert_uint_eq(dmx_builder_text(&out).len, DMX_UNIQUE_LEN);
    ck_assert_msg(strspn(first, "0123456789abcdef") == DMX_UNIQUE_LEN, "J2 letters and digits: %s", first);
    for (int what = 0; what < 8; what++) {
        struct dmx_aggregate other = base;
        uint64_t generation = what == 1;
        if (what == 2)
            other.policy.domain = DMX_SLICE("example.org");
        else if (what == 3)
            other.policy.record.text = DMX_SLICE("v=DMARC1; p=reject");
        else if (what == 4)
            other.begin_s++;
        else if (what == 5)
            other.end_s++;
        else if (what == 6)
            other.policy.rules = DMX_RULES_9989;
        else if (what == 7)
            other.dialect = DMX_DIALECT_RFC9990;
        out = dmx_builder_fixed(buf, sizeof buf);
        dmx_put_report_unique(&out, &other, generation);
        ck_assert(out.len == DMX_UNIQUE_LEN);
        (void)dmx_builder_text(&out);
        ck_assert_msg((strcmp(first, buf) == 0) == (what == 0 || what == 7), "J5 %d: %s", what, buf);
    }
}
END_TEST

/* ---- gzip ---- */

struct bytes {
    char data[300000];
    size_t len, most;
};

static enum dmx_status collect(void *ctx, struct dmx_slice bytes)
{
    struct bytes *all = ctx;
    if (all->len + bytes.len > all->most)
        return DMX_LIMIT;
    memcpy(all->data + all->len, bytes.ptr, bytes.len);
    all->len += bytes.len;
    return DMX_OK;
}

static enum dmx_status squeeze(struct dmx_slice text, size_t step, struct bytes *out)
{
    struct dmx_gzip *gzip;
    enum dmx_status status = dmx_gzip_begin((struct dmx_sink){collect, out}, &gzip);
    struct dmx_sink sink = dmx_gzip_sink(gzip);
    for (; text.len > 0 && status == DMX_OK; text = dmx_slice_from(text, step))
        status = dmx_sink_write(sink, dmx_slice_upto(text, step));
    if (status == DMX_OK)
        status = dmx_gzip_end(gzip);
    dmx_gzip_free(&gzip);
    dmx_gzip_free(&gzip);
    return status;
}

START_TEST(gzip_round_trip)
{
    static struct bytes one, two;
    static char text[200000], back[200001];
    srandom(7);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + random() % 20);
    one.most = two.most = sizeof one.data;
    ck_assert_int_eq(squeeze(dmx_slice(text, sizeof text), 7, &one), DMX_OK);
    ck_assert_int_eq(squeeze(dmx_slice(text, sizeof text), 7, &two), DMX_OK);
    ck_assert_msg(one.len == two.len && memcmp(one.data, two.data, one.len) == 0, "J5 the same bytes");
    ck_assert_msg(memcmp(one.data, "\x1f\x8b\x08\0\0\0\0\0", 8) == 0, "J1 gzip without name and time");
    z_stream z = {.next_in = (const unsigned char *)one.data,
                  .avail_in = (unsigned)one.len,
                  .next_out = (unsigned char *)back,
                  .avail_out = sizeof back};
    ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(z.total_out, sizeof text);
    ck_assert(memcmp(text, back, sizeof text) == 0);
    inflateEnd(&z);
}
END_TEST

/* A sink that is full, at each length: refused, never cut. */
START_TEST(gzip_sink_full)
{
    static struct bytes out;
    struct dmx_slice text = DMX_SLICE("some text that is not long");
    out.most = sizeof out.data;
    ck_assert_int_eq(squeeze(text, text.len, &out), DMX_OK);
    size_t whole = out.len;
    for (size_t most = 0; most < whole; most++) {
        out.len = 0;
        out.most = most;
        ck_assert_int_eq(squeeze(text, text.len, &out), DMX_LIMIT);
    }
}
END_TEST

/* ---- the mail ---- */

static const struct dmx_slice one_recipient[] = {DMX_SLICE_INIT("reports@example.com")};
static const struct dmx_mask no_mask = {.on = false};

static struct dmx_report_mail sample_mail(void)
{
    return (struct dmx_report_mail){
        .identity = &identity,
        .org_name = DMX_SLICE("Receiver \"and\" Sons"),
        .email = DMX_SLICE("dmarc@receiver.example"),
        .to = one_recipient,
        .to_count = 1,
        .time_s = SAMPLE_END_S + 601,
        .bulk = true,
        .mask = &no_mask,
        .gzip = DMX_SLICE("not really compressed, but longer than what one line of base64 holds"),
    };
}

static struct dmx_slice written(const struct dmx_report_mail *mail, char *buf, size_t size)
{
    struct dmx_builder out = dmx_builder_fixed(buf, size);
    struct dmx_reason reason;
    enum dmx_status status = dmx_report_mail_put(mail, dmx_sink_builder(&out), &reason);
    ck_assert_msg(status == DMX_OK, "%s", reason.token ? reason.token : "full");
    return dmx_builder_text(&out);
}

START_TEST(mail_golden)
{
    char buf[4096];
    struct dmx_report_mail mail = sample_mail();
    mail.extra_contact = DMX_SLICE("https://receiver.example/dmarc");
    ck_slice_eq("J1 J3 J6 the message", written(&mail, buf, sizeof buf),
                "From: \"Receiver \\\"and\\\" Sons\"\n"
                " <dmarc@receiver.example>\n"
                "To: reports@example.com\n"
                "Subject: Report Domain: example.com Submitter: receiver.example\n"
                " Report-ID: <1792800000.0123456789abcdef@receiver.example>\n"
                "Date: Sun, 25 Oct 2026 00:10:00 +0000\n"
                "Message-ID: <1792800000.0123456789abcdef@receiver.example>\n"
                "Auto-Submitted: auto-generated\n"
                "Precedence: bulk\n"
                "MIME-Version: 1.0\n"
                "Content-Type: multipart/mixed; boundary=\"dmx-0123456789abcdef\"\n"
                "\n"
                "--dmx-0123456789abcdef\n"
                "Content-Type: text/plain; charset=us-ascii\n"
                "\n"
                "This is a DMARC aggregate report about example.com\n"
                "from Sat, 24 Oct 2026 00:00:00 +0000 to Sat, 24 Oct 2026 23:59:59 +0000,\n"
                "made by Receiver \"and\" Sons. It goes to the addresses in the domain's DMARC record.\n"
                "\n"
                "Contact: https://receiver.example/dmarc\n"
                "\n"
                "--dmx-0123456789abcdef\n"
                "Content-Type: application/gzip;\n"
                " name=\"receiver.example!example.com!1792800000!1792886399!0123456789abcdef.xml.gz\"\n"
                "Content-Transfer-Encoding: base64\n"
                "Content-Disposition: attachment;\n"
                " filename=\"receiver.example!example.com!1792800000!1792886399!0123456789abcdef.xml.gz\"\n"
                "\n"
                "bm90IHJlYWxseSBjb21wcmVzc2VkLCBidXQgbG9uZ2VyIHRoYW4gd2hhdCBvbmUgbGluZSBvZiBi\n"
                "YXNlNjQgaG9sZHM=\n"
                "--dmx-0123456789abcdef--\n");
}
END_TEST

START_TEST(mail_options)
{
    char buf[4096];
    struct dmx_report_mail mail = sample_mail();
    mail.bulk = false;
    mail.part = DMX_SLICE("2");
    mail.org_name = DMX_SLICE("B\xc3\xbc"
                              "cher, Papier und alles, was dazugeh\xc3\xb6rt, seit Generationen");
    static const struct dmx_slice to[] = {DMX_SLICE_INIT("a,b@example.com"), DMX_SLICE_INIT("a\"\\b@example.com"),
                                          DMX_SLICE_INIT("a..b@example.com"), DMX_SLICE_INIT("a+b/c@example.com")};
    mail.to = to;
    mail.to_count = DMX_COUNT(to);
    struct dmx_slice text = written(&mail, buf, sizeof buf);
    ck_assert_ptr_null(strstr(text.ptr, "Precedence"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "\nMessage-ID: <2.1792800000.0123456789abcdef@receiver.example>\n"));
    ck_assert_ptr_nonnull(strstr(text.ptr,
                                 "\nTo: \"a,b\"@example.com,\n \"a\\\"\\\\b\"@example.com,\n \"a..b\"@example.com,\n"
                                 " a+b/c@example.com\n"));
    ck_assert_ptr_nonnull(strstr(text.ptr,
                                 "From: =?utf-8?B?QsO8Y2hlciwgUGFwaWVyIHVuZCBhbGxlcywgd2FzIGRhenVnZWjDtnJ0LCBz?=\n"
                                 " =?utf-8?B?ZWl0IEdlbmVyYXRpb25lbg==?=\n <dmarc@"));
    ck_assert_ptr_nonnull(strstr(text.ptr, "charset=utf-8\nContent-Transfer-Encoding: base64\n\nVGhpcyBpcyBh"));
}
END_TEST

static const struct {
    const char *label, *to, *email, *want;
} unfit[] = {
    {"nobody", NULL, "a@b.example", "no-recipient"},
    {"a line end", "a\nBcc: x@b.example", "a@b.example", "bad-recipient"},
    {"a blank", "a b@b.example", "a@b.example", "bad-recipient"},
    {"no local part", "@b.example", "a@b.example", "bad-recipient"},
    {"no domain", "a@", "a@b.example", "bad-recipient"},
    {"a domain that is none", "a@b.example>", "a@b.example", "bad-recipient"},
    {"a literal", "a@[192.0.2.1]", "a@b.example", "bad-recipient"},
    {"eight bits", "\xc3\xbc@b.example", "a@b.example", "bad-recipient"},
    {"a private address in its name", "a@host-10-0-0-1.example", "a@b.example", "hidden-address"},
    {"one in the local part", "10.0.0.1@b.example", "a@b.example", "hidden-address"},
    {"no sender", "a@b.example", "", "bad-email"},
};

START_TEST(mail_unfit)
{
    struct dmx_config *config;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_report_mail mail = sample_mail();
    struct dmx_slice to = dmx_slice_cstr(unfit[_i].to);
    char buf[100];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_reason reason;
    mail.mask = &mask;
    mail.to = &to;
    mail.to_count = unfit[_i].to ? 1 : 0;
    mail.email = dmx_slice_cstr(unfit[_i].email);
    ck_assert_msg(dmx_report_mail_put(&mail, dmx_sink_builder(&out), &reason) == DMX_INVALID, "%s", unfit[_i].label);
    ck_assert_msg(strcmp(reason.token, unfit[_i].want) == 0, "%s: %s", unfit[_i].label, reason.token);
    ck_assert_uint_eq(out.len, 0);
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(message)
{
    DMX_TEST(names);
    DMX_TABLE(subject, subjects);
    DMX_TEST(unique);
    DMX_TEST(gzip_round_trip);
    DMX_TEST(gzip_sink_full);
    DMX_TEST(mail_golden);
    DMX_TEST(mail_options);
    DMX_TABLE(mail_unfit, unfit);
}
