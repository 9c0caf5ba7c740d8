/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A verdict as text: the header fields, reply, log line and $local_scan_data that it calls for. Pure. */
#ifndef DMX_PIPELINE_EFFECTS_H
#define DMX_PIPELINE_EFFECTS_H

#include "dmx/base/builder.h"
#include "dmx/pipeline/pipeline.h"

/* The Authentication-Results field with its final LF, at most DMX_AUTHRES_MAX bytes. id: our authserv-id. */
void dmx_put_authres(struct dmx_builder *out, const struct dmx_verdict *verdict, const struct dmx_envelope *envelope,
                     struct dmx_slice id);

/* Whether the verdict wants the fail-policy header, and the word in it: the policy that was asked for and not enforced
   by refusing. NULL: none. */
const char *dmx_fail_policy_word(const struct dmx_verdict *verdict);

/*
 * The text after "550 " or "451 ": "5.7.1 …" (RFC 3463), wrapped into lines of at most 480 bytes joined by LF with the
 * code before each, everything from outside escaped. A site's reject_text replaces the default words.
 */
void dmx_put_reply(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict,
                   const struct dmx_envelope *envelope);

/* The log line, key=value, one line, without the message id (Exim puts that before it). At most DMX_LOG_MAX bytes. */
enum { DMX_LOG_MAX = 4000 }; /* Exim replaces a line over about 8 kB */
void dmx_put_log(struct dmx_builder *out, const struct dmx_config *config, const struct dmx_verdict *verdict,
                 const struct dmx_envelope *envelope);

/* What the owner of an SPF record should mend: "+all, ptr, over 10 lookups, type 99 record"; nothing when all is well. */
void dmx_put_spf_flags(struct dmx_builder *out, const struct dmx_spf_result *spf);

/* $local_scan_data: "dmarc=fail policy=reject disposition=quarantine domain=example.com", at most 1000 bytes. */
void dmx_put_data(struct dmx_builder *out, const struct dmx_verdict *verdict);

#endif
