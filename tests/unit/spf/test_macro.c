/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../module/spf/macro.h"

#include <string.h>

#include "../../../module/spf/limits.h"
#include "suite.h"

/* RFC 7208 section 7.4 gives this sender and these expansions. */
static struct dmx_spf_values rfc_values(const char *client)
{
    struct dmx_spf_values values = {.local = DMX_SLICE("strong-bad"),
                                    .sender = DMX_SLICE("strong-bad@email.example.com"),
                                    .domain = DMX_SLICE("email.example.com"),
                                    .current = DMX_SLICE("email.example.com"),
                                    .helo = DMX_SLICE("mx.example.org"),
                                    .validated = DMX_SLICE("mx.example.org"),
                                    .receiver = DMX_SLICE("mx.receiver.test"),
                                    .now_s = 1700000000};
    ck_assert(dmx_ip_parse(dmx_slice_cstr(client), &values.client));
    return values;
}

#define V6_NIBBLES "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"

static const struct {
    const char *text, *want, *client;
} rfc_rows[] = {
    {"%{s}", "strong-bad@email.example.com", NULL},
    {"%{o}", "email.example.com", NULL},
    {"%{d}", "email.example.com", NULL},
    {"%{d4}", "email.example.com", NULL},
    {"%{d3}", "email.example.com", NULL},
    {"%{d2}", "example.com", NULL},
    {"%{d1}", "com", NULL},
    {"%{dr}", "com.example.email", NULL},
    {"%{d2r}", "example.email", NULL},
    {"%{d2R}", "example.email", NULL},
    {"%{l}", "strong-bad", NULL},
    {"%{l-}", "strong.bad", NULL},
    {"%{lr}", "strong-bad", NULL},
    {"%{lr-}", "bad.strong", NULL},
    {"%{l1r-}", "strong", NULL},
    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com", NULL},
    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", NULL},
    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com", NULL},
    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com", NULL},
    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net", NULL},
    {"%{i}", "192.0.2.3", NULL},
    {"%{i1}", "3", NULL},
    {"%{c}", "192.0.2.3", NULL},
    {"%{v}", "in-addr", NULL},
    {"%{h}", "mx.example.org", NULL},
    {"%{p}", "mx.example.org", NULL},
    {"%{r}", "mx.receiver.test", NULL},
    {"%{t}", "1700000000", NULL},
    {"%{i}", V6_NIBBLES, "2001:db8::cb01"},
    {"%{ir}.%{v}", "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6", "2001:db8::cb01"},
    {"%{c}", "2001:db8::cb01", "2001:db8::cb01"},
    {"%{v}", "ip6", "2001:db8::cb01"},
    {"%{C}", "2001%3Adb8%3A%3Acb01", "2001:db8::cb01"},
    {"a%%b%_c%-d", "a%b c%20d", NULL},
    {"%{S}", "strong-bad%40email.example.com", NULL},
    {"%{L}", "strong-bad", NULL},
    {"%{d0000002}", "example.com", NULL},
    {"%{d999999999999999999999}", "email.example.com", NULL},
    {"%{d128}", "email.example.com", NULL},
    {"%{d.-}", "email.example.com", NULL},
    {"%{s2@}", NULL, NULL}, /* @ is no delimiter */
    {"no macro at all", "no macro at all", NULL},
    {"", "", NULL},
};

START_TEST(expands_as_the_rfc_shows)
{
    struct dmx_slice text = dmx_slice_cstr(rfc_rows[_i].text);
    struct dmx_spf_values values = rfc_values(rfc_rows[_i].client ? rfc_rows[_i].client : "192.0.2.3");
    char buffer[512];
    struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
    bool fine = dmx_spf_macro_check(text, SPF_IN_EXPLANATION) == SPF_FINE;
    ck_assert_msg(fine == (rfc_rows[_i].want != NULL), "%s", rfc_rows[_i].text);
    dmx_spf_put_expanded(&b, text, &values);
    ck_assert_int_eq(b.failed, !fine);
    ck_slice_eq(rfc_rows[_i].text, dmx_builder_text(&b), fine ? rfc_rows[_i].want : "");
}
END_TEST

