/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/rollup.h"

#include "dmx/report/gzip.h"
#include "dmx/report/render.h"

#include "dmx/base/banned.h"

enum dmx_status dmx_rollup_close(struct dmx_store *store, int32_t day, int64_t now_s, int64_t wait_s,
                                 uint64_t *out_count)
{
    int32_t yesterday = dmx_day_of(now_s - wait_s) - 1;
    return store->verbs->close(store, day >= 0 ? day : 0, day >= 0 ? day : yesterday, now_s, out_count);
}

void dmx_rollup_identity(const struct dmx_config *config, const struct dmx_store_report *report,
                         struct dmx_arena *arena, struct dmx_report_identity *out)
{
    struct dmx_slice email = config->report_email;
    *out = (struct dmx_report_identity){
        .policy_domain = report->policy.domain,
        .receiver = dmx_arena_dup_lower(arena, dmx_slice_from(email, dmx_slice_rfind(email, '@') + 1)),
        .begin_s = (int64_t)report->day * DMX_DAY_S,
        .end_s = (int64_t)report->day * DMX_DAY_S + DMX_DAY_S - 1,
        .unique = report->token,
    };
}

static const struct dmx_reason no_rows =
    DMX_REASON_INIT("no-rows", "no row of it may be told, so there is no report", "RFC 9990 section 3.1");

/* The compressed XML, into bytes. */
static enum dmx_status make(struct dmx_store *store, const struct dmx_rendering *rendering, struct dmx_arena *arena,
                            struct dmx_builder *bytes, struct dmx_reason *out_reason)
{
    struct dmx_aggregate_totals totals = {0, 0, 0};
    struct dmx_gzip *gzip;
    enum dmx_status status = dmx_gzip_begin(dmx_sink_builder(bytes), &gzip);
    if (status == DMX_OK)
        status = dmx_report_render(store, rendering, arena, dmx_gzip_sink(gzip), &totals, out_reason);
    if (status == DMX_OK)
        status = dmx_gzip_end(gzip);
    if (status == DMX_OK && totals.records == 0) {
        *out_reason = no_rows;
        status = DMX_INVALID;
    }
    dmx_gzip_free(&gzip);
    return status;
}

static enum dmx_status name(const struct dmx_rendering *rendering, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct dmx_report_identity identity;
    struct dmx_builder file = dmx_builder_arena(arena, DMX_IDENTITY_MAX);
    enum dmx_status status = dmx_report_identify(rendering, arena, &identity);
    if (status != DMX_OK)
        return status;
    dmx_put_report_filename(&file, &identity);
    *out = dmx_builder_text(&file);
    return out->len > 0 ? DMX_OK : DMX_NOMEM;
}

enum dmx_status dmx_rollup_document(struct dmx_store *store, const struct dmx_config *config,
                                    const struct dmx_store_report *report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out,
                                    struct dmx_reason *out_reason)
{
    const struct dmx_rendering rendering = {config, report, dialect};
    struct dmx_builder bytes = dmx_builder_arena(arena, DMX_ROLLUP_MAX_BYTES);
    *out_reason = DMX_REASON_NONE;
    enum dmx_status status = store->verbs->document_get(store, report->id, dialect, arena, out);
    if (status != DMX_INVALID)
        return status;
    status = name(&rendering, arena, &out->name);
    if (status == DMX_OK)
        status = make(store, &rendering, arena, &bytes, out_reason);
    if (status != DMX_OK)
        return status;
    out->bytes = dmx_builder_text(&bytes);
    status = store->verbs->document_put(store, out);
    /* Another process may have been first: what is kept counts. */
    return status == DMX_OK ? store->verbs->document_get(store, report->id, dialect, arena, out) : status;
}
