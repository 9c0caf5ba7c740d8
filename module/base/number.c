/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/number.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

bool dmx_parse_u64(struct dmx_slice s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!dmx_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

struct unit {
    char letter;
    uint64_t factor;
};

/* A number with at most one unit letter (of either case) from the table after it. */
static bool parse_with_unit(struct dmx_slice s, const struct unit *units, size_t count, uint64_t max, uint64_t *out)
{
    uint64_t factor = 1, value;
    if (s.len > 1)
        for (size_t i = 0; i < count; i++)
            if (dmx_lower(s.ptr[s.len - 1]) == units[i].letter) {
                factor = units[i].factor;
                s.len--;
                break;
            }
    if (!dmx_parse_u64(s, UINT64_MAX, &value) || value > max / factor)
        return false;
    *out = value * factor;
    return true;
}

bool dmx_parse_duration(struct dmx_slice s, uint64_t max_s, uint64_t *out_s)
{
    static const struct unit units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    return parse_with_unit(s, units, sizeof units / sizeof *units, max_s, out_s);
}

bool dmx_parse_size(struct dmx_slice s, uint64_t max_bytes, uint64_t *out_bytes)
{
    static const struct unit units[] = {{'k', 1024}, {'m', 1024 * 1024}, {'g', 1024 * 1024 * 1024}};
    return parse_with_unit(s, units, sizeof units / sizeof *units, max_bytes, out_bytes);
}
