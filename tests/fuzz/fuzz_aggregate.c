/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/*
 * Any texts in any field of a report: what is written is well-formed XML, and the mask finds nothing in its texts any more.
 * The input is cut at line ends into fields, and used again from the start when it runs out.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/report/walk.h"
#include "dmx/report/aggregate.h"

enum { OUT_BYTES = 4 * 1024 * 1024, ROWS = 4 };

static char out_buf[OUT_BYTES];
static struct dmx_config *config;

static void check(bool holds)
{
    if (!holds)
        abort();
}

struct fields {
    struct dmx_slice all, rest;
};

static struct dmx_slice next(struct fields *fields)
{
    struct dmx_slice part = DMX_SLICE_NONE;
    if (!fields->rest.ptr)
        fields->rest = fields->all;
    if (fields->rest.ptr)
        (void)dmx_slice_split(&fields->rest, '\n', &part);
    return part;
}

static void fill(struct fields *fields, uint8_t choice, struct dmx_aggregate_row *row, struct dmx_aggregate_dkim *dkim,
                 struct dmx_aggregate_reason *reason)
{
    static const char *const sources[] = {"192.0.2.1", "10.0.0.1", "fd00::1", "2001:db8::1"};
    *dkim = (struct dmx_aggregate_dkim){next(fields), next(fields), next(fields), next(fields)};
    *reason = (struct dmx_aggregate_reason){next(fields), next(fields)};
    *row = (struct dmx_aggregate_row){
        .count = 1U + choice,
        .disposition = next(fields),
        .policy = (enum dmx_policy)(choice % 3),
        .dkim_aligned = choice & 4,
        .spf_aligned = choice & 8,
        .reasons = reason,
        .reason_count = choice & 1,
        .header_from = next(fields),
        .envelope_from = next(fields),
        .dkim = dkim,
        .dkim_count = choice & 2 ? 1 : 0,
        .spf_domain = next(fields),
        .spf_result = next(fields),
        .spf_human_result = next(fields),
        .spf_of_helo = choice & 16,
    };
    check(dmx_ip_parse(dmx_slice_cstr(sources[choice >> 6]), &row->source));
}

/* Between tags, and with the five entities undone, no text holds what the mask hides. */
static void check_texts(const struct dmx_mask *mask, struct dmx_slice xml)
{
    struct dmx_slice part;
    while (dmx_slice_split(&xml, '<', &part))
        check(!dmx_mask_finds(mask, dmx_slice_from(part, dmx_slice_find(part, '>') + 1)));
}

static void try(const struct dmx_aggregate *report, const struct dmx_mask *mask, struct fields *fields, uint8_t choice)
{
    struct dmx_builder out = dmx_builder_fixed(out_buf, sizeof out_buf);
    struct dmx_aggregate_writer *writer;
    struct dmx_aggregate_totals totals;
    struct dmx_reason reason;
    enum dmx_status status = dmx_aggregate_begin(report, mask, dmx_sink_builder(&out), &writer, &reason);
    check(status == DMX_OK || (status == DMX_INVALID && reason.token && !writer && out.len == 0));
    for (uint8_t i = 0; i < ROWS && status == DMX_OK; i++) {
        struct dmx_aggregate_row row;
        struct dmx_aggregate_dkim dkim;
        struct dmx_aggregate_reason why;
        fill(fields, (uint8_t)(choice + 61 * i), &row, &dkim, &why);
        check(dmx_aggregate_put_row(writer, &row) == DMX_OK);
    }
    if (status == DMX_OK) {
        check(dmx_aggregate_end(writer, &totals) == DMX_OK && totals.records <= ROWS);
        check(walk_is_well_formed(dmx_builder_text(&out)));
        check_texts(mask, dmx_builder_text(&out));
    }
    dmx_aggregate_free(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || (!config && dmx_config_new(&config) != DMX_OK))
        return 0;
    struct fields fields = {.all = dmx_slice((const char *)data + 2, size - 2)};
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_slice notes[2] = {next(&fields), next(&fields)};
    struct dmx_aggregate report = {
        .dialect = data[0] & 1 ? DMX_DIALECT_RFC9990 : DMX_DIALECT_RFC7489,
        .org_name = next(&fields),
        .email = next(&fields),
        .extra_contact = next(&fields),
        .report_id = DMX_SLICE("id"),
        .end_s = 86399,
        .notes = notes,
        .note_count = 2,
    };
    mask.form = (enum dmx_mask_form)(data[0] / 2 % 3);
    dmx_policy_published_of(DMX_SLICE("example.com"), next(&fields), DMX_SLICE("rfc9989"), &report.policy);
    try(&report, &mask, &fields, data[1]);
    return 0;
}
