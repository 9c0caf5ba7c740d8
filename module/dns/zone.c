/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Answers from a scripted zone, as an authoritative server and a resolver together would give them. */
#include "dmx/dns/zone.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "zone_data.h"

#include "dmx/base/banned.h"

enum {
    NEGATIVE_TTL_S = 300, /* where no SOA tells */
    MAX_LABELS = DMX_NAME_MAX / 2,
};

void dmx_zone_key_of(const struct dmx_name *name, struct dmx_zone_key *out)
{
    /* Filled from its end, as the key begins with the label that the name ends with. */
    size_t at = out->len = name->len - 1U;
    for (size_t from = 0; name->wire[from]; from += 1U + name->wire[from]) {
        size_t label = 1U + name->wire[from];
        at -= label;
        for (size_t i = 0; i < label; i++)
            out->bytes[at + i] = dmx_lower((char)name->wire[from + i]);
    }
}

static struct dmx_slice key_slice(const struct dmx_zone_key *key)
{
    return dmx_slice(key->bytes, key->len);
}

/* Whether a record comes before every record of (owner, type) in the table's order. */
static bool is_before(const struct dmx_zone_record *record, struct dmx_slice owner, uint16_t type)
{
    size_t shorter = record->owner.len < owner.len ? record->owner.len : owner.len;
    int order = shorter ? memcmp(record->owner.ptr, owner.ptr, shorter) : 0;
    if (order)
        return order < 0;
    if (record->owner.len != owner.len)
        return record->owner.len < owner.len;
    return record->type < type;
}

/* The first record that is not before (owner, type); zone->count if all are. */
static size_t lower_bound(const struct dmx_zone *zone, struct dmx_slice owner, uint16_t type)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&zone->records[middle], owner, type))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A record set as a part of the table. */
struct set {
    const struct dmx_zone_record *records;
    size_t count;
};

static struct set find_set(const struct dmx_zone *zone, struct dmx_slice owner, uint16_t type)
{
    struct set set = {NULL, 0};
    size_t at = lower_bound(zone, owner, type);
    for (; at < zone->count && zone->records[at].type == type && dmx_slice_eq(zone->records[at].owner, owner); at++) {
        if (set.count++ == 0)
            set.records = &zone->records[at];
    }
    return set;
}

/* A name exists if it or any name below it has an entry. */
static bool exists(const struct dmx_zone *zone, struct dmx_slice owner)
{
    size_t at = lower_bound(zone, owner, DMX_ZONE_EXISTS);
    return at < zone->count && dmx_slice_starts(zone->records[at].owner, owner);
}

/* The key's length after each of its labels; returns how many there are. */
static size_t label_ends(const struct dmx_zone_key *key, size_t ends[MAX_LABELS])
{
    size_t labels = 0;
    for (size_t at = 0; at < key->len;) {
        at += 1U + (unsigned char)key->bytes[at];
        ends[labels++] = at;
    }
    return labels;
}

/*
 * RFC 4592 section 3.3.1: the name itself where it exists; else the source of synthesis, "*" below the closest
 * encloser. False: neither exists.
 */
static bool find_source(const struct dmx_zone *zone, const struct dmx_zone_key *key, struct dmx_zone_key *out)
{
    *out = *key;
    if (exists(zone, key_slice(key)))
        return true;
    size_t ends[MAX_LABELS];
    size_t labels = label_ends(key, ends);
    do {
        labels = labels ? labels - 1 : 0;
        out->len = labels ? ends[labels - 1] : 0;
    } while (labels && !exists(zone, key_slice(out)));
    memcpy(out->bytes + out->len, "\1*", 2);
    out->len += 2;
    return exists(zone, key_slice(out));
}

/* Whether the labels stand anywhere in the key, at the bounds of labels. */
static bool contains(const struct dmx_zone_key *key, struct dmx_slice labels)
{
    for (size_t at = 0; at < key->len; at += 1U + (unsigned char)key->bytes[at]) {
        if (dmx_slice_starts(dmx_slice_from(key_slice(key), at), labels))
            return true;
    }
    return false;
}

static bool fails(const struct dmx_zone_failure *failure, const struct dmx_zone_key *key, uint16_t type, bool has_data)
{
    if (failure->type == DMX_ZONE_ANY ? has_data : failure->type != type)
        return false;
    return failure->anywhere ? contains(key, failure->labels) : dmx_slice_eq(failure->labels, key_slice(key));
}

/*
 * The failure for a question, NULL without one. The order of lines has no say: a type goes before ANY, a name before a
 * label.
 */
static const struct dmx_zone_failure *find_failure(const struct dmx_zone *zone, const struct dmx_zone_key *key,
                                                   uint16_t type)
{
    /* A CNAME answers for every type. */
    bool has_data = find_set(zone, key_slice(key), type).count || find_set(zone, key_slice(key), DMX_RR_CNAME).count;
    const struct dmx_zone_failure *found = NULL;
    int found_rank = -1;
    for (size_t i = 0; i < zone->failure_count; i++) {
        const struct dmx_zone_failure *failure = &zone->failures[i];
        int rank = (failure->type != DMX_ZONE_ANY) * 2 + !failure->anywhere;
        if (rank > found_rank && fails(failure, key, type, has_data)) {
            found = failure;
            found_rank = rank;
        }
    }
    return found;
}

