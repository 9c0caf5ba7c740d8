/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Where libspf2 departs from RFC 7208, letter by letter; each row is a whole evaluation that went wrong in it. */
#include "suite.h"
#include "world.h"

/* A: bad syntax accepted. The record of example.com, and the reason for its permerror. The client would pass. */
static const struct {
    const char *record, *token;
} a_rows[] = {
    {"v=spf1 +all moo", "unknown-mechanism"},
    {"v=spf1 +all a:.", "bad-domain-spec"},
    {"v=spf1 +all a:com", "bad-domain-spec"},
    {"v=spf1 +all a:192.0.2.1", "bad-domain-spec"},
    {"v=spf1 +all a:h.example/", "bad-domain-spec"},
    {"v=spf1 +all a:h.example/33", "bad-cidr-length"},
    {"v=spf1 +all a:h.example/024", "bad-cidr-length"},
    {"v=spf1 +all a:h.example//129", "bad-cidr-length"},
    {"v=spf1 +all a:h.example-", "bad-domain-spec"},
    {"v=spf1 +all a:h.example.111", "bad-domain-spec"},
    {"v=spf1 +all a:h.exam\\000ple", "bad-byte"},
    {"v=spf1 +all\\000 -all", "bad-byte"},
    {"v=spf1 +all a:\\239\\187\\191h.example", "bad-byte"},
    {"v=spf1 +all\\009", "bad-byte"},
    {"v=spf1 +all\\013\\010", "bad-byte"},
    {"v=spf1 +all \\128", "bad-byte"},
    {"v=spf1 +all mx:m.example/", "bad-domain-spec"},
    {"v=spf1 +all mx:", "missing-argument"},
    {"v=spf1 +all ptr/8", "bad-cidr-length"},
    {"v=spf1 +all ptr:", "missing-argument"},
    {"v=spf1 +all include", "missing-argument"},
    {"v=spf1 +all include:i.example/8", "bad-domain-spec"},
    {"v=spf1 +all exists:", "missing-argument"},
    {"v=spf1 +all exists:e.example/8", "bad-domain-spec"},
    {"v=spf1 +all ip4", "missing-argument"},
    {"v=spf1 +all ip4:192.0.2.1/", "bad-cidr-length"},
    {"v=spf1 +all ip4:192.0.2.1//32", "bad-cidr-length"},
    {"v=spf1 +all ip4:192.0.2.1:8080", "bad-ip4"},
    {"v=spf1 +all ip6:::1.1.1.1.1", "bad-ip6"},
    {"v=spf1 +all ip6:::1//33", "bad-cidr-length"},
    {"v=spf1 all:x.example", "needless-argument"},
    {"v=spf1 all/8", "needless-argument"},
    {"v=spf1 all/0", "needless-argument"},
    {"v=spf1 +all all=", NULL}, /* an unknown modifier named all */
    {"v=spf1 +all exp=", "missing-argument"},
    {"v=spf1 +all exp=a.example exp=b.example", "repeated-modifier"},
    {"v=spf1 +all redirect=a.example redirect=a.example", "repeated-modifier"},
    {"v=spf1 +all redirect=-all", "bad-domain-spec"},
    {"v=spf1 +all redirect=%{c}.example", "bad-macro"},
    {"v=spf1 +all exp=%{t}.example", "bad-macro"},
    {"v=spf1 +all moo=%{r}", "bad-macro"},
    {"v=spf1 +all moo=%abc", "bad-macro"},
    {"v=spf1 +all 1up=foo", "unknown-mechanism"},
    {"v=spf1 +all =all", "unknown-mechanism"},
    {"v=spf1 +all -exp=a.example", "unknown-mechanism"},
    {"v=spf1 +all %{d}", "unknown-mechanism"},
    {"v=spf1 +all exists:%(ir).x.example", "bad-macro"},
    {"v=spf1 +all exists:%{ir", "bad-macro"},
    {"v=spf1 +all exists:%{d0}.example", "bad-macro"},
    {"v=spf1 +all exists:%{x}.example", "bad-macro"},
    {"v=spf1 +all exists:foo%.example", "bad-macro"},
    {"v=spf1 +all default=pass", NULL},
};

static void try_syntax(const char *record, const char *token)
{
    char zone[400];
    snprintf(zone, sizeof zone, "example.com TXT \"%s\"\n", record);
    world_try(&(struct row){
        .label = record, .zone = zone, .client = "192.0.2.1", .result = token ? "permerror" : "pass", .token = token});
}

START_TEST(a_syntax)
{
    try_syntax(a_rows[_i].record, a_rows[_i].token);
}
END_TEST

#define HOSTS                                                  \
    "h.example A 198.51.100.1\nh.example AAAA 2001:db8:1::1\n" \
    "m.example MX 10 h.example\nm4.example MX 10 h4.example\nh4.example A 198.51.100.4\n"

