/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dns/zone.h"
#include "render.h"

#define TEN  "abcdefghij"
#define L63  TEN TEN TEN TEN TEN TEN "abc"
#define L64  L63 "d"
#define S250 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define S255 S250 "abcde"

static struct dmx_arena *arena;

static void setup(void)
{
    arena = dmx_arena_new(64 << 20);
}

static void teardown(void)
{
    dmx_arena_free(&arena);
}

static struct dmx_zone *parse(const char *label, struct dmx_slice text, size_t *out_skipped)
{
    struct dmx_zone *zone;
    size_t line;
    struct dmx_reason reason;
    enum dmx_status status = dmx_zone_parse(text, arena, &zone, &line, &reason, out_skipped);
    ck_assert_msg(status == DMX_OK, "%s: %s in line %zu: %s: %s", label, dmx_status_name(status), line, reason.token,
                  reason.text);
    return zone;
}

static struct dmx_slice ask(struct dmx_zone *zone, const struct dmx_name *name, uint16_t type)
{
    struct dmx_answers *book = dmx_answers_new(arena, 10);
    struct dmx_dns_source source = dmx_zone_source(zone);
    ck_assert_ptr_null(dmx_answers_ask(book, name, type));
    source.resolve(source.ctx, book, &DMX_BUDGET_UNLIMITED);
    ck_assert_uint_eq(dmx_answers_open(book), 0);
    return render(dmx_answers_ask(book, name, type), arena);
}

static struct dmx_slice ask_text(struct dmx_zone *zone, const char *text, const char *type_name)
{
    struct dmx_name name;
    uint16_t type;
    ck_assert(dmx_name_from_text(dmx_slice_cstr(text), &name));
    ck_assert(dmx_rr_type_parse(dmx_slice_cstr(type_name), &type));
    return ask(zone, &name, type);
}