static struct dmx_name name_from_wire(struct dmx_slice wire)
{
    struct dmx_name name = {.len = (uint8_t)wire.len};
    memcpy(name.wire, wire.ptr, wire.len);
    return name;
}

static struct dmx_rr rr_from_record(const struct dmx_zone_record *record, struct dmx_arena *arena)
{
    struct dmx_rr rr = {.type = record->type, .ttl_s = record->ttl_s};
    switch (record->type) {
    case DMX_RR_A:
        rr.data.ip = dmx_ip_v4((const uint8_t *)record->data.ptr);
        break;
    case DMX_RR_AAAA:
        rr.data.ip = dmx_ip_v6((const uint8_t *)record->data.ptr);
        break;
    case DMX_RR_TXT:
        rr.data.text = dmx_arena_dup(arena, record->data);
        break;
    case DMX_RR_MX:
        rr.data.host.preference =
            (uint16_t)((unsigned char)record->data.ptr[0] << 8 | (unsigned char)record->data.ptr[1]);
        rr.data.host.name = name_from_wire(dmx_slice_from(record->data, 2));
        break;
    case DMX_RR_PTR:
    case DMX_RR_NS:
    case DMX_RR_CNAME:
        rr.data.host.name = name_from_wire(record->data);
        break;
    }
    return rr;
}

static struct dmx_answer positive(struct set set, uint32_t ttl_s, struct dmx_arena *arena)
{
    struct dmx_rr *rrs = dmx_arena_array(arena, set.count, sizeof *rrs);
    if (!rrs)
        return (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
    for (size_t i = 0; i < set.count; i++) {
        rrs[i] = rr_from_record(&set.records[i], arena);
        if (rrs[i].ttl_s < ttl_s)
            ttl_s = rrs[i].ttl_s;
    }
    return (struct dmx_answer){.status = DMX_DNS_OK, .rrs = rrs, .count = set.count, .ttl_s = ttl_s};
}

/* RFC 2308 section 5: the lesser of the SOA's TTL and its minimum field, of the closest SOA above the name. */
static uint32_t negative_ttl(const struct dmx_zone *zone, const struct dmx_zone_key *key)
{
    size_t ends[MAX_LABELS];
    size_t labels = label_ends(key, ends);
    struct set soa;
    do {
        soa = find_set(zone, dmx_slice_upto(key_slice(key), labels ? ends[labels - 1] : 0), DMX_RR_SOA);
    } while (soa.count == 0 && labels-- > 0);
    if (soa.count == 0)
        return NEGATIVE_TTL_S;
    uint32_t minimum = 0;
    for (size_t i = 0; i < soa.records->data.len; i++)
        minimum = minimum << 8 | (unsigned char)soa.records->data.ptr[i];
    return minimum < soa.records->ttl_s ? minimum : soa.records->ttl_s;
}

static struct dmx_answer negative(const struct dmx_zone *zone, const struct dmx_zone_key *key,
                                  enum dmx_dns_status status, uint32_t ttl_s)
{
    uint32_t own = negative_ttl(zone, key);
    return (struct dmx_answer){.status = status, .ttl_s = own < ttl_s ? own : ttl_s};
}

static struct dmx_answer answer(const struct dmx_zone *zone, const struct dmx_question *question,
                                struct dmx_arena *arena)
{
    struct dmx_name name = question->name;
    uint32_t ttl_s = UINT32_MAX; /* the least of the chain so far */
    for (int steps = 0; steps <= DMX_ZONE_CNAME_STEPS; steps++) {
        struct dmx_zone_key key = {.len = 0}, source = {.len = 0};
        dmx_zone_key_of(&name, &key);
        const struct dmx_zone_failure *failure = find_failure(zone, &key, question->type);
        if (failure)
            return (struct dmx_answer){.status = failure->status};
        if (!find_source(zone, &key, &source))
            return negative(zone, &key, DMX_DNS_NXDOMAIN, ttl_s);
        struct set set = find_set(zone, key_slice(&source), question->type);
        if (set.count)
            return positive(set, ttl_s, arena);
        struct set alias = find_set(zone, key_slice(&source), DMX_RR_CNAME);
        if (alias.count == 0)
            return negative(zone, &key, DMX_DNS_NODATA, ttl_s);
        if (alias.records->ttl_s < ttl_s)
            ttl_s = alias.records->ttl_s;
        name = name_from_wire(alias.records->data);
    }
    return (struct dmx_answer){.status = DMX_DNS_SERVFAIL};
}

static void resolve(void *ctx, struct dmx_answers *book, const struct dmx_budget *budget)
{
    (void)budget;
    const struct dmx_zone *zone = ctx;
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        bool open;
        const struct dmx_question *question = dmx_answers_question(book, i, &open);
        if (open)
            dmx_answers_set(book, i, answer(zone, question, dmx_answers_arena(book)));
    }
}

struct dmx_dns_source dmx_zone_source(struct dmx_zone *zone)
{
    return (struct dmx_dns_source){.resolve = resolve, .ctx = zone};
}
