/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Alignment and the DMARC result (RFC 7489 sections 3.1 and 6.6.2, RFC 9989 section 5.3). Keeps all, decides once. */
#ifndef DMX_DMARC_EVALUATION_H
#define DMX_DMARC_EVALUATION_H

#include "dmx/dkim/result.h"
#include "dmx/dmarc/discovery.h"
#include "dmx/mail/address.h"
#include "dmx/spf/result.h"

struct dmx_dmarc_evidence {
    const struct dmx_author *author;
    const struct dmx_discovery *discovery; /* of author->domain; not looked at unless author is OK */
    const struct dmx_spf_result *spf;
    const struct dmx_dkim_result *dkim;
    size_t dkim_count;
};

struct dmx_dmarc_result {
    enum dmx_result result; /* pass fail none temperror permerror */
    bool spf_aligned;       /* an SPF pass whose domain is aligned */
    bool dkim_aligned;      /* a DKIM pass whose d= is aligned */
    struct dmx_slice org_domain;
    struct dmx_reason reason; /* when not pass */
};

/*
 * The DMARC result of the evidence. Called again after each round until DMX_DONE (under the tree walk, identifiers need
 * walks of their own). A failed lookup gives temperror only where its identifier could have aligned and nothing else
 * passed (requirement E6); what was CUT counts as not passing. Under the tree walk psl serves only to tell registries
 * from owners where a walk broke off: a public suffix that cannot be looked up aligns nobody with its other customers.
 */
enum dmx_step dmx_dmarc_eval(const struct dmx_dmarc_evidence *evidence, enum dmx_rules rules, const struct dmx_psl *psl,
                             struct dmx_answers *book, struct dmx_dmarc_result *out) DMX_NODISCARD;

#endif