/* A zone with one record each, and what a question about it gives. */
static const struct {
    const char *label, *zone, *name, *type, *want;
} forms[] = {
    {"full form", "a.test. 60 IN A 192.0.2.1", "a.test", "A", "ok 60 | A 192.0.2.1"},
    {"no TTL", "a.test. IN A 192.0.2.1", "a.test", "A", "ok 300 | A 192.0.2.1"},
    {"no class", "a.test. 60 A 192.0.2.1", "a.test", "A", "ok 60 | A 192.0.2.1"},
    {"shortest", "a.test A 192.0.2.1", "a.test.", "A", "ok 300 | A 192.0.2.1"},
    {"case", "A.Test in a 192.0.2.1", "a.tEST", "A", "ok 300 | A 192.0.2.1"},
    {"tabs and blanks", "a.test\t \t60\tIN  A\t192.0.2.1 \t", "a.test", "A", "ok 60 | A 192.0.2.1"},
    {"CR LF", "a.test A 192.0.2.1\r\nb.test A 192.0.2.2\r\n", "b.test", "A", "ok 300 | A 192.0.2.2"},
    {"comments", "; first\n  ; second\n\n \t\na.test A 192.0.2.1;x", "a.test", "A", "ok 300 | A 192.0.2.1"},
    {"no last line feed", "b.test A 192.0.2.2\na.test A 192.0.2.1", "a.test", "A", "ok 300 | A 192.0.2.1"},
    {"TTL 0", "a.test 0 A 192.0.2.1", "a.test", "A", "ok 0 | A 192.0.2.1"},
    {"largest TTL", "a.test 2147483647 A 192.0.2.1", "a.test", "A", "ok 2147483647 | A 192.0.2.1"},
    {"owner of digits", "123 A 192.0.2.1", "123", "A", "ok 300 | A 192.0.2.1"},
    {"owner named IN", "IN 5 IN A 192.0.2.1", "in", "A", "ok 5 | A 192.0.2.1"},
    {"AAAA", "a.test AAAA 2001:DB8:0::1", "a.test", "AAAA", "ok 300 | AAAA 2001:db8::1"},
    {"mapped AAAA", "a.test AAAA ::ffff:192.0.2.1", "a.test", "AAAA", "ok 300 | AAAA 192.0.2.1"},
    {"MX", "a.test MX 10 mail.Test.", "a.test", "MX", "ok 300 | MX 10 mail.test"},
    {"null MX", "a.test MX 0 .", "a.test", "MX", "ok 300 | MX 0 ."},
    {"MX 65535", "a.test MX 65535 m", "a.test", "MX", "ok 300 | MX 65535 m"},
    {"PTR", "1.2.0.192.in-addr.arpa PTR a.test", "1.2.0.192.in-addr.arpa", "PTR", "ok 300 | PTR a.test"},
    {"NS", "a.test NS ns.test.", "a.test", "NS", "ok 300 | NS ns.test"},
    {"SOA", "a.test 7 SOA ns.test. host.test. 1 2 3 4 5", "a.test", "SOA", "ok 7 | SOA "},
    {"CNAME itself", "a.test CNAME b.test", "a.test", "CNAME", "ok 300 | CNAME b.test"},
    {"the root", ". TXT root", ".", "TXT", "ok 300 | TXT root"},
    {"quoted", "a.test TXT \"v=spf1 -all\"", "a.test", "TXT", "ok 300 | TXT v=spf1 -all"},
    {"one word", "a.test TXT v=spf1", "a.test", "TXT", "ok 300 | TXT v=spf1"},
    {"empty string", "a.test TXT \"\"", "a.test", "TXT", "ok 300 | TXT "},
    {"strings join", "a.test TXT \"v=spf1 \" \"-all\" x", "a.test", "TXT", "ok 300 | TXT v=spf1 -allx"},
    {"strings without a blank", "a.test TXT \"a\"\"b\"", "a.test", "TXT", "ok 300 | TXT ab"},
    {"semicolon in quotes", "a.test TXT \"a;b\";c", "a.test", "TXT", "ok 300 | TXT a;b"},
    {"semicolon in a word", "a.test TXT a;b", "a.test", "TXT", "ok 300 | TXT a"},
    {"escaped semicolon", "a.test TXT a\\;b", "a.test", "TXT", "ok 300 | TXT a;b"},
    {"escaped blank", "a.test TXT a\\ b", "a.test", "TXT", "ok 300 | TXT a b"},
    {"escaped quote", "a.test TXT \"a\\\"b\"", "a.test", "TXT", "ok 300 | TXT a\"b"},
    {"escaped backslash at the end", "a.test TXT \"a\\\\\"", "a.test", "TXT", "ok 300 | TXT a\\\\"},
    {"decimal", "a.test TXT \"\\000\\065\\255\"", "a.test", "TXT", "ok 300 | TXT \\x00A\\xff"},
    {"decimal quote", "a.test TXT \"\\034\"", "a.test", "TXT", "ok 300 | TXT \""},
    {"raw bytes", "a.test TXT \"\303\251\1\"", "a.test", "TXT", "ok 300 | TXT \\xc3\\xa9\\x01"},
    {"parentheses in quotes", "a.test TXT \"(@)\"", "a.test", "TXT", "ok 300 | TXT (@)"},
    {"string of 255", "a.test TXT " S255, "a.test", "TXT", "ok 300 | TXT " S255},
    {"bytes in names", "a%\303\251!.test A 192.0.2.1", "a%\303\251!.test", "A", "ok 300 | A 192.0.2.1"},
    {"escapes in names", "a\\032\\ \\065\\(.test A 192.0.2.1", "a  a(.test", "A", "ok 300 | A 192.0.2.1"},
    {"label of 63", L63 ".test A 192.0.2.1", L63 ".test", "A", "ok 300 | A 192.0.2.1"},
    {"at sign inside a name", "a@b.test A 192.0.2.1", "a@b.test", "A", "ok 300 | A 192.0.2.1"},
    {"escaped dollar", "\\$TTL.test A 192.0.2.1", "$ttl.test", "A", "ok 300 | A 192.0.2.1"},
};

START_TEST(form)
{
    struct dmx_zone *zone = parse(forms[_i].label, dmx_slice_cstr(forms[_i].zone), NULL);
    ck_slice_eq(forms[_i].label, ask_text(zone, forms[_i].name, forms[_i].type), forms[_i].want);
}
END_TEST

