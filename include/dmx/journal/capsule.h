/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What is kept of one failing message until a failure report about it was sent (RFC 9991, RFC 6591): struct <-> bytes.
 * Pure. Unlike the journal it holds local parts and text of the message, so it lies in files of mode 0600, and not for
 * long. Everything in it came from outside; what becomes of it in a report (redaction, masking) is the reporter's.
 *
 *     file    = magic length payload crc      magic "DMXF"; length and crc 32 bits, most significant byte first
 *     payload = *(tag size value)             tag 8 bits, size 32 bits; crc is over length and payload
 *
 * One tag holds the whole frame of the event (dmx/journal/event.h). A reader passes over tags that it does not know and
 * takes an absent one as empty; a file that is not whole, or of a higher version, is refused whole.
 */
#ifndef DMX_JOURNAL_CAPSULE_H
#define DMX_JOURNAL_CAPSULE_H

#include "dmx/journal/event.h"

enum {
    DMX_CAPSULE_VERSION = 1,
    DMX_CAPSULE_DESTINATIONS = 4,   /* URIs of ruf; RFC 7489 section 6.2 asks for two */
    DMX_CAPSULE_HEADER = 64 * 1024, /* bytes of header fields: the first ones, whole fields only */
    DMX_CAPSULE_BODY = 256 * 1024,  /* of the body; a longer one is cut */
    DMX_CAPSULE_TEXT = 4096,        /* of any other text */
    DMX_CAPSULE_MAX = 512 * 1024,   /* a whole file */
};

/* The conditions of fo= (RFC 9989 section 4.7) that were asked for and hold. Numbers are kept: they are in files. */
enum {
    DMX_FAILURE_ALL = 1U << 0,  /* "0": no mechanism produced an aligned pass */
    DMX_FAILURE_ANY = 1U << 1,  /* "1": some mechanism did not */
    DMX_FAILURE_DKIM = 1U << 2, /* "d": a signature failed, aligned or not */
    DMX_FAILURE_SPF = 1U << 3,  /* "s": SPF failed, aligned or not */
};

struct dmx_capsule {
    uint8_t id[16];      /* drawn when it was made: Message-ID and boundaries of the report come of it */
    uint32_t conditions; /* DMX_FAILURE_… */
    uint32_t incidents;  /* this one, and like ones that the limits kept from being reported since the last */
    struct dmx_event event;
    struct dmx_slice receiver, authserv_id; /* our host name, and the name in Authentication-Results */
    struct dmx_slice queue_id;              /* the mail server's own for the message */
    struct dmx_slice helo;
    struct dmx_slice mail_from; /* event.flags tells the null sender */
    bool has_mail_from;
    struct dmx_slice envelope_id; /* ENVID of RFC 3461; empty: none, or not known */
    struct dmx_slice authres; /* the Authentication-Results field that was made, with its name, without its final LF */
    struct dmx_slice spf_record; /* the text of the SPF record that was evaluated; empty: none, or not known */
    struct dmx_slice dkim_identities[DMX_EVENT_DKIM];        /* i= of event.dkim[] */
    struct dmx_slice destinations[DMX_CAPSULE_DESTINATIONS]; /* URIs as published that the limits let through */
    size_t destination_count;
    struct dmx_slice header; /* fields as they arrived, each with LF at its end */
    bool header_cut;         /* there were more */
    struct dmx_slice body;   /* as far as it is kept */
    uint64_t body_size;      /* of the whole one; body is whole when its length is this */
    bool body_wire_form;     /* as in struct dmx_body */
};

/* Appends the file of a capsule; out needs room for DMX_CAPSULE_MAX. What is over a limit above is left out or cut. */
void dmx_capsule_put(struct dmx_builder *out, const struct dmx_capsule *capsule);

/*
 * Reads a file. Texts of *out are slices of the bytes, lists live in the arena. DMX_INVALID: it is damaged, or none of
 * ours; *out_why says what is wrong, a static text. DMX_NOMEM.
 */
enum dmx_status dmx_capsule_get(struct dmx_slice bytes, struct dmx_arena *arena, struct dmx_capsule *out,
                                const char **out_why) DMX_NODISCARD;

#endif
