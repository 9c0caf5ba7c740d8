/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * SQLite, as much of it as the store needs: the one file pair that knows it. A statement is prepared at its first use and
 * kept. The first error sticks to the database until it is asked for, so that a run of calls is checked once; while
 * there is one, everything else does nothing.
 */
#ifndef DMX_REPORT_SQLITE_H
#define DMX_REPORT_SQLITE_H

#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/builder.h"
#include "dmx/base/status.h"

struct sqlite;
struct sqlite_statement;

/* How long to wait for another process; tests set it. */
extern int sqlite_busy_ms;

/* Opens a file that is there, for reading and writing. *out is there unless memory is out, and must be closed. */
enum dmx_status sqlite_open(const char *path, struct sqlite **out) DMX_NODISCARD;
void sqlite_close(struct sqlite **db);

/* What went wrong, cleared by this; *out gets a sentence. DMX_OK: nothing has. DMX_INVALID: the file is no database. */
enum dmx_status sqlite_status(struct sqlite *db, struct dmx_builder *out) DMX_NODISCARD;
bool sqlite_failed(const struct sqlite *db);

/* Statements without results, one or several. */
void sqlite_run(struct sqlite *db, const char *sql);
/* Undoes what was begun, also after an error; nothing when nothing was. */
void sqlite_rollback(struct sqlite *db);

/*
 * The statement of that number (each has its own in the file that calls, below SQLITE_STATEMENTS) with its parameters
 * bound: format has a letter for each, i for int64_t, s and b for struct dmx_slice as text and as
 * bytes. Then step it.
 */
enum { SQLITE_STATEMENTS = 64 };
struct sqlite_statement *sqlite_bind(struct sqlite *db, unsigned number, const char *sql, const char *format, ...);
/* True: there is a row. False at the end, which makes it ready to be bound again, and after an error. */
bool sqlite_step(struct sqlite *db, struct sqlite_statement *statement);
/* For one that is not stepped to its end. */
void sqlite_reset(struct sqlite_statement *statement);
/* Binds, and steps to the end. */
#define sqlite_do(db, number, sql, ...) sqlite_finish(db, sqlite_bind(db, number, sql, __VA_ARGS__))
void sqlite_finish(struct sqlite *db, struct sqlite_statement *statement);

/* Columns of the present row. A text lives until the next step; the second form copies it. */
int64_t sqlite_int(struct sqlite_statement *statement, int column);
struct dmx_slice sqlite_text(struct sqlite_statement *statement, int column);
struct dmx_slice sqlite_text_dup(struct sqlite_statement *statement, int column, struct dmx_arena *arena);

int64_t sqlite_last_id(struct sqlite *db);
int64_t sqlite_changes(struct sqlite *db);

#endif
