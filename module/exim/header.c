/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "header.h"

#include <string.h>

#include "dmx/mail/authres.h"

#include "dmx/base/banned.h"

/* Names that ACLs and Exim itself remove; a wildcard in remove_header lets senders choose more, and they gain nothing. */
enum { MAX_REMOVED_NAMES = 64 };

struct removed {
    struct dmx_slice names[MAX_REMOVED_NAMES];
    size_t count;
};

bool dmx_header_field(const header_line *node, struct dmx_field *out)
{
    return node->text && node->slen > 0 &&
           dmx_field_parse(dmx_slice((const char *)node->text, (size_t)node->slen), out);
}

static bool is_deleted(const header_line *node)
{
    return node->type == DMX_EXIM_DELETED;
}

static bool is_named(const header_line *node, struct dmx_slice name)
{
    struct dmx_field field;
    return dmx_header_field(node, &field) && dmx_slice_eq_nocase(field.name, name);
}

/* The fields in which Exim rewrites addresses, by its types: From, Sender, To, Cc, Bcc, Reply-To and their Resent-. */
static bool is_replacement(const header_line *node, struct dmx_slice of)
{
    return node && strchr("FSTCBR", node->type) && is_named(node, of);
}

static bool is_rewrite_note(const header_line *node, const struct dmx_field *field)
{
    return is_deleted(node) && dmx_slice_starts_nocase(field->name, DMX_SLICE("X-rewrote-"));
}

/* Behind the Received field that Exim made: the first of that name, deleted when received_header_text is empty. */
static const header_line *first_arrived(void)
{
    const header_line *node = header_list;
    while (node && !is_named(node, DMX_SLICE("Received")))
        node = node->next;
    return node ? node->next : header_list;
}

static bool was_removed(const struct removed *removed, struct dmx_slice name)
{
    for (size_t i = 0; i < removed->count; i++)
        if (dmx_slice_eq_nocase(removed->names[i], name))
            return true;
    return false;
}

/*
 * The names of which nodes were deleted without a replacement. All that arrived under such a name is deleted then, for
 * ACLs and Exim delete by name: a live node of that name was added here.
 */
static void find_removed(struct removed *removed)
{
    struct dmx_field field;
    removed->count = 0;
    for (const header_line *node = first_arrived(); node; node = node->next) {
        if (!is_deleted(node) || !dmx_header_field(node, &field) || is_rewrite_note(node, &field) ||
            is_replacement(node->next, field.name))
            continue;
        if (removed->count < MAX_REMOVED_NAMES && !was_removed(removed, field.name))
            removed->names[removed->count++] = field.name;
    }
}

/* The next node that arrived, from node on, as a field; NULL after the last. *out_next is where to go on. */
static const header_line *next_arrived(const header_line *node, const struct removed *removed, struct dmx_field *out,
                                       const header_line **out_next)
{
    for (; node; node = node->next) {
        if (!dmx_header_field(node, out) || is_rewrite_note(node, out))
            continue;
        if (!is_deleted(node) && was_removed(removed, out->name))
            continue;
        bool rewritten = is_deleted(node) && is_replacement(node->next, out->name);
        *out_next = rewritten ? node->next->next : node->next;
        return node;
    }
    return NULL;
}

static size_t count_nodes(void)
{
    size_t count = 0;
    for (const header_line *node = header_list; node; node = node->next)
        count++;
    return count;
}

/* Room for all nodes at once: an array that grows would take twice the memory for a header of many fields. */
static enum dmx_status make_room(struct dmx_arena *arena, struct dmx_message *message, size_t count)
{
    message->fields = dmx_arena_array(arena, count, sizeof *message->fields);
    message->field_capacity = message->fields ? count : 0;
    message->field_count = 0;
    return message->fields ? DMX_OK : DMX_NOMEM;
}

static enum dmx_status collect(const struct removed *removed, bool author_only, struct dmx_arena *arena,
                               struct dmx_message *message)
{
    struct dmx_field field;
    const header_line *next = NULL;
    for (const header_line *node = first_arrived(); next_arrived(node, removed, &field, &next); node = next) {
        if (author_only && !dmx_slice_eq_nocase(field.name, DMX_SLICE("From")))
            continue;
        enum dmx_status status = dmx_message_add(message, arena, field);
        if (status)
            return status;
    }
    return DMX_OK;
}

enum dmx_status dmx_header_collect(struct dmx_arena *arena, struct dmx_message *message, bool *out_cut)
{
    struct removed removed;
    size_t count = count_nodes();
    find_removed(&removed);
    *out_cut = count > DMX_MAX_FIELDS;
    if (!*out_cut) {
        enum dmx_status status = make_room(arena, message, count);
        return status == DMX_OK ? collect(&removed, false, arena, message) : status;
    }
    enum dmx_status status = collect(&removed, true, arena, message);
    /* Of so many From fields the first ones tell enough: there is not one author. */
    return status == DMX_LIMIT ? DMX_OK : status;
}

struct dmx_slice dmx_header_original_sender(void)
{
    struct dmx_field field;
    for (const header_line *node = header_list; node; node = node->next)
        if (is_deleted(node) && dmx_header_field(node, &field) &&
            dmx_slice_eq_nocase(field.name, DMX_SLICE("X-rewrote-sender")))
            return dmx_slice_trim(field.value);
    return DMX_SLICE_NONE;
}

static bool is_forged(const struct dmx_field *field, const struct dmx_forgeries *forgeries)
{
    if (dmx_slice_eq_nocase(field->name, DMX_SLICE(DMX_ORIGINAL_RECIPIENTS)))
        return true;
    if (forgeries->fail_policy_header.len && dmx_slice_eq_nocase(field->name, forgeries->fail_policy_header))
        return true;
    return forgeries->authserv_id.len && dmx_slice_eq_nocase(field->name, DMX_SLICE("Authentication-Results")) &&
           dmx_authres_is_from(field->value, forgeries->authserv_id);
}

void dmx_header_strip(const struct dmx_forgeries *forgeries)
{
    struct dmx_field field;
    for (header_line *node = header_list; node; node = node->next)
        if (!is_deleted(node) && dmx_header_field(node, &field) && is_forged(&field, forgeries))
            node->type = DMX_EXIM_DELETED;
}
