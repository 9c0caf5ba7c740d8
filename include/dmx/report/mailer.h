/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Hands deliveries whose time has come to sendmail. The whole mail is kept before anybody else sees a byte of it, and an
 * attempt is noted before it is made: a process that dies within the hand-over repeats exactly that mail, with the same
 * Report-ID, Message-ID and file name, and later; nothing is noted as handed over that was not (requirement J5).
 */
#ifndef DMX_REPORT_MAILER_H
#define DMX_REPORT_MAILER_H

#include "dmx/report/store.h"
#include "dmx/site/config.h"

enum {
    DMX_MAILER_FIRST_WAIT_S = 10 * 60, /* after the first attempt; twice as long after each further one */
    DMX_MAILER_MOST_WAIT_S = 8 * 60 * 60,
    DMX_MAILER_GIVE_UP_S = 5 * DMX_DAY_S,  /* after a report was made: as long as mail servers try */
    DMX_MAILER_DESTINATION = 500,          /* mails to one host in one run: the rest waits for the next */
    DMX_MAILER_SPREAD_MS = 30 * 60 * 1000, /* over which the mails of a run are spread */
    DMX_MAILER_PAUSE_MS = 1000,            /* the longest pause between two */
    DMX_MAILER_BROKEN = 3,                 /* so often in a row sendmail could not be used: it is left alone */
    DMX_MAILER_UNCLEAR = 3,                /* so often it did not say why, and took nothing at all: that is told */
};

struct dmx_mailer {
    struct dmx_store *store;
    const struct dmx_config *config;
    int64_t skew_s; /* added to the clock: 0 but for tests */
    bool at_once;   /* no pauses */
    /* NULL, or told of each delivery after it was tried. */
    void (*see)(void *ctx, const struct dmx_store_delivery *delivery);
    void *ctx;
    /* NULL, or asked between two mails whether to go on. */
    bool (*go_on)(void *ctx);
};

struct dmx_mailer_result {
    uint64_t handed, later, failed, suppressed;
    bool broken; /* sendmail cannot be used: outcome says why */
    char outcome[DMX_STORE_ERROR];
};

/* All whose time has come. As the store's verbs. */
enum dmx_status dmx_mailer_run(const struct dmx_mailer *mailer, struct dmx_mailer_result *out) DMX_NODISCARD;

/* Those of one report, whatever became of them before: but for what is refused, and addresses that are suppressed. */
enum dmx_status dmx_mailer_resend(const struct dmx_mailer *mailer, int64_t report,
                                  struct dmx_mailer_result *out) DMX_NODISCARD;

/* How long to wait after so many attempts. */
int64_t dmx_mailer_wait_s(uint32_t attempts);

#endif