/* B: prefix lengths that libspf2 refuses, and those next to them. */
static const struct row b_rows[] = {
    {"ip4/0", SENDER("v=spf1 ip4:198.51.100.1/0 -all"), "192.0.2.1", "pass"},
    {"ip4/0, upper half", SENDER("v=spf1 ip4:1.2.3.4/0 -all"), "203.0.113.1", "pass"},
    {"ip4/0 keeps its qualifier", SENDER("v=spf1 ~ip4:1.2.3.4/0 -all"), "203.0.113.1", "softfail",
     "probably-not-permitted"},
    {"ip4/0 does not match IPv6", SENDER("v=spf1 ip4:1.2.3.4/0 -all"), "2001:db8::1", "fail", "not-permitted"},
    {"ip6/0", SENDER("v=spf1 ip6:::1/0 -all"), "2001:db8::1", "pass"},
    {"ip6/0, upper half", SENDER("v=spf1 ip6:2001:db8::/0 -all"), "fd00::1", "pass"},
    {"ip6/0 does not match IPv4", SENDER("v=spf1 ip6:::/0 -all"), "192.0.2.1", "fail", "not-permitted"},
    {"ip4/1 below", SENDER("v=spf1 ip4:0.0.0.0/1 -all"), "127.255.255.255", "pass"},
    {"ip4/1 above", SENDER("v=spf1 ip4:0.0.0.0/1 -all"), "128.0.0.0", "fail", "not-permitted"},
    {"ip4/31", SENDER("v=spf1 ip4:192.0.2.0/31 -all"), "192.0.2.1", "pass"},
    {"ip4/31, next", SENDER("v=spf1 ip4:192.0.2.0/31 -all"), "192.0.2.2", "fail", "not-permitted"},
    {"ip4/32", SENDER("v=spf1 ip4:192.0.2.1/32 -all"), "192.0.2.1", "pass"},
    {"ip4/32, next", SENDER("v=spf1 ip4:192.0.2.1/32 -all"), "192.0.2.0", "fail", "not-permitted"},
    {"ip4, bits below the prefix", SENDER("v=spf1 ip4:192.0.2.77/24 -all"), "192.0.2.1", "pass"},
    {"ip6/127", SENDER("v=spf1 ip6:2001:db8::/127 -all"), "2001:db8::1", "pass"},
    {"ip6/127, next", SENDER("v=spf1 ip6:2001:db8::/127 -all"), "2001:db8::2", "fail", "not-permitted"},
    {"ip6/128", SENDER("v=spf1 ip6:2001:db8::1/128 -all"), "2001:db8::1", "pass"},
    {"ip6/128, next", SENDER("v=spf1 ip6:2001:db8::1/128 -all"), "2001:db8::", "fail", "not-permitted"},
    {"ip6/33, odd bits", SENDER("v=spf1 ip6:2001:db8:8000::/33 -all"), "2001:db8:ffff::1", "pass"},
    {"ip6/33, odd bits, other side", SENDER("v=spf1 ip6:2001:db8:8000::/33 -all"), "2001:db8:7fff::1", "fail",
     "not-permitted"},
    {"a/0", SENDER("v=spf1 a:h.example/0 -all") HOSTS, "192.0.2.1", "pass"},
    {"a/0 for IPv6 is the full length", SENDER("v=spf1 a:h.example/0 -all") HOSTS, "2001:db8::9", "fail",
     "not-permitted"},
    {"a//0", SENDER("v=spf1 a:h.example//0 -all") HOSTS, "2001:db8::9", "pass"},
    {"a//0 for IPv4 is the full length", SENDER("v=spf1 a:h.example//0 -all") HOSTS, "192.0.2.1", "fail",
     "not-permitted"},
    {"a/0 of a host without address", SENDER("v=spf1 a:h4.example//0 -all") HOSTS, "2001:db8::9", "fail",
     "not-permitted"},
    {"a/0 of no host", SENDER("v=spf1 a:none.example/0 -all") HOSTS, "192.0.2.1", "fail", "not-permitted"},
    {"a/16", SENDER("v=spf1 a:h.example/16 -all") HOSTS, "198.51.200.1", "pass"},
    {"a/16, outside", SENDER("v=spf1 a:h.example/16 -all") HOSTS, "198.52.200.1", "fail", "not-permitted"},
    {"a/32//48", SENDER("v=spf1 a:h.example/32//48 -all") HOSTS, "2001:db8:1:ffff::1", "pass"},
    {"a/8//128", SENDER("v=spf1 a:h.example/8//128 -all") HOSTS, "198.0.0.1", "pass"},
    {"a/0//0, own name", SENDER("v=spf1 a/0//0 -all") "example.com A 198.51.100.9\n", "192.0.2.1", "pass"},
    {"mx/0", SENDER("v=spf1 mx:m.example/0 -all") HOSTS, "192.0.2.1", "pass"},
    {"mx//0", SENDER("v=spf1 mx:m.example//0 -all") HOSTS, "2001:db8::9", "pass"},
    {"mx//0 of hosts without address", SENDER("v=spf1 mx:m4.example//0 -all") HOSTS, "2001:db8::9", "fail",
     "not-permitted"},
    {"mx/24", SENDER("v=spf1 mx:m.example/24 -all") HOSTS, "198.51.100.200", "pass"},
    {"mx//64", SENDER("v=spf1 mx:m.example//64 -all") HOSTS, "2001:db8:1::77", "pass"},
};

