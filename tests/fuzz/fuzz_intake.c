/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/*
 * A journal file of any bytes: it is read to its end, no message is counted twice or in two ways, every evidence parses,
 * and its texts are lines of printable words.
 */
#include <stdlib.h>

#include "dmx/report/evidence.h"
#include "dmx/report/intake.h"

enum { NOW_S = 1800000000 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_clean(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((uint8_t)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return false;
    return true;
}

static void check_evidence(struct dmx_slice text)
{
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    check(dmx_evidence_parse(text, &room, &row));
    check(is_clean(row.header_from) && is_clean(row.spf_domain) && is_clean(row.disposition));
    check(row.reason_count == 0 || (is_clean(row.reasons[0].type) && is_clean(row.reasons[0].comment)));
    for (size_t i = 0; i < row.dkim_count; i++)
        check(is_clean(row.dkim[i].domain) && is_clean(row.dkim[i].selector) && is_clean(row.dkim[i].human_result));
    check(is_clean(dmx_evidence_notes(text)));
}

/* Messages, and those too old to count as such. */
static uint64_t sum_of(const struct dmx_batch *batch, const char *first, const char *second)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < batch->count_count; i++)
        if (dmx_slice_eq(batch->counts[i].what, dmx_slice_cstr(first)) ||
            dmx_slice_eq(batch->counts[i].what, dmx_slice_cstr(second)))
            sum += batch->counts[i].count;
    return sum;
}

static void check_batch(const struct dmx_batch *batch, uint64_t records)
{
    uint64_t counted = 0;
    check(sum_of(batch, "messages", "too old") == records);
    for (size_t i = 0; i < batch->row_count; i++) {
        check(batch->rows[i].policy < batch->policy_count && batch->rows[i].evidence < batch->evidence_count);
        check(batch->rows[i].count > 0);
        counted += batch->rows[i].count;
    }
    check(counted == sum_of(batch, "reportable", "reportable"));
    for (size_t i = 0; i < batch->evidence_count; i++)
        check_evidence(batch->evidences[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[16] = {1};
    const struct dmx_batch_time at = {NOW_S, 35 * DMX_DAY_S};
    struct dmx_batch *batch = NULL;
    uint64_t records = 0, passed_over = 0;
    if (dmx_batch_new(key, &batch) == DMX_OK &&
        dmx_intake_bytes(dmx_slice((const char *)data, size), &at, batch, &records, &passed_over) == DMX_OK) {
        check(passed_over <= size && (records > 0 || passed_over == size));
        check_batch(batch, records);
    }
    dmx_batch_free(&batch);
    return 0;
}
