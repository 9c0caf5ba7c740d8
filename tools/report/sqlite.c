/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "sqlite.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/banned.h"

/* Another reporter, or somebody who looks into the store: they do not take long. */
int sqlite_busy_ms = 10 * 1000;

enum { ERROR_BYTES = 300 };

struct sqlite {
    sqlite3 *handle;
    sqlite3_stmt *statements[SQLITE_STATEMENTS];
    int code; /* the first error; SQLITE_OK: none */
    char error[ERROR_BYTES];
};

struct sqlite_statement; /* is a sqlite3_stmt: nobody else looks into it */

static sqlite3_stmt *of(struct sqlite_statement *statement)
{
    return (sqlite3_stmt *)(void *)statement;
}

/* Its own words, but where administrators need others. */
static const char *words_of(const struct sqlite *db, int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "is locked by another process";
    case SQLITE_NOTADB:
        return "is no SQLite database";
    case SQLITE_CORRUPT:
        return "is damaged; .recover of sqlite3(1) may save what is in it";
    case SQLITE_FULL:
        return "cannot grow: the disk is full";
    case SQLITE_READONLY:
        return "cannot be written";
    case SQLITE_CANTOPEN:
        return "cannot be opened, or the files beside it cannot be made";
    default:
        return db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);
    }
}

static bool failed(struct sqlite *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return false;
    if (db->code == SQLITE_OK) {
        struct dmx_builder b = dmx_builder_fixed(db->error, sizeof db->error);
        db->code = code;
        dmx_put_escaped(&b, dmx_slice_cstr(words_of(db, code)), ERROR_BYTES / 4);
        dmx_builder_text(&b);
    }
    return true;
}

enum dmx_status sqlite_open(const char *path, struct sqlite **out)
{
    struct sqlite *db = calloc(1, sizeof *db);
    *out = db;
    if (!db)
        return DMX_NOMEM;
    failed(db, sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                               NULL));
    if (db->handle)
        failed(db, sqlite3_busy_timeout(db->handle, sqlite_busy_ms));
    return db->code == SQLITE_OK ? DMX_OK : DMX_IO;
}

void sqlite_close(struct sqlite **db)
{
    if (!*db)
        return;
    for (size_t i = 0; i < SQLITE_STATEMENTS; i++)
        sqlite3_finalize((*db)->statements[i]);
    sqlite3_close((*db)->handle);
    free(*db);
    *db = NULL;
}

static enum dmx_status status_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
        return DMX_OK;
    case SQLITE_NOMEM:
        return DMX_NOMEM;
    case SQLITE_NOTADB:
        return DMX_INVALID;
    default:
        return DMX_IO;
    }
}

enum dmx_status sqlite_status(struct sqlite *db, struct dmx_builder *out)
{
    int code = db->code;
    if (code != SQLITE_OK)
        dmx_put_cstr(out, db->error);
    db->code = SQLITE_OK;
    return status_of(code);
}

bool sqlite_failed(const struct sqlite *db)
{
    return db->code != SQLITE_OK;
}

void sqlite_run(struct sqlite *db, const char *sql)
{
    if (db->code == SQLITE_OK)
        failed(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

void sqlite_rollback(struct sqlite *db)
{
    if (db->handle && !sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static sqlite3_stmt *prepared(struct sqlite *db, unsigned number, const char *sql)
{
    sqlite3_stmt **place = &db->statements[number % SQLITE_STATEMENTS];
    if (db->code != SQLITE_OK)
        return NULL;
    if (!*place)
        failed(db, sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, place, NULL));
    return *place;
}

/* The text must live until the statement has been stepped: it always does here. */
static int bind_text(sqlite3_stmt *statement, int at, struct dmx_slice text)
{
    return sqlite3_bind_text64(statement, at, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_blob(sqlite3_stmt *statement, int at, struct dmx_slice bytes)
{
    return sqlite3_bind_blob64(statement, at, bytes.ptr ? bytes.ptr : "", bytes.len, SQLITE_STATIC);
}

struct sqlite_statement *sqlite_bind(struct sqlite *db, unsigned number, const char *sql, const char *format, ...)
{
    sqlite3_stmt *statement = prepared(db, number, sql);
    va_list values;
    if (!statement)
        return NULL;
    va_start(values, format);
    for (int i = 0; format[i] && db->code == SQLITE_OK; i++) {
        if (format[i] == 'i')
            failed(db, sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t)));
        else if (format[i] == 's')
            failed(db, bind_text(statement, i + 1, va_arg(values, struct dmx_slice)));
        else
            failed(db, bind_blob(statement, i + 1, va_arg(values, struct dmx_slice)));
    }
    va_end(values);
    return (struct sqlite_statement *)(void *)statement;
}

bool sqlite_step(struct sqlite *db, struct sqlite_statement *statement)
{
    if (!statement)
        return false;
    if (db->code == SQLITE_OK) {
        int code = sqlite3_step(of(statement));
        if (code == SQLITE_ROW)
            return true;
        failed(db, code);
    }
    sqlite3_reset(of(statement));
    return false;
}

void sqlite_reset(struct sqlite_statement *statement)
{
    if (statement)
        sqlite3_reset(of(statement));
}

void sqlite_finish(struct sqlite *db, struct sqlite_statement *statement)
{
    while (sqlite_step(db, statement))
        ;
}

int64_t sqlite_int(struct sqlite_statement *statement, int column)
{
    return sqlite3_column_int64(of(statement), column);
}

struct dmx_slice sqlite_text(struct sqlite_statement *statement, int column)
{
    const char *bytes = sqlite3_column_blob(of(statement), column);
    return dmx_slice(bytes ? bytes : "", (size_t)sqlite3_column_bytes(of(statement), column));
}

struct dmx_slice sqlite_text_dup(struct sqlite_statement *statement, int column, struct dmx_arena *arena)
{
    return dmx_arena_dup(arena, sqlite_text(statement, column));
}

int64_t sqlite_last_id(struct sqlite *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t sqlite_changes(struct sqlite *db)
{
    return sqlite3_changes(db->handle);
}
