/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The text of a scripted zone into its table. */
#include <stdlib.h>
#include <string.h>

#include "dmx/base/number.h"
#include "dmx/dns/zone.h"
#include "master.h"
#include "zone_data.h"

#include "dmx/base/banned.h"

enum {
    DEFAULT_TTL_S = 300,
    MAX_TTL_S = 0x7fffffff, /* RFC 2181 section 8 */
    MAX_RDATA = 65535,      /* RDLENGTH has two bytes: RFC 1035 section 3.2.1 */
    IPV4_BYTES = 4,
    IPV6_BYTES = 16,
};

struct parser {
    struct dmx_arena *arena;
    struct dmx_zone *zone;
    size_t line_number;
    size_t skipped;
    struct dmx_line line; /* the one being read */
    struct dmx_builder rdata;
    char buffer[MAX_RDATA + 1];
};

static void fail(struct parser *p, const char *token, const char *text, struct dmx_slice about)
{
    dmx_line_fail(&p->line, token, text, about);
}

/* A name inside RDATA: unlike an owner it cannot be skipped. */
static void name_data(struct parser *p, const char *wanted)
{
    struct dmx_word word = dmx_line_expect(&p->line, wanted);
    struct dmx_name name;
    bool too_long;
    if (dmx_line_name(&p->line, word, &name, &too_long))
        dmx_put(&p->rdata, dmx_slice((const char *)name.wire, name.len));
    else if (too_long)
        fail(p, "zone-long-name", "a name has labels of at most 63 bytes and 253 in all", word.raw);
}

static uint32_t number(struct parser *p, const char *wanted, uint32_t max)
{
    struct dmx_word word = dmx_line_expect(&p->line, wanted);
    uint64_t value = 0;
    if (word.quoted || !dmx_parse_u64(word.raw, max, &value))
        fail(p, "zone-bad-number", wanted, word.raw);
    return (uint32_t)value;
}

/* An address is told by its colon: IPv4-mapped IPv6 text is read as IPv4, but stays a record of type AAAA. */
static void a_data(struct parser *p)
{
    struct dmx_word word = dmx_line_expect(&p->line, "an A record holds an IPv4 address such as 192.0.2.1");
    struct dmx_ip ip;
    if (word.quoted || dmx_slice_find(word.raw, ':') < word.raw.len || !dmx_ip_parse(word.raw, &ip))
        fail(p, "zone-bad-address", "an A record holds an IPv4 address such as 192.0.2.1", word.raw);
    else
        dmx_put(&p->rdata, dmx_slice((const char *)ip.bytes, IPV4_BYTES));
}

static void aaaa_data(struct parser *p)
{
    static const char mapped[] = "\0\0\0\0\0\0\0\0\0\0\377\377";
    struct dmx_word word = dmx_line_expect(&p->line, "an AAAA record holds an IPv6 address such as 2001:db8::1");
    struct dmx_ip ip;
    if (word.quoted || dmx_slice_find(word.raw, ':') == word.raw.len || !dmx_ip_parse(word.raw, &ip)) {
        fail(p, "zone-bad-address", "an AAAA record holds an IPv6 address such as 2001:db8::1", word.raw);
        return;
    }
    if (ip.family == DMX_IP_V4)
        dmx_put(&p->rdata, dmx_slice(mapped, IPV6_BYTES - IPV4_BYTES));
    dmx_put(&p->rdata, dmx_slice((const char *)ip.bytes, ip.family == DMX_IP_V4 ? IPV4_BYTES : IPV6_BYTES));
}

static void txt_data(struct parser *p)
{
    struct dmx_word word = dmx_line_expect(&p->line, "a TXT record holds one or more strings, quoted or one word");
    size_t strings = 0;
    do {
        dmx_line_string(&p->line, word, &p->rdata);
        strings++;
    } while (dmx_line_word(&p->line, &word));
    /* In RDATA each string has a length byte more. */
    if (p->rdata.failed || p->rdata.len + strings > MAX_RDATA)
        fail(p, "zone-long-record", "all strings of a TXT record hold at most 65535 bytes", DMX_SLICE_NONE);
}

static void mx_data(struct parser *p)
{
    dmx_put_be16(&p->rdata, (uint16_t)number(p, "an MX record begins with a preference from 0 to 65535", UINT16_MAX));
    name_data(p, "an MX record ends with the name of a host");
}

static void host_data(struct parser *p)
{
    name_data(p, "the record holds one name");
}

/* Only the last number matters here, but all seven fields must be there and right. */
static void soa_data(struct parser *p)
{
    static const char wanted[] = "an SOA record holds two names and serial, refresh, retry, expire, minimum";
    name_data(p, wanted);
    name_data(p, wanted);
    for (int i = 0; i < 4; i++)
        number(p, wanted, UINT32_MAX);
    uint32_t minimum = number(p, wanted, UINT32_MAX);
    p->rdata.len = 0;
    dmx_put_be32(&p->rdata, minimum);
}

