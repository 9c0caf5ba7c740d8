/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "host_list.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

/* Exim: a list may begin with "<" and the separator of its choice, any punctuation. */
static char take_separator(struct dmx_slice *list)
{
    char separator = ':';
    if (list->len >= 2 && list->ptr[0] == '<' && dmx_is_vchar(list->ptr[1]) && !dmx_is_alnum(list->ptr[1])) {
        separator = list->ptr[1];
        *list = dmx_slice_from(*list, 2);
    }
    return separator;
}

/* Exim takes a file by its bare path; "@" is this host's name to it, and "@/path" a name that no host has. */
static bool is_at_file(struct dmx_slice item)
{
    item = dmx_slice_trim(item);
    if (dmx_slice_starts(item, DMX_SLICE("!")))
        item = dmx_slice_trim(dmx_slice_from(item, 1));
    return dmx_slice_starts(item, DMX_SLICE("@/")) || dmx_slice_starts(item, DMX_SLICE("@./"));
}

/* Both mistakes come from our own lists, and Exim is silent about them: such a list just matches nobody. */
const char *dmx_host_list_mistake(struct dmx_slice list)
{
    list = dmx_slice_trim(list);
    char separator = take_separator(&list);
    if (separator != ',' && dmx_slice_find(list, ',') < list.len)
        return "an Exim host list separates by colons: 10.0.0.0/8 : *.example.org";
    struct dmx_slice item;
    while (dmx_slice_split(&list, separator, &item))
        if (is_at_file(item))
            return "an Exim host list separates by colons and names a file by its path alone, without @";
    return NULL;
}
