/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the files that know libpq share. */
#ifndef DMX_REPORT_PGSQL_LIBPQ_H
#define DMX_REPORT_PGSQL_LIBPQ_H

#include <libpq-fe.h>

#include "pgsql.h"

enum {
    PGSQL_ERROR_BYTES = 300,
    PGSQL_COPY_BYTES = 128 * 1024, /* of rows that go out together */
};

struct pgsql {
    PGconn *conn;
    PGresult *row; /* the present one; NULL: none */
    bool asking;   /* there may be more */
    int64_t changed;
    enum pgsql_trouble trouble; /* the first; PGSQL_FINE: none */
    char error[PGSQL_ERROR_BYTES];
    char *copy; /* PGSQL_COPY_BYTES, from the first COPY on */
    size_t copy_len;
    bool copying;
};

/* Notes an error, unless there is one already. The text may have several lines, and the password in it. */
void pgsql_note(struct pgsql *db, enum pgsql_trouble trouble, const char *text);
/* The same from a result, and from the connection when that is lost. */
void pgsql_note_result(struct pgsql *db, const PGresult *result);

/* Until all that was written has left, and until an answer is there. False, and noted: it took too long, or is lost. */
bool pgsql_flush(struct pgsql *db);
bool pgsql_wait_answer(struct pgsql *db);
/* Ends a COPY with nothing of it done, also after an error. */
void pgsql_copy_leave(struct pgsql *db);

#endif