static const struct {
    uint16_t type;
    void (*parse)(struct parser *);
} formats[] = {
    {DMX_RR_A, a_data},      {DMX_RR_AAAA, aaaa_data},  {DMX_RR_TXT, txt_data}, {DMX_RR_MX, mx_data},
    {DMX_RR_PTR, host_data}, {DMX_RR_CNAME, host_data}, {DMX_RR_NS, host_data}, {DMX_RR_SOA, soa_data},
};

static void parse_rdata(struct parser *p, uint16_t type)
{
    p->rdata = dmx_builder_fixed(p->buffer, sizeof p->buffer);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].type == type)
            formats[i].parse(p);
    }
    dmx_line_end(&p->line);
}

/* An owner, or the name of a directive. False: an error, or a name that no query can hold, which is counted. */
static bool owner_key(struct parser *p, struct dmx_word word, struct dmx_zone_key *out)
{
    struct dmx_name name;
    bool too_long;
    if (dmx_line_name(&p->line, word, &name, &too_long)) {
        dmx_zone_key_of(&name, out);
        return true;
    }
    p->skipped += too_long;
    return false;
}

/* Without memory nothing is added; the arena tells. */
static void add_record(struct parser *p, const struct dmx_zone_key *owner, struct dmx_zone_record record)
{
    struct dmx_zone *zone = p->zone;
    struct dmx_zone_record *larger =
        dmx_arena_grow(p->arena, zone->records, zone->count, &zone->capacity, sizeof *zone->records);
    if (!larger)
        return;
    zone->records = larger;
    record.line = p->line_number;
    record.owner = dmx_arena_dup(p->arena, dmx_slice(owner->bytes, owner->len));
    record.data = dmx_arena_dup(p->arena, record.data);
    zone->records[zone->count++] = record;
}

static uint16_t type_of(struct parser *p, struct dmx_word word)
{
    uint16_t type = 0;
    if (word.quoted || !dmx_rr_type_parse(word.raw, &type))
        fail(p, "zone-bad-type", "a record is OWNER [TTL] [IN] TYPE RDATA with A, AAAA, TXT, MX, PTR, CNAME, NS or SOA",
             word.raw);
    return type;
}

/* record = owner [ttl] ["IN"] type rdata */
static void parse_record(struct parser *p, struct dmx_word owner)
{
    static const char wanted[] = "a record is OWNER [TTL] [IN] TYPE RDATA";
    struct dmx_zone_key key = {.len = 0};
    bool askable = owner_key(p, owner, &key);
    uint64_t ttl_s = DEFAULT_TTL_S;
    struct dmx_word word = dmx_line_expect(&p->line, wanted);
    if (!word.quoted && dmx_parse_u64(word.raw, MAX_TTL_S, &ttl_s))
        word = dmx_line_expect(&p->line, wanted);
    if (!word.quoted && dmx_slice_eq_nocase(word.raw, DMX_SLICE("IN")))
        word = dmx_line_expect(&p->line, wanted);
    uint16_t type = type_of(p, word);
    parse_rdata(p, type);
    if (askable && !dmx_line_failed(&p->line))
        add_record(p, &key,
                   (struct dmx_zone_record){
                       .type = type, .ttl_s = (uint32_t)ttl_s, .data = dmx_slice(p->rdata.buf, p->rdata.len)});
}

/* "$NODATA" name */
static void parse_nodata(struct parser *p)
{
    struct dmx_zone_key key;
    bool askable = owner_key(p, dmx_line_expect(&p->line, "$NODATA wants a name"), &key);
    dmx_line_end(&p->line);
    if (askable && !dmx_line_failed(&p->line))
        add_record(p, &key, (struct dmx_zone_record){.type = DMX_ZONE_EXISTS});
}

static uint16_t failing_type(struct parser *p)
{
    struct dmx_word word = dmx_line_expect(&p->line, "$FAIL wants a name, a type or ANY, and an error");
    if (dmx_slice_eq_nocase(word.raw, DMX_SLICE("ANY")))
        return DMX_ZONE_ANY;
    uint16_t type = 0;
    if (!dmx_rr_type_parse(word.raw, &type))
        fail(p, "zone-bad-type", "$FAIL takes ANY, A, AAAA, TXT, MX, PTR, CNAME, NS or SOA", word.raw);
    return type;
}

static enum dmx_dns_status failing_status(struct parser *p)
{
    static const struct {
        struct dmx_slice word;
        enum dmx_dns_status status;
    } statuses[] = {
        {DMX_SLICE_INIT("SERVFAIL"), DMX_DNS_SERVFAIL},
        {DMX_SLICE_INIT("TIMEOUT"), DMX_DNS_TIMEOUT},
        {DMX_SLICE_INIT("REFUSED"), DMX_DNS_REFUSED},
    };
    struct dmx_word word = dmx_line_expect(&p->line, "$FAIL ends with SERVFAIL, TIMEOUT or REFUSED");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (dmx_slice_eq_nocase(statuses[i].word, word.raw))
            return statuses[i].status;
    }
    fail(p, "zone-bad-failure", "$FAIL ends with SERVFAIL, TIMEOUT or REFUSED", word.raw);
    return DMX_DNS_SERVFAIL;
}

