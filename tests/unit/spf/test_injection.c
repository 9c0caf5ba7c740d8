/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Nothing that a sender says becomes part of a record. Local part, HELO and the client's own names are put into every
 * place where a macro may stand; the record says fail, and must go on saying it.
 */
#include <string.h>

#include "../../../module/spf/check.h"
#include "suite.h"
#include "world.h"

static const struct {
    const char *label;
    struct dmx_slice bytes;
} attacks[] = {
    {"space and term", DMX_SLICE_INIT("x +all y")},
    {"space first", DMX_SLICE_INIT(" +all")},
    {"space last", DMX_SLICE_INIT("+all ")},
    {"quoted", DMX_SLICE_INIT("\"x +all y\"")},
    {"bare term", DMX_SLICE_INIT("+all")},
    {"redirect", DMX_SLICE_INIT("x redirect=pass.example")},
    {"include", DMX_SLICE_INIT("x include:pass.example")},
    {"ip4", DMX_SLICE_INIT("x ip4:0.0.0.0/1 ip4:128.0.0.0/1")},
    {"slash", DMX_SLICE_INIT("x/0")},
    {"two slashes", DMX_SLICE_INIT("x/1//1")},
    {"colon", DMX_SLICE_INIT("a:pass.example")},
    {"equals", DMX_SLICE_INIT("exp=pass.example")},
    {"macro", DMX_SLICE_INIT("%{d}")},
    {"macro of itself", DMX_SLICE_INIT("%{l}%{h}")},
    {"open macro", DMX_SLICE_INIT("%{")},
    {"percent", DMX_SLICE_INIT("%")},
    {"double percent", DMX_SLICE_INIT("%%")},
    {"percent and space", DMX_SLICE_INIT("% +all")},
    {"one quote", DMX_SLICE_INIT("\"")},
    {"apostrophe and backslash", DMX_SLICE_INIT("'\\")},
    {"NUL", DMX_SLICE_INIT("x\0 +all")},
    {"NUL first", DMX_SLICE_INIT("\0")},
    {"tab", DMX_SLICE_INIT("x\t+all")},
    {"line ends", DMX_SLICE_INIT("x\r\n+all\r\n")},
    {"8-bit", DMX_SLICE_INIT("\xff\xfe +all")},
    {"UTF-8", DMX_SLICE_INIT("j\xc3\xb6rg")},
    {"dots", DMX_SLICE_INIT("..")},
    {"placeholder", DMX_SLICE_INIT("m0.dmx.invalid")},
    {"format", DMX_SLICE_INIT("%s%n%999999d")},
    {"version", DMX_SLICE_INIT("v=spf1 +all")},
    {"at", DMX_SLICE_INIT("a@b@c")},
};

static const struct {
    const char *label, *record;
} places[] = {
    {"exists", "v=spf1 exists:%{l}._spf.test exists:%{h}._spf.test -all"},
    {"a with lengths", "v=spf1 a:%{l}._spf.test/24 a:%{h}._spf.test//64 -all"},
    {"mx", "v=spf1 mx:%{s}._spf.test/0 mx:%{h}._spf.test -all"},
    {"ptr", "v=spf1 ptr:%{l}._spf.test -ptr:%{h}._spf.test -all"},
    {"include", "v=spf1 include:%{l}%{h}._spf.test -all"},
    {"redirect", "v=spf1 redirect=%{l}._spf.test"},
    {"whole targets", "v=spf1 exists:%{l} a:%{h} -all"},
    {"upper case", "v=spf1 exists:%{L}._spf.test mx:%{H}._spf.test -all"},
    {"reversed", "v=spf1 exists:%{lr+=/}._spf.test exists:%{h9r-}._spf.test -all"},
    {"explanation", "v=spf1 exp=%{l}.%{h}._spf.test -all"},
};

enum { ATTACKS = DMX_COUNT(attacks), PLACES = DMX_COUNT(places) };

START_TEST(adds_nothing)
{
    const struct dmx_slice bytes = attacks[_i / PLACES].bytes;
    const char *label = attacks[_i / PLACES].label;
    char zone[400], mail_from[128];
    snprintf(zone, sizeof zone,
             "victim.example TXT \"%s\"\npass.example TXT \"v=spf1 +all\"\npass.example A 192.0.2.1\n",
             places[_i % PLACES].record);
    struct dmx_builder b = dmx_builder_fixed(mail_from, sizeof mail_from);
    dmx_put(&b, bytes);
    dmx_put_cstr(&b, "@victim.example");
    struct world world;
    world_open(&world, dmx_slice_cstr(zone), 200);
    struct dmx_spf_request request = world_request("192.0.2.1", dmx_builder_text(&b));
    request.helo = bytes;
    struct dmx_spf_result got = world_check(&world, &request);
    /* An include or redirect to what does not exist is a permerror. */
    ck_assert_msg(got.result == DMX_FAIL || got.result == DMX_PERMERROR, "%s in %s: %s", label,
                  places[_i % PLACES].label, dmx_result_word(got.result));
    ck_assert_msg(got.result == DMX_FAIL || strstr(places[_i % PLACES].record, "clude") ||
                      strstr(places[_i % PLACES].record, "redirect"),
                  "%s in %s: %s %s", label, places[_i % PLACES].label, dmx_result_word(got.result), got.reason.token);
    world_close(&world);
}
END_TEST

