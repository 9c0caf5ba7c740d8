/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/journal/capsule.h"

#include <assert.h>
#include <string.h>

#include "dmx/base/crc.h"
#include "dmx/base/cursor.h"
#include "frame.h"

#include "dmx/base/banned.h"

static const struct dmx_slice magic = DMX_SLICE_INIT("DMXF");

enum { HEAD = 8, FOOT = 4, TAG_HEAD = 5 };

/* Tags are for ever: one that is given up is not given again. */
enum tag {
    TAG_VERSION = 1,
    TAG_ID = 2,
    TAG_CONDITIONS = 3,
    TAG_INCIDENTS = 4,
    TAG_EVENT = 5,
    TAG_FLAGS = 6,
    TAG_MAIL_FROM = 7,   /* there, maybe empty, or not there */
    TAG_IDENTITY = 8,    /* of a signature: its number, 8 bits, then the text */
    TAG_DESTINATION = 9, /* as many as there are */
    TAG_HEADER = 10,
    TAG_BODY = 11,
    TAG_BODY_SIZE = 12,
    TAG_TEXTS = 16, /* and on: the table */
};

enum flag { FLAG_HEADER_CUT = 1U << 0, FLAG_BODY_WIRE_FORM = 1U << 1 };

static const size_t texts[] = {
    offsetof(struct dmx_capsule, receiver),   offsetof(struct dmx_capsule, authserv_id),
    offsetof(struct dmx_capsule, queue_id),   offsetof(struct dmx_capsule, helo),
    offsetof(struct dmx_capsule, authres),    offsetof(struct dmx_capsule, envelope_id),
    offsetof(struct dmx_capsule, spf_record),
};
enum { TEXT_COUNT = sizeof texts / sizeof *texts };

enum { MORE_TEXTS = 1 + DMX_CAPSULE_DESTINATIONS, NUMBERS = 6 * (TAG_HEAD + 16) };
static_assert(HEAD + FOOT + NUMBERS + DMX_EVENT_MAX + TAG_HEAD * 3 + DMX_CAPSULE_HEADER + DMX_CAPSULE_BODY +
                      (TEXT_COUNT + MORE_TEXTS) * (TAG_HEAD + DMX_CAPSULE_TEXT) +
                      DMX_EVENT_DKIM * (TAG_HEAD + 1 + UINT8_MAX) <
                  DMX_CAPSULE_MAX,
              "whatever is in a capsule has room in it");

static struct dmx_slice *text_of(struct dmx_capsule *capsule, size_t i)
{
    return (struct dmx_slice *)(void *)((char *)capsule + texts[i]);
}

static struct dmx_slice const_text_of(const struct dmx_capsule *capsule, size_t i)
{
    return *(const struct dmx_slice *)(const void *)((const char *)capsule + texts[i]);
}

/* ---- writing ---- */

static void put_tag(struct dmx_builder *out, uint8_t tag, size_t size)
{
    dmx_put_char(out, (char)tag);
    dmx_put_be32(out, (uint32_t)size);
}

static void put_text(struct dmx_builder *out, uint8_t tag, struct dmx_slice text, size_t max)
{
    text = dmx_slice_upto(text, max);
    if (text.len == 0)
        return;
    put_tag(out, tag, text.len);
    dmx_put(out, text);
}

static void put_number(struct dmx_builder *out, uint8_t tag, uint32_t value)
{
    put_tag(out, tag, 4);
    dmx_put_be32(out, value);
}

static void put_event(struct dmx_builder *out, const struct dmx_event *event)
{
    put_tag(out, TAG_EVENT, 0);
    size_t start = out->len;
    dmx_event_put(out, event);
    dmx_frame_close_length(out, start - 4);
    out->failed |= out->len - start > DMX_EVENT_MAX;
}

/* The first fields that have room, none of them in part: a reader of the report must not take one for whole. */
static struct dmx_slice whole_fields(struct dmx_slice header)
{
    if (header.len <= DMX_CAPSULE_HEADER)
        return header;
    size_t end = DMX_CAPSULE_HEADER;
    while (end > 0 && (header.ptr[end - 1] != '\n' || header.ptr[end] == ' ' || header.ptr[end] == '\t'))
        end--;
    return dmx_slice_upto(header, end);
}

