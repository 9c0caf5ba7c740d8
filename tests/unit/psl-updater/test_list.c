/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../psl-updater/list.h"
#include "dmx/base/builder.h"

#include <string.h>

#include "../../../psl-updater/version.h"
#include "sample.h"
#include "suite.h"

#define IN_ICANN(rules)   SAMPLE_LIST(rules, "")
#define IN_PRIVATE(rules) SAMPLE_LIST("com\n", rules)
#define LABEL63           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME191           LABEL63 "." LABEL63 "." LABEL63

static const struct {
    const char *label, *text, *token, *detail; /* detail: how it begins */
    enum dmx_status status;                    /* 0 stands for DMX_INVALID */
} refused[] = {
    {"empty", "", "empty", "line 1: ", 0},
    {"a web page", "<!DOCTYPE html>\n<title>503</title>\n", "web-page", "line 1: <!DOCTYPE", 0},
    {"a web page after a blank line", "\n<html>\n", "web-page", "line 2: <html>", 0},
    {"a web page in one line without a line feed", "<html></html>", "web-page", "line 1: <html>", 0},
    {"comments alone", "// VERSION: 2024-01-01_00-00-00_UTC\n", "incomplete", "line 1: here", 0},
    {"byte order mark", "\xef\xbb\xbf" SAMPLE_LIST("com\n", ""), "byte-order-mark", "line 1: ", 0},
    {"CR LF", "// ===BEGIN ICANN DOMAINS===\r\ncom\r\n", "line-cr", "line 1: // ===BEGIN", 0},
    {"a control character", IN_ICANN("com\nn\001et\n"), "line-control", "line 3: n", 0},
    {"DEL in a comment", "// \x7f\n", "line-control", "line 1: //", 0},
    {"invalid UTF-8 in a rule",
     IN_ICANN("com\nb\xfc"
              "cher.com\n"),
     "line-utf8", "line 3: b", 0},
    {"invalid UTF-8 in a comment",
     "// B\xfc"
     "cher\n",
     "line-utf8", "line 1: // B", 0},
    {"overlong UTF-8",
     IN_ICANN("a\xc0\xae"
              "com\n"),
     "line-utf8", "line 2: a", 0},
    {"a surrogate", IN_ICANN("\xed\xa0\x80.com\n"), "line-utf8", "line 2: ", 0},
    {"cut in a rule", BEGIN_ICANN "com\nne", "cut", "line 3: ne", 0},
    {"cut in a comment", "// VERS", "cut", "line 1: // VERS", 0},
    {"cut in the last line", BEGIN_ICANN "com\n" END_ICANN BEGIN_PRIVATE "// ===END PRIVATE DOMAINS===", "cut",
     "line 5: // ===END", 0},
    {"cut after a rule", BEGIN_ICANN "com\nnet\n", "incomplete", "line 3: here", 0},
    {"cut between the sections", BEGIN_ICANN "com\n" END_ICANN, "incomplete", "line 3: here", 0},
    {"cut in the private section", BEGIN_ICANN "com\n" END_ICANN BEGIN_PRIVATE, "incomplete", "line 4: here", 0},
    {"sections swapped", BEGIN_PRIVATE END_PRIVATE BEGIN_ICANN "com\n" END_ICANN, "sections", "line 1: // ===BEGIN P",
     0},
    {"a section twice", SAMPLE_LIST("com\n", "") SAMPLE_LIST("net\n", ""), "sections", "line 6: ", 0},
    {"END without BEGIN", END_ICANN, "sections", "line 1: // ===END", 0},
    {"nested sections", BEGIN_ICANN BEGIN_PRIVATE, "sections", "line 2: ", 0},
    {"a misspelt marker", "// ===BEGIN ICANN DOMAIN===\ncom\n", "rule-outside", "line 2: com", 0},
    {"a rule before the sections", "com\n" SAMPLE_LIST("net\n", ""), "rule-outside", "line 1: com", 0},
    {"a rule between the sections", BEGIN_ICANN END_ICANN "com\n" BEGIN_PRIVATE END_PRIVATE, "rule-outside",
     "line 3: com", 0},
    {"a rule after the end", SAMPLE_LIST("com\n", "") "net\n", "after-end", "line 6: net", 0},
    {"a comment after the end", SAMPLE_LIST("com\n", "") "// bye\n", "after-end", "line 6: // bye", 0},
    {"VERSION twice", "// VERSION: a\n// VERSION: b\n", "header-twice", "line 2: // VERSION: b", 0},
    {"COMMIT twice", "// COMMIT: a\n// COMMIT: b\n", "header-twice", "line 2: // COMMIT: b", 0},
    {"an indented rule", IN_ICANN(" com\n"), "rule-indented", "line 2:  com", 0},
    {"the root", IN_ICANN(".\n"), "rule-of-root", "line 2: .", 0},
    {"everything", IN_ICANN("*\n"), "rule-of-root", "line 2: *", 0},
    {"below nothing", IN_ICANN("*.\n"), "rule-of-root", "line 2: *.", 0},
    {"an exception of nothing", IN_ICANN("!\n"), "rule-of-root", "line 2: !", 0},
    {"everything in everything", IN_ICANN("*.*\n"), "rule-of-root", "line 2: *.*", 0},
    {"two wildcards", IN_ICANN("*.*.com\n"), "rule-marks", "line 2: *.*.com", 0},
    {"a wildcard inside", IN_ICANN("a.*.com\n"), "rule-marks", "line 2: a.*.com", 0},
    {"part of a label", IN_ICANN("a*.com\n"), "rule-marks", "line 2: a*.com", 0},
    {"a wildcard of an exception", IN_ICANN("!*.com\n"), "rule-marks", "line 2: !*.com", 0},
    {"an exception inside", IN_ICANN("a.!b.com\n"), "rule-marks", "line 2: a.!b", 0},
    {"a leading dot", IN_ICANN(".com\n"), "rule-label", "line 2: .com", 0},
    {"a trailing dot", IN_ICANN("com.\n"), "rule-label", "line 2: com.", 0},
    {"two dots", IN_ICANN("co..uk\n"), "rule-label", "line 2: co..uk", 0},
    {"64 bytes in a label", IN_ICANN(LABEL63 "a.com\n"), "rule-label", "line 2: aaa", 0},
    {"254 bytes", IN_ICANN(NAME191 ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff.c\n"), "rule-label",
     "line 2: aaa", 0},
    {"a capital letter", IN_ICANN("Com\n"), "rule-label", "line 2: Com", 0},
    {"an underscore", IN_ICANN("_a.com\n"), "rule-label", "line 2: _a", 0},
    {"a hyphen at the beginning", IN_ICANN("-a.com\n"), "rule-label", "line 2: -a", 0},
    {"a hyphen at the end", IN_ICANN("a-.com\n"), "rule-label", "line 2: a-", 0},
    {"a slash", IN_ICANN("/ com\n"), "rule-label", "line 2: / com", 0},
    {"reserved hyphens", IN_ICANN("ab--c.com\n"), "rule-label", "line 2: ab--c", 0},
    {"Punycode of nothing", IN_ICANN("xn--.com\n"), "rule-label", "line 2: xn--", 0},
    {"bad Punycode", IN_ICANN("xn--a.com\n"), "rule-idna", "line 2: xn--a", 0},
    {"Punycode of ASCII", IN_ICANN("xn--abc-.com\n"), "rule-label", "line 2: xn--abc-", 0},
    {"a capital beyond ASCII",
     IN_ICANN("\xc3\x9c"
              "ber.com\n"),
     "rule-idna", "line 2: ", 0},
    {"not composed",
     IN_ICANN("bu\xcc\x88"
              "cher.com\n"),
     "rule-idna", "line 2: bu", 0},
    {"an emoji", IN_ICANN("\xf0\x9f\x98\x80.com\n"), "rule-idna", "line 2: ", 0},
    {"a U-label with a hyphen at the end", IN_ICANN("m\xc3\xb8re-.no\n"), "rule-idna", "line 2: m", 0},
    {"a zero width space",
     IN_ICANN("a\xe2\x80\x8b"
              "b.com\n"),
     "rule-idna", "line 2: a", 0},
    {"an ideographic full stop", IN_ICANN("\xe5\x85\xac\xe3\x80\x82\xe5\x8f\xb8.cn\n"), "rule-idna", "line 2: ", 0},
    {"nine labels", IN_ICANN("1.2.3.4.5.6.7.8.com\n"), "rule-depth", "line 2: 1.2", 0},
    {"eight labels below a wildcard", IN_ICANN("*.2.3.4.5.6.7.8.com\n"), "rule-depth", "line 2: *.2", 0},
    {"an address", IN_ICANN("192.0.2.1\n"), "rule-number", "line 2: 192", 0},
    {"a number as top level", IN_ICANN("com\na.123\n"), "rule-number", "line 3: a.123", 0},
    {"the same rule twice", IN_ICANN("com\nnet\ncom\n"), "rule-duplicate", "line 4: com", 0},
    {"the same rule in both sections", SAMPLE_LIST("com\n", "com\n"), "rule-duplicate", "line 5: com", 0},
    {"the same wildcard twice", IN_ICANN("*.ck\nck\n*.ck\n"), "rule-duplicate", "line 4: ck", 0},
    {"the same rule twice around a wildcard", IN_ICANN("ck\n*.ck\nck\n"), "rule-duplicate", "line 4: ck", 0},
    {"the same exception twice", IN_ICANN("*.ck\n!www.ck\n!www.ck\n"), "rule-duplicate", "line 4: www.ck", 0},
    {"the same after IDNA", IN_ICANN("\xd1\x80\xd1\x84\nxn--p1ai\n"), "rule-duplicate", "line 3: xn--p1ai", 0},
    {"rule and exception", IN_ICANN("*.ck\n!www.ck\nwww.ck\n"), "rule-contradiction", "line 4: www.ck", 0},
    {"wildcard and exception", IN_ICANN("*.ck\n*.www.ck\n!www.ck\n"), "rule-contradiction", "line 4: www.ck", 0},
    {"an exception without a wildcard", IN_ICANN("ck\n!www.ck\n"), "rule-exception", "line 3: www.ck", 0},
    {"an exception two labels below", IN_ICANN("*.ck\n!a.www.ck\n"), "rule-exception", "line 3: a.www.ck", 0},
    {"an exception of a whole top level", IN_ICANN("*.ck\n!ck\n"), "rule-contradiction", "line 3: ck", 0},
    {"a rule below an exception", IN_ICANN("*.ck\n!www.ck\na.b.www.ck\n"), "rule-below-exception", "line 4: a.b", 0},
    {"no good private rule", IN_PRIVATE("*.*.com\n"), "rule-marks", "line 5: *.*", 0},
};

START_TEST(refuses)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list;
    struct dmx_reason reason;
    enum dmx_status want = refused[_i].status ? refused[_i].status : DMX_INVALID;
    enum dmx_status got = dmx_list_parse(dmx_slice_cstr(refused[_i].text), arena, &list, &reason);
    ck_assert_msg(got == want, "%s: got %s", refused[_i].label, dmx_status_name(got));
    ck_slice_eq(refused[_i].label, dmx_slice_cstr(reason.token), refused[_i].token);
    ck_assert_msg(reason.text && strlen(reason.text) > 10, "%s: no sentence", refused[_i].label);
    ck_slice_eq(refused[_i].label, dmx_slice_upto(reason.detail, strlen(refused[_i].detail)), refused[_i].detail);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *label, *text;
    size_t icann, private_rules, exceptions, wildcards;
    const char *ascii, *utf8; /* of the last rule; NULL: there is none */
} accepted[] = {
    {"no rule", SAMPLE_LIST("", ""), 0, 0, 0, 0, NULL, NULL},
    {"one", SAMPLE_LIST("com\n", ""), 1, 0, 0, 0, "com", "com"},
    {"both sections", SAMPLE_LIST("com\nnet\n", "github.io\n"), 2, 1, 0, 0, "github.io", "github.io"},
    {"comments and blank lines", "\n// a\n \t\n" SAMPLE_LIST("//\n// com\n\ncom\n", "// b\n"), 1, 0, 0, 0, "com",
     "com"},
    {"between and after the sections", BEGIN_ICANN END_ICANN "\n// a\n" BEGIN_PRIVATE END_PRIVATE "\n\n \n", 0, 0, 0, 0,
     NULL, NULL},
    {"text after a rule", SAMPLE_LIST("com // a company\nnet\tx\n", ""), 2, 0, 0, 0, "net", "net"},
    {"a blank after a marker", "// ===BEGIN ICANN DOMAINS=== \n" END_ICANN BEGIN_PRIVATE END_PRIVATE, 0, 0, 0, 0, NULL,
     NULL},
    {"wildcard and exception", SAMPLE_LIST("*.ck\n!www.ck\n", ""), 2, 0, 1, 1, "www.ck", "www.ck"},
    {"an exception before its wildcard", SAMPLE_LIST("!www.ck\n*.ck\n", ""), 2, 0, 1, 1, "ck", "ck"},
    {"a name and its wildcard", SAMPLE_LIST("ck\n*.ck\n", ""), 2, 0, 0, 1, "ck", "ck"},
    {"wildcard below wildcard", SAMPLE_LIST("*.ck\n*.a.ck\n", ""), 2, 0, 0, 2, "a.ck", "a.ck"},
    {"U-label", SAMPLE_LIST("\xe5\x85\xac\xe5\x8f\xb8.cn\n", ""), 1, 0, 0, 0, "xn--55qx5d.cn",
     "\xe5\x85\xac\xe5\x8f\xb8.cn"},
    {"A-label", SAMPLE_LIST("xn--55qx5d.cn\n", ""), 1, 0, 0, 0, "xn--55qx5d.cn", "\xe5\x85\xac\xe5\x8f\xb8.cn"},
    {"sharp s stays",
     SAMPLE_LIST("stra\xc3\x9f"
                 "e.de\n",
                 ""),
     1, 0, 0, 0, "xn--strae-oqa.de",
     "stra\xc3\x9f"
     "e.de"},
    {"63 bytes in a label", SAMPLE_LIST(LABEL63 ".com\n", ""), 1, 0, 0, 0, LABEL63 ".com", LABEL63 ".com"},
    {"253 bytes", SAMPLE_LIST(NAME191 ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff.c\n", ""), 1, 0, 0,
     0, NAME191 ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff.c",
     NAME191 ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff.c"},
    {"eight labels", SAMPLE_LIST("1.2.3.4.5.6.7.com\n", ""), 1, 0, 0, 0, "1.2.3.4.5.6.7.com", "1.2.3.4.5.6.7.com"},
    {"seven labels below a wildcard", SAMPLE_LIST("*.2.3.4.5.6.7.com\n", ""), 1, 0, 0, 1, "2.3.4.5.6.7.com",
     "2.3.4.5.6.7.com"},
    {"digits", SAMPLE_LIST("1.2.3.4a\n", ""), 1, 0, 0, 0, "1.2.3.4a", "1.2.3.4a"},
};

START_TEST(accepts)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(accepted[_i].text), arena);
    const char *label = accepted[_i].label;
    ck_assert_msg(list.icann == accepted[_i].icann, "%s: %zu of ICANN", label, list.icann);
    ck_assert_msg(list.private_rules == accepted[_i].private_rules, "%s: %zu private", label, list.private_rules);
    ck_assert_msg(list.exceptions == accepted[_i].exceptions, "%s: %zu exceptions", label, list.exceptions);
    ck_assert_msg(list.wildcards == accepted[_i].wildcards, "%s: %zu wildcards", label, list.wildcards);
    ck_assert_uint_eq(list.count, list.icann + list.private_rules);
    if (accepted[_i].ascii) {
        ck_slice_eq(label, list.rules[list.count - 1].ascii, accepted[_i].ascii);
        ck_slice_eq(label, list.rules[list.count - 1].utf8, accepted[_i].utf8);
    }
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *version;
    int64_t time;
} versions[] = {
    {"1970-01-01_00-00-01_UTC", 1},
    {"2000-02-29_00-00-00_UTC", 951782400},
    {"2024-02-29_12-34-56_UTC", 1709210096},
    {"2038-12-31_23-59-59_UTC", 2177452799},
    {"2023-02-29_00-00-00_UTC", 0},
    {"2100-02-29_00-00-00_UTC", 0},
    {"2024-13-01_00-00-00_UTC", 0},
    {"2024-00-01_00-00-00_UTC", 0},
    {"2024-01-00_00-00-00_UTC", 0},
    {"2024-01-32_00-00-00_UTC", 0},
    {"2024-01-01_24-00-00_UTC", 0},
    {"2024-01-01_00-60-00_UTC", 0},
    {"2024-01-01_00-00-60_UTC", 0},
    {"1969-12-31_23-59-59_UTC", 0},
    {"2024-01-01T00:00:00Z", 0},
    {"2024-01-01_00-00-00_UTC ", 0},
    {"2024-01-01_00-00-0x_UTC", 0},
    {"", 0},
};