/* Fault H: what libspf2 gets wrong when a value has no more parts than are asked for, for each letter. */
static const char letters[] = "slodiphcrtvSLODIPHCRTV";
static const char *const transformers[] = {"", "1", "2", "9", "r", "1r", "9r", "128", "-", "r-", "1r+", "9.-+,/_="};

enum { TRANSFORMERS = sizeof transformers / sizeof *transformers };

static char lower_of(char letter)
{
    return letter < 'a' ? (char)(letter + 32) : letter;
}

/* One part only: whatever is done with it, it stays whole, down to its first character. */
START_TEST(keeps_a_single_part_whole)
{
    char letter = letters[_i / TRANSFORMERS], text[32], buffer[512];
    struct dmx_slice one = DMX_SLICE("joel");
    struct dmx_spf_values values = {
        .local = one, .sender = one, .domain = one, .current = one, .helo = one, .validated = one, .receiver = one};
    struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
    snprintf(text, sizeof text, "%%{%c%s}", letter, transformers[_i % TRANSFORMERS]);
    values.now_s = 7;
    dmx_spf_put_expanded(&b, dmx_slice_cstr(text), &values);
    bool in_addr = lower_of(letter) == 'v', seven = lower_of(letter) == 't';
    bool empty = lower_of(letter) == 'i' || lower_of(letter) == 'c'; /* the client has no address here */
    bool split = in_addr && strchr(transformers[_i % TRANSFORMERS], '-') != NULL;
    if (!split)
        ck_slice_eq(text, dmx_builder_text(&b), in_addr ? "in-addr" : seven ? "7" : empty ? "" : "joel");
}
END_TEST

static const struct {
    const char *label, *local, *text, *want;
} value_rows[] = {
    {"example.com by two", "example.com", "%{l2}", "example.com"},
    {"joel by one, reversed", "joel", "%{l1r+}", "joel"},
    {"leading delimiter", ".a.b", "%{l}", ".a.b"},
    {"leading delimiter kept off", ".a.b", "%{l2}", "a.b"},
    {"trailing delimiter", "a.b.", "%{l2}", "b."},
    {"only delimiters", "...", "%{l}", "..."},
    {"only delimiters reversed", "...", "%{lr}", "..."},
    {"last part of only delimiters", "...", "%{l1}", ""},
    {"empty value", "", "x%{l}y", "xy"},
    {"empty value reversed", "", "x%{l1r}y", "xy"},
    {"two delimiters", "a+b-c", "%{l+-}", "a.b.c"},
    {"two delimiters reversed", "a+b-c", "%{lr+-}", "c.b.a"},
    {"a delimiter given: the dot is none", "a.b-c", "%{l1-}", "c"},
    {"a slash as delimiter", "a/b", "%{lr/}", "b.a"},
    {"a comma as delimiter", "a,b", "%{l1,}", "b"},
    {"underscore and equals", "a_b=c", "%{lr_=}", "c.b.a"},
    {"percent in a value is no macro", "%{d}", "%{l}", "%{d}"},
    {"blanks stay", "x +all y", "%{l}", "x +all y"},
    {"upper case: blank", "x y", "%{L}", "x%20y"},
    {"upper case: percent", "100%", "%{L}", "100%25"},
    {"upper case: slash", "a/b", "%{L}", "a%2Fb"},
    {"upper case: quote", "\"q\"", "%{L}", "%22q%22"},
    {"upper case: unreserved stay", "-._~aZ09", "%{L}", "-._~aZ09"},
    {"upper case: the other marks do not", "!*'()", "%{L}", "%21%2A%27%28%29"},
    {"upper case: 8-bit", "\xc3\xa9", "%{L}", "%C3%A9"},
    {"upper case: control", "\x01\x7f", "%{L}", "%01%7F"},
    {"upper case after reversing", "a b.c d", "%{Lr}", "c%20d.a%20b"},
};