/* C: modifiers. */
static const struct row c_rows[] = {
    {"unknown, with dot, hyphen, underscore", SENDER("v=spf1 moo.cow-far_out=man:dog/cat +all"), "192.0.2.1", "pass"},
    {"unknown, twice", SENDER("v=spf1 x=1 x=2 +all"), "192.0.2.1", "pass"},
    {"unknown, named like a mechanism", SENDER("v=spf1 ip4=192.0.2.1 -all"), "192.0.2.1", "fail", "not-permitted"},
    {"redirect before a mechanism", SENDER("v=spf1 redirect=r.example ip4:192.0.2.1") SPF("r.example", "v=spf1 -all"),
     "192.0.2.1", "pass"},
    {"redirect before all", SENDER("v=spf1 redirect=r.example -all") SPF("r.example", "v=spf1 +all"), "192.0.2.1",
     "fail", "not-permitted"},
    {"redirect behind all", SENDER("v=spf1 ?all redirect=r.example") SPF("r.example", "v=spf1 +all"), "192.0.2.1",
     "neutral", "no-assertion"},
    {"redirect alone", SENDER("v=spf1 redirect=r.example") SPF("r.example", "v=spf1 +all"), "192.0.2.1", "pass"},
    {"redirect when nothing matches", SENDER("v=spf1 ip4:192.0.2.2 redirect=r.example") SPF("r.example", "v=spf1 ~all"),
     "192.0.2.1", "softfail", "probably-not-permitted"},
    {"redirect: a without domain is the target's",
     SENDER("v=spf1 redirect=r.example")
         SPF("r.example", "v=spf1 a -all") "r.example A 192.0.2.1\nexample.com A 192.0.2.2\n",
     "192.0.2.1", "pass"},
    {"redirect to none", SENDER("v=spf1 redirect=r.example"), "192.0.2.1", "permerror", "redirect-none"},
    {"redirect to a bad record", SENDER("v=spf1 redirect=r.example") SPF("r.example", "v=spf1 x"), "192.0.2.1",
     "permerror", "unknown-mechanism"},
    {"redirect to what DNS cannot hold", SENDER("v=spf1 redirect=a..example"), "192.0.2.1", "permerror", "bad-target"},
    {"redirect to a failing name", SENDER("v=spf1 redirect=r.example") FAILS("r.example", "TXT", "SERVFAIL"),
     "192.0.2.1", "temperror", "dns-failed"},
    {"redirect by macro", SENDER("v=spf1 redirect=%{l}.%{d2r}") SPF("user.com.example", "v=spf1 +all"), "192.0.2.1",
     "pass"},
    {"redirect inside an include",
     SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1 redirect=r.example")
         SPF("r.example", "v=spf1 +all"),
     "192.0.2.1", "pass"},
    {"terms behind all are not tested", SENDER("v=spf1 -all ip4:192.0.2.1"), "192.0.2.1", "fail", "not-permitted"},
    {"exp does not stand in the way", SENDER("v=spf1 exp=e.example +all"), "192.0.2.1", "pass"},
};

#define MX(n) "m.example MX " #n " mx" #n ".example\nmx" #n ".example A 198.51.100." #n "\n"
#define MX_9  MX(1) MX(2) MX(3) MX(4) MX(5) MX(6) MX(7) MX(8) MX(9)
#define PTR(n)                                                                       \
    "1.2.0.192.in-addr.arpa PTR p" #n ".example\np" #n ".example A 192.0.2." #n "\n" \
    "p" #n ".example A 198.51.100." #n "\n"
#define PTR_9 PTR(2) PTR(3) PTR(4) PTR(5) PTR(6) PTR(7) PTR(8) PTR(9) PTR(10)
#define HERE  "here.example A 198.51.100.1\n"
#define A4    " a:here.example a:here.example a:here.example a:here.example"

