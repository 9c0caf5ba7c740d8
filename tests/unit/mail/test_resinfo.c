/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Reading what others wrote into (ARC-)Authentication-Results, and never more than they wrote. */
#include <string.h>

#include "dmx/mail/authres.h"
#include "dmx/mail/resinfo.h"
#include "suite.h"

static struct dmx_arena *arena(void)
{
    static struct dmx_arena *made;
    if (!made)
        made = dmx_arena_new(64 * 1024 * 1024);
    return made;
}

/* What was read as text: "id|method=result ptype.property<value> …|…", or "-" when it was refused. */
static struct dmx_slice shown(struct dmx_slice payload)
{
    struct dmx_resinfos all;
    struct dmx_builder b = dmx_builder_arena(arena(), 1024 * 1024);
    if (!dmx_resinfos_parse(payload, arena(), &all))
        return DMX_SLICE("-");
    dmx_put(&b, all.authserv_id);
    for (size_t i = 0; i < all.count; i++) {
        dmx_put_char(&b, '|');
        dmx_put(&b, all.items[i].method);
        dmx_put_char(&b, '=');
        dmx_put(&b, all.items[i].result);
        for (size_t k = 0; k < all.items[i].property_count; k++) {
            const struct dmx_resinfo_property *p = &all.items[i].properties[k];
            dmx_put_char(&b, ' ');
            dmx_put(&b, p->ptype);
            dmx_put_char(&b, '.');
            dmx_put(&b, p->property);
            dmx_put_char(&b, '<');
            dmx_put(&b, p->value);
            dmx_put_char(&b, '>');
        }
    }
    return dmx_builder_text(&b);
}

static const struct {
    const char *label;
    const char *payload;
    const char *want;
} payloads[] = {
    /* RFC 8601 appendix B, its forms. */
    {"none", " example.org 1; none", "example.org"},
    {"none, no version", "example.org;none", "example.org"},
    {"one result", " example.com; spf=pass smtp.mailfrom=example.net",
     "example.com|spf=pass smtp.mailfrom<example.net>"},
    {"a comment in each place",
     " foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
     " policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
     "foo.example.net|dkim=fail policy.expired<1362471462>"},
    {"several",
     "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net; "
     "dkim=pass reason=\"good signature\" header.i=@mail-router.example.net",
     "example.com|auth=pass smtp.auth<sender@example.net>|spf=pass smtp.mailfrom<example.net>"
     "|dkim=pass .reason<good signature> header.i<@mail-router.example.net>"},
    {"iprev", "a; iprev=fail policy.iprev=\"192.0.2.200\"", "a|iprev=fail policy.iprev<192.0.2.200>"},

    /* As the big receivers write it. */
    {"Google",
     " mx.google.com;\n       dkim=pass header.i=@a.example header.s=s1 header.b=ZO/v+3=;\n       spf=pass "
     "(google.com: domain of b@a.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=b@a.example;\n"
     "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=a.example",
     "mx.google.com|dkim=pass header.i<@a.example> header.s<s1> header.b<ZO/v+3=>|spf=pass "
     "smtp.mailfrom<b@a.example>|dmarc=pass header.from<a.example>"},
    {"Microsoft",
     " mx.microsoft.com 1; spf=pass (sender ip is 192.0.2.1) smtp.rcpttodomain=b.example smtp.mailfrom=a.example; "
     "dmarc=pass (p=none sp=none pct=100) action=none header.from=a.example; dkim=none (message not signed); "
     "arc=none (0)",
     "mx.microsoft.com|spf=pass smtp.rcpttodomain<b.example> smtp.mailfrom<a.example>|dmarc=pass .action<none> "
     "header.from<a.example>|dkim=none|arc=none"},
    {"a semicolon at the end", "a; spf=pass;", "a|spf=pass"},
    {"nothing but an id", "a", "a"},
    {"SRS", "a; spf=pass smtp.mailfrom=SRS0=x=y=b.example=c@d.example",
     "a|spf=pass smtp.mailfrom<SRS0=x=y=b.example=c@d.example>"},
    {"a null sender", "a; spf=pass smtp.mailfrom=; dkim=none", "a|spf=pass smtp.mailfrom<>|dkim=none"},
    {"an id in quotes", "\"a b\"; spf=pass", "a b|spf=pass"},

    /* Text of a sender's choice inside. */
    {"a quoted local part", "a; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=b\"@c.example; dkim=none",
     "a|spf=pass smtp.mailfrom<x; dmarc=pass header.from=b@c.example>|dkim=none"},
    {"a quote in quotes", "a; spf=pass smtp.mailfrom=\"x\\\"; dmarc=pass\"@c; dkim=none",
     "a|spf=pass smtp.mailfrom<x\"; dmarc=pass@c>|dkim=none"},
    {"a comment with semicolons", "a; spf=pass (x; dmarc=pass header.from=b); dkim=none", "a|spf=pass|dkim=none"},
    {"a bracket in a comment", "a; spf=pass (x \\) ; dmarc=pass); dkim=none", "a|spf=pass|dkim=none"},
    {"nested comments", "a; spf=pass (x (y) ; dmarc=pass (z)); dkim=none", "a|spf=pass|dkim=none"},

    /* Nothing of a field that is not of the grammar. */
    {"nothing", "", "-"},
    {"no id", "; spf=pass", "-"},
    {"a result as the id", "spf=pass smtp.mailfrom=x; dmarc=pass", "-"},
    {"a comment without end", "a; dmarc=pass header.from=b; spf=pass (x", "-"},
    {"a bracket too many", "a; dmarc=pass header.from=b; spf=pass x)", "-"},
    {"a quote without end", "a; dmarc=pass header.from=b; spf=pass smtp.mailfrom=\"x", "-"},
    {"a quote in a bare value", "a; spf=pass smtp.mailfrom=x\"y; dmarc=pass header.from=b\"", "-"},
    {"text behind a quote", "a; spf=pass smtp.mailfrom=\"x\"y; dkim=none", "-"},
    {"a backslash in a bare value", "a; spf=pass smtp.mailfrom=x\\", "-"},
    {"no result", "a; spf", "-"},
    {"no method", "a; =pass", "-"},
    {"an empty result", "a; spf=; dkim=none", "-"},
    {"an empty place", "a; ; dkim=none", "-"},
    {"words behind a result", "a; spf=pass and more", "-"},
    {"none among others", "a; none; spf=pass", "-"},
    {"none at the end", "a; spf=pass; none", "-"},
    {"another version of a method", "a; dmarc/2=pass header.from=b", "-"},
    {"a NUL in quotes", "a; spf=pass smtp.mailfrom=\"\x01\"", "-"},
    {"a result in quotes", "a; spf=\"pass\"", "-"},
};

