/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "version.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELDS };

static const char shape[] = "0000-00-00_00-00-00_UTC"; /* 0: a digit */

static bool read_fields(struct dmx_slice version, int fields[static FIELDS])
{
    if (version.len != sizeof shape - 1)
        return false;
    size_t field = 0;
    for (size_t i = 0; i < version.len; i++) {
        if (shape[i] != '0' && version.ptr[i] != shape[i])
            return false;
        if (shape[i] == '0' && !dmx_is_digit(version.ptr[i]))
            return false;
        if (shape[i] == '0')
            fields[field] = fields[field] * 10 + (version.ptr[i] - '0');
        else if (field < SECOND)
            field++;
    }
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool is_time(const int f[static FIELDS])
{
    return f[YEAR] >= 1970 && f[MONTH] >= 1 && f[MONTH] <= 12 && f[DAY] >= 1 &&
           f[DAY] <= month_days(f[YEAR], f[MONTH]) && f[HOUR] < 24 && f[MINUTE] < 60 && f[SECOND] < 60;
}

int64_t dmx_version_time(struct dmx_slice version)
{
    int f[FIELDS] = {0};
    if (!read_fields(version, f) || !is_time(f))
        return 0;
    int64_t days = f[DAY] - 1;
    for (int year = 1970; year < f[YEAR]; year++)
        days += 365 + is_leap(year);
    for (int month = 1; month < f[MONTH]; month++)
        days += month_days(f[YEAR], month);
    return ((days * 24 + f[HOUR]) * 60 + f[MINUTE]) * 60 + f[SECOND];
}
