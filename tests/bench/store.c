/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A day's journal into the store: how long, how much memory, how many bytes a distinct row. In SQLite, and in the server of
 * DMX_TEST_POSTGRESQL (tests/report/with_postgresql --durable), where processor time is this side's alone.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dmx/base/clock.h"
#include "dmx/journal/writer.h"
#include "dmx/report/intake.h"
#include "dmx/report/rollup.h"

#ifdef WITH_PGSQL
#include <libpq-fe.h>
#endif

enum { NOW_S = 1800000000, BUFFER = 1024 * 1024 };

static struct world {
    const char *label;
    uint64_t messages, domains, sources; /* sources: of a domain */
    bool each_its_own;                   /* evidence: a bounce address of its own for each message */
} worlds[] = {
    {"20,000 domains", 1000000, 20000, 12, false},        {"sources at random", 1000000, 20000, 100000, false},
    {"every row another", 1000000, 20000, 1000000, true}, {"one domain, 100,000 sources", 1000000, 1, 100000, false},
    {"10,000 domains in a day", 100000, 10000, 2, false},
};

static char dir[] = "/tmp/dmx-bench-XXXXXX";

static uint64_t draw(void)
{
    static uint64_t state = 88172645463325252U;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Few domains send most of the mail. */
static uint64_t draw_domain(const struct world *world)
{
    uint64_t n = draw() % world->domains;
    return draw() % 4 ? n % (world->domains / 20 + 1) : n;
}

/* before, number, after */
static struct dmx_slice print(char *room, size_t size, const char *before, uint64_t n, const char *after)
{
    struct dmx_builder b = dmx_builder_fixed(room, size);
    dmx_put_cstr(&b, before);
    dmx_put_u64(&b, n);
    dmx_put_cstr(&b, after);
    return dmx_builder_text(&b);
}

static void put_one(struct dmx_builder *out, const struct world *world, uint64_t i)
{
    char author[64], bounce[64], selector[32];
    uint64_t domain = draw_domain(world), source = world->each_its_own ? i : domain * 16 + draw() % world->sources;
    bool good = domain % 8 != 0;
    struct dmx_event_dkim dkim[2] = {{.result = dmx_slice_cstr(good ? "pass" : "fail"),
                                      .selector = print(selector, sizeof selector, "s", domain % 7, ""),
                                      .reason = dmx_slice_cstr(good ? "" : "body-hash-mismatch")}};
    struct dmx_event event = {
        .time_s = NOW_S - 40000 + (int64_t)(i % 30000),
        .flags = good ? DMX_EVENT_SPF_ALIGNED | DMX_EVENT_DKIM_ALIGNED : 0,
        .client = dmx_ip_v4((uint8_t[]){198, (uint8_t)(source >> 16), (uint8_t)(source >> 8), (uint8_t)source}),
        .rules = DMX_SLICE("rfc7489"),
        .author_status = DMX_SLICE("ok"),
        .record = DMX_SLICE("v=DMARC1; p=reject; rua=mailto:dmarc@example.net; adkim=r; aspf=r"),
        .result = dmx_slice_cstr(good ? "pass" : "fail"),
        .published = DMX_SLICE("reject"),
        .policy = DMX_SLICE("reject"),
        .disposition = dmx_slice_cstr(good ? "none" : "reject"),
        .would_be = dmx_slice_cstr(good ? "none" : "reject"),
        .spf_result = dmx_slice_cstr(good ? "pass" : "softfail"),
        .recipients = (struct dmx_slice[]){DMX_SLICE("receiver.example")},
        .recipient_count = 1,
        .dkim = dkim,
        .dkim_count = 1,
    };
    event.author = event.org_domain = event.policy_domain = print(author, sizeof author, "domain", domain, ".example");
    event.spf_domain = world->each_its_own ? print(bounce, sizeof bounce, "b", i, ".bounces.example") : event.author;
    dkim[0].domain = event.author;
    dmx_event_put(out, &event);
}

static uint64_t write_journal(const struct world *world)
{
    static char room[BUFFER];
    uint64_t bytes = 0;
    int fd = openat(AT_FDCWD, DMX_JOURNAL_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    struct dmx_builder b = dmx_builder_fixed(room, sizeof room);
    for (uint64_t i = 0; i < world->messages; i++) {
        put_one(&b, world, i);
        if (b.len < BUFFER - DMX_EVENT_MAX && i + 1 < world->messages)
            continue;
        if (write(fd, b.buf, b.len) != (ssize_t)b.len)
            exit(1);
        bytes += b.len;
        b.len = 0;
    }
    close(fd);
    return bytes;
}

static uint64_t now_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const char *server; /* NULL: SQLite */

static struct dmx_slice location(void)
{
    static char room[400];
    if (!server)
        return DMX_SLICE("sqlite:reports.db");
    snprintf(room, sizeof room, "postgresql:%s", server);
    return dmx_slice_cstr(room);
}

static void empty_database(void)
{
#ifdef WITH_PGSQL
    PGconn *conn = PQconnectdb(server);
    PQclear(PQexec(conn, "SET client_min_messages = 'error'"));
    PQclear(PQexec(conn, "DROP SCHEMA IF EXISTS dmx CASCADE"));
    PQclear(PQexec(conn, "CHECKPOINT"));
    PQfinish(conn);
#endif
}

/* Of everything that is kept as text; of PostgreSQL nobody asks. */
static uint64_t text_bytes(void)
{
    if (server)
        return 0;
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    uint64_t bytes = 0;
    sqlite3_open("reports.db", &db);
    sqlite3_prepare_v2(
        db,
        "SELECT (SELECT sum(length(text)) FROM evidence) + (SELECT sum(length(domain) + length(org_domain)"
        " + length(rules) + length(record)) FROM policy) + (SELECT sum(length(ip)) FROM row)",
        -1, &s, NULL);
    if (sqlite3_step(s) == SQLITE_ROW)
        bytes = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return bytes;
}

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* All of the day's reports to finished gzip bytes in the store, some at a time. */
static void roll_up(struct dmx_store *store)
{
    enum { GROUP = 500 };
    struct dmx_config_error error;
    struct dmx_config *config;
    struct dmx_store_filter filter = {.state = DMX_REPORT_CLOSED, .to_day = INT32_MAX, .most = GROUP};
    uint64_t made = 0, bytes = 0, closed, start = now_us(CLOCK_MONOTONIC), worked = now_us(CLOCK_PROCESS_CPUTIME_ID);
    if (dmx_config_new(&config) != DMX_OK || dmx_config_set(config, DMX_SLICE("report_org=Bench"), &error) != DMX_OK ||
        dmx_config_set(config, DMX_SLICE("report_email=r@receiver.example"), &error) != DMX_OK ||
        dmx_rollup_close(store, -1, NOW_S + DMX_DAY_S, 0, &closed) != DMX_OK)
        fail(store->error);
    for (size_t count = 1; count > 0;) {
        struct dmx_arena *arena = dmx_arena_new(512 * 1024 * 1024);
        struct dmx_store_report *list;
        struct dmx_store_document document;
        struct dmx_reason reason;
        if (store->verbs->reports(store, &filter, arena, &list, &count) != DMX_OK ||
            store->verbs->group_begin(store) != DMX_OK)
            fail(store->error);
        for (size_t i = 0; i < count; i++, made++) {
            if (dmx_rollup_document(store, config, &list[i], DMX_DIALECT_RFC9990, arena, &document, &reason) != DMX_OK)
                fail(reason.token ? reason.token : store->error);
            bytes += document.bytes.len;
            filter.after_id = list[i].id;
        }
        if (store->verbs->group_end(store) != DMX_OK)
            fail(store->error);
        dmx_arena_free(&arena);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%28s %5.2f s (CPU %5.2f) to %llu documents of %.0f bytes, peak %3ld MB\n", "",
           (double)(now_us(CLOCK_MONOTONIC) - start) / 1e6, (double)(now_us(CLOCK_PROCESS_CPUTIME_ID) - worked) / 1e6,
           (unsigned long long)made, (double)bytes / (double)made, usage.ru_maxrss / 1024);
    dmx_config_free(&config);
}

static void play(const struct world *world)
{
    struct dmx_store *store = NULL;
    struct dmx_store_totals totals;
    struct dmx_intake_result result;
    const struct dmx_intake intake = {".", NOW_S, 35 * DMX_DAY_S, 0, 0, false};
    uint64_t bytes = write_journal(world), start = now_us(CLOCK_MONOTONIC), worked = now_us(CLOCK_PROCESS_CPUTIME_ID);
    if (dmx_store_open(location(), DMX_STORE_CREATE, &store) != DMX_OK ||
        dmx_intake_run(store, &intake, &result) != DMX_OK) {
        fprintf(stderr, "%s %s\n", store ? store->error : "", result.error);
        exit(1);
    }
    uint64_t taken = now_us(CLOCK_MONOTONIC) - start;
    worked = now_us(CLOCK_PROCESS_CPUTIME_ID) - worked;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (store->verbs->totals(store, NOW_S, &totals) != DMX_OK || result.records != world->messages)
        exit(1);
    uint64_t text = text_bytes();
    printf("%-28s %5.2f s (CPU %5.2f), %5.2f us a record of %3.0f bytes, peak %3ld MB; %7llu rows, ", world->label,
           (double)taken / 1e6, (double)worked / 1e6, (double)taken / (double)world->messages,
           (double)bytes / (double)world->messages, usage.ru_maxrss / 1024, (unsigned long long)totals.rows);
    printf("%3.0f MB, %5.1f bytes each beyond %5.1f of text\n", (double)totals.bytes / 1e6,
           (double)(totals.bytes - text) / (double)totals.rows, (double)text / (double)totals.rows);
    roll_up(store);
    dmx_store_free(&store);
}

static int play_all(void)
{
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        strcpy(dir, "/tmp/dmx-bench-XXXXXX");
        if (!mkdtemp(dir) || chdir(dir) != 0)
            return 1;
        pid_t child = fork(); /* so that each has a peak of its own */
        int status;
        if (child == 0) {
            if (server)
                empty_database();
            play(&worlds[i]);
            fflush(stdout);
            if (getenv("KEEP"))
                _exit(0);
            unlink("reports.db");
            unlink("reports.db-wal");
            unlink("reports.db-shm");
            _exit(0);
        }
        if (waitpid(child, &status, 0) != child || status != 0)
            return 1;
        if (!getenv("KEEP"))
            rmdir(dir);
        else
            puts(dir);
    }
    return 0;
}

int main(void)
{
    int code = play_all();
    server = getenv("DMX_TEST_POSTGRESQL");
    if (code != 0 || !server || !*server)
        return code;
    puts("PostgreSQL");
    fflush(stdout); /* or every child says it again */
    return play_all();
}
