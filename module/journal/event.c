/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/journal/event.h"

#include <string.h>

#include "dmx/base/crc.h"
#include "dmx/base/cursor.h"
#include "frame.h"

#include "dmx/base/banned.h"

static const struct dmx_slice magic = DMX_SLICE_INIT("DMXJ");

enum { HEAD = 8, FOOT = 4, TAG_HEAD = 3, DKIM_PARTS = 4 };

/* Tags are for ever: one that is given up is not given again. */
enum tag {
    TAG_TIME = 1,
    TAG_FLAGS = 2,
    TAG_DRAW = 3,
    TAG_CLIENT = 4,
    TAG_DKIM = 5,
    TAG_RECIPIENT = 6,
    TAG_NOTE = 7,
    TAG_VERSION = 8, /* absent: 1 */
    TAG_TEXTS = 16,  /* and on: the table */
};

static const struct text_row {
    uint8_t tag;
    uint16_t max;
    size_t offset;
} texts[] = {
#define TEXT(number, member, most)                                       \
    {                                                                    \
        TAG_TEXTS + (number), (most), offsetof(struct dmx_event, member) \
    }
    TEXT(0, exempt, DMX_EVENT_TEXT),         TEXT(1, rules, DMX_EVENT_TEXT),
    TEXT(2, author, DMX_EVENT_TEXT),         TEXT(3, author_status, DMX_EVENT_TEXT),
    TEXT(4, org_domain, DMX_EVENT_TEXT),     TEXT(5, policy_domain, DMX_EVENT_TEXT),
    TEXT(6, record, DMX_EVENT_RECORD),       TEXT(7, result, DMX_EVENT_TEXT),
    TEXT(8, reason, DMX_EVENT_TEXT),         TEXT(9, published, DMX_EVENT_TEXT),
    TEXT(10, policy, DMX_EVENT_TEXT),        TEXT(11, bad_from_policy, DMX_EVENT_TEXT),
    TEXT(12, disposition, DMX_EVENT_TEXT),   TEXT(13, would_be, DMX_EVENT_TEXT),
    TEXT(14, override_type, DMX_EVENT_TEXT), TEXT(15, override_comment, DMX_EVENT_TEXT),
    TEXT(16, acl, DMX_EVENT_TEXT),           TEXT(17, acl_signal, DMX_EVENT_TEXT),
    TEXT(18, signal, DMX_EVENT_TEXT),        TEXT(19, indirect, DMX_EVENT_TEXT),
    TEXT(20, spf_result, DMX_EVENT_TEXT),    TEXT(21, spf_domain, DMX_EVENT_TEXT),
    TEXT(22, shadow_rules, DMX_EVENT_TEXT),  TEXT(23, shadow_result, DMX_EVENT_TEXT),
    TEXT(24, shadow_policy, DMX_EVENT_TEXT), TEXT(25, shadow_would_be, DMX_EVENT_TEXT),
    TEXT(26, arc_result, DMX_EVENT_TEXT),    TEXT(27, arc_sealer, DMX_EVENT_TEXT),
    TEXT(28, arc_override, DMX_EVENT_TEXT),
};
enum { TEXT_COUNT = sizeof texts / sizeof *texts };

static struct dmx_slice *text_of(struct dmx_event *event, const struct text_row *row)
{
    return (struct dmx_slice *)(void *)((char *)event + row->offset);
}

static struct dmx_slice const_text_of(const struct dmx_event *event, const struct text_row *row)
{
    return *(const struct dmx_slice *)(const void *)((const char *)event + row->offset);
}

/* ---- writing ---- */

static void put_tag(struct dmx_builder *out, uint8_t tag, size_t size)
{
    dmx_put_char(out, (char)tag);
    dmx_put_be16(out, (uint16_t)size);
}

static void put_text(struct dmx_builder *out, uint8_t tag, struct dmx_slice text, size_t max)
{
    text = dmx_slice_upto(text, max);
    if (text.len == 0)
        return;
    put_tag(out, tag, text.len);
    dmx_put(out, text);
}

/* Four texts, each with its length before it, behind one byte of flags. */
static void put_dkim(struct dmx_builder *out, const struct dmx_event_dkim *dkim)
{
    const struct dmx_slice parts[DKIM_PARTS] = {dkim->result, dkim->domain, dkim->selector, dkim->reason};
    size_t size = 1;
    for (size_t i = 0; i < DKIM_PARTS; i++)
        size += 1 + dmx_slice_upto(parts[i], UINT8_MAX).len;
    put_tag(out, TAG_DKIM, size);
    dmx_put_char(out, dkim->header_intact ? 1 : 0);
    for (size_t i = 0; i < DKIM_PARTS; i++) {
        struct dmx_slice part = dmx_slice_upto(parts[i], UINT8_MAX);
        dmx_put_char(out, (char)part.len);
        dmx_put(out, part);
    }
}