/* D: limits over the whole evaluation. */
static const struct row d_rows[] = {
    {"9 lookups", SENDER("v=spf1" A4 A4 " a:here.example +all") HERE, "192.0.2.1", "pass"},
    {"10 lookups", SENDER("v=spf1" A4 A4 " a:here.example a:here.example +all") HERE, "192.0.2.1", "pass"},
    {"11 lookups", SENDER("v=spf1" A4 A4 A4 " +all") HERE, "192.0.2.1", "permerror", "lookup-limit"},
    {"a match before the 11th", SENDER("v=spf1" A4 A4 " ip4:192.0.2.1" A4 " -all") HERE, "192.0.2.1", "pass"},
    {"an include counts with what is in it",
     SENDER("v=spf1 include:i.example" A4 " ?all")
         HERE SPF("i.example", "v=spf1" A4 " a:here.example a:here.example -all"),
     "192.0.2.1", "permerror", "lookup-limit"},
    {"an include, just within",
     SENDER("v=spf1 include:i.example" A4 " ?all") HERE SPF("i.example", "v=spf1" A4 " a:here.example -all"),
     "192.0.2.1", "neutral", "no-assertion"},
    {"two includes do not start anew",
     SENDER("v=spf1 include:i.example include:j.example ?all") HERE SPF("i.example", "v=spf1" A4 " a:here.example -all")
         SPF("j.example", "v=spf1" A4 " -all"),
     "192.0.2.1", "permerror", "lookup-limit"},
    {"a redirect counts",
     SENDER("v=spf1" A4 A4 " a:here.example redirect=r.example") HERE SPF("r.example", "v=spf1 a:here.example +all"),
     "192.0.2.1", "permerror", "lookup-limit"},
    {"a redirect, just within",
     SENDER("v=spf1" A4 A4 " redirect=r.example") HERE SPF("r.example", "v=spf1 a:here.example +all"), "192.0.2.1",
     "pass"},
    {"all kinds count",
     SENDER("v=spf1 a:here.example mx:m.example ptr:x.example exists:none.example" A4
            " a:here.example a:here.example a:here.example +all") HERE MX(1) PTR(2),
     "192.0.2.1", "permerror", "lookup-limit"},
    {"ip4, ip6 and exp do not count",
     SENDER("v=spf1" A4 A4 " a:here.example a:here.example ip4:192.0.2.2 ip6:::1"
            " exp=e.example ?all") HERE,
     "192.0.2.1", "neutral", "no-assertion"},
    {"include of itself", SENDER("v=spf1 include:example.com -all"), "192.0.2.1", "permerror", "lookup-limit"},
    {"include in a ring", SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1 include:example.com -all"),
     "192.0.2.1", "permerror", "lookup-limit"},
    {"redirect to itself", SENDER("v=spf1 redirect=example.com"), "192.0.2.1", "permerror", "lookup-limit"},
    {"1 void lookup", SENDER("v=spf1 a:n1.example +all"), "192.0.2.1", "pass"},
    {"2 void lookups", SENDER("v=spf1 a:n1.example exists:n2.example +all"), "192.0.2.1", "pass"},
    {"3 void lookups", SENDER("v=spf1 a:n1.example exists:n2.example mx:n3.example +all"), "192.0.2.1", "permerror",
     "void-lookup-limit"},
    {"void: no data counts like no name", SENDER("v=spf1 mx:here.example mx:here.example mx:here.example +all") HERE,
     "192.0.2.1", "permerror", "void-lookup-limit"},
    {"void lookups in includes count together",
     SENDER("v=spf1 a:n1.example include:i.example a:n3.example +all") SPF("i.example", "v=spf1 a:n2.example -all"),
     "192.0.2.1", "permerror", "void-lookup-limit"},
    {"ptr without names is void", SENDER("v=spf1 ptr ptr ptr +all"), "192.0.2.1", "permerror", "void-lookup-limit"},
    {"hosts of an mx without the address do not count", SENDER("v=spf1 mx:m.example +all") MX_9, "2001:db8::1", "pass"},
    {"10 MX names", SENDER("v=spf1 mx:m.example ?all") MX_9 MX(10), "198.51.100.10", "pass"},
    {"11 MX names", SENDER("v=spf1 mx:m.example ?all") MX_9 MX(10) MX(11), "198.51.100.1", "permerror", "mx-limit"},
    {"10 PTR names", SENDER("v=spf1 ptr:p1.example -all") PTR_9 PTR(1), "192.0.2.1", "pass"},
    {"11 PTR names, the last ignored", SENDER("v=spf1 ptr:p1.example ?all") PTR_9 PTR(11) PTR(1), "192.0.2.1",
     "neutral", "no-assertion"},
    {"two ptr", SENDER("v=spf1 ptr:q.example ptr:p2.example -all") PTR(2) "p2.example A 192.0.2.1\n", "192.0.2.1",
     "pass"},
};

/* E: lookups that fail. */
static const struct row e_rows[] = {
    {"record", FAILS("example.com", "TXT", "SERVFAIL"), "192.0.2.1", "temperror", "dns-failed"},
    {"record, timeout", FAILS("example.com", "TXT", "TIMEOUT"), "192.0.2.1", "temperror", "dns-failed"},
    {"record, refused", FAILS("example.com", "TXT", "REFUSED"), "192.0.2.1", "temperror", "dns-failed"},
    {"a", SENDER("v=spf1 a:h.example +all") FAILS("h.example", "A", "SERVFAIL"), "192.0.2.1", "temperror",
     "dns-failed"},
    {"mx", SENDER("v=spf1 mx:h.example +all") FAILS("h.example", "MX", "TIMEOUT"), "192.0.2.1", "temperror",
     "dns-failed"},
    {"host of an mx",
     SENDER("v=spf1 mx:m.example +all") "m.example MX 1 h.example\n" FAILS("h.example", "A", "SERVFAIL"), "192.0.2.1",
     "temperror", "dns-failed"},
    {"exists", SENDER("v=spf1 exists:h.example +all") FAILS("h.example", "A", "SERVFAIL"), "192.0.2.1", "temperror",
     "dns-failed"},
    {"exists asks for A, also of IPv6", SENDER("v=spf1 exists:h.example -all") "h.example A 127.0.0.2\n", "2001:db8::1",
     "pass"},
    {"include", SENDER("v=spf1 include:i.example +all") FAILS("i.example", "TXT", "SERVFAIL"), "192.0.2.1", "temperror",
     "dns-failed"},
    {"inside an include",
     SENDER("v=spf1 include:i.example +all") SPF("i.example", "v=spf1 a:h.example -all")
         FAILS("h.example", "A", "SERVFAIL"),
     "192.0.2.1", "temperror", "dns-failed"},
    {"a match before it", SENDER("v=spf1 ip4:192.0.2.1 a:h.example") FAILS("h.example", "A", "SERVFAIL"), "192.0.2.1",
     "pass"},
    {"ptr: the name of the client",
     SENDER("v=spf1 ptr:p.example -all") FAILS("1.2.0.192.in-addr.arpa", "PTR", "SERVFAIL"), "192.0.2.1", "fail",
     "not-permitted"},
    {"ptr: an address of one of its names",
     "1.2.0.192.in-addr.arpa PTR p3.example\n" FAILS("p3.example", "A", "SERVFAIL") SENDER("v=spf1 ptr:p1.example -all")
         PTR(2) PTR(1),
     "192.0.2.1", "pass"},
    {"ptr: the only address fails",
     SENDER("v=spf1 ptr:p3.example ~all")
         FAILS("p3.example", "A", "SERVFAIL") "1.2.0.192.in-addr.arpa PTR p3.example\n",
     "192.0.2.1", "softfail", "probably-not-permitted"},
    {"p: fails into unknown",
     SENDER("v=spf1 exists:%{p}.x.example -all") "unknown.x.example A 127.0.0.2\n" FAILS("1.2.0.192.in-addr.arpa",
                                                                                         "PTR", "TIMEOUT"),
     "192.0.2.1", "pass"},
    {"CNAME loop", SENDER("v=spf1 a:c1.example +all") "c1.example CNAME c2.example\nc2.example CNAME c1.example\n",
     "192.0.2.1", "temperror", "dns-failed"},
};

