/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A report of the store as what it is when it is sent: its identity, and its XML. */
#ifndef DMX_REPORT_RENDER_H
#define DMX_REPORT_RENDER_H

#include "dmx/report/identity.h"
#include "dmx/report/store.h"

struct dmx_rendering {
    const struct dmx_config *config; /* report_org, report_email, report_contact, the mask */
    const struct dmx_store_report *report;
    enum dmx_dialect dialect;
};

/*
 * Of a closed report by its token, of an open one by what it is about. Texts live in the arena; DMX_NOMEM.
 */
enum dmx_status dmx_report_identify(const struct dmx_rendering *rendering, struct dmx_arena *arena,
                                    struct dmx_report_identity *out) DMX_NODISCARD;

/*
 * The XML, row by row, to the sink. DMX_INVALID with a reason: such a report must not be sent (dmx_aggregate_begin). Else
 * what the store or the sink answered; store->error has a sentence where it was the store. *out->records 0: nothing is left
 * to be reported, and it must not be sent either.
 */
enum dmx_status dmx_report_render(struct dmx_store *store, const struct dmx_rendering *rendering,
                                  struct dmx_arena *arena, struct dmx_sink sink, struct dmx_aggregate_totals *out,
                                  struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
