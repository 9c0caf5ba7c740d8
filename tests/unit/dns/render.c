/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "render.h"

static void put_data(struct dmx_builder *b, const struct dmx_rr *rr)
{
    switch (rr->type) {
    case DMX_RR_A:
    case DMX_RR_AAAA:
        dmx_put_ip(b, &rr->data.ip);
        break;
    case DMX_RR_TXT:
        dmx_put_escaped(b, rr->data.text, 1000);
        break;
    case DMX_RR_MX:
        dmx_put_u64(b, rr->data.host.preference);
        dmx_put_char(b, ' ');
        dmx_put_name(b, &rr->data.host.name);
        break;
    case DMX_RR_PTR:
    case DMX_RR_NS:
    case DMX_RR_CNAME:
        dmx_put_name(b, &rr->data.host.name);
        break;
    }
}

struct dmx_slice render(const struct dmx_answer *answer, struct dmx_arena *arena)
{
    struct dmx_builder b = dmx_builder_arena(arena, 100000);
    dmx_put_cstr(&b, dmx_dns_status_name(answer->status));
    dmx_put_char(&b, ' ');
    dmx_put_u64(&b, answer->ttl_s);
    for (size_t i = 0; i < answer->count; i++) {
        dmx_put_cstr(&b, " | ");
        dmx_put_cstr(&b, dmx_rr_type_name(answer->rrs[i].type));
        dmx_put_char(&b, ' ');
        put_data(&b, &answer->rrs[i]);
    }
    return dmx_builder_text(&b);
}