/* What cannot be read: the line, and the token of the reason. */
static const struct {
    const char *label;
    struct dmx_slice zone;
    size_t line;
    const char *token;
} refusals[] = {
    {"the line counts", DMX_SLICE_INIT("a A 192.0.2.1\n\n; x\r\nb X 1"), 4, "zone-bad-type"},
    {"inherited owner", DMX_SLICE_INIT("a A 192.0.2.1\n  A 192.0.2.2"), 2, "zone-no-owner"},
    {"inherited owner, tab", DMX_SLICE_INIT("\tA 192.0.2.2"), 1, "zone-no-owner"},
    {"$ORIGIN", DMX_SLICE_INIT("$ORIGIN test."), 1, "zone-bad-directive"},
    {"$TTL", DMX_SLICE_INIT("$TTL 300"), 1, "zone-bad-directive"},
    {"$INCLUDE", DMX_SLICE_INIT("$INCLUDE x"), 1, "zone-bad-directive"},
    {"unknown directive", DMX_SLICE_INIT("$FAILS a ANY TIMEOUT"), 1, "zone-bad-directive"},
    {"@ as owner", DMX_SLICE_INIT("@ A 192.0.2.1"), 1, "zone-bad-name"},
    {"@ as data", DMX_SLICE_INIT("a CNAME @"), 1, "zone-bad-name"},
    {"quoted owner", DMX_SLICE_INIT("\"a\" A 192.0.2.1"), 1, "zone-bad-name"},
    {"empty label", DMX_SLICE_INIT("a..b A 192.0.2.1"), 1, "zone-empty-label"},
    {"leading dot", DMX_SLICE_INIT(".a A 192.0.2.1"), 1, "zone-empty-label"},
    {"two last dots", DMX_SLICE_INIT("a.. A 192.0.2.1"), 1, "zone-empty-label"},
    {"parenthesis", DMX_SLICE_INIT("a TXT ( x )"), 1, "zone-parenthesis"},
    {"closing parenthesis", DMX_SLICE_INIT("a A 192.0.2.1 )"), 1, "zone-parenthesis"},
    {"owner only", DMX_SLICE_INIT("a"), 1, "zone-missing-word"},
    {"no type", DMX_SLICE_INIT("a 300 IN"), 1, "zone-missing-word"},
    {"class before TTL", DMX_SLICE_INIT("a IN 300 A 192.0.2.1"), 1, "zone-bad-type"},
    {"TTL too large", DMX_SLICE_INIT("a 2147483648 A 192.0.2.1"), 1, "zone-bad-type"},
    {"unknown type", DMX_SLICE_INIT("a SPF x"), 1, "zone-bad-type"},
    {"other class", DMX_SLICE_INIT("a CH TXT x"), 1, "zone-bad-type"},
    {"quoted type", DMX_SLICE_INIT("a \"TXT\" x"), 1, "zone-bad-type"},
    {"no data", DMX_SLICE_INIT("a A"), 1, "zone-missing-word"},
    {"comment for data", DMX_SLICE_INIT("a TXT ;x"), 1, "zone-missing-word"},
    {"bad IPv4", DMX_SLICE_INIT("a A 192.0.2.256"), 1, "zone-bad-address"},
    {"IPv6 in A", DMX_SLICE_INIT("a A ::ffff:192.0.2.1"), 1, "zone-bad-address"},
    {"IPv4 in AAAA", DMX_SLICE_INIT("a AAAA 192.0.2.1"), 1, "zone-bad-address"},
    {"bad IPv6", DMX_SLICE_INIT("a AAAA 1::2::3"), 1, "zone-bad-address"},
    {"two addresses", DMX_SLICE_INIT("a A 192.0.2.1 192.0.2.2"), 1, "zone-extra-word"},
    {"MX without preference", DMX_SLICE_INIT("a MX mail.test"), 1, "zone-bad-number"},
    {"MX 65536", DMX_SLICE_INIT("a MX 65536 m"), 1, "zone-bad-number"},
    {"MX without host", DMX_SLICE_INIT("a MX 10"), 1, "zone-missing-word"},
    {"SOA too short", DMX_SLICE_INIT("a SOA n h 1 2 3 4"), 1, "zone-missing-word"},
    {"SOA too long", DMX_SLICE_INIT("a SOA n h 1 2 3 4 5 6"), 1, "zone-extra-word"},
    {"SOA with units", DMX_SLICE_INIT("a SOA n h 1 2h 3 4 5"), 1, "zone-bad-number"},
    {"open string", DMX_SLICE_INIT("a TXT \"x\nb A 192.0.2.1"), 1, "zone-open-string"},
    {"open by escape", DMX_SLICE_INIT("a TXT \"x\\\""), 1, "zone-open-string"},
    {"quote inside a word", DMX_SLICE_INIT("a TXT x\"y\""), 1, "zone-stray-quote"},
    {"word behind a quote", DMX_SLICE_INIT("a TXT \"x\"y"), 1, "zone-stray-quote"},
    {"string of 256", DMX_SLICE_INIT("a TXT " S255 "f"), 1, "zone-long-string"},
    {"escape at the end", DMX_SLICE_INIT("a TXT x\\"), 1, "zone-bad-escape"},
    {"escape before CR LF", DMX_SLICE_INIT("a TXT x\\\r\n"), 1, "zone-bad-escape"},
    {"two digits", DMX_SLICE_INIT("a TXT x\\12"), 1, "zone-bad-escape"},
    {"two digits and a letter", DMX_SLICE_INIT("a TXT \\12x"), 1, "zone-bad-escape"},
    {"256", DMX_SLICE_INIT("a TXT \\256"), 1, "zone-bad-escape"},
    {"in a name", DMX_SLICE_INIT("a\\999 TXT x"), 1, "zone-bad-escape"},
    {"in an over-long name", DMX_SLICE_INIT(L64 "\\999 TXT x"), 1, "zone-bad-escape"},
    {"over-long target", DMX_SLICE_INIT("a CNAME " L64), 1, "zone-long-name"},
    {"over-long owner, bad data", DMX_SLICE_INIT(L64 " A x"), 1, "zone-bad-address"},
    {"$NODATA without name", DMX_SLICE_INIT("$NODATA"), 1, "zone-missing-word"},
    {"$NODATA with type", DMX_SLICE_INIT("$NODATA a TXT"), 1, "zone-extra-word"},
    {"$FAIL without name", DMX_SLICE_INIT("$FAIL"), 1, "zone-missing-word"},
    {"$FAIL without type", DMX_SLICE_INIT("$FAIL a"), 1, "zone-missing-word"},
    {"$FAIL without error", DMX_SLICE_INIT("$FAIL a TXT"), 1, "zone-missing-word"},
    {"$FAIL of no type", DMX_SLICE_INIT("$FAIL a TIMEOUT"), 1, "zone-bad-type"},
    {"$FAIL with another error", DMX_SLICE_INIT("$FAIL a ANY NXDOMAIN"), 1, "zone-bad-failure"},
    {"$FAIL with more", DMX_SLICE_INIT("$FAIL a ANY TIMEOUT x"), 1, "zone-extra-word"},
    {"NUL is no blank", DMX_SLICE_INIT("a\0A 192.0.2.1"), 1, "zone-bad-type"},
};

