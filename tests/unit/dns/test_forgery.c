/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The resolver among forgers, liars and old servers, over real sockets. */
#include <string.h>

#include "dmx/base/clock.h"
#include "render.h"
#include "resolving.h"
#include "server.h"
#include "suite.h"

/* The answer to one question, and how often it was asked; the tries are as short as a silence is expected. */
static void expect(const char *label, enum habit habit, const char *want, unsigned udp, unsigned tcp)
{
    struct server server;
    server_start(&server, habit);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 300, 2, NULL);
    ck_assert_ptr_null(ask("forged.example.test"));
    run(resolver, 20000);
    const struct dmx_answer *answer = ask("forged.example.test");
    ck_assert_msg(answer != NULL, "%s: no answer", label);
    if (want)
        ck_slice_eq(label, render(answer, arena), want);
    else /* one c-ares drops it and waits on, another hands it over: no record either way */
        ck_assert_msg(dmx_answer_is_temporary(answer), "%s: %s", label, dmx_dns_status_name(answer->status));
    if (udp)
        ck_assert_msg(server.seen->udp == udp && server.seen->tcp == tcp, "%s: %u by UDP, %u by TCP", label,
                      server.seen->udp, server.seen->tcp);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}

/* A forged packet before the true one ends no lookup and is not believed. */
static const struct {
    const char *label;
    enum habit habit;
    unsigned tcp;
} forgeries[] = {
    {"another id", SPOOF_ID, 0},
    {"two hundred other ids", SPOOF_FLOOD, 0},
    {"another name", SPOOF_NAME, 0},
    {"another type", SPOOF_TYPE, 0},
    {"from another port", SPOOF_PORT, 0},
    {"a query, with another id", SPOOF_QUERY, 0},
    {"other letters, so by TCP", SPOOF_CASE, 1},
};

START_TEST(a_forgery_is_not_believed)
{
    expect(forgeries[_i].label, forgeries[_i].habit, "ok 60 | TXT ok", 1, forgeries[_i].tcp);
}
END_TEST

/* Bytes that do not add up are no record: a temporary error, at once or when the time for the true answer is over. */
static const struct {
    const char *label;
    enum habit habit;
    const char *want; /* NULL: any temporary error */
} lies[] = {
    {"a label longer than the message", LONG_NAME, NULL},
    {"an owner that points to itself", LOOP_SELF, NULL},
    {"two names that point to each other", LOOP_TWO, NULL},
    {"an owner that points ahead", LOOP_FORWARD, NULL},
    {"data longer than the message", LIES_RDLENGTH, NULL},
    {"data longer than the record says", LIES_SHORT, NULL},
    {"a string longer than the data", LIES_STRING, NULL},
    {"more records announced than there are", LIES_COUNT, NULL},
    {"a record that no count announces", LIES_NONE, NULL},
    {"no whole header", CUT_HEADER, NULL},
    {"ends within the record", CUT_RECORD, NULL},
    {"no question", NO_QUESTION, NULL},
    {"two questions", TWO_QUESTIONS, NULL},
    {"QR not set", IS_QUERY, NULL},
    {"another opcode", OTHER_OPCODE, NULL},
    {"a record of another class", OTHER_CLASS, "nodata 0"},
    {"a record of another name", OTHER_OWNER, "nodata 0"},
    {"a CNAME to itself", CNAME_LOOP, NULL},
};

START_TEST(a_lie_is_no_record)
{
    expect(lies[_i].label, lies[_i].habit, lies[_i].want, 0, 0);
}
END_TEST

/* A server without EDNS is asked without, also where its refusal has no other form than an error. */
static const struct {
    const char *label;
    enum habit habit;
    unsigned udp;
} old_servers[] = {
    {"FORMERR", NO_EDNS, 2},
    {"NOTIMP", NO_EDNS_NOTIMP, 2},
    {"BADVERS", NO_EDNS_BADVERS, 2},
};

