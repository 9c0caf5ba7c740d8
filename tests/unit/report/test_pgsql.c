/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What only a store in PostgreSQL has: a server, roles, a lock that several hosts want, a connection that may be lost. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dmx/report/rollup.h"
#include "world.h"

#include "../../../tools/report/pgsql_store.h"

#ifdef WITH_PGSQL

static struct dmx_store *store, *other;
static struct dmx_arena *arena;

static void setup(void)
{
    world_setup();
    arena = dmx_arena_new(64 * 1024 * 1024);
}

static void teardown(void)
{
    dmx_store_free(&store);
    dmx_store_free(&other);
    dmx_arena_free(&arena);
    world_teardown();
}

static enum dmx_status open_as(const char *more, enum dmx_store_mode mode)
{
    char location[600];
    snprintf(location, sizeof location, "%s %s", world_location().ptr, more);
    dmx_store_free(&store);
    return dmx_store_open(dmx_slice_cstr(location), mode, &store);
}

static void append(const char *domain, uint32_t source)
{
    struct dmx_event event = world_event(TODAY - 1, domain, source);
    world_append(&event);
}

/* ---- what is refused ---- */

static const struct {
    const char *label, *sql, *more;
    enum dmx_store_mode mode;
    enum dmx_status status;
    bool lost;
    const char *error, *without;
} refused[] = {
    {"no server", "", "host=/nowhere", DMX_STORE_CREATE, DMX_IO, true, "No such file", NULL},
    {"nobody listens", "", "host=127.0.0.1 port=1", DMX_STORE_CREATE, DMX_IO, true, "Connection refused", NULL},
    {"no such database", "", "dbname=none", DMX_STORE_CREATE, DMX_IO, true, "database \"none\" does not exist", NULL},
    {"no such role", "", "user=none password=geheim", DMX_STORE_CREATE, DMX_IO, true, "role \"none\"", "geheim"},
    {"a word too many", "", "password=ge heim x", DMX_STORE_CREATE, DMX_INVALID, false, "missing \"=\"", "heim"},
    {"no such keyword", "", "pass=geheim", DMX_STORE_CREATE, DMX_INVALID, false, "invalid connection option", "geheim"},
    {"not there", "", "", DMX_STORE_EXISTING, DMX_IO, false, "has no tables of dmx yet: dmx report run", NULL},
    {"of something else", "CREATE SCHEMA dmx; CREATE TABLE dmx.stamps(country int)", "", DMX_STORE_CREATE, DMX_INVALID,
     false, "something else in the schema dmx", NULL},
    {"a role that may make nothing", "", "user=dmx_host", DMX_STORE_CREATE, DMX_INVALID, false,
     "the role dmx_host may make none: `dmx report create`", NULL},
};

START_TEST(pgsql_refuses)
{
    world_sql("DO $$BEGIN CREATE ROLE dmx_host LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$");
    if (*refused[_i].sql)
        world_sql(refused[_i].sql);
    enum dmx_status status = open_as(refused[_i].more, refused[_i].mode);
    ck_assert_msg(status == refused[_i].status, "%s: %s %s", refused[_i].label, dmx_status_name(status), store->error);
    ck_assert_msg(strstr(store->error, refused[_i].error) != NULL, "%s: %s", refused[_i].label, store->error);
    ck_assert_msg(store->lost == refused[_i].lost, "%s: lost: %d", refused[_i].label, store->lost);
    ck_assert_msg(!refused[_i].without || !strstr(store->error, refused[_i].without), "%s: %s", refused[_i].label,
                  store->error);
}
END_TEST

/* What libpq takes for the host, or the port, would stand in its error. */
static const struct {
    const char *label, *location;
} stray[] = {
    {"two @", "postgresql://u:ge@heim@127.0.0.1:1/dmx"},
    {"a slash", "postgresql://u:ge/heim@127.0.0.1:1/dmx"},
    {"a slash and an @", "postgresql://u:heim/@heim@127.0.0.1:1/dmx"},
};

START_TEST(pgsql_stray_at)
{
    ck_assert_int_eq(dmx_store_open(dmx_slice_cstr(stray[_i].location), DMX_STORE_CREATE, &store), DMX_INVALID);
    ck_assert_msg(strstr(store->error, "@ is written %40"), "%s: %s", stray[_i].label, store->error);
    ck_assert_msg(!strstr(store->error, "heim"), "%s: %s", stray[_i].label, store->error);
}
END_TEST

