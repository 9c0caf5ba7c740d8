/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Who is in the lists of domains, approvals and overrides; what a configuration is warned of. */
#include <string.h>

#include "dmx/site/config.h"
#include "suite.h"

static struct dmx_config *with(const char *text)
{
    struct dmx_config *config = NULL;
    struct dmx_config_error error;
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    enum dmx_status status = dmx_config_parse(config, dmx_slice_cstr(text), "t", &error);
    ck_assert_msg(status == DMX_OK, "%s", error.text);
    return config;
}

static const struct {
    const char *domain;
    bool want;
} domains[] = {
    {"a.example", true},     {"x.a.example", false}, {"b.example", false},   {"x.b.example", true},
    {"x.y.b.example", true}, {"xb.example", false},  {"example", false},     {"", false},
    {"c.example", true},     {"x.c.example", true},  {"b.example.x", false}, {"b.example.", false},
};

START_TEST(exceptions_domain)
{
    struct dmx_config *config = with("corroborate_domains = a.example, *.b.example, c.example, *.c.example");
    bool got = dmx_domain_list_contains(&config->corroborate_domains, dmx_slice_cstr(domains[_i].domain));
    ck_assert_msg(got == domains[_i].want, "%s: got %d", domains[_i].domain, got);
    dmx_config_free(&config);
}
END_TEST

static const struct {
    const char *authenticated, *from;
    bool want;
} approvals[] = {
    {"esp.example", "shop.example", true},
    {"esp.example", "news.shop.example", false},
    {"mail.esp.example", "shop.example", false},
    {"shop.example", "esp.example", false},
    {"esp.example", "a.wide.example", true},
    {"esp.example", "wide.example", false},
    {"a.mta.example", "shop.example", true},
    {"a.b.mta.example", "shop.example", true},
    {"mta.example", "shop.example", false},
    {"friend.example", "anybody.example", true},
    {"friend.example", "", false},
    {"", "anybody.example", false},
    {"x.friend.example", "anybody.example", false},
};

START_TEST(exceptions_approval)
{
    struct dmx_config *config = with("approved_domains = esp.example for shop.example, esp.example for *.wide.example, "
                                     "*.mta.example for shop.example, friend.example for *");
    bool got = dmx_approval_list_contains(&config->approved_domains, dmx_slice_cstr(approvals[_i].authenticated),
                                          dmx_slice_cstr(approvals[_i].from));
    ck_assert_msg(got == approvals[_i].want, "%s for %s: got %d", approvals[_i].authenticated, approvals[_i].from, got);
    dmx_config_free(&config);
}
END_TEST

/* No entry is as long as what is asked for: no buffer is overrun. */
START_TEST(exceptions_long_approval)
{
    static char name[2000];
    struct dmx_config *config = with("approved_domains = esp.example for shop.example");
    memset(name, 'a', sizeof name);
    for (size_t len = 240; len < sizeof name; len += 7) {
        ck_assert(!dmx_approval_list_contains(&config->approved_domains, dmx_slice(name, len), dmx_slice(name, len)));
        ck_assert(
            !dmx_approval_list_contains(&config->approved_domains, DMX_SLICE("esp.example"), dmx_slice(name, len)));
    }
    dmx_config_free(&config);
}
END_TEST

static const struct {
    const char *domain, *until; /* NULL: none */
} overrides[] = {
    {"a.example", "2026-01-01"},
    {"x.a.example", "2026-01-02"},
    {"y.x.a.example", "2026-01-03"},
    {"z.y.x.a.example", "2026-01-03"},
    {"b.example", NULL},
    {"example", NULL},
    {"", NULL},
};

/* The nearest one counts. */
START_TEST(exceptions_override)
{
    struct dmx_config *config = with("policy_overrides = a.example none until 2026-01-01, *.a.example none until "
                                     "2026-01-02, *.x.a.example none until 2026-01-03");
    const struct dmx_policy_override *got =
        dmx_override_list_find(&config->policy_overrides, dmx_slice_cstr(overrides[_i].domain));
    ck_slice_eq(overrides[_i].domain, got ? got->until : DMX_SLICE(""), overrides[_i].until ? overrides[_i].until : "");
    dmx_config_free(&config);
}
END_TEST

static const struct {
    const char *date;
    int64_t end_s;
} dates[] = {
    {"2000-01-01", 946771200},  {"2000-02-29", 951868800},  {"2023-11-14", 1700006400},   {"2024-02-28", 1709164800},
    {"2024-12-31", 1735689600}, {"2026-03-01", 1772409600}, {"9999-12-31", 253402300800},
};

/* To the end of the day, UTC. */
START_TEST(exceptions_date)
{
    char text[100];
    snprintf(text, sizeof text, "policy_overrides = a.example none until %s", dates[_i].date);
    struct dmx_config *config = with(text);
    ck_assert_uint_eq(config->policy_overrides.count, 1);
    ck_assert_msg(config->policy_overrides.items[0].end_s == dates[_i].end_s, "%s: got %lld", dates[_i].date,
                  (long long)config->policy_overrides.items[0].end_s);
    dmx_config_free(&config);
}
END_TEST

#define SENDER "\nreport_org = O\nreport_email = r@own.example"

