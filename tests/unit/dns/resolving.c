/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "resolving.h"

#include "dmx/base/clock.h"
#include "suite.h"

struct dmx_arena *arena;
struct dmx_answers *book;

void setup(void)
{
    arena = dmx_arena_new(16 << 20);
    book = dmx_answers_new(arena, 100);
}

void teardown(void)
{
    dmx_arena_free(&arena);
}

struct dmx_resolver *resolver_for(const uint16_t *ports, size_t count, uint64_t timeout_ms, unsigned tries,
                                  const sigset_t *wait_mask)
{
    char text[200];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    for (size_t i = 0; i < count; i++) {
        dmx_put_cstr(&b, i ? ", 127.0.0.1:" : "127.0.0.1:");
        dmx_put_u64(&b, ports[i]);
    }
    struct dmx_resolver_settings settings = {dmx_builder_text(&b), timeout_ms, tries, wait_mask};
    struct dmx_resolver *resolver;
    struct dmx_reason reason;
    ck_assert_int_eq(dmx_resolver_new(&settings, &resolver, &reason), DMX_OK);
    return resolver;
}

void run(struct dmx_resolver *resolver, uint64_t budget_ms)
{
    struct dmx_dns_source source = dmx_resolver_source(resolver);
    struct dmx_budget budget = {dmx_clock_mono_ms() + budget_ms, dmx_clock_mono_ms};
    source.resolve(source.ctx, book, &budget);
}

void end(struct dmx_resolver *resolver)
{
    struct dmx_dns_source source = dmx_resolver_source(resolver);
    source.end(source.ctx);
}

const struct dmx_answer *ask(const char *name)
{
    return dmx_answers_ask_text(book, DMX_SLICE_NONE, dmx_slice_cstr(name), DMX_RR_TXT);
}