START_TEST(pgsql_of_another_version)
{
    store = world_store();
    world_sql("UPDATE dmx.meta SET number = 7 WHERE name = 'version'");
    ck_assert_int_eq(open_as("", DMX_STORE_CREATE), DMX_INVALID);
    ck_assert_msg(strstr(store->error, "is of version 7, from a later dmx") != NULL, "%s", store->error);
}
END_TEST

/* While --watch goes on, another host was upgraded. */
START_TEST(pgsql_that_became_another_version)
{
    bool known;
    store = world_store();
    world_sql("UPDATE dmx.meta SET number = 7 WHERE name = 'version'");
    ck_assert_int_eq(store->verbs->begin(store, DMX_SLICE("journal.taken-1"), &known), DMX_INVALID);
    ck_assert_int_eq(store->verbs->lock(store), DMX_INVALID);
    ck_assert_msg(strstr(store->error, "is of version 7, from a later dmx") != NULL, "%s", store->error);
}
END_TEST

/* A server that takes connections and says nothing, as one that was stopped. */
START_TEST(pgsql_of_a_server_that_is_silent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = ".s.PGSQL.5432"};
    char more[200], cwd[100];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
    snprintf(more, sizeof more, "host=%s connect_timeout=2", cwd);
    ck_assert_int_eq(open_as(more, DMX_STORE_CREATE), DMX_IO);
    ck_assert_msg(store->lost && strstr(store->error, "timeout expired"), "%s", store->error);
    close(fd);
}
END_TEST

/* What the server may have otherwise: in its units, 0 is never. */
static const struct {
    const char *label, *more, *name;
    int64_t want;
} limits[] = {
    {"a process that was stopped", "", "idle_session_timeout", 3600000},
    {"sooner, as the server has it", "options='-c idle_session_timeout=5min'", "idle_session_timeout", 300000},
    {"later", "options='-c idle_session_timeout=1d'", "idle_session_timeout", 3600000},
    {"a transaction", "", "idle_in_transaction_session_timeout", 120000},
};

START_TEST(pgsql_limits)
{
    ck_store_ok(store, open_as(limits[_i].more, DMX_STORE_CREATE));
    pgsql_ask(pgsql_of(store), "SELECT setting::bigint FROM pg_settings WHERE name = convert_from($1, 'UTF8')", "b",
              dmx_slice_cstr(limits[_i].name));
    ck_assert(pgsql_step(pgsql_of(store)));
    ck_assert_msg(pgsql_int(pgsql_of(store), 0) == limits[_i].want, "%s: %s", limits[_i].label, limits[_i].name);
}
END_TEST

/* ---- the lock ---- */

START_TEST(pgsql_lock)
{
    store = world_store();
    other = world_store();
    ck_store_ok(store, store->verbs->lock(store));
    ck_store_ok(store, store->verbs->lock(store));
    ck_assert_int_eq(other->verbs->lock(other), DMX_LIMIT);
    ck_assert_msg(strstr(other->error, "is in use: another dmx report run is at work on ") != NULL, "%s", other->error);
    append("a.example", 1);
    ck_assert_uint_eq(world_run(other).records, 1); /* without it */
    dmx_store_free(&store);
    /* The server sees the end of the session a moment later. */
    while (other->verbs->lock(other) == DMX_LIMIT)
        usleep(10 * 1000);
    ck_store_ok(other, other->verbs->lock(other));
}
END_TEST

/* Whatever changes something must fail once the connection, and with it the lock, was lost, and once somebody else has it. */
static const struct {
    const char *label, *sql;
    bool lost;
    enum dmx_status status;
} thefts[] = {
    {"the session was ended", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dmx'",
     true, DMX_IO},
    {"a pooler gave it to another", "UPDATE dmx.holder SET epoch = epoch + 1", false, DMX_LIMIT},
};

START_TEST(pgsql_lock_is_lost)
{
    const struct dmx_store_document document = {1, DMX_DIALECT_RFC9990, DMX_SLICE("n"), DMX_SLICE("b")};
    struct dmx_store_delivery delivery = {.id = 1, .report = 1, .address = DMX_SLICE("d@a.example")};
    struct dmx_store_report *list;
    enum dmx_status want = thefts[_i].status;
    uint64_t closed;
    bool more;
    store = world_store();
    append("a.example", 1);
    world_run(store);
    ck_store_ok(store, store->verbs->lock(store));
    world_sql(thefts[_i].sql);
    ck_assert_int_eq(store->verbs->close(store, 0, TODAY, NOW_S, &closed), want);
    ck_assert_int_eq(store->lost, thefts[_i].lost);
    ck_assert_int_eq(store->verbs->group_begin(store), want);
    ck_assert_int_eq(store->verbs->done(store, 1), want);
    ck_assert_int_eq(store->verbs->document_put(store, &document), want);
    ck_assert_int_eq(store->verbs->delivery_put(store, &delivery), want);
    ck_assert_int_eq(store->verbs->delivery_set(store, &delivery), want);
    ck_assert_int_eq(store->verbs->purge(store, TODAY, NOW_S, &more), want);
    ck_assert_int_eq(store->verbs->lock(store), want);
    other = world_store();
    ck_assert_uint_eq(world_reports(other, DMX_REPORT_OPEN, &list), 1);
    ck_assert_uint_eq(world_messages(other, NULL), 1);
}
END_TEST

