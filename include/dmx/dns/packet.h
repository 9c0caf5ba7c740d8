/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* DNS messages as bytes (RFC 1035 section 4): building a query, reading an answer. Pure; every input is hostile. */
#ifndef DMX_DNS_PACKET_H
#define DMX_DNS_PACKET_H

#include "dmx/dns/answer.h"

enum {
    DMX_PACKET_MAX = 65535,
    DMX_EDNS_UDP_SIZE = 1232, /* what crosses the Internet without fragments (DNS flag day 2020) */
    DMX_PACKET_CNAME_STEPS = 8,
    DMX_PACKET_MAX_RRS = 256, /* of one answer; more is MALFORMED. The largest sets of TXT in use have about 60 */
};

enum dmx_edns { DMX_EDNS, DMX_NO_EDNS };

/*
 * A recursive query with the AD bit (RFC 6840 section 5.7), as a rule with EDNS(0); case_bits randomises the letters'
 * case, one bit a letter (0: as given). The builder fails when it has too little room (512 bytes are always enough).
 */
void dmx_put_query(struct dmx_builder *b, const struct dmx_question *question, uint16_t id, uint64_t case_bits,
                   enum dmx_edns edns);

/* Whether a reply has the question in just the letters in which dmx_put_query put it. */
bool dmx_packet_has_letters(struct dmx_slice packet, const struct dmx_question *question, uint64_t case_bits);

/* Whether a reply says that its server does not know EDNS: FORMERR, NOTIMP, or BADVERS (RFC 6891 sections 6.1.3, 7). */
bool dmx_packet_refuses_edns(struct dmx_slice packet);

/*
 * Reads the answer to question. Checked: QR, id, one question that is ours, rcode, CNAME chain in any order and at
 * most DMX_PACKET_CNAME_STEPS long, every length and pointer. Records of other owners or types are ignored. Anything
 * that does not add up gives status MALFORMED, never a partial answer; without memory it is SERVFAIL. A negative answer
 * without an SOA has TTL 0. Text and records are copied into the arena.
 */
struct dmx_answer dmx_packet_read(struct dmx_slice packet, const struct dmx_question *question, uint16_t id,
                                  struct dmx_arena *arena);

#endif