START_TEST(refused)
{
    struct dmx_zone *zone;
    size_t line;
    struct dmx_reason reason;
    const char *label = refusals[_i].label;
    enum dmx_status status = dmx_zone_parse(refusals[_i].zone, arena, &zone, &line, &reason, NULL);
    ck_assert_msg(status == DMX_INVALID, "%s: %s", label, dmx_status_name(status));
    ck_assert_ptr_null(zone);
    ck_assert_msg(line == refusals[_i].line, "%s: line %zu, want %zu", label, line, refusals[_i].line);
    ck_assert_msg(strcmp(reason.token, refusals[_i].token) == 0, "%s: got %s, want %s", label, reason.token,
                  refusals[_i].token);
    ck_assert_ptr_nonnull(reason.text);
}
END_TEST

/* One zone for all that a server does. */
static const char world[] = "example.test SOA ns.example.test. host.example.test. 1 2 3 4 60\n"
                            "example.test 3600 TXT \"apex\"\n"
                            "two.example.test A 192.0.2.2\n"
                            "two.example.test A 192.0.2.1\n"
                            "two.example.test A 192.0.2.1\n"
                            "deep.ent.example.test A 192.0.2.3\n"
                            "$NODATA nothing.example.test\n"
                            "$NODATA below.hollow.example.test\n"
                            "*.wild.example.test TXT wild\n"
                            "*.wild.example.test 9 CNAME two.example.test\n"
                            "there.wild.example.test A 192.0.2.4\n"
                            "x.sub.wild.example.test A 192.0.2.5\n"
                            "$NODATA *.none.example.test\n"
                            "y.*.star.example.test A 192.0.2.6\n"
                            "alias.example.test 20 CNAME two.example.test\n"
                            "alias2.example.test 10 CNAME alias.example.test\n"
                            "lost.example.test 30 CNAME gone.example.test\n"
                            "void.example.test CNAME nothing.example.test\n"
                            "self.example.test CNAME self.example.test\n"
                            "ring1.example.test CNAME ring2.example.test\n"
                            "ring2.example.test CNAME ring1.example.test\n"
                            "c1.t CNAME c2.t\nc2.t CNAME c3.t\nc3.t CNAME c4.t\nc4.t CNAME c5.t\nc5.t CNAME c6.t\n"
                            "c6.t CNAME c7.t\nc7.t CNAME c8.t\nc8.t CNAME c9.t\nc9.t A 192.0.2.9\nc0.t CNAME c1.t\n"
                            "$FAIL broken.example.test ANY TIMEOUT\n"
                            "broken.example.test TXT works\n"
                            "$FAIL half.example.test TXT SERVFAIL\n"
                            "half.example.test TXT hidden\n"
                            "half.example.test A 192.0.2.7\n"
                            "$FAIL both.example.test ANY TIMEOUT\n"
                            "$FAIL both.example.test MX REFUSED\n"
                            "tobroken.example.test CNAME broken.example.test\n"
                            "broken2.example.test CNAME two.example.test\n"
                            "$FAIL broken2.example.test ANY SERVFAIL\n"
                            "$FAIL *._spf. TXT REFUSED\n"
                            "$FAIL *.silent. ANY TIMEOUT\n"
                            "a.silent.example.test A 192.0.2.8\n"
                            "$FAIL *.foo.bar. ANY SERVFAIL\n";

