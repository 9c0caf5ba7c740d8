/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What surrounds the result: rounds, cut answers, flags, identities, sizes. */
#include <string.h>

#include "../../../module/spf/limits.h"
#include "suite.h"
#include "world.h"

/* All of these end in fail: everything was needed. */
static const struct {
    const char *label, *zone;
    size_t rounds;
} round_rows[] = {
    {"record only", SENDER("v=spf1 ip4:192.0.2.1 -all"), 1},
    {"five terms",
     SENDER("v=spf1 a exists:x.example a:h.example include:i.example a:j.example -all") SPF(
         "i.example", "v=spf1 ip4:192.0.2.9") "example.com A 192.0.2.2\nh.example A 192.0.2.3\nj.example A 192.0.2.3\n",
     2},
    {"mx needs one more",
     SENDER("v=spf1 mx a:h.example mx:m.example -all") "example.com MX 1 h.example\nh.example A "
                                                       "192.0.2.2\nm.example MX 1 h2.example\n",
     3},
    {"ptr needs one more",
     SENDER("v=spf1 ptr a:g.example -all") "1.2.0.192.in-addr.arpa PTR h.example\nh.example A "
                                           "192.0.2.2\n",
     3},
    {"each level of includes one more",
     SENDER("v=spf1 include:i.example a:h.example -all") "h.example A 192.0.2.2\n" SPF(
         "i.example", "v=spf1 include:j.example") SPF("j.example", "v=spf1 a:h.example"),
     3},
    {"a redirect one more",
     SENDER("v=spf1 a:h.example redirect=i.example") "h.example A 192.0.2.2\n" SPF("i.example",
                                                                                   "v=spf1 a:h.example -all"),
     2},
    {"macros too", SENDER("v=spf1 exists:%{i}.x.example exists:%{l}.y.example -all"), 2},
    {"an explanation one more",
     SENDER("v=spf1 a:h.example -all exp=e.example") "e.example TXT \"x\"\nh.example A "
                                                     "192.0.2.2\n",
     3},
};

START_TEST(asks_ahead)
{
    struct world world;
    world_open(&world, dmx_slice_cstr(round_rows[_i].zone), 200);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    if (_i == 0)
        ck_assert(dmx_ip_parse(DMX_SLICE("192.0.2.99"), &request.client));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_msg(got.result == DMX_FAIL, "%s: %s", round_rows[_i].label, dmx_result_word(got.result));
    ck_assert_msg(world.rounds == round_rows[_i].rounds, "%s: %zu rounds", round_rows[_i].label, world.rounds);
    world_close(&world);
}
END_TEST

/* What lies behind the end of the road is not asked. */
static const struct {
    const char *label, *zone;
    size_t questions;
} question_rows[] = {
    {"match by address first", SENDER("v=spf1 ip4:192.0.2.1 a:h1.example mx:h2.example -all"), 1},
    {"behind all", SENDER("v=spf1 ?all a:h1.example mx:h2.example"), 1},
    {"behind a matching address", SENDER("v=spf1 a:h1.example ip4:192.0.2.1 a:h2.example"), 2},
    {"at most ten terms",
     SENDER("v=spf1 a:1.h.example a:2.h.example a:3.h.example a:4.h.example a:5.h.example "
            "a:6.h.example a:7.h.example a:8.h.example a:9.h.example a:10.h.example a:11.h.example "
            "a:12.h.example -all"),
     11},
    {"once each", SENDER("v=spf1 a:h.example a:h.example a:h.example ?all") "h.example A 192.0.2.2\n", 2},
    {"syntax first", SENDER("v=spf1 a:h.example moo"), 1},
};