/* The same through the null sender: HELO is the identity, and is a domain or nothing. */
START_TEST(adds_nothing_by_helo)
{
    struct world world;
    world_open(&world, DMX_SLICE("victim.example TXT \"v=spf1 exists:%{h}.x.test -all\"\n"), 200);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE(""));
    char helo[128];
    struct dmx_builder b = dmx_builder_fixed(helo, sizeof helo);
    dmx_put(&b, attacks[_i].bytes);
    dmx_put_cstr(&b, ".victim.example");
    request.helo = dmx_builder_text(&b);
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_msg(got.result == DMX_NONE, "%s: %s", attacks[_i].label, dmx_result_word(got.result));
    world_close(&world);
}
END_TEST

/* The client's owner writes its PTR names: they are no text of a record either. */
START_TEST(adds_nothing_by_ptr)
{
    struct world world;
    world_open(&world,
               DMX_SLICE("victim.example TXT \"v=spf1 ptr:victim.example exists:%{p}.x.test -all\"\n"
                         "1.2.0.192.in-addr.arpa PTR x\\032+all\\032y.victim.example.evil.test\n"
                         "1.2.0.192.in-addr.arpa PTR m0.dmx.invalid\n"
                         "1.2.0.192.in-addr.arpa PTR m0\\046victim.example\n"
                         "x\\032+all\\032y.victim.example.evil.test A 192.0.2.1\n"
                         "m0.dmx.invalid A 192.0.2.1\nm0\\046victim.example A 192.0.2.1\n"),
               200);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("u@victim.example"));
    ck_assert_int_eq(world_check(&world, &request).result, DMX_FAIL);
    world_close(&world);
}
END_TEST

/* What libspf2 is given, byte by byte, for a record that holds everything. */
static void check_piece(struct dmx_slice piece)
{
    struct dmx_slice rest = piece, word;
    ck_assert(dmx_slice_starts(piece, DMX_SLICE("v=spf1")));
    while (dmx_slice_split(&rest, ' ', &word)) {
        ck_assert_uint_lt(word.len, 64);
        size_t colon = dmx_slice_find(word, ':');
        bool named = colon < word.len && word.ptr[1] != 'i';
        if (named || dmx_slice_starts(dmx_slice_from(word, 1), DMX_SLICE("inc")))
            ck_assert_msg(memmem(word.ptr, word.len, ".dmx.invalid", 12) != NULL, "%.*s", DMX_SLICE_ARG(word));
    }
    for (size_t i = 6; i < piece.len; i++)
        ck_assert_msg(strchr(" +-~?:/.0123456789abcdefghijklmnopqrstuvwxyz", piece.ptr[i]) != NULL, "%.*s",
                      DMX_SLICE_ARG(piece));
}

START_TEST(hands_over_only_our_words)
{
    struct dmx_spf_record record;
    struct dmx_spf_fault fault;
    struct dmx_slice text =
        DMX_SLICE("v=spf1 A:Foo!%{l}%%%_%-/X.Example/8//9 -mx ?ptr:%{s}.Example ~include:a\"b.Example exists:%{i} "
                  "IP4:192.0.2.1/0 ip6:2001:DB8::/0 ip6:::ffff:1.2.3.4 x=%{d}//%%// exp=%{l}.Example redirect=%{h} "
                  "a/0//0 -ALL a:Behind.Example");
    struct dmx_spf_check check = {.scratch = dmx_arena_new(1 << 20)};
    size_t pieces = 0;
    ck_assert(dmx_spf_record_parse(text, &record, &fault));
    struct dmx_slice rest = record.terms;
    for (;;) {
        char buffer[SPF_PIECE_TEXT];
        struct dmx_builder b = dmx_builder_fixed(buffer, sizeof buffer);
        if (!dmx_spf_next_piece(&check, &rest, DMX_SLICE("example.com"), &b))
            break;
        check_piece(dmx_builder_text(&b));
        pieces++;
    }
    ck_assert_uint_eq(pieces, 3); /* before the ptr, the ptr, behind it */
    dmx_arena_free(&check.scratch);
}
END_TEST

DMX_SUITE(spf_injection)
{
    tcase_add_loop_test(tcase, adds_nothing, 0, ATTACKS * PLACES);
    DMX_TABLE(adds_nothing_by_helo, attacks);
    DMX_TEST(adds_nothing_by_ptr);
    DMX_TEST(hands_over_only_our_words);
}
