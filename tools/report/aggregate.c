/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/aggregate.h"

#include <stdlib.h>

#include "dmx/version.h"
#include "errors.h"
#include "merged.h"
#include "record.h"

#include "dmx/base/banned.h"

enum {
    ORG_MAX = 255, /* twice what report_org takes, for names that come from elsewhere */
};

struct dmx_aggregate_writer {
    const struct dmx_aggregate *report;
    const struct dmx_mask *mask;
    struct dmx_sink sink;
    enum dmx_status status; /* what the sink said last */
    struct merged merged;
    struct dmx_aggregate_totals totals;
    size_t signatures_over; /* that may still be written, beyond the few of each row */
    char buf[RECORD_MAX];   /* a record, and at first all that stands before them: 16 findings and some 20 lines */
};

/* ---- what may be sent ---- */

/* Requirements I3, I4, H8; and nothing that is masked may stand where it cannot be masked. */
static bool is_fit(const struct dmx_aggregate *report, const struct dmx_mask *mask, struct dmx_reason *out)
{
    if (report->org_name.len == 0)
        *out = DMX_REASON("no-org", "report_org is empty", "RFC 9990 section 3.1.1.2");
    else if (report->email.len == 0)
        *out = DMX_REASON("no-email", "report_email is empty", "RFC 9990 section 3.1.1.2");
    else if (report->report_id.len == 0)
        *out = DMX_REASON("no-report-id", "the report has no Report-ID", "RFC 9990 section 3.5.1");
    else if (report->policy.domain.len == 0)
        *out = DMX_REASON("no-domain", "the report is about no domain", "RFC 9990 section 3.1.1.5");
    else if (report->begin_s > report->end_s)
        *out = DMX_REASON("bad-period", "the period ends before it begins", "RFC 9990 section 3.1.1.4");
    else if (dmx_mask_finds(mask, report->policy.domain))
        *out = DMX_REASON_ABOUT("hidden-address", "the policy domain's name holds an address of reserved_ips", NULL,
                                report->policy.domain);
    else
        return true;
    return false;
}

/* ---- the head ---- */

static void put_metadata(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask)
{
    xml_put_tag(out, 2, "report_metadata");
    xml_put_element(out, mask, 4, "org_name", report->org_name, ORG_MAX);
    xml_put_element(out, mask, 4, "email", report->email, XML_NAME_MAX);
    if (report->extra_contact.len > 0)
        xml_put_element(out, mask, 4, "extra_contact_info", report->extra_contact, XML_TEXT_MAX);
    xml_put_element(out, mask, 4, "report_id", report->report_id, XML_NAME_MAX);
    xml_put_tag(out, 4, "date_range");
    xml_put_number(out, 6, "begin", report->begin_s);
    xml_put_number(out, 6, "end", report->end_s);
    xml_put_tag(out, 4, "/date_range");
    errors_put(out, report, mask);
    if (report->dialect == DMX_DIALECT_RFC9990)
        xml_put_word(out, 4, "generator", "dmx " DMX_VERSION);
    xml_put_tag(out, 2, "/report_metadata");
}

static const char *mode_word(enum dmx_alignment_mode mode)
{
    return mode == DMX_STRICT ? "s" : "r";
}

/* In the order of RFC 7489 Appendix C, which RFC 9990 leaves open. Tags that are not there have their defaults. */
static void put_policy(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask)
{
    const struct dmx_dmarc_record *record = &report->policy.record;
    bool old = report->dialect == DMX_DIALECT_RFC7489;
    xml_put_tag(out, 2, "policy_published");
    xml_put_element(out, mask, 4, "domain", report->policy.domain, XML_NAME_MAX);
    xml_put_word(out, 4, "adkim", mode_word(record->adkim));
    xml_put_word(out, 4, "aspf", mode_word(record->aspf));
    xml_put_word(out, 4, "p", dmx_policy_word(record->p));
    xml_put_word(out, 4, "sp", dmx_policy_word(record->sp));
    if (old)
        xml_put_number(out, 4, "pct", record->pct);
    else
        xml_put_word(out, 4, "np", dmx_policy_word(record->np));
    xml_put_element(out, mask, 4, "fo", record->fo.len > 0 ? record->fo : DMX_SLICE("0"), XML_NAME_MAX);
    if (!old) {
        xml_put_word(out, 4, "testing", record->testing ? "y" : "n");
        xml_put_word(out, 4, "discovery_method", report->policy.rules == DMX_RULES_9989 ? "treewalk" : "psl");
    }
    xml_put_tag(out, 2, "/policy_published");
}

static enum dmx_status send(struct dmx_aggregate_writer *writer, const struct dmx_builder *text)
{
    if (text->failed)
        writer->status = DMX_LIMIT;
    if (writer->status == DMX_OK)
        writer->status = dmx_sink_write(writer->sink, dmx_slice(text->buf, text->len));
    return writer->status;
}

