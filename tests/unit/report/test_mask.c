/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/mask.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct dmx_config *config;

static void setup(void)
{
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
}

static void teardown(void)
{
    dmx_config_free(&config);
}

/* Each of the option's blocks at its first and last address, and just outside of it. */
static const struct {
    const char *address;
    bool hidden;
} addresses[] = {
    {"0.0.0.0", true},
    {"0.255.255.255", true},
    {"1.0.0.0", false},
    {"9.255.255.255", false},
    {"10.0.0.0", true},
    {"10.255.255.255", true},
    {"11.0.0.0", false},
    {"100.63.255.255", false},
    {"100.64.0.0", true},
    {"100.127.255.255", true},
    {"100.128.0.0", false},
    {"126.255.255.255", false},
    {"127.0.0.1", true},
    {"128.0.0.0", false},
    {"169.253.255.255", false},
    {"169.254.0.0", true},
    {"169.255.0.0", false},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"192.167.255.255", false},
    {"192.168.0.0", true},
    {"192.169.0.0", false},
    {"::", false},
    {"::1", true},
    {"::2", false},
    {"fbff::1", false},
    {"fc00::", true},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"fe7f::1", false},
    {"fe80::1", true},
    {"febf::1", true},
    {"fec0::1", false},
    {"::ffff:10.0.0.1", true},
    {"::ffff:a00:1", true},
    {"::ffff:11.0.0.1", false},
};

START_TEST(hides)
{
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_ip ip;
    ck_assert(dmx_ip_parse(dmx_slice_cstr(addresses[_i].address), &ip));
    ck_assert_msg(dmx_mask_hides(&mask, &ip) == addresses[_i].hidden, "%s", addresses[_i].address);
    mask.on = false;
    ck_assert_msg(!dmx_mask_hides(&mask, &ip), "%s with the mask off", addresses[_i].address);
}
END_TEST

#define FD_NIBBLES     "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f"
#define NO_NIBBLES     "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define PUBLIC_NIBBLES "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

