/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A scratch directory with a journal and a store, for the suites that need both. The directory is the current one. */
#ifndef DMX_TESTS_REPORT_WORLD_H
#define DMX_TESTS_REPORT_WORLD_H

#include "dmx/report/intake.h"
#include "suite.h"

enum { TODAY = 20000, NOW_S = TODAY * DMX_DAY_S + 600 };

/*
 * A suite that is run once with SQLite, and once more, as NAME_postgresql, with the server of DMX_TEST_POSTGRESQL
 * (tests/report/with_postgresql starts one); without one, or without libpq, that is left out and said.
 */
#define DMX_STORE_SUITE(name)                    \
    static void build_both_##name(TCase *tcase); \
    DMX_SUITE(name)                              \
    {                                            \
        build_both_##name(tcase);                \
    }                                            \
    DMX_SUITE(name##_postgresql)                 \
    {                                            \
        if (world_choose_postgresql(tcase))      \
            build_both_##name(tcase);            \
    }                                            \
    static void build_both_##name(TCase *tcase)

/* The tests of the case use it, and find it empty. False: there is none. */
bool world_choose_postgresql(TCase *tcase);

/* Fixtures: a new directory; everything in it goes at the end. */
void world_setup(void);
void world_teardown(void);

bool world_is_postgresql(void);
/* Where the store is: DIR/reports.db, or the database; and it opened, as DMX_STORE_CREATE. */
struct dmx_slice world_location(void);
struct dmx_store *world_store(void);
/* Statements for the database, as its superuser; an error fails the test. */
void world_sql(const char *sql);

/* A message of that day with a policy that asks for reports; one of that domain, and from source n. */
struct dmx_event world_event(int32_t day, const char *domain, uint32_t n);

/* Appends it to the journal, as the module does. */
void world_append(const struct dmx_event *event);
void world_append_bytes(struct dmx_slice bytes);

/* Takes the journal in; what was taken is kept for a day. */
struct dmx_intake world_intake(void);
struct dmx_intake_result world_run(struct dmx_store *store);

/* Files in the directory whose names begin so. */
size_t world_files(const char *prefix);

/* The reports of a state, of all days; they live until teardown. */
size_t world_reports(struct dmx_store *store, enum dmx_report_state state, struct dmx_store_report **out);
/* Messages in the rows of all reports together, and rows. */
uint64_t world_messages(struct dmx_store *store, uint64_t *out_rows);

#define ck_store_ok(store, call)                                                                            \
    do {                                                                                                    \
        enum dmx_status ck_status = (call);                                                                 \
        ck_assert_msg(ck_status == DMX_OK, "%s: %s %s", #call, dmx_status_name(ck_status), (store)->error); \
    } while (0)

#endif
