/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Where answers come from: a resolver, or a scripted zone. The pipeline knows only this. */
#ifndef DMX_DNS_SOURCE_H
#define DMX_DNS_SOURCE_H

#include "dmx/base/budget.h"
#include "dmx/dns/answer.h"

/*
 * Answers every open question of the book, all at the same time where that takes waiting; returns when all have an
 * answer or the budget is spent (then some stay open). Asks nothing else and never fails otherwise.
 */
struct dmx_dns_source {
    void (*resolve)(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget);
    void *ctx;
};

#endif
