/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Addresses: the author's (RFC 5322 section 3.4) and the envelope's (RFC 5321 section 4.1.2). */
#ifndef DMX_MAIL_ADDRESS_H
#define DMX_MAIL_ADDRESS_H

#include "dmx/base/reason.h"
#include "dmx/mail/message.h"

enum { DMX_AUTHOR_DOMAINS = 4 }; /* of a From that cannot be validated, at most so many are looked at (design) */

enum dmx_author_status {
    DMX_AUTHOR_OK = 0,
    DMX_AUTHOR_NONE,     /* no From field */
    DMX_AUTHOR_MULTIPLE, /* several From fields, or several domains in one */
    DMX_AUTHOR_INVALID,  /* a From field that cannot be read without doubt */
};

struct dmx_author {
    enum dmx_author_status status;
    struct dmx_slice domain; /* normal form; set when status is OK */
    /* Every distinct domain that could be read, the first DMX_AUTHOR_DOMAINS of them, whatever the status. */
    struct dmx_slice domains[DMX_AUTHOR_DOMAINS];
    size_t domain_count;
    bool more_domains; /* others were there, and were not kept: no honest mail has so many */
    /* Of an address that the display name or a comment carries, when status is OK and it is not the author's domain. */
    struct dmx_slice name_domain;
    struct dmx_reason reason; /* when not OK */
};

/*
 * The Author Domain (RFC 7489 section 3.1, RFC 9989 section 5.3.1) from the message's From fields, matched by whole
 * name, never Resent-From. Several addresses of one domain are fine, also where one stands in place of the name of the
 * other. What is doubtful is INVALID: a parser that guesses reads another address than people see. The domains of such
 * a field are those that a hasty reader could find in it. One slip is forgiven: a comma in a name that is not quoted,
 * where the field holds no other address and no other @ at all. Without memory the outcome is INVALID: ask dmx_arena_failed.
 */
void dmx_author_find(const struct dmx_message *message, struct dmx_arena *arena, struct dmx_author *out);

/*
 * Splits an envelope address at its last @ into local part and domain (not normalised). An empty address gives two
 * empty slices; one without @ is a domain whose local part is "postmaster" (RFC 7208 section 4.3).
 */
void dmx_path_split(struct dmx_slice address, struct dmx_slice *out_local, struct dmx_slice *out_domain);

#endif
