/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A question with its answer as bytes, as the cache keeps them. Pure. The bytes are as little trusted as the network: the
 * reader accepts exactly what the writer makes.
 *
 *   entry    = key status flags count *data
 *   key      = OCTET(length of name) name type(16 bits)    ; the name in wire form and lower case
 *   data     = address / text / host                       ; by the question's type
 *   text     = length(16 bits) *OCTET
 *   host     = preference(16 bits) OCTET(length of name) name
 *
 * TTLs are not in it: what remains of an entry's life is that of all its records.
 */
#ifndef DMX_DNS_CACHE_ENTRY_H
#define DMX_DNS_CACHE_ENTRY_H

#include "dmx/dns/answer.h"

enum {
    DMX_CACHE_KEY_MAX = 1 + DMX_NAME_MAX + 2,
    DMX_CACHE_TYPE_MAX = DMX_RR_SPF, /* the largest number of a type that is kept */
};

/* The key's bytes, at most DMX_CACHE_KEY_MAX. An entry begins with them. */
void dmx_put_cache_key(struct dmx_builder *b, const struct dmx_question *question);

/* Whether answers of this type can be kept: their data is something that DMX knows. */
bool dmx_cache_keeps_type(uint16_t type);

/* The whole entry. The builder fails when it has no room; a type that is not kept, or CUT, fails it too. */
void dmx_put_cache_entry(struct dmx_builder *b, const struct dmx_question *question, const struct dmx_answer *answer);

/*
 * Reads an entry to its last byte; texts and records are copied into the arena, and all get ttl_s. The arena may be NULL:
 * then only answers without records are read. False: not an entry, or no memory.
 */
bool dmx_cache_entry_read(struct dmx_slice bytes, uint32_t ttl_s, struct dmx_arena *arena,
                          struct dmx_question *out_question, struct dmx_answer *out_answer) DMX_NODISCARD;

#endif