START_TEST(expands_values)
{
    struct dmx_spf_values values = rfc_values("192.0.2.3");
    char buffer[128];
    struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
    values.local = dmx_slice_cstr(value_rows[_i].local);
    dmx_spf_put_expanded(&b, dmx_slice_cstr(value_rows[_i].text), &values);
    ck_assert(!b.failed);
    ck_slice_eq(value_rows[_i].label, dmx_builder_text(&b), value_rows[_i].want);
}
END_TEST

static const struct {
    const char *text;
    enum dmx_spf_why in_record, in_explanation;
} check_rows[] = {
    {"%{l}", SPF_FINE, SPF_FINE},
    {"%{c}", SPF_BAD_MACRO, SPF_FINE},
    {"%{r}", SPF_BAD_MACRO, SPF_FINE},
    {"%{t}", SPF_BAD_MACRO, SPF_FINE},
    {"%{T}", SPF_BAD_MACRO, SPF_FINE},
    {"a b", SPF_BAD_BYTE, SPF_FINE},
    {"a\tb", SPF_BAD_BYTE, SPF_BAD_BYTE},
    {"a\nb", SPF_BAD_BYTE, SPF_BAD_BYTE},
    {"\xef\xbb\xbf", SPF_BAD_BYTE, SPF_BAD_BYTE},
    {"\x7f", SPF_BAD_BYTE, SPF_BAD_BYTE},
    {"%", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"100%", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%(ir)", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{l", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{x}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{a}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d0}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d000}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{dr2}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d-1}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d|}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d }", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{dd}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%{d-r}", SPF_BAD_MACRO, SPF_BAD_MACRO},
    {"%%%_%-", SPF_FINE, SPF_FINE},
    {"%a", SPF_BAD_MACRO, SPF_BAD_MACRO},
};

START_TEST(checks_strings)
{
    struct dmx_slice text = dmx_slice_cstr(check_rows[_i].text);
    ck_assert_msg(dmx_spf_macro_check(text, SPF_IN_RECORD) == check_rows[_i].in_record, "record: %s",
                  check_rows[_i].text);
    ck_assert_msg(dmx_spf_macro_check(text, SPF_IN_EXPLANATION) == check_rows[_i].in_explanation, "explanation: %s",
                  check_rows[_i].text);
}
END_TEST

static const struct {
    const char *text;
    enum dmx_spf_why want;
} spec_rows[] = {
    {"example.com", SPF_FINE},
    {"example.com.", SPF_FINE},
    {"example.c-m", SPF_FINE},
    {"example.1a", SPF_FINE},
    {"example.xn--p1ai", SPF_FINE},
    {"example.1-2", SPF_FINE},
    {".com", SPF_FINE},
    {"a..com", SPF_FINE}, /* grammar allows it; DNS does not */
    {"_spf.example.com", SPF_FINE},
    {"foo:bar/baz.example.com", SPF_FINE},
    {"foo!\"#$&'()*+,;<=>?@[\\]^`{|}~.example.com", SPF_FINE},
    {"%{d}", SPF_FINE},
    {"%{i}._spf.%{d2}", SPF_FINE},
    {"%%", SPF_FINE},
    {"%{d}.com", SPF_FINE},
    {"", SPF_BAD_DOMAIN_SPEC},
    {".", SPF_BAD_DOMAIN_SPEC},
    {"com", SPF_BAD_DOMAIN_SPEC},
    {"com.", SPF_BAD_DOMAIN_SPEC},
    {"example.com..", SPF_BAD_DOMAIN_SPEC},
    {"192.0.2.1", SPF_BAD_DOMAIN_SPEC},
    {"example.123", SPF_BAD_DOMAIN_SPEC},
    {"example.-com", SPF_BAD_DOMAIN_SPEC},
    {"example.com-", SPF_BAD_DOMAIN_SPEC},
    {"example.c_m", SPF_BAD_DOMAIN_SPEC},
    {"example.com/24", SPF_BAD_DOMAIN_SPEC},
    {"%{d}com", SPF_BAD_DOMAIN_SPEC},
    {"%{d}.", SPF_BAD_DOMAIN_SPEC},
    {"%{d}.c@m", SPF_BAD_DOMAIN_SPEC},
    {"%{d}.%", SPF_BAD_MACRO},
    {"\x80.com", SPF_BAD_BYTE},
};

