/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * From rows to finished bytes. A report is closed once, which gives it its token, and with it Report-ID and file name; its
 * document in a dialect is made once and kept, so that whatever is sent again is sent byte for byte (requirement J5).
 */
#ifndef DMX_REPORT_ROLLUP_H
#define DMX_REPORT_ROLLUP_H

#include "dmx/report/identity.h"
#include "dmx/report/store.h"
#include "dmx/site/config.h"

enum { DMX_ROLLUP_MAX_BYTES = 64 * 1024 * 1024 }; /* of a document, compressed: no mail server takes as much */

/*
 * Closes the reports of all days that were over wait_s before now_s, or of the one day alone that is given (day >= 0), be it
 * over or not: what is said about it later is late (see store->fold_to_day).
 */
enum dmx_status dmx_rollup_close(struct dmx_store *store, int32_t day, int64_t now_s, int64_t wait_s,
                                 uint64_t *out_count) DMX_NODISCARD;

/* By what a closed report is known. Texts are the report's and the configuration's, receiver lives in the arena. */
void dmx_rollup_identity(const struct dmx_config *config, const struct dmx_store_report *report,
                         struct dmx_arena *arena, struct dmx_report_identity *out);

/*
 * The document of a closed report; made and kept when there is none yet. DMX_INVALID: such a report must not be sent, and
 * the reason says why (no row is left of it, report_email is not set, …). Else the store's trouble, in store->error, or
 * DMX_NOMEM, DMX_LIMIT.
 */
enum dmx_status dmx_rollup_document(struct dmx_store *store, const struct dmx_config *config,
                                    const struct dmx_store_report *report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out,
                                    struct dmx_reason *out_reason) DMX_NODISCARD;

#endif