/* A host's clock against the server's: what is not within -1 s is off. */
START_TEST(pgsql_clock_is_off)
{
    int64_t most_s = pgsql_clock_most_s;
    bool known;
    store = world_store();
    append("a.example", 1);
    pgsql_clock_most_s = -1;
    enum dmx_status locked = store->verbs->lock(store);
    ck_assert_msg(strstr(store->error, "waits: the clock of this host is "), "%s", store->error);
    enum dmx_status begun = store->verbs->begin(store, DMX_SLICE("journal.taken-1"), &known);
    pgsql_clock_most_s = most_s;
    ck_assert_int_eq(locked, DMX_INVALID);
    ck_assert_int_eq(begun, DMX_INVALID);
    ck_assert_uint_eq(world_run(store).records, 1);
    other = world_store();
    ck_store_ok(other, other->verbs->lock(other));
}
END_TEST

START_TEST(pgsql_unlock)
{
    store = world_store();
    other = world_store();
    ck_store_ok(store, store->verbs->lock(store));
    ck_store_ok(store, store->verbs->unlock(store));
    ck_store_ok(store, store->verbs->unlock(store));
    ck_store_ok(other, other->verbs->lock(other));
    ck_assert_int_eq(store->verbs->lock(store), DMX_LIMIT);
    ck_store_ok(other, other->verbs->unlock(other));
    ck_store_ok(store, store->verbs->lock(store));
}
END_TEST

/* ---- journals ---- */

/* The transaction that a lost answer was about is still under way when the file is taken in again. */
START_TEST(pgsql_commit_twice)
{
    const struct dmx_store_taken taken = {.name = DMX_SLICE("journal.taken-1"), .at_s = NOW_S, .records = 1};
    struct dmx_batch *batch;
    struct dmx_event event = world_event(TODAY, "a.example", 1);
    const struct dmx_batch_time time = {NOW_S, 35 * DMX_DAY_S};
    bool known;
    store = world_store();
    other = world_store();
    ck_assert_int_eq(dmx_batch_new(store->key, &batch), DMX_OK);
    ck_assert_int_eq(dmx_batch_add(batch, &event, &time), DMX_OK);
    ck_store_ok(store, store->verbs->begin(store, taken.name, &known));
    ck_assert(!known);
    ck_store_ok(other, other->verbs->begin(other, taken.name, &known));
    ck_assert(!known);
    ck_store_ok(store, store->verbs->add(store, batch));
    ck_store_ok(other, other->verbs->add(other, batch));
    ck_store_ok(store, store->verbs->commit(store, &taken));
    ck_store_ok(other, other->verbs->commit(other, &taken));
    ck_assert_uint_eq(world_messages(store, NULL), 1);
    ck_store_ok(other, other->verbs->begin(other, taken.name, &known));
    ck_assert(known);
    dmx_batch_free(&batch);
}
END_TEST

/* Ends with 0: one host's files, each with the same rows as the others'. */
static void be_a_host(uint32_t n)
{
    char dir[16];
    snprintf(dir, sizeof dir, "host%u", n);
    if (mkdir(dir, 0755) != 0 || chdir(dir) != 0)
        _exit(2);
    struct dmx_store *own = world_store();
    for (uint32_t file = 0; file < 5; file++) {
        for (uint32_t i = 0; i < 200; i++)
            append(i % 2 ? "a.example" : "b.example", i);
        world_run(own);
    }
    dmx_store_free(&own);
    _exit(0);
}

START_TEST(pgsql_hosts_at_once)
{
    enum { HOSTS = 4 };
    int status;
    uint64_t rows;
    struct dmx_store_report *list;
    store = world_store();
    for (uint32_t n = 0; n < HOSTS; n++)
        if (fork() == 0)
            be_a_host(n);
    for (uint32_t n = 0; n < HOSTS; n++)
        ck_assert(wait(&status) > 0 && status == 0);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 2);
    ck_assert_uint_eq(world_messages(store, &rows), HOSTS * 5 * 200);
    ck_assert_uint_eq(rows, 200);
}
END_TEST

