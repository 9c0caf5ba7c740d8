/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/slice.h"

#include <limits.h>

#include "suite.h"

static const struct {
    const char *label, *a, *b;
    bool eq, eq_nocase, starts, starts_nocase, ends_nocase;
} compare_rows[] = {
    {"same", "pass", "pass", true, true, true, true, true},
    {"case", "Pass", "pASS", false, true, false, true, true},
    {"a prefix is no word", "passover", "pass", false, false, true, true, false},
    {"an ending", "mail.EXAMPLE", ".example", false, false, false, false, true},
    {"longer than the text", "pass", "passover", false, false, false, false, false},
    {"empty in all", "a", "", false, false, true, true, true},
    {"both empty", "", "", true, true, true, true, true},
    {"only letters fold", "a[b", "a{b", false, false, false, false, false},
    {"@ is not the backquote", "@", "`", false, false, false, false, false},
};

START_TEST(compares_whole)
{
    const struct dmx_slice a = dmx_slice_cstr(compare_rows[_i].a), b = dmx_slice_cstr(compare_rows[_i].b);
    const char *label = compare_rows[_i].label;
    ck_assert_msg(dmx_slice_eq(a, b) == compare_rows[_i].eq, "%s: eq", label);
    ck_assert_msg(dmx_slice_eq_nocase(a, b) == compare_rows[_i].eq_nocase, "%s: eq_nocase", label);
    ck_assert_msg(dmx_slice_starts(a, b) == compare_rows[_i].starts, "%s: starts", label);
    ck_assert_msg(dmx_slice_starts_nocase(a, b) == compare_rows[_i].starts_nocase, "%s: starts_nocase", label);
    ck_assert_msg(dmx_slice_ends_nocase(a, b) == compare_rows[_i].ends_nocase, "%s: ends_nocase", label);
}
END_TEST

START_TEST(null_is_empty)
{
    ck_assert_uint_eq(dmx_slice_cstr(NULL).len, 0);
    ck_assert(dmx_slice_eq(DMX_SLICE_NONE, DMX_SLICE("")));
    ck_assert(dmx_slice_starts(DMX_SLICE_NONE, DMX_SLICE_NONE));
    ck_assert_uint_eq(dmx_slice_find(DMX_SLICE_NONE, 'x'), 0);
    ck_assert_uint_eq(dmx_slice_rfind(DMX_SLICE_NONE, 'x'), 0);
    ck_assert_uint_eq(dmx_slice_from(DMX_SLICE_NONE, 3).len, 0);
    ck_assert_uint_eq(dmx_slice_trim(DMX_SLICE_NONE).len, 0);
}
END_TEST

START_TEST(finds_first_and_last)
{
    const struct dmx_slice s = DMX_SLICE("a@b@c\0d");
    ck_assert_uint_eq(dmx_slice_find(s, '@'), 1);
    ck_assert_uint_eq(dmx_slice_rfind(s, '@'), 3);
    ck_assert_uint_eq(dmx_slice_find(s, '\0'), 5);
    ck_assert_uint_eq(dmx_slice_find(s, 'x'), s.len);
    ck_assert_uint_eq(dmx_slice_rfind(s, 'x'), s.len);
    ck_assert_uint_eq(dmx_slice_rfind(s, 'a'), 0);
}
END_TEST

START_TEST(cuts_within_its_end)
{
    const struct dmx_slice s = DMX_SLICE("abc");
    ck_slice_eq("from 0", dmx_slice_from(s, 0), "abc");
    ck_slice_eq("from 2", dmx_slice_from(s, 2), "c");
    ck_slice_eq("from 3", dmx_slice_from(s, 3), "");
    ck_slice_eq("from 4", dmx_slice_from(s, 4), "");
    ck_slice_eq("upto 0", dmx_slice_upto(s, 0), "");
    ck_slice_eq("upto 3", dmx_slice_upto(s, 3), "abc");
    ck_slice_eq("upto 4", dmx_slice_upto(s, 4), "abc");
}
END_TEST

static const struct {
    const char *label, *text, *want;
} trim_rows[] = {
    {"nothing to do", "a b", "a b"},
    {"both ends", " \t\r\na b\r\n \t", "a b"},
    {"all blank", " \t\r\n", ""},
    {"other controls stay", "\va\f", "\va\f"},
};

START_TEST(trims)
{
    ck_slice_eq(trim_rows[_i].label, dmx_slice_trim(dmx_slice_cstr(trim_rows[_i].text)), trim_rows[_i].want);
}
END_TEST

static const struct {
    const char *label, *text, *word, *rest;
} word_rows[] = {
    {"nothing", "", "", ""},
    {"blanks alone", " \t ", "", ""},
    {"one word", "one", "one", ""},
    {"blanks around it", "  one\t", "one", ""},
    {"two words", "one  two", "one", "two"},
    {"what is left keeps its own blanks", "one two  three ", "one", "two  three"},
};

START_TEST(takes_words)
{
    struct dmx_slice rest = dmx_slice_cstr(word_rows[_i].text);
    ck_slice_eq(word_rows[_i].label, dmx_slice_next_word(&rest), word_rows[_i].word);
    ck_slice_eq(word_rows[_i].label, rest, word_rows[_i].rest);
}
END_TEST

static const struct {
    const char *text, *parts[4];
    size_t count;
} split_rows[] = {
    {"a,b,c", {"a", "b", "c"}, 3}, {"a,,", {"a", "", ""}, 3}, {",a", {"", "a"}, 2}, {"", {""}, 1}, {"a", {"a"}, 1},
};

START_TEST(splits)
{
    struct dmx_slice rest = dmx_slice_cstr(split_rows[_i].text), part;
    size_t n = 0;
    while (dmx_slice_split(&rest, ',', &part)) {
        ck_assert_uint_lt(n, split_rows[_i].count);
        ck_slice_eq(split_rows[_i].text, part, split_rows[_i].parts[n]);
        n++;
    }
    ck_assert_uint_eq(n, split_rows[_i].count);
    ck_assert_ptr_null(rest.ptr);
}
END_TEST

START_TEST(length_for_printf)
{
    ck_assert_int_eq(dmx_slice_int(0), 0);
    ck_assert_int_eq(dmx_slice_int(INT_MAX), INT_MAX);
    ck_assert_int_eq(dmx_slice_int((size_t)INT_MAX + 1), INT_MAX);
}
END_TEST

DMX_SUITE(slice)
{
    DMX_TABLE(compares_whole, compare_rows);
    DMX_TEST(null_is_empty);
    DMX_TEST(finds_first_and_last);
    DMX_TEST(cuts_within_its_end);
    DMX_TABLE(trims, trim_rows);
    DMX_TABLE(takes_words, word_rows);
    DMX_TABLE(splits, split_rows);
    DMX_TEST(length_for_printf);
}
