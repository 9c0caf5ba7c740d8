/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/rollup.h"

#include "dmx/dmarc/lint.h"
#include "dmx/report/gzip.h"

#include "dmx/base/banned.h"

enum dmx_status dmx_rollup_close(struct dmx_store *store, int32_t day, int64_t now_s, uint64_t *out_count)
{
    int32_t yesterday = dmx_day_of(now_s) - 1;
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

/* What the pieces of one document share. */
struct making {
    struct dmx_store *store;
    const struct dmx_store_report *report;
    struct dmx_aggregate aggregate;
    struct dmx_mask mask;
    struct dmx_slice notes[DMX_LINT_MAX];
    struct dmx_builder bytes;
    struct dmx_gzip *gzip;
    struct dmx_aggregate_writer *writer;
    struct dmx_reason *reason;
};

static enum dmx_status put_row(void *ctx, const struct dmx_aggregate_row *row)
{
    return dmx_aggregate_put_row(ctx, row);
}

static const struct dmx_reason no_rows =
    DMX_REASON_INIT("no-rows", "no row of it may be told, so there is no report", "RFC 9990 section 3.1");

static enum dmx_status put_all(struct making *m)
{
    struct dmx_aggregate_totals totals = {0, 0, 0};
    enum dmx_status status = m->store->verbs->rows(m->store, m->report->id, put_row, m->writer);
    if (status == DMX_OK)
        status = dmx_aggregate_end(m->writer, &totals);
    if (status == DMX_OK)
        status = dmx_gzip_end(m->gzip);
    if (status == DMX_OK && totals.records == 0) {
        *m->reason = no_rows;
        status = DMX_INVALID;
    }
    return status;
}

static enum dmx_status make(struct making *m)
{
    enum dmx_status status = dmx_gzip_begin(dmx_sink_builder(&m->bytes), &m->gzip);
    if (status == DMX_OK)
        status = dmx_aggregate_begin(&m->aggregate, &m->mask, dmx_gzip_sink(m->gzip), &m->writer, m->reason);
    if (status == DMX_OK)
        status = put_all(m);
    dmx_aggregate_free(&m->writer);
    dmx_gzip_free(&m->gzip);
    return status;
}

/* Both texts of the identity that a document has in it or with it. */
static enum dmx_status name(const struct dmx_report_identity *identity, struct dmx_arena *arena,
                            struct dmx_slice *out_id, struct dmx_slice *out_file)
{
    struct dmx_builder id = dmx_builder_arena(arena, DMX_IDENTITY_MAX);
    struct dmx_builder file = dmx_builder_arena(arena, DMX_IDENTITY_MAX);
    dmx_put_report_id(&id, identity);
    dmx_put_report_filename(&file, identity);
    *out_id = dmx_builder_text(&id);
    *out_file = dmx_builder_text(&file);
    return out_id->len > 0 && out_file->len > 0 ? DMX_OK : DMX_NOMEM;
}

static enum dmx_status describe(struct making *m, const struct dmx_config *config, enum dmx_dialect dialect,
                                struct dmx_arena *arena, struct dmx_slice *out_file)
{
    struct dmx_report_identity identity;
    dmx_rollup_identity(config, m->report, arena, &identity);
    m->aggregate = (struct dmx_aggregate){
        .dialect = dialect,
        .org_name = config->report_org,
        .email = config->report_email,
        .extra_contact = config->report_contact,
        .begin_s = identity.begin_s,
        .end_s = identity.end_s,
        .notes = m->notes,
    };
    dmx_policy_published_of(m->report->policy.domain, m->report->policy.record, m->report->policy.rules,
                            &m->aggregate.policy);
    enum dmx_status status = name(&identity, arena, &m->aggregate.report_id, out_file);
    if (status != DMX_OK)
        return status;
    return m->store->verbs->notes(m->store, m->report->id, arena, m->notes, DMX_LINT_MAX, &m->aggregate.note_count);
}

enum dmx_status dmx_rollup_document(struct dmx_store *store, const struct dmx_config *config,
                                    const struct dmx_store_report *report, enum dmx_dialect dialect,
                                    struct dmx_arena *arena, struct dmx_store_document *out,
                                    struct dmx_reason *out_reason)
{
    struct making m = {.store = store,
                       .report = report,
                       .mask = dmx_mask_of(config),
                       .bytes = dmx_builder_arena(arena, DMX_ROLLUP_MAX_BYTES),
                       .reason = out_reason};
    *out_reason = DMX_REASON_NONE;
    enum dmx_status status = store->verbs->document_get(store, report->id, dialect, arena, out);
    if (status != DMX_INVALID)
        return status;
    status = describe(&m, config, dialect, arena, &out->name);
    if (status == DMX_OK)
        status = make(&m);
    if (status != DMX_OK)
        return status;
    out->bytes = dmx_builder_text(&m.bytes);
    status = store->verbs->document_put(store, out);
    /* Another process may have been first: what is kept counts. */
    return status == DMX_OK ? store->verbs->document_get(store, report->id, dialect, arena, out) : status;
}
