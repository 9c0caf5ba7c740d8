/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What is to be reported, and what became of it, until it is too old. An interface of verbs on values: one kind of store
 * is one table of verbs (struct dmx_store_verbs), and no SQL is seen from outside.
 *
 *     policy    a domain, its record as published, and the rules by which it was found
 *     evidence  what equal messages have in common but for their source, as a text (dmx/report/evidence.h)
 *     report    a policy, a UTC day, a part; its rows: source, evidence, count. Open while rows are added; closed once,
 *               by which it gets its token; what arrives later for the same day opens the next part
 *     document  the finished bytes of a report in one dialect, kept before they are handed over
 *     delivery  a document on its way to one address: pending, handed over, failed, …
 *     suppression  an address that gets nothing for a while
 *
 * Every verb is all or nothing, and on the disk when it returns, unless it is part of a group. A verb that answers other
 * than DMX_OK leaves a sentence in store->error.
 */
#ifndef DMX_REPORT_STORE_H
#define DMX_REPORT_STORE_H

#include <stdint.h>

#include "dmx/report/aggregate.h"
#include "dmx/report/batch.h"

enum {
    DMX_STORE_ERROR = 400,              /* bytes of a sentence */
    DMX_STORE_KEY = 16,                 /* of the hash by which texts are found again */
    DMX_DAY_S = 24 * 60 * 60,           /* a day of UTC */
    DMX_STORE_WAIT_S = 2 * 24 * 60 * 60 /* no delivery waits longer: the clock was set back since */
};

struct dmx_store_verbs;

struct dmx_store {
    const struct dmx_store_verbs *verbs;
    bool shared; /* by several hosts: journals are taken in without the lock, everything else is its holder's */
    bool lost;   /* the connection, and the lock with it, or there never was one: it may be there again later */
    /* Late rows, of a day that is reported already, go to the report of the next day that is not, up to this one; 0: they
       make a further report of their own day. Set before begin. */
    int32_t fold_to_day;
    uint8_t key[DMX_STORE_KEY];  /* drawn when the store was made */
    char error[DMX_STORE_ERROR]; /* NUL-terminated, bytes from outside escaped */
};

/* A journal file that was taken in. */
struct dmx_store_taken {
    struct dmx_slice name; /* unique for ever: dmx/report/intake.h draws it */
    int64_t at_s;
    uint64_t bytes, records, passed_over; /* bytes that were no record */
};

/* Numbers are kept: they are in databases. */
enum dmx_report_state {
    DMX_REPORT_OPEN = 0,
    DMX_REPORT_CLOSED = 1, /* it has its token; documents and deliveries are being made */
    DMX_REPORT_DONE = 2,   /* its deliveries are made, and have states of their own; or nobody is to get it */
};

enum dmx_delivery_state {
    DMX_DELIVERY_PENDING = 0,
    DMX_DELIVERY_HANDED = 1,
    DMX_DELIVERY_FAILED = 2,     /* for good */
    DMX_DELIVERY_SUPPRESSED = 3, /* the address was suppressed when its turn came */
    DMX_DELIVERY_REFUSED = 4,    /* the destination does not want it: not authorised */
    DMX_DELIVERY_STATES
};

struct dmx_store_report {
    int64_t id;
    struct dmx_batch_policy policy;
    int32_t day; /* since 1970-01-01 UTC */
    int32_t part;
    enum dmx_report_state state;
    int64_t closed_s;
    struct dmx_slice token; /* of a closed one: letters and digits, unlike any other's */
    uint64_t rows, messages;
};

/* Which reports; 0 and empty: any. */
struct dmx_store_filter {
    enum dmx_report_state state;
    int32_t from_day, to_day; /* both included */
    struct dmx_slice domain;  /* the policy domain */
    int64_t after_id;         /* in the order of ids */
    size_t most;              /* 0: all */
};

struct dmx_store_document {
    int64_t report;
    enum dmx_dialect dialect;
    struct dmx_slice name;  /* of the file */
    struct dmx_slice bytes; /* compressed, as they are sent */
};

struct dmx_store_delivery {
    int64_t id;
    int64_t report;
    enum dmx_dialect dialect;
    struct dmx_slice address;
    enum dmx_delivery_state state;
    uint32_t attempts;
    int64_t next_s;           /* not before */
    struct dmx_slice outcome; /* of the last attempt, for people */
    struct dmx_slice message; /* the whole mail, frozen at the first attempt; empty before */
};

struct dmx_store_suppression {
    struct dmx_slice address;
    int64_t since_s, until_s;
    uint32_t times; /* how often it was suppressed: the waits grow with it */
    struct dmx_slice reason;
};

struct dmx_store_day {
    int32_t day;
    uint64_t domains, reports, rows, messages;
    uint64_t open, closed, done;
};

struct dmx_store_totals {
    uint64_t policies, evidences, rows, bytes; /* bytes: of the database */
    uint64_t deliveries[DMX_DELIVERY_STATES];
    uint64_t suppressed;                  /* addresses, now */
    uint64_t files, records, passed_over; /* taken in, as far as it is remembered */
    int64_t last_s;                       /* the last time that a journal was taken in; 0: never */
};

/* Texts live as long as the call. Anything but DMX_OK ends the reading and is its result. */
typedef enum dmx_status dmx_store_row_fn(void *ctx, const struct dmx_aggregate_row *row);

struct dmx_store_verbs {
    void (*free)(struct dmx_store *store);
    /*
     * One reporter at a time: the lock is held until the process ends, however it ends, or until the connection is lost:
     * then every verb that changes something fails. DMX_LIMIT: another has it. Asked again it says whether it is held.
     */
    enum dmx_status (*lock)(struct dmx_store *store);
    /* Of a shared store, NULL otherwise: whoever does not come to an end gives others their turn between two passes. */
    enum dmx_status (*unlock)(struct dmx_store *store);

