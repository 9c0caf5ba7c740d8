/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/packet.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/cursor.h"

#include "dmx/base/banned.h"

enum {
    HEADER_BYTES = 12,
    CLASS_IN = 1,
    TYPE_OPT = 41, /* RFC 6891 */
    /* The second 16 bits of the header: RFC 1035 section 4.1.1, AD: RFC 4035 section 3.2.3. */
    FLAG_QR = 0x8000,
    FLAG_OPCODE = 0x7800,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_AD = 0x0020,
    FLAG_RCODE = 0x000f,
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_BADVERS = 16, /* four bits of it stand in the OPT record */
    /* The two upper bits of a label's length byte; 01 and 10 are not in use. */
    LABEL_KIND = 0xc0,
    LABEL_POINTER = 0xc0,
    CASE_BITS = 64,
};

static void put_case(struct dmx_builder *b, const struct dmx_name *name, uint64_t case_bits)
{
    unsigned letters = 0;
    for (size_t i = 0; i < name->len; i++) {
        char ch = (char)name->wire[i];
        /* No length byte is a letter: they are below 64. */
        if (dmx_is_alpha(ch) && (case_bits >> (letters++ % CASE_BITS) & 1))
            ch = (char)(ch ^ 0x20);
        dmx_put_char(b, ch);
    }
}

void dmx_put_query(struct dmx_builder *b, const struct dmx_question *question, uint16_t id, uint64_t case_bits,
                   enum dmx_edns edns)
{
    dmx_put_be16(b, id);
    dmx_put_be16(b, FLAG_RD | FLAG_AD);
    dmx_put_be16(b, 1); /* questions, answers, authority, additional */
    dmx_put_be16(b, 0);
    dmx_put_be16(b, 0);
    dmx_put_be16(b, edns == DMX_EDNS);
    put_case(b, &question->name, case_bits);
    dmx_put_be16(b, question->type);
    dmx_put_be16(b, CLASS_IN);
    if (edns == DMX_NO_EDNS)
        return;
    /*
     * RFC 6891 section 6.1.2: the root as name, our size as class, nothing set in the TTL. It stands last and without
     * options: c-ares 1.18 cuts just these 11 bytes off when a server answers FORMERR.
     */
    dmx_put_char(b, 0);
    dmx_put_be16(b, TYPE_OPT);
    dmx_put_be16(b, DMX_EDNS_UDP_SIZE);
    dmx_put_be32(b, 0);
    dmx_put_be16(b, 0);
}

bool dmx_packet_has_letters(struct dmx_slice packet, const struct dmx_question *question, uint64_t case_bits)
{
    char asked[DMX_NAME_MAX + 1];
    struct dmx_builder b = dmx_builder_fixed(asked, sizeof asked);
    put_case(&b, &question->name, case_bits);
    return dmx_slice_starts(dmx_slice_from(packet, HEADER_BYTES), dmx_builder_text(&b));
}

/* Goes to where a pointer points; only backwards, before the name's part being read, so that no loop can be made. */
static void follow_pointer(struct dmx_cursor *c, const char **part)
{
    size_t target = dmx_cursor_u16(c) & (uint16_t) ~(LABEL_POINTER << 8);
    if (target < HEADER_BYTES || target >= (size_t)(*part - c->start)) {
        dmx_cursor_fail(c);
        return;
    }
    *part = c->at = c->start + target;
}

/* domain-name: labels up to the root label or a pointer (RFC 1035 section 4.1.4). Goes on behind the first pointer. */
static void read_name(struct dmx_cursor *c, struct dmx_name *out)
{
    struct dmx_cursor walk = *c;
    const char *part = c->at, *behind = NULL;
    dmx_name_root(out);
    for (;;) {
        int length = dmx_cursor_peek(&walk);
        if (length >= 0 && (length & LABEL_KIND) == LABEL_POINTER) {
            if (!behind)
                behind = walk.at + sizeof(uint16_t);
            follow_pointer(&walk, &part);
            continue;
        }
        /* A label of the other two kinds is over 63 bytes long and does not fit a name. */
        struct dmx_slice label = dmx_cursor_bytes(&walk, dmx_cursor_u8(&walk));
        if (walk.failed || label.len == 0)
            break;
        if (!dmx_name_append(out, label))
            dmx_cursor_fail(&walk);
    }
    if (walk.failed)
        dmx_cursor_fail(c);
    else
        c->at = behind ? behind : walk.at;
}

