/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Addresses that get nothing for a while, because what was sent there came back or was refused. */
#ifndef DMX_REPORT_SUPPRESS_H
#define DMX_REPORT_SUPPRESS_H

#include "dmx/report/store.h"

enum {
    DMX_SUPPRESS_FIRST_S = 3 * DMX_DAY_S, /* the first time; twice as long each time after */
    DMX_SUPPRESS_MOST_S = 96 * DMX_DAY_S,
};

/* How long an address is left alone that this happens to for the times-th time, from 1. */
int64_t dmx_suppress_wait_s(uint32_t times);

/*
 * Suppresses an address from now_s on. One that is suppressed already stays as it is: several bounces of the same days
 * are one reason. reason is for people. As the store's verbs.
 */
enum dmx_status dmx_suppress_add(struct dmx_store *store, struct dmx_slice address, int64_t now_s,
                                 struct dmx_slice reason, struct dmx_arena *arena) DMX_NODISCARD;

/* Whether an address gets nothing now; *out has since when and why. */
enum dmx_status dmx_suppress_find(struct dmx_store *store, struct dmx_slice address, int64_t now_s,
                                  struct dmx_arena *arena, bool *out_now,
                                  struct dmx_store_suppression *out) DMX_NODISCARD;

#endif
