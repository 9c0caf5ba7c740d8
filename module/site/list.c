/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "list.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "gathering.h"
#include "value.h"

#include "dmx/base/banned.h"

enum {
    SCRATCH_BYTES = 64 * 1024 * 1024, /* a few files of the largest size, and their entries */
    NAMESERVERS_MAX = 8,              /* DMX_MAX_NAMESERVERS of module/dns, which this folder may not include */
};

enum dmx_status dmx_gathering_no_memory(const struct dmx_gathering *list)
{
    return dmx_reading_complain(&list->at, DMX_NOMEM, "out of memory");
}

enum dmx_status dmx_gathering_add(struct dmx_gathering *list, const void *item)
{
    if (list->count == list->max) {
        struct dmx_builder text = dmx_complaint_begin(&list->at);
        dmx_put_cstr(&text, "the list has more than ");
        dmx_put_u64(&text, list->max);
        dmx_put_cstr(&text, " entries");
        dmx_complaint_end(&list->at, &text);
        return DMX_INVALID;
    }
    void *items = dmx_arena_grow(list->scratch, list->items, list->count, &list->capacity, list->item_size);
    if (!items)
        return dmx_gathering_no_memory(list);
    list->items = items;
    memcpy((char *)items + list->count++ * list->item_size, item, list->item_size);
    return DMX_OK;
}

/* Checks one entry by the list's kind and adds it. */
static enum dmx_status take(struct dmx_gathering *list, struct dmx_slice entry)
{
    switch (list->at.option->kind) {
    case DMX_KIND_CIDR_LIST:
        return dmx_take_cidr(list, entry);
    case DMX_KIND_RECIPIENTS:
        return dmx_take_recipient(list, entry);
    case DMX_KIND_DOMAINS:
        return dmx_take_domain(list, entry);
    case DMX_KIND_FORWARDERS:
        return dmx_take_forwarder(list, entry);
    case DMX_KIND_APPROVALS:
        return dmx_take_approval(list, entry);
    case DMX_KIND_OVERRIDES:
        return dmx_take_override(list, entry);
    case DMX_KIND_DIALECTS:
        return dmx_take_dialect(list, entry);
    default: /* NOLINT(clang-diagnostic-switch-enum): all others are no lists */
        return dmx_take_nameserver(list, entry);
    }
}

/* @FILE. Among recipients `@example.com` is a domain, so that there a file's path needs a slash. */
static bool names_file(const struct dmx_gathering *list, struct dmx_slice entry)
{
    return dmx_slice_starts(entry, DMX_SLICE("@")) &&
           (list->at.option->kind != DMX_KIND_RECIPIENTS || dmx_slice_find(entry, '/') < entry.len);
}

/*
 * Entries hold no blanks, so that a # after one begins a comment here, other than behind `key = value`. An override ends
 * in words of any kind ("ticket #12"): there a comment has its line to itself.
 */
static struct dmx_slice without_comment(const struct dmx_gathering *list, struct dmx_slice line)
{
    size_t hash = dmx_slice_find(line, '#');
    bool in_text = list->at.option->kind == DMX_KIND_OVERRIDES && dmx_slice_trim(dmx_slice_upto(line, hash)).len > 0;
    bool comment = hash == 0 || (hash < line.len && dmx_is_wsp(line.ptr[hash - 1]) && !in_text);
    return dmx_slice_trim(comment ? dmx_slice_upto(line, hash) : line);
}

static enum dmx_status take_line(struct dmx_gathering *list, struct dmx_slice line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (dmx_has_control(line))
        return dmx_reading_complain(&list->at, DMX_INVALID, "a control byte in the line");
    struct dmx_slice entry = without_comment(list, line);
    if (entry.len == 0)
        return DMX_OK;
    if (names_file(list, entry))
        return dmx_reading_complain(&list->at, DMX_INVALID, "an @FILE within an @FILE is not read");
    return take(list, entry);
}

static enum dmx_status cannot_read(const struct dmx_gathering *list, enum dmx_status status, const char *why)
{
    if (status == DMX_NOMEM)
        return dmx_gathering_no_memory(list);
    struct dmx_builder text = dmx_complaint_begin(&list->at);
    if (status == DMX_LIMIT) {
        dmx_put_cstr(&text, "is over ");
        dmx_put_u64(&text, DMX_CONFIG_MAX_LIST_BYTES);
        dmx_put_cstr(&text, " bytes");
    } else {
        dmx_put_cstr(&text, why);
    }
    dmx_complaint_end(&list->at, &text);
    return DMX_IO;
}

