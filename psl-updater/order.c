/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

enum { SHOWN_BYTES = 80 }; /* of a line, in a reason */

struct dmx_slice dmx_list_place(struct dmx_arena *arena, uint32_t line, struct dmx_slice text)
{
    struct dmx_builder b = dmx_builder_arena(arena, SHOWN_BYTES + sizeof "line 4294967295: ...");
    dmx_put_cstr(&b, "line ");
    dmx_put_u64(&b, line);
    dmx_put_cstr(&b, ": ");
    dmx_put(&b, dmx_slice_upto(text, SHOWN_BYTES));
    dmx_put_cstr(&b, text.len > SHOWN_BYTES ? "..." : "");
    return dmx_builder_text(&b);
}

static int compare(struct dmx_slice a, struct dmx_slice b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Rules of one name: the plain one, the wildcard, the exception; the line last. */
static int compare_rules(const struct dmx_rule *a, const struct dmx_rule *b)
{
    int a_kind = a->exception * 2 + a->wildcard, b_kind = b->exception * 2 + b->wildcard;
    return a_kind != b_kind ? a_kind - b_kind : (a->line > b->line) - (a->line < b->line);
}

static int by_ascii(const void *a, const void *b, void *list)
{
    const struct dmx_rule *all = ((const struct dmx_list *)list)->rules, *one = &all[*(const uint32_t *)a],
                          *other = &all[*(const uint32_t *)b];
    int order = compare(one->ascii, other->ascii);
    return order ? order : compare_rules(one, other);
}

static int by_utf8(const void *a, const void *b, void *list)
{
    const struct dmx_rule *all = ((const struct dmx_list *)list)->rules, *one = &all[*(const uint32_t *)a],
                          *other = &all[*(const uint32_t *)b];
    int order = compare(one->utf8, other->utf8);
    return order ? order : compare_rules(one, other);
}

static const uint32_t *sorted(struct dmx_list *list, struct dmx_arena *arena,
                              int (*order)(const void *, const void *, void *))
{
    uint32_t *index = dmx_arena_array(arena, list->count + 1, sizeof *index);
    for (uint32_t i = 0; index && i < list->count; i++)
        index[i] = i;
    if (index)
        qsort_r(index, list->count, sizeof *index, order, list);
    return index;
}

/* The first place in by_ascii or by_utf8 whose name is not before this one. */
static size_t lower_bound(const struct dmx_list *list, bool is_utf8, struct dmx_slice name)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct dmx_slice there =
            is_utf8 ? list->rules[list->by_utf8[middle]].utf8 : list->rules[list->by_ascii[middle]].ascii;
        if (compare(there, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_utf8(struct dmx_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] >= 0x80)
            return true;
    return false;
}

struct dmx_name_rules dmx_list_find(const struct dmx_list *list, struct dmx_slice name)
{
    struct dmx_name_rules found = {0};
    bool is_utf8 = has_utf8(name);
    for (size_t i = name.len ? lower_bound(list, is_utf8, name) : list->count; i < list->count; i++) {
        const struct dmx_rule *rule = &list->rules[is_utf8 ? list->by_utf8[i] : list->by_ascii[i]];
        if (!dmx_slice_eq(is_utf8 ? rule->utf8 : rule->ascii, name))
            break;
        found.exception |= rule->exception;
        found.wildcard |= rule->wildcard;
        found.plain |= !rule->exception && !rule->wildcard;
        found.icann |= !rule->private_section;
        found.private_section |= rule->private_section;
    }
    return found;
}

static struct dmx_slice parent(struct dmx_slice name)
{
    return dmx_slice_from(name, dmx_slice_find(name, '.') + 1);
}

static enum dmx_status refuse(struct dmx_arena *arena, const struct dmx_rule *rule, const char *token, const char *text,
                              struct dmx_reason *out)
{
    *out = DMX_REASON_ABOUT(token, text, NULL, dmx_list_place(arena, rule->line, rule->ascii));
    return DMX_INVALID;
}

/* Neighbours in by_ascii. "a.b" and "*.a.b" go together, no other two rules of one name do. */
static enum dmx_status check_pair(const struct dmx_rule *a, const struct dmx_rule *b, struct dmx_arena *arena,
                                  struct dmx_reason *out_reason)
{
    if (!dmx_slice_eq(a->ascii, b->ascii))
        return DMX_OK;
    const struct dmx_rule *later = a->line > b->line ? a : b;
    if (a->exception != b->exception)
        return refuse(arena, later, "rule-contradiction", "one name is a rule and an exception; only one can hold",
                      out_reason);
    if (a->wildcard == b->wildcard)
        return refuse(arena, later, "rule-duplicate", "the rule stands here for the second time; once is right",
                      out_reason);
    return DMX_OK;
}

static enum dmx_status check_parents(const struct dmx_list *list, const struct dmx_rule *rule, struct dmx_arena *arena,
                                     struct dmx_reason *out_reason)
{
    struct dmx_slice above = parent(rule->ascii);
    if (rule->exception && !dmx_list_find(list, above).wildcard)
        return refuse(arena, rule, "rule-exception",
                      "an exception to nothing: the wildcard that it is one of must stand directly above it",
                      out_reason);
    if (list->exceptions == 0)
        return DMX_OK;
    for (; above.len > 0; above = parent(above))
        if (dmx_list_find(list, above).exception)
            return refuse(arena, rule, "rule-below-exception",
                          "a rule below an exception can never hold, exceptions come first", out_reason);
    return DMX_OK;
}

enum dmx_status dmx_list_order(struct dmx_list *list, struct dmx_arena *arena, struct dmx_reason *out_reason)
{
    list->by_ascii = sorted(list, arena, by_ascii);
    list->by_utf8 = sorted(list, arena, by_utf8);
    if (!list->by_ascii || !list->by_utf8)
        return DMX_NOMEM;
    const struct dmx_rule *all = list->rules;
    enum dmx_status status = DMX_OK;
    for (size_t i = 1; status == DMX_OK && i < list->count; i++)
        status = check_pair(&all[list->by_ascii[i - 1]], &all[list->by_ascii[i]], arena, out_reason);
    for (size_t i = 0; status == DMX_OK && i < list->count; i++)
        status = check_parents(list, &all[i], arena, out_reason);
    return status;
}

size_t dmx_list_suffix_len(const struct dmx_list *list, struct dmx_slice domain)
{
    size_t dot = dmx_slice_rfind(domain, '.');
    size_t best = dmx_slice_from(domain, dot < domain.len ? dot + 1 : 0).len; /* the implicit rule "*" */
    for (struct dmx_slice name = domain; name.len > 0; name = parent(name)) {
        struct dmx_name_rules here = dmx_list_find(list, name);
        if (here.exception)
            return parent(name).len;
        if ((here.plain || here.wildcard || dmx_list_find(list, parent(name)).wildcard) && name.len > best)
            best = name.len;
    }
    return best;
}

bool dmx_list_is_suffix(const struct dmx_list *list, struct dmx_slice domain)
{
    return domain.len > 0 && dmx_list_suffix_len(list, domain) == domain.len;
}