START_TEST(version)
{
    ck_assert_int_eq(dmx_version_time(dmx_slice_cstr(versions[_i].version)), versions[_i].time);
}
END_TEST

START_TEST(header)
{
    static const char text[] = "// About\n// VERSION: 2024-02-29_12-34-56_UTC\n// COMMIT: 0123abcd\n" SAMPLE_LIST(
        "com\n// VERSION: 1999\n", "");
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(text), arena);
    ck_slice_eq("version", list.version, "2024-02-29_12-34-56_UTC");
    ck_slice_eq("commit", list.commit, "0123abcd");
    ck_assert_int_eq(list.version_s, 1709210096);
    ck_assert_uint_ne(list.text_crc, 0);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    const char *label;
    size_t line, rules, size; /* a comment of so many bytes, so many rules, blank lines up to this size */
    const char *token;        /* NULL: accepted */
} limits[] = {
    {"line of 999", 999, 1, 0, NULL},
    {"line of 1000", 1000, 1, 0, NULL},
    {"line of 1001", 1001, 1, 0, "line-too-long"},
    {"65535 rules", 2, 65535, 0, NULL},
    {"65536 rules", 2, 65536, 0, NULL},
    {"65537 rules", 2, 65537, 0, "too-many-rules"},
    {"4 MB less one", 2, 1, DMX_LIST_MAX_BYTES - 1, NULL},
    {"4 MB", 2, 1, DMX_LIST_MAX_BYTES, NULL},
    {"4 MB and one", 2, 1, DMX_LIST_MAX_BYTES + 1, "too-large"},
};

