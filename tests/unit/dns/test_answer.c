/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/answer.h"
#include "suite.h"

static struct dmx_arena *arena;

static void setup(void)
{
    arena = dmx_arena_new(1 << 20);
}

static void teardown(void)
{
    dmx_arena_free(&arena);
}

static const struct dmx_answer *ask(struct dmx_answers *book, const char *name, uint16_t type)
{
    return dmx_answers_ask_text(book, DMX_SLICE_NONE, dmx_slice_cstr(name), type);
}

static const struct {
    const char *name;
    uint16_t type;
} types[] = {{"A", 1}, {"ns", 2}, {"CNAME", 5}, {"SOA", 6}, {"PTR", 12}, {"mx", 15}, {"Txt", 16}, {"AAAA", 28}};

START_TEST(type_names)
{
    uint16_t type = 0;
    ck_assert(dmx_rr_type_parse(dmx_slice_cstr(types[_i].name), &type));
    ck_assert_uint_eq(type, types[_i].type);
    ck_assert(dmx_slice_eq_nocase(dmx_slice_cstr(dmx_rr_type_name(type)), dmx_slice_cstr(types[_i].name)));
}
END_TEST

static const char *const other_types[] = {"", "AA", "TX", "TXTT", "ANY", "SPF", "TYPE16", "16"};

START_TEST(other_type_names)
{
    uint16_t type = 7;
    ck_assert(!dmx_rr_type_parse(dmx_slice_cstr(other_types[_i]), &type));
    ck_assert_uint_eq(type, 7);
    ck_assert_str_eq(dmx_rr_type_name(99), "?");
}
END_TEST

static const struct {
    enum dmx_dns_status status;
    const char *name;
    bool temporary;
} statuses[] = {
    {DMX_DNS_OK, "ok", false},
    {DMX_DNS_NODATA, "nodata", false},
    {DMX_DNS_NXDOMAIN, "nxdomain", false},
    {DMX_DNS_SERVFAIL, "servfail", true},
    {DMX_DNS_TIMEOUT, "timeout", true},
    {DMX_DNS_REFUSED, "refused", true},
    {DMX_DNS_MALFORMED, "malformed", true},
    {DMX_DNS_CUT, "cut", false},
};

START_TEST(status_words)
{
    struct dmx_answer answer = {.status = statuses[_i].status};
    ck_assert_str_eq(dmx_dns_status_name(answer.status), statuses[_i].name);
    ck_assert(dmx_answer_is_temporary(&answer) == statuses[_i].temporary);
}
END_TEST

START_TEST(the_same_question_is_asked_once)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_ptr_null(ask(book, "a.test", DMX_RR_TXT));
    ck_assert_ptr_null(ask(book, "A.Test.", DMX_RR_TXT));
    ck_assert_ptr_null(ask(book, "a.test", DMX_RR_MX));
    ck_assert_uint_eq(dmx_answers_count(book), 2);
    ck_assert_uint_eq(dmx_answers_open(book), 2);
    ck_assert_ptr_eq(dmx_answers_arena(book), arena);
}
END_TEST

START_TEST(an_answer_is_found_again)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_ptr_null(dmx_answers_ask_text(book, DMX_SLICE("_dmarc"), DMX_SLICE("a.test"), DMX_RR_TXT));
    bool open = false;
    const struct dmx_question *question = dmx_answers_question(book, 0, &open);
    ck_assert(open && question->type == DMX_RR_TXT && dmx_name_labels(&question->name) == 3);
    ck_assert_ptr_null(dmx_answers_answer(book, 0));
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_NODATA, .ttl_s = 7});
    const struct dmx_answer *answer = ask(book, "_dmarc.a.test", DMX_RR_TXT);
    ck_assert_ptr_nonnull(answer);
    ck_assert_int_eq(answer->status, DMX_DNS_NODATA);
    ck_assert_uint_eq(answer->ttl_s, 7);
    ck_assert_ptr_eq(dmx_answers_answer(book, 0), answer);
    dmx_answers_question(book, 0, &open);
    ck_assert(!open);
    ck_assert_uint_eq(dmx_answers_open(book), 0);
    ck_assert_uint_eq(dmx_answers_count(book), 1);
}
END_TEST

