/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What of a stranger's mail a failure report may show (RFC 9991 section 7, RFC 6590): local parts of addresses become
 * keyed hashes, the same one always the same, so that the reader can tell two persons apart and name none; links do not
 * work any more; addresses of reserved_ips are X.X.X.X. Pure; texts may hold anything and be of any length.
 *
 *     address = local [CFWS] at [CFWS] domain
 *     local   = quoted-string / 1*( atext / "." / %x80-FF ), from right to left as far as it goes
 *     at      = "@" / "%40" / "%2540" / "&commat;" / "&#" *"0" "64" [";"] / "&#x" *"0" "40" [";"]
 *
 * Only local parts go: domains are what reports are about.
 */
#ifndef DMX_REPORT_REDACT_H
#define DMX_REPORT_REDACT_H

#include "dmx/report/mask.h"

struct dmx_redaction {
    bool on;              /* failure_redact; the mask works without it */
    uint8_t key[16];      /* of the hash: not the store's own, of which it is made */
    struct dmx_mask mask; /* its form is X.X.X.X, since people read it */
};

/* As the configuration says. */
struct dmx_redaction dmx_redaction_of(const struct dmx_config *config, const uint8_t store_key[16]);

/* "redacted-" and 16 hexadecimal digits: what stands for a local part, in any case of its letters. */
void dmx_put_redacted(struct dmx_builder *out, const struct dmx_redaction *redaction, struct dmx_slice local,
                      struct dmx_arena *arena);

/* A text, in the arena; empty without memory. */
struct dmx_slice dmx_redact_text(const struct dmx_redaction *redaction, struct dmx_slice text, struct dmx_arena *arena);

/*
 * A header field, name and value each as a text, but an encoded-word (RFC 2047) that hides what must not be shown, or is in
 * a charset in which that cannot be seen, becomes "[redacted]". Whoever reads the report sees the others as they were.
 */
struct dmx_slice dmx_redact_field(const struct dmx_redaction *redaction, struct dmx_slice field,
                                  struct dmx_arena *arena);

/* Whether a text, of any length, holds an address of reserved_ips. */
bool dmx_redaction_finds_hidden(const struct dmx_redaction *redaction, struct dmx_slice text);

#endif
