/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/redact.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { ARENA = 16 * 1024 * 1024, TOKEN = 9 + 16 };

static struct dmx_config *config;
static struct dmx_arena *arena;
static struct dmx_redaction redaction;

static void begin(void)
{
    static const uint8_t key[16] = "0123456789abcde";
    ck_assert_int_eq(dmx_config_new(&config), DMX_OK);
    arena = dmx_arena_new(ARENA);
    redaction = dmx_redaction_of(config, key);
}

static void end(void)
{
    dmx_arena_free(&arena);
    dmx_config_free(&config);
}

/* The text with each hash as "#", and "#2" for one that is other than the first. */
static struct dmx_slice shorten(struct dmx_slice text, char *buf, size_t size)
{
    struct dmx_builder out = dmx_builder_fixed(buf, size);
    struct dmx_slice first = DMX_SLICE_NONE;
    for (size_t at = 0; at < text.len;) {
        struct dmx_slice rest = dmx_slice_from(text, at), token = dmx_slice_upto(rest, TOKEN);
        if (!dmx_slice_starts(rest, DMX_SLICE("redacted-"))) {
            dmx_put_char(&out, text.ptr[at++]);
            continue;
        }
        first = first.len ? first : token;
        dmx_put_cstr(&out, dmx_slice_eq(first, token) ? "#" : "#2");
        at += TOKEN;
    }
    return dmx_builder_text(&out);
}

static const struct {
    const char *label, *text, *want;
} rows[] = {
    {"L11 an address", "to a.b@example.com now", "to #@example.com now"},
    {"L11 the same in another case", "A.B@example.com a.b@example.net", "#@example.com #@example.net"},
    {"L11 another one", "a@x.example,b@x.example", "#@x.example,#2@x.example"},
    {"L11 in angles", "<a@x.example>", "<#@x.example>"},
    {"L11 quoted", "\"a b\"@x.example", "#@x.example"},
    {"L11 quoted, with a quote in it", "\"a\\\"b\"@x.example", "#@x.example"},
    {"L11 a source route", "<@r.example:a@x.example>", "<@r.example:#@x.example>"},
    {"L11 a comment before the at sign", "a(b)@x.example", "#(b)@x.example"},
    {"L11 a comment with a blank", "a (b c)@x.example", "# (b c)@x.example"},
    {"L11 blanks around it", "a @ x.example", "# @ x.example"},
    {"L11 over a fold", "a\n @x.example", "#\n @x.example"},
    {"L11 an encoded at sign", "a%40x.example", "#%40x.example"},
    {"L11 entities", "a&#64;x b&#x40;x c&commat;x", "#&#64;x #2&#x40;x #2&commat;x"},
    {"L11 entities with zeros, and none at their end", "a&#064;x b&#X0040;x c&#64x d&#x40z",
     "#&#064;x #2&#X0040;x #2&#64x #2&#x40z"},
    {"entities of other characters", "a&#640;x b&#x402;x c&#6;4;x d&#;64x", "a&#640;x b&#x402;x c&#6;4;x d&#;64x"},
    {"L11 encoded twice", "a%2540x.example", "#%2540x.example"},
    {"L11 8 bits", "\xc3\xbc@x.example", "#@x.example"},
    {"L11 a literal", "a@[192.0.2.1]", "#@[192.0.2.1]"},
    {"L11 one that a list made up", "bounce+a=x.example@l.example", "#@l.example"},
    {"L11 a property keeps its name", "smtp.mailfrom=a@x.example", "smtp.mailfrom=#@x.example"},
    {"L11 and so does a tag", "i=a@x.example", "i=#@x.example"},
    {"L11 two at signs", "a@b@x.example", "#@#2@x.example"},
    {"a domain behind a blank", "a@ b", "#@ b"},
    {"no local part", "@x.example", "@x.example"},
    {"a time, better once too often", "meet @ 5", "# @ 5"},
    {"nothing", "", ""},
    {"an at sign alone", "@", "@"},
    {"L11 a link", "http://x.example/ HTTPS://y.example ftp://z", "hxxp://x.example/ HxxPS://y.example fxp://z"},
    {"L11 a link with an address", "http://x.example/u?m=a@x.example", "hxxp://x.example/u?m=#@x.example"},
    {"L11 private addresses", "10.0.0.1 192.0.2.1 [192.168.1.1]", "X.X.X.X 192.0.2.1 [X.X.X.X]"},
};

START_TEST(texts)
{
    char buf[500];
    begin();
    struct dmx_slice got = dmx_redact_text(&redaction, dmx_slice_cstr(rows[_i].text), arena);
    ck_slice_eq(rows[_i].label, shorten(got, buf, sizeof buf), rows[_i].want);
    end();
}
END_TEST