struct record {
    struct dmx_name owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl_s;
    /* Over the whole message, as names in it may point back, but ending where the data ends. */
    struct dmx_cursor data;
};

static bool next_record(struct dmx_cursor *c, struct record *out)
{
    read_name(c, &out->owner);
    out->type = dmx_cursor_u16(c);
    out->class = dmx_cursor_u16(c);
    out->ttl_s = dmx_cursor_u32(c);
    /* RFC 2181 section 8: a TTL with its highest bit set is zero. OPT keeps its flags there. */
    if (out->ttl_s > INT32_MAX && out->type != TYPE_OPT)
        out->ttl_s = 0;
    struct dmx_slice data = dmx_cursor_bytes(c, dmx_cursor_u16(c));
    if (c->failed)
        return false;
    out->data = (struct dmx_cursor){c->start, data.ptr, data.ptr + data.len, false};
    return true;
}

/* The message between its header and its end, with what is asked of it. */
struct message {
    const struct dmx_question *question;
    struct dmx_arena *arena;
    struct dmx_cursor answers; /* at the first record of each section */
    struct dmx_cursor authority;
    uint16_t flags;
    uint16_t counts[4];
    uint8_t extended_rcode;
};

/* Reads the question; false when it is not ours. Letters may come back in another case than they were sent. */
static bool question_is_ours(struct dmx_cursor *c, const struct dmx_question *question)
{
    struct dmx_name name;
    read_name(c, &name);
    uint16_t type = dmx_cursor_u16(c);
    uint16_t class = dmx_cursor_u16(c);
    return !c->failed && dmx_name_eq(&name, &question->name) && type == question->type && class == CLASS_IN;
}

/* Walks over all sections once: afterwards their records are known to be whole. */
static bool walk_sections(struct message *m, struct dmx_cursor *c)
{
    struct record record;
    if (m->counts[1] + m->counts[2] + m->counts[3] > DMX_PACKET_MAX_RRS)
        return false;
    for (int section = 1; section < 4; section++) {
        if (section == 1)
            m->answers = *c;
        if (section == 2)
            m->authority = *c;
        for (unsigned i = 0; i < m->counts[section]; i++) {
            if (!next_record(c, &record))
                return false;
            if (section == 3 && record.type == TYPE_OPT)
                m->extended_rcode = (uint8_t)(record.ttl_s >> 24);
        }
    }
    return dmx_cursor_at_end(c);
}

static uint16_t read_header(struct dmx_cursor *c, struct message *m)
{
    uint16_t id = dmx_cursor_u16(c);
    m->flags = dmx_cursor_u16(c);
    for (int section = 0; section < 4; section++)
        m->counts[section] = dmx_cursor_u16(c);
    return id;
}

static unsigned rcode_of(const struct message *m)
{
    return (unsigned)(m->flags & FLAG_RCODE) | (unsigned)m->extended_rcode << 4;
}

static bool read_message(struct dmx_slice packet, uint16_t id, struct message *m)
{
    struct dmx_cursor c = dmx_cursor_from(packet);
    uint16_t got_id = read_header(&c, m);
    /* A message still truncated here could not be had whole over TCP. */
    if (c.failed || got_id != id || (m->flags & (FLAG_QR | FLAG_OPCODE | FLAG_TC)) != FLAG_QR || m->counts[0] != 1)
        return false;
    return question_is_ours(&c, m->question) && walk_sections(m, &c);
}