START_TEST(the_first_answer_stands)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_ptr_null(ask(book, "a.test", DMX_RR_A));
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_NODATA});
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_OK});
    ck_assert_int_eq(ask(book, "a.test", DMX_RR_A)->status, DMX_DNS_NODATA);
    ck_assert_uint_eq(dmx_answers_open(book), 0);
}
END_TEST

static const size_t limits[] = {0, 1, 9};

START_TEST(over_the_limit_is_cut)
{
    size_t max = limits[_i];
    struct dmx_answers *book = dmx_answers_new(arena, max);
    char name[] = "?.test";
    for (size_t i = 0; i < max; i++) {
        name[0] = (char)('a' + i);
        ck_assert_ptr_null(ask(book, name, DMX_RR_A));
    }
    const struct dmx_answer *over = ask(book, "over.test", DMX_RR_A);
    ck_assert_ptr_nonnull(over);
    ck_assert_int_eq(over->status, DMX_DNS_CUT);
    ck_assert_uint_eq(dmx_answers_count(book), max);
    if (max) /* one that was noted stays open */
        ck_assert_ptr_null(ask(book, name, DMX_RR_A));
}
END_TEST

START_TEST(answers_stay_where_they_are)
{
    struct dmx_answers *book = dmx_answers_new(arena, 1000);
    ck_assert_ptr_null(ask(book, "first.test", DMX_RR_A));
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_NODATA});
    const struct dmx_answer *first = ask(book, "first.test", DMX_RR_A);
    char name[] = "??.test";
    for (int i = 0; i < 400; i++) {
        name[0] = (char)('a' + i / 26);
        name[1] = (char)('a' + i % 26);
        ck_assert_ptr_null(ask(book, name, DMX_RR_A));
    }
    ck_assert_ptr_eq(ask(book, "first.test", DMX_RR_A), first);
    ck_assert_uint_eq(dmx_answers_open(book), 400);
}
END_TEST

START_TEST(closing_cuts_what_is_open)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_ptr_null(ask(book, "a.test", DMX_RR_A));
    ck_assert_ptr_null(ask(book, "b.test", DMX_RR_A));
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_NXDOMAIN});
    dmx_answers_close(book);
    ck_assert_int_eq(ask(book, "a.test", DMX_RR_A)->status, DMX_DNS_NXDOMAIN);
    ck_assert_int_eq(ask(book, "b.test", DMX_RR_A)->status, DMX_DNS_CUT);
    ck_assert_int_eq(ask(book, "c.test", DMX_RR_A)->status, DMX_DNS_CUT);
    ck_assert_uint_eq(dmx_answers_open(book), 0);
    ck_assert_uint_eq(dmx_answers_count(book), 2);
}
END_TEST

START_TEST(a_name_that_dns_cannot_hold_does_not_exist)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    ck_assert_int_eq(ask(book, "a..test", DMX_RR_A)->status, DMX_DNS_NXDOMAIN);
    ck_assert_uint_eq(dmx_answers_count(book), 0);
}
END_TEST

START_TEST(without_memory_it_is_cut)
{
    struct dmx_arena *small = dmx_arena_new(2000);
    struct dmx_answers *book = dmx_answers_new(small, 100);
    ck_assert_ptr_nonnull(book);
    const struct dmx_answer *answer = NULL;
    char name[] = "?.test";
    for (char ch = 'a'; ch <= 'z' && !answer; ch++) {
        name[0] = ch;
        answer = ask(book, name, DMX_RR_A);
    }
    ck_assert_ptr_nonnull(answer);
    ck_assert_int_eq(answer->status, DMX_DNS_CUT);
    ck_assert(dmx_arena_failed(small));
    dmx_arena_free(&small);
}
END_TEST

DMX_SUITE(dns_answer)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(type_names, types);
    DMX_TABLE(other_type_names, other_types);
    DMX_TABLE(status_words, statuses);
    DMX_TEST(the_same_question_is_asked_once);
    DMX_TEST(an_answer_is_found_again);
    DMX_TEST(the_first_answer_stands);
    DMX_TABLE(over_the_limit_is_cut, limits);
    DMX_TEST(answers_stay_where_they_are);
    DMX_TEST(closing_cuts_what_is_open);
    DMX_TEST(a_name_that_dns_cannot_hold_does_not_exist);
    DMX_TEST(without_memory_it_is_cut);
}
