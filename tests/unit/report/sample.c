/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "walk.h"

struct dmx_ip sample_ip(const char *text)
{
    struct dmx_ip ip;
    ck_assert_msg(dmx_ip_parse(dmx_slice_cstr(text), &ip), "%s", text);
    return ip;
}

struct dmx_aggregate sample_report(enum dmx_dialect dialect, const char *record)
{
    struct dmx_aggregate report = {
        .dialect = dialect,
        .org_name = DMX_SLICE("Receiver"),
        .email = DMX_SLICE("dmarc@receiver.example"),
        .report_id = DMX_SLICE("1.2@receiver.example"),
        .begin_s = SAMPLE_BEGIN_S,
        .end_s = SAMPLE_END_S,
    };
    dmx_policy_published_of(DMX_SLICE("example.com"), dmx_slice_cstr(record),
                            dialect == DMX_DIALECT_RFC9990 ? DMX_SLICE("rfc9989") : DMX_SLICE("rfc7489"),
                            &report.policy);
    return report;
}

struct dmx_aggregate_row sample_row(const char *source)
{
    static const struct dmx_aggregate_dkim dkim = {
        .domain = DMX_SLICE_INIT("example.com"), .selector = DMX_SLICE_INIT("s1"), .result = DMX_SLICE_INIT("pass")};
    return (struct dmx_aggregate_row){
        .source = sample_ip(source),
        .count = 1,
        .disposition = DMX_SLICE("none"),
        .policy = DMX_POLICY_REJECT,
        .dkim_aligned = true,
        .spf_aligned = true,
        .header_from = DMX_SLICE("example.com"),
        .envelope_from = DMX_SLICE("example.com"),
        .dkim = &dkim,
        .dkim_count = 1,
        .spf_domain = DMX_SLICE("example.com"),
        .spf_result = DMX_SLICE("pass"),
    };
}

/* A growing text. */
struct text {
    char *bytes;
    size_t len;
};

static enum dmx_status append(void *ctx, struct dmx_slice bytes)
{
    struct text *text = ctx;
    text->bytes = realloc(text->bytes, text->len + bytes.len + 1);
    ck_assert_ptr_nonnull(text->bytes);
    memcpy(text->bytes + text->len, bytes.ptr, bytes.len);
    text->len += bytes.len;
    text->bytes[text->len] = '\0';
    return DMX_OK;
}

char *sample_write(const struct dmx_aggregate *report, const struct dmx_mask *mask,
                   const struct dmx_aggregate_row *rows, size_t count, struct dmx_aggregate_totals *totals)
{
    struct text text = {NULL, 0};
    struct dmx_aggregate_writer *writer;
    struct dmx_aggregate_totals sums;
    struct dmx_reason reason;
    enum dmx_status status = dmx_aggregate_begin(report, mask, (struct dmx_sink){append, &text}, &writer, &reason);
    ck_assert_msg(status == DMX_OK, "%s", reason.token ? reason.token : "begin");
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(dmx_aggregate_put_row(writer, &rows[i]), DMX_OK);
    ck_assert_int_eq(dmx_aggregate_end(writer, totals ? totals : &sums), DMX_OK);
    dmx_aggregate_free(&writer);
    ck_assert_ptr_null(writer);
    ck_assert_msg(walk_is_well_formed(dmx_slice(text.bytes, text.len)), "not well-formed:\n%s", text.bytes);
    return text.bytes;
}
