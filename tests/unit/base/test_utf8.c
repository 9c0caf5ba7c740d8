/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/utf8.h"

#include "suite.h"

static const struct {
    const char *label, *text;
    bool ok;
} utf8_rows[] = {
    {"empty", "", true},
    {"ASCII", "az\x7F", true},
    {"U+0080", "\xC2\x80", true},
    {"U+07FF", "\xDF\xBF", true},
    {"U+0800", "\xE0\xA0\x80", true},
    {"U+D7FF", "\xED\x9F\xBF", true},
    {"U+E000", "\xEE\x80\x80", true},
    {"U+FFFF", "\xEF\xBF\xBF", true},
    {"U+10000", "\xF0\x90\x80\x80", true},
    {"U+10FFFF and more", "\xF4\x8F\xBF\xBFz", true},
    {"lone continuation", "a\x80", false},
    {"overlong of two", "\xC1\xBF", false},
    {"overlong of three", "\xE0\x9F\xBF", false},
    {"overlong of four", "\xF0\x8F\xBF\xBF", false},
    {"surrogate", "\xED\xA0\x80", false},
    {"over U+10FFFF", "\xF4\x90\x80\x80", false},
    {"F5", "\xF5\x80\x80\x80", false},
    {"FF", "\xFF", false},
    {"cut after one", "\xC3", false},
    {"cut after two", "\xE3\x81", false},
    {"cut after three", "\xF0\x90\x80", false},
    {"ASCII in the middle", "\xE3\x81z", false},
    {"first byte in the middle", "\xF0\x90\x80\xC3", false},
};

START_TEST(utf8)
{
    ck_assert_msg(dmx_is_utf8(dmx_slice_cstr(utf8_rows[_i].text)) == utf8_rows[_i].ok, "%s", utf8_rows[_i].label);
}
END_TEST

DMX_SUITE(utf8)
{
    DMX_TABLE(utf8, utf8_rows);
}
