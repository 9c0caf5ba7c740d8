/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* DKIM verification (RFC 6376, 8301, 8463) on OpenSSL. A message without signature touches no cryptography. */
#ifndef DMX_DKIM_DKIM_H
#define DMX_DKIM_DKIM_H

#include "dmx/base/budget.h"
#include "dmx/dkim/memo.h"
#include "dmx/dkim/result.h"
#include "dmx/dns/answer.h"
#include "dmx/mail/message.h"

struct dmx_dkim_settings {
    unsigned min_rsa_bits;    /* dkim_min_rsa_bits */
    bool accept_rsa_sha1;     /* dkim_rsa_sha1 = accept */
    bool accept_partial_body; /* dkim_partial_body = accept */
    size_t max_signatures;    /* dkim_max_signatures: more are not looked at */
    int64_t now_s;            /* for x= */
    struct dmx_verify_memo *memo;
    /* Signatures whose d= satisfies this are taken first when there are more than the limit; NULL: in order. */
    bool (*could_align)(const void *ctx, struct dmx_slice domain);
    const void *could_align_ctx;
};

struct dmx_dkim;

/*
 * Finds and parses the signatures, top to bottom, at most max_signatures. Message, settings and memo must outlive
 * *out, which lives in the arena. DMX_NOMEM only.
 */
enum dmx_status dmx_dkim_begin(const struct dmx_message *message, const struct dmx_dkim_settings *settings,
                               struct dmx_arena *arena, struct dmx_dkim **out) DMX_NODISCARD;

/*
 * Asks for keys, verifies what it can. Called again after each round of answers until it says DMX_DONE. When the
 * budget is spent, what is not verified is temperror with reason "deadline".
 */
enum dmx_step dmx_dkim_eval(struct dmx_dkim *dkim, struct dmx_answers *book,
                            const struct dmx_budget *budget) DMX_NODISCARD;

/* One result a signature, in the message's order; valid after DMX_DONE. */
const struct dmx_dkim_result *dmx_dkim_results(const struct dmx_dkim *dkim, size_t *out_count);
/* Signatures that were not looked at because of the limit. */
size_t dmx_dkim_ignored(const struct dmx_dkim *dkim);

#endif