START_TEST(asks_no_more_than_needed)
{
    struct world world;
    world_open(&world, dmx_slice_cstr(question_rows[_i].zone), 200);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    (void)world_check(&world, &request);
    ck_assert_msg(dmx_answers_count(world.book) == question_rows[_i].questions, "%s: %zu questions",
                  question_rows[_i].label, dmx_answers_count(world.book));
    for (size_t i = 0; i < dmx_answers_count(world.book); i++) {
        bool open;
        uint16_t type = dmx_answers_question(world.book, i, &open)->type;
        ck_assert(!open && (type == DMX_RR_A || type == DMX_RR_MX || type == DMX_RR_TXT));
    }
    world_close(&world);
}
END_TEST

/* Over the number of questions that this host allows: not passing, and not the domain's DNS failing. */
static const struct {
    const char *label, *zone;
    size_t questions;
    enum dmx_result want;
} cut_rows[] = {
    {"record", SENDER("v=spf1 +all"), 0, DMX_TEMPERROR},
    {"record known", SENDER("v=spf1 +all"), 1, DMX_PASS},
    {"a", SENDER("v=spf1 a:h.example +all") "h.example A 192.0.2.2\n", 1, DMX_TEMPERROR},
    {"a known", SENDER("v=spf1 a:h.example +all") "h.example A 192.0.2.2\n", 2, DMX_PASS},
    {"include", SENDER("v=spf1 include:i.example +all") SPF("i.example", "v=spf1 -all"), 1, DMX_TEMPERROR},
    {"mx", SENDER("v=spf1 mx:m.example +all") "m.example MX 1 h.example\n", 1, DMX_TEMPERROR},
    {"host of an mx", SENDER("v=spf1 mx:m.example +all") "m.example MX 1 h.example\n", 2, DMX_TEMPERROR},
    {"ptr", SENDER("v=spf1 -ptr:m.example +all") "1.2.0.192.in-addr.arpa PTR h.example\n", 1, DMX_TEMPERROR},
    {"host of a ptr", SENDER("v=spf1 -ptr:m.example +all") "1.2.0.192.in-addr.arpa PTR h.example\n", 2, DMX_TEMPERROR},
    {"p", SENDER("v=spf1 -exists:%{p}.m.example +all") "1.2.0.192.in-addr.arpa PTR h.example\n", 2, DMX_TEMPERROR},
    {"exp does not change the result", SENDER("v=spf1 -all exp=e.example") "e.example TXT \"x\"\n", 1, DMX_FAIL},
};

START_TEST(is_cut)
{
    struct world world;
    world_open(&world, dmx_slice_cstr(cut_rows[_i].zone), cut_rows[_i].questions);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_msg(got.result == cut_rows[_i].want, "%s: %s", cut_rows[_i].label, dmx_result_word(got.result));
    ck_assert(!got.dns_failed && !got.explanation.ptr);
    if (got.result == DMX_TEMPERROR)
        ck_slice_eq(cut_rows[_i].label, dmx_slice_cstr(got.reason.token), "dns-cut");
    world_close(&world);
}
END_TEST

