/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whom a bounce is about, what it says, and for how long an address is left alone then. */
#include "dmx/report/bounce.h"

#include <string.h>

#include "dmx/report/suppress.h"
#include "dmx/report/verp.h"
#include "world.h"

static const uint8_t key[16] = "0123456789abcdef", other_key[16] = "0123456789abcdeF";

static const char *verp_of(int64_t delivery)
{
    static char buf[400];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_verp(&b, key, DMX_SLICE("dmarc@receiver.example"), delivery);
    return dmx_builder_text(&b).ptr;
}

START_TEST(verp)
{
    char text[600];
    int64_t found = 0;
    ck_assert_msg(strncmp(verp_of(77), "dmarc+b77-", 10) == 0 && strstr(verp_of(77), "@receiver.example"), "%s",
                  verp_of(77));
    snprintf(text, sizeof text, "+b+b7-x To: <%s> more", verp_of(77));
    ck_assert(dmx_verp_find(key, dmx_slice_cstr(text), &found));
    ck_assert_int_eq(found, 77);
    for (char *at = text; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
    ck_assert_msg(dmx_verp_find(key, dmx_slice_cstr(text), &found), "in capitals: %s", text);
    ck_assert(!dmx_verp_find(other_key, dmx_slice_cstr(verp_of(77)), &found));
    ck_assert(dmx_verp_find(key, dmx_slice_cstr(verp_of(INT64_MAX)), &found) && found == INT64_MAX);
}
END_TEST

/* Each byte of a token counts. */
START_TEST(verp_forged)
{
    char text[200];
    int64_t found;
    snprintf(text, sizeof text, "%s", verp_of(12));
    char *end = strchr(text, '@');
    for (char *at = strchr(text, 'b'); at < end; at++) {
        char was = *at;
        *at = was == '3' ? '4' : '3';
        ck_assert_msg(!dmx_verp_find(key, dmx_slice_cstr(text), &found), "%s", text);
        *at = was;
    }
    for (size_t cut = 0; cut < (size_t)(end - text); cut++)
        ck_assert(!dmx_verp_find(key, dmx_slice(text, cut), &found));
}
END_TEST

START_TEST(verp_too_long)
{
    char buf[400];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_verp(&b, key, DMX_SLICE("a234567890123456789012345678901234567890123456@r.example"), 1);
    ck_assert(b.failed);
}
END_TEST

#define DSN(action)                                                                                                    \
    "From: MAILER-DAEMON@a.example\nAuto-Submitted: auto-replied\nContent-Type: multipart/report\n\n--b\n\nSorry.\n"   \
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; d@a.ex\n" \
    "Action: " action "\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b--\n"

static const struct {
    const char *label, *text;
    enum dmx_bounce_kind want;
    const char *why;
} bounces[] = {
    {"failed", DSN("failed"), DMX_BOUNCE_FAILED, "smtp; 550 no such user"},
    {"failed, with a comment and capitals", DSN("FAILED (really)"), DMX_BOUNCE_FAILED, "smtp; 550 no such user"},
    {"delayed", DSN("delayed"), DMX_BOUNCE_DELAYED, "smtp; 550 no such user"},
    {"relayed", DSN("relayed"), DMX_BOUNCE_DELAYED, "smtp; 550 no such user"},
    {"one of two failed", DSN("delivered") "Action: failed\n", DMX_BOUNCE_FAILED, "smtp; 550 no such user"},
    {"Exim's own", "X-Failed-Recipients: d@a.example\r\nSubject: Mail delivery failed\r\n\r\ntext\r\n",
     DMX_BOUNCE_FAILED, "Mail delivery failed"},
    {"an answer", "Auto-Submitted: auto-replied (vacation)\nSubject: away\n\nI am away.\n", DMX_BOUNCE_ANSWER, "away"},
    {"this one is too large", "\n\nStatus: 5.3.4\n", DMX_BOUNCE_TOO_LARGE, "5.3.4"},
    {"too large for the mailbox", "\n\nDiagnostic-Code: smtp; 554 5.2.3 too large\n", DMX_BOUNCE_TOO_LARGE,
     "smtp; 554 5.2.3 too large"},
    {"too large, as Exim tells it",
     "\n\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 Message size exceeds\n", DMX_BOUNCE_TOO_LARGE,
     "smtp; 552 Message size exceeds"},
    {"a mailbox that is full", "\n\nAction: failed\nDiagnostic-Code: smtp; 552 5.2.2 full\n", DMX_BOUNCE_FAILED,
     "smtp; 552 5.2.2 full"},
    {"numbers within numbers", "\n\nDiagnostic-Code: smtp; 550 15.3.41 5521\n", DMX_BOUNCE_FAILED,
     "smtp; 550 15.3.41 5521"},
    {"too large, and only late", "\n\nAction: delayed\nStatus: 5.3.4\n", DMX_BOUNCE_DELAYED, "5.3.4"},
    {"a word in the body", "Subject: x\n\nAuto-Submitted: auto-replied\n", DMX_BOUNCE_FAILED, "x"},
    {"any text", "Subject: undeliverable\n\nno.\n", DMX_BOUNCE_FAILED, "undeliverable"},
    {"nothing", "", DMX_BOUNCE_FAILED, ""},
    {"no line end", "Subject:x", DMX_BOUNCE_FAILED, "x"},
    {"no header", "\nStatus: 5.0.0\n", DMX_BOUNCE_FAILED, "5.0.0"},
};

START_TEST(bounce)
{
    struct dmx_bounce got;
    dmx_bounce_read(dmx_slice_cstr(bounces[_i].text), &got);
    ck_assert_msg(got.kind == bounces[_i].want, "%s: %d", bounces[_i].label, got.kind);
    ck_slice_eq(bounces[_i].label, got.why, bounces[_i].why);
}
END_TEST

START_TEST(bounce_large)
{
    static char text[DMX_BOUNCE_MAX_BYTES + 100];
    struct dmx_bounce got;
    memset(text, '\n', sizeof text - 1);
    dmx_bounce_read(dmx_slice(text, sizeof text), &got);
    ck_assert_int_eq(got.kind, DMX_BOUNCE_FAILED);
    memset(text, 'a', sizeof text - 1);
    dmx_bounce_read(dmx_slice(text, sizeof text), &got);
    ck_assert_int_eq(got.kind, DMX_BOUNCE_FAILED);
}
END_TEST

static const int64_t waits[] = {3, 6, 12, 24, 48, 96, 96, 96};

/* Of failure reports: the address has to stand in the message. */
static const struct {
    const char *label, *message, *want;
} failure_bounces[] = {
    {"in a field", "Final-Recipient: rfc822;f@x.example\n", "f@x.example"},
    {"in another case, with a stop", "to <other@y.example> F@X.EXAMPLE. failed", "F@X.EXAMPLE"},
    {"of many", "a@x.example @ x@ @x <f@x.example>", "f@x.example"},
    {"not there", "a@x.example", NULL},
    {"a longer one", "af@x.example f@x.example.org f@x.exampl", NULL},
    {"nothing", "", NULL},
};

START_TEST(failure_verp)
{
    char room[200];
    struct dmx_slice address = DMX_SLICE_NONE, message = dmx_slice_cstr(failure_bounces[_i].message);
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    dmx_put_failure_verp(&b, key, DMX_SLICE("dmarc@receiver.example"), DMX_SLICE("f@X.example"));
    struct dmx_slice envelope = dmx_builder_text(&b);
    bool found = dmx_failure_verp_find(key, envelope, message, &address);
    ck_assert_msg(found == (failure_bounces[_i].want != NULL), "%s: %d", failure_bounces[_i].label, found);
    if (found)
        ck_slice_eq(failure_bounces[_i].label, address, failure_bounces[_i].want);
    ck_assert(!dmx_failure_verp_find(other_key, envelope, message, &address));
    int64_t delivery;
    ck_assert_msg(!dmx_verp_find(key, envelope, &delivery), "neither is the other");
    room[12] = room[12] == '0' ? '1' : '0'; /* the first digit of the mac */
    ck_assert(!dmx_failure_verp_find(key, envelope, message, &address));
}
END_TEST

START_TEST(suppression_grows)
{
    struct dmx_store_suppression s;
    int64_t now_s = NOW_S;
    bool now;
    struct dmx_store *store = world_store();
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    for (size_t i = 0; i < DMX_COUNT(waits); i++) {
        ck_store_ok(store, dmx_suppress_add(store, DMX_SLICE("D@A.example"), now_s, DMX_SLICE("why"), arena));
        /* A second bounce of the same days is no second reason. */
        ck_store_ok(store, dmx_suppress_add(store, DMX_SLICE("d@a.EXAMPLE"), now_s + 60, DMX_SLICE("more"), arena));
        ck_store_ok(store, dmx_suppress_find(store, DMX_SLICE("d@a.example"), now_s + 60, arena, &now, &s));
        ck_assert(now);
        ck_assert_int_eq(s.until_s - now_s, waits[i] * DMX_DAY_S);
        ck_slice_eq("why", s.reason, "why");
        now_s = s.until_s;
        ck_store_ok(store, dmx_suppress_find(store, DMX_SLICE("d@a.example"), now_s, arena, &now, &s));
        ck_assert(!now);
    }
    dmx_arena_free(&arena);
    dmx_store_free(&store);
}
END_TEST

DMX_SUITE(bounce)
{
    tcase_add_checked_fixture(tcase, world_setup, world_teardown);
    DMX_TEST(verp);
    DMX_TEST(verp_forged);
    DMX_TEST(verp_too_long);
    DMX_TABLE(failure_verp, failure_bounces);
    DMX_TABLE(bounce, bounces);
    DMX_TEST(bounce_large);
}

DMX_STORE_SUITE(suppression)
{
    tcase_add_checked_fixture(tcase, world_setup, world_teardown);
    DMX_TEST(suppression_grows);
}