START_TEST(limit)
{
    struct dmx_arena *arena = dmx_arena_new(64 << 20);
    struct dmx_builder b = dmx_builder_arena(arena, DMX_LIST_MAX_BYTES + 1);
    dmx_put_cstr(&b, "//");
    for (size_t i = 2; i < limits[_i].line; i++)
        dmx_put_char(&b, 'x');
    dmx_put_cstr(&b, "\n" BEGIN_ICANN);
    for (size_t i = 0; i < limits[_i].rules; i++) {
        dmx_put_char(&b, 'r');
        dmx_put_u64(&b, i);
        dmx_put_char(&b, '\n');
    }
    dmx_put_cstr(&b, END_ICANN BEGIN_PRIVATE END_PRIVATE);
    while (b.len < limits[_i].size)
        dmx_put_char(&b, '\n');
    struct dmx_list list;
    struct dmx_reason reason;
    enum dmx_status got = dmx_list_parse(dmx_slice(b.buf, b.len), arena, &list, &reason);
    ck_assert_msg(got == (limits[_i].token ? DMX_LIMIT : DMX_OK), "%s: %s", limits[_i].label, dmx_status_name(got));
    if (limits[_i].token)
        ck_slice_eq(limits[_i].label, dmx_slice_cstr(reason.token), limits[_i].token);
    else
        ck_assert_uint_eq(list.count, limits[_i].rules);
    dmx_arena_free(&arena);
}
END_TEST

