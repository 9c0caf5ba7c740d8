/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* COPY in its binary form, which has no text to escape: https://www.postgresql.org/docs/current/sql-copy.html */
#include <endian.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pgsql_libpq.h"

#include "dmx/base/banned.h"

/* signature, flags, length of the header's extension; and the number of fields that ends it */
static const struct dmx_slice head = DMX_SLICE_INIT("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0");
static const struct dmx_slice tail = DMX_SLICE_INIT("\377\377");

/* ---- bytes on their way ---- */

static void send_bytes(struct pgsql *db, struct dmx_slice bytes)
{
    int done = 0;
    while (!pgsql_failed(db) && bytes.len > 0 && (done = PQputCopyData(db->conn, bytes.ptr, (int)bytes.len)) == 0)
        pgsql_flush(db);
    if (done < 0)
        pgsql_note_result(db, NULL);
    pgsql_flush(db);
}

static void send_copy(struct pgsql *db)
{
    send_bytes(db, dmx_slice(db->copy, db->copy_len));
    db->copy_len = 0;
}

/* What is larger than the room for rows goes out by itself. */
static void put(struct pgsql *db, struct dmx_slice bytes)
{
    if (bytes.len > PGSQL_COPY_BYTES - db->copy_len)
        send_copy(db);
    if (bytes.len > PGSQL_COPY_BYTES) {
        send_bytes(db, bytes);
        return;
    }
    if (bytes.len > 0)
        memcpy(db->copy + db->copy_len, bytes.ptr, bytes.len);
    db->copy_len += bytes.len;
}

static void put_16(struct pgsql *db, uint16_t value)
{
    value = htobe16(value);
    put(db, dmx_slice((const char *)&value, sizeof value));
}

static void put_32(struct pgsql *db, uint32_t value)
{
    value = htobe32(value);
    put(db, dmx_slice((const char *)&value, sizeof value));
}

static void put_64(struct pgsql *db, uint64_t value)
{
    value = htobe64(value);
    put(db, dmx_slice((const char *)&value, sizeof value));
}

/* ---- a COPY ---- */

/* Reads all answers but the last that says that rows may come; false after an error. */
static bool take_answers(struct pgsql *db, ExecStatusType wanted)
{
    bool found = false;
    PGresult *result;
    while (!found && pgsql_wait_answer(db) && (result = PQgetResult(db->conn))) {
        found = PQresultStatus(result) == wanted;
        if (!found)
            pgsql_note_result(db, result);
        PQclear(result);
    }
    return found && !pgsql_failed(db);
}

void pgsql_copy_begin(struct pgsql *db, const char *sql)
{
    if (pgsql_failed(db))
        return;
    if (!db->copy && !(db->copy = malloc(PGSQL_COPY_BYTES))) {
        pgsql_note(db, PGSQL_NOMEM, "out of memory");
        return;
    }
    db->copy_len = 0;
    if (!PQsendQuery(db->conn, sql))
        pgsql_note_result(db, NULL);
    db->copying = pgsql_flush(db) && take_answers(db, PGRES_COPY_IN);
    if (db->copying)
        put(db, head);
}

static void put_fields(struct pgsql *db, const char *format, va_list values)
{
    put_16(db, (uint16_t)strlen(format));
    for (size_t i = 0; format[i]; i++) {
        if (format[i] == 'i') {
            put_32(db, sizeof(int64_t));
            put_64(db, (uint64_t)va_arg(values, int64_t));
        } else if (format[i] == 'j') {
            put_32(db, sizeof(int32_t));
            put_32(db, (uint32_t)va_arg(values, int64_t));
        } else {
            struct dmx_slice bytes = va_arg(values, struct dmx_slice);
            put_32(db, (uint32_t)bytes.len);
            put(db, bytes);
        }
    }
}

void pgsql_copy_row(struct pgsql *db, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (!pgsql_failed(db) && db->copying)
        put_fields(db, format, values);
    va_end(values);
}

static void end(struct pgsql *db, const char *why_not)
{
    int done = 0;
    while (done == 0 && db->trouble != PGSQL_LOST && (done = PQputCopyEnd(db->conn, why_not)) == 0)
        pgsql_flush(db);
    db->copying = false;
    if (done < 0)
        pgsql_note_result(db, NULL);
}

void pgsql_copy_end(struct pgsql *db)
{
    if (pgsql_failed(db) || !db->copying)
        return;
    put(db, tail);
    send_copy(db);
    if (pgsql_failed(db))
        return;
    end(db, NULL);
    if (pgsql_flush(db) && take_answers(db, PGRES_COMMAND_OK))
        take_answers(db, PGRES_COMMAND_OK); /* to the end, which has none */
}

void pgsql_copy_leave(struct pgsql *db)
{
    enum pgsql_trouble trouble = db->trouble;
    if (!db->copying || trouble == PGSQL_LOST)
        return;
    db->trouble = PGSQL_FINE;
    end(db, "given up");
    PGresult *result;
    while (pgsql_flush(db) && pgsql_wait_answer(db) && (result = PQgetResult(db->conn)))
        PQclear(result);
    if (db->trouble == PGSQL_FINE)
        db->trouble = trouble;
}
