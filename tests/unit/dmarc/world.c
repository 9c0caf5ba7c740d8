/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "world.h"

#include "suite.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, MAX_ROUNDS = 8 };

void world_open(struct world *world, const char *zone, size_t max_questions)
{
    static const char *const paths[] = {"/usr/share/publicsuffix/public_suffix_list.dafsa"};
    struct dmx_zone *parsed = NULL;
    struct dmx_reason reason;
    size_t line = 0;
    *world = (struct world){.arena = dmx_arena_new(ARENA_BYTES)};
    ck_assert_ptr_nonnull(world->arena);
    enum dmx_status status = dmx_zone_parse(dmx_slice_cstr(zone), world->arena, &parsed, &line, &reason, NULL);
    ck_assert_msg(status == DMX_OK, "line %zu of the zone: %s", line, reason.text);
    world->source = dmx_zone_source(parsed);
    world->book = dmx_answers_new(world->arena, max_questions);
    ck_assert_ptr_nonnull(world->book);
    ck_assert_int_eq(dmx_psl_load(paths, 1, &world->psl, &reason), DMX_OK);
}

void world_close(struct world *world)
{
    dmx_psl_free(&world->psl);
    dmx_arena_free(&world->arena);
}

void world_answer(struct world *world)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    ck_assert_uint_gt(dmx_answers_open(world->book), 0);
    ck_assert_uint_lt(world->rounds++, MAX_ROUNDS);
    world->source.resolve(world->source.ctx, world->book, &budget);
}