#undef PTR
#define PTR(name) "1.2.0.192.in-addr.arpa PTR " name "\n"

/* The ptr mechanism and the p macro: names go to libspf2 as placeholders, so the order of labels is ours to keep. */
static const struct row ptr_rows[] = {
    {"own domain", SENDER("v=spf1 ptr -all") PTR("example.com") "example.com A 192.0.2.1\n", "192.0.2.1", "pass"},
    {"below it", SENDER("v=spf1 ptr -all") PTR("a.b.example.com") "a.b.example.com A 192.0.2.1\n", "192.0.2.1", "pass"},
    {"any case", SENDER("v=spf1 ptr:EXAMPLE.net -all") PTR("A.Example.NET") "a.example.net A 192.0.2.1\n", "192.0.2.1",
     "pass"},
    {"not at a label", SENDER("v=spf1 ptr -all") PTR("badexample.com") "badexample.com A 192.0.2.1\n", "192.0.2.1",
     "fail", "not-permitted"},
    {"above it", SENDER("v=spf1 ptr:a.example.com -all") PTR("example.com") "example.com A 192.0.2.1\n", "192.0.2.1",
     "fail", "not-permitted"},
    {"does not point back", SENDER("v=spf1 ptr -all") PTR("a.example.com") "a.example.com A 192.0.2.2\n", "192.0.2.1",
     "fail", "not-permitted"},
    {"IPv6",
     SENDER("v=spf1 ptr -all") "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR "
                               "a.example.com\n"
                               "a.example.com AAAA 2001:db8::1\n",
     "2001:db8::1", "pass"},
    {"ptr between others",
     SENDER("v=spf1 a:h.example ptr ip4:192.0.2.9 a:h.example -all")
         HOSTS PTR("a.example.com") "a.example.com A 192.0.2.1\n",
     "192.0.2.1", "pass"},
    {"p takes the domain itself first",
     SENDER("v=spf1 exists:%{p}.x.test -all") PTR("z.test") PTR("a.example.com")
         PTR("example.com") "z.test A 192.0.2.1\na.example.com A 192.0.2.1\nexample.com A 192.0.2.1\n"
                            "example.com.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass"},
    {"p takes a name below it next",
     SENDER("v=spf1 exists:%{p}.x.test -all") PTR("z.test")
         PTR("a.example.com") "z.test A 192.0.2.1\na.example.com A 192.0.2.1\na.example.com.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass"},
    {"p takes any at last",
     SENDER("v=spf1 exists:%{p}.x.test -all") PTR("y.test")
         PTR("z.test") "z.test A 192.0.2.1\nz.test.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass"},
};

