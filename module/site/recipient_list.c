/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Lists of recipients: lower case and in order, so that three binary searches answer. */
#include "gathering.h"
#include "list.h"
#include "value.h"

#include "dmx/base/banned.h"

enum { RECIPIENT_MAX_BYTES = 254 }; /* RFC 5321 section 4.5.3.1.3 */

/*
 * recipient = local "@" domain / ["*"] ["@"] domain / local "@*"
 * A whole domain is kept as the bare domain, so that it is found in one way.
 */
enum dmx_status dmx_take_recipient(struct dmx_gathering *list, struct dmx_slice entry)
{
    size_t at = dmx_slice_rfind(entry, '@');
    bool has_at = at < entry.len;
    struct dmx_slice local = has_at ? dmx_slice_upto(entry, at) : DMX_SLICE("");
    struct dmx_slice domain = has_at ? dmx_slice_from(entry, at + 1) : entry;
    bool any_local = local.len == 0 || dmx_slice_eq(local, DMX_SLICE("*"));
    bool any_domain = dmx_slice_eq(domain, DMX_SLICE("*"));
    if (entry.len > RECIPIENT_MAX_BYTES || (!any_local && !dmx_is_plain_local(local)) ||
        (any_domain ? any_local : !dmx_is_plain_domain(domain)))
        return dmx_reading_refuse(&list->at, entry, NULL);
    struct dmx_slice kept = dmx_arena_dup_lower(list->scratch, any_local ? domain : entry);
    return kept.ptr ? dmx_gathering_add(list, &kept) : dmx_gathering_no_memory(list);
}

enum dmx_status dmx_finish_recipients(struct dmx_gathering *list, struct dmx_recipient_list *out)
{
    return dmx_finish_texts(list, &out->items, &out->count);
}

/* What is longer than any entry is in no list. */
static bool has_entry(const struct dmx_recipient_list *list, struct dmx_slice start, struct dmx_slice end)
{
    char buf[RECIPIENT_MAX_BYTES + 1];
    struct dmx_builder lower = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_lower(&lower, start);
    dmx_put_lower(&lower, end);
    struct dmx_slice text = dmx_builder_text(&lower);
    return text.len > 0 && dmx_texts_contain(list->items, list->count, text);
}

bool dmx_recipient_list_contains(const struct dmx_recipient_list *list, struct dmx_slice address)
{
    size_t at = dmx_slice_rfind(address, '@');
    if (list->count == 0 || at == address.len)
        return false;
    return has_entry(list, address, DMX_SLICE("")) || has_entry(list, dmx_slice_from(address, at + 1), DMX_SLICE("")) ||
           has_entry(list, dmx_slice_upto(address, at + 1), DMX_SLICE("*"));
}

void dmx_list_print_recipients(const struct dmx_recipient_list *list, struct dmx_builder *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            dmx_put_cstr(out, ", ");
        dmx_put(out, list->items[i]);
    }
}