static void add_failure(struct parser *p, const struct dmx_zone_key *key, struct dmx_zone_failure failure)
{
    struct dmx_zone *zone = p->zone;
    struct dmx_zone_failure *larger =
        dmx_arena_grow(p->arena, zone->failures, zone->failure_count, &zone->failure_capacity, sizeof *zone->failures);
    if (!larger)
        return;
    zone->failures = larger;
    failure.labels = dmx_arena_dup(p->arena, dmx_slice(key->bytes, key->len));
    zone->failures[zone->failure_count++] = failure;
}

/* "$FAIL" ( name / "*." label ) ( type / "ANY" ) ( "SERVFAIL" / "TIMEOUT" / "REFUSED" ) */
static void parse_fail(struct parser *p)
{
    struct dmx_zone_key key;
    struct dmx_zone_failure failure = {.anywhere = false};
    bool askable = owner_key(p, dmx_line_expect(&p->line, "$FAIL wants a name, a type or ANY, and an error"), &key);
    failure.type = failing_type(p);
    failure.status = failing_status(p);
    dmx_line_end(&p->line);
    if (!askable || dmx_line_failed(&p->line))
        return;
    /* The asterisk is the leftmost label, so the last of the key; a lone one is a name like any other. */
    if (key.len > 2 && memcmp(key.bytes + key.len - 2, "\1*", 2) == 0) {
        failure.anywhere = true;
        key.len -= 2;
    }
    add_failure(p, &key, failure);
}

static void parse_directive(struct parser *p, struct dmx_word word)
{
    if (dmx_slice_eq_nocase(word.raw, DMX_SLICE("$NODATA")))
        parse_nodata(p);
    else if (dmx_slice_eq_nocase(word.raw, DMX_SLICE("$FAIL")))
        parse_fail(p);
    else
        fail(p, "zone-bad-directive",
             "only $NODATA and $FAIL are supported: write names in full, the TTL in each record, and a $ that begins a "
             "name as \\$",
             word.raw);
}

static void parse_line(struct parser *p, struct dmx_slice text)
{
    if (text.len && text.ptr[text.len - 1] == '\r')
        text.len--;
    p->line = (struct dmx_line){.text = dmx_cursor_from(text)};
    struct dmx_word word;
    if (text.len > DMX_ZONE_MAX_LINE) {
        fail(p, "zone-long-line", "a line holds at most one megabyte", DMX_SLICE_NONE);
    } else if (dmx_line_word(&p->line, &word)) {
        if (text.ptr[0] == ' ' || text.ptr[0] == '\t')
            fail(p, "zone-no-owner", "a line begins with the owner's name: it is not inherited", word.raw);
        else if (!word.quoted && word.raw.ptr[0] == '$')
            parse_directive(p, word);
        else
            parse_record(p, word);
    }
}

static int by_owner_type_line(const void *left, const void *right)
{
    const struct dmx_zone_record *a = left, *b = right;
    size_t shorter = a->owner.len < b->owner.len ? a->owner.len : b->owner.len;
    int order = shorter ? memcmp(a->owner.ptr, b->owner.ptr, shorter) : 0;
    if (order == 0 && a->owner.len != b->owner.len)
        order = a->owner.len < b->owner.len ? -1 : 1;
    if (order == 0 && a->type != b->type)
        order = a->type < b->type ? -1 : 1;
    if (order == 0 && a->line != b->line)
        order = a->line < b->line ? -1 : 1;
    return order;
}

static enum dmx_status parse_lines(struct parser *p, struct dmx_slice text)
{
    struct dmx_slice line;
    while (dmx_slice_split(&text, '\n', &line)) {
        p->line_number++;
        parse_line(p, line);
        if (dmx_line_failed(&p->line))
            return DMX_INVALID;
        if (dmx_arena_failed(p->arena))
            return DMX_NOMEM;
    }
    if (p->zone->count)
        qsort(p->zone->records, p->zone->count, sizeof *p->zone->records, by_owner_type_line);
    return DMX_OK;
}

enum dmx_status dmx_zone_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_zone **out, size_t *out_line,
                               struct dmx_reason *out_reason, size_t *out_skipped)
{
    *out = NULL;
    *out_line = 0;
    *out_reason = DMX_REASON_NONE;
    struct parser *p = dmx_arena_alloc(arena, sizeof *p);
    struct dmx_zone *zone = dmx_arena_alloc(arena, sizeof *zone);
    if (!p || !zone)
        return DMX_NOMEM;
    *p = (struct parser){.arena = arena, .zone = zone};
    enum dmx_status status = parse_lines(p, text);
    *out_line = p->line_number;
    *out_reason = p->line.error;
    if (out_skipped)
        *out_skipped = p->skipped;
    if (status == DMX_OK)
        *out = zone;
    return status;
}