static const struct {
    const char *label, *name, *type, *want;
} questions[] = {
    {"apex", "example.test", "TXT", "ok 3600 | TXT apex"},
    {"a set in the file's order, repeats kept", "two.example.test", "A",
     "ok 300 | A 192.0.2.2 | A 192.0.2.1 | A 192.0.2.1"},
    {"another type", "two.example.test", "MX", "nodata 60"},
    {"no such name", "three.example.test", "A", "nxdomain 60"},
    {"no SOA above", "example.other", "A", "nxdomain 300"},
    {"above the apex", "test", "A", "nodata 300"},
    {"the root exists", ".", "A", "nodata 300"},
    {"empty non-terminal", "ent.example.test", "A", "nodata 60"},
    {"part of a label is none", "nt.example.test", "A", "nxdomain 60"},
    {"$NODATA", "nothing.example.test", "A", "nodata 60"},
    {"above $NODATA", "hollow.example.test", "A", "nodata 60"},
    {"below $NODATA", "x.nothing.example.test", "A", "nxdomain 60"},
    {"wildcard", "any.wild.example.test", "TXT", "ok 300 | TXT wild"},
    {"wildcard, two labels", "so.any.wild.example.test", "TXT", "ok 300 | TXT wild"},
    {"wildcard's CNAME", "any.wild.example.test", "A", "ok 9 | A 192.0.2.2 | A 192.0.2.1 | A 192.0.2.1"},
    {"wildcard asked for by its name", "*.wild.example.test", "TXT", "ok 300 | TXT wild"},
    {"not at the wildcard's parent", "wild.example.test", "TXT", "nodata 60"},
    {"not where the name exists", "there.wild.example.test", "TXT", "nodata 60"},
    {"not below a name that exists", "x.there.wild.example.test", "TXT", "nxdomain 60"},
    {"not at an empty non-terminal", "sub.wild.example.test", "TXT", "nodata 60"},
    {"not below an empty non-terminal", "z.sub.wild.example.test", "TXT", "nxdomain 60"},
    {"not below the asterisk", "z.*.wild.example.test", "TXT", "nxdomain 60"},
    {"$NODATA wildcard", "any.none.example.test", "TXT", "nodata 60"},
    {"asterisk as empty non-terminal", "any.star.example.test", "A", "nodata 60"},
    {"asterisk in the middle is a name", "y.*.star.example.test", "A", "ok 300 | A 192.0.2.6"},
    {"CNAME", "alias.example.test", "A", "ok 20 | A 192.0.2.2 | A 192.0.2.1 | A 192.0.2.1"},
    {"CNAME twice, least TTL", "alias2.example.test", "A", "ok 10 | A 192.0.2.2 | A 192.0.2.1 | A 192.0.2.1"},
    {"CNAME to nowhere", "lost.example.test", "A", "nxdomain 30"},
    {"CNAME to no data", "void.example.test", "A", "nodata 60"},
    {"CNAME to itself", "self.example.test", "A", "servfail 0"},
    {"CNAME loop", "ring1.example.test", "A", "servfail 0"},
    {"7 steps", "c2.t", "A", "ok 300 | A 192.0.2.9"},
    {"8 steps", "c1.t", "A", "ok 300 | A 192.0.2.9"},
    {"9 steps", "c0.t", "A", "servfail 0"},
    {"$FAIL ANY", "broken.example.test", "A", "timeout 0"},
    {"$FAIL ANY spares what is there", "broken.example.test", "TXT", "ok 300 | TXT works"},
    {"$FAIL ANY spares names below", "x.broken.example.test", "A", "nxdomain 60"},
    {"$FAIL ANY spares a CNAME", "broken2.example.test", "AAAA", "nodata 60"},
    {"$FAIL of a type hides records", "half.example.test", "TXT", "servfail 0"},
    {"$FAIL of a type spares others", "half.example.test", "A", "ok 300 | A 192.0.2.7"},
    {"$FAIL of a type goes before ANY", "both.example.test", "MX", "refused 0"},
    {"and else ANY counts", "both.example.test", "A", "timeout 0"},
    {"CNAME to $FAIL", "tobroken.example.test", "A", "timeout 0"},
    {"label anywhere, in the middle", "a._spf.example.com", "TXT", "refused 0"},
    {"label anywhere, in front", "_SPF.example.com", "TXT", "refused 0"},
    {"label anywhere, at the end", "a._spf", "TXT", "refused 0"},
    {"label anywhere, another type", "a._spf.example.com", "A", "nxdomain 300"},
    {"part of a label", "a._spf2.example.com", "TXT", "nxdomain 300"},
    {"label anywhere, ANY", "b.silent.example.test", "A", "timeout 0"},
    {"label anywhere, ANY spares what is there", "a.silent.example.test", "A", "ok 300 | A 192.0.2.8"},
    {"two labels together", "x.foo.bar.test", "A", "servfail 0"},
    {"two labels apart", "foo.x.bar.test", "A", "nxdomain 300"},
    {"two labels turned", "bar.foo.test", "A", "nxdomain 300"},
};

