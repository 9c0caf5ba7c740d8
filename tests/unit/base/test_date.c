/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/date.h"

#include "suite.h"

static const struct {
    const char *text;
    int64_t want; /* 0: refused */
} rows[] = {
    {"2000-01-01", 946771200},
    {"2000-02-29", 951868800},
    {"2023-11-14", 1700006400},
    {"2024-02-29", 1709251200},
    {"2024-12-31", 1735689600},
    {"2100-02-28", 4107542400},
    {"2100-02-29", 0},
    {"2023-02-29", 0},
    {"9999-12-31", 253402300800},
    {"1999-12-31", 0},
    {"2024-00-01", 0},
    {"2024-13-01", 0},
    {"2024-01-00", 0},
    {"2024-01-32", 0},
    {"2024-04-31", 0},
    {"2024-1-01", 0},
    {"2024/01/01", 0},
    {"24-01-01", 0},
    {"", 0},
    {"2024-01-01 ", 0},
    {"+024-01-01", 0},
    {"10000-01-01", 0},
};

/* What is read is written the same. */
START_TEST(dates)
{
    int64_t got = 0;
    char buf[32];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    bool ok = dmx_date_parse(dmx_slice_cstr(rows[_i].text), &got);
    ck_assert_msg(ok == (rows[_i].want != 0) && got == rows[_i].want, "%s: got %lld", rows[_i].text, (long long)got);
    if (!ok)
        return;
    dmx_put_date(&b, got);
    ck_slice_eq(rows[_i].text, dmx_builder_text(&b), rows[_i].text);
}
END_TEST

static const int64_t outside[] = {INT64_MIN, -1, 0, 946684800, 253402300801, INT64_MAX};

START_TEST(what_is_no_date_of_ours)
{
    char buf[32];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_date(&b, outside[_i]);
    ck_slice_eq("outside", dmx_builder_text(&b), "-");
}
END_TEST

DMX_SUITE(base_date)
{
    DMX_TABLE(dates, rows);
    DMX_TABLE(what_is_no_date_of_ours, outside);
}
