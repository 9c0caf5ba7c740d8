/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * PostgreSQL, as much of it as the store needs: with pgsql_connect.c and pgsql_copy.c the only files that know libpq.
 * The first error sticks to the connection until it is asked for, so that a run of calls is checked once; while there is
 * one, everything else does nothing. A connection that is lost stays lost: what was locked by it is not locked any more,
 * so nothing here ever makes another one by itself.
 *
 * Nothing waits for ever: a server that does not answer, or takes nothing, for pgsql_wait_ms is one that was lost.
 */
#ifndef DMX_REPORT_PGSQL_H
#define DMX_REPORT_PGSQL_H

#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/builder.h"
#include "dmx/base/status.h"

struct pgsql;

/* Tests set it. Longer than the server lets a statement run: see pgsql_connect.c. */
extern int pgsql_wait_ms;

enum pgsql_trouble {
    PGSQL_FINE = 0,
    PGSQL_NOMEM,
    PGSQL_CONNINFO, /* what says where the server is cannot be read */
    PGSQL_LOST,     /* no server, or no connection any more */
    PGSQL_BUSY,     /* it would work later: somebody else holds a lock for too long, or a statement took too long */
    PGSQL_DENIED,   /* the role lacks a right */
    PGSQL_ABSENT,   /* a table or a schema is not there */
    PGSQL_OTHER,
};

/* conninfo as libpq has it: "host=db dbname=dmx", or postgresql://…. *out is there unless memory is out, to be closed. */
enum pgsql_trouble pgsql_open(const char *conninfo, struct pgsql **out) DMX_NODISCARD;
void pgsql_close(struct pgsql **db);

/* What went wrong, cleared by this unless the connection was lost; *out gets a sentence without the password. */
enum pgsql_trouble pgsql_take_trouble(struct pgsql *db, struct dmx_builder *out) DMX_NODISCARD;
bool pgsql_failed(const struct pgsql *db);
/* An error of the caller's, which sticks as the server's do; it counts as PGSQL_BUSY. */
void pgsql_spoil(struct pgsql *db, const char *why);

/* Of the role and the database that the connection is of; NUL-terminated. */
const char *pgsql_user(const struct pgsql *db);
const char *pgsql_database(const struct pgsql *db);
/* Of the server's process, as whoever took the connection named it. */
int64_t pgsql_session_id(const struct pgsql *db);

/* Statements without results, one or several. */
void pgsql_run(struct pgsql *db, const char *sql);
/* Undoes what was begun, also after an error; nothing when nothing was. */
void pgsql_rollback(struct pgsql *db);
/* False when it was undone instead, which PostgreSQL does in silence when an earlier statement failed. */
bool pgsql_commit(struct pgsql *db);

/*
 * A statement with its parameters: format has a letter for each, i for int64_t, b and u for struct dmx_slice as bytea and
 * as the 16 bytes of a uuid. One at a time: its rows are read to the end, or left by pgsql_leave, before the next.
 */
void pgsql_ask(struct pgsql *db, const char *sql, const char *format, ...);
/* True: there is a row. False at the end, and after an error. */
bool pgsql_step(struct pgsql *db);
/* For one that is not stepped to its end. */
void pgsql_leave(struct pgsql *db);
/* Asks, and steps to the end; how many rows it has changed or found. */
#define pgsql_do(db, sql, ...) (pgsql_ask(db, sql, __VA_ARGS__), pgsql_finish(db))
int64_t pgsql_finish(struct pgsql *db);

/* Columns of the present row: any width of number, and bool. A text lives until the next step; the second form copies it. */
int64_t pgsql_int(const struct pgsql *db, int column);
struct dmx_slice pgsql_bytes(const struct pgsql *db, int column);
struct dmx_slice pgsql_bytes_dup(const struct pgsql *db, int column, struct dmx_arena *arena);

/*
 * Many rows at once: sql is COPY … FROM STDIN (FORMAT binary), then its rows, then the end. The format of a row is as
 * above, with j for int64_t that goes into an integer of four bytes: the widths must be those of the columns.
 */
void pgsql_copy_begin(struct pgsql *db, const char *sql);
void pgsql_copy_row(struct pgsql *db, const char *format, ...);
void pgsql_copy_end(struct pgsql *db);

#endif