START_TEST(question)
{
    struct dmx_zone *zone = parse("world", dmx_slice_cstr(world), NULL);
    ck_slice_eq(questions[_i].label, ask_text(zone, questions[_i].name, questions[_i].type), questions[_i].want);
}
END_TEST

static const struct {
    const char *label, *zone;
    size_t skipped;
} skips[] = {
    {"label of 64", L64 ".test A 192.0.2.1\na.test A 192.0.2.1", 1},
    {"name of 254", L63 "." L63 "." L63 "." TEN TEN TEN TEN TEN TEN "ab A 192.0.2.1\na.test A 192.0.2.1", 1},
    {"name of 253", L63 "." L63 "." L63 "." TEN TEN TEN TEN TEN TEN "a A 192.0.2.1\na.test A 192.0.2.1", 0},
    {"directives", "$NODATA " L64 "\n$FAIL " L64 " ANY TIMEOUT\na.test A 192.0.2.1", 2},
};

START_TEST(skipped)
{
    size_t count = 99;
    struct dmx_zone *zone = parse(skips[_i].label, dmx_slice_cstr(skips[_i].zone), &count);
    ck_assert_msg(count == skips[_i].skipped, "%s: got %zu", skips[_i].label, count);
    ck_slice_eq(skips[_i].label, ask_text(zone, "a.test", "A"), "ok 300 | A 192.0.2.1");
}
END_TEST

START_TEST(an_empty_zone_has_nothing)
{
    struct dmx_zone *zone = parse("empty", DMX_SLICE_NONE, NULL);
    ck_slice_eq("name", ask_text(zone, "a.test", "A"), "nxdomain 300");
    ck_slice_eq("root", ask_text(zone, ".", "A"), "nxdomain 300");
}
END_TEST

