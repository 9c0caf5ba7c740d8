/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "../../../module/dkim/limits.h"
#include "dmx/dkim/signature.h"
#include "scene.h"
#include "suite.h"

#define BH   "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"
#define GOOD "v=1; a=rsa-sha256; d=example.org; s=sel; h=from;" BH " b=Zm9v"

static bool parse(struct dmx_slice value, struct dmx_signature *out, struct dmx_reason *reason)
{
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 1024 * 1024);
    struct dmx_field field;
    dmx_put_cstr(&b, "DKIM-Signature: ");
    dmx_put(&b, value);
    ck_assert(dmx_field_parse(dmx_builder_text(&b), &field));
    return dmx_signature_parse(&field, DMX_SIGNATURE_DKIM, scene_arena(), out, reason);
}

/* GOOD with from replaced by to; from "" puts to in front. */
static const struct {
    const char *label;
    const char *from, *to;
    const char *token; /* NULL: valid */
} edits[] = {
    {"as it is", "", "", NULL},
    {"v=2", "v=1", "v=2", "signature-version"},
    {"v=01", "v=1", "v=01", "signature-version"},
    {"v= empty", "v=1", "v=", "signature-version"},
    {"no v=", "v=1; ", "", "signature-tag-missing"},
    {"no a=", "a=rsa-sha256; ", "", "signature-tag-missing"},
    {"no d=", "d=example.org; ", "", "signature-tag-missing"},
    {"no s=", "s=sel; ", "", "signature-tag-missing"},
    {"no h=", "h=from;", "", "signature-tag-missing"},
    {"no bh=", BH, "", "signature-tag-missing"},
    {"no b=", "; b=Zm9v", "", "signature-tag-missing"},
    {"V is another tag", "v=1", "V=1", "signature-tag-missing"},
    {"a tag twice", "", "d=example.org; ", "tag-twice"},
    {"unknown tags", "", "foo=bar; x_9=; z=From:a|To:b; ", NULL},
    {"no tag list", "v=1;", "v;", "bad-tag-list"},
    {"last semicolon", "b=Zm9v", "b=Zm9v; ", NULL},
    {"a= in capitals", "rsa-sha256", "RSA-SHA256", NULL},
    {"a=rsa-sha1 has another bh=", "rsa-sha256", "rsa-sha1", "signature-body-hash"},
    {"a= with another suffix", "rsa-sha256", "rsa-sha2560", "signature-algorithm"},
    {"a=rsa", "rsa-sha256", "rsa", "signature-algorithm"},
    {"a=ed25519-sha1", "rsa-sha256", "ed25519-sha1", "signature-algorithm"},
    {"a=rsa-md5", "rsa-sha256", "rsa-md5", "signature-algorithm"},
    {"c=relaxed", "", "c=relaxed; ", NULL},
    {"c=Relaxed/Simple", "", "c=Relaxed/Simple; ", NULL},
    {"c=nofws", "", "c=nofws; ", "signature-canonicalization"},
    {"c=relaxed/", "", "c=relaxed/; ", "signature-canonicalization"},
    {"c= with three parts", "", "c=simple/simple/simple; ", "signature-canonicalization"},
    {"c= empty", "", "c=; ", "signature-canonicalization"},
    {"d= with a blank", "example.org", "exa mple.org", "signature-domain"},
    {"d= with empty label", "example.org", "example..org", "signature-domain"},
    {"d= empty", "d=example.org", "d=", "signature-domain"},
    {"d= with slash", "example.org", "example/org", "signature-domain"},
    {"s= of digits", "s=sel", "s=20240305", NULL},
    {"s= with labels", "s=sel", "s=a.b_c.d-e", NULL},
    {"s= with empty label", "s=sel", "s=a..b", "signature-selector"},
    {"s= with last dot", "s=sel", "s=a.", "signature-selector"},
    {"s= empty", "s=sel", "s=", "signature-selector"},
    {"s= with star", "s=sel", "s=*", "signature-selector"},
    {"h= without from", "h=from", "h=to:subject", "from-not-signed"},
    {"h= from in capitals", "h=from", "h=To : FROM", NULL},
    {"h= folded", "h=from", "h=to\r\n\t:\r\n from:\r\n\t cc", NULL},
    {"h= with a longer name only", "h=from", "h=from-x:xfrom", "from-not-signed"},
    {"h= with an empty name", "h=from", "h=from::to", "signature-names"},
    {"h= with last colon", "h=from", "h=from:", "signature-names"},
    {"h= with a blank in a name", "h=from", "h=from:a b", "signature-names"},
    {"h= with 8-bit name", "h=from", "h=from:\xc3\xa9", "signature-names"},
    {"h= empty", "h=from", "h=", "signature-names"},
    {"i= at d=", "", "i=user@example.org; ", NULL},
    {"i= below d=", "", "i=user@a.b.example.org; ", NULL},
    {"i= without local part", "", "i=@EXAMPLE.org; ", NULL},
    {"i= elsewhere", "", "i=user@example.com; ", "identity-outside-domain"},
    {"i= above d=", "", "i=user@org; ", "identity-outside-domain"},
    {"i= with d= as suffix", "", "i=user@badexample.org; ", "identity-outside-domain"},
    {"i= without @", "", "i=example.org; ", "signature-identity"},
    {"i= empty", "", "i=; ", "signature-identity"},
    {"i= quoted-printable", "", "i=us=65r=40example=2Eorg; ", NULL},
    {"i= with half a code", "", "i=user=4@example.org; ", "signature-identity"},
    {"i= with code cut off", "", "i=user@example.org=2; ", "signature-identity"},
    {"i= with several @", "", "i=a@b@example.org; ", NULL},
    {"l=0", "", "l=0; ", NULL},
    {"l= at 2^63 - 1", "", "l=9223372036854775807; ", NULL},
    {"l= at 2^63", "", "l=9223372036854775808; ", "signature-length"},
    {"l= of 80 digits", "", "l=11111111111111111111111111111111111111111111111111111111111111111111111111111111; ",
     "signature-length"},
    {"l= negative", "", "l=-1; ", "signature-length"},
    {"l= empty", "", "l=; ", "signature-length"},
    {"q=dns/txt", "", "q=dns/txt; ", NULL},
    {"q= among others", "", "q=foo/bar : DNS/TXT:x; ", NULL},
    {"q=dns", "", "q=dns; ", "signature-query"},
    {"q=dns/txtx", "", "q=dns/txtx; ", "signature-query"},
    {"t=", "", "t=1117574938; ", NULL},
    {"t= far beyond 2^63", "", "t=99999999999999999999999999; ", NULL},
    {"t= no number", "", "t=12x; ", "signature-time"},
    {"t= empty", "", "t=; ", "signature-time"},
    {"x= alone", "", "x=1117574938; ", NULL},
    {"x= one after t=", "", "t=1117574938; x=1117574939; ", NULL},
    {"x= equal to t=", "", "t=1117574938; x=1117574938; ", "signature-expiry"},
    {"x= before t=", "", "t=1117574938; x=1117574937; ", "signature-expiry"},
    {"x= never", "", "t=1117574938; x=9999999999999999999999; ", NULL},
    {"x= negative", "", "x=-1; ", "signature-expiry"},
    {"bh= odd characters", "2jUSOH9N", "2jUS*H9N", "signature-body-hash"},
    {"bh= too short", "2jUSOH9N", "", "signature-body-hash"},
    {"bh= folded", "2jUSOH9N", "2jUS\r\n\t OH9N", NULL},
    {"b= empty", "b=Zm9v", "b=", "signature-data"},
    {"b= blank", "b=Zm9v", "b= \r\n ", "signature-data"},
    {"b= without padding", "b=Zm9v", "b=Zm9vZg", "signature-data"},
    {"b= odd characters", "b=Zm9v", "b=Zm9_", "signature-data"},
    {"b= only padding", "b=Zm9v", "b=====", "signature-data"},
};