START_TEST(payload)
{
    ck_slice_eq(payloads[_i].label, shown(dmx_slice_cstr(payloads[_i].payload)), payloads[_i].want);
}
END_TEST

/* "result domain", or "-" when nothing is said without doubt. */
static const struct {
    const char *label;
    const char *payload;
    const char *want;
} claims[] = {
    {"pass", "a; dmarc=pass header.from=b.example", "pass b.example"},
    {"fail", "a; spf=pass; dmarc=fail header.from=b.example; dkim=none", "fail b.example"},
    {"of any case", "a; DMARC=Pass Header.From=B.Example", "pass b.example"},
    {"version 1", "a; dmarc/1=pass header.from=b.example", "pass b.example"},
    {"in quotes", "a; dmarc=pass header.from=\"b.example\"", "pass b.example"},
    {"U-labels",
     "a; dmarc=pass header.from=b\xc3\xbc"
     "cher.example",
     "pass xn--bcher-kva.example"},
    {"the policy beside it", "a; dmarc=fail header.from=b.example policy.dmarc=reject", "fail b.example"},
    {"a domain called dmarc", "a; dmarc=pass header.from=dmarc.example; spf=pass smtp.mailfrom=x@dmarc.example",
     "pass dmarc.example"},
    {"a comment of words", "a; dmarc=pass (policy of DMARC: p=none) header.from=b.example", "pass b.example"},
    {"Microsoft's action", "a; dmarc=pass action=none header.from=b.example", "pass b.example"},

    {"no dmarc", "a; spf=pass smtp.mailfrom=b.example", "-"},
    {"no header.from", "a; dmarc=pass", "-"},
    {"another property", "a; dmarc=pass smtp.from=b.example", "-"},
    {"no ptype", "a; dmarc=pass from=b.example", "-"},
    {"an address", "a; dmarc=pass header.from=x@b.example", "-"},
    {"no domain", "a; dmarc=pass header.from=b..example", "-"},
    {"an empty one", "a; dmarc=pass header.from=", "-"},
    {"a word of its own", "a; dmarc=bestguesspass header.from=b.example", "-"},
    {"two of them", "a; dmarc=pass header.from=b.example; dmarc=fail header.from=b.example", "-"},
    {"two domains", "a; dmarc=pass header.from=b.example header.from=c.example", "-"},
    {"header.from of another method", "a; dmarc=pass; dkim=pass header.from=b.example", "-"},
    {"in another method's value", "a; dkim=pass header.i=\"x; dmarc=pass header.from=b.example\"", "-"},
    {"a value that swallows the next", "a; dmarc=pass header.d= header.from=b.example", "-"},

    /* A sealer who quotes badly: the sender's text ends early, and the real result is swallowed by what follows. */
    {"the real one in a comment",
     "a; spf=pass (x) ; dmarc=pass header.from=b.example (; dmarc=fail header.from=b.example)", "-"},
    {"the real one in quotes",
     "a; dkim=pass header.i=x; dmarc=pass header.from=b.example x=\"; dmarc=fail header.from=b.example; spf=pass z=\"",
     "-"},
    {"the real one, spaced", "a; dmarc=pass header.from=b.example (; dmarc \t = fail)", "-"},
    {"the real one, with a version", "a; dmarc=pass header.from=b.example (; dmarc/1=fail)", "-"},
    {"the real one, with a comment", "a; dmarc=pass header.from=b.example (; dmarc(x)=fail)", "-"},
};

