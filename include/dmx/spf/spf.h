/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* SPF (RFC 7208) through libspf2. Nothing outside module/spf knows that libspf2 exists. */
#ifndef DMX_SPF_SPF_H
#define DMX_SPF_SPF_H

#include "dmx/base/arena.h"
#include "dmx/base/ip.h"
#include "dmx/dns/answer.h"
#include "dmx/spf/result.h"

struct dmx_spf_request {
    enum dmx_spf_identity identity; /* MAILFROM (0) decides; HELO is postmaster@HELO (section 2.3), evidence only */
    struct dmx_ip client;           /* DMX_IP_NONE: withheld; the result is none */
    struct dmx_slice helo;          /* as the client said it */
    struct dmx_slice mail_from;     /* without <>; empty: null sender, checked as postmaster@HELO (section 2.4) */
    bool has_mail_from;             /* false: nothing is known of it, the result is none */
    struct dmx_slice receiver;      /* our host name, for the macro r */
    int64_t now_s;                  /* for the macro t */
    bool look_for_type_99;          /* ask for an obsolete record too, to flag it: one question more */
};

/*
 * check_host() for one identity. Called again after each round of answers until it says DMX_DONE; then *out
 * is complete. Texts of *out live in the arena.
 */
enum dmx_step dmx_spf_eval(const struct dmx_spf_request *request, struct dmx_answers *book, struct dmx_arena *arena,
                           struct dmx_spf_result *out) DMX_NODISCARD;

#endif