static void put_message(struct dmx_builder *out, const struct dmx_capsule *capsule)
{
    struct dmx_slice header = whole_fields(capsule->header);
    uint32_t flags = 0;
    if (capsule->header_cut || header.len < capsule->header.len)
        flags |= FLAG_HEADER_CUT;
    if (capsule->body_wire_form)
        flags |= FLAG_BODY_WIRE_FORM;
    put_number(out, TAG_FLAGS, flags);
    put_text(out, TAG_HEADER, header, DMX_CAPSULE_HEADER);
    put_text(out, TAG_BODY, capsule->body, DMX_CAPSULE_BODY);
    put_tag(out, TAG_BODY_SIZE, 8);
    dmx_put_be64(out, capsule->body_size);
}

static void put_identities(struct dmx_builder *out, const struct dmx_capsule *capsule)
{
    for (size_t i = 0; i < DMX_EVENT_DKIM; i++) {
        struct dmx_slice identity = dmx_slice_upto(capsule->dkim_identities[i], UINT8_MAX);
        if (identity.len == 0)
            continue;
        put_tag(out, TAG_IDENTITY, 1 + identity.len);
        dmx_put_char(out, (char)i);
        dmx_put(out, identity);
    }
}

static void put_payload(struct dmx_builder *out, const struct dmx_capsule *capsule)
{
    put_number(out, TAG_VERSION, DMX_CAPSULE_VERSION);
    put_tag(out, TAG_ID, sizeof capsule->id);
    dmx_put(out, dmx_slice((const char *)capsule->id, sizeof capsule->id));
    put_number(out, TAG_CONDITIONS, capsule->conditions);
    put_number(out, TAG_INCIDENTS, capsule->incidents);
    put_event(out, &capsule->event);
    if (capsule->has_mail_from) {
        struct dmx_slice sender = dmx_slice_upto(capsule->mail_from, DMX_CAPSULE_TEXT);
        put_tag(out, TAG_MAIL_FROM, sender.len);
        dmx_put(out, sender);
    }
    for (size_t i = 0; i < TEXT_COUNT; i++)
        put_text(out, (uint8_t)(TAG_TEXTS + i), const_text_of(capsule, i), DMX_CAPSULE_TEXT);
    put_identities(out, capsule);
    for (size_t i = 0; i < capsule->destination_count && i < DMX_CAPSULE_DESTINATIONS; i++)
        put_text(out, TAG_DESTINATION, capsule->destinations[i], DMX_CAPSULE_TEXT);
    put_message(out, capsule);
}

void dmx_capsule_put(struct dmx_builder *out, const struct dmx_capsule *capsule)
{
    size_t length_at = dmx_frame_begin(out, magic);
    put_payload(out, capsule);
    dmx_frame_end(out, length_at);
}

/* ---- reading ---- */

/* What is read, and what was found of the things that must be there. */
struct reading {
    struct dmx_arena *arena;
    struct dmx_capsule *out;
    const char *why; /* NULL: nothing wrong so far */
    bool has_id, has_event;
};

static void take_event(struct dmx_slice frame, struct reading *r)
{
    size_t damaged = 0;
    r->has_event = dmx_event_next(&frame, r->arena, &r->out->event, &damaged) && frame.len == 0 && damaged == 0;
    if (!r->has_event)
        r->why = "the event in it is damaged, or of a later version";
}

static void take_id(struct dmx_slice value, struct reading *r)
{
    r->has_id = value.len == sizeof r->out->id;
    if (r->has_id)
        memcpy(r->out->id, value.ptr, value.len);
}

static void take_version(uint32_t version, struct reading *r)
{
    if (version > DMX_CAPSULE_VERSION)
        r->why = "it was written by a later version of dmx";
}

static void take_flags(uint32_t flags, struct dmx_capsule *out)
{
    out->header_cut = flags & FLAG_HEADER_CUT;
    out->body_wire_form = flags & FLAG_BODY_WIRE_FORM;
}

