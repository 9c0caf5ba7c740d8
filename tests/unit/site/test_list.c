/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Who is in a list: addresses and recipients. */
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

#define BLOCKS "trusted_ips = 192.0.2.7, 10.0.0.0/8, 10.1.0.0/16, 172.16.0.0/12, 2001:db8::/32, ::1, 255.255.255.255"

static const struct {
    const char *blocks, *ip;
    bool want;
} addresses[] = {
    {BLOCKS, "192.0.2.6", false},
    {BLOCKS, "192.0.2.7", true},
    {BLOCKS, "192.0.2.8", false},
    {BLOCKS, "9.255.255.255", false},
    {BLOCKS, "10.0.0.0", true},
    {BLOCKS, "10.1.2.3", true},
    {BLOCKS, "10.200.0.1", true},
    {BLOCKS, "10.255.255.255", true},
    {BLOCKS, "11.0.0.0", false},
    {BLOCKS, "172.15.255.255", false},
    {BLOCKS, "172.31.255.255", true},
    {BLOCKS, "172.32.0.0", false},
    {BLOCKS, "255.255.255.255", true},
    {BLOCKS, "0.0.0.0", false},
    {BLOCKS, "::1", true},
    {BLOCKS, "::", false},
    {BLOCKS, "::2", false},
    {BLOCKS, "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {BLOCKS, "2001:db8::", true},
    {BLOCKS, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {BLOCKS, "2001:db9::", false},
    {BLOCKS, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {BLOCKS, "::ffff:10.0.0.1", true},
    {"trusted_ips =", "127.0.0.1", false},
    {"trusted_ips = 0.0.0.0/0", "198.51.100.1", true},
    {"trusted_ips = 0.0.0.0/0", "2001:db8::1", false},
    {"trusted_ips = ::/0", "2001:db8::1", true},
    {"trusted_ips = ::/0", "198.51.100.1", false},
    {"trusted_ips = 0.0.0.0/0, 10.0.0.0/8, 10.0.0.0/9", "10.255.0.0", true},
    {"", "127.255.255.255", true},
    {"", "128.0.0.0", false},
};

START_TEST(list_address)
{
    struct dmx_config *config = with(addresses[_i].blocks);
    struct dmx_ip ip;
    ck_assert(dmx_ip_parse(dmx_slice_cstr(addresses[_i].ip), &ip));
    bool got = dmx_cidr_list_contains(&config->trusted_ips, &ip);
    ck_assert_msg(got == addresses[_i].want, "%s in %s: got %d", addresses[_i].ip, addresses[_i].blocks, got);
    dmx_config_free(&config);
}
END_TEST

START_TEST(list_no_address)
{
    struct dmx_config *config = with("trusted_ips = 0.0.0.0/0, ::/0");
    struct dmx_ip none = {.family = DMX_IP_NONE};
    ck_assert(!dmx_cidr_list_contains(&config->trusted_ips, &none));
    dmx_config_free(&config);
}
END_TEST

/* What stands before and behind the list in memory is not of it. */
START_TEST(list_within_its_bounds)
{
    struct dmx_cidr blocks[3];
    struct dmx_ip low, high;
    ck_assert(dmx_cidr_parse(DMX_SLICE("0.0.0.0/0"), &blocks[0]));
    ck_assert(dmx_cidr_parse(DMX_SLICE("10.0.0.0/8"), &blocks[1]));
    ck_assert(dmx_cidr_parse(DMX_SLICE("192.0.2.0/24"), &blocks[2]));
    ck_assert(dmx_ip_parse(DMX_SLICE("9.0.0.1"), &low));
    ck_assert(dmx_ip_parse(DMX_SLICE("192.0.2.1"), &high));
    struct dmx_cidr_list list = {.items = &blocks[1], .count = 1};
    ck_assert(!dmx_cidr_list_contains(&list, &low));
    ck_assert(!dmx_cidr_list_contains(&list, &high));
    list.count = 0;
    ck_assert(!dmx_cidr_list_contains(&list, &low));
}
END_TEST

#define PEOPLE \
    "exempt_recipients = Abuse@*, postmaster@*, example.net, @lists.example.org, *@x.example, Joe@Example.com"

static const struct {
    const char *address;
    bool want;
} recipients[] = {
    {"abuse@anything.example", true},
    {"ABUSE@ANYTHING.EXAMPLE", true},
    {"postmaster@example.com", true},
    {"xabuse@example.com", false},
    {"abusex@example.com", false},
    {"anyone@example.net", true},
    {"anyone@Example.NET", true},
    {"anyone@sub.example.net", false},
    {"anyone@xexample.net", false},
    {"anyone@example.ne", false},
    {"a@lists.example.org", true},
    {"a@example.org", false},
    {"a@x.example", true},
    {"joe@example.com", true},
    {"JOE@EXAMPLE.COM", true},
    {"joe@example.co", false},
    {"jo@example.com", false},
    {"joe@example.com.", false},
    {"\"a@b\"@example.net", true},
    {"example.net", false},
    {"abuse", false},
    {"@example.net", true},
    {"", false},
    {"@", false},
    {"*@*", false},
};

START_TEST(list_recipient)
{
    struct dmx_config *config = with(PEOPLE);
    bool got = dmx_recipient_list_contains(&config->exempt_recipients, dmx_slice_cstr(recipients[_i].address));
    ck_assert_msg(got == recipients[_i].want, "%s: got %d", recipients[_i].address, got);
    dmx_config_free(&config);
}
END_TEST

/* A local part longer than any entry can be: no buffer is overrun, and the domain is looked at all the same. */
START_TEST(list_long_recipient)
{
    struct dmx_config *config = with(PEOPLE);
    char address[1000];
    for (size_t at = 250; at < 260; at++) {
        for (size_t i = 0; i < sizeof address; i++)
            address[i] = i == at ? '@' : 'a';
        struct dmx_slice one = dmx_slice(address, at + 2);
        ck_assert(!dmx_recipient_list_contains(&config->exempt_recipients, one));
        one.len = at + 1 + (size_t)snprintf(address + at + 1, 20, "example.net");
        ck_assert(dmx_recipient_list_contains(&config->exempt_recipients, one));
    }
    dmx_config_free(&config);
}
END_TEST

START_TEST(list_empty_recipients)
{
    struct dmx_config *config = with("");
    ck_assert(!dmx_recipient_list_contains(&config->exempt_recipients, DMX_SLICE("joe@example.com")));
    dmx_config_free(&config);
}
END_TEST

static const struct {
    const char *domain;
    bool want;
} domains[] = {
    {"example.com", true},   {"sub.example.com", false}, {"xexample.com", false},     {"com", false},
    {"b.example.net", true}, {"a.b.example.net", true},  {"example.net", false},      {"xexample.net", false},
    {"both.example", true},  {"x.both.example", true},   {"upper.example.org", true}, {"", false},
    {"example.co", false},
};

START_TEST(list_domain)
{
    struct dmx_config *config =
        with("trusted_sealers = example.com, *.example.net, both.example, *.both.example, UPPER.example.org");
    bool got = dmx_domain_list_contains(&config->trusted_sealers, dmx_slice_cstr(domains[_i].domain));
    ck_assert_msg(got == domains[_i].want, "%s: got %d", domains[_i].domain, got);
    dmx_config_free(&config);
}
END_TEST

DMX_SUITE(list)
{
    DMX_TABLE(list_address, addresses);
    DMX_TEST(list_no_address);
    DMX_TEST(list_within_its_bounds);
    DMX_TABLE(list_recipient, recipients);
    DMX_TABLE(list_domain, domains);
    DMX_TEST(list_long_recipient);
    DMX_TEST(list_empty_recipients);
}
