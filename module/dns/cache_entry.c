/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache_entry.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/cursor.h"
#include "dmx/dns/packet.h"

#include "dmx/base/banned.h"

enum { FLAG_AD = 1 };

/* The forms of data there are. */
enum form { FORM_NONE = 0, FORM_V4, FORM_V6, FORM_TEXT, FORM_HOST };

static enum form form_of(uint16_t type)
{
    switch (type) {
    case DMX_RR_A:
        return FORM_V4;
    case DMX_RR_AAAA:
        return FORM_V6;
    case DMX_RR_TXT:
    case DMX_RR_SPF:
        return FORM_TEXT;
    case DMX_RR_MX:
    case DMX_RR_NS:
    case DMX_RR_PTR:
    case DMX_RR_CNAME:
        return FORM_HOST;
    default:
        return FORM_NONE;
    }
}

bool dmx_cache_keeps_type(uint16_t type)
{
    return form_of(type) != FORM_NONE;
}

static struct dmx_slice wire_of(const struct dmx_name *name)
{
    return dmx_slice((const char *)name->wire, name->len);
}

void dmx_put_cache_key(struct dmx_builder *b, const struct dmx_question *question)
{
    dmx_put_char(b, (char)question->name.len);
    /* No length byte is a capital letter: they are below 64. */
    dmx_put_lower(b, wire_of(&question->name));
    dmx_put_be16(b, question->type);
}

/* An AAAA record with a mapped address (::ffff:192.0.2.1) is held as the IPv4 address, and must come back as that. */
static void put_ip(struct dmx_builder *b, enum form form, const struct dmx_ip *ip)
{
    static const char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xff};
    if (form == FORM_V6 && ip->family == DMX_IP_V4)
        dmx_put(b, dmx_slice(mapped_prefix, sizeof mapped_prefix));
    else if (ip->family != (form == FORM_V4 ? DMX_IP_V4 : DMX_IP_V6))
        b->failed = true;
    dmx_put(b, dmx_slice((const char *)ip->bytes, ip->family == DMX_IP_V4 ? 4 : 16));
}

static void put_data(struct dmx_builder *b, enum form form, const struct dmx_rr *rr)
{
    switch (form) {
    case FORM_NONE:
        b->failed = true;
        break;
    case FORM_V4:
    case FORM_V6:
        put_ip(b, form, &rr->data.ip);
        break;
    case FORM_TEXT:
        b->failed |= rr->data.text.len > UINT16_MAX;
        dmx_put_be16(b, (uint16_t)rr->data.text.len);
        dmx_put(b, rr->data.text);
        break;
    case FORM_HOST:
        dmx_put_be16(b, rr->data.host.preference);
        dmx_put_char(b, (char)rr->data.host.name.len);
        dmx_put(b, wire_of(&rr->data.host.name));
        break;
    }
}

void dmx_put_cache_entry(struct dmx_builder *b, const struct dmx_question *question, const struct dmx_answer *answer)
{
    const enum form form = form_of(question->type);
    if (form == FORM_NONE || answer->status == DMX_DNS_CUT || answer->count > DMX_PACKET_MAX_RRS ||
        (answer->status == DMX_DNS_OK) != (answer->count > 0)) {
        b->failed = true;
        return;
    }
    dmx_put_cache_key(b, question);
    dmx_put_char(b, (char)answer->status);
    dmx_put_char(b, answer->authenticated_data ? FLAG_AD : 0);
    dmx_put_be16(b, (uint16_t)answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        b->failed |= answer->rrs[i].type != question->type;
        put_data(b, form, &answer->rrs[i]);
    }
}

