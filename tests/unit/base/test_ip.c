/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/ip.h"

#include "suite.h"

static const struct {
    const char *text, *want; /* NULL: refused */
} parse_rows[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"::1", "::1"},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
    {"2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:C000:0201", "192.0.2.1"},
    {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
    {"2001:0db8:1111:2222:3333:4444:255.255.255.255", "2001:db8:1111:2222:3333:4444:ffff:ffff"},
    {"", NULL},
    {"192.0.2", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.01", NULL},
    {"192.0.2.1.", NULL},
    {"192.0.2.1.1", NULL},
    {" 192.0.2.1", NULL},
    {"192.0.2.1 ", NULL},
    {"0x7f.0.0.1", NULL},
    {"127.1", NULL},
    {"2130706433", NULL},
    {"fe80::1%eth0", NULL},
    {"[::1]", NULL},
    {"1::2::3", NULL},
    {"12345::", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"1:2:3:4:5:6:7", NULL},
    {"2001:0db8:1111:2222:3333:4444:255.255.255.2555", NULL},
};

START_TEST(parses_and_prints)
{
    struct dmx_ip ip = {0};
    char buf[64];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    bool ok = dmx_ip_parse(dmx_slice_cstr(parse_rows[_i].text), &ip);
    ck_assert_msg(ok == (parse_rows[_i].want != NULL), "%s: %s", parse_rows[_i].text, ok ? "accepted" : "refused");
    if (!ok)
        return;
    dmx_put_ip(&b, &ip);
    ck_slice_eq(parse_rows[_i].text, dmx_builder_text(&b), parse_rows[_i].want);
}
END_TEST

START_TEST(nul_ends_nothing)
{
    struct dmx_ip ip;
    ck_assert(!dmx_ip_parse(DMX_SLICE("192.0.2.1\0"), &ip));
    ck_assert(!dmx_ip_parse(DMX_SLICE("192.0.2.1\0.example"), &ip));
    ck_assert(!dmx_ip_parse(DMX_SLICE_NONE, &ip));
}
END_TEST

START_TEST(mapped_is_v4)
{
    const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
    const uint8_t plain[4] = {192, 0, 2, 1};
    const struct dmx_ip a = dmx_ip_v6(mapped), b = dmx_ip_v4(plain), none = {0};
    ck_assert_int_eq(a.family, DMX_IP_V4);
    ck_assert(dmx_ip_eq(&a, &b));
    ck_assert(!dmx_ip_eq(&a, &none));
    char buf[64];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_ip(&out, &none);
    ck_slice_eq("none", dmx_builder_text(&out), "");
}
END_TEST

static const struct {
    const char *block, *ip;
    bool ok, inside;
} cidr_rows[] = {
    {"192.0.2.0/24", "192.0.2.255", true, true},
    {"192.0.2.0/24", "192.0.3.0", true, false},
    {"192.0.2.77/24", "192.0.2.1", true, true},
    {"192.0.2.128/25", "192.0.2.127", true, false},
    {"192.0.2.128/25", "192.0.2.128", true, true},
    {"192.0.2.1", "192.0.2.1", true, true},
    {"192.0.2.1", "192.0.2.2", true, false},
    {"192.0.2.1/32", "192.0.2.1", true, true},
    {"192.0.2.0/31", "192.0.2.2", true, false},
    {"0.0.0.0/0", "203.0.113.9", true, true},
    {"0.0.0.0/0", "::1", true, false},
    {"0.0.0.0/0", "::ffff:203.0.113.9", true, true},
    {"::/0", "2001:db8::1", true, true},
    {"2001:db8::/32", "2001:db8:ffff::1", true, true},
    {"2001:db8::/32", "2001:db9::1", true, false},
    {"2001:db8::/33", "2001:db8:8000::", true, false},
    {"2001:db8::1/128", "2001:db8::1", true, true},
    {"2001:db8::1", "2001:db8::2", true, false},
    {"::ffff:192.0.2.0/120", "192.0.2.200", true, true},
    {"::ffff:192.0.2.0/120", "192.0.3.0", true, false},
    {"::ffff:0:0/96", "8.8.8.8", true, true},
    {"::ffff:0:0/95", "8.8.8.8", false, false},
    {"192.0.2.0/33", "192.0.2.0", false, false},
    {"2001:db8::/129", "2001:db8::", false, false},
    {"192.0.2.0/", "192.0.2.0", false, false},
    {"192.0.2.0/-1", "192.0.2.0", false, false},
    {"192.0.2.0/24/24", "192.0.2.0", false, false},
    {"/24", "192.0.2.0", false, false},
    {"", "192.0.2.0", false, false},
};

START_TEST(blocks)
{
    struct dmx_cidr block;
    struct dmx_ip ip;
    ck_assert(dmx_ip_parse(dmx_slice_cstr(cidr_rows[_i].ip), &ip));
    bool ok = dmx_cidr_parse(dmx_slice_cstr(cidr_rows[_i].block), &block);
    ck_assert_msg(ok == cidr_rows[_i].ok, "%s: %s", cidr_rows[_i].block, ok ? "accepted" : "refused");
    if (ok)
        ck_assert_msg(dmx_cidr_contains(&block, &ip) == cidr_rows[_i].inside, "%s and %s", cidr_rows[_i].block,
                      cidr_rows[_i].ip);
}
END_TEST

DMX_SUITE(ip)
{
    DMX_TABLE(parses_and_prints, parse_rows);
    DMX_TEST(nul_ends_nothing);
    DMX_TEST(mapped_is_v4);
    DMX_TABLE(blocks, cidr_rows);
}