/* ---- bytes ---- */

static char large[60 * 1024];
static const struct {
    const char *label;
    struct dmx_slice text;
} hostile[] = {
    {"NUL", DMX_SLICE_INIT("a\0b")},
    {"no UTF-8", DMX_SLICE_INIT("\377\376\300\200")},
    {"quotes", DMX_SLICE_INIT("'); DROP TABLE dmx.taken; -- \\ \" $1 $$")},
    {"COPY's own", DMX_SLICE_INIT("\\.\n\377\377\t\\N")},
    {"large", {large, sizeof large}},
};

START_TEST(pgsql_hostile)
{
    memset(large, 'x', sizeof large);
    struct dmx_event event = world_event(TODAY, "a.example", 1);
    struct dmx_batch *batch;
    struct dmx_store_report *list;
    struct dmx_store_delivery delivery = {
        .report = 1, .address = DMX_SLICE("d@a.example"), .outcome = hostile[_i].text};
    struct dmx_slice message;
    struct dmx_store_delivery *deliveries;
    const struct dmx_store_taken taken = {.name = DMX_SLICE("n"), .at_s = NOW_S};
    const struct dmx_batch_time time = {NOW_S, 35 * DMX_DAY_S};
    size_t count;
    bool known;
    store = world_store();
    event.org_domain = hostile[_i].text;
    event.spf_domain = hostile[_i].text;
    ck_assert_int_eq(dmx_batch_new(store->key, &batch), DMX_OK);
    ck_assert_int_eq(dmx_batch_add(batch, &event, &time), DMX_OK);
    ck_store_ok(store, store->verbs->begin(store, taken.name, &known));
    ck_store_ok(store, store->verbs->add(store, batch));
    ck_store_ok(store, store->verbs->commit(store, &taken));
    dmx_batch_free(&batch);
    ck_assert_uint_eq(world_reports(store, DMX_REPORT_OPEN, &list), 1);
    ck_assert_msg(dmx_slice_eq(list[0].policy.org_domain, hostile[_i].text), "%s", hostile[_i].label);
    ck_assert_uint_eq(world_messages(store, NULL), 1);
    ck_store_ok(store, store->verbs->before(store, &list[0], 10, &count));
    ck_assert_uint_eq(count, 0);
    ck_store_ok(store, store->verbs->delivery_put(store, &delivery));
    ck_store_ok(store, store->verbs->deliveries(store, 1, 0, 0, arena, &deliveries, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(dmx_slice_eq(deliveries[0].outcome, hostile[_i].text), "%s", hostile[_i].label);
    deliveries[0].message = hostile[_i].text;
    ck_store_ok(store, store->verbs->delivery_set(store, &deliveries[0]));
    ck_store_ok(store, store->verbs->message_get(store, deliveries[0].id, arena, &message));
    ck_assert_msg(dmx_slice_eq(message, hostile[_i].text), "%s", hostile[_i].label);
}
END_TEST

DMX_SUITE(pgsql)
{
    if (!world_choose_postgresql(tcase))
        return;
    tcase_add_checked_fixture(tcase, setup, teardown);
    DMX_TABLE(pgsql_refuses, refused);
    DMX_TABLE(pgsql_stray_at, stray);
    DMX_TEST(pgsql_of_another_version);
    DMX_TEST(pgsql_that_became_another_version);
    DMX_TEST(pgsql_of_a_server_that_is_silent);
    DMX_TABLE(pgsql_limits, limits);
    DMX_TEST(pgsql_lock);
    DMX_TABLE(pgsql_lock_is_lost, thefts);
    DMX_TEST(pgsql_clock_is_off);
    DMX_TEST(pgsql_unlock);
    DMX_TEST(pgsql_commit_twice);
    DMX_TEST(pgsql_hosts_at_once);
    DMX_TABLE(pgsql_hostile, hostile);
}
#else
START_TEST(pgsql_left_out)
{
    struct dmx_store *store;
    ck_assert_int_eq(dmx_store_open(DMX_SLICE("postgresql:dbname=dmx"), DMX_STORE_CREATE, &store), DMX_INVALID);
    ck_assert_msg(strstr(store->error, "built without libpq (WITH_PGSQL=0)") != NULL, "%s", store->error);
    dmx_store_free(&store);
}
END_TEST

DMX_SUITE(pgsql)
{
    DMX_TEST(pgsql_left_out);
}
#endif
