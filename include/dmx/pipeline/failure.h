/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Failure reports, the module's part (RFC 9991, RFC 9989 section 4.7): whether one is due, to whom, whether the limits let
 * it, and the capsule that the reporter makes it of. All but the limits is pure.
 */
#ifndef DMX_PIPELINE_FAILURE_H
#define DMX_PIPELINE_FAILURE_H

#include "dmx/dns/cache.h"
#include "dmx/journal/capsule.h"
#include "dmx/pipeline/pipeline.h"

/* Which conditions of fo= hold, whether anybody asked for them or not: DMX_FAILURE_…. */
uint32_t dmx_failure_conditions(const struct dmx_verdict *verdict);

/* What fo= asks for: DMX_FAILURE_…; DMX_FAILURE_ALL where it is absent or bad, nothing without ruf (requirement B8). */
uint32_t dmx_failure_asked(const struct dmx_dmarc_record *record);

struct dmx_failure {
    uint32_t conditions;                                     /* asked for and hold; 0: no report is due */
    const char *why_not;                                     /* a word for tests and tools; NULL when one is due */
    size_t count;                                            /* of the two lists */
    struct dmx_slice destinations[DMX_CAPSULE_DESTINATIONS]; /* URIs of ruf, each recipient once */
    struct dmx_slice keys[DMX_CAPSULE_DESTINATIONS];         /* their addresses, in lower case */
    uint32_t refused[DMX_CAPSULE_DESTINATIONS];              /* told by their buckets: see dmx_failure_limit */
    struct dmx_slice organization;                           /* whom it is about, as the limits count */
};

/*
 * Whether a report is due, and to whom. Never: what the site does not report (dmx_config_sends_failures, report_exclude
 * and report_email's domain), what was not judged, is not to be reported, or has no policy record, a record with psd=y
 * (requirement L2), mail that is itself a report. Lists and texts live in the arena. psl is for
 * the organization alone, and may be NULL. DMX_NOMEM.
 */
enum dmx_status dmx_failure_find(const struct dmx_config *config, const struct dmx_psl *psl,
                                 const struct dmx_verdict *verdict, const struct dmx_message *message,
                                 struct dmx_arena *arena, struct dmx_failure *out) DMX_NODISCARD;

/*
 * Takes the tokens of one report: of each recipient, of the organization, and of all. What is left in *failure are the
 * destinations that may have it. 0: none may, and the incident is counted for the next. Otherwise how many incidents
 * the report is about. now_ms is of the clock that never steps.
 */
uint32_t dmx_failure_limit(const struct dmx_config *config, struct dmx_cache *cache, uint64_t now_ms,
                           struct dmx_failure *failure);

/* Counts them again: the report could not be written. The tokens are spent. */
void dmx_failure_forgo(const struct dmx_config *config, struct dmx_cache *cache, uint64_t now_ms,
                       const struct dmx_failure *failure);

/* What only the host knows of a message. */
struct dmx_failure_facts {
    struct dmx_slice authserv_id, queue_id, envelope_id;
    bool header_cut; /* the message has not all of its fields: there were too many */
    uint8_t id[16];  /* chance */
};

/*
 * The capsule of a report that may be sent. The body is read only where an option wants it. Texts are the verdict's and
 * the envelope's, or live in the arena. DMX_NOMEM; DMX_IO: the body cannot be read.
 */
enum dmx_status dmx_failure_capsule(const struct dmx_config *config, const struct dmx_envelope *envelope,
                                    const struct dmx_verdict *verdict, const struct dmx_message *message,
                                    const struct dmx_failure *failure, const struct dmx_failure_facts *facts,
                                    struct dmx_arena *arena, struct dmx_capsule *out) DMX_NODISCARD;

#endif
