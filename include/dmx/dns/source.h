/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Where answers come from: a resolver, or a scripted zone. The pipeline knows only this. */
#ifndef DMX_DNS_SOURCE_H
#define DMX_DNS_SOURCE_H

#include "dmx/base/budget.h"
#include "dmx/dns/answer.h"

/*
 * resolve() works on the open questions of the book, all at the same time where that takes waiting. It returns when all
 * have an answer, soon after some have (the others stay under way, and the next call goes on with them), or when the
 * budget is spent: what had waited as long as one try may take is then TIMEOUT, and the rest stays open. It asks nothing
 * else and never fails otherwise. start() sends what is open and waits for nothing; a resolve() of the same book follows.
 * end() says that the book will not be seen again: what is under way is given up. Both may be NULL.
 */
struct dmx_dns_source {
    void (*resolve)(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget);
    void (*start)(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget);
    void (*end)(void *ctx);
    void *ctx;
};

#endif
