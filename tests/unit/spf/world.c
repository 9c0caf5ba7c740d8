/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "world.h"

#include "suite.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, MAX_QUESTIONS = 200, MAX_ROUNDS = 40 };

void world_open(struct world *world, struct dmx_slice zone, size_t max_questions)
{
    struct dmx_zone *parsed;
    struct dmx_reason reason = DMX_REASON_NONE;
    size_t line = 0;
    *world = (struct world){.arena = dmx_arena_new(ARENA_BYTES)};
    ck_assert(world->arena != NULL);
    ck_assert_msg(dmx_zone_parse(zone, world->arena, &parsed, &line, &reason, NULL) == DMX_OK, "zone line %zu: %s",
                  line, reason.text ? reason.text : "");
    world->book = dmx_answers_new(world->arena, max_questions);
    world->source = dmx_zone_source(parsed);
}

void world_close(struct world *world)
{
    dmx_arena_free(&world->arena);
}

struct dmx_spf_result world_check(struct world *world, const struct dmx_spf_request *request)
{
    struct dmx_budget unlimited = DMX_BUDGET_UNLIMITED;
    struct dmx_spf_result out;
    while (dmx_spf_eval(request, world->book, world->arena, &out) == DMX_PENDING) {
        ck_assert_msg(++world->rounds < MAX_ROUNDS, "no end of rounds");
        ck_assert_msg(dmx_answers_open(world->book) > 0, "pending without a question");
        ck_assert(world->source.resolve != NULL);
        world->source.resolve(world->source.ctx, world->book, &unlimited);
    }
    return out;
}

struct dmx_spf_request world_request(const char *client, struct dmx_slice mail_from)
{
    struct dmx_spf_request request = {.helo = DMX_SLICE("mail.client.test"),
                                      .mail_from = mail_from,
                                      .has_mail_from = true,
                                      .receiver = DMX_SLICE("mx.receiver.test"),
                                      .now_s = 1700000000};
    if (client)
        ck_assert(dmx_ip_parse(dmx_slice_cstr(client), &request.client));
    return request;
}

void world_try(const struct row *row)
{
    struct world world;
    world_open(&world, dmx_slice_cstr(row->zone), MAX_QUESTIONS);
    const char *mail_from = row->mail_from ? row->mail_from : "user@example.com";
    struct dmx_spf_request request = world_request(row->client, dmx_slice_cstr(mail_from));
    if (row->helo)
        request.helo = dmx_slice_cstr(row->helo);
    struct dmx_spf_result got = world_check(&world, &request);
    ck_assert_msg(got.reason.section || got.result == DMX_PASS, "%s: no section", row->label);
    ck_assert_msg(dmx_slice_eq(dmx_slice_cstr(dmx_result_word(got.result)), dmx_slice_cstr(row->result)),
                  "%s: got %s (%s %.*s), want %s", row->label, dmx_result_word(got.result),
                  got.reason.token ? got.reason.token : "", DMX_SLICE_ARG(got.reason.detail), row->result);
    ck_slice_eq(row->label, dmx_slice_cstr(got.reason.token), row->token ? row->token : "");
    ck_assert_msg((got.explanation.ptr != NULL) == (row->explanation != NULL), "%s: explanation \"%.*s\"", row->label,
                  DMX_SLICE_ARG(got.explanation));
    ck_slice_eq(row->label, got.explanation, row->explanation ? row->explanation : "");
    world_close(&world);
}