/* want with zero, want with literal; NULL: as it is. */
static const struct {
    const char *text, *zero, *literal;
} texts[] = {
    {"", NULL, NULL},
    {"example.com", NULL, NULL},
    {"192.168.1.1", "0.0.0.0", "X.X.X.X"},
    {"[192.168.1.1]", "[0.0.0.0]", "[X.X.X.X]"},
    {"client 10.0.0.1, twice 10.0.0.1.", "client 0.0.0.0, twice 0.0.0.0.", "client X.X.X.X, twice X.X.X.X."},
    {"ip-10-0-0-5.internal.example", "ip-0-0-0-0.internal.example", "ip-X-X-X-X.internal.example"},
    {"host192_168_1_1x.example", "host0_0_0_0x.example", "hostX_X_X_Xx.example"},
    {"192.168.001.001", "0.0.0.0", "X.X.X.X"},
    {"192.168-1_1", "0.0-0_0", "X.X-X_X"},
    {"192.168.1", NULL, NULL},
    {"192.168.1.256", NULL, NULL},
    {"0192.168.1.1", NULL, NULL},
    {"192.168.1.0001", NULL, NULL},
    {"192..168.1.1", NULL, NULL},
    {"110.0.0.1", NULL, NULL},
    {"10.0.0.1000", NULL, NULL},
    {"203.0.113.9", NULL, NULL},
    {"mail-203-0-113-9.example", NULL, NULL},
    {"2026-11-22", NULL, NULL},
    {"0.0.0.0", NULL, "X.X.X.X"},
    /* Groups before an address, with which it would be another, public one. */
    {"abc-fd00-0-0-0-0-0-0-1.example", "abc-0--0.example", "abc-X-X-X-X.example"},
    {"1:2:fd00:0:0:0:0:0:0:1", "1:2:::", "1:2:X.X.X.X"},
    {"[2001:db8:fe80::1]", NULL, NULL},
    /* Numbers that two addresses share, and those that the mask itself would make. */
    {"203.10.0.0.1", "203.0.0.0.0", "203.X.X.X.X"},
    {"192.168.1.10.0.0.1", "0.0.0.0.0.0.0", "X.X.X.X.0.0.1"},
    {"192.168.1.10.200", "0.0.0.0.0", "X.X.X.X.200"},
    {"1.1.168.192.in-addr.arpa", "0.0.0.0.in-addr.arpa", "X.X.X.X.in-addr.arpa"},
    {"1.1.168.192.IN-ADDR.ARPA.", "0.0.0.0.IN-ADDR.ARPA.", "X.X.X.X.IN-ADDR.ARPA."},
    {"1.1.168.192.example", NULL, NULL},
    {"::1", "::", "X.X.X.X"},
    {"[::1]", "[::]", "[X.X.X.X]"},
    {"[IPv6:fe80::1]", "[IPv6:::]", "[IPv6:X.X.X.X]"},
    {"[IPv6:FD00:0:0:0:0:0:0:1]", "[IPv6:::]", "[IPv6:X.X.X.X]"},
    {"fd00:0000:0000:0000:0000:0000:0000:0001", "::", "X.X.X.X"},
    {"fe80::1%eth0", "::%eth0", "X.X.X.X%eth0"},
    {"fe80::1.", "::.", "X.X.X.X."},
    {"fe80::1: refused", "::: refused", "X.X.X.X: refused"},
    {"addr:fe80::1", "addr:::", "addr:X.X.X.X"},
    {"::ffff:192.168.1.1", "0.0.0.0", "X.X.X.X"},
    {"::FFFF:c0a8:101", "0.0.0.0", "X.X.X.X"},
    {"0:0:0:0:0:ffff:c0a8:0101", "0.0.0.0", "X.X.X.X"},
    {"::ffff:cb00:7109", NULL, NULL},
    {"64:ff9b::10.0.0.1", "64:ff9b::0.0.0.0", "64:ff9b::X.X.X.X"},
    {"2001:db8::1", NULL, NULL},
    {"2001:db8:fd00::1", NULL, NULL},
    {"2001:db8::fe80:0:0:1", NULL, NULL},
    {"2001:db8::1 fd00::2", "2001:db8::1 ::", "2001:db8::1 X.X.X.X"},
    {"fd00-0-0-0-0-0-0-1.ipv6.example", "0--0.ipv6.example", "X-X-X-X.ipv6.example"},
    {"fe80--1.ipv6-literal.net", "0--0.ipv6-literal.net", "X-X-X-X.ipv6-literal.net"},
    {"xn--1-abc.example", NULL, NULL},
    {"xn--fd00-1.example", NULL, NULL},
    {"std::string::1x", NULL, NULL},
    {FD_NIBBLES ".ip6.arpa", NO_NIBBLES ".ip6.arpa",
     "X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.X.ip6.arpa"},
    {PUBLIC_NIBBLES ".ip6.arpa", PUBLIC_NIBBLES ".ip6.arpa", NULL},
};

static struct dmx_slice masked(enum dmx_mask_form form, struct dmx_slice text, char *buf, size_t size)
{
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_builder out = dmx_builder_fixed(buf, size);
    mask.form = form;
    bool found = dmx_mask_put_text(&mask, text, &out);
    ck_assert(!out.failed);
    struct dmx_slice got = dmx_builder_text(&out);
    ck_assert_msg(found == !dmx_slice_eq(got, text), "%.*s", DMX_SLICE_ARG(text));
    ck_assert(dmx_mask_finds(&mask, text) == found);
    return got;
}

START_TEST(text_zero)
{
    char buf[200];
    const char *text = texts[_i].text;
    struct dmx_slice got = masked(DMX_MASK_ZERO, dmx_slice_cstr(text), buf, sizeof buf);
    ck_slice_eq(text, got, texts[_i].zero ? texts[_i].zero : text);
    ck_slice_eq(text, masked(DMX_MASK_OMIT, dmx_slice_cstr(text), buf, sizeof buf), got.ptr);
}
END_TEST

START_TEST(text_literal)
{
    char buf[200];
    const char *text = texts[_i].text;
    if (!texts[_i].literal && texts[_i].zero)
        return; /* nibbles with zeros in them */
    struct dmx_slice got = masked(DMX_MASK_LITERAL, dmx_slice_cstr(text), buf, sizeof buf);
    ck_slice_eq(text, got, texts[_i].literal ? texts[_i].literal : text);
}
END_TEST

