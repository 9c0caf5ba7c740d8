/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Policy overrides: `DOMAIN POLICY until DATE reason`, by domain, so that a binary search answers. */
#include <stdlib.h>

#include "dmx/base/date.h"
#include "gathering.h"
#include "list.h"

#include "dmx/base/banned.h"

enum { REASON_MAX_BYTES = 200 }; /* as much as a log line and a report show of it */

static const struct {
    struct dmx_slice word;
    enum dmx_site_policy policy;
} policies[] = {
    {DMX_SLICE_INIT("none"), DMX_SITE_NONE},
    {DMX_SLICE_INIT("quarantine"), DMX_SITE_QUARANTINE},
    {DMX_SLICE_INIT("reject"), DMX_SITE_REJECT},
};

static bool read_policy(struct dmx_slice word, enum dmx_site_policy *out)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (dmx_slice_eq_nocase(word, policies[i].word)) {
            *out = policies[i].policy;
            return true;
        }
    return false;
}

/* override = domain-entry 1*WSP policy 1*WSP "until" 1*WSP date [1*WSP reason] */
enum dmx_status dmx_take_override(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_policy_override item = {.end_s = 0};
    struct dmx_slice rest = entry, domain = dmx_slice_next_word(&rest), policy = dmx_slice_next_word(&rest),
                     until = dmx_slice_next_word(&rest);
    struct dmx_slice date = dmx_slice_next_word(&rest);
    enum dmx_status status = dmx_read_domain(list, domain, &item.domain);
    if (status == DMX_NOMEM)
        return status;
    if (status != DMX_OK || !read_policy(policy, &item.policy) || !dmx_slice_eq_nocase(until, DMX_SLICE("until")))
        return dmx_reading_refuse(&list->at, entry, NULL);
    if (!dmx_date_parse(date, &item.end_s))
        return dmx_reading_refuse(&list->at, entry, "DATE is YYYY-MM-DD");
    if (rest.len > REASON_MAX_BYTES)
        return dmx_reading_refuse(&list->at, entry, "the reason is over 200 bytes");
    item.until = date;
    item.reason = rest;
    return dmx_gathering_add(list, &item);
}

static int compare_overrides(const void *left, const void *right)
{
    const struct dmx_policy_override *a = left, *b = right;
    return dmx_text_compare(a->domain, b->domain);
}

/* Two for one domain would leave it to chance which of them counts. */
static enum dmx_status refuse_twice(const struct dmx_gathering *list, struct dmx_slice domain)
{
    return dmx_reading_refuse(&list->at, domain, "it stands there twice");
}

enum dmx_status dmx_finish_overrides(struct dmx_gathering *list, struct dmx_override_list *out)
{
    struct dmx_arena *arena = list->at.config->arena;
    struct dmx_policy_override *gathered = list->items;
    if (list->count > 1)
        qsort(gathered, list->count, sizeof *gathered, compare_overrides);
    struct dmx_policy_override *items = dmx_arena_array(arena, list->count, sizeof *items);
    if (!items)
        return dmx_gathering_no_memory(list);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0 && dmx_slice_eq(gathered[i - 1].domain, gathered[i].domain))
            return refuse_twice(list, gathered[i].domain);
        items[i] = gathered[i];
        items[i].domain = dmx_arena_dup(arena, gathered[i].domain);
        items[i].until = dmx_arena_dup(arena, gathered[i].until);
        items[i].reason = dmx_arena_dup(arena, gathered[i].reason);
    }
    if (dmx_arena_failed(arena))
        return dmx_gathering_no_memory(list);
    *out = (struct dmx_override_list){.items = items, .count = list->count};
    return DMX_OK;
}

static const struct dmx_policy_override *find(const struct dmx_override_list *list, struct dmx_slice domain)
{
    size_t from = 0, to = list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = dmx_text_compare(list->items[middle].domain, domain);
        if (order == 0)
            return &list->items[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const struct dmx_policy_override *dmx_override_list_find(const struct dmx_override_list *list, struct dmx_slice domain)
{
    if (list->count == 0)
        return NULL;
    const struct dmx_policy_override *found = find(list, domain);
    for (size_t dot; !found && (dot = dmx_slice_find(domain, '.')) < domain.len;
         domain = dmx_slice_from(domain, dot + 1))
        found = find(list, dmx_slice_from(domain, dot));
    return found;
}

void dmx_list_print_overrides(const struct dmx_override_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct dmx_policy_override *item = &list->items[i];
        bool below = dmx_slice_starts(item->domain, DMX_SLICE("."));
        dmx_put_cstr(out, i > 0 ? ", " : "");
        dmx_put_cstr(out, below ? "*" : "");
        dmx_put(out, item->domain);
        dmx_put_char(out, ' ');
        dmx_put(out, policies[item->policy].word);
        dmx_put_cstr(out, " until ");
        dmx_put(out, item->until);
        if (item->reason.len > 0)
            dmx_put_char(out, ' ');
        /* A comma of an @FILE's line would end the entry here. */
        for (size_t j = 0; j < item->reason.len; j++)
            dmx_put_char(out, item->reason.ptr[j] == ',' ? ';' : item->reason.ptr[j]);
    }
}
