/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "acl.h"

#include "dmx/base/banned.h"

static const struct {
    struct dmx_slice text;
    enum acl_word word;
} words[] = {
    {DMX_SLICE_INIT("exempt"), ACL_EXEMPT},
    {DMX_SLICE_INIT("monitor"), ACL_MONITOR},
    {DMX_SLICE_INIT("quarantine"), ACL_QUARANTINE},
    {DMX_SLICE_INIT("noreport"), ACL_NOREPORT},
};

struct acl_order acl_order_parse(struct dmx_slice value)
{
    value = dmx_slice_trim(value);
    if (value.len == 0)
        return (struct acl_order){ACL_NOTHING, DMX_SLICE_NONE};
    size_t colon = dmx_slice_find(value, ':');
    struct dmx_slice word = dmx_slice_trim(dmx_slice_upto(value, colon));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (dmx_slice_eq_nocase(word, words[i].text))
            return (struct acl_order){words[i].word, dmx_slice_trim(dmx_slice_from(value, colon + 1))};
    return (struct acl_order){ACL_UNKNOWN, value};
}