/* Its length and then the wire form, which must be one: labels up to the root label, and that at the end. */
static void read_name(struct dmx_cursor *c, struct dmx_name *out)
{
    dmx_name_root(out);
    struct dmx_slice wire = dmx_cursor_bytes(c, dmx_cursor_u8(c));
    struct dmx_cursor labels = dmx_cursor_from(wire);
    for (;;) {
        struct dmx_slice label = dmx_cursor_bytes(&labels, dmx_cursor_u8(&labels));
        if (labels.failed || label.len == 0)
            break;
        if (!dmx_name_append(out, label))
            dmx_cursor_fail(&labels);
    }
    if (labels.failed || !dmx_cursor_at_end(&labels))
        dmx_cursor_fail(c);
}

static bool is_lower(const struct dmx_name *name)
{
    for (size_t i = 0; i < name->len; i++) {
        if (dmx_lower((char)name->wire[i]) != (char)name->wire[i])
            return false;
    }
    return true;
}

static void read_data(struct dmx_cursor *c, enum form form, struct dmx_arena *arena, struct dmx_rr *out)
{
    struct dmx_slice raw;
    switch (form) {
    case FORM_NONE:
        dmx_cursor_fail(c);
        break;
    case FORM_V4:
    case FORM_V6:
        raw = dmx_cursor_bytes(c, form == FORM_V4 ? 4 : 16);
        if (raw.ptr)
            out->data.ip = form == FORM_V4 ? dmx_ip_v4((const uint8_t *)raw.ptr) : dmx_ip_v6((const uint8_t *)raw.ptr);
        break;
    case FORM_TEXT:
        raw = dmx_cursor_bytes(c, dmx_cursor_u16(c));
        if (!c->failed)
            out->data.text = dmx_arena_dup(arena, raw);
        break;
    case FORM_HOST:
        out->data.host.preference = dmx_cursor_u16(c);
        read_name(c, &out->data.host.name);
        break;
    }
}

/* How many bytes the data of one record takes at least: a count that lies does not make us allocate. */
static size_t least_bytes(enum form form)
{
    switch (form) {
    case FORM_V4:
        return 4;
    case FORM_V6:
        return 16;
    case FORM_HOST:
        return 4;
    case FORM_NONE:
    case FORM_TEXT:
        break;
    }
    return 2;
}

static bool read_records(struct dmx_cursor *c, uint16_t type, struct dmx_arena *arena, struct dmx_answer *out)
{
    const enum form form = form_of(type);
    if (form == FORM_NONE || out->count > DMX_PACKET_MAX_RRS || out->count * least_bytes(form) > dmx_cursor_left(c))
        return false;
    if (out->count == 0)
        return dmx_cursor_at_end(c);
    struct dmx_rr *rrs = arena ? dmx_arena_array(arena, out->count, sizeof *rrs) : NULL;
    if (!rrs)
        return false;
    for (size_t i = 0; i < out->count && !c->failed; i++) {
        rrs[i].type = type;
        rrs[i].ttl_s = out->ttl_s;
        read_data(c, form, arena, &rrs[i]);
    }
    out->rrs = rrs;
    return dmx_cursor_at_end(c) && !c->failed && !dmx_arena_failed(arena);
}

bool dmx_cache_entry_read(struct dmx_slice bytes, uint32_t ttl_s, struct dmx_arena *arena,
                          struct dmx_question *out_question, struct dmx_answer *out_answer)
{
    struct dmx_cursor c = dmx_cursor_from(bytes);
    read_name(&c, &out_question->name);
    out_question->type = dmx_cursor_u16(&c);
    const uint8_t status = dmx_cursor_u8(&c), flags = dmx_cursor_u8(&c);
    const size_t count = dmx_cursor_u16(&c);
    if (c.failed || status >= DMX_DNS_CUT || (status == DMX_DNS_OK) != (count > 0) || (flags & ~FLAG_AD) ||
        !is_lower(&out_question->name))
        return false;
    *out_answer = (struct dmx_answer){
        .status = (enum dmx_dns_status)status,
        .count = count,
        .ttl_s = ttl_s,
        .authenticated_data = (flags & FLAG_AD) != 0,
    };
    return read_records(&c, out_question->type, arena, out_answer);
}
