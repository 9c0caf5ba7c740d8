/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The ARC sets of a message and the rules of their structure (RFC 8617 sections 4.2 and 5.2, steps 1 to 3). */
#ifndef DMX_MODULE_ARC_CHAIN_H
#define DMX_MODULE_ARC_CHAIN_H

#include "dmx/arc/result.h"
#include "dmx/dkim/signature.h"
#include "dmx/mail/message.h"

/* The three fields of one instance, as indexes into the message. */
struct arc_links {
    bool has_results, has_message, has_seal;
    size_t results;           /* ARC-Authentication-Results */
    size_t message;           /* ARC-Message-Signature */
    size_t seal;              /* ARC-Seal */
    struct dmx_slice payload; /* of the results: what follows "i=N;" */
    struct dmx_signature message_signature;
    struct dmx_signature seal_signature;
    struct dmx_reason message_defect; /* token NULL: message_signature is of the grammar */
};

struct arc_chain {
    struct arc_links links[DMX_ARC_MAX_INSTANCE]; /* of instance n at n - 1 */
    size_t count;                                 /* the highest instance that was seen */
};

/* Reads every ARC field. False with a reason when they do not make a chain that could pass, or when memory is out. */
bool arc_chain_read(const struct dmx_message *message, struct dmx_arena *arena, struct arc_chain *out,
                    struct dmx_reason *out_reason) DMX_NODISCARD;

/* "i=N", as the detail of a reason. */
struct dmx_slice arc_instance_text(unsigned instance, struct dmx_arena *arena);

#endif
