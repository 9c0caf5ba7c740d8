/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * To whom a report goes: the addresses of rua or ruf, in order, each with the word of the domain that it lies in where that is
 * not the reporting domain's own organization (RFC 7489 section 7.1, RFC 9990 section 4). Pure: what must be known from
 * DNS is asked of an answer book.
 */
#ifndef DMX_REPORT_AUTHORISE_H
#define DMX_REPORT_AUTHORISE_H

#include "dmx/dns/answer.h"
#include "dmx/psl/psl.h"
#include "dmx/report/aggregate.h"

enum {
    /* URIs of one rua that are looked at. RFC 7489 section 6.2 asks for two; nobody publishes ten. */
    DMX_DESTINATIONS_MAX = 20,
    /* Questions of one evaluation: a name for each, and the tree walks of the domain and of each host. */
    DMX_DESTINATION_QUESTIONS = (DMX_DESTINATIONS_MAX + 1) * 8 + DMX_DESTINATIONS_MAX,
};

enum dmx_destination_status {
    DMX_DESTINATION_READY = 0, /* reports may go to the address */
    DMX_DESTINATION_REFUSED,   /* and never: the reason says why */
    DMX_DESTINATION_LATER,     /* a lookup failed for now: keep the report, ask again (requirement K6) */
};

struct dmx_destination {
    enum dmx_destination_status status;
    struct dmx_slice published; /* the URI as it stands in the record: hostile */
    struct dmx_slice address;   /* LOCAL@HOST, HOST in normal form; set when READY. Printable, and still hostile */
    struct dmx_slice host;      /* set unless it could not be read */
    bool external;              /* its own domain has authorised it */
    uint64_t max_bytes;         /* "!10m" under RFC 7489; 0: any size */
    struct dmx_reason reason;   /* when not READY */
};

struct dmx_destinations {
    struct dmx_destination items[DMX_DESTINATIONS_MAX];
    size_t count;
    size_t ignored; /* further URIs, over the limit */
};

/*
 * Looks at every URI of the policy's rua; called again after each round until DMX_DONE. An address that stands there twice
 * is in the list once. Malformed URIs and other schemes than mailto are no destinations. Texts live in the arena.
 * DMX_NOMEM shows as arena failure: nothing of *out may be used then.
 */
enum dmx_step dmx_destinations_eval(const struct dmx_policy_published *policy, const struct dmx_psl *psl,
                                    struct dmx_answers *book, struct dmx_arena *arena,
                                    struct dmx_destinations *out) DMX_NODISCARD;

/*
 * The same for failure reports (RFC 9991 section 2): uris are those of the policy's ruf that are to get one, and another
 * domain's word is taken by its ruf.
 */
enum dmx_step dmx_failure_destinations_eval(const struct dmx_policy_published *policy, struct dmx_slice uris,
                                            const struct dmx_psl *psl, struct dmx_answers *book,
                                            struct dmx_arena *arena, struct dmx_destinations *out) DMX_NODISCARD;

/* Whether the site keeps reports about a domain to itself: report_exclude, and the domain of report_email. */
bool dmx_report_is_excluded(const struct dmx_config *config, struct dmx_slice policy_domain);

/* The dialect for a destination's host: report_dialect, and where that says auto the rules'. */
enum dmx_dialect dmx_report_dialect_of(const struct dmx_config *config, struct dmx_slice host);

#endif