START_TEST(text_mask_off)
{
    char buf[200];
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    mask.on = false;
    ck_assert(!dmx_mask_put_text(&mask, dmx_slice_cstr(texts[_i].text), &out));
    ck_slice_eq("off", dmx_builder_text(&out), texts[_i].text);
}
END_TEST

/* What nobody has looked at does not go out. */
START_TEST(text_over_the_limit)
{
    static char text[DMX_MASK_TEXT + 10], buf[4 * DMX_MASK_TEXT];
    memset(text, 'a', sizeof text);
    memcpy(text + DMX_MASK_TEXT - 2, "10.0.0.1", 8);
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    ck_assert(!dmx_mask_put_text(&mask, dmx_slice(text, sizeof text), &out));
    ck_assert_uint_eq(out.len, DMX_MASK_TEXT);
}
END_TEST

/* The worst growth: each ::1 becomes X.X.X.X. */
START_TEST(text_that_grows)
{
    static char text[DMX_MASK_TEXT], buf[4 * DMX_MASK_TEXT];
    for (size_t i = 0; i + 4 <= sizeof text; i += 4)
        memcpy(text + i, "::1 ", 4);
    struct dmx_slice got = masked(DMX_MASK_LITERAL, dmx_slice(text, sizeof text), buf, sizeof buf);
    ck_assert_uint_eq(got.len, sizeof text / 4 * 8);
}
END_TEST

/* Every address of the lists, planted between bytes that are no part of it, is gone; what was masked stays as it is. */
START_TEST(text_planted)
{
    static const char *const planted[] = {
        "10.1.2.3", "127.9.9.9",  "169.254.7.7", "172.20.3.4",      "192.168.77.66", "100.100.1.2",    "192-168-77-66",
        "10_1_2_3", "fd12:34::5", "fe80::abcd",  "::ffff:10.1.2.3", "::1",           "::ffff:a01:203", "fd12:0:0:0::99",
    };
    static const char letters[] = " ,;()[]<>=/@zqZ\"'&\xc3\xbc";
    srandom((unsigned)_i);
    for (int round = 0; round < 2000; round++) {
        char text[300] = "", buf[1000], again[1000];
        size_t len = 0, count = (size_t)random() % 5 + 1;
        const char *used[5];
        for (size_t i = 0; i < count; i++) {
            used[i] = planted[(size_t)random() % DMX_COUNT(planted)];
            for (long n = random() % 4 + 1; n-- > 0;)
                text[len++] = letters[(size_t)random() % (sizeof letters - 1)];
            /* A letter right before groups of hex digits makes another word of them. */
            text[len++] = ' ';
            memcpy(text + len, used[i], strlen(used[i]));
            len += strlen(used[i]);
            text[len++] = ' ';
        }
        struct dmx_slice got = masked(_i % 2 ? DMX_MASK_LITERAL : DMX_MASK_ZERO, dmx_slice(text, len), buf, sizeof buf);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(!strstr(got.ptr, used[i]), "%s in %s, from %s", used[i], got.ptr, text);
        ck_slice_eq(text, masked(_i % 2 ? DMX_MASK_LITERAL : DMX_MASK_ZERO, got, again, sizeof again), got.ptr);
    }
}
END_TEST

/* Any bytes: it ends, and what comes out holds nothing that a second look would find. */
START_TEST(text_random)
{
    static const char alphabet[] = "0123456789.-_:abcdefX1010.168.192:::..--";
    srandom((unsigned)_i);
    for (int round = 0; round < 3000; round++) {
        char text[60], buf[1000], again[1000];
        size_t len = (size_t)random() % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[(size_t)random() % (sizeof alphabet - 1)];
        enum dmx_mask_form form = round % 2 ? DMX_MASK_LITERAL : DMX_MASK_ZERO;
        struct dmx_slice got = masked(form, dmx_slice(text, len), buf, sizeof buf);
        ck_slice_eq("again", masked(form, got, again, sizeof again), got.ptr);
    }
}
END_TEST

DMX_SUITE(mask)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    DMX_TABLE(hides, addresses);
    DMX_TABLE(text_zero, texts);
    DMX_TABLE(text_literal, texts);
    DMX_TABLE(text_mask_off, texts);
    DMX_TEST(text_over_the_limit);
    DMX_TEST(text_that_grows);
    tcase_add_loop_test(tcase, text_planted, 0, 4);
    tcase_add_loop_test(tcase, text_random, 0, 4);
}
