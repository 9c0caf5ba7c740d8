/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What equal messages have in common: to a text and back. */
#include "dmx/report/evidence.h"
#include "suite.h"

static struct dmx_event event_of(struct dmx_slice name)
{
    static struct dmx_event_dkim dkim[2];
    static struct dmx_slice notes[2];
    dkim[0] = (struct dmx_event_dkim){DMX_SLICE("pass"), name, DMX_SLICE("s1"), DMX_SLICE_NONE, false};
    dkim[1] = (struct dmx_event_dkim){DMX_SLICE("fail"), DMX_SLICE("b.example"), name, DMX_SLICE("body-hash"), false};
    notes[0] = DMX_SLICE("pct-seen");
    notes[1] = name;
    return (struct dmx_event){
        .flags = DMX_EVENT_DKIM_ALIGNED,
        .author = name,
        .policy = DMX_SLICE("reject"),
        .disposition = DMX_SLICE("quarantine"),
        .override_type = DMX_SLICE("local_policy"),
        .override_comment = name,
        .spf_result = DMX_SLICE("softfail"),
        .spf_domain = name,
        .dkim = dkim,
        .dkim_count = 2,
        .notes = notes,
        .note_count = 2,
    };
}

/* A name from outside as a word, and in a comment, where blanks stay. */
static const struct {
    const char *label;
    struct dmx_slice name;
    const char *word, *comment;
} names[] = {
    {"plain", DMX_SLICE_INIT("a.example"), "a.example", "a.example"},
    {"empty", DMX_SLICE_INIT(""), "", ""},
    {"line ends", DMX_SLICE_INIT("a\nb\r\nc"), "a?b??c", "a b  c"},
    {"blanks", DMX_SLICE_INIT(" a b "), "?a?b?", " a b "},
    {"NUL, DEL, tab", DMX_SLICE_INIT("a\0b\177\t"), "a?b??", "a b  "},
    {"other letters", DMX_SLICE_INIT("m\303\274ller"), "m\303\274ller", "m\303\274ller"},
    {"bytes that are no UTF-8", DMX_SLICE_INIT("\377\200"), "\377\200", "\377\200"},
};

START_TEST(evidence_names)
{
    static char text[DMX_EVIDENCE_MAX];
    const char *label = names[_i].label, *word = names[_i].word, *comment = names[_i].comment;
    struct dmx_event event = event_of(names[_i].name);
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    dmx_evidence_put(&b, &event);
    ck_assert_msg(dmx_evidence_parse(dmx_builder_text(&b), &room, &row), "%s: %s", label, text);
    ck_slice_eq(label, row.header_from, comment);
    ck_slice_eq(label, row.spf_domain, comment);
    ck_slice_eq(label, row.envelope_from, comment);
    ck_slice_eq(label, row.disposition, "quarantine");
    ck_slice_eq(label, row.spf_result, "softfail");
    ck_assert(row.policy == DMX_POLICY_REJECT && row.dkim_aligned && !row.spf_aligned && !row.spf_of_helo);
    ck_assert_uint_eq(row.reason_count, 1);
    ck_slice_eq(label, row.reasons[0].type, "local_policy");
    ck_slice_eq(label, row.reasons[0].comment, comment);
    ck_assert_uint_eq(row.dkim_count, 2);
    ck_slice_eq(label, row.dkim[0].domain, word);
    ck_slice_eq(label, row.dkim[0].human_result, "");
    ck_slice_eq(label, row.dkim[1].selector, word);
    ck_slice_eq(label, row.dkim[1].human_result, "body-hash");
    struct dmx_slice notes = dmx_evidence_notes(dmx_builder_text(&b)), note;
    ck_assert(dmx_slice_split(&notes, ' ', &note));
    ck_slice_eq(label, note, "pct-seen");
    ck_slice_eq(label, notes, word);
}
END_TEST

START_TEST(evidence_least)
{
    char text[100];
    const struct dmx_event event = {.flags = DMX_EVENT_NULL_SENDER | DMX_EVENT_SPF_ALIGNED,
                                    .spf_domain = DMX_SLICE("h")};
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    dmx_evidence_put(&b, &event);
    ck_assert_str_eq(dmx_builder_text(&b).ptr, "    sn\n\nh\n\n");
    ck_assert(dmx_evidence_parse(dmx_builder_text(&b), &room, &row));
    ck_assert(row.spf_of_helo && row.spf_aligned && !row.dkim_aligned);
    ck_assert_uint_eq(row.reason_count + row.dkim_count + row.envelope_from.len, 0);
    ck_slice_eq("SPF of HELO", row.spf_domain, "h");
}
END_TEST

static const char *const bad[] = {
    "", "none", "none none", "none none pass  s", "a b c d e\nx\ny", "a b c d e\n\n\n\n\nx"};

START_TEST(evidence_bad)
{
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    ck_assert_msg(!dmx_evidence_parse(dmx_slice_cstr(bad[_i]), &room, &row), "%s", bad[_i]);
}
END_TEST

/* As many signatures as an event may have, and one more. */
START_TEST(evidence_many)
{
    static char text[DMX_EVIDENCE_MAX];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    struct dmx_evidence_room room;
    struct dmx_aggregate_row row;
    dmx_put_cstr(&b, "none none none  \n\n\n\n");
    for (int i = 0; i <= DMX_EVENT_DKIM; i++)
        dmx_put_cstr(&b, "\npass a.example s ");
    ck_assert(dmx_evidence_parse(dmx_builder_text(&b), &room, &row));
    ck_assert_uint_eq(row.dkim_count, DMX_EVENT_DKIM);
}
END_TEST

DMX_SUITE(evidence)
{
    DMX_TABLE(evidence_names, names);
    DMX_TEST(evidence_least);
    DMX_TABLE(evidence_bad, bad);
    DMX_TEST(evidence_many);
}
