/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dns. A reply to a question for a.test; the first byte chooses the type, the id is the reply's own. */
#include <stdlib.h>

#include "dmx/dns/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {DMX_RR_TXT, DMX_RR_A,  DMX_RR_AAAA,  DMX_RR_MX,
                                     DMX_RR_PTR, DMX_RR_NS, DMX_RR_CNAME, DMX_RR_SOA};
    struct dmx_question question = {.type = types[size ? data[0] % 8 : 0]};
    struct dmx_arena *arena = dmx_arena_new(16 << 20);
    if (!arena || !dmx_name_from_text(DMX_SLICE("a.test"), &question.name))
        abort();
    uint16_t id = size < 3 ? 0 : (uint16_t)(data[1] << 8 | data[2]);
    struct dmx_slice packet = dmx_slice((const char *)data + (size > 0), size - (size > 0));
    struct dmx_answer answer = dmx_packet_read(packet, &question, id, arena);
    if ((answer.status == DMX_DNS_OK) != (answer.count > 0))
        abort();
    for (size_t i = 0; i < answer.count; i++) {
        if (answer.rrs[i].type != question.type || answer.rrs[i].ttl_s < answer.ttl_s)
            abort();
    }
    /* An answer that can be used is no refusal of EDNS. */
    if (dmx_packet_refuses_edns(packet) && (answer.status == DMX_DNS_OK || answer.status == DMX_DNS_NXDOMAIN))
        abort();
    if (dmx_packet_has_letters(packet, &question, 0) && packet.len < 12U + question.name.len)
        abort();
    dmx_arena_free(&arena);
    return 0;
}
