/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/date.h"

#include "dmx/base/number.h"

#include "dmx/base/banned.h"

enum {
    DAY_S = 24 * 60 * 60,
    YEAR_MIN = 2000,
    YEAR_MAX = 9999,
};

static bool is_leap(uint64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint64_t days_of_month(uint64_t year, uint64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/* Days from 1970-01-01 to the first of January of that year. */
static uint64_t days_before_year(uint64_t year)
{
    uint64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400 - 719162;
}

/* full-date = 4DIGIT "-" 2DIGIT "-" 2DIGIT */
bool dmx_date_parse(struct dmx_slice text, int64_t *out_end_s)
{
    uint64_t year, month, day;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !dmx_parse_u64(dmx_slice_upto(text, 4), YEAR_MAX, &year) || year < YEAR_MIN ||
        !dmx_parse_u64(dmx_slice(text.ptr + 5, 2), 12, &month) || month == 0 ||
        !dmx_parse_u64(dmx_slice(text.ptr + 8, 2), days_of_month(year, month), &day) || day == 0)
        return false;
    uint64_t days = days_before_year(year) + day;
    for (uint64_t m = 1; m < month; m++)
        days += days_of_month(year, m);
    *out_end_s = (int64_t)(days * DAY_S);
    return true;
}

static void put_two(struct dmx_builder *out, uint64_t value)
{
    dmx_put_cstr(out, value < 10 ? "-0" : "-");
    dmx_put_u64(out, value);
}

void dmx_put_date(struct dmx_builder *out, int64_t end_s)
{
    uint64_t year = YEAR_MIN, month = 1, last = end_s > 0 ? (uint64_t)(end_s - 1) / DAY_S : 0;
    if (last < days_before_year(YEAR_MIN) || last >= days_before_year(YEAR_MAX + 1)) {
        dmx_put_char(out, '-');
        return;
    }
    while (days_before_year(year + 1) <= last)
        year++;
    uint64_t rest = last - days_before_year(year);
    for (; rest >= days_of_month(year, month); month++)
        rest -= days_of_month(year, month);
    dmx_put_u64(out, year);
    put_two(out, month);
    put_two(out, rest + 1);
}