START_TEST(dots_inside_labels)
{
    struct dmx_zone *zone = parse("dots", DMX_SLICE("a\\.b.test TXT one\na\\046c.test TXT two\n"), NULL);
    struct dmx_name name;
    dmx_name_root(&name);
    ck_assert(dmx_name_append(&name, DMX_SLICE("A.B")) && dmx_name_append(&name, DMX_SLICE("test")));
    ck_slice_eq("escaped", ask(zone, &name, DMX_RR_TXT), "ok 300 | TXT one");
    ck_slice_eq("separated", ask_text(zone, "a.b.test", "TXT"), "nxdomain 300");
}
END_TEST

static const struct {
    size_t strings;
    bool ok;
} texts[] = {{255, true}, {256, true}, {257, false}};

/* 256 strings of 255 bytes are 65536 bytes of data, one too many: the last one is shorter by a byte. */
START_TEST(text_record_of_65535)
{
    struct dmx_builder b = dmx_builder_arena(arena, 1 << 20);
    dmx_put_cstr(&b, "a.test TXT");
    for (size_t i = 0; i < texts[_i].strings; i++)
        dmx_put_cstr(&b, i == 255 ? " " S250 "abcd" : i == 256 ? " \"\"" : " " S255);
    struct dmx_zone *zone;
    size_t line;
    struct dmx_reason reason;
    enum dmx_status status = dmx_zone_parse(dmx_builder_text(&b), arena, &zone, &line, &reason, NULL);
    ck_assert_int_eq(status, texts[_i].ok ? DMX_OK : DMX_INVALID);
    if (!texts[_i].ok)
        ck_assert_str_eq(reason.token, "zone-long-record");
}
END_TEST

static const struct {
    size_t len;
    bool ok;
} lines[] = {{DMX_ZONE_MAX_LINE - 1, true}, {DMX_ZONE_MAX_LINE, true}, {DMX_ZONE_MAX_LINE + 1, false}};

START_TEST(longest_line)
{
    struct dmx_builder b = dmx_builder_arena(arena, DMX_ZONE_MAX_LINE + 10);
    dmx_put_cstr(&b, "a.test A 192.0.2.1 ;");
    while (b.len < lines[_i].len)
        dmx_put_char(&b, 'x');
    struct dmx_zone *zone;
    size_t line;
    struct dmx_reason reason;
    enum dmx_status status = dmx_zone_parse(dmx_builder_text(&b), arena, &zone, &line, &reason, NULL);
    ck_assert_int_eq(status, lines[_i].ok ? DMX_OK : DMX_INVALID);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_arena *small = dmx_arena_new(100 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 10 << 20);
    for (unsigned i = 0; i < 10000; i++) {
        dmx_put_u64(&b, i);
        dmx_put_cstr(&b, ".test A 192.0.2.1\n");
    }
    struct dmx_zone *zone;
    size_t line;
    struct dmx_reason reason;
    enum dmx_status status = dmx_zone_parse(dmx_builder_text(&b), small, &zone, &line, &reason, NULL);
    ck_assert_int_eq(status, DMX_NOMEM);
    ck_assert_ptr_null(zone);
    dmx_arena_free(&small);
}
END_TEST

START_TEST(a_hundred_thousand_records)
{
    struct dmx_builder b = dmx_builder_arena(arena, 10 << 20);
    for (unsigned i = 0; i < 100000; i++) {
        dmx_put_cstr(&b, "n");
        dmx_put_u64(&b, i * 7919 % 100000);
        dmx_put_cstr(&b, ".test A 192.0.2.1\n");
    }
    struct dmx_zone *zone = parse("many", dmx_builder_text(&b), NULL);
    ck_slice_eq("first", ask_text(zone, "n0.test", "A"), "ok 300 | A 192.0.2.1");
    ck_slice_eq("last", ask_text(zone, "n99999.test", "A"), "ok 300 | A 192.0.2.1");
    ck_slice_eq("none", ask_text(zone, "n100000.test", "A"), "nxdomain 300");
}
END_TEST

DMX_SUITE(dns_zone)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(form, forms);
    DMX_TABLE(refused, refusals);
    DMX_TABLE(question, questions);
    DMX_TABLE(skipped, skips);
    DMX_TEST(an_empty_zone_has_nothing);
    DMX_TEST(dots_inside_labels);
    DMX_TABLE(text_record_of_65535, texts);
    DMX_TABLE(longest_line, lines);
    DMX_TEST(without_memory);
    DMX_TEST(a_hundred_thousand_records);
}