static enum dmx_status put_head(struct dmx_aggregate_writer *writer)
{
    struct dmx_builder out = dmx_builder_fixed(writer->buf, sizeof writer->buf);
    bool old = writer->report->dialect == DMX_DIALECT_RFC7489;
    dmx_put_cstr(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    dmx_put_cstr(&out, old ? "<feedback>\n" : "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n");
    xml_put_word(&out, 2, "version", "1.0");
    put_metadata(&out, writer->report, writer->mask);
    put_policy(&out, writer->report, writer->mask);
    return send(writer, &out);
}

enum dmx_status dmx_aggregate_begin(const struct dmx_aggregate *report, const struct dmx_mask *mask,
                                    struct dmx_sink sink, struct dmx_aggregate_writer **out,
                                    struct dmx_reason *out_reason)
{
    *out = NULL;
    *out_reason = DMX_REASON_NONE;
    if (!is_fit(report, mask, out_reason))
        return DMX_INVALID;
    struct dmx_aggregate_writer *writer = malloc(sizeof *writer);
    if (!writer)
        return DMX_NOMEM;
    writer->report = report;
    writer->mask = mask;
    writer->sink = sink;
    writer->totals = (struct dmx_aggregate_totals){0};
    writer->signatures_over = DMX_AGGREGATE_DKIM_OVER;
    writer->status = merged_begin(&writer->merged);
    *out = writer;
    return writer->status == DMX_OK ? put_head(writer) : writer->status;
}

/* ---- rows ---- */

static bool is_left_out(const struct dmx_aggregate_writer *writer, const struct dmx_aggregate_row *row)
{
    return row->source.family == DMX_IP_NONE ||
           (writer->mask->form == DMX_MASK_OMIT && dmx_mask_hides(writer->mask, &row->source));
}

static enum dmx_status write_record(struct dmx_aggregate_writer *writer, struct dmx_slice head, struct dmx_slice tail,
                                    uint64_t count)
{
    char buf[64];
    struct dmx_builder number = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&number, "      <count>");
    dmx_put_u64(&number, count);
    dmx_put_cstr(&number, "</count>\n");
    const struct dmx_slice parts[] = {head, dmx_builder_text(&number), tail};
    for (size_t i = 0; i < 3 && writer->status == DMX_OK; i++)
        writer->status = dmx_sink_write(writer->sink, parts[i]);
    writer->totals.records++;
    writer->totals.messages += count;
    return writer->status;
}

/* How many signatures of a row are written. */
static size_t take_signatures(struct dmx_aggregate_writer *writer, const struct dmx_aggregate_row *row)
{
    size_t all = row->dkim_count < DMX_AGGREGATE_DKIM ? row->dkim_count : DMX_AGGREGATE_DKIM;
    size_t over = all > DMX_AGGREGATE_DKIM_FEW ? all - DMX_AGGREGATE_DKIM_FEW : 0;
    size_t taken = over < writer->signatures_over ? over : writer->signatures_over;
    writer->signatures_over -= taken;
    return all - over + taken;
}

enum dmx_status dmx_aggregate_put_row(struct dmx_aggregate_writer *writer, const struct dmx_aggregate_row *row)
{
    struct dmx_builder out = dmx_builder_fixed(writer->buf, sizeof writer->buf);
    if (writer->status != DMX_OK || row->count == 0)
        return writer->status;
    if (is_left_out(writer, row)) {
        writer->totals.left_out += row->count;
        return DMX_OK;
    }
    bool hidden = record_put_head(&out, writer->report, writer->mask, row);
    size_t at = out.len;
    hidden |= record_put_tail(&out, writer->report, writer->mask, row, take_signatures(writer, row));
    if (out.failed)
        return writer->status = DMX_LIMIT;
    struct dmx_slice head = dmx_slice(out.buf, at), tail = dmx_slice(out.buf + at, out.len - at);
    if (hidden && merged_add(&writer->merged, head, tail, row->count))
        return DMX_OK;
    return write_record(writer, head, tail, row->count);
}

enum dmx_status dmx_aggregate_end(struct dmx_aggregate_writer *writer, struct dmx_aggregate_totals *out)
{
    for (size_t i = 0; i < writer->merged.count && writer->status == DMX_OK; i++) {
        const struct merged_item *item = &writer->merged.items[i];
        (void)write_record(writer, item->head, item->tail, item->count);
    }
    if (writer->status == DMX_OK)
        writer->status = dmx_sink_write(writer->sink, DMX_SLICE("</feedback>\n"));
    *out = writer->totals;
    return writer->status;
}

void dmx_aggregate_free(struct dmx_aggregate_writer **writer)
{
    if (!*writer)
        return;
    merged_end(&(*writer)->merged);
    free(*writer);
    *writer = NULL;
}