/* The real list, cut at any byte, is never taken for a whole one. */
START_TEST(cut_anywhere)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_slice text = sample_file(SAMPLE_TEXT, arena);
    for (size_t len = 0; len < text.len; len += len < 1000 || len + 1000 > text.len ? 1 : 2003) {
        struct dmx_arena *scratch = dmx_arena_new(DMX_LIST_ARENA_BYTES);
        struct dmx_list list;
        struct dmx_reason reason;
        enum dmx_status status = dmx_list_parse(dmx_slice_upto(text, len), scratch, &list, &reason);
        ck_assert_msg(status == DMX_INVALID, "%zu bytes: %s", len, dmx_status_name(status));
        dmx_arena_free(&scratch);
    }
    dmx_arena_free(&arena);
}
END_TEST

/* Whatever memory is missing, it is said so. */
START_TEST(without_memory)
{
    static const char text[] = "// VERSION: 2024-02-29_12-34-56_UTC\n" SAMPLE_LIST("com\n*.ck\n!www.ck\n", "b.com\n");
    for (size_t cap = 0;; cap += 8 * 1024) {
        struct dmx_arena *arena = dmx_arena_new(cap);
        struct dmx_list list;
        struct dmx_reason reason;
        enum dmx_status status = dmx_list_parse(dmx_slice_cstr(text), arena, &list, &reason);
        ck_assert_msg(status == DMX_OK || status == DMX_NOMEM, "%zu: %s", cap, dmx_status_name(status));
        dmx_arena_free(&arena);
        if (status == DMX_OK)
            break;
        ck_assert_str_eq(reason.token, "memory");
    }
}
END_TEST

