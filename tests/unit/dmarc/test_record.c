/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Labels begin with the requirement that a row stands for (docs/RFC-MAP.md). */
#include "dmx/dmarc/record.h"

#include <string.h>

#include "dmx/base/builder.h"
#include "suite.h"

/* The value of a record as one line, so that a row can say all of it. */
static struct dmx_slice show(const struct dmx_dmarc_record *r, char *buf, size_t size)
{
    static const char *const states[] = {"absent", "valid", "bad"};
    int n = snprintf(buf, size, "p=%s/%s sp=%s/%s np=%s/%s %c%c psd=%c%s pct=%d rua=%.*s%s ruf=%.*s fo=%.*s",
                     dmx_policy_word(r->p), states[r->p_state], dmx_policy_word(r->sp), states[r->sp_state],
                     dmx_policy_word(r->np), states[r->np_state], "rs"[r->adkim], "rs"[r->aspf], "uyn"[r->psd],
                     r -> testing ? " t" : "", r->pct, DMX_SLICE_ARG(r->rua), r->has_rua_uri ? "+" : "",
                     DMX_SLICE_ARG(r->ruf), DMX_SLICE_ARG(r->fo));
    ck_assert_int_lt(n, (int)size);
    return dmx_slice(buf, (size_t)n);
}

#define REST " rr psd=u pct=100 rua= ruf= fo="
#define NONE "p=none/valid sp=none/absent np=none/absent"

