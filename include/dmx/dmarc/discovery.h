/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Policy discovery: which record speaks for an Author Domain (RFC 7489 section 6.6.3, RFC 9989 section 4.10). */
#ifndef DMX_DMARC_DISCOVERY_H
#define DMX_DMARC_DISCOVERY_H

#include "dmx/dmarc/record.h"
#include "dmx/dns/answer.h"
#include "dmx/psl/psl.h"

enum dmx_rules { DMX_RULES_7489 = 0, DMX_RULES_9989 };

enum dmx_discovery_status {
    DMX_DISCOVERY_FOUND = 0,
    DMX_DISCOVERY_NONE,      /* DMARC does not apply */
    DMX_DISCOVERY_TEMPERROR, /* a lookup failed: neither "a record" nor "no record" */
    DMX_DISCOVERY_PERMERROR, /* a record is there and cannot be used */
};

/* Which tag of the record gave the policy. */
enum dmx_policy_tag { DMX_FROM_P = 0, DMX_FROM_SP, DMX_FROM_NP };

struct dmx_discovery {
    enum dmx_discovery_status status;
    struct dmx_slice policy_domain; /* where the record stands; set when FOUND */
    struct dmx_slice org_domain;    /* of the Author Domain, always set; as far as known when a lookup failed */
    struct dmx_dmarc_record record;
    enum dmx_policy_tag tag;
    enum dmx_policy published; /* the tag's policy */
    enum dmx_policy policy;    /* what applies: after t=y; before sampling and the site's options */
    struct dmx_reason reason;  /* when not FOUND, and where the policy is not the published one */
};

/*
 * Asks for and picks the record for author (normal form). Called again after each round until DMX_DONE, once as a rule:
 * all names are asked in the first round, 2 under DMX_RULES_7489 and at most 8 under DMX_RULES_9989; a second round
 * asks whether the author's domain exists, where np could apply. Under DMX_RULES_7489 psl decides the organizational
 * domain; under DMX_RULES_9989 the tree walk does, and psl is not used. An absent p is p=none under DMX_RULES_9989
 * (section 4.7) and a defect under DMX_RULES_7489 (section 6.6.3), mended only by a rua.
 * Texts of *out live with the author and in the book's arena.
 */
enum dmx_step dmx_discovery_eval(struct dmx_slice author, enum dmx_rules rules, const struct dmx_psl *psl,
                                 struct dmx_answers *book, struct dmx_discovery *out) DMX_NODISCARD;

/*
 * The organizational domain of any identifier, for relaxed alignment: by the list at once, by the tree walk after its
 * questions are answered. *out_failed: a lookup of the walk failed or was cut, *out_org is what was known before it.
 */
enum dmx_step dmx_org_domain_eval(struct dmx_slice domain, enum dmx_rules rules, const struct dmx_psl *psl,
                                  struct dmx_answers *book, struct dmx_slice *out_org, bool *out_failed) DMX_NODISCARD;

#endif