static bool is_of(const struct record *record, const struct dmx_name *owner, uint16_t type)
{
    return record->type == type && record->class == CLASS_IN && dmx_name_eq(&record->owner, owner);
}

/* How many answer records are of (owner, type); the first of them in *out_first. */
static size_t count_records(const struct message *m, const struct dmx_name *owner, uint16_t type,
                            struct record *out_first)
{
    struct dmx_cursor c = m->answers;
    struct record record;
    size_t found = 0;
    for (unsigned i = 0; i < m->counts[1] && next_record(&c, &record); i++) {
        if (is_of(&record, owner, type) && found++ == 0)
            *out_first = record;
    }
    return found;
}

static struct dmx_slice read_text(struct dmx_cursor *c, struct dmx_arena *arena)
{
    /* At least one character-string; joined they are shorter than the data. */
    if (dmx_cursor_at_end(c))
        dmx_cursor_fail(c);
    struct dmx_builder b = dmx_builder_arena(arena, dmx_cursor_left(c));
    while (!dmx_cursor_at_end(c))
        dmx_put(&b, dmx_cursor_bytes(c, dmx_cursor_u8(c)));
    return dmx_builder_text(&b);
}

static struct dmx_ip read_ip(struct dmx_cursor *c, enum dmx_ip_family family)
{
    struct dmx_slice raw = dmx_cursor_bytes(c, family == DMX_IP_V4 ? 4 : 16);
    if (!raw.ptr)
        return (struct dmx_ip){.family = DMX_IP_NONE};
    const uint8_t *bytes = (const uint8_t *)raw.ptr;
    return family == DMX_IP_V4 ? dmx_ip_v4(bytes) : dmx_ip_v6(bytes);
}

/* False when the data is not of its type's form, to the last byte. */
static bool read_data(struct record *record, struct dmx_arena *arena, struct dmx_rr *out)
{
    *out = (struct dmx_rr){.type = record->type, .ttl_s = record->ttl_s};
    struct dmx_cursor *c = &record->data;
    switch (record->type) {
    case DMX_RR_A:
        out->data.ip = read_ip(c, DMX_IP_V4);
        break;
    case DMX_RR_AAAA:
        out->data.ip = read_ip(c, DMX_IP_V6);
        break;
    case DMX_RR_SPF:
    case DMX_RR_TXT:
        out->data.text = read_text(c, arena);
        break;
    case DMX_RR_MX:
        out->data.host.preference = dmx_cursor_u16(c);
        read_name(c, &out->data.host.name);
        break;
    case DMX_RR_PTR:
    case DMX_RR_NS:
    case DMX_RR_CNAME:
        read_name(c, &out->data.host.name);
        break;
    default: /* a type whose data nobody asks for */
        return true;
    }
    return !c->failed && dmx_cursor_at_end(c);
}

static const struct dmx_answer malformed = {.status = DMX_DNS_MALFORMED};

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What is known once the CNAME chain is followed. */
struct chain {
    struct dmx_name name; /* where it ends */
    uint32_t ttl_s;       /* the least on the way */
    size_t count;         /* records of the type asked for there */
};

/* False: a link cannot be read, or there are too many, as in a loop. The links stand in any order. */
static bool follow_chain(const struct message *m, struct chain *chain)
{
    *chain = (struct chain){.name = m->question->name, .ttl_s = INT32_MAX};
    struct record record;
    for (int steps = 0; steps <= DMX_PACKET_CNAME_STEPS; steps++) {
        chain->count = count_records(m, &chain->name, m->question->type, &record);
        if (chain->count || !count_records(m, &chain->name, DMX_RR_CNAME, &record))
            return true;
        struct dmx_rr link;
        if (!read_data(&record, m->arena, &link))
            return false;
        chain->ttl_s = lesser(chain->ttl_s, link.ttl_s);
        chain->name = link.data.host.name;
    }
    return false;
}