/* Takes the entries of a file; list->at says where we are in it meanwhile. */
static enum dmx_status take_file(struct dmx_gathering *list, struct dmx_slice name)
{
    if (!list->at.files_allowed)
        return dmx_reading_complain(&list->at, DMX_INVALID, "an @FILE cannot be read here");
    struct dmx_slice path = dmx_reading_path(&list->at, name, list->scratch);
    if (!path.ptr)
        return dmx_gathering_no_memory(list);
    list->at.list_file = path;
    struct dmx_slice text = DMX_SLICE(""), line;
    const char *why = "";
    enum dmx_status status =
        dmx_reading_file(&list->at, path.ptr, DMX_CONFIG_MAX_LIST_BYTES, list->scratch, &text, &why);
    if (status != DMX_OK)
        return cannot_read(list, status, why);
    why = dmx_byte_order_mark(text);
    if (why)
        return dmx_reading_complain(&list->at, DMX_INVALID, why);
    while (status == DMX_OK && dmx_slice_split(&text, '\n', &line)) {
        list->at.list_line++;
        status = take_line(list, line);
    }
    if (status != DMX_OK)
        return status;
    list->at.list_file = DMX_SLICE_NONE;
    list->at.list_line = 0;
    return DMX_OK;
}

static enum dmx_status take_all(struct dmx_gathering *list, struct dmx_slice value)
{
    struct dmx_slice part;
    while (dmx_slice_split(&value, ',', &part)) {
        part = dmx_slice_trim(part);
        if (part.len == 0)
            return dmx_reading_complain(
                &list->at, DMX_INVALID,
                "an empty entry in the list; a list ends with its line, a longer one is an @FILE");
        enum dmx_status status = names_file(list, part) ? take_file(list, dmx_slice_from(part, 1)) : take(list, part);
        if (status != DMX_OK)
            return status;
    }
    return DMX_OK;
}

static enum dmx_status finish(struct dmx_gathering *list)
{
    void *member = dmx_option_member(list->at.config, list->at.option);
    switch (list->at.option->kind) {
    case DMX_KIND_CIDR_LIST:
        return dmx_finish_cidrs(list, member);
    case DMX_KIND_RECIPIENTS:
        return dmx_finish_recipients(list, member);
    case DMX_KIND_DOMAINS:
        return dmx_finish_domains(list, member);
    case DMX_KIND_FORWARDERS:
        return dmx_finish_forwarders(list, member);
    case DMX_KIND_APPROVALS:
        return dmx_finish_approvals(list, member);
    case DMX_KIND_OVERRIDES:
        return dmx_finish_overrides(list, member);
    case DMX_KIND_DIALECTS:
        return dmx_finish_dialects(list, member);
    default: /* NOLINT(clang-diagnostic-switch-enum): all others are no lists */
        return dmx_finish_nameservers(list, member);
    }
}

static size_t item_size(enum dmx_option_kind kind)
{
    if (kind == DMX_KIND_OVERRIDES)
        return sizeof(struct dmx_policy_override);
    if (kind == DMX_KIND_DIALECTS)
        return sizeof(struct dmx_dialect_rule);
    return kind == DMX_KIND_CIDR_LIST ? sizeof(struct dmx_cidr) : sizeof(struct dmx_slice);
}

enum dmx_status dmx_list_read(const struct dmx_reading *reading, struct dmx_slice value)
{
    enum dmx_option_kind kind = reading->option->kind;
    struct dmx_gathering list = {
        .at = *reading,
        .scratch = dmx_arena_new(SCRATCH_BYTES),
        .item_size = item_size(kind),
        .max = kind == DMX_KIND_NAMESERVERS ? (size_t)NAMESERVERS_MAX : (size_t)DMX_CONFIG_MAX_LIST,
    };
    if (!list.scratch)
        return dmx_gathering_no_memory(&list);
    enum dmx_status status = value.len > 0 ? take_all(&list, value) : DMX_OK;
    if (status == DMX_OK)
        status = finish(&list);
    dmx_arena_free(&list.scratch);
    return status;
}
