/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../module/spf/record.h"

#include <string.h>

#include "../../../module/spf/limits.h"
#include "suite.h"

static const struct {
    const char *label, *text;
    bool want;
} version_rows[] = {
    {"alone", "v=spf1", true},
    {"with a term", "v=spf1 -all", true},
    {"any case", "V=SpF1 -all", true},
    {"spaces only", "v=spf1   ", true},
    {"another version", "v=spf10", false},
    {"another version with terms", "v=spf10 -all", false},
    {"a tab", "v=spf1\t-all", false},
    {"a comma", "v=spf1,-all", false},
    {"a space before", " v=spf1 -all", false},
    {"cut short", "v=spf", false},
    {"Sender ID", "spf2.0/pra -all", false},
    {"empty", "", false},
};

START_TEST(knows_its_version)
{
    ck_assert_msg(dmx_spf_is_record(dmx_slice_cstr(version_rows[_i].text)) == version_rows[_i].want, "%s",
                  version_rows[_i].label);
}
END_TEST

/* The mechanisms of a record as one text: qualifier, kind, address, lengths, spec. */
static void put_terms(struct dmx_builder *b, const struct dmx_spf_record *record)
{
    static const char *const kinds[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
    struct dmx_slice rest = record->terms;
    struct dmx_spf_term term;
    while (dmx_spf_next_mechanism(&rest, &term)) {
        dmx_put_cstr(b, b->len > 0 ? "; " : "");
        dmx_put_cstr(b, dmx_result_word(term.result));
        dmx_put_char(b, ' ');
        dmx_put_cstr(b, kinds[term.kind]);
        if (term.ip.family != DMX_IP_NONE) {
            dmx_put_char(b, ' ');
            dmx_put_ip(b, &term.ip);
        }
        if (term.prefix4 != SPF_V4_BITS) {
            dmx_put_cstr(b, " /");
            dmx_put_u64(b, term.prefix4);
        }
        if (term.prefix6 != SPF_V6_BITS) {
            dmx_put_cstr(b, " //");
            dmx_put_u64(b, term.prefix6);
        }
        if (term.spec.ptr) {
            dmx_put_char(b, ' ');
            dmx_put(b, term.spec);
        }
    }
}

static const struct {
    const char *text, *want;
} read_rows[] = {
    {"v=spf1", ""},
    {"v=spf1 ", ""},
    {"v=spf1 all", "pass all"},
    {"v=spf1 +all", "pass all"},
    {"v=spf1 -ALL", "fail all"},
    {"v=spf1   ~all  ", "softfail all"},
    {"v=spf1 ?all -all", "neutral all; fail all"},
    {"v=spf1 a", "pass a"},
    {"v=spf1 A/24", "pass a /24"},
    {"v=spf1 a//64", "pass a //64"},
    {"v=spf1 a/0//0", "pass a /0 //0"},
    {"v=spf1 a/24//64", "pass a /24 //64"},
    {"v=spf1 a/32//128", "pass a"},
    {"v=spf1 a:h.example", "pass a h.example"},
    {"v=spf1 a:h.example/8//16", "pass a /8 //16 h.example"},
    {"v=spf1 a:foo:bar/baz.example/8", "pass a /8 foo:bar/baz.example"},
    {"v=spf1 a:%{d}/8", "pass a /8 %{d}"},
    {"v=spf1 a:%{l/}/8//9", "pass a /8 //9 %{l/}"},
    {"v=spf1 -mx:m.example//1", "fail mx //1 m.example"},
    {"v=spf1 ?ptr", "neutral ptr"},
    {"v=spf1 ptr:p.example", "pass ptr p.example"},
    {"v=spf1 include:i.example.", "pass include i.example."},
    {"v=spf1 exists:%{i}.x.example", "pass exists %{i}.x.example"},
    {"v=spf1 ip4:192.0.2.1", "pass ip4 192.0.2.1"},
    {"v=spf1 ip4:0.0.0.0/0", "pass ip4 0.0.0.0 /0"},
    {"v=spf1 ip4:192.0.2.0/32", "pass ip4 192.0.2.0"},
    {"v=spf1 IP6:2001:DB8::/32", "pass ip6 2001:db8:: //32"},
    {"v=spf1 ip6:::/0", "pass ip6 :: //0"},
    {"v=spf1 ip6:::ffff:192.0.2.1/96", "pass ip6 ::ffff:192.0.2.1 //96"},
    {"v=spf1 ip6:2001:db8::192.0.2.1", "pass ip6 2001:db8::c000:201"},
    {"v=spf1 a redirect=r.example mx", "pass a; pass mx"},
    {"v=spf1 a exp=e.example mx", "pass a; pass mx"},
    {"v=spf1 x=y x=z moo.cow-far_out=man:dog/cat -all", "fail all"},
    {"v=spf1 a=b include=c -all", "fail all"},
    {"v=spf1 x= -all", "fail all"},
    {"v=spf1 x=%{d}/%{l}? -all", "fail all"},
};

START_TEST(reads_terms)
{
    struct dmx_spf_record record;
    struct dmx_spf_fault fault = {0};
    char buffer[256];
    struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
    bool fine = dmx_spf_record_parse(dmx_slice_cstr(read_rows[_i].text), &record, &fault);
    ck_assert_msg(fine, "%s: %s", read_rows[_i].text, dmx_spf_reason(fault.why, DMX_SLICE_NONE).token);
    put_terms(&b, &record);
    ck_slice_eq(read_rows[_i].text, dmx_builder_text(&b), read_rows[_i].want);
}
END_TEST

static const struct {
    const char *text;
    enum dmx_spf_why why;
    size_t offset;
} fault_rows[] = {
    {"v=spf1 all:example.com", SPF_NEEDLESS_ARGUMENT, 7},
    {"v=spf1 all/8", SPF_NEEDLESS_ARGUMENT, 7},
    {"v=spf1 a al", SPF_UNKNOWN_MECHANISM, 9},
    {"v=spf1 -", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 --all", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 !all", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 a,mx", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 a. mx", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 ipv4:192.0.2.1", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 =all", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 1up=x", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 -redirect=r.example", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 redirect:r.example", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 192.0.2.1 -all", SPF_UNKNOWN_MECHANISM, 7},
    {"v=spf1 v=spf1 include", SPF_MISSING_ARGUMENT, 14},
    {"v=spf1 include", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 include:", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 include/8", SPF_BAD_CIDR, 7},
    {"v=spf1 include:i.example/8", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 exists", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 exists:/8", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 a:", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 a:/8", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 a/", SPF_BAD_CIDR, 7},
    {"v=spf1 a//", SPF_BAD_CIDR, 7},
    {"v=spf1 a/33", SPF_BAD_CIDR, 7},
    {"v=spf1 a/032", SPF_BAD_CIDR, 7},
    {"v=spf1 a/-1", SPF_BAD_CIDR, 7},
    {"v=spf1 a/8/16", SPF_BAD_CIDR, 7},
    {"v=spf1 a///8", SPF_BAD_CIDR, 7},
    {"v=spf1 a//129", SPF_BAD_CIDR, 7},
    {"v=spf1 a//064", SPF_BAD_CIDR, 7},
    {"v=spf1 a/4294967328", SPF_BAD_CIDR, 7},
    {"v=spf1 a/18446744073709551624", SPF_BAD_CIDR, 7},
    {"v=spf1 mx:m.example/x", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 mx:192.0.2.1", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 ptr/8", SPF_BAD_CIDR, 7},
    {"v=spf1 ptr:", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 ip4", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 ip4:", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 ip4/8", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 ip4:192.0.2", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:192.0.2.256", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:192.0.2.01", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:192.0.2.1:25", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:2001:db8::1", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:h.example", SPF_BAD_IP4, 7},
    {"v=spf1 ip4:192.0.2.1/33", SPF_BAD_CIDR, 7},
    {"v=spf1 ip4:192.0.2.1/", SPF_BAD_CIDR, 7},
    {"v=spf1 ip4:192.0.2.1/08", SPF_BAD_CIDR, 7},
    {"v=spf1 ip4:192.0.2.1//8", SPF_BAD_CIDR, 7},
    {"v=spf1 ip6:192.0.2.1", SPF_BAD_IP6, 7},
    {"v=spf1 ip6:2001:db8::1%eth0", SPF_BAD_IP6, 7},
    {"v=spf1 ip6:1:2:3:4:5:6:7:8:9", SPF_BAD_IP6, 7},
    {"v=spf1 ip6:1::2::3", SPF_BAD_IP6, 7},
    {"v=spf1 ip6:2001:db8::1/129", SPF_BAD_CIDR, 7},
    {"v=spf1 redirect=", SPF_MISSING_ARGUMENT, 7},
    {"v=spf1 redirect=com", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 redirect=r.example/8", SPF_BAD_DOMAIN_SPEC, 7},
    {"v=spf1 redirect=a.example redirect=b.example", SPF_REPEATED_MODIFIER, 26},
    {"v=spf1 exp=a.example EXP=a.example", SPF_REPEATED_MODIFIER, 21},
    {"v=spf1 exp=%{c}.example", SPF_BAD_MACRO, 7},
    {"v=spf1 x=%{x}", SPF_BAD_MACRO, 7},
    {"v=spf1 x=%(d)", SPF_BAD_MACRO, 7},
    {"v=spf1 exists:%{t}.example", SPF_BAD_MACRO, 7},
    {"v=spf1 -all\t", SPF_BAD_BYTE, 7},
    {"v=spf1 \xe2\x80\x93"
     "all",
     SPF_BAD_BYTE, 7},
    {"v=spf1 a -all\r\n", SPF_BAD_BYTE, 9},
};

START_TEST(names_the_fault)
{
    struct dmx_spf_record record;
    struct dmx_spf_fault fault = {0};
    const char *text = fault_rows[_i].text;
    ck_assert_msg(!dmx_spf_record_parse(dmx_slice_cstr(text), &record, &fault), "%s", text);
    ck_assert_msg(fault.why == fault_rows[_i].why, "%s: %s", text, dmx_spf_reason(fault.why, DMX_SLICE_NONE).token);
    ck_assert_uint_eq(fault.offset, fault_rows[_i].offset);
    ck_assert(fault.term.len > 0 && text + fault.offset == fault.term.ptr);
}
END_TEST

START_TEST(sees_a_nul)
{
    struct dmx_spf_record record;
    struct dmx_spf_fault fault;
    ck_assert(!dmx_spf_record_parse(DMX_SLICE("v=spf1 +all\0 -all"), &record, &fault));
    ck_assert_int_eq(fault.why, SPF_BAD_BYTE);
}
END_TEST

/* An unknown modifier of n bytes. */
static bool reads_term_of(size_t n)
{
    static char text[SPF_MAX_TERM + 64];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_spf_record record;
    struct dmx_spf_fault fault = {0};
    dmx_put_cstr(&b, "v=spf1 x=");
    while (b.len < 7 + n)
        dmx_put_char(&b, 'a');
    bool fine = dmx_spf_record_parse(dmx_builder_text(&b), &record, &fault);
    ck_assert(fine || fault.why == SPF_LONG_TERM);
    return fine;
}

START_TEST(limits_a_term)
{
    ck_assert(reads_term_of(SPF_MAX_TERM - 1));
    ck_assert(reads_term_of(SPF_MAX_TERM));
    ck_assert(!reads_term_of(SPF_MAX_TERM + 1));
}
END_TEST

START_TEST(keeps_modifiers)
{
    struct dmx_spf_record record;
    struct dmx_spf_fault fault;
    ck_assert(dmx_spf_record_parse(DMX_SLICE("v=spf1 exp=e.example a RedirecT=%{d}.r.example"), &record, &fault));
    ck_slice_eq("redirect", record.redirect, "%{d}.r.example");
    ck_slice_eq("exp", record.exp, "e.example");
    ck_assert(dmx_spf_record_parse(DMX_SLICE("v=spf1 ?all"), &record, &fault));
    ck_assert(!record.redirect.ptr && !record.exp.ptr);
}
END_TEST

START_TEST(reads_thousands_of_terms)
{
    enum { TERMS = 30000 };
    static char text[16 + 2 * TERMS];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_spf_record record;
    struct dmx_spf_fault fault;
    struct dmx_spf_term term;
    dmx_put_cstr(&b, "v=spf1");
    for (size_t i = 0; i < TERMS; i++)
        dmx_put_cstr(&b, " a");
    ck_assert(dmx_spf_record_parse(dmx_builder_text(&b), &record, &fault));
    struct dmx_slice rest = record.terms;
    size_t count = 0;
    while (dmx_spf_next_mechanism(&rest, &term))
        count++;
    ck_assert_uint_eq(count, TERMS);
}
END_TEST

START_TEST(has_a_reason_for_everything)
{
    for (int why = SPF_FINE + 1; why < SPF_WHY_COUNT; why++) {
        struct dmx_reason reason = dmx_spf_reason((enum dmx_spf_why)why, DMX_SLICE("x"));
        ck_assert_msg(reason.token && reason.text && reason.section, "%d", why);
        ck_assert(strncmp(reason.section, "RFC 7208 section ", 17) == 0);
        ck_assert(reason.text[strlen(reason.text) - 1] != '.');
        ck_slice_eq("detail", reason.detail, "x");
    }
}
END_TEST

DMX_SUITE(spf_record)
{
    DMX_TABLE(knows_its_version, version_rows);
    DMX_TABLE(reads_terms, read_rows);
    DMX_TABLE(names_the_fault, fault_rows);
    DMX_TEST(sees_a_nul);
    DMX_TEST(limits_a_term);
    DMX_TEST(keeps_modifiers);
    DMX_TEST(reads_thousands_of_terms);
    DMX_TEST(has_a_reason_for_everything);
}