static const struct {
    const char *label, *text, *want; /* want NULL: OTHER; "broken" */
} records[] = {
    {"B3 bare version is a record", "v=DMARC1", "p=none/absent sp=none/absent np=none/absent" REST},
    {"B3 with a last semicolon", "v=DMARC1;", "p=none/absent sp=none/absent np=none/absent" REST},
    {"B3 blanks around = and ;", "v = DMARC1 ;p= none", NONE REST},
    {"B3 tabs around = and ;", "v\t=\tDMARC1\t;\tp\t=\tnone\t", NONE REST},
    {"B3 upper-case V", "V=DMARC1;p=none", NONE REST},
    {"B3 lower-case dmarc1", "v=dmarc1; p=none", NULL},
    {"B3 another version", "v=DMARC2; p=none", NULL},
    {"B3 a longer version", "v=DMARC10; p=none", NULL},
    {"B3 a shorter version", "v=DMARC; p=none", NULL},
    {"B3 version not first", "p=none; v=DMARC1", NULL},
    {"B3 a blank first", " v=DMARC1; p=none", NULL},
    {"B3 a semicolon first", ";v=DMARC1; p=none", NULL},
    {"B3 no semicolon", "v=DMARC1 p=none", NULL},
    {"B3 no equals sign", "vDMARC1; p=none", NULL},
    {"B3 a longer tag", "vv=DMARC1; p=none", NULL},
    {"B3 empty version", "v=; p=none", NULL},
    {"B3 nothing", "", NULL},
    {"B3 SPF", "v=spf1 -all", NULL},
    {"B3 a line end is no blank", "v=DMARC1\n; p=none", NULL},

    {"B5 unknown tags", "v=DMARC1; zz=1; p=none; x-y=2; p2=reject", NONE REST},
    {"B5 unknown tag twice", "v=DMARC1; zz=1; p=none; zz=2", NONE REST},
    {"B5 rf and ri", "v=DMARC1; p=none; rf=iodef; ri=3600", NONE REST},
    {"B5 pct is kept for RFC 7489", "v=DMARC1; p=none; pct=0", NONE " rr psd=u pct=0 rua= ruf= fo="},

    {"B6 adkim", "v=DMARC1; p=none; adkim=x", NONE REST},
    {"B6 aspf", "v=DMARC1; p=none; aspf=", NONE REST},
    {"B6 fo", "v=DMARC1; p=none; ruf=mailto:a@b.ex; fo=9", NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo="},
    {"B6 t", "v=DMARC1; p=none; t=maybe", NONE REST},
    {"B6 psd", "v=DMARC1; p=none; psd=q", NONE REST},
    {"B6 pct over 100", "v=DMARC1; p=none; pct=101", NONE REST},
    {"B6 pct of four digits", "v=DMARC1; p=none; pct=0050", NONE REST},
    {"B6 pct with a sign", "v=DMARC1; p=none; pct=-1", NONE REST},
    {"B6 pct with a percent sign", "v=DMARC1; p=none; pct=50%", NONE REST},
    {"B6 token without =", "v=DMARC1; junk; p=none; reject", NONE REST},
    {"B6 empty parts", "v=DMARC1;; ;p=none;;", NONE REST},

    {"B7 all defaults", "v=DMARC1;p=none", NONE REST},
    {"B7 sp falls back to p, np to sp", "v=DMARC1;p=reject", "p=reject/valid sp=reject/absent np=reject/absent" REST},
    {"B7 np falls back to sp", "v=DMARC1;p=none;sp=quarantine",
     "p=none/valid sp=quarantine/valid np=quarantine/absent" REST},
    {"B7 np of its own", "v=DMARC1;p=none;np=reject", "p=none/valid sp=none/absent np=reject/valid" REST},
    {"B7 p anywhere after v", "v=DMARC1; adkim=s; aspf=S; p=Reject; psd=y; t=Y; pct=7",
     "p=reject/valid sp=reject/absent np=reject/absent ss psd=y t pct=7 rua= ruf= fo="},
    {"B7 psd=n", "v=DMARC1; p=none; psd=N", NONE " rr psd=n pct=100 rua= ruf= fo="},
    {"B7 tag names without case", "v=DMARC1; P=QUARANTINE; ADKIM=s",
     "p=quarantine/valid sp=quarantine/absent np=quarantine/absent sr psd=u pct=100 rua= ruf= fo="},

    {"B8 fo without ruf", "v=DMARC1; p=none; fo=1", NONE REST},
    {"B8 fo with ruf", "v=DMARC1; p=none; fo=1; ruf=mailto:a@b.ex",
     NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo=1"},
    {"B8 fo of several", "v=DMARC1; p=none; fo=1 : d:S; ruf=mailto:a@b.ex",
     NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo=1 : d:S"},
    {"B8 both 0 and 1", "v=DMARC1; p=none; fo=0:1; ruf=mailto:a@b.ex",
     NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo="},
    {"B8 d twice", "v=DMARC1; p=none; fo=d:d; ruf=mailto:a@b.ex", NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo="},
    {"B8 last one empty", "v=DMARC1; p=none; fo=d:; ruf=mailto:a@b.ex",
     NONE " rr psd=u pct=100 rua= ruf=mailto:a@b.ex fo="},

    {"B10 rua with a URI", "v=DMARC1; p=none; rua=mailto:a@b.ex", NONE " rr psd=u pct=100 rua=mailto:a@b.ex+ ruf= fo="},
    {"B10 rua of another scheme", "v=DMARC1; p=none; rua=https://b.ex/",
     NONE " rr psd=u pct=100 rua=https://b.ex/+ ruf= fo="},
    {"B10 rua without scheme", "v=DMARC1; p=none; rua=a@b.ex", NONE " rr psd=u pct=100 rua=a@b.ex ruf= fo="},
    {"B10 rua empty", "v=DMARC1; p=none; rua=", NONE REST},

    {"B11 bad p is kept as bad", "v=DMARC1; p=rejct; sp=reject", "p=none/bad sp=reject/valid np=reject/absent" REST},
    {"B11 empty p is bad", "v=DMARC1; p=", "p=none/bad sp=none/absent np=none/absent" REST},
    {"B11 a word more is bad", "v=DMARC1; p=reject now", "p=none/bad sp=none/absent np=none/absent" REST},
    {"B11 a prefix of a word is bad", "v=DMARC1; p=rej", "p=none/bad sp=none/absent np=none/absent" REST},
    {"B11 bad sp", "v=DMARC1; p=reject; sp=x", "p=reject/valid sp=reject/bad np=reject/absent" REST},
    {"B11 bad np", "v=DMARC1; p=reject; np=x", "p=reject/valid sp=reject/absent np=reject/bad" REST},
    {"B12 absent p is no bad p", "v=DMARC1; adkim=s",
     "p=none/absent sp=none/absent np=none/absent sr psd=u pct=100 rua= ruf= fo="},

    {"B13 p twice", "v=DMARC1; p=none; p=reject", "broken"},
    {"B13 twice the same", "v=DMARC1; p=none; p=none", "broken"},
    {"B13 twice in different case", "v=DMARC1; p=none; P=reject", "broken"},
    {"B13 v twice", "v=DMARC1; p=none; v=DMARC1", "broken"},
    {"B13 rua twice", "v=DMARC1; p=none; rua=mailto:a@b.ex; rua=mailto:c@b.ex", "broken"},
    {"B13 twice, once bad", "v=DMARC1; p=none; p=", "broken"},
};

START_TEST(record)
{
    struct dmx_dmarc_record got;
    struct dmx_reason reason;
    char shown[500];
    struct dmx_slice text = dmx_slice_cstr(records[_i].text);
    enum dmx_record_kind kind = dmx_dmarc_record_parse(text, &got, &reason);
    if (!records[_i].want) {
        ck_assert_msg(kind == DMX_RECORD_OTHER, "%s: got %d", records[_i].label, kind);
    } else if (strcmp(records[_i].want, "broken") == 0) {
        ck_assert_msg(kind == DMX_RECORD_BROKEN, "%s: got %d", records[_i].label, kind);
        ck_assert_str_eq(reason.token, "duplicate-tag");
        ck_assert_uint_gt(reason.detail.len, 0);
    } else {
        ck_assert_msg(kind == DMX_RECORD_DMARC, "%s: got %d", records[_i].label, kind);
        ck_slice_eq(records[_i].label, show(&got, shown, sizeof shown), records[_i].want);
        ck_slice_eq(records[_i].label, got.text, records[_i].text);
    }
}
END_TEST

/* A record of exactly size bytes. */
static enum dmx_record_kind parse_of_size(size_t size, struct dmx_reason *out_reason)
{
    static char text[DMX_DMARC_MAX_RECORD + 1];
    static const char head[] = "v=DMARC1; p=reject; x=";
    struct dmx_dmarc_record got;
    memset(text, 'y', sizeof text);
    memcpy(text, head, sizeof head - 1);
    return dmx_dmarc_record_parse(dmx_slice(text, size), &got, out_reason);
}

START_TEST(longest_record)
{
    struct dmx_reason reason;
    ck_assert_int_eq(parse_of_size(DMX_DMARC_MAX_RECORD - 1, &reason), DMX_RECORD_DMARC);
    ck_assert_int_eq(parse_of_size(DMX_DMARC_MAX_RECORD, &reason), DMX_RECORD_DMARC);
    ck_assert_int_eq(parse_of_size(DMX_DMARC_MAX_RECORD + 1, &reason), DMX_RECORD_BROKEN);
    ck_assert_str_eq(reason.token, "record-too-long");
}
END_TEST

START_TEST(bytes_of_any_value)
{
    static const char nul[] = "v=DMARC1; p=reject\0; sp=none";
    struct dmx_dmarc_record got;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_dmarc_record_parse(dmx_slice(nul, sizeof nul - 1), &got, &reason), DMX_RECORD_DMARC);
    ck_assert_int_eq(got.p_state, DMX_TAG_BAD);
    ck_assert_int_eq(got.sp_state, DMX_TAG_VALID);
    ck_assert_int_eq(dmx_dmarc_record_parse(DMX_SLICE_NONE, &got, &reason), DMX_RECORD_OTHER);
}
END_TEST

static const struct {
    const char *label, *word;
    enum dmx_policy policy, lowered;
} policies[] = {
    {"none", "none", DMX_POLICY_NONE, DMX_POLICY_NONE},
    {"quarantine", "quarantine", DMX_POLICY_QUARANTINE, DMX_POLICY_NONE},
    {"reject", "reject", DMX_POLICY_REJECT, DMX_POLICY_QUARANTINE},
};

START_TEST(policy)
{
    enum dmx_policy got;
    ck_assert(dmx_policy_parse(dmx_slice_cstr(policies[_i].word), &got));
    ck_assert_msg(got == policies[_i].policy, "%s: got %d", policies[_i].label, got);
    ck_assert_str_eq(dmx_policy_word(got), policies[_i].word);
    ck_assert_int_eq(dmx_policy_lowered(got), policies[_i].lowered);
}
END_TEST

START_TEST(no_policy)
{
    enum dmx_policy got;
    ck_assert(!dmx_policy_parse(DMX_SLICE(""), &got));
    ck_assert(!dmx_policy_parse(DMX_SLICE("rejec"), &got));
    ck_assert(!dmx_policy_parse(DMX_SLICE("rejectt"), &got));
    ck_assert(dmx_policy_parse(DMX_SLICE("REJECT"), &got));
    ck_assert(DMX_POLICY_NONE < DMX_POLICY_QUARANTINE && DMX_POLICY_QUARANTINE < DMX_POLICY_REJECT);
}
END_TEST

DMX_SUITE(record)
{
    DMX_TABLE(record, records);
    DMX_TEST(longest_record);
    DMX_TEST(bytes_of_any_value);
    DMX_TABLE(policy, policies);
    DMX_TEST(no_policy);
}
