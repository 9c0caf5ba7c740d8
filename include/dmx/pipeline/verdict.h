/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Everything that is known of one message when it has been judged: all evidence, and what was decided. */
#ifndef DMX_PIPELINE_VERDICT_H
#define DMX_PIPELINE_VERDICT_H

#include "dmx/arc/result.h"
#include "dmx/dkim/result.h"
#include "dmx/dmarc/discovery.h"
#include "dmx/dmarc/evaluation.h"
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
    struct dmx_discovery discovery;
    struct dmx_dmarc_result dmarc;
    bool has_policy;        /* a record applies */
    enum dmx_policy policy; /* the one that applies, after sp, np and t (and for a bad From the strictest found) */

    enum dmx_disposition disposition;
    enum dmx_disposition would_be; /* without mode = monitor; equal to disposition otherwise */
    bool header_only;              /* quarantine must be by header: not every recipient is subject to it */
    struct dmx_override override;
    struct dmx_reason reason; /* of the disposition, when it is not none or differs from the policy */
    size_t questions;         /* asked of DNS */
};

/* The words of the command line and the log. */
const char *dmx_disposition_word(enum dmx_disposition disposition);
const char *dmx_exempt_word(enum dmx_exempt exempt);

#endif