static const struct {
    const char *label, *field, *want;
} fields[] = {
    {"L11 encoded", "Subject: =?utf-8?B?YUB4?= b", "Subject: [redacted] b"},
    {"L11 Q", "Subject: =?utf-8?Q?a=40x?=", "Subject: [redacted]"},
    {"L11 divided", "Subject: =?utf-8?Q?a?=\n =?utf-8?B?QHg=?=", "Subject: [redacted]"},
    {"L11 an address of ours", "Subject: =?utf-8?Q?10.0.0.1?=", "Subject: [redacted]"},
    {"L11 an entity", "Subject: =?utf-8?B?YSYjNjQ7eA==?=", "Subject: [redacted]"},
    {"L11 a link", "Subject: =?utf-8?B?aHR0cDovL3gv?=", "Subject: [redacted]"},
    {"L11 with a blank in it", "Subject: =?utf-8?Q?a=40 x?= b", "Subject: [redacted] b"},
    {"L11 UTF-7", "Subject: =?UTF-7?Q?a+AEA-x?=", "Subject: [redacted]"},
    {"L11 UTF-16", "Subject: =?utf-16be?B?ADEAMAAuADAALgAwAC4AMQ==?=", "Subject: [redacted]"},
    {"L11 one of them", "Subject: =?utf-8?Q?a?= =?utf-7?Q?+AEA-x?=", "Subject: [redacted]"},
    {"another charset in which ASCII is ASCII",
     "Subject: =?ISO-2022-JP*ja?B?GyRCRnxLXBsoQg==?=", "Subject: =?ISO-2022-JP*ja?B?GyRCRnxLXBsoQg==?="},
    {"what hides nothing stays", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?="},
    {"what is none stays", "Subject: =?x?= =?utf-8?Z?a?= =?utf-8?Q?a", "Subject: =?x?= =?utf-8?Z?a?= =?utf-8?Q?a"},
    {"the name stays", "X-A:@a@x", "X-A:@#@x"},
    {"L11 but not one with an address", "a@x: b", "#@x: b"},
};

START_TEST(encoded)
{
    char buf[500];
    begin();
    struct dmx_slice got = dmx_redact_field(&redaction, dmx_slice_cstr(fields[_i].field), arena);
    ck_slice_eq(fields[_i].label, shorten(got, buf, sizeof buf), fields[_i].want);
    end();
}
END_TEST

/* Another key is another hash; the store's own is not the one that is used. */
START_TEST(keys)
{
    static const uint8_t other[16] = "1123456789abcde";
    char buf[100], other_buf[100];
    begin();
    struct dmx_redaction second = dmx_redaction_of(config, other);
    struct dmx_builder a = dmx_builder_fixed(buf, sizeof buf), b = dmx_builder_fixed(other_buf, sizeof other_buf);
    dmx_put_redacted(&a, &redaction, DMX_SLICE("a"), arena);
    dmx_put_redacted(&b, &second, DMX_SLICE("a"), arena);
    ck_assert(dmx_builder_text(&a).len == TOKEN && !dmx_slice_eq(dmx_builder_text(&a), dmx_builder_text(&b)));
    ck_assert(memcmp(redaction.key, "0123456789abcde", 16) != 0);
    redaction.on = false;
    ck_slice_eq("off", dmx_redact_text(&redaction, DMX_SLICE("a@x http://x 10.0.0.1"), arena), "a@x http://x X.X.X.X");
    redaction.mask.on = false;
    ck_slice_eq("all off", dmx_redact_text(&redaction, DMX_SLICE("a@x 10.0.0.1"), arena), "a@x 10.0.0.1");
    end();
}
END_TEST

/* Texts longer than the mask takes: an address at every place around its limit, between blanks and in a word. */
START_TEST(long_texts)
{
    static char text[3 * DMX_MASK_TEXT];
    begin();
    for (size_t at = DMX_MASK_TEXT - 20; at < DMX_MASK_TEXT + 20; at++)
        for (int kind = 0; kind < 3; kind++) {
            memset(text, "x x"[kind], sizeof text);
            memcpy(text + at, kind == 2 ? "x10.0.0.1x" : " 10.0.0.1 ", 10);
            struct dmx_slice got = dmx_redact_text(&redaction, dmx_slice(text, sizeof text), arena);
            ck_assert_msg(!memmem(got.ptr, got.len, "10.0.0.1", 8), "%zu, %d", at, kind);
            ck_assert_msg(dmx_redaction_finds_hidden(&redaction, dmx_slice(text, sizeof text)), "%zu, %d", at, kind);
        }
    memset(text, '1', sizeof text);
    ck_slice_eq("a word that nobody can look at", dmx_redact_text(&redaction, dmx_slice(text, sizeof text), arena),
                "[...]");
    end();
}
END_TEST

DMX_SUITE(redact)
{
    DMX_TABLE(texts, rows);
    DMX_TABLE(encoded, fields);
    DMX_TEST(keys);
    DMX_TEST(long_texts);
}
