/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The road of one message: collect, ask, evaluate, decide. Used by Exim's adapter and the command line alike; knows
 * neither. Everything comes in as a value and goes out as one.
 */
#ifndef DMX_PIPELINE_PIPELINE_H
#define DMX_PIPELINE_PIPELINE_H

#include "dmx/base/budget.h"
#include "dmx/dns/source.h"
#include "dmx/mail/message.h"
#include "dmx/pipeline/verdict.h"
#include "dmx/psl/psl.h"
#include "dmx/site/config.h"

/* What the SMTP session tells. Texts belong to the caller and outlive the verdict. */
struct dmx_envelope {
    struct dmx_ip client; /* DMX_IP_NONE: withheld */
    struct dmx_slice helo;
    struct dmx_slice mail_from; /* empty: null sender */
    bool has_mail_from;
    const struct dmx_slice *recipients;
    size_t recipient_count;
    bool authenticated;          /* by SMTP AUTH */
    bool trusted_host;           /* Exim's host list trusted_hosts matched */
    struct dmx_slice acl;        /* the value of $acl_m_dmx, or empty */
    struct dmx_slice acl_signal; /* of $acl_m_dmx_signal, or empty */
    struct dmx_slice receiver;   /* our host name */
    int64_t now_s;
    unsigned draw; /* 0..99, uniform: decides pct */
};

/* Replaces what would be verified (`dmx check --assume`). Counts of 0: nothing is replaced. */
struct dmx_assumption {
    bool has_spf;
    struct dmx_spf_result spf;
    bool has_dkim;
    const struct dmx_dkim_result *dkim;
    size_t dkim_count;
};

struct dmx_engine {
    const struct dmx_config *config;
    const struct dmx_psl *psl; /* NULL: every domain is its own organizational domain */
    struct dmx_dns_source dns;
};

/*
 * Whether the message is exempt, before anything of it is read: authenticated, trusted, by ACL, by recipients, in this
 * order (design section 3, step 4). Fills verdict->exempt and exempt_reason, and the disposition when it is.
 */
bool dmx_pipeline_exempt(const struct dmx_config *config, const struct dmx_envelope *envelope, struct dmx_verdict *out);

/*
 * Judges a message that is not exempt. Everything the verdict points to lives in the arena (or belongs to message,
 * envelope, config). assumption may be NULL. DMX_NOMEM when the arena is exhausted: the caller then treats the message
 * as dmarc=temperror. Never waits beyond the budget.
 */
enum dmx_status dmx_pipeline_judge(const struct dmx_engine *engine, const struct dmx_envelope *envelope,
                                   const struct dmx_message *message, const struct dmx_assumption *assumption,
                                   const struct dmx_budget *budget, struct dmx_arena *arena,
                                   struct dmx_verdict *out) DMX_NODISCARD;

/* SPF alone, without exemptions (`dmx check --spf-only`). */
void dmx_pipeline_spf_only(const struct dmx_engine *engine, const struct dmx_envelope *envelope,
                           const struct dmx_budget *budget, struct dmx_arena *arena, struct dmx_spf_result *out);

#endif