static void put_payload(struct dmx_builder *out, const struct dmx_event *event)
{
    put_tag(out, TAG_VERSION, 1);
    dmx_put_char(out, DMX_EVENT_VERSION);
    put_tag(out, TAG_TIME, 8);
    dmx_put_be64(out, (uint64_t)event->time_s);
    put_tag(out, TAG_FLAGS, 4);
    dmx_put_be32(out, event->flags);
    put_tag(out, TAG_DRAW, 1);
    dmx_put_char(out, (char)event->draw);
    if (event->client.family != DMX_IP_NONE) {
        size_t bytes = event->client.family == DMX_IP_V4 ? 4 : 16;
        put_tag(out, TAG_CLIENT, bytes);
        dmx_put(out, dmx_slice((const char *)event->client.bytes, bytes));
    }
    for (size_t i = 0; i < TEXT_COUNT; i++)
        put_text(out, texts[i].tag, const_text_of(event, &texts[i]), texts[i].max);
    for (size_t i = 0; i < event->recipient_count && i < DMX_EVENT_RECIPIENTS; i++)
        put_text(out, TAG_RECIPIENT, event->recipients[i], UINT8_MAX);
    for (size_t i = 0; i < event->note_count && i < DMX_EVENT_NOTES; i++)
        put_text(out, TAG_NOTE, event->notes[i], UINT8_MAX);
    /* Last, and so what is left out where there is no room. */
    for (size_t i = 0; i < event->dkim_count && i < DMX_EVENT_DKIM; i++)
        put_dkim(out, &event->dkim[i]);
}

void dmx_event_put(struct dmx_builder *out, const struct dmx_event *event)
{
    size_t length_at = dmx_frame_begin(out, magic);
    put_payload(out, event);
    dmx_frame_end(out, length_at);
}

/* ---- reading ---- */

static void take_client(struct dmx_cursor *c, struct dmx_ip *out)
{
    uint8_t bytes[16] = {0};
    struct dmx_slice value = dmx_cursor_rest(c);
    if (value.len != 4 && value.len != 16)
        return;
    memcpy(bytes, value.ptr, value.len);
    *out = value.len == 4 ? dmx_ip_v4(bytes) : dmx_ip_v6(bytes);
}

/* Lists while a payload is read. */
struct lists {
    struct dmx_event_dkim *dkim;
    struct dmx_slice *recipients, *notes;
};

static void take_dkim(struct dmx_cursor *c, struct lists *lists, struct dmx_event *out)
{
    struct dmx_event_dkim one = {.header_intact = dmx_cursor_u8(c) & 1};
    struct dmx_slice *parts[] = {&one.result, &one.domain, &one.selector, &one.reason};
    for (size_t i = 0; i < DKIM_PARTS && (i < DKIM_PARTS - 1 || !dmx_cursor_at_end(c)); i++)
        *parts[i] = dmx_cursor_bytes(c, dmx_cursor_u8(c));
    if (!c->failed && out->dkim_count < DMX_EVENT_DKIM)
        lists->dkim[out->dkim_count++] = one;
}

static void take_text(uint8_t tag, struct dmx_slice value, struct dmx_event *out)
{
    for (size_t i = 0; i < TEXT_COUNT; i++)
        if (texts[i].tag == tag)
            *text_of(out, &texts[i]) = value;
}

static void take_value(uint8_t tag, struct dmx_slice value, struct lists *lists, struct dmx_event *out)
{
    struct dmx_cursor c = dmx_cursor_from(value);
    if (tag == TAG_TIME)
        out->time_s = (int64_t)dmx_cursor_u64(&c);
    else if (tag == TAG_FLAGS)
        out->flags = dmx_cursor_u32(&c);
    else if (tag == TAG_DRAW)
        out->draw = dmx_cursor_u8(&c);
    else if (tag == TAG_CLIENT)
        take_client(&c, &out->client);
    else if (tag == TAG_DKIM)
        take_dkim(&c, lists, out);
    else if (tag == TAG_RECIPIENT && out->recipient_count < DMX_EVENT_RECIPIENTS)
        lists->recipients[out->recipient_count++] = value;
    else if (tag == TAG_NOTE && out->note_count < DMX_EVENT_NOTES)
        lists->notes[out->note_count++] = value;
    else
        take_text(tag, value, out);
}

