/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../../module/dns/nameservers.h"
#include "dmx/base/clock.h"
#include "dmx/dns/resolver.h"
#include "render.h"
#include "resolving.h"
#include "server.h"

/* How many descriptors this process has open. */
static size_t descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* One question to one server. The tries are short, as those that time out must be waited for. */
static const struct {
    const char *label;
    enum habit habit;
    const char *want;
    unsigned udp, tcp;
} cases[] = {
    {"answer", ANSWERS, "ok 60 | TXT ok", 1, 0},
    {"another case, so by TCP", OTHER_CASE, "ok 60 | TXT ok", 1, 1},
    {"NXDOMAIN", SAYS_NXDOMAIN, "nxdomain 0", 1, 0},
    {"SERVFAIL is not asked twice", SAYS_SERVFAIL, "servfail 0", 1, 0},
    {"REFUSED is not asked twice", SAYS_REFUSED, "refused 0", 1, 0},
    {"truncated, so by TCP", TRUNCATES, "ok 60 | TXT ok", 1, 1},
    {"silence", SILENT, "timeout 0", 2, 0},
    {"wrong id", WRONG_ID, "timeout 0", 2, 0},
    {"wrong question", WRONG_QUESTION, "timeout 0", 2, 0},
};

START_TEST(one_server)
{
    struct server server;
    server_start(&server, cases[_i].habit);
    size_t before = descriptors();
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 200, 2, NULL);
    ck_assert_ptr_null(ask("a.example.test"));
    run(resolver, 20000);
    const struct dmx_answer *answer = ask("a.example.test");
    ck_assert_msg(answer != NULL, "%s: no answer", cases[_i].label);
    ck_slice_eq(cases[_i].label, render(answer, arena), cases[_i].want);
    ck_assert_msg(server.seen->udp == cases[_i].udp && server.seen->tcp == cases[_i].tcp, "%s: %u by UDP, %u by TCP",
                  cases[_i].label, server.seen->udp, server.seen->tcp);
    ck_assert_uint_eq(server.seen->odd, 0);
    ck_assert(!answer->own_fault);
    dmx_resolver_free(&resolver);
    ck_assert_ptr_null(resolver);
    ck_assert_uint_eq(descriptors(), before);
    server_stop(&server);
}
END_TEST