/* F: the caller's work. */
static const struct row f_rows[] = {
    {"IPv4-mapped is IPv4", SENDER("v=spf1 ip4:192.0.2.1 -all"), "::ffff:192.0.2.1", "pass"},
    {"IPv4-mapped asks for A", SENDER("v=spf1 a -all") "example.com A 192.0.2.1\n", "::ffff:192.0.2.1", "pass"},
    {"a mapped network matches no IPv4", SENDER("v=spf1 ip6:::ffff:192.0.2.1/96 -all"), "192.0.2.1", "fail",
     "not-permitted"},
    {"a wide mapped network is IPv6", SENDER("v=spf1 ip6:::ffff:192.0.2.1/64 -all"), "::1", "pass"},
    {"no client", SENDER("v=spf1 +all"), NULL, "none", "no-client-address"},
    {"single label", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "user@localhost"},
    {"address literal", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "user@[192.0.2.1]"},
    {"empty label", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "user@a..example.com"},
    {"empty domain", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "user@"},
    {"label of 64", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain",
     "u@a234567890b234567890c234567890d234567890e234567890f234567890g234.example.com"},
    {"label of 63", SPF("a234567890b234567890c234567890d234567890e234567890f234567890g23.example.com", "v=spf1 +all"),
     "192.0.2.1", "pass", NULL, "u@a234567890b234567890c234567890d234567890e234567890f234567890g23.example.com"},
    {"null sender is postmaster at HELO",
     SPF("mail.client.test", "v=spf1 exists:%{l}.%{o}.x.test -all") "postmaster.mail.client.test.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass", NULL, ""},
    {"null sender, HELO literal", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "", "[192.0.2.1]"},
    {"null sender, HELO single label", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "", "localhost"},
    {"null sender, no HELO", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "", ""},
    {"no local part is postmaster", SENDER("v=spf1 exists:%{l}.x.test -all") "postmaster.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass", NULL, "@example.com"},
    {"no @ is a domain", SENDER("v=spf1 exists:%{l}.x.test -all") "postmaster.x.test A 127.0.0.1\n", "192.0.2.1",
     "pass", NULL, "example.com"},
    {"several @: the last counts", SENDER("v=spf1 exists:%{l}.x.test -all") "\\\"a@b\\\".x.test A 127.0.0.1\n",
     "192.0.2.1", "pass", NULL, "\"a@b\"@example.com"},
    {"upper case, last dot", SENDER("v=spf1 +all"), "192.0.2.1", "pass", NULL, "user@EXAMPLE.Com."},
    {"U-label",
     SPF("xn--bcher-kva.example", "v=spf1 exists:%{o}.x.test -all") "xn--bcher-kva.example.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass", NULL,
     "user@b\xc3\xbc"
     "cher.example"},
    {"bad UTF-8", SENDER("v=spf1 +all"), "192.0.2.1", "none", "bad-domain", "user@b\xc3.example"},
    {"no such domain", SPF("other.example", "v=spf1 +all"), "192.0.2.1", "none", "no-record"},
    {"no TXT", "example.com A 192.0.2.1\n", "192.0.2.1", "none", "no-record"},
    {"other TXT only", "example.com TXT \"v=spf10 +all\"\nexample.com TXT \"hello\"\n", "192.0.2.1", "none",
     "no-record"},
    {"one record among other TXT", SENDER("hello") SENDER("v=spf1 +all") SENDER("v=spf10"), "192.0.2.1", "pass"},
    {"two records", SENDER("v=spf1 +all") SENDER("V=SPF1 -all"), "192.0.2.1", "permerror", "several-records"},
    {"strings joined without blank", "example.com TXT \"v=spf1 ip4:192.0.\" \"2.1 -all\"\n", "192.0.2.1", "pass"},
    {"include of none", SENDER("v=spf1 include:i.example +all"), "192.0.2.1", "permerror", "include-none"},
    {"include of two", SENDER("v=spf1 include:i.example +all") SPF("i.example", "v=spf1") SPF("i.example", "v=spf1"),
     "192.0.2.1", "permerror", "several-records"},
    {"include of a bad record", SENDER("v=spf1 include:i.example +all") SPF("i.example", "v=spf1 x"), "192.0.2.1",
     "permerror", "unknown-mechanism"},
    {"include: pass matches", SENDER("v=spf1 -include:i.example +all") SPF("i.example", "v=spf1 +all"), "192.0.2.1",
     "fail", "not-permitted"},
    {"include: fail does not", SENDER("v=spf1 include:i.example ?all") SPF("i.example", "v=spf1 -all"), "192.0.2.1",
     "neutral", "no-assertion"},
    {"include: softfail does not", SENDER("v=spf1 include:i.example ?all") SPF("i.example", "v=spf1 ~all"), "192.0.2.1",
     "neutral", "no-assertion"},
    {"include: neutral does not", SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1 ?all"), "192.0.2.1",
     "fail", "not-permitted"},
    {"include: falling off the end does not", SENDER("v=spf1 include:i.example -all") SPF("i.example", "v=spf1"),
     "192.0.2.1", "fail", "not-permitted"},
    {"nothing at all", SENDER("v=spf1"), "192.0.2.1", "neutral", "no-match"},
};

#define EXP(text) SENDER("v=spf1 -all exp=e.example") "e.example TXT " text "\n"

