/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists of domains. What is asked for has the normal form: lower case, A-labels. */
#include "gathering.h"
#include "list.h"
#include "value.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

/* U-labels would have to be converted, and this folder knows no IDNA: A-labels are what is compared. */
static bool is_ascii(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!dmx_is_vchar(text.ptr[i]))
            return false;
    return true;
}

/* domain-entry = ["*."] domain; the first form is kept as ".domain". */
enum dmx_status dmx_take_domain(struct dmx_gathering *list, struct dmx_slice entry)
{
    bool below = dmx_slice_starts(entry, DMX_SLICE("*."));
    struct dmx_slice domain = dmx_slice_from(entry, below ? 2 : 0);
    if (!is_ascii(domain) || !dmx_is_plain_domain(domain))
        return dmx_reading_refuse(&list->at, entry, NULL);
    struct dmx_slice kept = dmx_arena_dup_lower(list->scratch, dmx_slice_from(entry, below ? 1 : 0));
    return kept.ptr ? dmx_gathering_add(list, &kept) : dmx_gathering_no_memory(list);
}

enum dmx_status dmx_finish_domains(struct dmx_gathering *list, struct dmx_domain_list *out)
{
    struct dmx_recipient_list texts;
    enum dmx_status status = dmx_finish_recipients(list, &texts);
    if (status == DMX_OK)
        *out = (struct dmx_domain_list){texts.items, texts.count};
    return status;
}

/* The domain itself, and then ".PARENT" for each domain above it. */
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

void dmx_list_print_domains(const struct dmx_domain_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        dmx_put_cstr(out, i > 0 ? ", " : "");
        dmx_put_cstr(out, list->items[i].ptr[0] == '.' ? "*" : "");
        dmx_put(out, list->items[i]);
    }
}
