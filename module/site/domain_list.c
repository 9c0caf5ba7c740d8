/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists of domains, of forwarders, and of approvals. What is asked for has the normal form: lower case, A-labels. */
#include "gathering.h"
#include "list.h"
#include "value.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum { APPROVAL_MAX_BYTES = 2 * 255 + 1 }; /* two domains of 253 bytes, each perhaps with a dot before it */

/* U-labels would have to be converted, and this folder knows no IDNA: A-labels are what is compared. */
static bool is_ascii(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!dmx_is_vchar(text.ptr[i]))
            return false;
    return true;
}

enum dmx_status dmx_read_domain(struct dmx_gathering *list, struct dmx_slice text, struct dmx_slice *out)
{
    bool below = dmx_slice_starts(text, DMX_SLICE("*."));
    struct dmx_slice domain = dmx_slice_from(text, below ? 2 : 0);
    if (!is_ascii(domain) || !dmx_is_plain_domain(domain))
        return DMX_INVALID;
    *out = dmx_arena_dup_lower(list->scratch, dmx_slice_from(text, below ? 1 : 0));
    return out->ptr ? DMX_OK : dmx_gathering_no_memory(list);
}

/* domain-entry = ["*."] domain */
enum dmx_status dmx_take_domain(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_slice domain;
    enum dmx_status status = dmx_read_domain(list, entry, &domain);
    if (status == DMX_INVALID)
        return dmx_reading_refuse(&list->at, entry, NULL);
    return status == DMX_OK ? dmx_gathering_add(list, &domain) : status;
}

enum dmx_status dmx_finish_domains(struct dmx_gathering *list, struct dmx_domain_list *out)
{
    return dmx_finish_texts(list, &out->items, &out->count);
}

/* Calls for the domain and then for ".PARENT" of each parent, from the nearest on, until one is in the list. */
bool dmx_domain_list_contains(const struct dmx_domain_list *list, struct dmx_slice domain)
{
    if (list->count == 0 || domain.len == 0)
        return false;
    if (dmx_texts_contain(list->items, list->count, domain))
        return true;
    for (size_t dot; (dot = dmx_slice_find(domain, '.')) < domain.len; domain = dmx_slice_from(domain, dot + 1))
        if (dmx_texts_contain(list->items, list->count, dmx_slice_from(domain, dot)))
            return true;
    return false;
}

static void print_domain(struct dmx_slice domain, struct dmx_builder *out)
{
    if (dmx_slice_starts(domain, DMX_SLICE(".")))
        dmx_put_char(out, '*');
    dmx_put(out, domain);
}

void dmx_list_print_domains(const struct dmx_domain_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            dmx_put_cstr(out, ", ");
        print_domain(list->items[i], out);
    }
}

/* ---- forwarders ---- */

/* forwarder = address / block / domain-entry. Kept as text until all are there. */
enum dmx_status dmx_take_forwarder(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_cidr block;
    if (!dmx_cidr_parse(entry, &block))
        return dmx_take_domain(list, entry);
    struct dmx_slice kept = dmx_arena_dup(list->scratch, entry);
    return kept.ptr ? dmx_gathering_add(list, &kept) : dmx_gathering_no_memory(list);
}

enum dmx_status dmx_finish_forwarders(struct dmx_gathering *list, struct dmx_forwarder_list *out)
{
    struct dmx_gathering blocks = *list;
    struct dmx_slice *entries = list->items;
    struct dmx_cidr block;
    size_t domains = 0;
    blocks.items = NULL;
    blocks.count = blocks.capacity = 0;
    blocks.item_size = sizeof block;
    for (size_t i = 0; i < list->count; i++) {
        if (!dmx_cidr_parse(entries[i], &block)) {
            entries[domains++] = entries[i];
            continue;
        }
        enum dmx_status status = dmx_take_cidr(&blocks, entries[i]);
        if (status != DMX_OK)
            return status;
    }
    list->count = domains;
    enum dmx_status status = dmx_finish_cidrs(&blocks, &out->addresses);
    return status == DMX_OK ? dmx_finish_domains(list, &out->domains) : status;
}