#define ANSWERS                                                                                               \
    SAMPLE_LIST("com\nuk\nco.uk\n*.ck\n!www.ck\njp\n*.kobe.jp\n!city.kobe.jp\n\xe5\x85\xac\xe5\x8f\xb8.cn\n", \
                "a.co.uk\n*.x.com\nx.com\n")

static const struct {
    const char *domain, *suffix;
} answers[] = {
    {"com", "com"},
    {"example.com", "com"},
    {"a.example.com", "com"},
    {"unknown", "unknown"},
    {"a.unknown", "unknown"},
    {"co.uk", "co.uk"},
    {"b.co.uk", "co.uk"},
    {"a.co.uk", "a.co.uk"},
    {"b.a.co.uk", "a.co.uk"},
    {"aco.uk", "uk"},
    {"a.aco.uk", "uk"},
    {"ck", "ck"},
    {"x.ck", "x.ck"},
    {"y.x.ck", "x.ck"},
    {"www.ck", "ck"},
    {"a.www.ck", "ck"},
    {"kobe.jp", "kobe.jp"}, /* by libpsl's reading of a wildcard */
    {"c.kobe.jp", "c.kobe.jp"},
    {"b.c.kobe.jp", "c.kobe.jp"},
    {"city.kobe.jp", "kobe.jp"},
    {"a.city.kobe.jp", "kobe.jp"},
    {"x.com", "x.com"},
    {"y.x.com", "y.x.com"},
    {"z.y.x.com", "y.x.com"},
    {"xn--55qx5d.cn", "xn--55qx5d.cn"},
    {"a.xn--55qx5d.cn", "xn--55qx5d.cn"},
    {"\xe5\x85\xac\xe5\x8f\xb8.cn", "\xe5\x85\xac\xe5\x8f\xb8.cn"},
    {"a.\xe5\x85\xac\xe5\x8f\xb8.cn", "\xe5\x85\xac\xe5\x8f\xb8.cn"},
    {"\xe5\x85\xac.cn", "cn"},
};

START_TEST(answer)
{
    struct dmx_arena *arena = dmx_arena_new(1 << 20);
    struct dmx_list list = sample_parse(dmx_slice_cstr(ANSWERS), arena);
    struct dmx_slice domain = dmx_slice_cstr(answers[_i].domain);
    size_t len = dmx_list_suffix_len(&list, domain);
    ck_slice_eq(answers[_i].domain, dmx_slice_from(domain, domain.len - len), answers[_i].suffix);
    ck_assert(dmx_list_is_suffix(&list, domain) == (len == domain.len));
    ck_assert(!dmx_list_is_suffix(&list, DMX_SLICE_NONE));
    dmx_arena_free(&arena);
}
END_TEST

DMX_SUITE(list)
{
    DMX_TABLE(refuses, refused);
    DMX_TABLE(accepts, accepted);
    DMX_TABLE(version, versions);
    DMX_TEST(header);
    DMX_TABLE(limit, limits);
    DMX_TEST(cut_anywhere);
    DMX_TEST(without_memory);
    DMX_TABLE(answer, answers);
}
