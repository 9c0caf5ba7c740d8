/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Everything that is known of one message when it has been judged: all evidence, and what was decided. */
#ifndef DMX_PIPELINE_VERDICT_H
#define DMX_PIPELINE_VERDICT_H

#include "dmx/arc/result.h"
#include "dmx/dkim/result.h"
#include "dmx/dmarc/discovery.h"
#include "dmx/dmarc/evaluation.h"
#include "dmx/dmarc/lint.h"
#include "dmx/mail/address.h"
#include "dmx/spf/result.h"

enum dmx_disposition {
    DMX_DISPOSITION_NONE = 0,
    DMX_DISPOSITION_QUARANTINE,
    DMX_DISPOSITION_REJECT,
    DMX_DISPOSITION_DEFER,
    DMX_DISPOSITION_EXEMPT,
};

enum dmx_exempt {
    DMX_EXEMPT_NO = 0,
    DMX_EXEMPT_AUTHENTICATED,
    DMX_EXEMPT_TRUSTED_IP,
    DMX_EXEMPT_TRUSTED_HOST,
    DMX_EXEMPT_ACL,
    DMX_EXEMPT_RECIPIENT,
};

/* Why the disposition differs from the policy (RFC 7489 Appendix C PolicyOverrideType, RFC 9990). */
struct dmx_override {
    const char *type;         /* "local_policy", "sampled_out", "policy_test_mode", …; NULL: no deviation */
    struct dmx_slice comment; /* for people */
};

/*
 * on_reject = corroborated (RFC 9989 section 7.4): what says besides the policy that a message is forged, and what says
 * that it was passed on. Constant words, NULL for nothing; details from outside.
 */
struct dmx_corroboration {
    const char *signal; /* "acl-signal", "corroborate-domains", "spf-hard-fail" */
    struct dmx_slice signal_detail;
    const char *indirect; /* "forwarder", "arc", "mailing-list" */
    struct dmx_slice indirect_detail;
};

/* What the other rule set would have said. Nothing of it is enforced. */
struct dmx_shadow {
    bool judged; /* false: not asked for, or a limit or the deadline cut its questions */
    enum dmx_rules rules;
    struct dmx_dmarc_result dmarc;
    bool has_policy;
    enum dmx_policy policy;
    struct dmx_slice policy_domain;             /* set with has_policy */
    enum dmx_disposition disposition, would_be; /* as below */
    bool differs;                               /* would_be is another one than the verdict's */
};

/* In the order in which it becomes known, not of sizes: there is one a message. */
struct dmx_verdict { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    enum dmx_exempt exempt;
    struct dmx_slice exempt_reason; /* the administrator's words from $acl_m_dmx, or empty */
    bool judged;                    /* false for exempt mail: everything up to `disposition` is empty then */

    struct dmx_author author;
    struct dmx_spf_result spf;
    bool has_helo; /* spf_helo = yes, and HELO is not what spf was judged by: evidence that decides nothing */
    struct dmx_spf_result helo;
    const struct dmx_dkim_result *dkim;
    size_t dkim_count;
    size_t dkim_ignored;
    bool has_arc; /* an ARC header field is present */
    struct dmx_arc_result arc;
    struct dmx_slice arc_override;    /* trusted sealers vouch for a message that failed: the override's comment */
    struct dmx_reason sealers_reason; /* why they do not, where there are trusted sealers and an intact chain */
    bool has_list;                    /* so is a List-Id or List-Post (RFC 2919, RFC 2369): anybody can write one */
    bool inbound_relay;               /* the client is one of inbound_relays: SPF was not looked at */
    bool mixed_recipients;            /* some of them, but not all, are in exempt_recipients */
    bool no_report;                   /* never to be reported: from an inbound relay, or $acl_m_dmx = noreport */
    bool null_sender;                 /* SPF is of postmaster@HELO */
    struct dmx_discovery discovery;
    struct dmx_dmarc_result dmarc;
    /* Of a From that cannot be validated: whether one of its domains has a record, and the strictest policy. */
    bool bad_from_found;
    enum dmx_policy bad_from_policy;
    struct dmx_lint lint;   /* what is wrong with the records that were found */
    bool has_policy;        /* a record applies */
    enum dmx_policy policy; /* the one that applies, after sp, np and t (and for a bad From the strictest found) */

    enum dmx_disposition disposition;
    enum dmx_disposition would_be; /* without mode = monitor; equal to disposition otherwise */
    bool header_only;              /* quarantine must be by header: not every recipient is subject to it */
    bool approved;                 /* the site takes it for authentic though it fails: nothing marks it */
    struct dmx_override override;
    struct dmx_corroboration corroboration; /* as far as it was looked for */
    struct dmx_shadow shadow;
    struct dmx_reason reason; /* of the disposition, when it is not none or differs from the policy */
    size_t questions;         /* asked of DNS */
    struct dmx_slice stale;   /* names whose answers the cache gave over their time, as DNS failed: see stale.h */
};

/* The words of the command line and the log. */
const char *dmx_disposition_word(enum dmx_disposition disposition);
const char *dmx_exempt_word(enum dmx_exempt exempt);
/* "rfc7489", "rfc9989". */
const char *dmx_rules_word(enum dmx_rules rules);

#endif