static struct dmx_answer positive(const struct message *m, const struct chain *chain)
{
    struct dmx_rr *rrs = dmx_arena_array(m->arena, chain->count, sizeof *rrs);
    struct dmx_answer answer = {.status = DMX_DNS_OK, .rrs = rrs, .ttl_s = chain->ttl_s};
    struct dmx_cursor c = m->answers;
    struct record record;
    for (unsigned i = 0; rrs && i < m->counts[1] && next_record(&c, &record); i++) {
        if (!is_of(&record, &chain->name, m->question->type))
            continue;
        if (!read_data(&record, m->arena, &rrs[answer.count]))
            return malformed;
        answer.ttl_s = lesser(answer.ttl_s, record.ttl_s);
        answer.count++;
    }
    if (dmx_arena_failed(m->arena))
        return (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
    return answer;
}

static bool is_at_or_above(const struct dmx_name *above, const struct dmx_name *name)
{
    struct dmx_name walk = *name;
    while (!dmx_name_eq(above, &walk)) {
        if (!dmx_name_parent(&walk, &walk))
            return false;
    }
    return true;
}

/* RFC 2308 section 5: the lesser of the SOA's TTL and its minimum field. Without an SOA it is not to be kept: 0. */
static uint32_t negative_ttl(const struct message *m, const struct dmx_name *name)
{
    struct dmx_cursor c = m->authority;
    struct record record;
    for (unsigned i = 0; i < m->counts[2] && next_record(&c, &record); i++) {
        if (record.type != DMX_RR_SOA || record.class != CLASS_IN || !is_at_or_above(&record.owner, name))
            continue;
        struct dmx_name unused;
        read_name(&record.data, &unused);
        read_name(&record.data, &unused);
        for (int before = 0; before < 4; before++)
            dmx_cursor_u32(&record.data);
        uint32_t minimum = dmx_cursor_u32(&record.data); /* 0 when the data is cut */
        return lesser(record.ttl_s, minimum);
    }
    return 0;
}

static struct dmx_answer read_answer(const struct message *m)
{
    unsigned rcode = rcode_of(m);
    if (rcode == RCODE_SERVFAIL)
        return (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
    if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
        return (struct dmx_answer){.status = DMX_DNS_REFUSED};
    struct chain chain;
    if (!follow_chain(m, &chain))
        return malformed;
    /* The rcode speaks of the chain's end (RFC 6604 section 3). */
    if (chain.count)
        return rcode == RCODE_NXDOMAIN ? malformed : positive(m, &chain);
    return (struct dmx_answer){
        .status = rcode == RCODE_NXDOMAIN ? DMX_DNS_NXDOMAIN : DMX_DNS_NODATA,
        .ttl_s = lesser(chain.ttl_s, negative_ttl(m, &chain.name)),
    };
}

struct dmx_answer dmx_packet_read(struct dmx_slice packet, const struct dmx_question *question, uint16_t id,
                                  struct dmx_arena *arena)
{
    struct message m = {.question = question, .arena = arena};
    if (packet.len > DMX_PACKET_MAX || !read_message(packet, id, &m))
        return malformed;
    struct dmx_answer answer = read_answer(&m);
    answer.authenticated_data = (m.flags & FLAG_AD) != 0;
    return answer;
}

bool dmx_packet_refuses_edns(struct dmx_slice packet)
{
    struct message m = {.question = NULL};
    struct dmx_cursor c = dmx_cursor_from(packet);
    struct dmx_name unused;
    read_header(&c, &m);
    if (c.failed)
        return false;
    if (rcode_of(&m) == RCODE_FORMERR || rcode_of(&m) == RCODE_NOTIMP)
        return true;
    for (unsigned i = 0; i < m.counts[0] && !c.failed; i++) {
        read_name(&c, &unused);
        dmx_cursor_u32(&c);
    }
    return walk_sections(&m, &c) && rcode_of(&m) == RCODE_BADVERS;
}
