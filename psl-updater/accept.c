/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "accept.h"

#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

/*
 * What the list has said for many years and will say tomorrow. Where it does not, it is not the list, or somebody has
 * had a hand in it: a lost "com" lets every .com domain vouch for every other, a "gmail.com" breaks its alignment.
 */
static const char *const must_have[] = {
    "com", "net",    "org",    "edu",   "gov",    "info",   "de",     "fr",     "uk",    "co.uk", "ac.uk",    "org.uk",
    "jp",  "co.jp",  "com.au", "co.nz", "br",     "com.br", "cn",     "com.cn", "in",    "co.in", "xn--p1ai", "eu",
    "es",  "it",     "nl",     "pl",    "ru",     "us",     "ca",     "ch",     "at",    "be",    "se",       "io",
    "biz", "gov.uk", "com.mx", "co.za", "com.tr", "com.ar", "com.sg", "com.tw", "co.kr", "co.il"};

static const char *const must_be_suffix[] = {"sentinel.ck", "sentinel.kawasaki.jp"};

static const char *const must_not_be_suffix[] = {
    "www.ck",      "city.kawasaki.jp", "example.com",   "example.org", "example.net",  "example.co.uk",
    "google.com",  "amazon.com",       "facebook.com",  "paypal.com",  "linkedin.com", "gmail.com",
    "outlook.com", "yahoo.com",        "microsoft.com", "apple.com",   "icloud.com",   "debian.org",
};

