/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What the seals of a chain are signatures over (RFC 8617 section 5.1.1). */
#ifndef DMX_MODULE_ARC_SEAL_H
#define DMX_MODULE_ARC_SEAL_H

#include "chain.h"
#include "dmx/base/budget.h"
#include "dmx/dkim/crypto.h"

/*
 * The digest of each seal of a whole chain, of instance n at out[n - 1]: over the fields of all sets up to its own. One
 * reading for all: each digest goes on where the one before it stood. DMX_LIMIT: the budget was spent. DMX_NOMEM.
 */
enum dmx_status arc_seal_digests(const struct dmx_message *message, const struct arc_chain *chain,
                                 const struct dmx_budget *budget, struct dmx_digest_value *out) DMX_NODISCARD;

#endif
