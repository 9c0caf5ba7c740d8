/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/result.h"

#include "suite.h"

static const struct {
    const char *word;
    bool ok;
    enum dmx_result want;
} rows[] = {
    {"none", true, DMX_NONE},           {"pass", true, DMX_PASS},           {"fail", true, DMX_FAIL},
    {"softfail", true, DMX_SOFTFAIL},   {"neutral", true, DMX_NEUTRAL},     {"policy", true, DMX_POLICY},
    {"temperror", true, DMX_TEMPERROR}, {"PermError", true, DMX_PERMERROR}, {"", false, DMX_NONE},
    {"passed", false, DMX_NONE},        {"pas", false, DMX_NONE},           {"hardfail", false, DMX_NONE},
    {" pass", false, DMX_NONE},
};

START_TEST(words)
{
    enum dmx_result got = DMX_NONE;
    bool ok = dmx_result_parse(dmx_slice_cstr(rows[_i].word), &got);
    ck_assert_msg(ok == rows[_i].ok, "\"%s\": %s", rows[_i].word, ok ? "accepted" : "refused");
    ck_assert_msg(got == rows[_i].want, "\"%s\": got %d", rows[_i].word, got);
    if (ok)
        ck_assert(dmx_slice_eq_nocase(dmx_slice_cstr(dmx_result_word(got)), dmx_slice_cstr(rows[_i].word)));
}
END_TEST

START_TEST(no_result_has_a_word_too)
{
    ck_assert_str_eq(dmx_result_word((enum dmx_result)99), "unknown");
}
END_TEST

DMX_SUITE(result)
{
    DMX_TABLE(words, rows);
    DMX_TEST(no_result_has_a_word_too);
}
