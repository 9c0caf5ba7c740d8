/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmx/journal/writer.h"

#ifdef WITH_PGSQL
#include <libpq-fe.h>
#endif

static char dir[64];
static struct dmx_arena *arena;

void world_setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/dmx-report-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
    arena = dmx_arena_new(512 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
}

static void empty(const char *path)
{
    char name[400];
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(name) != 0) {
            empty(name);
            rmdir(name);
        }
    }
    if (stream)
        closedir(stream);
}

void world_teardown(void)
{
    dmx_arena_free(&arena);
    empty(dir);
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(dir);
}

/* ---- the store ---- */

static bool is_postgresql;

bool world_is_postgresql(void)
{
    return is_postgresql;
}

struct dmx_slice world_location(void)
{
    static char location[400];
    if (!is_postgresql)
        return DMX_SLICE("sqlite:reports.db");
    snprintf(location, sizeof location, "postgresql:%s", getenv("DMX_TEST_POSTGRESQL"));
    return dmx_slice_cstr(location);
}

#ifdef WITH_PGSQL
void world_sql(const char *sql)
{
    PGconn *conn = PQconnectdb(getenv("DMX_TEST_POSTGRESQL"));
    PQclear(PQexec(conn, "SET client_min_messages = 'error'"));
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

static void use_postgresql(void)
{
    is_postgresql = true;
    world_sql("DROP SCHEMA IF EXISTS dmx CASCADE");
}

static void use_none(void)
{
    is_postgresql = false;
}

bool world_choose_postgresql(TCase *tcase)
{
    const char *where = getenv("DMX_TEST_POSTGRESQL");
    if (!where || !*where) {
        puts("DMX_TEST_POSTGRESQL is not set: a suite is not run with PostgreSQL");
        return false;
    }
    tcase_add_checked_fixture(tcase, use_postgresql, use_none);
    return true;
}
#else
bool world_choose_postgresql(TCase *tcase)
{
    (void)tcase;
    puts("built without libpq: a suite is not run with PostgreSQL");
    return false;
}
#endif

struct dmx_store *world_store(void)
{
    struct dmx_store *store;
    enum dmx_status status = dmx_store_open(world_location(), DMX_STORE_CREATE, &store);
    ck_assert_msg(status == DMX_OK, "%s: %s", dmx_status_name(status), store->error);
    return store;
}

struct dmx_event world_event(int32_t day, const char *domain, uint32_t n)
{
    const uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    struct dmx_slice name = dmx_slice_cstr(domain);
    return (struct dmx_event){
        .time_s = (int64_t)day * DMX_DAY_S + 300,
        .client = dmx_ip_v4(bytes),
        .rules = DMX_SLICE("rfc7489"),
        .author = name,
        .policy_domain = name,
        .org_domain = name,
        .record = DMX_SLICE("v=DMARC1; p=reject; rua=mailto:d@a.example"),
        .policy = DMX_SLICE("reject"),
        .disposition = DMX_SLICE("reject"),
        .would_be = DMX_SLICE("reject"),
        .spf_result = DMX_SLICE("fail"),
        .spf_domain = name,
    };
}

void world_append_bytes(struct dmx_slice bytes)
{
    const char *why = NULL;
    ck_assert_msg(dmx_journal_append(".", bytes, &why) == DMX_OK, "%s", why ? why : "");
}

void world_append(const struct dmx_event *event)
{
    static char frame[DMX_EVENT_MAX];
    struct dmx_builder b = dmx_builder_fixed(frame, sizeof frame);
    dmx_event_put(&b, event);
    world_append_bytes(dmx_builder_text(&b));
}

struct dmx_intake world_intake(void)
{
    return (struct dmx_intake){".", NOW_S, 35 * DMX_DAY_S, DMX_DAY_S, DMX_INTAKE_KEEP_BYTES, false};
}

struct dmx_intake_result world_run(struct dmx_store *store)
{
    struct dmx_intake_result result;
    struct dmx_intake intake = world_intake();
    enum dmx_status status = dmx_intake_run(store, &intake, &result);
    ck_assert_msg(status == DMX_OK, "%s: %s", dmx_status_name(status), result.error);
    return result;
}

size_t world_files(const char *prefix)
{
    size_t count = 0;
    DIR *stream = opendir(".");
    const struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    if (stream)
        closedir(stream);
    return count;
}

size_t world_reports(struct dmx_store *store, enum dmx_report_state state, struct dmx_store_report **out)
{
    const struct dmx_store_filter filter = {.state = state, .from_day = 0, .to_day = INT32_MAX};
    size_t count;
    ck_store_ok(store, store->verbs->reports(store, &filter, arena, out, &count));
    return count;
}

static enum dmx_status count_messages(void *ctx, const struct dmx_aggregate_row *row)
{
    uint64_t *numbers = ctx;
    numbers[0] += row->count;
    numbers[1]++;
    return DMX_OK;
}

uint64_t world_messages(struct dmx_store *store, uint64_t *out_rows)
{
    uint64_t numbers[2] = {0, 0};
    struct dmx_store_report *reports;
    for (int state = DMX_REPORT_OPEN; state <= DMX_REPORT_DONE; state++) {
        size_t count = world_reports(store, (enum dmx_report_state)state, &reports);
        for (size_t i = 0; i < count; i++) {
            uint64_t before[2] = {numbers[0], numbers[1]};
            ck_store_ok(store, store->verbs->rows(store, reports[i].id, count_messages, numbers));
            ck_assert_uint_eq(numbers[0] - before[0], reports[i].messages);
            ck_assert_uint_eq(numbers[1] - before[1], reports[i].rows);
        }
    }
    if (out_rows)
        *out_rows = numbers[1];
    return numbers[0];
}
