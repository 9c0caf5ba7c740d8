/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What the journal keeps of one message: struct <-> bytes. Pure. Domains, addresses of hosts, results and reasons; no
 * local part of any address, no text of the message.
 *
 * Results and the like are words, as the log and the reports have them, so that a record means the same whatever order
 * an enum has in some later version. An empty slice: not known, or not so.
 *
 *     frame   = magic length payload crc      magic "DMXJ"; length and crc 32 bits, most significant byte first
 *     payload = *(tag size value)             tag 8 bits, size 16 bits; crc is over length and payload
 *
 * A reader passes over tags that it does not know, takes an absent one as empty, and finds the next frame behind a
 * damaged one by its magic and crc. A record that cannot be understood so, should there ever be one, has a higher
 * version, and is passed over like damaged bytes.
 */
#ifndef DMX_JOURNAL_EVENT_H
#define DMX_JOURNAL_EVENT_H

#include <stdint.h>

#include "dmx/base/arena.h"
#include "dmx/base/builder.h"
#include "dmx/base/ip.h"

enum {
    DMX_EVENT_VERSION = 1,     /* of the meaning of tags; a reader passes over records of a later one */
    DMX_EVENT_DKIM = 100,      /* signatures kept: as many as a report row may have (RFC 9990) */
    DMX_EVENT_RECIPIENTS = 20, /* recipient domains kept, each once */
    DMX_EVENT_NOTES = 16,      /* words about the record */
    DMX_EVENT_TEXT = 1000,     /* bytes of a text; beyond that it is cut */
    DMX_EVENT_RECORD = 4096,   /* of the DMARC record: RFC 7489 records that people publish have some hundred */
    DMX_EVENT_MAX = 64 * 1024, /* a whole frame; it is written in one piece */
};

enum {
    DMX_EVENT_SPF_ALIGNED = 1U << 0,
    DMX_EVENT_DKIM_ALIGNED = 1U << 1,
    DMX_EVENT_SPF_OF_HELO = 1U << 2,
    DMX_EVENT_NULL_SENDER = 1U << 3,
    DMX_EVENT_LIST_FIELDS = 1U << 4,
    DMX_EVENT_INBOUND_RELAY = 1U << 5,
    DMX_EVENT_NO_REPORT = 1U << 6,
    DMX_EVENT_MIXED_RECIPIENTS = 1U << 7,
    DMX_EVENT_MORE_RECIPIENTS = 1U << 8, /* than DMX_EVENT_RECIPIENTS domains */
    DMX_EVENT_NAME_DOMAIN = 1U << 9,     /* the display name showed an address of another domain */
};

struct dmx_event_dkim {
    struct dmx_slice result, domain, selector;
    struct dmx_slice reason; /* the word of what is not pass; empty in records of dmx before reports */
    bool header_intact;
};

struct dmx_event {
    int64_t time_s;
    uint32_t flags; /* DMX_EVENT_… */
    uint8_t draw;   /* 0..99: whether pct takes it */
    struct dmx_ip client;
    struct dmx_slice exempt; /* why it was not judged; everything about the judgement is empty then */
    struct dmx_slice rules, author, author_status, org_domain, policy_domain, record;
    struct dmx_slice result, reason;        /* of DMARC, and the reason's word */
    struct dmx_slice published, policy;     /* of the tag that applied; after t=y */
    struct dmx_slice bad_from_policy;       /* strictest among the domains of a From that cannot be validated */
    struct dmx_slice disposition, would_be; /* would_be: without mode = monitor */
    struct dmx_slice override_type, override_comment;
    struct dmx_slice acl, acl_signal;  /* the administrator's words, without his reason */
    struct dmx_slice signal, indirect; /* by which on_reject = corroborated went */
    struct dmx_slice spf_result, spf_domain;
    struct dmx_slice shadow_rules, shadow_result, shadow_policy, shadow_would_be;
    struct dmx_slice arc_result, arc_sealer; /* of the chain, and who sealed it last */
    struct dmx_slice arc_override;           /* what trusted sealers vouched for; empty: nothing */
    const struct dmx_event_dkim *dkim;
    size_t dkim_count;
    const struct dmx_slice *recipients; /* domains, each once */
    size_t recipient_count;
    const struct dmx_slice *notes; /* words about the record: what an aggregate report's error element says */
    size_t note_count;
};

/* Appends the frame of an event; out needs room for DMX_EVENT_MAX. What is over a limit above is left out or cut. */
void dmx_event_put(struct dmx_builder *out, const struct dmx_event *event);

/*
 * Takes the next event off *rest, which holds the bytes of a journal. False when there is none left: then *rest is what
 * may be the start of a frame that is still being written. *damaged grows by the bytes that had to be passed over.
 * Texts of *out are slices of the bytes, lists live in the arena. DMX_NOMEM shows as arena failure, and ends it too.
 */
bool dmx_event_next(struct dmx_slice *rest, struct dmx_arena *arena, struct dmx_event *out, size_t *damaged);

#endif
