/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/render.h"

#include "dmx/report/rollup.h"

#include "dmx/base/banned.h"

enum { NOTES_MAX = 16 }; /* as many as a record of the journal has */

static void describe(const struct dmx_rendering *rendering, struct dmx_aggregate *out)
{
    const struct dmx_store_report *report = rendering->report;
    *out = (struct dmx_aggregate){
        .dialect = rendering->dialect,
        .org_name = rendering->config->report_org,
        .email = rendering->config->report_email,
        .extra_contact = rendering->config->report_contact,
        .begin_s = (int64_t)report->day * DMX_DAY_S,
        .end_s = ((int64_t)report->day + 1) * DMX_DAY_S - 1,
    };
    dmx_policy_published_of(report->policy.domain, report->policy.record, report->policy.rules, &out->policy);
}

/* The same in both dialects: they are the same rows, and there is never a second Report-ID for the same rows. */
enum dmx_status dmx_report_identify(const struct dmx_rendering *rendering, struct dmx_arena *arena,
                                    struct dmx_report_identity *out)
{
    struct dmx_builder unique = dmx_builder_arena(arena, DMX_IDENTITY_MAX);
    struct dmx_aggregate about;
    dmx_rollup_identity(rendering->config, rendering->report, arena, out);
    if (out->unique.len == 0) {
        describe(rendering, &about);
        dmx_put_report_unique(&unique, &about, (uint64_t)rendering->report->part);
        out->unique = dmx_builder_text(&unique);
    }
    return unique.failed || dmx_arena_failed(arena) ? DMX_NOMEM : DMX_OK;
}

static enum dmx_status identify(const struct dmx_rendering *rendering, struct dmx_arena *arena,
                                struct dmx_aggregate *about)
{
    struct dmx_report_identity identity;
    struct dmx_builder id = dmx_builder_arena(arena, DMX_IDENTITY_MAX);
    enum dmx_status status = dmx_report_identify(rendering, arena, &identity);
    if (status != DMX_OK)
        return status;
    dmx_put_report_id(&id, &identity);
    about->report_id = dmx_builder_text(&id);
    return id.failed ? DMX_NOMEM : DMX_OK;
}

static enum dmx_status put_row(void *ctx, const struct dmx_aggregate_row *row)
{
    return dmx_aggregate_put_row(ctx, row);
}

enum dmx_status dmx_report_render(struct dmx_store *store, const struct dmx_rendering *rendering,
                                  struct dmx_arena *arena, struct dmx_sink sink, struct dmx_aggregate_totals *out,
                                  struct dmx_reason *out_reason)
{
    struct dmx_mask mask = dmx_mask_of(rendering->config);
    struct dmx_slice notes[NOTES_MAX];
    struct dmx_aggregate about;
    struct dmx_aggregate_writer *writer = NULL;
    *out_reason = DMX_REASON_NONE;
    *out = (struct dmx_aggregate_totals){0};
    describe(rendering, &about);
    about.notes = notes;
    enum dmx_status status = identify(rendering, arena, &about);
    if (status == DMX_OK)
        status = store->verbs->notes(store, rendering->report->id, arena, notes, NOTES_MAX, &about.note_count);
    if (status == DMX_OK)
        status = dmx_aggregate_begin(&about, &mask, sink, &writer, out_reason);
    if (status == DMX_OK)
        status = store->verbs->rows(store, rendering->report->id, put_row, writer);
    if (status == DMX_OK)
        status = dmx_aggregate_end(writer, out);
    dmx_aggregate_free(&writer);
    return status;
}
