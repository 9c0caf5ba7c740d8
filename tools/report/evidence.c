/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/evidence.h"

#include "dmx/base/banned.h"

/* ---- writing ---- */

/* Bytes below the first one that is allowed, and DEL, are replaced; as a rule there are none. */
static void put_replaced(struct dmx_builder *out, struct dmx_slice text, uint8_t first, char instead)
{
    size_t done = 0;
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] >= first && text.ptr[i] != 0x7f)
            continue;
        dmx_put(out, dmx_slice(text.ptr + done, i - done));
        dmx_put_char(out, instead);
        done = i + 1;
    }
    dmx_put(out, dmx_slice_from(text, done));
}

/* One word of a line: no blank and no control byte may be in it. */
static void put_word(struct dmx_builder *out, struct dmx_slice word)
{
    put_replaced(out, word, '!', '?');
}

/* A line of its own. */
static void put_line(struct dmx_builder *out, struct dmx_slice line)
{
    dmx_put_char(out, '\n');
    put_replaced(out, line, ' ', ' ');
}

static void put_words(struct dmx_builder *out, const struct dmx_slice *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            dmx_put_char(out, ' ');
        put_word(out, words[i]);
    }
}

static const struct {
    uint32_t flag;
    char letter;
} flag_letters[] = {
    {DMX_EVENT_SPF_ALIGNED, 's'},
    {DMX_EVENT_DKIM_ALIGNED, 'd'},
    {DMX_EVENT_NULL_SENDER, 'n'},
};
enum { FLAGS = sizeof flag_letters / sizeof *flag_letters };

void dmx_evidence_put(struct dmx_builder *out, const struct dmx_event *event)
{
    const struct dmx_slice verdict[] = {event->disposition, event->policy, event->spf_result, event->override_type};
    put_words(out, verdict, sizeof verdict / sizeof *verdict);
    dmx_put_char(out, ' ');
    for (size_t i = 0; i < FLAGS; i++)
        if (event->flags & flag_letters[i].flag)
            dmx_put_char(out, flag_letters[i].letter);
    put_line(out, event->author);
    put_line(out, event->spf_domain);
    put_line(out, event->override_comment);
    dmx_put_char(out, '\n');
    put_words(out, event->notes, event->note_count);
    for (size_t i = 0; i < event->dkim_count; i++) {
        const struct dmx_event_dkim *dkim = &event->dkim[i];
        const struct dmx_slice words[] = {dkim->result, dkim->domain, dkim->selector, dkim->reason};
        dmx_put_char(out, '\n');
        put_words(out, words, sizeof words / sizeof *words);
    }
}

/* ---- reading ---- */

static struct dmx_slice take(struct dmx_slice *rest, char sep)
{
    struct dmx_slice part = DMX_SLICE_NONE;
    return rest->ptr && dmx_slice_split(rest, sep, &part) ? part : DMX_SLICE_NONE;
}

static bool has_flag(struct dmx_slice letters, uint32_t flag)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (flag_letters[i].flag == flag)
            return dmx_slice_find(letters, flag_letters[i].letter) < letters.len;
    return false;
}

static bool take_verdict(struct dmx_slice line, struct dmx_evidence_room *room, struct dmx_aggregate_row *out)
{
    out->disposition = take(&line, ' ');
    struct dmx_slice policy = take(&line, ' ');
    out->spf_result = take(&line, ' ');
    room->reason.type = take(&line, ' ');
    if (!line.ptr)
        return false;
    out->spf_aligned = has_flag(line, DMX_EVENT_SPF_ALIGNED);
    out->dkim_aligned = has_flag(line, DMX_EVENT_DKIM_ALIGNED);
    out->spf_of_helo = has_flag(line, DMX_EVENT_NULL_SENDER);
    if (!dmx_policy_parse(policy, &out->policy))
        out->policy = DMX_POLICY_NONE;
    return true;
}

static bool take_dkim(struct dmx_slice line, struct dmx_aggregate_dkim *out)
{
    out->result = take(&line, ' ');
    out->domain = take(&line, ' ');
    out->selector = take(&line, ' ');
    out->human_result = line;
    return line.ptr != NULL;
}

bool dmx_evidence_parse(struct dmx_slice text, struct dmx_evidence_room *room, struct dmx_aggregate_row *out)
{
    *out = (struct dmx_aggregate_row){.dkim = room->dkim};
    room->reason = (struct dmx_aggregate_reason){.type = DMX_SLICE_NONE};
    if (!take_verdict(take(&text, '\n'), room, out))
        return false;
    out->header_from = take(&text, '\n');
    out->spf_domain = take(&text, '\n');
    out->envelope_from = out->spf_of_helo ? DMX_SLICE_NONE : out->spf_domain;
    room->reason.comment = take(&text, '\n');
    if (!text.ptr)
        return false;
    take(&text, '\n'); /* the notes are of the report */
    out->reasons = &room->reason;
    out->reason_count = room->reason.type.len > 0;
    while (text.ptr && out->dkim_count < DMX_EVENT_DKIM)
        if (!take_dkim(take(&text, '\n'), &room->dkim[out->dkim_count++]))
            return false;
    return true;
}

struct dmx_slice dmx_evidence_notes(struct dmx_slice text)
{
    enum { LINES_BEFORE = 4 };
    for (size_t i = 0; i < LINES_BEFORE; i++)
        take(&text, '\n');
    return take(&text, '\n');
}
