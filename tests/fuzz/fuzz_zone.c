/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dns. The text of a scripted zone; what can be read must answer every question. */
#include <stdlib.h>

#include "dmx/dns/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_all(struct dmx_zone *zone, struct dmx_arena *arena)
{
    static const char *const names[] = {"", "test", "a.test", "b.a.test", "*.a.test"};
    static const uint16_t types[] = {DMX_RR_TXT, DMX_RR_A, DMX_RR_AAAA, DMX_RR_MX, DMX_RR_CNAME, DMX_RR_SOA};
    struct dmx_answers *book = dmx_answers_new(arena, 100);
    for (size_t i = 0; book && i < 30; i++)
        (void)!dmx_answers_ask_text(book, DMX_SLICE_NONE, dmx_slice_cstr(names[i % 5]), types[i / 5]);
    if (!book || dmx_arena_failed(arena))
        return;
    struct dmx_dns_source source = dmx_zone_source(zone);
    source.resolve(source.ctx, book, &DMX_BUDGET_UNLIMITED);
    if (dmx_answers_open(book))
        abort();
    for (size_t i = 0; i < dmx_answers_count(book); i++) {
        const struct dmx_answer *answer = dmx_answers_answer(book, i);
        if ((answer->status == DMX_DNS_OK) != (answer->count > 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_arena *arena = dmx_arena_new(64 << 20);
    struct dmx_zone *zone;
    size_t line, skipped;
    struct dmx_reason reason;
    if (!arena)
        abort();
    enum dmx_status status =
        dmx_zone_parse(dmx_slice((const char *)data, size), arena, &zone, &line, &reason, &skipped);
    if ((status == DMX_OK) != (zone != NULL) || (status == DMX_INVALID) != (reason.token != NULL))
        abort();
    if (zone)
        ask_all(zone, arena);
    dmx_arena_free(&arena);
    return 0;
}