START_TEST(edit)
{
    struct dmx_signature s;
    struct dmx_reason reason;
    bool ok = parse(scene_edit(DMX_SLICE(GOOD), edits[_i].from, edits[_i].to), &s, &reason);
    ck_assert_msg(ok == !edits[_i].token, "%s: got %s", edits[_i].label, reason.token ? reason.token : "valid");
    if (edits[_i].token) {
        ck_assert_msg(!strcmp(reason.token, edits[_i].token), "%s: got %s, want %s", edits[_i].label, reason.token,
                      edits[_i].token);
        ck_assert_ptr_nonnull(reason.text);
        ck_assert_ptr_nonnull(reason.section);
    } else {
        ck_assert(s.cut.len > 0 && s.signature.len > 0);
    }
}
END_TEST

START_TEST(members)
{
    struct dmx_signature s;
    struct dmx_reason reason;
    ck_assert(parse(DMX_SLICE("v=1;a=Ed25519-SHA256;c=relaxed;d=Example.ORG;s=Sel;h=From : to;i=a=20b@X.example.org;"
                              "l=7;t=5;x=9;" BH "b = Zm\r\n 9v \r\n\t"),
                    &s, &reason));
    ck_slice_eq("d", s.domain, "example.org");
    ck_slice_eq("s", s.selector, "sel");
    ck_slice_eq("prefix", s.key_prefix, "sel._domainkey");
    ck_slice_eq("i", s.identity, "a b@X.example.org");
    ck_slice_eq("domain of i", s.identity_domain, "x.example.org");
    ck_slice_eq("a", s.algorithm, "ed25519-sha256");
    ck_slice_eq("h", s.names, "From : to");
    ck_slice_eq("b text", s.text, "Zm9v");
    ck_slice_eq("b", s.signature, "foo");
    ck_slice_eq("cut", s.cut, " Zm\r\n 9v \r\n\t");
    ck_assert_int_eq(s.key_type, DMX_KEY_ED25519);
    ck_assert_int_eq(s.hash, DMX_HASH_SHA256);
    ck_assert_int_eq(s.header_canon, DMX_CANON_RELAXED);
    ck_assert_int_eq(s.body_canon, DMX_CANON_SIMPLE);
    ck_assert_uint_eq(s.body_hash.len, 32);
    ck_assert(s.has_length && s.has_time && s.has_expiry);
    ck_assert_uint_eq(s.length, 7);
    ck_assert_int_eq(s.time_s, 5);
    ck_assert_int_eq(s.expiry_s, 9);
}
END_TEST

