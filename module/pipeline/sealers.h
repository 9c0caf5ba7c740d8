/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Whether an ARC chain makes up for a DMARC fail (RFC 8617 section 7.2.1): the site's trust in those who sealed it. */
#ifndef DMX_PIPELINE_SEALERS_H
#define DMX_PIPELINE_SEALERS_H

#include "dmx/arc/result.h"
#include "dmx/site/config.h"

/*
 * True when the chain passes, and there is a set from which on up to the newest every seal is by a listed domain, whose
 * ARC-Authentication-Results says without doubt that DMARC passed for author, the domain that is in From now; of several
 * such sets the oldest counts. A listed sealer who saw it fail for that domain ends the matter, whatever those behind
 * him say. *out_comment: "arc=pass as[2].d=… as[2].s=… as[1].d=…", from the newest to the one relied on. False: why.
 */
bool sealers_vouch(const struct dmx_arc_result *arc, const struct dmx_domain_list *trusted, struct dmx_slice author,
                   struct dmx_arena *arena, struct dmx_slice *out_comment, struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