static void take_identity(struct dmx_cursor *c, struct dmx_capsule *out)
{
    size_t number = dmx_cursor_u8(c);
    if (!c->failed && number < DMX_EVENT_DKIM)
        out->dkim_identities[number] = dmx_cursor_rest(c);
}

static void take_text(uint8_t tag, struct dmx_slice value, struct dmx_capsule *out)
{
    if (tag >= TAG_TEXTS && tag < TAG_TEXTS + TEXT_COUNT)
        *text_of(out, (size_t)tag - TAG_TEXTS) = value;
}

/* What is of the message. */
static void take_part(uint8_t tag, struct dmx_slice value, struct dmx_capsule *out)
{
    if (tag == TAG_HEADER)
        out->header = value;
    else if (tag == TAG_BODY)
        out->body = value;
    else if (tag == TAG_DESTINATION && out->destination_count < DMX_CAPSULE_DESTINATIONS)
        out->destinations[out->destination_count++] = value;
    else
        take_text(tag, value, out);
}

static void take_value(uint8_t tag, struct dmx_slice value, struct reading *r)
{
    struct dmx_cursor c = dmx_cursor_from(value);
    struct dmx_capsule *out = r->out;
    if (tag == TAG_VERSION)
        take_version(dmx_cursor_u32(&c), r);
    else if (tag == TAG_ID)
        take_id(value, r);
    else if (tag == TAG_CONDITIONS)
        out->conditions = dmx_cursor_u32(&c);
    else if (tag == TAG_INCIDENTS)
        out->incidents = dmx_cursor_u32(&c);
    else if (tag == TAG_EVENT)
        take_event(value, r);
    else if (tag == TAG_FLAGS)
        take_flags(dmx_cursor_u32(&c), out);
    else if (tag == TAG_BODY_SIZE)
        out->body_size = dmx_cursor_u64(&c);
    else if (tag == TAG_IDENTITY)
        take_identity(&c, out);
    else if (tag == TAG_MAIL_FROM) {
        out->has_mail_from = true;
        out->mail_from = value;
    } else
        take_part(tag, value, out);
    if (c.failed)
        r->why = "a number in it is cut";
}

static void take_payload(struct dmx_slice payload, struct reading *r)
{
    struct dmx_cursor c = dmx_cursor_from(payload);
    while (!r->why && !dmx_cursor_at_end(&c)) {
        uint8_t tag = dmx_cursor_u8(&c);
        struct dmx_slice value = dmx_cursor_bytes(&c, dmx_cursor_u32(&c));
        if (c.failed)
            r->why = "a part of it goes over its end";
        else
            take_value(tag, value, r);
    }
    if (!r->why && (!r->has_id || !r->has_event))
        r->why = "it holds no identifier or no event";
}

/* The payload of a file; NULL, or what is wrong with it. */
static const char *open_file(struct dmx_slice bytes, struct dmx_slice *out_payload)
{
    if (!dmx_slice_starts(bytes, magic))
        return "it is no capsule of dmx";
    if (bytes.len > DMX_CAPSULE_MAX)
        return "it is longer than any that dmx writes";
    struct dmx_cursor c = dmx_cursor_from(dmx_slice_from(bytes, magic.len));
    *out_payload = dmx_cursor_bytes(&c, dmx_cursor_u32(&c));
    uint32_t crc = dmx_cursor_u32(&c);
    if (c.failed || !dmx_cursor_at_end(&c))
        return "its length is not the one in its head";
    if (dmx_crc32(0, dmx_slice(bytes.ptr + magic.len, 4 + out_payload->len)) != crc)
        return "its checksum is wrong";
    return NULL;
}

enum dmx_status dmx_capsule_get(struct dmx_slice bytes, struct dmx_arena *arena, struct dmx_capsule *out,
                                const char **out_why)
{
    struct dmx_slice payload;
    struct reading r = {.arena = arena, .out = out};
    *out = (struct dmx_capsule){.incidents = 0};
    r.why = open_file(bytes, &payload);
    if (!r.why)
        take_payload(payload, &r);
    if (!r.why)
        return DMX_OK;
    *out_why = r.why;
    return dmx_arena_failed(arena) ? DMX_NOMEM : DMX_INVALID;
}
