/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/question.h"

#include "dmx/base/banned.h"

static const struct {
    uint16_t type;
    struct dmx_slice name;
} types[] = {
    {DMX_RR_A, DMX_SLICE_INIT("A")}, /* RFC 1035 section 3.2.2, down to TXT */
    {DMX_RR_NS, DMX_SLICE_INIT("NS")},     {DMX_RR_CNAME, DMX_SLICE_INIT("CNAME")}, {DMX_RR_SOA, DMX_SLICE_INIT("SOA")},
    {DMX_RR_PTR, DMX_SLICE_INIT("PTR")},   {DMX_RR_MX, DMX_SLICE_INIT("MX")},       {DMX_RR_TXT, DMX_SLICE_INIT("TXT")},
    {DMX_RR_AAAA, DMX_SLICE_INIT("AAAA")}, /* RFC 3596 section 2.1 */
};

enum { TYPE_COUNT = sizeof types / sizeof *types };

const char *dmx_rr_type_name(uint16_t type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].type == type)
            return types[i].name.ptr;
    }
    return "?";
}

bool dmx_rr_type_parse(struct dmx_slice text, uint16_t *out)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (dmx_slice_eq_nocase(types[i].name, text)) {
            *out = types[i].type;
            return true;
        }
    }
    return false;
}