START_TEST(without_edns)
{
    struct server server;
    server_start(&server, old_servers[_i].habit);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    static const char *const names[] = {"a.example.test", "b.example.test", "c.example.test"};
    for (size_t i = 0; i < DMX_COUNT(names); i++) {
        ck_assert_ptr_null(ask(names[i]));
        run(resolver, 20000);
        ck_assert_ptr_nonnull(ask(names[i]));
        ck_slice_eq(old_servers[_i].label, render(ask(names[i]), arena), "ok 60 | TXT ok");
    }
    /* It is remembered, at the latest after c-ares has stopped to try for us. */
    ck_assert_msg(server.seen->edns <= 2, "%s: %u queries with EDNS", old_servers[_i].label, server.seen->edns);
    ck_assert_uint_eq(server.seen->tcp, 0);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(refused_with_and_without_edns)
{
    expect("FORMERR always", FORMERR_ALWAYS, "refused 0", 0, 0);
}
END_TEST

/* One strange refusal must not cut the large answers that come later: c-ares 1.18 would take 512 bytes of them. */
START_TEST(one_refusal_of_edns_cuts_no_later_answer)
{
    struct server server;
    server_start(&server, NO_EDNS_ONCE);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    static const char *const names[] = {"a.example.test", "b.example.test", "c.example.test"};
    for (size_t i = 0; i < DMX_COUNT(names); i++)
        ck_assert_ptr_null(ask(names[i]));
    while (dmx_answers_open(book))
        run(resolver, 20000);
    for (size_t i = 0; i < DMX_COUNT(names); i++)
        ck_assert_msg(ask(names[i])->status == DMX_DNS_OK, "%s: %s", names[i],
                      dmx_dns_status_name(ask(names[i])->status));
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* Of forty letters at least one is in each case but once in 2^39 queries. */
static const char many_letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn.example.test";

static void ask_twice(struct dmx_resolver *resolver, const char *second)
{
    ck_assert_ptr_null(ask(many_letters));
    run(resolver, 20000);
    ck_assert_ptr_null(ask(second));
    run(resolver, 20000);
    ck_slice_eq("first", render(ask(many_letters), arena), "ok 60 | TXT ok");
    ck_slice_eq("second", render(ask(second), arena), "ok 60 | TXT ok");
}

static const struct {
    const char *label;
    enum habit habit;
    unsigned udp, tcp, mixed; /* of two questions */
} letters[] = {
    {"kept", ANSWERS, 2, 0, 2},
    {"not kept: once by TCP, then as given", OTHER_CASE, 2, 1, 2},
    {"not kept, and no TCP: once more by UDP, then as given", OTHER_CASE_UDP_ONLY, 3, 1, 1},
    {"a forgery changes nothing for the next question", SPOOF_CASE, 2, 2, 4},
};

START_TEST(letters_are_random_where_the_server_keeps_them)
{
    struct server server;
    server_start(&server, letters[_i].habit);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 1, NULL);
    ask_twice(resolver, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example.test");
    const struct seen *seen = server.seen;
    ck_assert_msg(seen->udp == letters[_i].udp && seen->mixed == letters[_i].mixed &&
                      (seen->tcp == letters[_i].tcp || letters[_i].habit == OTHER_CASE_UDP_ONLY),
                  "%s: %u by UDP, %u by TCP, %u with random letters", letters[_i].label, seen->udp, seen->tcp,
                  seen->mixed);
    ck_assert_uint_eq(seen->odd, 0);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* Sixteen questions, one after another, each alone: ids and ports that somebody afar could not guess from the last. */
START_TEST(ids_and_ports_change)
{
    struct server server;
    unsigned same_id = 0, same_port = 0;
    server_start(&server, ANSWERS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    uint16_t id = 0, port = 0;
    for (char letter = 'a'; letter <= 'p'; letter++) {
        char name[] = "?.example.test";
        name[0] = letter;
        ck_assert_ptr_null(ask(name));
        run(resolver, 20000);
        ck_slice_eq(name, render(ask(name), arena), "ok 60 | TXT ok");
        same_id += server.seen->last_id == id;
        same_port += server.seen->last_port == port;
        id = server.seen->last_id;
        port = server.seen->last_port;
    }
    ck_assert_uint_le(same_id, 1);
    ck_assert_uint_le(same_port, 1);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

DMX_SUITE(dns_forgery)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(a_forgery_is_not_believed, forgeries);
    DMX_TABLE(a_lie_is_no_record, lies);
    DMX_TABLE(without_edns, old_servers);
    DMX_TEST(refused_with_and_without_edns);
    DMX_TEST(one_refusal_of_edns_cuts_no_later_answer);
    DMX_TABLE(letters_are_random_where_the_server_keeps_them, letters);
    DMX_TEST(ids_and_ports_change);
}