void dmx_list_print_forwarders(const struct dmx_forwarder_list *list, struct dmx_builder *out)
{
    dmx_list_print_cidrs(&list->addresses, out);
    if (list->addresses.count > 0 && list->domains.count > 0)
        dmx_put_cstr(out, ", ");
    dmx_list_print_domains(&list->domains, out);
}

/* ---- approvals ---- */

static bool is_any(struct dmx_slice text)
{
    return dmx_slice_eq(text, DMX_SLICE("*"));
}

/* approval = domain-entry 1*WSP "for" 1*WSP (domain-entry / "*") */
enum dmx_status dmx_take_approval(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_slice rest = entry, from = DMX_SLICE("*"), authenticated;
    struct dmx_slice first = dmx_slice_next_word(&rest), word = dmx_slice_next_word(&rest),
                     second = dmx_slice_next_word(&rest);
    enum dmx_status status = dmx_read_domain(list, first, &authenticated);
    if (status == DMX_OK && !is_any(second))
        status = dmx_read_domain(list, second, &from);
    if (status == DMX_OK && (!dmx_slice_eq_nocase(word, DMX_SLICE("for")) || dmx_slice_next_word(&rest).len > 0))
        status = DMX_INVALID;
    if (status != DMX_OK)
        return status == DMX_INVALID ? dmx_reading_refuse(&list->at, entry, NULL) : status;
    struct dmx_builder joined = dmx_builder_arena(list->scratch, APPROVAL_MAX_BYTES);
    dmx_put(&joined, authenticated);
    dmx_put_char(&joined, ' ');
    dmx_put(&joined, from);
    struct dmx_slice kept = dmx_builder_text(&joined);
    return kept.len ? dmx_gathering_add(list, &kept) : dmx_gathering_no_memory(list);
}

enum dmx_status dmx_finish_approvals(struct dmx_gathering *list, struct dmx_approval_list *out)
{
    return dmx_finish_texts(list, &out->items, &out->count);
}

static bool has_pair(const struct dmx_approval_list *list, struct dmx_slice authenticated, struct dmx_slice from)
{
    char buf[APPROVAL_MAX_BYTES + 1];
    struct dmx_builder joined = dmx_builder_fixed(buf, sizeof buf);
    dmx_put(&joined, authenticated);
    dmx_put_char(&joined, ' ');
    dmx_put(&joined, from);
    struct dmx_slice pair = dmx_builder_text(&joined);
    return pair.len > 0 && dmx_texts_contain(list->items, list->count, pair);
}

/* One entry for AUTHENTICATED against everything that stands for from. */
static bool approves(const struct dmx_approval_list *list, struct dmx_slice authenticated, struct dmx_slice from)
{
    if (has_pair(list, authenticated, DMX_SLICE("*")) || has_pair(list, authenticated, from))
        return true;
    for (size_t dot; (dot = dmx_slice_find(from, '.')) < from.len; from = dmx_slice_from(from, dot + 1))
        if (has_pair(list, authenticated, dmx_slice_from(from, dot)))
            return true;
    return false;
}

bool dmx_approval_list_contains(const struct dmx_approval_list *list, struct dmx_slice authenticated,
                                struct dmx_slice from)
{
    if (list->count == 0 || authenticated.len == 0 || from.len == 0)
        return false;
    if (approves(list, authenticated, from))
        return true;
    for (size_t dot; (dot = dmx_slice_find(authenticated, '.')) < authenticated.len;
         authenticated = dmx_slice_from(authenticated, dot + 1))
        if (approves(list, dmx_slice_from(authenticated, dot), from))
            return true;
    return false;
}

void dmx_list_print_approvals(const struct dmx_approval_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t blank = dmx_slice_find(list->items[i], ' ');
        if (i > 0)
            dmx_put_cstr(out, ", ");
        print_domain(dmx_slice_upto(list->items[i], blank), out);
        dmx_put_cstr(out, " for ");
        print_domain(dmx_slice_from(list->items[i], blank + 1), out);
    }
}
