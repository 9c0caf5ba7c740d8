/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/batch.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/siphash.h"
#include "dmx/dmarc/record.h"
#include "dmx/report/evidence.h"

#include "dmx/base/banned.h"

/* ---- finding things again: an open table of numbers into a list ---- */

struct index {
    uint32_t *slots; /* a number into the list plus one; 0: free */
    uint64_t *hashes;
    size_t capacity; /* a power of two */
    size_t count;
};

struct dmx_batch_table {
    uint8_t key[16];
    struct dmx_arena *arena; /* lists and texts: all of it goes at once */
    struct index policies, evidences, rows, counts;
    size_t policy_room, evidence_room, row_room, count_room;
    struct dmx_batch_policy *policy_list;
    struct dmx_batch_evidence *evidence_list;
    struct dmx_batch_row *row_list;
    struct dmx_batch_count *count_list;
    bool *wanted; /* of each policy: whether its record asks for reports */
    size_t wanted_room;
    size_t text_bytes;
    char *room; /* for the evidence at hand */
};

enum { FIRST_SLOTS = 1024 };

static bool index_grow(struct index *index, struct dmx_arena *arena)
{
    struct index old = *index;
    index->capacity = old.capacity ? 2 * old.capacity : FIRST_SLOTS;
    index->slots = dmx_arena_array(arena, index->capacity, sizeof *index->slots);
    index->hashes = dmx_arena_array(arena, index->capacity, sizeof *index->hashes);
    if (!index->slots || !index->hashes) {
        *index = old;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++) {
        if (!old.slots[i])
            continue;
        size_t at = old.hashes[i] & (index->capacity - 1);
        while (index->slots[at])
            at = (at + 1) & (index->capacity - 1);
        index->slots[at] = old.slots[i];
        index->hashes[at] = old.hashes[i];
    }
    return true;
}

/* The first place whose hash is that one, at or behind the start; a free one ends the search. */
static size_t index_seek(const struct index *index, size_t at, uint64_t hash)
{
    while (index->slots[at] && index->hashes[at] != hash)
        at = (at + 1) & (index->capacity - 1);
    return at;
}

static size_t index_next(const struct index *index, size_t at, uint64_t hash)
{
    return index_seek(index, (at + 1) & (index->capacity - 1), hash);
}

/* Where to look first; false without memory. Never more than half full, so that searches end soon. */
static bool index_begin(struct index *index, struct dmx_arena *arena, uint64_t hash, size_t *out_at)
{
    if (2 * (index->count + 1) > index->capacity && !index_grow(index, arena))
        return false;
    *out_at = index_seek(index, hash & (index->capacity - 1), hash);
    return true;
}

static void index_put(struct index *index, size_t at, uint64_t hash, size_t number)
{
    index->slots[at] = (uint32_t)number + 1;
    index->hashes[at] = hash;
    index->count++;
}

/* ---- life ---- */

enum dmx_status dmx_batch_new(const uint8_t key[16], struct dmx_batch **out)
{
    struct dmx_batch *batch = calloc(1, sizeof *batch);
    struct dmx_batch_table *table = batch ? calloc(1, sizeof *table) : NULL;
    *out = batch;
    if (!table)
        return DMX_NOMEM;
    batch->table = table;
    memcpy(table->key, key, sizeof table->key);
    table->arena = dmx_arena_new(DMX_BATCH_CAP_BYTES);
    table->room = table->arena ? dmx_arena_alloc(table->arena, DMX_EVIDENCE_MAX) : NULL;
    return table->room ? DMX_OK : DMX_NOMEM;
}

void dmx_batch_free(struct dmx_batch **batch)
{
    if (!*batch)
        return;
    if ((*batch)->table)
        dmx_arena_free(&(*batch)->table->arena);
    free((*batch)->table);
    free(*batch);
    *batch = NULL;
}

bool dmx_batch_is_full(const struct dmx_batch *batch)
{
    return batch->row_count >= DMX_BATCH_ROWS || batch->table->text_bytes >= DMX_BATCH_TEXT_BYTES;
}