/* How much of each list there is, so that no record takes the room of the largest. False: of a later version. */
static bool make_lists(struct dmx_slice payload, struct dmx_arena *arena, struct lists *out)
{
    struct dmx_cursor c = dmx_cursor_from(payload);
    size_t dkim = 0, recipients = 0, notes = 0;
    while (!dmx_cursor_at_end(&c) && !c.failed) {
        uint8_t tag = dmx_cursor_u8(&c);
        struct dmx_slice value = dmx_cursor_bytes(&c, dmx_cursor_u16(&c));
        dkim += tag == TAG_DKIM;
        recipients += tag == TAG_RECIPIENT;
        notes += tag == TAG_NOTE;
        if (tag == TAG_VERSION && value.len > 0 && (uint8_t)value.ptr[0] > DMX_EVENT_VERSION)
            return false;
    }
    dkim = dkim < DMX_EVENT_DKIM ? dkim : DMX_EVENT_DKIM;
    recipients = recipients < DMX_EVENT_RECIPIENTS ? recipients : DMX_EVENT_RECIPIENTS;
    notes = notes < DMX_EVENT_NOTES ? notes : DMX_EVENT_NOTES;
    out->dkim = dmx_arena_array(arena, dkim, sizeof *out->dkim);
    out->recipients = dmx_arena_array(arena, recipients, sizeof *out->recipients);
    out->notes = dmx_arena_array(arena, notes, sizeof *out->notes);
    return out->dkim && out->recipients && out->notes;
}

static bool take_payload(struct dmx_slice payload, struct dmx_arena *arena, struct dmx_event *out)
{
    struct dmx_cursor c = dmx_cursor_from(payload);
    struct lists lists;
    if (!make_lists(payload, arena, &lists))
        return false;
    *out = (struct dmx_event){.dkim = lists.dkim, .recipients = lists.recipients, .notes = lists.notes};
    while (!dmx_cursor_at_end(&c) && !c.failed) {
        uint8_t tag = dmx_cursor_u8(&c);
        struct dmx_slice value = dmx_cursor_bytes(&c, dmx_cursor_u16(&c));
        if (!c.failed)
            take_value(tag, value, &lists, out);
    }
    return !c.failed;
}

enum frame { FRAME_WHOLE, FRAME_UNFINISHED, FRAME_BROKEN };

/*
 * What may be summed in search of the next record: a thousand heads in a row with nothing behind them are no accident, and
 * a file made of them would take hours.
 */
enum { MAX_SUMMED = 64 * 1024 * 1024 };

/* The frame at the start of bytes, which start with the magic. *budget is what may still be summed. */
static enum frame read_frame(struct dmx_slice bytes, size_t *budget, struct dmx_slice *out_payload)
{
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_from(bytes, magic.len));
    uint32_t length = dmx_cursor_u32(&c);
    if (c.failed)
        return FRAME_UNFINISHED;
    if (length > DMX_EVENT_MAX)
        return FRAME_BROKEN;
    *out_payload = dmx_cursor_bytes(&c, length);
    uint32_t crc = dmx_cursor_u32(&c);
    if (c.failed)
        return FRAME_UNFINISHED;
    if (length > *budget)
        return FRAME_BROKEN;
    *budget -= length;
    return dmx_crc32(0, dmx_slice(bytes.ptr + magic.len, 4 + length)) == crc ? FRAME_WHOLE : FRAME_BROKEN;
}

/* Where the magic, or as much of it as there is at the end, next stands from byte at on. */
static size_t find_magic(struct dmx_slice bytes, size_t at)
{
    for (; at < bytes.len; at++) {
        size_t left = bytes.len - at;
        if (bytes.ptr[at] == magic.ptr[0] &&
            memcmp(bytes.ptr + at, magic.ptr, left < magic.len ? left : magic.len) == 0)
            return at;
    }
    return bytes.len;
}

/* Whether another frame begins behind the head of one that has no end: then it never will have one. */
static bool is_torn(struct dmx_slice bytes, size_t *budget)
{
    struct dmx_slice payload;
    for (size_t at = find_magic(bytes, 1); at < bytes.len; at = find_magic(bytes, at + 1))
        if (bytes.len - at >= HEAD + FOOT && read_frame(dmx_slice_from(bytes, at), budget, &payload) == FRAME_WHOLE)
            return true;
    return false;
}

bool dmx_event_next(struct dmx_slice *rest, struct dmx_arena *arena, struct dmx_event *out, size_t *damaged)
{
    struct dmx_slice payload = DMX_SLICE_NONE;
    size_t budget = MAX_SUMMED;
    while (rest->len > 0) {
        size_t at = find_magic(*rest, 0);
        *damaged += at;
        *rest = dmx_slice_from(*rest, at);
        enum frame frame = rest->len < HEAD ? FRAME_UNFINISHED : read_frame(*rest, &budget, &payload);
        if (frame == FRAME_UNFINISHED && !is_torn(*rest, &budget))
            return false;
        if (frame == FRAME_WHOLE && take_payload(payload, arena, out)) {
            *rest = dmx_slice_from(*rest, HEAD + payload.len + FOOT);
            return true;
        }
        if (dmx_arena_failed(arena))
            return false;
        *rest = dmx_slice_from(*rest, 1);
        (*damaged)++;
    }
    return false;
}