START_TEST(checks_domain_specs)
{
    ck_assert_msg(dmx_spf_domain_spec_check(dmx_slice_cstr(spec_rows[_i].text)) == spec_rows[_i].want, "%s",
                  spec_rows[_i].text);
}
END_TEST

/* A target of n bytes: labels of 9 bytes with their dots, the first one shorter. */
static struct dmx_slice target_of(size_t n, struct dmx_arena *arena)
{
    struct dmx_spf_values values = {.domain = DMX_SLICE("x")};
    char text[400];
    struct dmx_slice out;
    for (size_t i = 0; i < n; i++)
        text[i] = (n - i) % 10 == 0 ? '.' : 'a';
    text[0] = 'b';
    ck_assert_int_eq(dmx_spf_target_name(dmx_slice(text, n), &values, arena, &out), SPF_FINE);
    return out;
}

START_TEST(drops_labels_from_the_left)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    ck_assert_uint_eq(target_of(252, arena).len, 252);
    ck_assert_uint_eq(target_of(253, arena).len, 253);
    struct dmx_slice cut = target_of(254, arena);
    ck_assert_uint_eq(cut.len, 249);
    ck_assert_int_eq(cut.ptr[0], 'a');
    ck_assert_uint_eq(target_of(399, arena).len, 249);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(drops_everything_without_a_dot)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    char text[300];
    memset(text, 'a', sizeof text);
    struct dmx_spf_values values = {.local = dmx_slice(text, sizeof text)};
    struct dmx_slice out;
    ck_assert_int_eq(dmx_spf_target_name(DMX_SLICE("%{l}"), &values, arena, &out), SPF_FINE);
    ck_assert_uint_eq(out.len, 0);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(says_when_an_expansion_is_too_long)
{
    struct dmx_arena *arena = dmx_arena_new(4 << 20), *small = dmx_arena_new(9 * 1024);
    static char text[SPF_MAX_VALUE + 1];
    memset(text, 'a', sizeof text);
    struct dmx_spf_values values = {.local = dmx_slice(text, SPF_MAX_VALUE)};
    struct dmx_slice out;
    ck_assert_int_eq(dmx_spf_target_name(DMX_SLICE("%{l}"), &values, arena, &out), SPF_FINE);
    ck_assert_int_eq(dmx_spf_target_name(DMX_SLICE("%{l}x"), &values, arena, &out), SPF_LONG_EXPANSION);
    ck_assert_int_eq(dmx_spf_target_name(DMX_SLICE("%{l}"), &values, small, &out), SPF_NO_MEMORY);
    dmx_arena_free(&arena);
    dmx_arena_free(&small);
}
END_TEST

START_TEST(knows_which_letters_are_used)
{
    ck_assert(dmx_spf_macro_uses(DMX_SLICE("a.%{p}.b"), 'p'));
    ck_assert(dmx_spf_macro_uses(DMX_SLICE("%{l}%{P2r-}"), 'p'));
    ck_assert(!dmx_spf_macro_uses(DMX_SLICE("p.%{l}.%%{p}"), 'p'));
    ck_assert(!dmx_spf_macro_uses(DMX_SLICE(""), 'p'));
}
END_TEST

DMX_SUITE(spf_macro)
{
    DMX_TABLE(expands_as_the_rfc_shows, rfc_rows);
    tcase_add_loop_test(tcase, keeps_a_single_part_whole, 0, (int)(sizeof letters - 1) * TRANSFORMERS);
    DMX_TABLE(expands_values, value_rows);
    DMX_TABLE(checks_strings, check_rows);
    DMX_TABLE(checks_domain_specs, spec_rows);
    DMX_TEST(drops_labels_from_the_left);
    DMX_TEST(drops_everything_without_a_dot);
    DMX_TEST(says_when_an_expansion_is_too_long);
    DMX_TEST(knows_which_letters_are_used);
}