    /* One journal file: begin, any number of adds, then commit or rollback. *out_known: it was taken in before (and
       nothing was begun). Commit answers when the store is on the disk. */
    enum dmx_status (*begin)(struct dmx_store *store, struct dmx_slice name, bool *out_known);
    enum dmx_status (*add)(struct dmx_store *store, const struct dmx_batch *batch);
    enum dmx_status (*commit)(struct dmx_store *store, const struct dmx_store_taken *taken);
    void (*rollback)(struct dmx_store *store);

    /* Makes the verbs up to the end of the group one: nothing of it is there before. For many small ones at a time. */
    enum dmx_status (*group_begin)(struct dmx_store *store);
    enum dmx_status (*group_end)(struct dmx_store *store);

    /* Reports, in the arena. */
    enum dmx_status (*reports)(struct dmx_store *store, const struct dmx_store_filter *filter, struct dmx_arena *arena,
                               struct dmx_store_report **out, size_t *out_count);
    /* The rows of a report, in the order of their sources. */
    enum dmx_status (*rows)(struct dmx_store *store, int64_t report, dmx_store_row_fn *fn, void *ctx);
    /* The notes about its record that its rows carry, each once, at most max. */
    enum dmx_status (*notes)(struct dmx_store *store, int64_t report, struct dmx_arena *arena, struct dmx_slice *out,
                             size_t max, size_t *out_count);
    /* Closes all open reports of those days (both included), each with a token drawn for it. */
    enum dmx_status (*close)(struct dmx_store *store, int32_t from_day, int32_t to_day, int64_t now_s,
                             uint64_t *out_count);
    enum dmx_status (*done)(struct dmx_store *store, int64_t report);
    /* How many reports of that day and organizational domain come before one, in the order of ids; counts to most. */
    enum dmx_status (*before)(struct dmx_store *store, const struct dmx_store_report *report, size_t most,
                              size_t *out_count);
    /* One by its id, or where that is 0 by its token; DMX_INVALID when there is none. */
    enum dmx_status (*report_get)(struct dmx_store *store, int64_t id, struct dmx_slice token, struct dmx_arena *arena,
                                  struct dmx_store_report *out);

    /* The first document of a report and dialect stays: put does nothing then. get: DMX_INVALID when there is none. */
    enum dmx_status (*document_put)(struct dmx_store *store, const struct dmx_store_document *document);
    enum dmx_status (*document_get)(struct dmx_store *store, int64_t report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out);

    /* A delivery for each report and address, made once: put does nothing when it is there. */
    enum dmx_status (*delivery_put)(struct dmx_store *store, const struct dmx_store_delivery *delivery);
    /* Those pending whose time has come (now_s), or all of a report (report > 0); message is left out. */
    enum dmx_status (*deliveries)(struct dmx_store *store, int64_t report, int64_t now_s, size_t most,
                                  struct dmx_arena *arena, struct dmx_store_delivery **out, size_t *out_count);
    /* One by its id, message left out; DMX_INVALID when there is none. */
    enum dmx_status (*delivery_get)(struct dmx_store *store, int64_t id, struct dmx_arena *arena,
                                    struct dmx_store_delivery *out);
    /* State, attempts, next_s and outcome of delivery->id; its message when that is not empty and none is kept yet. */
    enum dmx_status (*delivery_set)(struct dmx_store *store, const struct dmx_store_delivery *delivery);
    /* The message that is kept of a delivery; empty: none yet. */
    enum dmx_status (*message_get)(struct dmx_store *store, int64_t delivery, struct dmx_arena *arena,
                                   struct dmx_slice *out);

    /* Suppressions: set replaces, until_s 0 removes. get: times 0 when there is none. */
    enum dmx_status (*suppress)(struct dmx_store *store, const struct dmx_store_suppression *suppression);
    enum dmx_status (*suppression_get)(struct dmx_store *store, struct dmx_slice address, struct dmx_arena *arena,
                                       struct dmx_store_suppression *out);
    enum dmx_status (*suppressions)(struct dmx_store *store, struct dmx_arena *arena,
                                    struct dmx_store_suppression **out, size_t *out_count);

    /* Deletes what is of days before that one, some at a time; *out_more: call again. */
    enum dmx_status (*purge)(struct dmx_store *store, int32_t before_day, int64_t now_s, bool *out_more);

    /* For `dmx report status`: the days, newest first, what was counted, and totals. */
    enum dmx_status (*days)(struct dmx_store *store, struct dmx_arena *arena, struct dmx_store_day **out,
                            size_t *out_count);
    enum dmx_status (*counts)(struct dmx_store *store, struct dmx_arena *arena, struct dmx_batch_count **out,
                              size_t *out_count);
    enum dmx_status (*totals)(struct dmx_store *store, int64_t now_s, struct dmx_store_totals *out);
};

enum dmx_store_mode { DMX_STORE_EXISTING = 0, DMX_STORE_CREATE };

/*
 * Opens a store, as report_store names it: sqlite:PATH, or postgresql:CONNINFO where CONNINFO is libpq's, or the rest of
 * a postgresql:// address. DMX_STORE_CREATE makes it with its directory (0750, 0640, whatever the umask), or its tables,
 * when it is not there. *out is there on DMX_NOMEM only not: it has the error, and must be freed in
 * any case. DMX_IO: cannot be used, or is not there; DMX_INVALID: it is no store of ours, or of a later version.
 */
enum dmx_status dmx_store_open(struct dmx_slice location, enum dmx_store_mode mode,
                               struct dmx_store **out) DMX_NODISCARD;
/* A NULL *store is fine. What was begun and not committed is undone. */
void dmx_store_free(struct dmx_store **store);

#endif