/* Of the private section, whose owners come and go, most must be there. */
static const char *const most_of[] = {"github.io", "herokuapp.com", "cloudfront.net", "s3.amazonaws.com",
                                      "netlify.app"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct judge {
    const struct dmx_list *candidate, *installed;
    const struct dmx_accept_limits *limits;
    struct dmx_arena *arena;
    struct dmx_accept_warnings *warnings;
    struct dmx_reason *reason;
};

static enum dmx_status refuse(struct judge *j, const char *token, const char *text, struct dmx_slice detail)
{
    *j->reason = DMX_REASON_ABOUT(token, text, NULL, detail);
    return DMX_INVALID;
}

static void warn(struct judge *j, const char *token, const char *text, struct dmx_slice detail)
{
    if (j->warnings->count < DMX_ACCEPT_MAX_WARNINGS)
        j->warnings->items[j->warnings->count++] = DMX_REASON_ABOUT(token, text, NULL, detail);
}

/* "8000 rules; 9000 to 13000 would be right" */
static struct dmx_slice counts(struct judge *j, size_t least, size_t most)
{
    struct dmx_builder b = dmx_builder_arena(j->arena, 120);
    dmx_put_u64(&b, j->candidate->count);
    dmx_put_cstr(&b, " rules; ");
    dmx_put_u64(&b, least);
    if (most) {
        dmx_put_cstr(&b, " to ");
        dmx_put_u64(&b, most);
    }
    dmx_put_cstr(&b, most ? " would be right" : " or more would be right");
    return dmx_builder_text(&b);
}

static enum dmx_status check_count(struct judge *j)
{
    size_t count = j->candidate->count;
    size_t least = j->limits->min_rules ? j->limits->min_rules : DMX_ACCEPT_MIN_RULES;
    if (count < least)
        return refuse(j, "too-few-rules", "the list has fewer rules than it ever had", counts(j, least, 0));
    if (!j->installed) {
        warn(j, "nothing-to-compare", "there is no installed list to compare with", DMX_SLICE_NONE);
        return DMX_OK;
    }
    size_t grow = j->limits->installed_is_debian ? DMX_ACCEPT_GROW_DEBIAN : DMX_ACCEPT_GROW_PERCENT;
    size_t before = j->installed->count;
    size_t low = (before * (100 - DMX_ACCEPT_SHRINK_PERCENT) + 99) / 100, high = before * (100 + grow) / 100;
    if (count < low)
        return refuse(j, "shrunk", "the list has lost more than a tenth of the installed one's rules",
                      counts(j, low, high));
    if (count > high)
        return refuse(j, "grown", "the list has far more rules than the installed one", counts(j, low, high));
    return DMX_OK;
}

static struct dmx_slice versions(struct judge *j)
{
    struct dmx_builder b = dmx_builder_arena(j->arena, 120);
    dmx_put(&b, j->candidate->version);
    dmx_put_cstr(&b, "; installed is ");
    dmx_put(&b, j->installed->version);
    return dmx_builder_text(&b);
}

/* It would make each list that comes until then an older one. */
static bool is_future(const struct judge *j, const struct dmx_list *list)
{
    return j->limits->now_s > 0 && list->version_s > j->limits->now_s + DMX_ACCEPT_FUTURE_S;
}

static enum dmx_status check_version(struct judge *j)
{
    const struct dmx_list *list = j->candidate;
    if (is_future(j, list))
        return refuse(j, "future", "the list's VERSION lies in the future; it, or the clock of this machine, is wrong",
                      list->version);
    if (list->version.len == 0)
        warn(j, "no-version",
             "the list has no line \"// VERSION: ...\": whether it is older than the installed one is "
             "not known",
             DMX_SLICE_NONE);
    else if (list->version_s == 0)
        warn(j, "unreadable-version", "the list's VERSION is no time like 2024-02-29_12-00-00_UTC", list->version);
    if (dmx_list_is_frozen(list->version_s, j->limits->now_s))
        warn(j, "frozen", "the list's VERSION is more than 90 days old; the official list is newer", list->version);
    if (list->version_s == 0 || !j->installed || list->version_s >= j->installed->version_s ||
        is_future(j, j->installed))
        return DMX_OK;
    if (!j->limits->allow_older)
        return refuse(j, "older", "the list is older than the installed one; to go back to it on purpose, allow it",
                      versions(j));
    warn(j, "older", "the list is older than the installed one, which was allowed", versions(j));
    return DMX_OK;
}

static bool has(const struct dmx_list *list, const struct dmx_rule *rule)
{
    struct dmx_name_rules found = dmx_list_find(list, rule->ascii);
    return rule->exception ? found.exception : rule->wildcard ? found.wildcard : found.plain;
}

/* The number of rules alone may stay the same while other rules stand in the place of all that nobody looks at. */
static enum dmx_status check_lost(struct judge *j)
{
    size_t lost = 0, first = 0, count = j->installed ? j->installed->count : 0;
    size_t percent = j->limits->installed_is_debian ? DMX_ACCEPT_LOST_DEBIAN : DMX_ACCEPT_LOST_PERCENT;
    for (size_t i = count; i-- > 0;) {
        if (has(j->candidate, &j->installed->rules[i]))
            continue;
        lost++;
        first = i;
    }
    if (lost * 100 <= count * percent)
        return DMX_OK;
    return refuse(j, "lost", "too many of the installed list's rules are not in this one; the first is",
                  j->installed->rules[first].ascii);
}

/* With its exceptions such a wildcard spares each name that is known to be looked at, and takes all others. */
static enum dmx_status check_wildcards(struct judge *j)
{
    for (size_t i = 0; j->installed && i < j->candidate->count; i++) {
        const struct dmx_rule *rule = &j->candidate->rules[i];
        if (!rule->wildcard || dmx_slice_find(rule->ascii, '.') < rule->ascii.len)
            continue;
        struct dmx_name_rules before = dmx_list_find(j->installed, rule->ascii);
        if (before.plain && !before.wildcard)
            return refuse(j, "top-wildcard",
                          "a wildcard over a top-level domain below which the installed list has none", rule->ascii);
    }
    return DMX_OK;
}

static enum dmx_status check_must_have(struct judge *j)
{
    for (size_t i = 0; i < COUNT(must_have); i++) {
        struct dmx_slice name = dmx_slice_cstr(must_have[i]);
        struct dmx_name_rules found = dmx_list_find(j->candidate, name);
        if (!found.plain)
            return refuse(j, "sentinel-missing", "a rule is missing that the list has always had", name);
        if (found.wildcard)
            return refuse(j, "sentinel-wrong", "a wildcard over a suffix below which everybody registers names", name);
    }
    return DMX_OK;
}

static enum dmx_status check_sentinels(struct judge *j)
{
    enum dmx_status status = check_must_have(j);
    if (status != DMX_OK)
        return status;
    for (size_t i = 0; i < COUNT(must_be_suffix); i++)
        if (!dmx_list_is_suffix(j->candidate, dmx_slice_cstr(must_be_suffix[i])))
            return refuse(j, "sentinel-missing", "a wildcard is missing that the list has always had",
                          dmx_slice_cstr(must_be_suffix[i]));
    for (size_t i = 0; i < COUNT(must_not_be_suffix); i++)
        if (dmx_list_is_suffix(j->candidate, dmx_slice_cstr(must_not_be_suffix[i])))
            return refuse(j, "sentinel-wrong", "the list makes a public suffix of a name that is none",
                          dmx_slice_cstr(must_not_be_suffix[i]));
    size_t found = 0;
    for (size_t i = 0; i < COUNT(most_of); i++)
        found += dmx_list_is_suffix(j->candidate, dmx_slice_cstr(most_of[i]));
    if (found * 2 <= COUNT(most_of))
        return refuse(j, "private-missing", "most of the well-known rules of the private section are missing",
                      dmx_slice_cstr(most_of[0]));
    return DMX_OK;
}

enum dmx_status dmx_list_accept(const struct dmx_list *candidate, const struct dmx_list *installed,
                                const struct dmx_accept_limits *limits, struct dmx_arena *arena,
                                struct dmx_accept_warnings *out_warnings, struct dmx_reason *out_reason)
{
    struct judge j = {candidate, installed, limits, arena, out_warnings, out_reason};
    *out_warnings = (struct dmx_accept_warnings){.count = 0};
    *out_reason = DMX_REASON_NONE;
    enum dmx_status status = check_count(&j);
    if (status == DMX_OK)
        status = check_sentinels(&j);
    if (status == DMX_OK)
        status = check_wildcards(&j);
    if (status == DMX_OK)
        status = check_lost(&j);
    if (status == DMX_OK)
        status = check_version(&j);
    if (status != DMX_OK || !dmx_arena_failed(arena))
        return status;
    *out_reason = DMX_REASON("memory", "no memory for the list", NULL);
    return DMX_NOMEM;
}
