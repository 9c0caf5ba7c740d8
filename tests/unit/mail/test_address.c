/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/address.h"

#include "dmx/base/builder.h"
#include "suite.h"

#define OK       DMX_AUTHOR_OK
#define NONE     DMX_AUTHOR_NONE
#define MULTIPLE DMX_AUTHOR_MULTIPLE
#define INVALID  DMX_AUTHOR_INVALID

/* One From field. domains: all that were read, in order, with a blank between. token: NULL when OK. */
static const struct {
    const char *label, *value;
    enum dmx_author_status status;
    const char *domains, *token;
} value_rows[] = {
    {"addr-spec", "u@e.example", OK, "e.example", NULL},
    {"angle-addr", "<u@e.example>", OK, "e.example", NULL},
    {"name-addr", "U Ser <u@e.example>", OK, "e.example", NULL},
    {"A3 capitals and last dot", "U@E.EXAMPLE.", OK, "e.example", NULL},
    {"last dot in brackets", "<U@E.EXAMPLE.>", OK, "e.example", NULL},
    {"white space everywhere", " \r\n\tU  <\r\n u \t@ e . example \r\n > ", OK, "e.example", NULL},
    {"folded with LF", "U\n <u@e.example>\n ", OK, "e.example", NULL},
    {"subdomain", "u@a.b.e.example", OK, "a.b.e.example", NULL},
    {"one label", "root@localhost", OK, "localhost", NULL},
    {"plus and slash in the local part", "u+x/y=z@e.example", OK, "e.example", NULL},
    {"A2 U-label",
     "u@b\xC3\xBC"
     "cher.example",
     OK, "xn--bcher-kva.example", NULL},
    {"UTF-8 local part", "j\xC3\xB6rg@e.example", OK, "e.example", NULL},
    {"UTF-8 name", "J\xC3\xB6rg <u@e.example>", OK, "e.example", NULL},
    {"Latin-1 name", "J\xF6rg <u@e.example>", OK, "e.example", NULL},
    {"Latin-1 quoted name", "\"J\xF6rg, M\" <u@e.example>", OK, "e.example", NULL},
    {"Latin-1 comment", "u@e.example (J\xF6rg)", OK, "e.example", NULL},
    {"encoded word", "=?utf-8?Q?J=C3=B6rg?= <u@e.example>", OK, "e.example", NULL},
    {"encoded words with fold", "=?utf-8?B?SsO2?=\r\n =?utf-8?B?cmc=?= <u@e.example>", OK, "e.example", NULL},
    {"quoted name", "\"M, Inc.\" <u@e.example>", OK, "e.example", NULL},
    {"A7 quoted pairs in the name", "\"\\\"M, Inc.\\\"\" <u@e.example>", OK, "e.example", NULL},
    {"A7 quoted name with an address", "\"a@evil.example\" <u@e.example>", OK, "e.example", NULL},
    {"quoted name with brackets", "\"<a@evil.example>\" <u@e.example>", OK, "e.example", NULL},
    {"empty quoted name", "\"\" <u@e.example>", OK, "e.example", NULL},
    {"quoted string against a word", "\"A\"B<u@e.example>", OK, "e.example", NULL},
    {"dots in the name", "John Q. Public, jr", INVALID, "", "from-no-at"},
    {"initials", "J. R. R. T. <u@e.example>", OK, "e.example", NULL},
    {"square brackets in the name", "[list] U <u@e.example>", OK, "e.example", NULL},
    {"comment with an address", "u@e.example (a@evil.example)", OK, "e.example", NULL},
    {"comment first", "(a@evil.example) u@e.example", OK, "e.example", NULL},
    {"comment with brackets", "U (x) <(y)u(z)@(z)e.example(z)> (<a@evil.example>)", OK, "e.example", NULL},
    {"nested comments", "u@e.example (a(b(c)\\)\\()d)", OK, "e.example", NULL},
    {"comments around dots", "u(a).(b)v@e(c).(d)example", OK, "e.example", NULL},
    {"comment that looks like more domain", "u@e.example(.evil.example)", OK, "e.example", NULL},
    {"quoted local part", "\"u v\"@e.example", OK, "e.example", NULL},
    {"quoted local part with an address", "\"a@evil.example\"@e.example", OK, "e.example", NULL},
    {"quoted local part in brackets", "<\"a\\\"@evil.example\"@e.example>", OK, "e.example", NULL},
    {"mixed local part", "\"a\".b.\"c d\"@e.example", OK, "e.example", NULL},
    {"dots as carriers gave them out", "a..b.@e.example", OK, "e.example", NULL},
    {"dot first", ".a@e.example", OK, "e.example", NULL},
    {"source route", "<@a.example,@b.example:u@e.example>", OK, "e.example", NULL},
    {"source route with blanks", "< @ a . example , , @b.example : u@e.example >", OK, "e.example", NULL},
    {"A6 several of one domain", "a@e.example, B <b@E.example>,c@e.example.", OK, "e.example", NULL},
    {"empty list elements", ", ,u@e.example,,", OK, "e.example", NULL},
    {"group", "Team: a@e.example, B <b@e.example>;", OK, "e.example", NULL},
    {"group and more", "Team: a@e.example; , b@e.example", OK, "e.example", NULL},
    {"empty group and an address", "Team:;, b@e.example", OK, "e.example", NULL},
    {"group of empties", "\"T\": , a@e.example , ;", OK, "e.example", NULL},
    {"the same address twice", "u@e.example <u@E.example>", OK, "e.example", NULL},
    {"two domains", "a@e.example, b@f.example", MULTIPLE, "e.example f.example", "from-several-domains"},
    {"two domains in a group", "T: a@e.example, b@f.example;", MULTIPLE, "e.example f.example", "from-several-domains"},
    {"five domains", "a@a.ex, b@b.ex, c@c.ex, d@d.ex, e@e.ex", MULTIPLE, "a.ex b.ex c.ex d.ex", "from-several-domains"},
    {"subdomain is another", "a@e.example, b@a.e.example", MULTIPLE, "e.example a.e.example", "from-several-domains"},
    {"nothing", "", INVALID, "", "from-empty"},
    {"blank", " \r\n ", INVALID, "", "from-empty"},
    {"only a comma", ",", INVALID, "", "from-empty"},
    {"only a comment", "(u@e.example)", INVALID, "e.example", "from-empty"},
    {"empty brackets", "U <>", INVALID, "", "from-empty-brackets"},
    {"blank brackets", "U < (c) >", INVALID, "", "from-empty-brackets"},
    {"empty group", "undisclosed:;", INVALID, "", "from-empty-group"},
    {"empty group with comment", "undisclosed-recipients: (u@e.example) ;", INVALID, "e.example", "from-empty-group"},
    {"group without end", "Team: u@e.example", INVALID, "e.example", "from-bad-group"},
    {"group in a group", "T: U: u@e.example;;", INVALID, "e.example", "from-bad-group"},
    {"group without name", ": u@e.example;", INVALID, "e.example", "from-bad-group"},
    {"group without comma after it", "T: a@e.example; b@f.example", INVALID, "e.example f.example", "from-bad-syntax"},
    {"semicolon between addresses", "a@e.example; b@e.example", INVALID, "e.example", "from-bad-syntax"},
    {"no domain", "root", INVALID, "", "from-no-at"},
    {"no domain in brackets", "U <root>", INVALID, "", "from-no-at"},
    {"A7 unquoted comma in the name", "Doe, John <u@e.example>", OK, "e.example", NULL},
    {"unquoted commas, dots, folds", " Doe, Jr.,\r\n J. <u@e.example> \r\n", OK, "e.example", NULL},
    {"unquoted comma before the brackets", "Doe, <u@e.example>", OK, "e.example", NULL},
    {"unquoted comma beside quotes and a comment", "Doe, \"J\" (at work) <u@e.example>", OK, "e.example", NULL},
    {"unquoted comma and another @", "Doe, @john <u@e.example>", INVALID, "john e.example", "from-no-at"},
    {"unquoted comma and a second address", "Doe, a@evil.example, J <u@e.example>", INVALID, "evil.example e.example",
     "from-no-at"},
    {"unquoted comma and a second address in quotes", "\"a@evil.example\", J <u@e.example>", INVALID,
     "evil.example e.example", "from-no-at"},
    {"A7 unquoted comma and an encoded @", "Doe =?utf-8?q?a=40evil.example?=, J <u@e.example>", INVALID, "e.example",
     "from-no-at"},
    {"unquoted comma and a wide @",
     "Doe, a\xef\xbc\xa0"
     "evil.example <u@e.example>",
     INVALID, "evil.example e.example", "from-no-at"},
    {"unquoted comma and something behind", "Doe, John <u@e.example> x", INVALID, "e.example", "from-no-at"},
    {"unquoted comma behind the brackets", "John <u@e.example>, Doe", INVALID, "e.example", "from-no-at"},
    {"unquoted comma and a colon", "Doe, John: <u@e.example>", INVALID, "e.example", "from-no-at"},
    {"unquoted comma and a semicolon", "Doe, John; <u@e.example>", INVALID, "e.example", "from-no-at"},
    {"unquoted comma and an open quote", "Doe, \"John <u@e.example>", INVALID, "e.example", "from-no-at"},
    {"unquoted comma and a NUL", "Doe, John\x01 <u@e.example>", INVALID, "e.example", "from-control"},
    {"empty domain", "u@", INVALID, "", "from-bad-domain"},
    {"empty domain in brackets", "<u@>", INVALID, "", "from-bad-domain"},
    {"empty local part", "@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"empty local part in brackets", "<@e.example>", INVALID, "e.example", "from-bad-route"},
    {"only dots as local part", "..@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"domain literal", "u@[192.0.2.1]", INVALID, "", "from-domain-literal"},
    {"dotted quad", "u@192.0.2.1", INVALID, "", "from-bad-domain"},
    {"empty label", "u@e..example", INVALID, "", "from-bad-domain"},
    {"label too long", "u@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", INVALID, "",
     "from-bad-domain"},
    {"bad letter in the domain", "u@e!x.example", INVALID, "e", "from-bad-domain"},
    {"Latin-1 domain",
     "u@b\xFC"
     "cher.example",
     INVALID, "", "from-bad-domain"},
    {"Latin-1 local part", "j\xF6rg@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"Latin-1 quoted local part", "<\"j\xF6rg\"@e.example>", INVALID, "e.example", "from-bad-local-part"},
    {"overlong UTF-8 local part", "a\xC0\xAF@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"surrogate in the local part", "a\xED\xA0\x80@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"two at signs", "a@evil.example@e.example", INVALID, "evil.example e.example", "from-bad-syntax"},
    {"two at signs in brackets", "<a@evil.example@e.example>", INVALID, "evil.example e.example", "from-unbalanced"},
    {"address before another", "a@evil.example <b@victim.example>", INVALID, "evil.example victim.example",
     "from-address-in-name"},
    {"address in the middle of the name", "A a@evil.example B <b@victim.example>", INVALID,
     "evil.example victim.example", "from-bad-local-part"},
    {"word after an address", "a@evil.example B <b@victim.example>", INVALID, "evil.example victim.example",
     "from-bad-syntax"},
    {"two words before the at sign", "a b@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"quoted string against the local part", "\"x\"a@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"brackets in the local part", "[a]@e.example", INVALID, "e.example", "from-bad-local-part"},
    {"comment inside a label", "u@e(x)vil.example", INVALID, "e", "from-bad-syntax"},
    {"space inside a label", "<u@e vil.example>", INVALID, "e", "from-unbalanced"},
    {"no opening bracket", "u@victim.example>", INVALID, "victim.example", "from-bad-syntax"},
    {"name and no opening bracket", "U u@victim.example>", INVALID, "victim.example", "from-bad-local-part"},
    {"no closing bracket", "U <u@e.example", INVALID, "e.example", "from-unbalanced"},
    {"two opening brackets", "<<u@e.example>>", INVALID, "e.example", "from-no-at"},
    {"two closing brackets", "<u@e.example>>", INVALID, "e.example", "from-bad-syntax"},
    {"two in brackets", "U <a@e.example> <b@f.example>", INVALID, "e.example f.example", "from-bad-syntax"},
    {"two in one pair of brackets", "<a@e.example, b@f.example>", INVALID, "e.example f.example", "from-unbalanced"},
    {"garbage after the brackets", "U <u@e.example> x", INVALID, "e.example", "from-bad-syntax"},
    {"open quote", "\"U <u@e.example>", INVALID, "e.example", "from-open-quote"},
    {"quote that ends in a backslash", "\"U <u@e.example>\\\"", INVALID, "e.example", "from-open-quote"},
    {"open comment", "(U <u@e.example>", INVALID, "e.example", "from-bad-comment"},
    {"open comment at the end", "u@e.example (x", INVALID, "e.example", "from-bad-comment"},
    {"comment closed twice", "u@e.example (x))", INVALID, "e.example", "from-bad-syntax"},
    {"backslash in the name", "M\\\" <u@e.example>", INVALID, "e.example", "from-bad-syntax"},
    {"colon in the name", "Re: U <u@e.example>", INVALID, "e.example", "from-bad-group"},
    {"route that does not end", "<@a.example u@e.example>", INVALID, "a.example e.example", "from-bad-route"},
    {"lone CR", "U\r<u@e.example>", INVALID, "e.example", "from-control"},
    {"ESC", "\033$B <u@e.example>", INVALID, "e.example", "from-control"},
    {"DEL", "\x7F <u@e.example>", INVALID, "e.example", "from-control"},
    {"control in a comment", "u@e.example (\001)", INVALID, "e.example", "from-control"},
    {"five domains to be scanned", "x a@a.ex b@b.ex a@a.ex c@c.ex d@d.ex e@e.ex", INVALID, "a.ex b.ex c.ex d.ex",
     "from-bad-local-part"},
    {"dots and literals to be scanned", "x a@e.example... b@[192.0.2.1] c@.f.example d@ \r\n g.example", INVALID,
     "e.example g.example", "from-bad-local-part"},
};

static struct dmx_slice join_domains(const struct dmx_author *author, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, 4096);
    for (size_t i = 0; i < author->domain_count; i++) {
        if (i > 0)
            dmx_put_char(&b, ' ');
        dmx_put(&b, author->domains[i]);
    }
    return dmx_builder_text(&b);
}

static void check(const char *label, const struct dmx_author *author, struct dmx_arena *arena,
                  enum dmx_author_status status, const char *domains)
{
    const char *token = author->reason.token;
    ck_assert_msg(author->status == status, "%s: got status %d (%s)", label, author->status, token ? token : "-");
    ck_slice_eq(label, join_domains(author, arena), domains);
    ck_assert_msg((token == NULL) == (status == OK), "%s: reason %s", label, token ? token : "-");
    ck_assert_msg((author->domain.len > 0) == (status == OK), "%s: domain", label);
    if (status == OK)
        ck_assert_msg(dmx_slice_eq(author->domain, author->domains[0]), "%s: which domain", label);
    else
        ck_assert(author->reason.text && author->reason.section);
}

/* The domain of an address that the name or a comment shows, and that is not the author's. */
static const struct {
    const char *label, *value, *want;
} name_rows[] = {
    {"plain", "U Ser <u@e.example>", ""},
    {"quoted", "\"ceo@bank.example\" <u@e.example>", "bank.example"},
    {"A7 with quotes inside", "\"The Bank (info@bank.example)\" <u@e.example>", "bank.example"},
    {"in a comment", "u@e.example (info@bank.example)", "bank.example"},
    {"in a comment before", "(info@bank.example) <u@e.example>", "bank.example"},
    {"of the same domain", "\"u@E.example\" <u@e.example>", ""},
    {"of a domain above", "\"u@e.example\" <u@mail.e.example>", ""},
    {"of a domain below", "\"u@mail.e.example\" <u@e.example>", ""},
    {"Q encoded", "=?utf-8?Q?info=40bank.example?= <u@e.example>", "bank.example"},
    {"B encoded", "=?UTF-8?b?aW5mb0BiYW5rLmV4YW1wbGU=?= <u@e.example>", "bank.example"},
    {"encoded in two words", "=?utf-8?q?info=40ba?= \r\n =?utf-8?q?nk.example?= <u@e.example>", "bank.example"},
    {"encoded in two words and text", "=?utf-8?q?info=40bank?= .example <u@e.example>", ""},
    {"wide @",
     "info\xef\xbc\xa0"
     "bank.example <u@e.example>",
     "bank.example"},
    {"small @",
     "info\xef\xb9\xab"
     "bank.example <u@e.example>",
     "bank.example"},
    {"wide @, encoded", "=?utf-8?q?info=EF=BC=A0bank.example?= <u@e.example>", "bank.example"},
    {"U-label",
     "\"a@b\xC3\xBC"
     "cher.example\" <u@e.example>",
     "xn--bcher-kva.example"},
    {"quoted pairs", "\"ceo\\@bank.example\" <u@e.example>", "bank.example"},
    {"quoted local part", "\"ceo@bank.example\"@e.example", "bank.example"},
    {"a handle", "Jane (@jane.doe) <u@e.example>", ""},
    {"no dot", "\"me@home\" <u@e.example>", ""},
    {"last dot", "\"me@bank.example.\" <u@e.example>", "bank.example"},
    {"the second of two", "\"x@e.example, y@bank.example\" <u@e.example>", "bank.example"},
    {"a comma besides", "Doe, J =?utf-8?q?x?= <u@e.example>", ""},
    {"broken encoded words", "=?utf-8?x?info=40bank.example?= =?utf-8?b?!!?= =?utf-8 <u@e.example>", ""},
};

START_TEST(name_carries_an_address)
{
    struct dmx_arena *arena = dmx_arena_new(256 * 1024);
    struct dmx_field field = {.name = DMX_SLICE("From"), .value = dmx_slice_cstr(name_rows[_i].value)};
    const struct dmx_message message = {.fields = &field, .field_count = 1};
    struct dmx_author author;
    dmx_author_find(&message, arena, &author);
    ck_assert_msg(author.status == OK, "%s: %s", name_rows[_i].label, author.reason.token);
    ck_slice_eq(name_rows[_i].label, author.name_domain, name_rows[_i].want);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(one_field)
{
    struct dmx_arena *arena = dmx_arena_new(256 * 1024);
    struct dmx_field field = {.name = DMX_SLICE("From"), .value = dmx_slice_cstr(value_rows[_i].value)};
    const struct dmx_message message = {.fields = &field, .field_count = 1};
    struct dmx_author author;
    dmx_author_find(&message, arena, &author);
    check(value_rows[_i].label, &author, arena, value_rows[_i].status, value_rows[_i].domains);
    if (value_rows[_i].token)
        ck_assert_msg(dmx_slice_eq(dmx_slice_cstr(author.reason.token), dmx_slice_cstr(value_rows[_i].token)),
                      "%s: got %s, want %s", value_rows[_i].label, author.reason.token, value_rows[_i].token);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *label, *text;
    enum dmx_author_status status;
    const char *domains, *token;
} message_rows[] = {
    {"no From", "To: u@e.example\n", NONE, "", "from-missing"},
    {"no fields", "\n", NONE, "", "from-missing"},
    {"A1 Resent-From does not count", "Resent-From: u@f.example\nFrom: u@e.example\n", OK, "e.example", NULL},
    {"only Resent-From", "Resent-From: u@f.example\nSender: u@f.example\n", NONE, "", "from-missing"},
    {"case of the name", "fROM: u@e.example\n", OK, "e.example", NULL},
    {"space before the colon", "From : u@e.example\n", OK, "e.example", NULL},
    {"longer and shorter names", "From-X: u@f.example\nFro: u@g.example\nXFrom: a@h.example\nFrom: u@e.example\n", OK,
     "e.example", NULL},
    {"two fields of one domain", "From: u@e.example\nFrom: u@e.example\n", MULTIPLE, "e.example",
     "from-several-fields"},
    {"two fields of two domains", "From: u@e.example\nX: y\nFROM: u@f.example\n", MULTIPLE, "e.example f.example",
     "from-several-fields"},
    {"a good one and a bad one", "From: u@e.example\nFrom: u@f.example>\n", MULTIPLE, "e.example f.example",
     "from-several-fields"},
    {"two bad ones", "From:\nFrom: x\n", MULTIPLE, "", "from-several-fields"},
    {"folded before the address", "From:\r\n U Ser\r\n\t<u@e.example>\r\n\r\n", OK, "e.example", NULL},
    {"From in the body", "To: u@e.example\n\nFrom: u@e.example\n", NONE, "", "from-missing"},
};

START_TEST(fields)
{
    struct dmx_arena *arena = dmx_arena_new(256 * 1024);
    struct dmx_message message;
    struct dmx_author author;
    ck_assert_int_eq(dmx_message_parse(dmx_slice_cstr(message_rows[_i].text), arena, &message), DMX_OK);
    dmx_author_find(&message, arena, &author);
    check(message_rows[_i].label, &author, arena, message_rows[_i].status, message_rows[_i].domains);
    if (message_rows[_i].token)
        ck_assert_str_eq(author.reason.token, message_rows[_i].token);
    dmx_arena_free(&arena);
}
END_TEST

static void find_in(struct dmx_slice value, struct dmx_arena *arena, struct dmx_author *out)
{
    struct dmx_field field = {.name = DMX_SLICE("From"), .value = value};
    const struct dmx_message message = {.fields = &field, .field_count = 1};
    dmx_author_find(&message, arena, out);
}

START_TEST(nul_is_invalid)
{
    struct dmx_arena *arena = dmx_arena_new(256 * 1024);
    struct dmx_author author;
    find_in(DMX_SLICE("u@e.example\0.evil.example"), arena, &author);
    check("NUL", &author, arena, INVALID, "e.example");
    ck_assert_str_eq(author.reason.token, "from-control");
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *label, *unit;
    size_t count;
    enum dmx_author_status status;
} limit_rows[] = {
    {"addresses, one below", "a@e.example,", 499, OK},
    {"addresses, all", "a@e.example,", 500, OK},
    {"addresses, one over", "a@e.example,", 501, INVALID},
    {"comment depth, one below", "(", 31, OK},
    {"comment depth, all", "(", 32, OK},
    {"comment depth, one over", "(", 33, INVALID},
    {"comment depth, far over", "(", 100000, INVALID},
    {"domain as long as possible", "a.", 126, OK},
    {"domain too long", "a.", 127, INVALID},
    {"domain far too long", "a.", 5000, INVALID},
};

START_TEST(limits)
{
    struct dmx_arena *arena = dmx_arena_new(2 * 1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 512 * 1024);
    struct dmx_author author;
    const char unit = limit_rows[_i].unit[0];
    bool domain = limit_rows[_i].unit[1] == '.';
    if (domain)
        dmx_put_cstr(&b, "u@");
    for (size_t i = 0; i < limit_rows[_i].count; i++)
        dmx_put_cstr(&b, limit_rows[_i].unit);
    for (size_t i = 0; unit == '(' && i < limit_rows[_i].count; i++)
        dmx_put_char(&b, ')');
    dmx_put_cstr(&b, domain ? "a" : unit == '(' ? "a@e.example" : "");
    find_in(dmx_builder_text(&b), arena, &author);
    ck_assert_msg(author.status == limit_rows[_i].status, "%s: %d", limit_rows[_i].label, author.status);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *address, *local, *domain;
} path_rows[] = {
    {"u@e.example", "u", "e.example"},
    {"\"a@b\"@e.example", "\"a@b\"", "e.example"},
    {"", "", ""},
    {"e.example", "postmaster", "e.example"},
    {"u@", "u", ""},
    {"@e.example", "", "e.example"},
    {"@", "", ""},
    {"U@E.Example", "U", "E.Example"},
};

START_TEST(paths)
{
    struct dmx_slice local, domain;
    dmx_path_split(dmx_slice_cstr(path_rows[_i].address), &local, &domain);
    ck_slice_eq(path_rows[_i].address, local, path_rows[_i].local);
    ck_slice_eq(path_rows[_i].address, domain, path_rows[_i].domain);
}
END_TEST

DMX_SUITE(address)
{
    DMX_TABLE(one_field, value_rows);
    DMX_TABLE(name_carries_an_address, name_rows);
    DMX_TABLE(fields, message_rows);
    DMX_TEST(nul_is_invalid);
    DMX_TABLE(limits, limit_rows);
    DMX_TABLE(paths, path_rows);
}