/* For one that ran out of descriptors DNS has not failed. */
START_TEST(no_descriptor_left)
{
    struct server server;
    struct rlimit limit, none;
    server_start(&server, ANSWERS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 200, 1, NULL);
    ck_assert_ptr_null(ask("a.example.test"));
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    run(resolver, 20000);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct dmx_answer *answer = ask("a.example.test");
    ck_assert_ptr_nonnull(answer);
    ck_assert(dmx_answer_is_temporary(answer) && answer->own_fault);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* What cannot be read is dropped by one c-ares and handed over by another: no record either way. */
static const enum habit nonsense[] = {BROKEN_RECORD, GARBAGE};

START_TEST(nonsense_is_temporary)
{
    struct server server;
    server_start(&server, nonsense[_i]);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 200, 2, NULL);
    ck_assert_ptr_null(ask("a.example.test"));
    run(resolver, 20000);
    ck_assert_ptr_nonnull(ask("a.example.test"));
    ck_assert(dmx_answer_is_temporary(ask("a.example.test")));
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(a_large_answer_comes_by_udp)
{
    struct server server;
    server_start(&server, LARGE);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    ck_assert_ptr_null(ask("a.example.test"));
    run(resolver, 20000);
    ck_assert_ptr_nonnull(ask("a.example.test"));
    ck_assert_int_eq(ask("a.example.test")->status, DMX_DNS_OK);
    ck_assert_uint_eq(ask("a.example.test")->rrs[0].data.text.len, 765);
    ck_assert_uint_eq(server.seen->tcp, 0);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* The server answers none of six before it has all six. */
START_TEST(all_are_sent_before_the_first_wait)
{
    static const char *const names[] = {"a.test", "b.test", "c.test", "d.test", "e.test", "f.test"};
    struct server server;
    server_start(&server, HOLDS_SIX);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 20000, 1, NULL);
    for (size_t i = 0; i < DMX_COUNT(names); i++)
        ck_assert_ptr_null(ask(names[i]));
    run(resolver, 20000);
    ck_assert_uint_eq(server.seen->most_held, 6);
    ck_assert_uint_eq(server.seen->udp, 6);
    for (size_t i = 0; i < DMX_COUNT(names); i++) {
        ck_assert_ptr_nonnull(ask(names[i]));
        ck_assert_int_eq(ask(names[i])->status, DMX_DNS_OK);
    }
    ck_assert_uint_ne(server.seen->first_id, server.seen->last_id);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* What is started is under way, and is not sent again. */
START_TEST(start_sends_and_does_not_wait)
{
    struct server server;
    server_start(&server, SILENT);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 60000, 1, NULL);
    struct dmx_dns_source source = dmx_resolver_source(resolver);
    struct dmx_budget budget = {dmx_clock_mono_ms() + 20000, dmx_clock_mono_ms};
    ck_assert_ptr_null(ask("a.example.test"));
    source.start(source.ctx, book, &budget);
    for (int i = 0; i < 5000 && server.seen->udp == 0; i++)
        usleep(1000);
    ck_assert_uint_eq(server.seen->udp, 1);
    ck_assert_uint_eq(dmx_answers_open(book), 1);
    run(resolver, 100);
    end(resolver);
    ck_assert_uint_eq(server.seen->udp, 1);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(the_budget_ends_the_wait)
{
    struct server server;
    server_start(&server, SILENT);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 30000, 2, NULL);
    ck_assert_ptr_null(ask("a.test"));
    ck_assert_ptr_null(ask("b.test"));
    uint64_t start = dmx_clock_mono_ms();
    run(resolver, 300);
    uint64_t took = dmx_clock_mono_ms() - start;
    ck_assert_uint_ge(took, 300);
    ck_assert_uint_lt(took, 20000);
    ck_assert_uint_eq(dmx_answers_open(book), 2);
    ck_assert_ptr_null(ask("a.test"));
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(a_spent_budget_asks_nothing)
{
    struct server server;
    server_start(&server, ANSWERS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 0);
    ck_assert_uint_eq(dmx_answers_open(book), 1);
    /* The next round is answered, so whatever the first one had sent would have arrived before it. */
    run(resolver, 20000);
    ck_assert_uint_eq(dmx_answers_open(book), 0);
    ck_assert_uint_eq(server.seen->udp, 1);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* A message ends while its reply is under way, and its memory is gone: nothing of it may turn up in the next one. */
START_TEST(late_replies_find_nothing)
{
    struct server server;
    server_start(&server, ANSWERS_LATE);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 5000, 2, NULL);
    for (int round = 0; round < 3; round++) {
        ck_assert_ptr_null(ask("gone.test"));
        run(resolver, 50);
        ck_assert_uint_eq(dmx_answers_open(book), 1);
        end(resolver);
        teardown();
        setup();
    }
    ck_assert_ptr_null(ask("new.test"));
    run(resolver, 20000);
    ck_assert_ptr_nonnull(ask("new.test"));
    ck_assert_int_eq(ask("new.test")->status, DMX_DNS_OK);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/*
 * A sender can publish large answers and a resolver may not serve TCP: that must end nobody else's lookup, and least of
 * all that of the author's policy.
 */
START_TEST(trouble_with_tcp_stays_with_its_question)
{
    static const char *const names[] = {"b1.test", "b2.test", "b3.test", "b4.test", "late.test", "fast.test"};
    struct server server;
    server_start(&server, BY_NAME);
    uint16_t ports[] = {server.port, server.port};
    struct dmx_resolver *resolver = resolver_for(ports, (size_t)_i + 1, 2000, 2, NULL);
    for (size_t i = 0; i < DMX_COUNT(names); i++)
        ck_assert_ptr_null(ask(names[i]));
    while (!ask("late.test"))
        run(resolver, 20000);
    ck_assert_int_eq(ask("late.test")->status, DMX_DNS_OK);
    ck_assert_int_eq(ask("fast.test")->status, DMX_DNS_OK);
    ck_assert_uint_ge(server.seen->tcp, 1);
    while (dmx_answers_open(book))
        run(resolver, 20000);
    ck_assert(dmx_answer_is_temporary(ask("b1.test")));
    end(resolver);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* One silent name holds up nothing: the round ends soon after other answers, and the silent one stays under way. */
START_TEST(a_silent_name_holds_up_nothing)
{
    struct server server;
    server_start(&server, BY_NAME);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 30000, 1, NULL);
    ck_assert_ptr_null(ask("silent.test"));
    ck_assert_ptr_null(ask("fast.test"));
    run(resolver, 60000);
    ck_assert_int_eq(ask("fast.test")->status, DMX_DNS_OK);
    ck_assert_uint_eq(dmx_answers_open(book), 1);
    ck_assert_ptr_null(ask("fast2.test"));
    ck_assert_ptr_null(ask("late.test"));
    run(resolver, 60000);
    ck_assert_int_eq(ask("fast2.test")->status, DMX_DNS_OK);
    while (!ask("late.test"))
        run(resolver, 60000);
    ck_assert_uint_eq(server.seen->udp, 4); /* nothing was asked twice */
    ck_assert_ptr_null(ask("silent.test"));
    end(resolver);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* Requirement E6 needs to know which lookups really failed: those that were given the time of one try. */
START_TEST(the_budget_ends_in_timeouts)
{
    struct server server;
    server_start(&server, SILENT);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 200, 10, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 500);
    ck_assert_ptr_nonnull(ask("a.test"));
    ck_assert_int_eq(ask("a.test")->status, DMX_DNS_TIMEOUT);
    end(resolver);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(only_open_questions_are_asked)
{
    struct server server;
    server_start(&server, ANSWERS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 2000, 2, NULL);
    ck_assert_ptr_null(ask("known.test"));
    ck_assert_ptr_null(ask("a.test"));
    dmx_answers_set(book, 0, (struct dmx_answer){.status = DMX_DNS_NODATA});
    run(resolver, 20000);
    ck_assert_int_eq(ask("known.test")->status, DMX_DNS_NODATA);
    ck_assert_int_eq(ask("a.test")->status, DMX_DNS_OK);
    ck_assert_uint_eq(server.seen->udp, 1);
    run(resolver, 20000);
    ck_assert_uint_eq(server.seen->udp, 1);
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* The first of two servers fails in its way; the second one answers. */
static const struct {
    enum habit habit;
    unsigned asked; /* of the first server, after two rounds of one question each */
} failovers[] = {{SILENT, 1}, {SAYS_SERVFAIL, 0}, {SAYS_REFUSED, 0}};

START_TEST(the_next_server_answers)
{
    struct server first, second;
    server_start(&first, failovers[_i].habit);
    server_start(&second, ANSWERS);
    uint16_t ports[] = {first.port, second.port};
    struct dmx_resolver *resolver = resolver_for(ports, 2, 300, 2, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 20000);
    ck_assert_ptr_nonnull(ask("a.test"));
    ck_assert_int_eq(ask("a.test")->status, DMX_DNS_OK);
    ck_assert_ptr_null(ask("b.test"));
    run(resolver, 20000);
    ck_assert_ptr_nonnull(ask("b.test"));
    ck_assert_int_eq(ask("b.test")->status, DMX_DNS_OK);
    if (failovers[_i].asked) /* a silent server is not waited for again */
        ck_assert_uint_eq(first.seen->udp, failovers[_i].asked);
    ck_assert_uint_eq(second.seen->udp, 2);
    dmx_resolver_free(&resolver);
    server_stop(&second);
    server_stop(&first);
}
END_TEST

START_TEST(when_all_servers_fail_it_is_servfail)
{
    struct server first, second;
    server_start(&first, SAYS_SERVFAIL);
    server_start(&second, SAYS_SERVFAIL);
    uint16_t ports[] = {first.port, second.port};
    struct dmx_resolver *resolver = resolver_for(ports, 2, 1000, 2, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 20000);
    ck_slice_eq("answer", render(ask("a.test"), arena), "servfail 0");
    dmx_resolver_free(&resolver);
    server_stop(&second);
    server_stop(&first);
}
END_TEST

START_TEST(nobody_listens)
{
    uint16_t port = closed_port();
    struct dmx_resolver *resolver = resolver_for(&port, 1, 300, 2, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 20000);
    ck_slice_eq("answer", render(ask("a.test"), arena), "timeout 0");
    dmx_resolver_free(&resolver);
}
END_TEST

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* SIGALRM is blocked but while it waits: the handler runs, and the wait goes on to the answer. */
START_TEST(an_alarm_does_not_end_the_wait)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t blocked, outside, after;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, &outside), 0);
    struct server server;
    server_start(&server, ALARMS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 5000, 1, &outside);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 20000);
    ck_assert_int_eq(alarms, 1);
    ck_assert_ptr_nonnull(ask("a.test"));
    ck_assert_int_eq(ask("a.test")->status, DMX_DNS_OK);
    ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    ck_assert(sigismember(&after, SIGALRM));
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

/* Without a mask of its own the wait lets nothing through that is blocked. */
START_TEST(a_blocked_alarm_stays_blocked)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t blocked, pending;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
    struct server server;
    server_start(&server, ALARMS);
    struct dmx_resolver *resolver = resolver_for(&server.port, 1, 5000, 1, NULL);
    ck_assert_ptr_null(ask("a.test"));
    run(resolver, 20000);
    ck_assert_int_eq(alarms, 0);
    ck_assert_int_eq(ask("a.test")->status, DMX_DNS_OK);
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert(sigismember(&pending, SIGALRM));
    dmx_resolver_free(&resolver);
    server_stop(&server);
}
END_TEST

START_TEST(the_system_has_servers)
{
    struct dmx_resolver_settings settings = {DMX_SLICE_NONE, 2000, 2, NULL};
    struct dmx_resolver *resolver;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_resolver_new(&settings, &resolver, &reason), DMX_OK);
    dmx_resolver_free(&resolver);
    dmx_resolver_free(&resolver);
}
END_TEST