static const struct {
    const char *label, *text;
    int64_t now_s;
    const char *want; /* "": no warning */
} warnings[] = {
    {"nothing", "approved_domains = a.example for b.example", 0, ""},
    {"an approval for all", "approved_domains = a.example for *", 0, "approved_domains: a.example for *: whoever"},
    {"an override in force", "policy_overrides = a.example none until 2023-11-14 x", 1700006399, ""},
    {"one that is over", "policy_overrides = a.example none until 2023-11-14 moving house", 1700006400,
     "policy_overrides: the one for a.example ended on 2023-11-14 (moving house)\n"},
    {"strict", "privacy = strict", 0, ""},
    {"strict overrules reports", "failure_reports = yes\nprivacy = strict", 0,
     "failure_reports: overruled by privacy = strict: no failure report is sent\n"},
    {"strict overrules masks", "mask_reserved_ips = no\nprivacy = strict", 0,
     "mask_reserved_ips: overruled by privacy = strict: the addresses are hidden\n"},
    {"failures reported", "failure_reports = yes" SENDER, 0, ""},
    {"by nobody", "failure_reports = yes", 0, "failure_reports: none is sent until report_org and report_email"},
    {"without a cache", "failure_reports = yes\ncache = no" SENDER, 0, "failure_reports: none is sent with cache = no"},
    {"with the text", "failure_reports = yes\nfailure_content = message" SENDER, 0, "failure_content: with message"},
    {"with the body", "failure_reports = yes\nfailure_dkim_body = yes" SENDER, 0, "failure_dkim_body: the text"},
    {"with none of it", "failure_reports = no\nfailure_dkim_body = yes" SENDER, 0, ""},
};

START_TEST(exceptions_warning)
{
    char buf[512];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_config *config = with(warnings[_i].text);
    dmx_config_warn(config, warnings[_i].now_s, &out);
    struct dmx_slice got = dmx_builder_text(&out);
    ck_assert_msg((got.len == 0) == (warnings[_i].want[0] == '\0') &&
                      dmx_slice_starts(got, dmx_slice_cstr(warnings[_i].want)),
                  "%s: got %s", warnings[_i].label, buf);
    dmx_config_free(&config);
}
END_TEST

/* What holds, and what `dmx config show` says of it. */
static const struct {
    const char *label, *text;
    bool sends, masks;
    const char *want; /* in what is shown; NULL: nothing is overruled */
} privacy[] = {
    {"the defaults", "", false, true, NULL},
    {"asked for", "failure_reports = yes" SENDER, true, true, NULL},
    {"without a name", "failure_reports = yes\nreport_email = r@own.example", false, true, NULL},
    {"without an address", "failure_reports = yes\nreport_org = O", false, true, NULL},
    {"no masks", "mask_reserved_ips = no", false, false, NULL},
    {"strict", "privacy = strict", false, true, NULL},
    {"strict and reports", "privacy = strict\nfailure_reports = yes" SENDER, false, true,
     "\nfailure_reports = yes\n# overruled by privacy = strict: no failure report is sent\n"},
    {"strict and no masks", "mask_reserved_ips = no\nprivacy = strict", false, true,
     "\nmask_reserved_ips = no\n# overruled by privacy = strict: the addresses are hidden\n"},
};

START_TEST(exceptions_privacy)
{
    static char buf[16384];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_config *config = with(privacy[_i].text);
    dmx_config_print(config, &out);
    ck_assert(!out.failed);
    (void)dmx_builder_text(&out);
    ck_assert_msg(dmx_config_sends_failures(config) == privacy[_i].sends, "%s", privacy[_i].label);
    ck_assert_msg(dmx_config_masks(config) == privacy[_i].masks, "%s", privacy[_i].label);
    ck_assert_msg(strstr(buf, privacy[_i].want ? privacy[_i].want : "# Privacy"), "%s: got %s", privacy[_i].label, buf);
    ck_assert_msg(!strstr(buf, "overruled") == !privacy[_i].want, "%s: got %s", privacy[_i].label, buf);
    dmx_config_free(&config);
}
END_TEST

/* The other edition's default for on_reject; a value that was given stands. */
START_TEST(exceptions_other_rules)
{
    struct dmx_config other, *config = with("rules = rfc7489");
    dmx_config_with_rules(config, DMX_OPTION_RFC9989, &other);
    ck_assert_uint_eq(other.rules, DMX_OPTION_RFC9989);
    ck_assert_uint_eq(other.on_reject, DMX_ON_REJECT_CORROBORATED);
    ck_assert_uint_eq(config->on_reject, DMX_ON_REJECT_REJECT);
    dmx_config_free(&config);
    config = with("on_reject = none");
    dmx_config_with_rules(config, DMX_OPTION_RFC9989, &other);
    ck_assert_uint_eq(other.on_reject, DMX_ON_REJECT_NONE);
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(exceptions)
{
    DMX_TABLE(exceptions_privacy, privacy);
    DMX_TABLE(exceptions_domain, domains);
    DMX_TABLE(exceptions_approval, approvals);
    DMX_TEST(exceptions_long_approval);
    DMX_TABLE(exceptions_override, overrides);
    DMX_TABLE(exceptions_date, dates);
    DMX_TABLE(exceptions_warning, warnings);
    DMX_TEST(exceptions_other_rules);
}
