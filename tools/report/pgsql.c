/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "pgsql.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/clock.h"
#include "dmx/base/number.h"
#include "pgsql_libpq.h"

#include "dmx/base/banned.h"

int pgsql_wait_ms = 330 * 1000;

enum {
    MAX_PARAMETERS = 8,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_UUID = 2950,
    BINARY = 1,
};

/* ---- errors ---- */

/* The lines of a message become one, and a password in it is not for logs. */
void pgsql_note(struct pgsql *db, enum pgsql_trouble trouble, const char *text)
{
    const char *password = db->conn ? PQpass(db->conn) : NULL;
    struct dmx_slice secret = dmx_slice_cstr(password), rest = dmx_slice_trim(dmx_slice_cstr(text));
    struct dmx_builder b = dmx_builder_fixed(db->error, sizeof db->error);
    if (db->trouble != PGSQL_FINE)
        return;
    db->trouble = trouble;
    while (rest.len > 0 && b.len < sizeof db->error - 8) {
        if (secret.len > 0 && dmx_slice_starts(rest, secret)) {
            dmx_put_cstr(&b, "***");
            rest = dmx_slice_from(rest, secret.len);
        } else {
            if (rest.ptr[0] == '\n')
                dmx_put_cstr(&b, "; ");
            else if (rest.ptr[0] != '\t')
                dmx_put_escaped(&b, dmx_slice_upto(rest, 1), 1);
            rest = dmx_slice_from(rest, 1);
        }
    }
    dmx_builder_text(&b);
}

/* SQLSTATE, by class or whole: https://www.postgresql.org/docs/current/errcodes-appendix.html */
static const struct {
    const char *state;
    enum pgsql_trouble trouble;
} states[] = {
    {"08", PGSQL_LOST},      /* connection exception */
    {"57P", PGSQL_LOST},     /* the server, or an administrator, ends the connection */
    {"25P03", PGSQL_LOST},   /* idle in a transaction for too long */
    {"40", PGSQL_BUSY},      /* serialization failure, deadlock */
    {"55P03", PGSQL_BUSY},   /* lock not available */
    {"57014", PGSQL_BUSY},   /* statement timeout */
    {"42501", PGSQL_DENIED}, /* insufficient privilege */
    {"42P01", PGSQL_ABSENT}, /* undefined table */
    {"3F000", PGSQL_ABSENT}, /* undefined schema */
    {"53200", PGSQL_NOMEM},  /* the server's memory */
    {"53", PGSQL_BUSY},      /* its disk is full, or it has no connection left */
    {"25006", PGSQL_LOST},   /* a standby, or one that only reads for now: the next connection may find the other */
};

static enum pgsql_trouble trouble_of(const char *state)
{
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (dmx_slice_starts(dmx_slice_cstr(state), dmx_slice_cstr(states[i].state)))
            return states[i].trouble;
    return PGSQL_OTHER;
}

void pgsql_note_result(struct pgsql *db, const PGresult *result)
{
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    enum pgsql_trouble trouble = trouble_of(result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL);
    if (PQstatus(db->conn) == CONNECTION_BAD)
        trouble = PGSQL_LOST;
    pgsql_note(db, trouble, text ? text : PQerrorMessage(db->conn));
}

enum pgsql_trouble pgsql_take_trouble(struct pgsql *db, struct dmx_builder *out)
{
    enum pgsql_trouble trouble = db->trouble;
    if (trouble != PGSQL_FINE)
        dmx_put_cstr(out, db->error);
    if (trouble != PGSQL_LOST)
        db->trouble = PGSQL_FINE;
    return trouble;
}

bool pgsql_failed(const struct pgsql *db)
{
    return db->trouble != PGSQL_FINE;
}

void pgsql_spoil(struct pgsql *db, const char *why)
{
    pgsql_note(db, PGSQL_BUSY, why);
}

/* ---- waiting ---- */