static const struct {
    const char *text, *want, *detail; /* want NULL: refused, about detail */
} servers[] = {
    {"192.0.2.1", "192.0.2.1:53", NULL},
    {"192.0.2.1:5353", "192.0.2.1:5353", NULL},
    {"192.0.2.1:1", "192.0.2.1:1", NULL},
    {"192.0.2.1:65535", "192.0.2.1:65535", NULL},
    {"2001:DB8::1", "[2001:db8::1]:53", NULL},
    {"[2001:db8::1]", "[2001:db8::1]:53", NULL},
    {"[2001:db8::1]:5353", "[2001:db8::1]:5353", NULL},
    {"::1", "[::1]:53", NULL},
    {"::ffff:192.0.2.1", "192.0.2.1:53", NULL},
    {"192.0.2.1 , ::1", "192.0.2.1:53,[::1]:53", NULL},
    {"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8",
     "1.1.1.1:53,1.1.1.2:53,1.1.1.3:53,1.1.1.4:53,1.1.1.5:53,1.1.1.6:53,1.1.1.7:53,1.1.1.8:53", NULL},
    {"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9", NULL, "1.1.1.9"},
    {"192.0.2.1:0", NULL, "192.0.2.1:0"},
    {"192.0.2.1:65536", NULL, "192.0.2.1:65536"},
    {"192.0.2.1:", NULL, "192.0.2.1:"},
    {"192.0.2.1:+53", NULL, "192.0.2.1:+53"},
    {"192.0.2.256", NULL, "192.0.2.256"},
    {"[192.0.2.1]:53", NULL, "[192.0.2.1]:53"},
    {"[::1", NULL, "[::1"},
    {"[::1]53", NULL, "[::1]53"},
    {"[::1]:", NULL, "[::1]:"},
    {"[]:53", NULL, "[]:53"},
    {"fe80::1%eth0", NULL, "fe80::1%eth0"},
    {"ns.example.test", NULL, "ns.example.test"},
    {"::1,", NULL, ""},
    {" ", NULL, " "},
};

