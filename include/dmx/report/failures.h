/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Failure reports on their way from capsules to sendmail. The directory journal_dir/failures is the queue:
 *
 *     NNN        what the module wrote about one message (dmx/journal/capsule_file.h); .NNN: a writer is at it
 *     mail-ID    a finished mail to one address, with the ids of the capsules that it is about, until it was handed over
 *     bad-NAME   one that cannot be read: damaged, or of a later version
 *     tally      what was counted since it was made
 *
 * Capsules become mails first, like ones together: a mail is on the disk before a capsule is deleted, and a capsule that
 * stands in a mail already makes no second one to that address. Only then mails are handed over, in the bytes that are on
 * the disk, and deleted after that. So whoever dies at any instant loses nothing; what is sent again by that is the same
 * mail to the last byte, with the same Message-ID.
 */
#ifndef DMX_REPORT_FAILURES_H
#define DMX_REPORT_FAILURES_H

#include "dmx/dns/source.h"
#include "dmx/journal/capsule_file.h"
#include "dmx/psl/psl.h"
#include "dmx/report/authorise.h"
#include "dmx/report/store.h"

enum {
    DMX_FAILURES_BATCH = 64,        /* capsules that are looked at together: like ones become one report */
    DMX_FAILURES_DNS_MS = 3 * 1000, /* for their destinations; what is not known then is asked again by the next run */
    /* After that long who is known gets the report, and who is not does not: one name server that is silent must not keep it
       from the others. */
    DMX_FAILURES_UNKNOWN_S = 10 * 60,
    /*
     * A failure report is about something that goes on: after two days a forgery is over and a misconfigured sender was told
     * of by others. It is also as long as texts of strangers may lie about. Aggregate reports, which have the numbers, are
     * tried for five days.
     */
    DMX_FAILURES_AGE_S = 2 * DMX_DAY_S,
    DMX_FAILURES_BYTES = 256 * 1024 * 1024, /* of the directory; the oldest go first */
    DMX_FAILURES_FIRST_WAIT_S = 60, /* after the first attempt; as long again as it has waited after each further */
    DMX_FAILURES_MOST_WAIT_S = 60 * 60,
};

/* What was counted, in one run or since the tally was made. */
struct dmx_failures_tally {
    uint64_t capsules;   /* that were read */
    uint64_t incidents;  /* of those in mails that were handed over */
    uint64_t sent;       /* mails */
    uint64_t failed;     /* mails that were refused, or could not be made */
    uint64_t suppressed; /* addresses that get nothing now */
    uint64_t refused;    /* destinations that are not authorised, or never became known */
    uint64_t unwanted;   /* capsules of which nobody gets a report: excluded domains, psd=y, no usable ruf */
    uint64_t old;        /* capsules and mails over DMX_FAILURES_AGE_S */
    uint64_t excess;     /* and over DMX_FAILURES_BYTES */
    uint64_t damaged;
};

/* What happened to one of them. */
struct dmx_failures_event {
    const char *what;       /* static: "handed over", "later", … */
    const char *file;       /* NUL-terminated */
    struct dmx_slice about; /* a domain or an address: hostile; or empty */
    struct dmx_slice why;   /* for people; or empty */
    bool trouble;           /* the administrator wants to know */
};

struct dmx_failures {
    struct dmx_store *store;
    const struct dmx_config *config;
    const struct dmx_psl *psl; /* or NULL */
    struct dmx_dns_source dns;
    int64_t skew_s; /* added to the clock: 0 but for tests */
    /* NULL, or told of each. */
    void (*see)(void *ctx, const struct dmx_failures_event *event);
    void *ctx;
    /* NULL, or asked between two mails whether to go on. */
    bool (*go_on)(void *ctx);
};

struct dmx_failures_result {
    struct dmx_failures_tally tally;
    uint64_t made;              /* mails */
    uint64_t later;             /* capsules and mails that stay */
    bool broken;                /* sendmail cannot be used: text says why */
    char text[DMX_STORE_ERROR]; /* one line; bytes from outside escaped */
};

/*
 * Makes and sends all there is; where failure reports are not sent, deletes it. A directory that is not there holds nothing.
 * DMX_LIMIT: somebody else is at it. Otherwise what went wrong with the store or the directory; out->text says what.
 */
enum dmx_status dmx_failures_run(const struct dmx_failures *failures, struct dmx_failures_result *out) DMX_NODISCARD;

/* What is in the directory, for `dmx report status`; false when it cannot be read. */
struct dmx_failures_waiting {
    uint64_t capsules, capsule_bytes, mails, mail_bytes, bad, bad_bytes;
    int64_t oldest_s; /* of capsules and mails; 0: none waits */
    struct dmx_failures_tally tally;
    int64_t tally_since_s; /* 0: there is none */
};
bool dmx_failures_look(const char *journal_dir, struct dmx_failures_waiting *out);

/* journal_dir "/" DMX_CAPSULE_DIR; NULL when it does not fit. */
const char *dmx_failures_dir(const char *journal_dir, char *room, size_t size);

/* Why nobody gets a report about a capsule's message; NULL: somebody may. */
const char *dmx_failures_unwanted(const struct dmx_config *config, const struct dmx_policy_published *policy,
                                  const struct dmx_event *event);

/* How long a mail waits after an attempt, when it was made and tried last. */
int64_t dmx_failures_wait_s(int64_t made_s, int64_t tried_s);

#endif
