/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/number.h"

#include "suite.h"

enum { UNTOUCHED = 4711 };

struct row {
    const char *text;
    uint64_t max;
    bool ok;
    uint64_t want;
};

static void check(const struct row *row, bool (*parse)(struct dmx_slice, uint64_t, uint64_t *))
{
    uint64_t got = UNTOUCHED;
    bool ok = parse(dmx_slice_cstr(row->text), row->max, &got);
    ck_assert_msg(ok == row->ok, "\"%s\": %s", row->text, ok ? "accepted" : "refused");
    ck_assert_msg(got == (row->ok ? row->want : UNTOUCHED), "\"%s\": got %llu", row->text, (unsigned long long)got);
}

static const struct row decimal_rows[] = {
    {"0", 9, true, 0},
    {"007", 9, true, 7},
    {"9", 10, true, 9},
    {"10", 10, true, 10},
    {"11", 10, false, 0},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, false, 0},
    {"184467440737095516150", UINT64_MAX, false, 0},
    {"", 9, false, 0},
    {"-1", 9, false, 0},
    {"+1", 9, false, 0},
    {" 1", 9, false, 0},
    {"1 ", 9, false, 0},
    {"1/", 9, false, 0},
    {"1:", 9, false, 0},
    {"0x1", 9, false, 0},
    {"1.0", 9, false, 0},
};

START_TEST(decimal)
{
    check(&decimal_rows[_i], dmx_parse_u64);
}
END_TEST

static const struct row duration_rows[] = {
    {"10", 100, true, 10},
    {"10s", 100, true, 10},
    {"2m", 120, true, 120},
    {"2m", 119, false, 0},
    {"1h", 86400, true, 3600},
    {"1H", 86400, true, 3600},
    {"15d", UINT64_MAX, true, 1296000},
    {"213503982334601d", UINT64_MAX, true, 213503982334601ULL * 86400},
    {"213503982334602d", UINT64_MAX, false, 0},
    {"d", 100, false, 0},
    {"1w", 100, false, 0},
    {"1ms", 100, false, 0},
    {"1 s", 100, false, 0},
    {"-1s", 100, false, 0},
    {"", 100, false, 0},
};

START_TEST(duration)
{
    check(&duration_rows[_i], dmx_parse_duration);
}
END_TEST

static const struct row size_rows[] = {
    {"512", 1024, true, 512},
    {"1k", 1024, true, 1024},
    {"1K", 1023, false, 0},
    {"16M", UINT64_MAX, true, 16 * 1024 * 1024},
    {"1G", UINT64_MAX, true, 1024 * 1024 * 1024},
    {"17179869184G", UINT64_MAX, false, 0},
    {"1T", UINT64_MAX, false, 0},
    {"1kB", UINT64_MAX, false, 0},
    {"M", UINT64_MAX, false, 0},
};

START_TEST(size)
{
    check(&size_rows[_i], dmx_parse_size);
}
END_TEST

DMX_SUITE(number)
{
    DMX_TABLE(decimal, decimal_rows);
    DMX_TABLE(duration, duration_rows);
    DMX_TABLE(size, size_rows);
}
