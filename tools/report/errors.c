/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "errors.h"

#include "dmx/dmarc/lint.h"
#include "xml.h"

#include "dmx/base/banned.h"

enum {
    DETAIL_MAX = 100, /* of the record's text, enough to find the place */
    ERROR_MAX = 900,  /* the one element of RFC 9990 */
    INDENT = 4,
};

/* The findings about the record itself, whose text is at hand, and the other words that the journal has. */
struct findings {
    struct dmx_lint lint;
    const struct dmx_aggregate *report;
};

static bool is_known(const struct dmx_lint *lint, struct dmx_slice note)
{
    for (size_t i = 0; i < lint->count; i++)
        if (dmx_slice_eq(dmx_slice_cstr(lint->items[i].token), note))
            return true;
    return false;
}

static void put_finding(struct dmx_builder *out, const struct dmx_reason *finding)
{
    dmx_put_cstr(out, finding->token);
    dmx_put_cstr(out, ": ");
    dmx_put_cstr(out, finding->text);
    if (finding->detail.len == 0)
        return;
    dmx_put_cstr(out, " (");
    dmx_put_escaped(out, finding->detail, DETAIL_MAX);
    dmx_put_char(out, ')');
}

/* The n-th finding's text; false when there are no more. */
static bool put_nth(struct dmx_builder *out, const struct findings *all, size_t n)
{
    if (n < all->lint.count) {
        put_finding(out, &all->lint.items[n]);
        return true;
    }
    n -= all->lint.count;
    for (size_t i = 0; i < all->report->note_count; i++) {
        struct dmx_slice note = all->report->notes[i];
        if (is_known(&all->lint, note) || n-- > 0)
            continue;
        dmx_put(out, dmx_slice_upto(note, DETAIL_MAX));
        return true;
    }
    return false;
}

static void put_each(struct dmx_builder *out, const struct findings *all, const struct dmx_mask *mask)
{
    char buf[ERROR_MAX + 1];
    struct dmx_builder text = dmx_builder_fixed(buf, sizeof buf);
    for (size_t n = 0; put_nth(&text, all, n); n++, text = dmx_builder_fixed(buf, sizeof buf))
        xml_put_element(out, mask, INDENT, "error", dmx_builder_text(&text), XML_TEXT_MAX);
}

/* What does not fit is left out whole: half a finding would be worse than none. */
static void put_joined(struct dmx_builder *out, const struct findings *all, const struct dmx_mask *mask)
{
    char buf[ERROR_MAX + 1];
    struct dmx_builder text = dmx_builder_fixed(buf, sizeof buf), whole = text;
    for (size_t n = 0;; n++) {
        if (n > 0)
            dmx_put_cstr(&text, "; ");
        if (!put_nth(&text, all, n) || text.failed)
            break;
        whole = text;
    }
    if (whole.len > 0)
        xml_put_element(out, mask, INDENT, "error", dmx_builder_text(&whole), ERROR_MAX);
}

void errors_put(struct dmx_builder *out, const struct dmx_aggregate *report, const struct dmx_mask *mask)
{
    struct findings all = {.lint = {.count = 0}, .report = report};
    dmx_dmarc_lint_record(report->policy.record.text, report->policy.rules, &all.lint);
    if (report->dialect == DMX_DIALECT_RFC9990)
        put_joined(out, &all, mask);
    else
        put_each(out, &all, mask);
}
