/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "rate.h"

#include "dmx/base/number.h"
#include "value.h"

#include "dmx/base/banned.h"

enum {
    COUNT_MAX = 10000,                /* nobody reads more */
    PERIOD_MIN_S = 60,                /* less is no limit that people think in */
    PERIOD_MAX_S = 30 * 24 * 60 * 60, /* a cache rarely lives longer */
    MS_PER_S = 1000,
    SCOPES = 3,
};

static const struct dmx_failure_rate defaults = {
    .recipient = {1, 24 * 60 * 60},
    .domain = {10, 24 * 60 * 60},
    .all = {100, 60 * 60},
};

static const struct scope {
    const char *word;
    size_t offset;
    const char *twice;
} scopes[SCOPES] = {
    {"recipient", offsetof(struct dmx_failure_rate, recipient), "recipient stands there twice"},
    {"domain", offsetof(struct dmx_failure_rate, domain), "domain stands there twice"},
    {"all", offsetof(struct dmx_failure_rate, all), "all stands there twice"},
};

/* COUNT "/" PERIOD. What is wrong, or NULL. */
static const char *read_rate(struct dmx_slice text, struct dmx_rate *out)
{
    size_t slash = dmx_slice_find(text, '/');
    uint64_t count, period_s;
    if (slash == text.len)
        return "an entry is SCOPE COUNT/PERIOD";
    if (!dmx_parse_u64(dmx_slice_upto(text, slash), COUNT_MAX, &count))
        return "COUNT is a number from 0 to 10000";
    if (!dmx_parse_duration(dmx_slice_from(text, slash + 1), PERIOD_MAX_S, &period_s) || period_s < PERIOD_MIN_S)
        return "PERIOD is a time from 1m to 30d";
    if (count > period_s)
        return "that is more than one a second";
    *out = (struct dmx_rate){(uint32_t)count, (uint32_t)period_s};
    return NULL;
}

/* entry = scope 1*WSP count "/" period. What is wrong, or NULL; *seen are the scopes that have been. */
static const char *read_entry(struct dmx_slice entry, struct dmx_failure_rate *out, unsigned *seen)
{
    struct dmx_slice word = dmx_slice_next_word(&entry), rate = dmx_slice_next_word(&entry);
    if (rate.len == 0 || entry.len > 0)
        return "an entry is SCOPE COUNT/PERIOD";
    for (unsigned i = 0; i < SCOPES; i++) {
        if (!dmx_slice_eq_nocase(word, dmx_slice_cstr(scopes[i].word)))
            continue;
        if (*seen & 1U << i)
            return scopes[i].twice;
        *seen |= 1U << i;
        return read_rate(rate, (struct dmx_rate *)(void *)((char *)out + scopes[i].offset));
    }
    return "SCOPE is recipient, domain or all";
}

enum dmx_status dmx_rate_read(const struct dmx_reading *reading, struct dmx_slice value)
{
    struct dmx_failure_rate rates = defaults, *member = dmx_option_member(reading->config, reading->option);
    struct dmx_slice rest = value.ptr ? value : DMX_SLICE(""), entry;
    unsigned seen = 0;
    while (dmx_slice_split(&rest, ',', &entry)) {
        const char *why = read_entry(dmx_slice_trim(entry), &rates, &seen);
        if (why)
            return dmx_reading_refuse(reading, value, why);
    }
    *member = rates;
    return DMX_OK;
}

void dmx_rate_print(const struct dmx_failure_rate *rates, struct dmx_builder *out)
{
    for (size_t i = 0; i < SCOPES; i++) {
        const struct dmx_rate *rate = (const struct dmx_rate *)(const void *)((const char *)rates + scopes[i].offset);
        dmx_put_cstr(out, i > 0 ? ", " : "");
        dmx_put_cstr(out, scopes[i].word);
        dmx_put_char(out, ' ');
        dmx_put_u64(out, rate->count);
        dmx_put_char(out, '/');
        dmx_put_duration_ms(out, (uint64_t)rate->period_s * MS_PER_S);
    }
}