static bool wait_for(struct pgsql *db, short events)
{
    int64_t end_ms = (int64_t)dmx_clock_mono_ms() + pgsql_wait_ms, left_ms = pgsql_wait_ms;
    for (; left_ms > 0; left_ms = end_ms - (int64_t)dmx_clock_mono_ms()) {
        struct pollfd fd = {.fd = PQsocket(db->conn), .events = events};
        int ready = fd.fd < 0 ? -1 : poll(&fd, 1, (int)left_ms);
        if (ready > 0)
            return true;
        if (ready < 0 && (fd.fd < 0 || errno != EINTR))
            break;
    }
    pgsql_note(db, PGSQL_LOST, "the server does not answer");
    return false;
}

static bool take_input(struct pgsql *db)
{
    if (PQconsumeInput(db->conn))
        return true;
    pgsql_note(db, PGSQL_LOST, PQerrorMessage(db->conn));
    return false;
}

bool pgsql_flush(struct pgsql *db)
{
    int more = 1;
    while (!pgsql_failed(db) && (more = PQflush(db->conn)) > 0)
        if (!wait_for(db, POLLIN | POLLOUT) || !take_input(db))
            return false;
    if (more < 0)
        pgsql_note(db, PGSQL_LOST, PQerrorMessage(db->conn));
    return more == 0;
}

/* After an error of the statement too: its end is to be read. */
bool pgsql_wait_answer(struct pgsql *db)
{
    while (PQisBusy(db->conn))
        if (!wait_for(db, POLLIN) || !take_input(db))
            return false;
    return true;
}

/* ---- statements ---- */

static bool may_ask(struct pgsql *db)
{
    if (db->asking)
        pgsql_note(db, PGSQL_OTHER, "is asked while its rows are being read");
    return !pgsql_failed(db);
}

static void sent(struct pgsql *db, int done)
{
    db->changed = 0;
    if (!done)
        pgsql_note_result(db, NULL);
    db->asking = done;
    pgsql_flush(db);
}

void pgsql_run(struct pgsql *db, const char *sql)
{
    if (!may_ask(db))
        return;
    sent(db, PQsendQuery(db->conn, sql));
    pgsql_finish(db);
}

struct parameters {
    const char *values[MAX_PARAMETERS];
    int lengths[MAX_PARAMETERS], formats[MAX_PARAMETERS], count;
    Oid types[MAX_PARAMETERS];
    uint64_t numbers[MAX_PARAMETERS];
};

static void put_parameter(struct parameters *p, Oid type, const void *bytes, size_t len)
{
    int i = p->count++;
    p->types[i] = type;
    p->values[i] = bytes;
    p->lengths[i] = (int)len;
    p->formats[i] = BINARY;
}

static void put_parameters(struct pgsql *db, struct parameters *p, const char *format, va_list values)
{
    p->count = 0;
    for (size_t i = 0; format[i]; i++) {
        if (i == MAX_PARAMETERS) {
            pgsql_note(db, PGSQL_OTHER, "a statement has too many parameters");
            return;
        }
        if (format[i] == 'i') {
            p->numbers[i] = htobe64((uint64_t)va_arg(values, int64_t));
            put_parameter(p, OID_INT8, &p->numbers[i], sizeof p->numbers[i]);
            continue;
        }
        struct dmx_slice bytes = va_arg(values, struct dmx_slice);
        if (bytes.len > INT32_MAX)
            pgsql_note(db, PGSQL_OTHER, "takes no value of 2 GB");
        put_parameter(p, format[i] == 'u' ? OID_UUID : OID_BYTEA, bytes.ptr ? bytes.ptr : "", bytes.len);
    }
}

