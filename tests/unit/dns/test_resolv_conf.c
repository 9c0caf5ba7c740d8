/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/resolv_conf.h"
#include "suite.h"

static const struct {
    const char *label, *text, *want; /* want NULL: c-ares is to read the file */
} files[] = {
    {"one", "nameserver 192.0.2.1\n", "192.0.2.1:53"},
    {"no newline", "nameserver 192.0.2.1", "192.0.2.1:53"},
    {"CR LF", "nameserver 192.0.2.1\r\n", "192.0.2.1:53"},
    {"two, and other words",
     "# made by dhclient\ndomain example.test\nnameserver 192.0.2.1\nsearch a.test b.test\n"
     "nameserver\t2001:db8::1  \noptions timeout:1 edns0\n; nameserver 192.0.2.3\n",
     "192.0.2.1:53,[2001:db8::1]:53"},
    {"a comment behind", "nameserver 127.0.0.53 # stub\n", "127.0.0.53:53"},
    {"the first eight",
     "nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\nnameserver 1.1.1.5\n"
     "nameserver 1.1.1.6\nnameserver 1.1.1.7\nnameserver 1.1.1.8\nnameserver 1.1.1.9\n",
     "1.1.1.1:53,1.1.1.2:53,1.1.1.3:53,1.1.1.4:53,1.1.1.5:53,1.1.1.6:53,1.1.1.7:53,1.1.1.8:53"},
    {"eight of the longest",
     "nameserver 1111:2222:3333:4444:5555:6666:7777:8888\nnameserver 1111:2222:3333:4444:5555:6666:7777:8888\n"
     "nameserver 1111:2222:3333:4444:5555:6666:7777:8888\nnameserver 1111:2222:3333:4444:5555:6666:7777:8888\n"
     "nameserver 1111:2222:3333:4444:5555:6666:7777:8888\nnameserver 1111:2222:3333:4444:5555:6666:7777:8888\n"
     "nameserver 1111:2222:3333:4444:5555:6666:7777:8888\nnameserver 1111:2222:3333:4444:5555:6666:7777:8888\n",
     "[1111:2222:3333:4444:5555:6666:7777:8888]:53,[1111:2222:3333:4444:5555:6666:7777:8888]:53,"
     "[1111:2222:3333:4444:5555:6666:7777:8888]:53,[1111:2222:3333:4444:5555:6666:7777:8888]:53,"
     "[1111:2222:3333:4444:5555:6666:7777:8888]:53,[1111:2222:3333:4444:5555:6666:7777:8888]:53,"
     "[1111:2222:3333:4444:5555:6666:7777:8888]:53,[1111:2222:3333:4444:5555:6666:7777:8888]:53"},
    {"a scope", "nameserver fe80::1%eth0\nnameserver 192.0.2.1\n", NULL},
    {"a name", "nameserver ns.example.test\n", NULL},
    {"two in a line", "nameserver 192.0.2.1,192.0.2.2\n", "192.0.2.1:53,192.0.2.2:53"},
    {"no address", "nameserver\n", NULL},
    {"another word", "nameservers 192.0.2.1\n", NULL},
    {"indented", " nameserver 192.0.2.1\n", NULL},
    {"none", "search example.test\n", NULL},
    {"empty", "", NULL},
};

START_TEST(resolv_conf)
{
    char text[DMX_NAMESERVERS_MAX + 1];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    bool ok = dmx_resolv_conf_parse(dmx_slice_cstr(files[_i].text), &b);
    ck_assert_msg(ok == (files[_i].want != NULL), "%s: read %d", files[_i].label, ok);
    if (ok)
        ck_slice_eq(files[_i].label, dmx_builder_text(&b), files[_i].want);
}
END_TEST

DMX_SUITE(dns_resolv_conf)
{
    DMX_TABLE(resolv_conf, files);
}
