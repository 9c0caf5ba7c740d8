/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "suite.h"
#include "walk.h"

static const struct dmx_mask no_mask = {.on = false};
static const enum dmx_dialect dialects[] = {DMX_DIALECT_RFC7489, DMX_DIALECT_RFC9990};

/* ---- the whole, to be read aloud ---- */

static const char golden_7489[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                  "<feedback>\n"
                                  "  <version>1.0</version>\n"
                                  "  <report_metadata>\n"
                                  "    <org_name>Receiver</org_name>\n"
                                  "    <email>dmarc@receiver.example</email>\n"
                                  "    <extra_contact_info>https://receiver.example/?a=1&amp;b=2</extra_contact_info>\n"
                                  "    <report_id>1.2@receiver.example</report_id>\n"
                                  "    <date_range>\n"
                                  "      <begin>1792800000</begin>\n"
                                  "      <end>1792886399</end>\n"
                                  "    </date_range>\n"
                                  "  </report_metadata>\n"
                                  "  <policy_published>\n"
                                  "    <domain>example.com</domain>\n"
                                  "    <adkim>s</adkim>\n"
                                  "    <aspf>r</aspf>\n"
                                  "    <p>reject</p>\n"
                                  "    <sp>quarantine</sp>\n"
                                  "    <pct>50</pct>\n"
                                  "    <fo>1</fo>\n"
                                  "  </policy_published>\n"
                                  "  <record>\n"
                                  "    <row>\n"
                                  "      <source_ip>192.0.2.1</source_ip>\n"
                                  "      <count>7</count>\n"
                                  "      <policy_evaluated>\n"
                                  "        <disposition>quarantine</disposition>\n"
                                  "        <dkim>fail</dkim>\n"
                                  "        <spf>fail</spf>\n"
                                  "        <reason>\n"
                                  "          <type>sampled_out</type>\n"
                                  "          <comment>not drawn by the record&apos;s pct</comment>\n"
                                  "        </reason>\n"
                                  "      </policy_evaluated>\n"
                                  "    </row>\n"
                                  "    <identifiers>\n"
                                  "      <envelope_from>bounce.example.net</envelope_from>\n"
                                  "      <header_from>sub.example.com</header_from>\n"
                                  "    </identifiers>\n"
                                  "    <auth_results>\n"
                                  "      <dkim>\n"
                                  "        <domain>example.com</domain>\n"
                                  "        <selector>s1</selector>\n"
                                  "        <result>fail</result>\n"
                                  "        <human_result>body-hash-mismatch</human_result>\n"
                                  "      </dkim>\n"
                                  "      <spf>\n"
                                  "        <domain>bounce.example.net</domain>\n"
                                  "        <scope>mfrom</scope>\n"
                                  "        <result>softfail</result>\n"
                                  "      </spf>\n"
                                  "    </auth_results>\n"
                                  "  </record>\n"
                                  "</feedback>\n";

static const char golden_9990[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                  "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
                                  "  <version>1.0</version>\n"
                                  "  <report_metadata>\n"
                                  "    <org_name>Receiver</org_name>\n"
                                  "    <email>dmarc@receiver.example</email>\n"
                                  "    <extra_contact_info>https://receiver.example/?a=1&amp;b=2</extra_contact_info>\n"
                                  "    <report_id>1.2@receiver.example</report_id>\n"
                                  "    <date_range>\n"
                                  "      <begin>1792800000</begin>\n"
                                  "      <end>1792886399</end>\n"
                                  "    </date_range>\n"
                                  "    <generator>dmx 0.1.0</generator>\n"
                                  "  </report_metadata>\n"
                                  "  <policy_published>\n"
                                  "    <domain>example.com</domain>\n"
                                  "    <adkim>s</adkim>\n"
                                  "    <aspf>r</aspf>\n"
                                  "    <p>reject</p>\n"
                                  "    <sp>quarantine</sp>\n"
                                  "    <np>quarantine</np>\n"
                                  "    <fo>1</fo>\n"
                                  "    <testing>n</testing>\n"
                                  "    <discovery_method>treewalk</discovery_method>\n"
                                  "  </policy_published>\n"
                                  "  <record>\n"
                                  "    <row>\n"
                                  "      <source_ip>192.0.2.1</source_ip>\n"
                                  "      <count>7</count>\n"
                                  "      <policy_evaluated>\n"
                                  "        <disposition>quarantine</disposition>\n"
                                  "        <dkim>fail</dkim>\n"
                                  "        <spf>fail</spf>\n"
                                  "        <reason>\n"
                                  "          <type>other</type>\n"
                                  "          <comment>sampled_out: not drawn by the record&apos;s pct</comment>\n"
                                  "        </reason>\n"
                                  "      </policy_evaluated>\n"
                                  "    </row>\n"
                                  "    <identifiers>\n"
                                  "      <envelope_from>bounce.example.net</envelope_from>\n"
                                  "      <header_from>sub.example.com</header_from>\n"
                                  "    </identifiers>\n"
                                  "    <auth_results>\n"
                                  "      <dkim>\n"
                                  "        <domain>example.com</domain>\n"
                                  "        <selector>s1</selector>\n"
                                  "        <result>fail</result>\n"
                                  "        <human_result>body-hash-mismatch</human_result>\n"
                                  "      </dkim>\n"
                                  "      <spf>\n"
                                  "        <domain>bounce.example.net</domain>\n"
                                  "        <scope>mfrom</scope>\n"
                                  "        <result>softfail</result>\n"
                                  "        <human_result>no-match</human_result>\n"
                                  "      </spf>\n"
                                  "    </auth_results>\n"
                                  "  </record>\n"
                                  "</feedback>\n";

START_TEST(golden)
{
    bool old = dialects[_i] == DMX_DIALECT_RFC7489;
    struct dmx_aggregate report = sample_report(
        dialects[_i],
        old ? "v=DMARC1; p=reject; sp=quarantine; adkim=s; pct=50; fo=1; rua=mailto:r@example.com; "
              "ruf=mailto:f@example.com"
            : "v=DMARC1; p=reject; sp=quarantine; adkim=s; fo=1; rua=mailto:r@example.com; ruf=mailto:f@example.com");
    report.extra_contact = DMX_SLICE("https://receiver.example/?a=1&b=2");
    const struct dmx_aggregate_reason reason = {DMX_SLICE("sampled_out"), DMX_SLICE("not drawn by the record's pct")};
    const struct dmx_aggregate_dkim dkim = {DMX_SLICE("example.com"), DMX_SLICE("s1"), DMX_SLICE("fail"),
                                            DMX_SLICE("body-hash-mismatch")};
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    row.count = 7;
    row.disposition = DMX_SLICE("quarantine");
    row.dkim_aligned = row.spf_aligned = false;
    row.reasons = &reason;
    row.reason_count = 1;
    row.header_from = DMX_SLICE("sub.example.com");
    row.envelope_from = row.spf_domain = DMX_SLICE("bounce.example.net");
    row.dkim = &dkim;
    row.spf_result = DMX_SLICE("softfail");
    row.spf_human_result = DMX_SLICE("no-match");
    char *xml = sample_write(&report, &no_mask, &row, 1, NULL);
    ck_assert_str_eq(xml, old ? golden_7489 : golden_9990);
    free(xml);
}
END_TEST

/* ---- one thing a row: what must be in the XML, and what must not ---- */

/* A row as text: "NAME=VALUE" pairs that change the sample. */
static void change(struct dmx_aggregate *report, struct dmx_aggregate_row *row, const char *changes)
{
    static struct dmx_aggregate_reason reason;
    static struct dmx_aggregate_dkim dkim;
    static struct dmx_slice note;
    struct dmx_slice rest = dmx_slice_cstr(changes), pair, name;
    dkim = row->dkim[0];
    row->dkim = &dkim;
    while (rest.ptr && dmx_slice_split(&rest, '|', &pair) && pair.len > 0) {
        ck_assert(dmx_slice_split(&pair, '=', &name));
        struct dmx_slice *text = NULL;
        if (dmx_slice_eq(name, DMX_SLICE("from")))
            text = &row->header_from;
        else if (dmx_slice_eq(name, DMX_SLICE("envelope")))
            text = &row->envelope_from;
        else if (dmx_slice_eq(name, DMX_SLICE("spf")))
            text = &row->spf_result;
        else if (dmx_slice_eq(name, DMX_SLICE("spf_domain")))
            text = &row->spf_domain;
        else if (dmx_slice_eq(name, DMX_SLICE("done")))
            text = &row->disposition;
        else if (dmx_slice_eq(name, DMX_SLICE("dkim")))
            text = &dkim.result;
        else if (dmx_slice_eq(name, DMX_SLICE("selector")))
            text = &dkim.selector;
        else if (dmx_slice_eq(name, DMX_SLICE("source")))
            row->source = sample_ip(pair.ptr); /* must come last */
        else if (dmx_slice_eq(name, DMX_SLICE("fails")))
            row->dkim_aligned = row->spf_aligned = false;
        else if (dmx_slice_eq(name, DMX_SLICE("helo")))
            row->spf_of_helo = true;
        else if (dmx_slice_eq(name, DMX_SLICE("none")))
            row->policy = DMX_POLICY_NONE;
        else if (dmx_slice_eq(name, DMX_SLICE("unsigned")))
            row->dkim_count = 0;
        else if (dmx_slice_eq(name, DMX_SLICE("note"))) {
            text = &note;
            report->notes = &note;
            report->note_count = 1;
        } else if (dmx_slice_eq(name, DMX_SLICE("reason"))) {
            text = &reason.type;
            reason.comment = DMX_SLICE("");
            row->reasons = &reason;
            row->reason_count = 1;
        } else {
            ck_abort_msg("%.*s", DMX_SLICE_ARG(name));
        }
        if (text)
            *text = pair;
    }
}

enum { OLD = 1, NEW = 2, BOTH = 3 };

static const struct {
    const char *label;
    unsigned dialects;
    const char *record, *changes, *want, *absent;
} rows[] = {
    {"I1 namespace of RFC 9990", NEW, "v=DMARC1; p=none", "", "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">",
     NULL},
    {"I1 M2 no namespace in RFC 7489", OLD, "v=DMARC1; p=none", "", "<feedback>\n", "xmlns"},
    {"I2 version first", BOTH, "v=DMARC1; p=none", "", ">\n  <version>1.0</version>\n  <report_metadata>", NULL},
    {"I3 the generator", NEW, "v=DMARC1; p=none", "", "<generator>dmx ", NULL},
    {"I3 M2 no generator", OLD, "v=DMARC1; p=none", "", "<report_id>1.2@receiver.example</report_id>", "generator"},
    {"I4 defaults", NEW, "v=DMARC1; p=quarantine", "",
     "<adkim>r</adkim>\n    <aspf>r</aspf>\n    <p>quarantine</p>\n    <sp>quarantine</sp>\n    <np>quarantine</np>\n"
     "    <fo>0</fo>\n    <testing>n</testing>\n    <discovery_method>treewalk</discovery_method>",
     "pct"},
    {"I4 what is published", NEW, "v=DMARC1; p=reject; sp=none; np=quarantine; t=y; adkim=s; aspf=s", "",
     "<adkim>s</adkim>\n    <aspf>s</aspf>\n    <p>reject</p>\n    <sp>none</sp>\n    <np>quarantine</np>\n"
     "    <fo>0</fo>\n    <testing>y</testing>",
     NULL},
    {"I4 M2 pct, and nothing that is newer", OLD, "v=DMARC1; p=none; pct=7; np=reject; t=y", "",
     "<sp>none</sp>\n    <pct>7</pct>\n    <fo>0</fo>\n  </policy_published>", "testing"},
    {"I4 a bad p with a rua is none", BOTH, "v=DMARC1; p=rejct; rua=mailto:r@example.com", "", "<p>none</p>", NULL},
    {"I4 a record that is none any more", BOTH, "v=DMARC1; p=reject; p=none", "", "<p>none</p>", NULL},
    {"I5 IPv4", BOTH, "v=DMARC1; p=none", "source=192.0.2.255", "<source_ip>192.0.2.255</source_ip>", NULL},
    {"I5 IPv6 in short", NEW, "v=DMARC1; p=none", "source=2001:DB8:0:0:0:0:0:a1", "<source_ip>2001:db8::a1</source_ip>",
     NULL},
    {"I5 IPv6 as the schema has it", OLD, "v=DMARC1; p=none", "source=2001:db8::a0b1:0c",
     "<source_ip>2001:db8:0:0:0:0:a0b1:c</source_ip>", NULL},
    {"I5 IPv6 of ones", OLD, "v=DMARC1; p=none", "source=ffff:1:10:100:1000:abcd:0:1",
     "<source_ip>ffff:1:10:100:1000:abcd:0:1</source_ip>", NULL},
    {"I5 an IPv4-mapped address is one of IPv4", BOTH, "v=DMARC1; p=none", "source=::ffff:192.0.2.9",
     "<source_ip>192.0.2.9</source_ip>", NULL},
    {"I6 pass under an enforcing policy", NEW, "v=DMARC1; p=reject", "",
     "<disposition>pass</disposition>\n        <dkim>pass</dkim>\n        <spf>pass</spf>", NULL},
    {"I6 M2 no pass in the older dialect", OLD, "v=DMARC1; p=reject", "", "<disposition>none</disposition>",
     "<disposition>pass"},
    {"I6 no pass under p=none", NEW, "v=DMARC1; p=none", "none=1", "<disposition>none</disposition>",
     "<disposition>pass"},
    {"I6 a failure is none where nothing was done", NEW, "v=DMARC1; p=reject", "fails=1|reason=local_policy",
     "<disposition>none</disposition>\n        <dkim>fail</dkim>\n        <spf>fail</spf>", "<disposition>pass"},
    {"I6 a pass that the site quarantined", NEW, "v=DMARC1; p=reject", "done=quarantine|reason=local_policy",
     "<disposition>quarantine</disposition>", NULL},
    {"I6 defer is no word of a report", BOTH, "v=DMARC1; p=reject", "done=defer|fails=1|reason=other",
     "<disposition>none</disposition>", "defer"},
    {"I7 policy_test_mode", NEW, "v=DMARC1; p=reject", "reason=policy_test_mode", "<type>policy_test_mode</type>",
     NULL},
    {"I7 M2 policy_test_mode becomes other", OLD, "v=DMARC1; p=reject", "reason=policy_test_mode",
     "<type>other</type>\n          <comment>policy_test_mode</comment>", NULL},
    {"I7 sampled_out becomes other", NEW, "v=DMARC1; p=reject", "reason=sampled_out",
     "<type>other</type>\n          <comment>sampled_out</comment>", NULL},
    {"I7 M2 sampled_out", OLD, "v=DMARC1; p=reject", "reason=sampled_out",
     "<type>sampled_out</type>\n        </reason>", NULL},
    {"I7 forwarded becomes other", NEW, "v=DMARC1; p=reject", "reason=forwarded", "<type>other</type>", NULL},
    {"I7 M2 forwarded", OLD, "v=DMARC1; p=reject", "reason=forwarded", "<type>forwarded</type>", NULL},
    {"I7 trusted_forwarder", BOTH, "v=DMARC1; p=reject", "reason=trusted_forwarder", "<type>trusted_forwarder</type>",
     NULL},
    {"I7 mailing_list", BOTH, "v=DMARC1; p=reject", "reason=mailing_list", "<type>mailing_list</type>", NULL},
    {"I7 a word of nobody's", BOTH, "v=DMARC1; p=reject", "reason=<x>",
     "<type>other</type>\n          <comment>&lt;x&gt;</comment>", NULL},
    {"I8 a failure that was let through has a reason", BOTH, "v=DMARC1; p=reject", "fails=1",
     "<type>other</type>\n          <comment>the policy was not applied</comment>", NULL},
    {"I8 none where the policy was applied", BOTH, "v=DMARC1; p=reject", "fails=1|done=reject",
     "<disposition>reject</disposition>", "<reason>"},
    {"I8 none for a pass", BOTH, "v=DMARC1; p=reject", "", "<spf>pass</spf>\n      </policy_evaluated>", "<reason>"},
    {"I9 the null sender", BOTH, "v=DMARC1; p=none", "envelope=|helo=1|spf_domain=mta.example.net",
     "<envelope_from></envelope_from>\n      <header_from>example.com</header_from>", "envelope_to"},
    {"I10 an unsigned message", BOTH, "v=DMARC1; p=none", "unsigned=1", "<auth_results>\n      <spf>", "<dkim>\n"},
    {"I10 no SPF domain, no element", NEW, "v=DMARC1; p=none", "spf_domain=|spf=none", "</dkim>\n    </auth_results>",
     "<spf>\n"},
    {"I10 M2 one SPF at least", OLD, "v=DMARC1; p=none", "spf_domain=|spf=none",
     "<domain>unknown</domain>\n        <scope>mfrom</scope>\n        <result>none</result>", NULL},
    {"I11 an empty selector stands there", NEW, "v=DMARC1; p=none", "selector=", "<selector></selector>", NULL},
    {"I11 M2 an empty selector is left out", OLD, "v=DMARC1; p=none",
     "selector=", "<result>pass</result>\n      </dkim>", "selector"},
    {"I11 policy", BOTH, "v=DMARC1; p=none", "dkim=policy", "<result>policy</result>", NULL},
    {"I11 an unknown word is none", BOTH, "v=DMARC1; p=none", "dkim=hardfail", "<result>none</result>\n      </dkim>",
     "hardfail"},
    {"I11 softfail is none of DKIM's", BOTH, "v=DMARC1; p=none", "dkim=softfail",
     "<result>none</result>\n      </dkim>", "softfail"},
    {"I12 the null sender's scope is mfrom", NEW, "v=DMARC1; p=none", "envelope=|helo=1", "<scope>mfrom</scope>",
     "helo"},
    {"I12 M2 the null sender's scope is helo", OLD, "v=DMARC1; p=none", "envelope=|helo=1", "<scope>helo</scope>",
     NULL},
    {"I12 softfail", BOTH, "v=DMARC1; p=none", "spf=softfail", "<result>softfail</result>", NULL},
    {"I12 M2 policy is no word of SPF's", OLD, "v=DMARC1; p=none", "spf=policy", "<result>none</result>\n      </spf>",
     NULL},
    {"I13 no extension", NEW, "v=DMARC1; p=none", "", "</policy_published>\n  <record>", "extension"},
    {"I14 one error for all that is wrong", NEW, "v=DMARC1; p=none; pct=50; rua=r@example.com", "note=several-records",
     "lacks mailto: (r@example.com); several-records</error>", "</error>\n    <error>"},
    {"I14 M2 an error each", OLD, "v=DMARC1; p=none; sp=x; rua=r@example.com", "note=several-records",
     "lacks mailto: (r@example.com)</error>\n    <error>several-records</error>", NULL},
    {"I14 what the journal says again is said once", OLD, "v=DMARC1; p=none; rua=r@example.com", "note=missing-mailto",
     "<error>missing-mailto: ", "<error>missing-mailto</error>"},
    {"I14 nothing wrong, nothing said", BOTH, "v=DMARC1; p=none; rua=mailto:r@example.com", "", "</date_range>",
     "error>"},
    {"I15 markup", BOTH, "v=DMARC1; p=none", "from=a<b>&\"'.example",
     "<header_from>a&lt;b&gt;&amp;&quot;&apos;.example</header_from>", NULL},
    {"I15 an end of CDATA", BOTH, "v=DMARC1; p=none", "from=]]>", "<header_from>]]&gt;</header_from>", NULL},
    {"I15 controls", BOTH, "v=DMARC1; p=none", "from=a\x01\x1b\x7f.example", "<header_from>a???.example</header_from>",
     NULL},
    {"I15 ends of lines", BOTH, "v=DMARC1; p=none", "from=a\r\n\tb", "<header_from>a   b</header_from>", NULL},
    {"I15 bad UTF-8", BOTH, "v=DMARC1; p=none", "from=\xff\xc0\x80\xed\xa0\x80z", "<header_from>??????z</header_from>",
     NULL},
    {"I15 C1 controls", BOTH, "v=DMARC1; p=none", "from=\xc2\x9bx\xc2\xa0", "<header_from>?x\xc2\xa0</header_from>",
     NULL},
    {"I15 U+FFFE and U+FFFF", BOTH, "v=DMARC1; p=none", "from=\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd",
     "<header_from>??\xef\xbf\xbd</header_from>", NULL},
    {"I15 letters of other scripts", BOTH, "v=DMARC1; p=none", "from=\xd0\xb6\xf0\x9f\x93\xa7",
     "<header_from>\xd0\xb6\xf0\x9f\x93\xa7</header_from>", NULL},
};

static void check_row(size_t i, enum dmx_dialect dialect)
{
    struct dmx_aggregate report = sample_report(dialect, rows[i].record);
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    change(&report, &row, rows[i].changes);
    char *xml = sample_write(&report, &no_mask, &row, 1, NULL);
    ck_assert_msg(strstr(xml, rows[i].want), "%s: no \"%s\" in\n%s", rows[i].label, rows[i].want, xml);
    ck_assert_msg(!rows[i].absent || !strstr(xml, rows[i].absent), "%s: \"%s\" in\n%s", rows[i].label, rows[i].absent,
                  xml);
    free(xml);
}

START_TEST(elements)
{
    if (rows[_i].dialects & OLD)
        check_row((size_t)_i, DMX_DIALECT_RFC7489);
    if (rows[_i].dialects & NEW)
        check_row((size_t)_i, DMX_DIALECT_RFC9990);
}
END_TEST

/* ---- what must not be sent ---- */

START_TEST(unfit)
{
    static const struct {
        const char *label, *want;
    } unfit_rows[] = {
        {"no organization", "no-org"},        {"no address", "no-email"},
        {"no Report-ID", "no-report-id"},     {"no domain", "no-domain"},
        {"a period backwards", "bad-period"}, {"a private address in its name", "hidden-address"},
    };
    struct dmx_config *config;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    struct dmx_mask mask = dmx_mask_of(config);
    for (size_t i = 0; i < DMX_COUNT(unfit_rows); i++) {
        struct dmx_aggregate report = sample_report(DMX_DIALECT_RFC9990, "v=DMARC1; p=none");
        struct dmx_slice *const texts[] = {&report.org_name, &report.email, &report.report_id, &report.policy.domain};
        if (i < DMX_COUNT(texts))
            *texts[i] = DMX_SLICE("");
        else if (i == DMX_COUNT(texts))
            report.end_s = report.begin_s - 1;
        else
            report.policy.domain = DMX_SLICE("mail-10-0-0-1.example.com");
        char buf[10];
        struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
        struct dmx_aggregate_writer *writer;
        struct dmx_reason reason;
        ck_assert_int_eq(dmx_aggregate_begin(&report, &mask, dmx_sink_builder(&out), &writer, &reason), DMX_INVALID);
        ck_assert_str_eq(reason.token, unfit_rows[i].want);
        ck_assert_ptr_null(writer);
        ck_assert_uint_eq(out.len, 0);
    }
    dmx_config_free(&config);
}
END_TEST

/* A sink that refuses ends the writing; freeing what never began is fine. */
START_TEST(sink_full)
{
    char buf[200];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_aggregate report = sample_report(DMX_DIALECT_RFC9990, "v=DMARC1; p=none");
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    struct dmx_aggregate_writer *writer;
    struct dmx_aggregate_totals totals;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_aggregate_begin(&report, &no_mask, dmx_sink_builder(&out), &writer, &reason), DMX_LIMIT);
    ck_assert_int_eq(dmx_aggregate_put_row(writer, &row), DMX_LIMIT);
    ck_assert_int_eq(dmx_aggregate_end(writer, &totals), DMX_LIMIT);
    dmx_aggregate_free(&writer);
    dmx_aggregate_free(&writer);
}
END_TEST

/* ---- limits ---- */

static size_t occurrences(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

/* I10: 100 of 150 signatures, the aligned ones first, whatever their order was. */
START_TEST(signatures)
{
    static struct dmx_aggregate_dkim dkim[150];
    static const struct {
        const char *domain, *selector, *result;
    } kinds[] = {{"a.example.net", "other", "fail"},
                 {"b.example.net", "stranger", "pass"},
                 {"mail.example.com", "relaxed", "pass"}};
    for (size_t i = 0; i < DMX_COUNT(dkim); i++)
        dkim[i] =
            (struct dmx_aggregate_dkim){dmx_slice_cstr(kinds[i % 3].domain), dmx_slice_cstr(kinds[i % 3].selector),
                                        dmx_slice_cstr(kinds[i % 3].result), DMX_SLICE("")};
    dkim[149] =
        (struct dmx_aggregate_dkim){DMX_SLICE("example.com"), DMX_SLICE("strict"), DMX_SLICE("pass"), DMX_SLICE("")};
    struct dmx_aggregate report = sample_report(dialects[_i], "v=DMARC1; p=none");
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    row.dkim = dkim;
    row.dkim_count = DMX_COUNT(dkim);
    char *xml = sample_write(&report, &no_mask, &row, 1, NULL);
    const char *strict = strstr(xml, "strict"), *relaxed = strstr(xml, "relaxed"), *stranger = strstr(xml, "stranger");
    ck_assert_msg(strict && relaxed && stranger && strict < relaxed && relaxed < stranger, "I10 order");
    ck_assert_uint_eq(occurrences(xml, "<dkim>\n"), DMX_AGGREGATE_DKIM);
    ck_assert_uint_eq(occurrences(xml, "relaxed"), 49);
    ck_assert_uint_eq(occurrences(xml, "stranger"), 50);
    free(xml);
}
END_TEST

/* Forged mail with a hundred signatures each: the report stays one that can be sent, and each row keeps its best. */
START_TEST(signatures_of_a_flood)
{
    enum { ROWS = 150 };
    static struct dmx_aggregate_dkim dkim[DMX_AGGREGATE_DKIM];
    static struct dmx_aggregate_row rows_of_it[ROWS];
    for (size_t i = 0; i < DMX_COUNT(dkim); i++)
        dkim[i] =
            (struct dmx_aggregate_dkim){DMX_SLICE("x.example.net"), DMX_SLICE("s"), DMX_SLICE("fail"), DMX_SLICE("")};
    dkim[99] =
        (struct dmx_aggregate_dkim){DMX_SLICE("example.com"), DMX_SLICE("strict"), DMX_SLICE("pass"), DMX_SLICE("")};
    struct dmx_aggregate report = sample_report(dialects[_i], "v=DMARC1; p=none");
    for (size_t i = 0; i < ROWS; i++) {
        rows_of_it[i] = sample_row("192.0.2.1");
        rows_of_it[i].dkim = dkim;
        rows_of_it[i].dkim_count = DMX_COUNT(dkim);
    }
    char *xml = sample_write(&report, &no_mask, rows_of_it, ROWS, NULL);
    ck_assert_uint_eq(occurrences(xml, "<dkim>\n"), ROWS * DMX_AGGREGATE_DKIM_FEW + DMX_AGGREGATE_DKIM_OVER);
    ck_assert_uint_eq(occurrences(xml, "strict"), ROWS);
    free(xml);
}
END_TEST

/* The largest record there can be: every text over its limit, and of what grows most when it is escaped. */
START_TEST(largest)
{
    static char quotes[2000];
    static struct dmx_aggregate_dkim dkim[DMX_AGGREGATE_DKIM];
    static struct dmx_aggregate_reason reasons[50];
    memset(quotes, '"', sizeof quotes);
    struct dmx_slice text = dmx_slice(quotes, sizeof quotes);
    for (size_t i = 0; i < DMX_COUNT(dkim); i++)
        dkim[i] = (struct dmx_aggregate_dkim){text, text, text, text};
    for (size_t i = 0; i < DMX_COUNT(reasons); i++)
        reasons[i] = (struct dmx_aggregate_reason){text, text};
    struct dmx_aggregate report = sample_report(dialects[_i], "v=DMARC1; p=none");
    report.org_name = report.email = report.extra_contact = report.report_id = report.policy.domain = text;
    const struct dmx_slice notes[] = {text, text};
    report.notes = notes;
    report.note_count = DMX_COUNT(notes);
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    row.dkim = dkim;
    row.dkim_count = DMX_COUNT(dkim);
    row.reasons = reasons;
    row.reason_count = DMX_COUNT(reasons);
    row.header_from = row.envelope_from = row.spf_domain = row.spf_result = row.spf_human_result = row.disposition =
        text;
    char *xml = sample_write(&report, &no_mask, &row, 1, NULL);
    ck_assert_uint_gt(strlen(xml), 300000);
    free(xml);
}
END_TEST

/* A character of several bytes at the limit is left out whole. */
START_TEST(clipped_between_characters)
{
    char text[400];
    memset(text, 'a', sizeof text);
    memcpy(text + 254, "\xc3\xbc", 2);
    struct dmx_aggregate report = sample_report(dialects[_i], "v=DMARC1; p=none");
    struct dmx_aggregate_row row = sample_row("192.0.2.1");
    row.header_from = dmx_slice(text, sizeof text);
    char *xml = sample_write(&report, &no_mask, &row, 1, NULL);
    ck_assert_ptr_nonnull(strstr(xml, "aa</header_from>"));
    ck_assert_ptr_null(strstr(xml, "\xc3"));
    free(xml);
}
END_TEST

/* ---- masking ---- */

static const struct {
    const char *label;
    enum dmx_mask_form form;
    unsigned dialects;
    const char *source, *want;
    uint64_t left_out;
} masked[] = {
    {"zero", DMX_MASK_ZERO, BOTH, "10.0.0.1", "<source_ip>0.0.0.0</source_ip>", 0},
    {"zero, IPv6", DMX_MASK_ZERO, NEW, "fd00::1", "<source_ip>::</source_ip>", 0},
    {"zero, IPv6 as the schema has it", DMX_MASK_ZERO, OLD, "fd00::1", "<source_ip>0:0:0:0:0:0:0:0</source_ip>", 0},
    {"zero, mapped", DMX_MASK_ZERO, BOTH, "::ffff:192.168.1.1", "<source_ip>0.0.0.0</source_ip>", 0},
    {"literal", DMX_MASK_LITERAL, BOTH, "10.0.0.1", "<source_ip>X.X.X.X</source_ip>", 0},
    {"literal, IPv6", DMX_MASK_LITERAL, BOTH, "::1", "<source_ip>X.X.X.X</source_ip>", 0},
    {"omit", DMX_MASK_OMIT, BOTH, "10.0.0.1", "</policy_published>\n</feedback>", 1},
    {"a public address", DMX_MASK_OMIT, BOTH, "11.0.0.1", "<source_ip>11.0.0.1</source_ip>", 0},
};

START_TEST(masked_source)
{
    struct dmx_config *config;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    struct dmx_mask mask = dmx_mask_of(config);
    mask.form = masked[_i].form;
    for (size_t d = 0; d < DMX_COUNT(dialects); d++) {
        if (!(masked[_i].dialects & (dialects[d] == DMX_DIALECT_RFC7489 ? OLD : NEW)))
            continue;
        struct dmx_aggregate report = sample_report(dialects[d], "v=DMARC1; p=none");
        struct dmx_aggregate_row row = sample_row(masked[_i].source);
        struct dmx_aggregate_totals totals;
        char *xml = sample_write(&report, &mask, &row, 1, &totals);
        ck_assert_msg(strstr(xml, masked[_i].want), "%s:\n%s", masked[_i].label, xml);
        ck_assert_uint_eq(totals.left_out, masked[_i].left_out);
        ck_assert_uint_eq(totals.records, 1 - masked[_i].left_out);
        free(xml);
    }
    dmx_config_free(&config);
}
END_TEST

/* H9: clients that are equal once they are masked are one record; others stay apart, and so do public ones. */
START_TEST(masked_rows_are_counted_together)
{
    struct dmx_config *config;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_aggregate report = sample_report(DMX_DIALECT_RFC7489, "v=DMARC1; p=none");
    struct dmx_aggregate_row some[6];
    static const char *const sources[] = {"10.0.0.1", "192.0.2.1", "10.0.0.2", "192.168.0.1", "fd00::1", "192.0.2.1"};
    for (size_t i = 0; i < DMX_COUNT(some); i++) {
        some[i] = sample_row(sources[i]);
        some[i].count = (uint64_t)1 << (4 * i);
    }
    some[3].header_from = DMX_SLICE("sub.example.com");
    struct dmx_aggregate_totals totals;
    char *xml = sample_write(&report, &mask, some, DMX_COUNT(some), &totals);
    ck_assert_msg(strstr(xml, "<count>257</count>"), "H9 equal once masked:\n%s", xml);
    ck_assert_uint_eq(totals.records, 5);
    ck_assert_uint_eq(totals.messages, 0x111111);
    ck_assert_uint_eq(occurrences(xml, "<record>"), 5);
    free(xml);
    dmx_config_free(&config);
}
END_TEST

/* More kinds of masked rows than there is room for: they are written apart, and none is lost. */
START_TEST(masked_rows_over_the_room)
{
    struct dmx_config *config;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_aggregate report = sample_report(DMX_DIALECT_RFC9990, "v=DMARC1; p=none");
    enum { MANY = 1500 };
    static struct dmx_aggregate_row many[2 * MANY];
    static char names[MANY][32];
    for (size_t i = 0; i < 2 * MANY; i++) {
        many[i] = sample_row("10.0.0.1");
        many[i].header_from =
            dmx_slice(names[i % MANY], (size_t)snprintf(names[i % MANY], 32, "n%zu.example.com", i % MANY));
    }
    struct dmx_aggregate_totals totals;
    char *xml = sample_write(&report, &mask, many, 2 * MANY, &totals);
    ck_assert_uint_eq(totals.messages, 2 * MANY);
    ck_assert_uint_eq(totals.records, 1000 + 2 * 500);
    ck_assert_uint_eq(occurrences(xml, "<count>2</count>"), 1000);
    free(xml);
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(aggregate)
{
    tcase_set_timeout(tcase, 60);
    DMX_TABLE(golden, dialects);
    DMX_TABLE(elements, rows);
    DMX_TEST(unfit);
    DMX_TEST(sink_full);
    DMX_TABLE(signatures, dialects);
    DMX_TABLE(signatures_of_a_flood, dialects);
    DMX_TABLE(largest, dialects);
    DMX_TABLE(clipped_between_characters, dialects);
    DMX_TABLE(masked_source, masked);
    DMX_TEST(masked_rows_are_counted_together);
    DMX_TEST(masked_rows_over_the_room);
}