void pgsql_ask(struct pgsql *db, const char *sql, const char *format, ...)
{
    struct parameters p;
    va_list values;
    if (!may_ask(db))
        return;
    va_start(values, format);
    put_parameters(db, &p, format, values);
    va_end(values);
    if (pgsql_failed(db))
        return;
    sent(db, PQsendQueryParams(db->conn, sql, p.count, p.types, p.values, p.lengths, p.formats, BINARY));
    if (db->asking)
        PQsetSingleRowMode(db->conn);
}

static void note_changed(struct pgsql *db, PGresult *result)
{
    uint64_t changed = 0;
    if (dmx_parse_u64(dmx_slice_cstr(PQcmdTuples(result)), INT64_MAX, &changed))
        db->changed = (int64_t)changed;
}

/* True: it is a row. What is none is freed. */
static bool is_row(struct pgsql *db, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
        db->row = result;
        return true;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        note_changed(db, result);
        break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
        pgsql_note_result(db, result);
        break;
    }
    PQclear(result);
    return false;
}

bool pgsql_step(struct pgsql *db)
{
    PQclear(db->row);
    db->row = NULL;
    while (db->asking) {
        PGresult *result = pgsql_wait_answer(db) ? PQgetResult(db->conn) : NULL;
        db->asking = result != NULL;
        if (result && is_row(db, result))
            return true;
    }
    return false;
}

void pgsql_leave(struct pgsql *db)
{
    while (pgsql_step(db))
        ;
}

int64_t pgsql_finish(struct pgsql *db)
{
    pgsql_leave(db);
    return pgsql_failed(db) ? 0 : db->changed;
}

/* ---- transactions ---- */

/* The error that led here stays. */
void pgsql_rollback(struct pgsql *db)
{
    if (!db->conn || PQstatus(db->conn) != CONNECTION_OK || db->trouble == PGSQL_LOST)
        return;
    pgsql_leave(db);
    pgsql_copy_leave(db);
    if (PQtransactionStatus(db->conn) == PQTRANS_IDLE)
        return;
    enum pgsql_trouble trouble = db->trouble;
    db->trouble = PGSQL_FINE;
    char error[PGSQL_ERROR_BYTES];
    memcpy(error, db->error, sizeof error);
    pgsql_run(db, "ROLLBACK");
    if (trouble == PGSQL_FINE || db->trouble == PGSQL_LOST)
        return;
    db->trouble = trouble;
    memcpy(db->error, error, sizeof error);
}

bool pgsql_commit(struct pgsql *db)
{
    bool sound = !pgsql_failed(db) && PQtransactionStatus(db->conn) == PQTRANS_INTRANS;
    if (!sound)
        pgsql_note(db, PGSQL_OTHER, "has undone what was begun");
    pgsql_run(db, "COMMIT");
    return !pgsql_failed(db);
}

/* ---- columns ---- */

int64_t pgsql_int(const struct pgsql *db, int column)
{
    struct dmx_slice bytes = pgsql_bytes(db, column);
    uint64_t value = bytes.len > 1 && ((uint8_t)bytes.ptr[0] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | (uint8_t)bytes.ptr[i];
    return (int64_t)value;
}

struct dmx_slice pgsql_bytes(const struct pgsql *db, int column)
{
    if (!db->row || PQgetisnull(db->row, 0, column))
        return DMX_SLICE("");
    return dmx_slice(PQgetvalue(db->row, 0, column), (size_t)PQgetlength(db->row, 0, column));
}

struct dmx_slice pgsql_bytes_dup(const struct pgsql *db, int column, struct dmx_arena *arena)
{
    return dmx_arena_dup(arena, pgsql_bytes(db, column));
}

const char *pgsql_user(const struct pgsql *db)
{
    return db->conn && PQuser(db->conn) ? PQuser(db->conn) : "";
}

const char *pgsql_database(const struct pgsql *db)
{
    return db->conn && PQdb(db->conn) ? PQdb(db->conn) : "";
}

int64_t pgsql_session_id(const struct pgsql *db)
{
    return db->conn ? PQbackendPID(db->conn) : 0;
}
