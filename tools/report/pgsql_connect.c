/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* To the server and away from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgsql_libpq.h"

#include "dmx/base/banned.h"

enum { OLDEST = 130000 }; /* gen_random_uuid() */

/*
 * What CONNINFO does not say: nothing that is dead may hold a run for ever. A service file or the environment can say the
 * user, the database, TLS, and all else; these are only set where CONNINFO does not set them.
 */
static const struct {
    const char *keyword, *value;
} defaults[] = {
    {"fallback_application_name", "dmx"}, {"connect_timeout", "10"}, {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},        {"keepalives_count", "3"}, {"tcp_user_timeout", "60000"},
};
enum { DEFAULTS = sizeof defaults / sizeof *defaults };

/*
 * Of the session. statement_timeout is less than pgsql_wait_ms, so that a server which is merely slow says so itself; the
 * server's own keepalives end the session of a host that is cut off, and the lock with it. A server whose commits are not
 * on the disk when it answers is asked to wait for that here.
 */
static const char session[] =
    "SELECT set_config('search_path', 'pg_catalog, dmx, pg_temp', false),"
    " set_config('statement_timeout', '300s', false), set_config('lock_timeout', '60s', false),"
    " set_config('idle_in_transaction_session_timeout', '120s', false),"
    " set_config('default_transaction_isolation', 'read committed', false),"
    " set_config('client_min_messages', 'error', false), set_config('jit', 'off', false),"
    " set_config('work_mem', '64MB', false), set_config('temp_buffers', '64MB', false),"
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
    " ELSE current_setting('synchronous_commit') END, false);"
    "SELECT set_config(name, '10s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'";

/*
 * What is shorter already stays; 0 would be the kernel's own, which is hours, or no end at all. Of the server's TCP, in
 * seconds and milliseconds; and a process that was stopped, whose kernel answers for it, has the lock for an hour at most:
 * nobody who works is silent that long.
 */
static const char timeouts[] =
    "SELECT set_config(name, most::text, false) FROM (VALUES ('tcp_keepalives_idle', 30), ('tcp_keepalives_interval', "
    "10), ('tcp_keepalives_count', 3), ('tcp_user_timeout', 60000), ('idle_session_timeout', 3600000)) AS wanted(name, "
    "most) JOIN pg_settings USING (name) WHERE setting::bigint NOT BETWEEN 1 AND most";

static void say_nothing(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

static void set_up(struct pgsql *db)
{
    PQsetNoticeReceiver(db->conn, say_nothing, NULL);
    if (PQsetnonblocking(db->conn, 1) != 0)
        pgsql_note(db, PGSQL_NOMEM, "out of memory");
    if (PQserverVersion(db->conn) < OLDEST)
        pgsql_note(db, PGSQL_OTHER, "its server is older than PostgreSQL 13");
    pgsql_run(db, session);
    pgsql_run(db, timeouts);
}

/* libpq's own words quote what they could not read, which may be a part of the password: those are left out. */
static void note_conninfo(struct pgsql *db, const char *error)
{
    char why[PGSQL_ERROR_BYTES];
    struct dmx_builder b = dmx_builder_fixed(why, sizeof why);
    struct dmx_slice rest = dmx_slice_trim(dmx_slice_cstr(error)), part;
    bool quoted = false;
    while (rest.ptr && dmx_slice_split(&rest, '"', &part)) {
        dmx_put_cstr(&b, !quoted ? "" : dmx_slice_eq(part, DMX_SLICE("=")) ? "\"=\"" : "\"***\"");
        dmx_put(&b, quoted ? DMX_SLICE_NONE : dmx_slice_upto(part, sizeof why / 4));
        quoted = !quoted;
    }
    pgsql_note(db, PGSQL_CONNINFO, dmx_builder_text(&b).len > 0 ? why : "cannot be read");
}

static bool is_list(const char *conninfo)
{
    return strchr(conninfo, '=') || strncmp(conninfo, "postgresql://", 13) == 0 ||
           strncmp(conninfo, "postgres://", 11) == 0;
}

/* The first @ ends the password: what stands before another one, which a host has not, would be named in errors as the host. */
static bool has_stray_at(const char *conninfo)
{
    const char *slashes = strstr(conninfo, "://"), *authority = slashes ? slashes + 3 : "";
    if (strchr(conninfo, '=') && strchr(conninfo, '=') < authority)
        return false;
    const char *at = memchr(authority, '@', strcspn(authority, "/"));
    const char *rest = at ? at + 1 : authority;
    return memchr(rest, '@', strcspn(rest, at ? "/?" : "?"));
}

static bool is_readable(struct pgsql *db, const char *conninfo)
{
    char *error = NULL;
    if (has_stray_at(conninfo)) {
        pgsql_note(db, PGSQL_CONNINFO, "within a name or a password @ is written %40, and / is %2F");
        return false;
    }
    PQconninfoOption *options = is_list(conninfo) ? PQconninfoParse(conninfo, &error) : NULL;
    bool readable = options || !is_list(conninfo);
    if (!readable)
        note_conninfo(db, error);
    PQconninfoFree(options);
    PQfreemem(error);
    return readable;
}

/* Each is overridden by what comes behind it: the defaults by CONNINFO. */
static void connect_to(struct pgsql *db, const char *conninfo)
{
    const char *keywords[DEFAULTS + 2] = {NULL}, *values[DEFAULTS + 2] = {NULL};
    for (size_t i = 0; i < DEFAULTS; i++) {
        keywords[i] = defaults[i].keyword;
        values[i] = defaults[i].value;
    }
    keywords[DEFAULTS] = "dbname";
    values[DEFAULTS] = conninfo;
    db->conn = PQconnectdbParams(keywords, values, 1);
    if (!db->conn)
        pgsql_note(db, PGSQL_NOMEM, "out of memory");
    else if (PQstatus(db->conn) != CONNECTION_OK)
        pgsql_note(db, PGSQL_LOST, PQerrorMessage(db->conn));
}

enum pgsql_trouble pgsql_open(const char *conninfo, struct pgsql **out)
{
    struct pgsql *db = calloc(1, sizeof *db);
    *out = db;
    if (!db)
        return PGSQL_NOMEM;
    if (is_readable(db, conninfo))
        connect_to(db, conninfo);
    if (!pgsql_failed(db))
        set_up(db);
    return db->trouble;
}

void pgsql_close(struct pgsql **db)
{
    if (!*db)
        return;
    PQclear((*db)->row);
    PQfinish((*db)->conn);
    free((*db)->copy);
    free(*db);
    *db = NULL;
}