/* G: the explanation. */
static const struct row g_rows[] = {
    {"plain", EXP("\"Not from here.\""), "192.0.2.1", "fail", "not-permitted", .explanation = "Not from here."},
    {"macros", EXP("\"%{s} %{l} %{o} %{d} %{h} %{v}\""), "192.0.2.1", "fail", "not-permitted",
     .explanation = "user@example.com user example.com example.com mail.client.test in-addr"},
    {"c, r and t", EXP("\"%{c} %{r} %{t}\""), "2001:db8::1", "fail", "not-permitted",
     .explanation = "2001:db8::1 mx.receiver.test 1700000000"},
    {"escapes", EXP("\"a%%b%_c%-d\""), "192.0.2.1", "fail", "not-permitted", .explanation = "a%b c%20d"},
    {"upper case", EXP("\"?l=%{L}&s=%{S}\""), "192.0.2.1", "fail", "not-permitted", "a b/c@example.com",
     .explanation = "?l=a%20b%2Fc&s=a%20b%2Fc%40example.com"},
    {"percent in a value", EXP("\"%{l}\""), "192.0.2.1", "fail", "not-permitted", "%{d}@example.com",
     .explanation = "%{d}"},
    {"p", EXP("\"%{p}\""), "192.0.2.1", "fail", "not-permitted", .explanation = "unknown"},
    {"strings joined", EXP("\"Not from \" \"here.\""), "192.0.2.1", "fail", "not-permitted",
     .explanation = "Not from here."},
    {"two records", EXP("\"a\"") "e.example TXT \"b\"\n", "192.0.2.1", "fail", "not-permitted"},
    {"bad macro", EXP("\"%{x}\""), "192.0.2.1", "fail", "not-permitted"},
    {"lone percent", EXP("\"100% sure\""), "192.0.2.1", "fail", "not-permitted"},
    {"8-bit", EXP("\"\\195\\164\""), "192.0.2.1", "fail", "not-permitted"},
    {"control", EXP("\"a\\010b\""), "192.0.2.1", "fail", "not-permitted"},
    {"empty", EXP("\"\""), "192.0.2.1", "fail", "not-permitted"},
    {"no such name", SENDER("v=spf1 -all exp=e.example"), "192.0.2.1", "fail", "not-permitted"},
    {"failing name", SENDER("v=spf1 -all exp=e.example") FAILS("e.example", "TXT", "SERVFAIL"), "192.0.2.1", "fail",
     "not-permitted"},
    {"by macro", SENDER("v=spf1 exp=%{l}.e.example -all") "user.e.example TXT \"mine\"\n", "192.0.2.1", "fail",
     "not-permitted", .explanation = "mine"},
    {"what DNS cannot hold", SENDER("v=spf1 exp=a..example -all"), "192.0.2.1", "fail", "not-permitted"},
    {"not for softfail", SENDER("v=spf1 ~all exp=e.example") "e.example TXT \"x\"\n", "192.0.2.1", "softfail",
     "probably-not-permitted"},
    {"not for neutral", SENDER("v=spf1 exp=e.example") "e.example TXT \"x\"\n", "192.0.2.1", "neutral", "no-match"},
    {"the redirect's, not the first record's",
     SENDER("v=spf1 exp=e.example redirect=r.example")
         SPF("r.example", "v=spf1 -all exp=f.example") "e.example TXT \"first\"\nf.example TXT \"%{d}\"\n",
     "192.0.2.1", "fail", "not-permitted", .explanation = "r.example"},
    {"a redirect without takes none",
     SENDER("v=spf1 exp=e.example redirect=r.example") SPF("r.example", "v=spf1 -all") "e.example TXT \"first\"\n",
     "192.0.2.1", "fail", "not-permitted"},
    {"never an include's",
     SENDER("v=spf1 -include:i.example exp=e.example")
         SPF("i.example", "v=spf1 +all exp=f.example") "e.example TXT \"outer\"\nf.example TXT \"inner\"\n",
     "192.0.2.1", "fail", "not-permitted", .explanation = "outer"},
    {"too long", EXP("\"%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}\""),
     "192.0.2.1", "fail", "not-permitted",
     "a234567890a234567890a234567890a234567890a234567890a234567890a234567890a234567890a234567890a23456789"
     "@example.com"},
};

/* A zone's string holds at most 255 bytes: these end one and begin the next. */
#define SPLIT "\" \""
#define L25   "%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}" SPLIT
#define L100  L25 L25 L25 L25
#define L127  L100 L25 "%{l}%{l}" SPLIT
#define B100                                             \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" SPLIT
#define B1000 B100 B100 B100 B100 B100 B100 B100 B100 B100 B100

