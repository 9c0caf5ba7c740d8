/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * From fields as the published collections of spoofing tricks have them (Chen, Paxson and Jiang 2020, "Composition
 * Kills"; Shen et al. 2021, "Weak Links in Authentication Chains"; what mail programs were caught with since). The
 * sender owns evil.example, whose SPF passes; the victim publishes p=reject. Whatever a mail program may show as the
 * victim must never pass: it passes as evil.example where every reader sees that, and else is refused or quarantined.
 */
#include <string.h>

#include "road.h"
#include "suite.h"

#define ZONE                                              \
    "_dmarc.victim.example. TXT \"v=DMARC1; p=reject\"\n" \
    "victim.example. TXT \"v=spf1 -all\"\n"               \
    "_dmarc.evil.example. TXT \"v=DMARC1; p=none\"\n"     \
    "evil.example. TXT \"v=spf1 ip4:192.0.2.66 -all\"\n"  \
    "*.evil.example. TXT \"v=spf1 ip4:192.0.2.66 -all\"\n"

enum outcome {
    EVIL,    /* passes as evil.example: that is the address which everybody sees */
    REFUSED, /* the victim can be read from it, so its policy holds */
    MARKED,  /* nobody's domain can be read from it: on_bad_from */
};

#define V "ceo@victim.example"
#define E "x@evil.example"

static const struct {
    const char *label;
    const char *fields;
    enum outcome want;
} rows[] = {
    {"A4 two fields", "From: " V "\nFrom: " E "\n", REFUSED},
    {"A4 two fields, the other order", "From: " E "\nFrom: " V "\n", REFUSED},
    {"A4 two fields, different case", "FROM: " E "\nfrom: " V "\n", REFUSED},
    {"A4 two fields, blank before the colon", "From : " V "\nFrom: " E "\n", REFUSED},
    {"A4 two fields, tab before the colon", "From: " E "\nFrom\t: " V "\n", REFUSED},
    {"A4 three fields", "From: " E "\nFrom: " E "\nFrom: " V "\n", REFUSED},
    {"A4 the same twice", "From: " E "\nFrom: " E "\n", MARKED},
    {"A4 two addresses", "From: " E ", " V "\n", REFUSED},
    {"A4 two in brackets", "From: <" E ">,<" V ">\n", REFUSED},
    {"A4 two in brackets, no comma", "From: <" E "><" V ">\n", REFUSED},
    {"A4 two in brackets, a blank", "From: <" V "> <" E ">\n", REFUSED},
    {"A4 two, an empty one between", "From: " V ",, " E "\n", REFUSED},
    {"A4 five domains", "From: a@b.example, c@d.example, e@f.example, " V ", " E "\n", REFUSED},
    {"A7 comment behind", "From: " E " (" V ")\n", EVIL},
    {"A7 comment before", "From: (" V ") " E "\n", EVIL},
    {"A7 comment inside", "From: x(" V ")@evil.example\n", EVIL},
    {"A7 comment behind the @", "From: x@(victim.example)evil.example\n", EVIL},
    {"A7 nested comments", "From: " E " (a (b (" V ")))\n", EVIL},
    {"A7 comment that does not end", "From: " E " (" V "\n", REFUSED},
    {"A7 comment with an escaped end", "From: " E " (\\) <" V ">)\n", EVIL},
    {"A7 comment of 40 levels",
     "From: ((((((((((((((((((((((((((((((((((((((((" V "))))))))))))))))))))))))))))))))))))))))" E "\n", REFUSED},
    {"A7 name is an address", "From: " V " <" E ">\n", REFUSED},
    {"A7 name is an address in quotes", "From: \"" V "\" <" E ">\n", EVIL},
    {"A7 name is an address, encoded", "From: =?utf-8?q?ceo=40victim.example?= <" E ">\n", EVIL},
    {"A7 name is an address, base64", "From: =?utf-8?b?Y2VvQHZpY3RpbS5leGFtcGxl?= <" E ">\n", EVIL},
    {"A7 name is brackets, encoded", "From: =?utf-8?q?=3Cceo=40victim.example=3E?= <" E ">\n", EVIL},
    {"A7 quote that does not end", "From: \"" V "\" <" E "> \"\n", REFUSED},
    {"A7 quote with a NUL in it, encoded", "From: =?utf-8?b?Y2VvQHZpY3RpbS5leGFtcGxlAA==?= <" E ">\n", EVIL},
    {"A7 brackets that do not end", "From: <" V " <" E ">\n", REFUSED},
    {"A7 closing bracket alone", "From: " V "> <" E ">\n", REFUSED},
    {"A7 nested brackets", "From: <<" V "><" E ">>\n", REFUSED},
    {"A7 brackets around a name", "From: <" V ">" E "\n", REFUSED},
    {"A7 empty brackets", "From: " V " <>\n", REFUSED},
    {"A7 route", "From: <@victim.example:" E ">\n", EVIL},
    {"A7 route of two", "From: <@victim.example,@a.example:" E ">\n", EVIL},
    {"A7 route without end", "From: <@victim.example," E ">\n", REFUSED},
    {"A7 route behind", "From: <" E ":" V ">\n", REFUSED},
    {"A7 two @", "From: " V "@evil.example\n", REFUSED},
    {"A7 two @ in brackets", "From: <" V "@evil.example>\n", REFUSED},
    {"A7 quoted local part", "From: \"" V "\"@evil.example\n", EVIL},
    {"A7 percent", "From: ceo%victim.example@evil.example\n", EVIL},
    {"A7 bang", "From: victim.example!ceo@evil.example\n", EVIL},
    {"A7 group", "From: " V ": " E ";\n", REFUSED},
    {"A7 group named so", "From: \"" V "\": " E ";\n", EVIL},
    {"A7 group without end", "From: friends: " E ", " V "\n", REFUSED},
    {"A7 empty group", "From: " V ":;\n", REFUSED},
    {"A7 empty group, quoted", "From: \"" V "\":;\n", REFUSED},
    {"A7 semicolon for a comma", "From: " V "; " E "\n", REFUSED},
    {"A7 colon", "From: " V ": " E "\n", REFUSED},
    {"A7 backslash", "From: \\" V " <" E ">\n", REFUSED},
    {"A7 backslash before the @", "From: ceo\\@victim.example <" E ">\n", REFUSED},
    {"A7 folded before the @", "From: ceo\n @victim.example,\n " E "\n", REFUSED},
    {"A7 folded in the middle", "From: \"" V "\"\n <x@\n evil\n .example>\n", EVIL},
    {"A7 folded by a blank line", "From:\n  \n " V ",\n " E "\n", REFUSED},
    {"A7 nothing on the first line", "From:\n " V "\n", REFUSED},
    {"A7 control byte", "From: " V "\x01 <" E ">\n", REFUSED},
    {"A7 NUL behind", "From: " V "\x02 <" E ">\n", REFUSED},
    {"A7 NUL in the domain", "From: ceo@victim.example\x02.evil.example\n", REFUSED},
    {"A7 NUL in a comment", "From: " E " (\x02" V ")\n", REFUSED},
    {"A7 vertical tab", "From: \x0b" V " <" E ">\n", REFUSED},
    {"A7 DEL", "From: " E "\x7f" V "\n", REFUSED},
    {"A7 a space in the domain", "From: ceo@victim.example evil.example\n", REFUSED},
    {"A7 a byte of no UTF-8 in the domain", "From: x@victim.example\xff.evil.example\n", REFUSED},
    {"A7 domain literal", "From: x@[192.0.2.66]\n", MARKED},
    {"A7 full-width dot",
     "From: ceo@victim\xef\xbc\x8e"
     "example\n",
     REFUSED},
    {"A7 full-width letters", "From: ceo@\xef\xbd\x96ictim.example\n", REFUSED},
    {"A7 ideographic dot",
     "From: ceo@victim\xe3\x80\x82"
     "example\n",
     REFUSED},
    {"A7 invisible letters", "From: ceo@vic\xe2\x80\x8btim.example\n", REFUSED},
    {"A7 capitals", "From: CEO@VICTIM.EXAMPLE\n", REFUSED},
    {"A7 last dot", "From: ceo@victim.example.\n", REFUSED},
    {"A7 comma in the name", "From: Ceo, Victim <" E ">\n", EVIL},
    {"A7 comma and an address in the name", "From: " V ", Ceo <" E ">\n", REFUSED},
    {"A7 comma and an encoded address", "From: Ceo, =?utf-8?q?ceo=40victim.example?= <" E ">\n", MARKED},
    {"A7 comma and a wide @", "From: Ceo, ceo\xef\xbc\xa0victim.example <" E ">\n", REFUSED},
    {"A1 Resent-From", "Resent-From: " V "\nFrom: " E "\n", EVIL},
    {"A1 Sender", "Sender: " E "\nFrom: " V "\n", REFUSED},
    {"A1 Reply-To", "Reply-To: " E "\nFrom: " V "\n", REFUSED},
    {"A1 From as a prefix", "From-: " E "\nXFrom: " E "\nFrom: " V "\n", REFUSED},
    {"A4 none, and a Sender", "Sender: " V "\n", EVIL}, /* no From, no domain: none, which the test below knows */
};

START_TEST(spoof)
{
    char message[1024];
    snprintf(message, sizeof message, "%sSubject: x\n\nbody\n", rows[_i].fields);
    size_t len = strlen(message);
    /* A NUL is written as \x02 in the table. */
    for (size_t i = 0; i < len; i++)
        message[i] = message[i] == '\x02' ? '\0' : message[i];
    const struct road_input in = {
        .zone = ZONE, .message = message, .message_len = len, .ip = "192.0.2.66", .mail_from = "bounce@evil.example"};
    struct road_output out;
    road_play(&in, &out);
    const struct dmx_verdict *v = &out.verdict;
    bool as_evil = dmx_slice_eq(v->author.domain, DMX_SLICE("evil.example"));
    ck_assert_msg(v->dmarc.result != DMX_PASS || as_evil, "%s: passes as %.*s", rows[_i].label,
                  DMX_SLICE_ARG(v->author.domain));
    switch (rows[_i].want) {
    case EVIL:
        ck_assert_msg(as_evil || v->author.status == DMX_AUTHOR_NONE, "%s: author %.*s, status %d", rows[_i].label,
                      DMX_SLICE_ARG(v->author.domain), v->author.status);
        break;
    case REFUSED:
        ck_assert_msg(v->disposition == DMX_DISPOSITION_REJECT, "%s: %s", rows[_i].label,
                      dmx_disposition_word(v->disposition));
        break;
    case MARKED:
        ck_assert_msg(v->disposition == DMX_DISPOSITION_QUARANTINE, "%s: %s", rows[_i].label,
                      dmx_disposition_word(v->disposition));
        break;
    }
    road_end(&out);
}
END_TEST

/* A5: at most so many domains are looked at; what comes behind them changes nothing. */
START_TEST(bounded_domains)
{
    struct road_output out;
    const struct road_input in = {
        .zone = ZONE "_dmarc.d5.example. TXT \"v=DMARC1; p=reject\"\n",
        .message = "From: a@d1.example, a@d2.example, a@d3.example, a@d4.example, a@d5.example\n\nb\n",
        .ip = "192.0.2.66",
        .mail_from = "bounce@evil.example"};
    road_play(&in, &out);
    ck_assert_uint_eq(out.verdict.author.domain_count, DMX_AUTHOR_DOMAINS);
    ck_assert_msg(out.verdict.disposition == DMX_DISPOSITION_QUARANTINE, "A5: on_bad_from");
    ck_assert_uint_le(out.verdict.questions, 2 * DMX_AUTHOR_DOMAINS + 2);
    road_end(&out);
}
END_TEST

DMX_SUITE(spoof)
{
    DMX_TABLE(spoof, rows);
    DMX_TEST(bounded_domains);
}