START_TEST(closes_with_the_book)
{
    struct world world;
    struct dmx_spf_result got;
    world_open(&world, DMX_SLICE(SENDER("v=spf1 +all")), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    ck_assert_int_eq(dmx_spf_eval(&request, world.book, world.arena, &got), DMX_PENDING);
    dmx_answers_close(world.book);
    ck_assert_int_eq(dmx_spf_eval(&request, world.book, world.arena, &got), DMX_DONE);
    ck_assert_int_eq(got.result, DMX_TEMPERROR);
    ck_assert(!got.dns_failed);
    world_close(&world);
}
END_TEST

START_TEST(says_that_dns_failed)
{
    struct world world;
    world_open(&world, DMX_SLICE(SENDER("v=spf1 a:h.example +all") FAILS("h.example", "A", "SERVFAIL")), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert(got.result == DMX_TEMPERROR && got.dns_failed);
    ck_slice_eq("detail", got.reason.detail, "h.example");
    world_close(&world);
}
END_TEST

static const struct {
    const char *record;
    unsigned flags, lookups;
} flag_rows[] = {
    {"v=spf1 -all", 0, 0},
    {"v=spf1 +all", DMX_SPF_PLUS_ALL, 0},
    {"v=spf1 all", DMX_SPF_PLUS_ALL, 0},
    {"v=spf1 ?all", 0, 0},
    {"v=spf1 ptr ~all", DMX_SPF_USES_PTR, 1},
    {"v=spf1 include:i.example ?all", DMX_SPF_PLUS_ALL, 1},
    {"v=spf1 a:h.example a:h.example a:h.example a:h.example a:h.example a:h.example a:h.example a:h.example "
     "a:h.example a:h.example a:h.example -all",
     0, 11},
};

START_TEST(flags_what_an_owner_should_know)
{
    struct world world;
    char zone[512];
    snprintf(zone, sizeof zone, "example.com TXT \"%s\"\ni.example TXT \"v=spf1 +all\"\nh.example A 192.0.2.7\n",
             flag_rows[_i].record);
    world_open(&world, dmx_slice_cstr(zone), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_uint_eq(got.flags, flag_rows[_i].flags);
    ck_assert_uint_eq(got.lookups, flag_rows[_i].lookups);
    world_close(&world);
}
END_TEST

/* The record of the domain that was checked, as it stands there, and no other's. */
static const struct {
    const char *label, *zone, *want;
} record_rows[] = {
    {"one", SENDER("v=spf1 ip4:192.0.2.1 -all"), "v=spf1 ip4:192.0.2.1 -all"},
    {"in two strings", "example.com TXT \"v=spf1 ip4:192.0.\" \"2.9  -ALL\"\n", "v=spf1 ip4:192.0.2.9  -ALL"},
    {"with an include", SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1 ~all"),
     "v=spf1 include:i.example -all"},
    {"with a redirect", SENDER("v=spf1 redirect=i.example") SPF("i.example", "v=spf1 -all"),
     "v=spf1 redirect=i.example"},
    {"that does not parse", SENDER("v=spf1 nonsense:x"), "v=spf1 nonsense:x"},
    {"that ends in an error", SENDER("v=spf1 include:i.example -all"), "v=spf1 include:i.example -all"},
    {"none", "example.com TXT \"hello\"\n", ""},
    {"two", SENDER("v=spf1 -all") SENDER("v=spf1 ~all"), ""},
    {"that cannot be had", FAILS("example.com", "TXT", "SERVFAIL"), ""},
};

START_TEST(keeps_the_record)
{
    struct world world;
    world_open(&world, dmx_slice_cstr(record_rows[_i].zone), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_slice_eq(record_rows[_i].label, got.record, record_rows[_i].want);
    world_close(&world);
}
END_TEST

static const struct {
    const char *label;
    enum dmx_spf_identity identity;
    const char *mail_from, *helo, *domain, *result;
} identity_rows[] = {
    {"MAIL FROM", DMX_SPF_MAILFROM, "u@Example.COM", "mail.client.test", "example.com", "fail"},
    {"null sender", DMX_SPF_MAILFROM, "", "Mail.Client.Test", "mail.client.test", "pass"},
    {"HELO", DMX_SPF_HELO, "u@example.com", "mail.client.test", "mail.client.test", "pass"},
    {"HELO without MAIL FROM", DMX_SPF_HELO, NULL, "mail.client.test", "mail.client.test", "pass"},
    {"MAIL FROM unknown", DMX_SPF_MAILFROM, NULL, "mail.client.test", "mail.client.test", "none"},
    {"no normal form: as it came", DMX_SPF_MAILFROM, "u@[192.0.2.1]", "x", "[192.0.2.1]", "none"},
};

START_TEST(checks_identities)
{
    struct world world;
    world_open(&world,
               DMX_SLICE(SENDER("v=spf1 -all")
                             SPF("mail.client.test",
                                 "v=spf1 exists:%{s}.x.test -all") "postmaster@mail.client.test.x.test A 127.0.0.1\n"
                                                                   "postmaster@Mail.Client.Test.x.test A 127.0.0.1\n"),
               100);
    const char *mail_from = identity_rows[_i].mail_from;
    struct dmx_spf_request request = world_request("192.0.2.1", dmx_slice_cstr(mail_from));
    request.has_mail_from = mail_from != NULL;
    request.identity = identity_rows[_i].identity;
    request.helo = dmx_slice_cstr(identity_rows[_i].helo);
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_int_eq(got.identity, identity_rows[_i].identity);
    ck_slice_eq(identity_rows[_i].label, got.domain, identity_rows[_i].domain);
    ck_slice_eq(identity_rows[_i].label, dmx_slice_cstr(dmx_result_word(got.result)), identity_rows[_i].result);
    world_close(&world);
}
END_TEST

START_TEST(points_at_the_faulty_term)
{
    struct world world;
    world_open(&world, DMX_SLICE(SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1 a ip4:1.2.3 -all")),
               100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    struct dmx_spf_result got = world_check(&world, &request);
    ck_slice_eq("detail", got.reason.detail, "ip4:1.2.3 at byte 9 of i.example");
    ck_slice_eq("section", dmx_slice_cstr(got.reason.section), "RFC 7208 section 5.6");
    world_close(&world);
}
END_TEST

/* libspf2 drops terms that it cannot hold: every size of record must see its last term. */
static const struct {
    const char *filler;
    size_t count;
} size_rows[] = {
    {"ip4:198.51.100.7", 58},
    {"ip4:198.51.100.7", 59},
    {"ip4:198.51.100.7", 60},
    {"ip4:198.51.100.7", 61},
    {"ip4:198.51.100.7", 119},
    {"ip4:198.51.100.7", 120},
    {"ip4:198.51.100.7", 121},
    {"ip4:198.51.100.7", 254},
    {"ip4:198.51.100.7", 255},
    {"ip4:198.51.100.7", 256},
    {"ip4:198.51.100.7", 257},
    {"ip4:198.51.100.7", 2500},
    {"ip6:2001:db8::1/64", 22},
    {"ip6:2001:db8::1/64", 23},
    {"ip6:2001:db8::1/64", 24},
    {"ip6:2001:db8::1/64", 25},
    {"ip6:2001:db8::1/64", 48},
    {"ip6:2001:db8::1/64", 2000},
    {"ip6:::/0", 11},
    {"ip6:::/0", 12},
    {"ip6:::/0", 13},
    {"x=y", 12000},
    {"exists:a.test ip4:198.51.100.7", 1},
    {"ip4:198.51.100.7 a:h.test", 9},
};

START_TEST(sees_the_last_term)
{
    struct world world;
    static char zone[200000];
    struct dmx_builder b = dmx_builder_fixed(zone, sizeof zone);
    dmx_put_cstr(&b, "h.test A 192.0.2.7\nexample.com TXT \"v=spf1\"");
    for (size_t i = 0; i < size_rows[_i].count; i++) {
        dmx_put_cstr(&b, " \" ");
        dmx_put_cstr(&b, size_rows[_i].filler);
        dmx_put_char(&b, '"');
    }
    dmx_put_cstr(&b, " \" ip4:192.0.2.1 -all\"\n");
    world_open(&world, dmx_builder_text(&b), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    ck_assert_int_eq(world_check(&world, &request).result, DMX_PASS);
    ck_assert(dmx_ip_parse(DMX_SLICE("192.0.2.2"), &request.client));
    ck_assert_int_eq(world_check(&world, &request).result, DMX_FAIL);
    world_close(&world);
}
END_TEST

/* Each allocation of the message's arena may be the last: a result comes, and it is not pass by accident. */
START_TEST(survives_a_small_arena)
{
    enum { STEP = 256, MOST = 64 * 1024 };
    struct world world;
    world_open(&world,
               DMX_SLICE(SENDER("v=spf1 include:i.example -all exp=e.example")
                             SPF("i.example", "v=spf1 a mx ?all") "e.example TXT \"no\"\n"),
               100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    ck_assert_int_eq(world_check(&world, &request).result, DMX_FAIL);
    for (size_t cap = STEP; cap < MOST; cap *= 2) {
        struct dmx_arena *small = dmx_arena_new(cap);
        struct dmx_spf_result got;
        ck_assert(small != NULL);
        ck_assert_int_eq(dmx_spf_eval(&request, world.book, small, &got), DMX_DONE);
        ck_assert_msg(got.result != DMX_PASS, "%zu bytes", cap);
        dmx_arena_free(&small);
    }
    world_close(&world);
}
END_TEST

/* Answers every open question: TXT from the table's record, type 99 as the row says. */
static void answer_all(struct dmx_answers *book, enum dmx_dns_status type_99)
{
    static const struct dmx_rr rr = {.type = DMX_RR_TXT, .data.text = {"v=spf1 -all", 11}};
    for (size_t n = 0; n < dmx_answers_count(book); n++) {
        bool open;
        bool txt = dmx_answers_question(book, n, &open)->type == DMX_RR_TXT;
        enum dmx_dns_status status = txt ? DMX_DNS_OK : type_99;
        if (open)
            dmx_answers_set(book, n, (struct dmx_answer){.status = status, .rrs = &rr, .count = status == DMX_DNS_OK});
    }
}

static const struct {
    const char *label;
    bool look;
    enum dmx_dns_status status;
    size_t questions;
    bool flagged;
} type_99_rows[] = {
    {"not looked for", false, DMX_DNS_OK, 1, false},
    {"there", true, DMX_DNS_OK, 2, true},
    {"not there", true, DMX_DNS_NODATA, 2, false},
    {"cannot be had", true, DMX_DNS_SERVFAIL, 2, false},
    {"cut", true, DMX_DNS_CUT, 2, false},
};

/* Section 3.1: type 99 is of the past. It is flagged where somebody wants to know, and never changes the result. */
START_TEST(flags_type_99)
{
    struct world world;
    struct dmx_spf_result got;
    world_open(&world, DMX_SLICE(""), 100);
    struct dmx_spf_request request = world_request("192.0.2.1", DMX_SLICE("user@example.com"));
    request.look_for_type_99 = type_99_rows[_i].look;
    ck_assert_int_eq(dmx_spf_eval(&request, world.book, world.arena, &got), DMX_PENDING);
    answer_all(world.book, type_99_rows[_i].status);
    ck_assert_int_eq(dmx_spf_eval(&request, world.book, world.arena, &got), DMX_DONE);
    ck_assert_uint_eq(dmx_answers_count(world.book), type_99_rows[_i].questions);
    ck_assert_int_eq(got.result, DMX_FAIL);
    ck_assert_msg(((got.flags & DMX_SPF_TYPE_99) != 0) == type_99_rows[_i].flagged, "%s", type_99_rows[_i].label);
    world_close(&world);
}
END_TEST

DMX_SUITE(spf_eval)
{
    DMX_TABLE(keeps_the_record, record_rows);
    DMX_TABLE(asks_ahead, round_rows);
    DMX_TABLE(asks_no_more_than_needed, question_rows);
    DMX_TABLE(is_cut, cut_rows);
    DMX_TEST(closes_with_the_book);
    DMX_TEST(says_that_dns_failed);
    DMX_TABLE(flags_what_an_owner_should_know, flag_rows);
    DMX_TABLE(checks_identities, identity_rows);
    DMX_TEST(points_at_the_faulty_term);
    DMX_TABLE(sees_the_last_term, size_rows);
    DMX_TEST(survives_a_small_arena);
    DMX_TABLE(flags_type_99, type_99_rows);
}