START_TEST(nameservers)
{
    char buf[400];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_reason reason = DMX_REASON_NONE;
    size_t count;
    struct dmx_slice text = dmx_slice_cstr(servers[_i].text);
    bool ok = dmx_nameservers_parse(text, &b, &count, &reason);
    ck_assert_msg(ok == (servers[_i].want != NULL), "%s: accepted %d", servers[_i].text, ok);
    if (ok) {
        ck_slice_eq(servers[_i].text, dmx_builder_text(&b), servers[_i].want);
        return;
    }
    ck_assert_ptr_nonnull(reason.token);
    ck_slice_eq(servers[_i].text, reason.detail, servers[_i].detail);
    struct dmx_resolver_settings settings = {text, 2000, 2, NULL};
    struct dmx_resolver *resolver;
    ck_assert_int_eq(dmx_resolver_new(&settings, &resolver, &reason), DMX_INVALID);
    ck_assert_ptr_null(resolver);
}
END_TEST

DMX_SUITE(dns_resolver)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(one_server, cases);
    DMX_TABLE(nonsense_is_temporary, nonsense);
    DMX_TEST(a_large_answer_comes_by_udp);
    tcase_add_loop_test(tcase, trouble_with_tcp_stays_with_its_question, 0, 2);
    DMX_TEST(a_silent_name_holds_up_nothing);
    DMX_TEST(the_budget_ends_in_timeouts);
    DMX_TEST(all_are_sent_before_the_first_wait);
    DMX_TEST(start_sends_and_does_not_wait);
    DMX_TEST(the_budget_ends_the_wait);
    DMX_TEST(a_spent_budget_asks_nothing);
    DMX_TEST(late_replies_find_nothing);
    DMX_TEST(only_open_questions_are_asked);
    DMX_TABLE(the_next_server_answers, failovers);
    DMX_TEST(when_all_servers_fail_it_is_servfail);
    DMX_TEST(nobody_listens);
    DMX_TEST(no_descriptor_left);
    DMX_TEST(an_alarm_does_not_end_the_wait);
    DMX_TEST(a_blocked_alarm_stays_blocked);
    DMX_TEST(the_system_has_servers);
    DMX_TABLE(nameservers, servers);
}
