/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache_scene.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void scene_setup(struct scene *scene)
{
    *scene = (struct scene){.dir = "/tmp/dmx-cache-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(scene->dir));
    snprintf(scene->path, sizeof scene->path, "%s/dmx.cache", scene->dir);
    scene->settings = (struct dmx_cache_settings){
        .path = scene->path,
        .size_bytes = SCENE_BYTES,
        .max_ttl_s = 86400,
        .negative_max_ttl_s = 3600,
    };
    scene->arena = dmx_arena_new(64 << 20);
    ck_assert_ptr_nonnull(scene->arena);
}

void scene_teardown(struct scene *scene)
{
    dmx_cache_close(&scene->cache);
    dmx_arena_free(&scene->arena);
    chmod(scene->dir, 0700);
    DIR *dir = opendir(scene->dir);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", scene->dir, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ck_assert_int_eq(remove(path), 0);
    }
    closedir(dir);
    ck_assert_int_eq(rmdir(scene->dir), 0);
}

const char *scene_open(struct scene *scene)
{
    static char text[128];
    struct dmx_reason reason;
    dmx_cache_close(&scene->cache);
    enum dmx_status status = dmx_cache_open(&scene->settings, &scene->cache, &reason);
    ck_assert((status == DMX_OK) == (scene->cache != NULL));
    ck_assert(!reason.token == !reason.detail.ptr);
    snprintf(text, sizeof text, "%s%s%s", scene->cache ? "ok" : "none", reason.token ? " " : "",
             reason.token ? reason.token : "");
    return text;
}

struct dmx_question question_of(const char *name, uint16_t type)
{
    struct dmx_question question = {.type = type};
    ck_assert(dmx_name_from_text(dmx_slice_cstr(name), &question.name));
    return question;
}

static struct dmx_answer answer_with(struct scene *scene, struct dmx_slice text, uint32_t ttl_s)
{
    struct dmx_rr *rr = dmx_arena_alloc(scene->arena, sizeof *rr);
    ck_assert_ptr_nonnull(rr);
    *rr = (struct dmx_rr){.type = DMX_RR_TXT, .ttl_s = ttl_s, .data.text = text};
    return (struct dmx_answer){.status = DMX_DNS_OK, .rrs = rr, .count = 1, .ttl_s = ttl_s};
}

struct dmx_answer text_answer(struct scene *scene, const char *text, uint32_t ttl_s)
{
    return answer_with(scene, dmx_arena_dup(scene->arena, dmx_slice_cstr(text)), ttl_s);
}

struct dmx_answer long_answer(struct scene *scene, size_t size, uint32_t ttl_s)
{
    char *text = dmx_arena_alloc(scene->arena, size + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', size);
    return answer_with(scene, dmx_slice(text, size), ttl_s);
}

struct dmx_answer bare_answer(enum dmx_dns_status status, uint32_t ttl_s)
{
    return (struct dmx_answer){.status = status, .ttl_s = ttl_s};
}

void keep(struct scene *scene, const char *name, struct dmx_answer answer, int64_t now_s)
{
    const struct dmx_question question = question_of(name, DMX_RR_TXT);
    dmx_cache_store(scene->cache, &question, &answer, DMX_CACHE_ORDINARY, now_s);
}

const char *find_text(struct scene *scene, const char *name, uint16_t type, int64_t now_s)
{
    static const char *const words[] = {"miss", "fresh", "stale", "stale-now"};
    const struct dmx_question question = question_of(name, type);
    struct dmx_answer answer;
    enum dmx_cache_found found = dmx_cache_find(scene->cache, &question, now_s, scene->arena, &answer);
    struct dmx_builder b = dmx_builder_arena(scene->arena, 100000);
    dmx_put_cstr(&b, words[found]);
    if (found != DMX_CACHE_MISS) {
        dmx_put_char(&b, ' ');
        dmx_put(&b, render(&answer, scene->arena));
    }
    return dmx_builder_text(&b).ptr;
}

struct dmx_cache_stats stats_of(const struct scene *scene)
{
    struct dmx_cache_stats stats;
    dmx_cache_stats(scene->cache, &stats);
    return stats;
}
