/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Pins: records that the administrator sets in the place of what DNS says, each to the end of a date. Pure text here;
 * who reads the file enters them into the cache. One record a line, # begins a comment:
 *
 *     _dmarc.example.com TXT until 2026-12-31 "v=DMARC1; p=none"
 *
 * A date more than ten years ahead counts as ten years. Several lines of one name and type make one answer. Only what dmx asks for can be pinned: A, AAAA, MX, PTR and TXT.
 */
#ifndef DMX_DNS_PINS_H
#define DMX_DNS_PINS_H

#include "dmx/dns/cache.h"

enum {
    DMX_PINS_MAX_BYTES = 1024 * 1024,
    DMX_PINS_MAX = 500, /* a pin is never thrown out of the cache: they must not fill it */
};

struct dmx_pin {
    struct dmx_question question;
    struct dmx_answer answer;
    int64_t ends_s; /* the first second after its date, UTC */
    size_t line;    /* of its first record, from 1 */
};

struct dmx_pins {
    struct dmx_pin *items;
    size_t count;
};

/*
 * Reads a text; everything is in the arena. DMX_INVALID: *out_line is the offending line and the reason says what was
 * wrong there and what would be right; no pin of such a text may be used. DMX_NOMEM. Pins that are over are read like
 * others.
 */
enum dmx_status dmx_pins_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_pins *out, size_t *out_line,
                               struct dmx_reason *out_reason) DMX_NODISCARD;

/* One record as a line with its LF. */
void dmx_put_pin(struct dmx_builder *out, const struct dmx_question *question, const struct dmx_rr *rr, int64_t ends_s);

/*
 * Makes exactly these the cache's pins, without those that are over. How many the cache had no room for.
 */
size_t dmx_pins_enter(const struct dmx_pins *pins, struct dmx_cache *cache, int64_t now_s, struct dmx_arena *arena);

#endif
