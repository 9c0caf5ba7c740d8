/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Dialects of reports: one word for all, and `DESTINATION DIALECT`, by domain, so that a binary search answers. */
#include <stdlib.h>

#include "gathering.h"
#include "list.h"
#include "value.h"

#include "dmx/base/banned.h"

static bool read_dialect(const struct dmx_option *option, struct dmx_slice word, enum dmx_report_dialect *out)
{
    for (const struct dmx_option_word *row = option->words; row->word; row++)
        if (dmx_slice_eq_nocase(word, dmx_slice_cstr(row->word))) {
            *out = (enum dmx_report_dialect)row->value;
            return true;
        }
    return false;
}

/* entry = [domain-entry 1*WSP] dialect; without a domain it is for all that have no rule of their own. */
enum dmx_status dmx_take_dialect(struct dmx_gathering *list, struct dmx_slice entry)
{
    struct dmx_dialect_rule rule = {.domain = DMX_SLICE("")};
    struct dmx_slice rest = entry, first = dmx_slice_next_word(&rest), second = dmx_slice_next_word(&rest);
    enum dmx_status status = rest.len > 0 ? DMX_INVALID : DMX_OK;
    if (status == DMX_OK && second.len > 0)
        status = dmx_read_domain(list, first, &rule.domain);
    if (status == DMX_NOMEM)
        return status;
    if (status != DMX_OK || !read_dialect(list->at.option, second.len > 0 ? second : first, &rule.dialect))
        return dmx_reading_refuse(&list->at, entry, NULL);
    return dmx_gathering_add(list, &rule);
}

static int compare_rules(const void *left, const void *right)
{
    const struct dmx_dialect_rule *a = left, *b = right;
    return dmx_text_compare(a->domain, b->domain);
}

/* The rule for all others, whose domain is empty, comes first when they are in order. */
enum dmx_status dmx_finish_dialects(struct dmx_gathering *list, struct dmx_dialect_list *out)
{
    struct dmx_arena *arena = list->at.config->arena;
    struct dmx_dialect_rule *rules = list->items;
    if (list->count > 1)
        qsort(rules, list->count, sizeof *rules, compare_rules);
    for (size_t i = 1; i < list->count; i++)
        if (dmx_slice_eq(rules[i - 1].domain, rules[i].domain))
            return dmx_reading_refuse(&list->at, rules[i].domain, "there are two dialects for it");
    size_t first = list->count > 0 && rules[0].domain.len == 0 ? 1 : 0;
    struct dmx_dialect_rule *items = dmx_arena_array(arena, list->count - first, sizeof *items);
    if (!items)
        return dmx_gathering_no_memory(list);
    for (size_t i = first; i < list->count; i++)
        items[i - first] = (struct dmx_dialect_rule){dmx_arena_dup(arena, rules[i].domain), rules[i].dialect};
    if (dmx_arena_failed(arena))
        return dmx_gathering_no_memory(list);
    out->others = first ? rules[0].dialect : DMX_REPORT_AUTO;
    out->items = items;
    out->count = list->count - first;
    return DMX_OK;
}

static const struct dmx_dialect_rule *find(const struct dmx_dialect_list *list, struct dmx_slice domain)
{
    struct dmx_dialect_rule wanted = {.domain = domain};
    return list->count > 0 ? bsearch(&wanted, list->items, list->count, sizeof *list->items, compare_rules) : NULL;
}

enum dmx_report_dialect dmx_dialect_list_find(const struct dmx_dialect_list *list, struct dmx_slice domain)
{
    const struct dmx_dialect_rule *found = find(list, domain);
    for (size_t dot; !found && (dot = dmx_slice_find(domain, '.')) < domain.len;
         domain = dmx_slice_from(domain, dot + 1))
        found = find(list, dmx_slice_from(domain, dot));
    return found ? found->dialect : list->others;
}

static void put_word(const struct dmx_option *option, enum dmx_report_dialect dialect, struct dmx_builder *out)
{
    for (const struct dmx_option_word *row = option->words; row->word; row++)
        if (row->value == (unsigned)dialect)
            dmx_put_cstr(out, row->word);
}

void dmx_list_print_dialects(const struct dmx_config *config, const struct dmx_option *option, struct dmx_builder *out)
{
    const struct dmx_dialect_list *list = dmx_option_const_member(config, option);
    put_word(option, list->others, out);
    for (size_t i = 0; i < list->count; i++) {
        dmx_put_cstr(out, dmx_slice_starts(list->items[i].domain, DMX_SLICE(".")) ? ", *" : ", ");
        dmx_put(out, list->items[i].domain);
        dmx_put_char(out, ' ');
        put_word(option, list->items[i].dialect, out);
    }
}
