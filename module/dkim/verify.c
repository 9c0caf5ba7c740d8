/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/verify.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

/* A name in the order by which fields are sorted: by length first, since that tells most names apart. */
struct entry {
    struct dmx_slice name;
    uint32_t field; /* index in the message */
    uint32_t taken; /* at the first entry of a name: how many from the bottom are used up by the present signature */
};

struct dmx_field_index {
    const struct dmx_message *message;
    struct entry *entries;
    size_t count;
};

static int compare_names(struct dmx_slice a, struct dmx_slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    for (size_t i = 0; i < a.len; i++) {
        int difference = (unsigned char)dmx_lower(a.ptr[i]) - (unsigned char)dmx_lower(b.ptr[i]);
        if (difference)
            return difference;
    }
    return 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int difference = compare_names(a->name, b->name);
    if (difference)
        return difference;
    return a->field < b->field ? -1 : a->field > b->field;
}

static struct dmx_field_index *make_index(const struct dmx_message *message, struct dmx_arena *arena)
{
    struct dmx_field_index *index = dmx_arena_alloc(arena, sizeof *index);
    struct entry *entries = dmx_arena_array(arena, message->field_count, sizeof *entries);
    if (!index || !entries)
        return NULL;
    for (size_t i = 0; i < message->field_count; i++)
        entries[i] = (struct entry){.name = message->fields[i].name, .field = (uint32_t)i};
    qsort(entries, message->field_count, sizeof *entries, compare_entries);
    *index = (struct dmx_field_index){message, entries, message->field_count};
    return index;
}

struct dmx_field_index *dmx_field_index_get(struct dmx_verify_memo *memo, const struct dmx_message *message,
                                            struct dmx_arena *arena)
{
    if (!memo->index)
        memo->index = make_index(message, arena);
    return memo->index;
}

/* The first entry that is not before name, or, when beyond is set, the first one behind all of that name. */
static size_t bound(const struct dmx_field_index *index, struct dmx_slice name, bool beyond)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(index->entries[middle].name, name);
        if (order < 0 || (beyond && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The lowest field of that name which is neither used up nor self; NULL when there is none. */
static const struct dmx_field *take(struct dmx_field_index *index, struct dmx_slice name, size_t self)
{
    size_t first = bound(index, name, false), behind = bound(index, name, true);
    while (first < behind && index->entries[first].taken < behind - first) {
        size_t field = index->entries[behind - 1 - index->entries[first].taken].field;
        index->entries[first].taken++;
        if (field != self)
            return &index->message->fields[field];
    }
    return NULL;
}

static void put_digest(void *ctx, struct dmx_slice piece)
{
    dmx_digest_put(ctx, piece);
}

static enum dmx_status write_fields(struct dmx_field_index *index, const struct dmx_header_digest *what,
                                    const struct dmx_budget *budget, struct dmx_canon_writer *w)
{
    struct dmx_slice rest = what->names, name;
    size_t unwatched = 0;
    for (size_t i = 0; i < index->count; i++)
        index->entries[i].taken = 0;
    while (dmx_slice_split(&rest, ':', &name)) {
        const struct dmx_field *field = take(index, dmx_slice_trim(name), what->self);
        if (!field)
            continue;
        dmx_canon_field(what->canon, field, DMX_SLICE_NONE, w);
        dmx_canon_write(w, DMX_SLICE("\r\n"));
        unwatched += field->raw.len;
        if (unwatched < DMX_CANON_CHUNK)
            continue;
        if (dmx_budget_spent(budget))
            return DMX_LIMIT;
        unwatched = 0;
    }
    dmx_canon_field(what->canon, &index->message->fields[what->self], what->cut, w);
    return DMX_OK;
}

enum dmx_status dmx_header_write(struct dmx_field_index *index, const struct dmx_header_digest *what,
                                 const struct dmx_budget *budget, struct dmx_sink sink)
{
    struct dmx_canon_writer writer;
    dmx_canon_writer_init(&writer, sink);
    enum dmx_status status = write_fields(index, what, budget, &writer);
    dmx_canon_flush(&writer);
    return status;
}

enum dmx_status dmx_header_digest(struct dmx_field_index *index, const struct dmx_header_digest *what,
                                  const struct dmx_budget *budget, struct dmx_digest_value *out)
{
    struct dmx_digest digest;
    dmx_digest_init(&digest, what->hash);
    enum dmx_status status = dmx_header_write(index, what, budget, (struct dmx_sink){put_digest, &digest});
    if (!dmx_digest_end(&digest, out))
        return DMX_NOMEM;
    return status;
}
