/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/dns/zone.h"
#include "suite.h"

struct dmx_arena *scene_arena(void)
{
    static struct dmx_arena *arena;
    if (!arena)
        arena = dmx_arena_new(64 * 1024 * 1024);
    ck_assert_ptr_nonnull(arena);
    return arena;
}

struct dmx_slice scene_file(const char *name)
{
    char path[256], *text = dmx_arena_alloc(scene_arena(), 64 * 1024);
    snprintf(path, sizeof path, "tests/data/dkim/%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be read: run this from the top of the repository", path);
    size_t len = fread(text, 1, 64 * 1024, file);
    fclose(file);
    return dmx_slice(text, len);
}

struct dmx_slice scene_crlf(struct dmx_slice text)
{
    char *out = dmx_arena_alloc(scene_arena(), 2 * text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            out[len++] = '\r';
        out[len++] = text.ptr[i];
    }
    return dmx_slice(out, len);
}

struct dmx_slice scene_edit(struct dmx_slice text, const char *from, const char *to)
{
    const char *at = memmem(text.ptr, text.len, from, strlen(from));
    ck_assert_msg(at != NULL, "\"%s\" is not in the text", from);
    struct dmx_builder b = dmx_builder_arena(scene_arena(), text.len + strlen(to));
    dmx_put(&b, dmx_slice_upto(text, (size_t)(at - text.ptr)));
    dmx_put_cstr(&b, to);
    dmx_put(&b, dmx_slice_from(text, (size_t)(at - text.ptr) + strlen(from)));
    return dmx_builder_text(&b);
}

struct scene scene_of(struct dmx_slice zone, struct dmx_slice message)
{
    return (struct scene){
        .zone = zone,
        .message = message,
        .settings = {.min_rsa_bits = 1024, .max_signatures = 10, .now_s = 1709632800},
        .budget = DMX_BUDGET_UNLIMITED,
    };
}

void scene_play(struct scene *scene)
{
    struct dmx_arena *arena = scene_arena();
    struct dmx_message *message = dmx_arena_alloc(arena, sizeof *message);
    struct dmx_dkim_settings *settings = dmx_arena_alloc(arena, sizeof *settings);
    struct dmx_answers *book = dmx_answers_new(arena, scene->max_questions ? scene->max_questions : 100);
    struct dmx_zone *zone;
    struct dmx_reason reason;
    struct dmx_dkim *dkim;
    size_t line;
    *settings = scene->settings;
    settings->memo = dmx_arena_alloc(arena, sizeof *settings->memo);
    ck_assert_int_eq(dmx_zone_parse(scene->zone, arena, &zone, &line, &reason, NULL), DMX_OK);
    ck_assert_int_eq(dmx_message_parse(scene->message, arena, message), DMX_OK);
    ck_assert_int_eq(dmx_dkim_begin(message, settings, arena, &dkim), DMX_OK);
    struct dmx_dns_source source = dmx_zone_source(zone);
    int rounds = 0;
    while (dmx_dkim_eval(dkim, book, &scene->budget) == DMX_PENDING) {
        ck_assert_int_lt(rounds++, 2);
        ck_assert_uint_gt(dmx_answers_open(book), 0);
        source.resolve(source.ctx, book, &scene->budget);
    }
    scene->results = dmx_dkim_results(dkim, &scene->count);
    scene->ignored = dmx_dkim_ignored(dkim);
    scene->questions = dmx_answers_count(book);
}