START_TEST(claim)
{
    enum dmx_result result;
    struct dmx_slice domain;
    struct dmx_builder b = dmx_builder_arena(arena(), 1024);
    if (dmx_resinfos_dmarc(dmx_slice_cstr(claims[_i].payload), arena(), &result, &domain)) {
        dmx_put_cstr(&b, dmx_result_word(result));
        dmx_put_char(&b, ' ');
        dmx_put(&b, domain);
    } else {
        dmx_put_char(&b, '-');
    }
    ck_slice_eq(claims[_i].label, dmx_builder_text(&b), claims[_i].want);
}
END_TEST

/* What we write ourselves reads back, whatever stands in it. */
static const char *const hostile[] = {
    "plain@b.example",
    "\"x; dmarc=pass header.from=author.example\"@b.example",
    "x;dmarc=pass header.from=author.example@b",
    "x) ; dmarc=pass header.from=author.example (@b",
    "x\" ; dmarc=pass header.from=author.example \"@b",
    "x\\",
    "\r\n\t;\x80\xff",
    "a b",
    "@",
};

START_TEST(ours_reads_back)
{
    struct dmx_builder b = dmx_builder_arena(arena(), 64 * 1024);
    struct dmx_authres ar;
    const struct dmx_reason reason = {.token = "x", .text = hostile[_i]};
    dmx_authres_begin(&ar, &b, DMX_SLICE("mx.example"));
    dmx_authres_method(&ar, "spf", DMX_PASS, &reason);
    dmx_authres_property(&ar, "smtp", "mailfrom", dmx_slice_cstr(hostile[_i]));
    dmx_authres_comment(&ar, dmx_slice_cstr(hostile[_i]));
    dmx_authres_method(&ar, "dkim", DMX_FAIL, NULL);
    dmx_authres_property(&ar, "header", "d", DMX_SLICE("b.example"));
    dmx_authres_end(&ar);
    struct dmx_slice field = dmx_builder_text(&b);
    struct dmx_slice written = dmx_slice_from(field, dmx_slice_find(field, ':') + 1);
    struct dmx_resinfos all;
    ck_assert_msg(dmx_resinfos_parse(written, arena(), &all), "%.*s", DMX_SLICE_ARG(field));
    ck_assert_uint_eq(all.count, 2);
    ck_slice_eq("last", all.items[1].method, "dkim");
    ck_slice_eq("last", all.items[1].result, "fail");
    ck_assert_uint_eq(all.items[1].property_count, 1);
}
END_TEST

/* At a limit and one beyond it. */
static const struct {
    const char *label;
    const char *head, *part;
    size_t count;
    bool want;
} limits[] = {
    {"200 results", "a", "; x=y", DMX_RESINFO_MAX, true},
    {"201 results", "a", "; x=y", DMX_RESINFO_MAX + 1, false},
    {"50 properties", "a; x=y", " p.q=r", DMX_RESINFO_MAX_PROPERTIES, true},
    {"51 properties", "a; x=y", " p.q=r", DMX_RESINFO_MAX_PROPERTIES + 1, false},
    {"64 kB", "a; x=y", " ", DMX_RESINFO_MAX_BYTES - 6, true},
    {"64 kB and one", "a; x=y", " ", DMX_RESINFO_MAX_BYTES - 5, false},
};

START_TEST(limit)
{
    struct dmx_builder b = dmx_builder_arena(arena(), 1024 * 1024);
    struct dmx_resinfos all;
    dmx_put_cstr(&b, limits[_i].head);
    for (size_t i = 0; i < limits[_i].count; i++)
        dmx_put_cstr(&b, limits[_i].part);
    ck_assert_msg(dmx_resinfos_parse(dmx_builder_text(&b), arena(), &all) == limits[_i].want, "%s", limits[_i].label);
}
END_TEST

DMX_SUITE(resinfo)
{
    DMX_TABLE(payload, payloads);
    DMX_TABLE(claim, claims);
    DMX_TABLE(ours_reads_back, hostile);
    DMX_TABLE(limit, limits);
}