/* What can be read of a broken signature is told. */
START_TEST(members_of_a_broken_one)
{
    struct dmx_signature s;
    struct dmx_reason reason;
    ck_assert(!parse(scene_edit(DMX_SLICE(GOOD), "v=1", "v=3"), &s, &reason));
    ck_slice_eq("d", s.domain, "example.org");
    ck_slice_eq("i", s.identity, "@example.org");
    ck_slice_eq("a", s.algorithm, "rsa-sha256");
    ck_assert(!parse(DMX_SLICE("no list"), &s, &reason));
    ck_assert(s.domain.ptr == NULL && s.selector.ptr == NULL && s.identity.ptr == NULL);
}
END_TEST

static const struct {
    const char *label;
    size_t names;
    const char *token;
} name_counts[] = {
    {"one below the limit", DMX_SIGNATURE_MAX_NAMES - 1, NULL},
    {"the limit", DMX_SIGNATURE_MAX_NAMES, NULL},
    {"one above the limit", DMX_SIGNATURE_MAX_NAMES + 1, "signature-names-limit"},
};

START_TEST(many_names)
{
    struct dmx_signature s;
    struct dmx_reason reason;
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 1024 * 1024);
    dmx_put_cstr(&b, "h=from");
    for (size_t i = 1; i < name_counts[_i].names; i++)
        dmx_put_cstr(&b, ":x");
    struct dmx_slice names = dmx_builder_text(&b);
    bool ok = parse(scene_edit(DMX_SLICE(GOOD), "h=from", names.ptr), &s, &reason);
    ck_slice_eq(name_counts[_i].label, dmx_slice_cstr(ok ? NULL : reason.token),
                name_counts[_i].token ? name_counts[_i].token : "");
}
END_TEST

static const struct {
    const char *label;
    size_t bytes;
    bool want;
} field_sizes[] = {
    {"one below the limit", DMX_SIGNATURE_MAX_BYTES - 1, true},
    {"the limit", DMX_SIGNATURE_MAX_BYTES, true},
    {"one above the limit", DMX_SIGNATURE_MAX_BYTES + 1, false},
};

START_TEST(large_field)
{
    struct dmx_signature s;
    struct dmx_reason reason;
    size_t fill = field_sizes[_i].bytes - strlen("DKIM-Signature: " GOOD "; n=");
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 1024 * 1024);
    dmx_put_cstr(&b, GOOD "; n=");
    while (fill--)
        dmx_put_char(&b, 'x');
    ck_assert_int_eq(parse(dmx_builder_text(&b), &s, &reason), field_sizes[_i].want);
    if (!field_sizes[_i].want)
        ck_assert_str_eq(reason.token, "signature-too-long");
}
END_TEST

static const struct {
    const char *label, *value, *want;
} peeks[] = {
    {"first", "d=Example.org; v=1", "example.org"},
    {"later and folded", "v=1; q=d;\r\n d =\r\n\texample.org", "example.org"},
    {"none", "v=1; bd=example.org", NULL},
    {"empty", "d=", NULL},
    {"no equals", "d; v=1", NULL},
};

START_TEST(peek)
{
    struct dmx_field field = {.value = dmx_slice_cstr(peeks[_i].value)};
    struct dmx_slice domain = DMX_SLICE_NONE;
    bool found = dmx_signature_peek_domain(&field, scene_arena(), &domain);
    ck_assert_msg(found == (peeks[_i].want != NULL), "%s", peeks[_i].label);
    ck_slice_eq(peeks[_i].label, domain, peeks[_i].want ? peeks[_i].want : "");
}
END_TEST

DMX_SUITE(signature)
{
    DMX_TABLE(edit, edits);
    DMX_TEST(members);
    DMX_TEST(members_of_a_broken_one);
    DMX_TABLE(many_names, name_counts);
    DMX_TABLE(large_field, field_sizes);
    DMX_TABLE(peek, peeks);
}