/* H: what crashes libspf2 1.2.10 from the network, and what it mangles. */
static const struct row h_rows[] = {
    {"127 macros and 5000 bytes in a mechanism",
     SENDER("v=spf1 exists:" L127 B1000 B1000 B1000 B1000 B1000 ".example +all"), "192.0.2.1", "permerror",
     "term-too-long"},
    {"127 macros in a mechanism", SENDER("v=spf1 exists:" L127 " +all"), "192.0.2.1", "permerror", "term-too-long"},
    {"100 macros in a mechanism", SENDER("v=spf1 exists:" L100 " +all"), "192.0.2.1", "pass"},
    {"127 macros and 5000 bytes in an explanation",
     SENDER("v=spf1 -all exp=e.example") "e.example TXT \"" L127 B1000 B1000 B1000 B1000 B1000 "\"\n", "192.0.2.1",
     "fail", "not-permitted"},
    {"127 macros in an explanation", SENDER("v=spf1 -all exp=e.example") "e.example TXT \"" L127 "\"\n", "192.0.2.1",
     "fail", "not-permitted", "a@example.com",
     .explanation = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"d2 of a name of two", SENDER("v=spf1 exists:%{d2}.x.test -all") "example.com.x.test A 127.0.0.1\n", "192.0.2.1",
     "pass"},
    {"l1r+ of one part", SENDER("v=spf1 exists:%{l1r+}.x.test -all") "joel.x.test A 127.0.0.1\n", "192.0.2.1", "pass",
     NULL, "joel@example.com"},
    {"o2", SENDER("v=spf1 exists:%{o2}.x.test -all") "example.com.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"o9r", SENDER("v=spf1 exists:%{o9r}.x.test -all") "com.example.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"h3", SENDER("v=spf1 exists:%{h3}.x.test -all") "mail.client.test.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"i4r", SENDER("v=spf1 exists:%{i4r}.x.test -all") "1.2.0.192.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"s9@", SENDER("v=spf1 exists:%{s9}.x.test -all") "user@example.com.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"v1", SENDER("v=spf1 exists:%{v1}.x.test -all") "in-addr.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"p1", SENDER("v=spf1 exists:%{p1}.x.test -all") "unknown.x.test A 127.0.0.1\n", "192.0.2.1", "pass"},
    {"d of an include",
     SENDER("v=spf1 include:i.example -all")
         SPF("i.example", "v=spf1 exists:%{d}.%{o}.x.test") "i.example.example.com.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass"},
    {"d is the outer again behind it",
     SENDER("v=spf1 include:i.example exists:%{d}.x.test -all")
         SPF("i.example", "v=spf1 a:h.example") "h.example A 198.51.100.1\nexample.com.x.test A 127.0.0.1\n",
     "192.0.2.1", "pass"},
    {"macro in include", SENDER("v=spf1 include:%{l}.i.example -all") SPF("user.i.example", "v=spf1 +all"), "192.0.2.1",
     "pass"},
    {"macro in a, with lengths", SENDER("v=spf1 a:%{l}.h.example/24 -all") "user.h.example A 192.0.2.77\n", "192.0.2.1",
     "pass"},
    {"macro in mx", SENDER("v=spf1 mx:%{l}.h.example -all") "user.h.example MX 1 m.example\nm.example A 192.0.2.1\n",
     "192.0.2.1", "pass"},
    {"macro in ptr", SENDER("v=spf1 ptr:%{l}.h.example -all") PTR("x.user.h.example") "x.user.h.example A 192.0.2.1\n",
     "192.0.2.1", "pass"},
    {"truncated to 253 from the left", SENDER("v=spf1 exists:a" B100 ".%{l}" B100 ".x.%{d} -all"), "192.0.2.1", "fail",
     "not-permitted"},
    {"longer than DNS allows", SENDER("v=spf1 exists:" B100 ".example -all"), "192.0.2.1", "fail", "not-permitted"},
};

/* I: loopback clients get the ordinary evaluation. */
static const struct row i_rows[] = {
    {"127.0.0.1", SENDER("v=spf1 -all"), "127.0.0.1", "fail", "not-permitted"},
    {"127.1.2.3", SENDER("v=spf1 ip4:192.0.2.1 ~all"), "127.1.2.3", "softfail", "probably-not-permitted"},
    {"::1", SENDER("v=spf1 -all"), "::1", "fail", "not-permitted"},
    {"::ffff:127.0.0.1", SENDER("v=spf1 -all"), "::ffff:127.0.0.1", "fail", "not-permitted"},
    {"127.0.0.1, no record", "x.test A 192.0.2.1\n", "127.0.0.1", "none", "no-record"},
    {"127.0.0.1 where it is named", SENDER("v=spf1 ip4:127.0.0.0/8 -all"), "127.0.0.1", "pass"},
    {"::1 where it is named", SENDER("v=spf1 ip6:::1 -all"), "::1", "pass"},
    {"127.0.0.1, syntax", SENDER("v=spf1 x"), "127.0.0.1", "permerror", "unknown-mechanism"},
};

/* J: long terms; TXT is the only type asked. */
static const struct row j_rows[] = {
    {"a modifier of 511 bytes", SENDER("v=spf1 x=" B100 B100 B100 B100 B100 "bbbbbbbbb +all"), "192.0.2.1", "pass"},
    {"a modifier of 512 bytes", SENDER("v=spf1 x=" B100 B100 B100 B100 B100 "bbbbbbbbbb +all"), "192.0.2.1",
     "permerror", "term-too-long"},
    {"a mechanism of 300 bytes", SENDER("v=spf1 a:" B100 B100 B100 ".example +all"), "192.0.2.1", "pass"},
    {"an include by long macros", SENDER("v=spf1 include:%{l}.%{l}.%{l}.%{l1r-}.example -all"), "192.0.2.1",
     "permerror", "include-none"},
};

#define TRY(rows)             \
    START_TEST(try_##rows)    \
    {                         \
        world_try(&rows[_i]); \
    }                         \
    END_TEST

TRY(b_rows)
TRY(c_rows)
TRY(d_rows)
TRY(e_rows)
TRY(ptr_rows)
TRY(f_rows)
TRY(g_rows)
TRY(h_rows)
TRY(i_rows)
TRY(j_rows)

DMX_SUITE(spf_faults)
{
    DMX_TABLE(a_syntax, a_rows);
    DMX_TABLE(try_b_rows, b_rows);
    DMX_TABLE(try_c_rows, c_rows);
    DMX_TABLE(try_d_rows, d_rows);
    DMX_TABLE(try_e_rows, e_rows);
    DMX_TABLE(try_ptr_rows, ptr_rows);
    DMX_TABLE(try_f_rows, f_rows);
    DMX_TABLE(try_g_rows, g_rows);
    DMX_TABLE(try_h_rows, h_rows);
    DMX_TABLE(try_i_rows, i_rows);
    DMX_TABLE(try_j_rows, j_rows);
}