int32_t dmx_day_of(int64_t time_s)
{
    enum { DAY_S = 24 * 60 * 60 };
    int64_t day = time_s / DAY_S - (time_s % DAY_S < 0);
    return day < INT32_MIN ? INT32_MIN : day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

/* ---- the lists ---- */

static struct dmx_slice keep(struct dmx_batch_table *table, struct dmx_slice text)
{
    table->text_bytes += text.len;
    return dmx_arena_dup(table->arena, text);
}

/* Not the organizational domain: the suffix list may say another one in the course of a day. */
static bool is_policy(const struct dmx_batch_policy *a, const struct dmx_batch_policy *b)
{
    return dmx_slice_eq(a->domain, b->domain) && dmx_slice_eq(a->record, b->record) && dmx_slice_eq(a->rules, b->rules);
}

static uint64_t policy_hash(const struct dmx_batch_table *table, const struct dmx_batch_policy *policy)
{
    return dmx_siphash(table->key, policy->record) ^ (dmx_siphash(table->key, policy->domain) * 3) ^
           (dmx_siphash(table->key, policy->rules) * 5);
}

/* RFC 9989 section 4.7, requirement H2: no rua, no report. */
static bool asks_for_reports(struct dmx_slice text)
{
    struct dmx_dmarc_record record;
    struct dmx_reason reason;
    return dmx_dmarc_record_parse(text, &record, &reason) == DMX_RECORD_DMARC && record.has_rua_uri;
}

static bool add_policy(struct dmx_batch *batch, const struct dmx_batch_policy *policy)
{
    struct dmx_batch_table *table = batch->table;
    size_t n = batch->policy_count;
    struct dmx_batch_policy *list =
        dmx_arena_grow(table->arena, table->policy_list, n, &table->policy_room, sizeof *list);
    bool *wanted = dmx_arena_grow(table->arena, table->wanted, n, &table->wanted_room, sizeof *wanted);
    if (!list || !wanted)
        return false;
    batch->policies = table->policy_list = list;
    table->wanted = wanted;
    list[n] = (struct dmx_batch_policy){
        .domain = keep(table, policy->domain),
        .org_domain = keep(table, policy->org_domain),
        .rules = keep(table, policy->rules),
        .record = keep(table, policy->record),
        .hash = policy->hash,
        .last_day = policy->last_day,
    };
    wanted[n] = asks_for_reports(policy->record);
    batch->policy_count++;
    return !dmx_arena_failed(table->arena);
}

static bool get_policy(struct dmx_batch *batch, const struct dmx_event *event, int32_t day, uint32_t *out)
{
    struct dmx_batch_table *table = batch->table;
    struct index *index = &table->policies;
    struct dmx_batch_policy policy = {event->policy_domain, event->org_domain, event->rules, event->record, 0, day};
    policy.hash = policy_hash(table, &policy);
    size_t at;
    if (!index_begin(index, table->arena, policy.hash, &at))
        return false;
    for (; index->slots[at]; at = index_next(index, at, policy.hash))
        if (is_policy(&table->policy_list[index->slots[at] - 1], &policy))
            break;
    if (!index->slots[at]) {
        if (!add_policy(batch, &policy))
            return false;
        index_put(index, at, policy.hash, batch->policy_count - 1);
    }
    *out = index->slots[at] - 1;
    if (table->policy_list[*out].last_day < day)
        table->policy_list[*out].last_day = day;
    return true;
}

static bool add_evidence(struct dmx_batch *batch, struct dmx_slice text, uint64_t hash, int32_t day)
{
    struct dmx_batch_table *table = batch->table;
    size_t n = batch->evidence_count;
    struct dmx_batch_evidence *list =
        dmx_arena_grow(table->arena, table->evidence_list, n, &table->evidence_room, sizeof *list);
    if (!list)
        return false;
    batch->evidences = table->evidence_list = list;
    list[n] = (struct dmx_batch_evidence){keep(table, text), hash, day};
    batch->evidence_count++;
    return !dmx_arena_failed(table->arena);
}

static bool get_evidence(struct dmx_batch *batch, const struct dmx_event *event, int32_t day, uint32_t *out)
{
    struct dmx_batch_table *table = batch->table;
    struct index *index = &table->evidences;
    struct dmx_builder b = dmx_builder_fixed(table->room, DMX_EVIDENCE_MAX);
    dmx_evidence_put(&b, event);
    struct dmx_slice text = dmx_builder_text(&b);
    uint64_t hash = dmx_siphash(table->key, text);
    size_t at;
    if (!index_begin(index, table->arena, hash, &at))
        return false;
    for (; index->slots[at]; at = index_next(index, at, hash))
        if (dmx_slice_eq(table->evidence_list[index->slots[at] - 1].text, text))
            break;
    if (!index->slots[at]) {
        if (!add_evidence(batch, text, hash, day))
            return false;
        index_put(index, at, hash, batch->evidence_count - 1);
    }
    *out = index->slots[at] - 1;
    if (table->evidence_list[*out].last_day < day)
        table->evidence_list[*out].last_day = day;
    return true;
}

static bool is_row(const struct dmx_batch_row *a, const struct dmx_batch_row *b)
{
    return a->policy == b->policy && a->evidence == b->evidence && a->day == b->day && dmx_ip_eq(&a->ip, &b->ip);
}

static uint64_t row_hash(const struct dmx_batch_table *table, const struct dmx_batch_row *row)
{
    uint32_t words[8] = {row->policy, row->evidence, (uint32_t)row->day, row->ip.family};
    memcpy(&words[4], row->ip.bytes, sizeof row->ip.bytes);
    return dmx_siphash(table->key, dmx_slice((const char *)words, sizeof words));
}

static bool count_row(struct dmx_batch *batch, const struct dmx_batch_row *row)
{
    struct dmx_batch_table *table = batch->table;
    struct index *index = &table->rows;
    uint64_t hash = row_hash(table, row);
    size_t at;
    if (!index_begin(index, table->arena, hash, &at))
        return false;
    for (; index->slots[at]; at = index_next(index, at, hash))
        if (is_row(&table->row_list[index->slots[at] - 1], row)) {
            table->row_list[index->slots[at] - 1].count++;
            return true;
        }
    struct dmx_batch_row *list =
        dmx_arena_grow(table->arena, table->row_list, batch->row_count, &table->row_room, sizeof *list);
    if (!list)
        return false;
    batch->rows = table->row_list = list;
    list[batch->row_count++] = *row;
    index_put(index, at, hash, batch->row_count - 1);
    return true;
}

/* There are a dozen kinds, and days are few: no index. An attacker cannot make days, see event_day. */
static bool count(struct dmx_batch *batch, int32_t day, struct dmx_slice what)
{
    struct dmx_batch_table *table = batch->table;
    for (size_t i = 0; i < batch->count_count; i++) {
        struct dmx_batch_count *one = &table->count_list[i];
        if (one->day == day && dmx_slice_eq(one->what, what)) {
            one->count++;
            return true;
        }
    }
    struct dmx_batch_count *list =
        dmx_arena_grow(table->arena, table->count_list, batch->count_count, &table->count_room, sizeof *list);
    if (!list)
        return false;
    batch->counts = table->count_list = list;
    list[batch->count_count++] = (struct dmx_batch_count){day, dmx_arena_dup(table->arena, what), 1};
    return !dmx_arena_failed(table->arena);
}

/* ---- events ---- */

static bool count_exempt(struct dmx_batch *batch, int32_t day, struct dmx_slice why)
{
    char text[80];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_cstr(&b, "exempt:");
    dmx_put(&b, dmx_slice_upto(why, sizeof text - sizeof "exempt:"));
    return count(batch, day, dmx_builder_text(&b));
}

/* Why a message that was judged is in no report; NULL: it is. */
static const char *left_out(const struct dmx_event *event)
{
    if (event->policy_domain.len == 0 || event->record.len == 0)
        return "no policy";
    if (event->flags & (DMX_EVENT_NO_REPORT | DMX_EVENT_INBOUND_RELAY))
        return "not to be reported";
    return event->client.family == DMX_IP_NONE ? "no source" : NULL;
}

static bool add_judged(struct dmx_batch *batch, const struct dmx_event *event, int32_t day)
{
    struct dmx_batch_row row = {.ip = event->client, .day = day, .count = 1};
    const char *why = left_out(event);
    if (event->shadow_rules.len > 0 && !dmx_slice_eq(event->shadow_would_be, event->would_be) &&
        !count(batch, day, DMX_SLICE("shadow differs")))
        return false;
    if (why)
        return count(batch, day, dmx_slice_cstr(why));
    if (!get_policy(batch, event, day, &row.policy))
        return false;
    if (!batch->table->wanted[row.policy])
        return count(batch, day, DMX_SLICE("no rua"));
    return count(batch, day, DMX_SLICE("reportable")) && get_evidence(batch, event, day, &row.evidence) &&
           count_row(batch, &row);
}

enum dmx_status dmx_batch_add(struct dmx_batch *batch, const struct dmx_event *event, const struct dmx_batch_time *time)
{
    int32_t today = dmx_day_of(time->now_s), day = dmx_day_of(event->time_s);
    bool done;
    /* The next day may have begun while the journal is read; any later one shows a clock that was set back since. */
    if (day > today + 1)
        day = today;
    if (day < dmx_day_of(time->now_s - time->retention_s))
        done = count(batch, today, DMX_SLICE("too old"));
    else if (!count(batch, day, DMX_SLICE("messages")))
        done = false;
    else if (event->exempt.len > 0)
        done = count_exempt(batch, day, event->exempt);
    else
        done = add_judged(batch, event, day);
    return done ? DMX_OK : DMX_NOMEM;
}
