/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * FOLDER: dns. A slot of a cache's file, small or large by the lowest bit of the first byte; the second bit takes a
 * sequence that is odd. The rest is what stands in the slot from the birth on, and the checksum is made to fit, as the
 * key stands in the file. Whatever is found there must be an answer to the question, of a life within the ceilings.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../module/dns/cache_entry.h"
#include "../../module/dns/cache_life.h"
#include "../../module/dns/cache_slot.h"

enum { NOW = 1700000000, MAX_TTL = 86400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dmx_cache *cache;
static struct dmx_cache_map map;

/* Once; the file is taken away at once, the maps stay. */
static void prepare(void)
{
    char dir[] = "/tmp/dmx-fuzz-XXXXXX", path[64] = "";
    struct dmx_reason reason;
    if (!mkdtemp(dir))
        abort();
    memcpy(path, dir, sizeof dir);
    memcpy(path + sizeof dir - 1, "/cache", 7);
    const struct dmx_cache_settings settings = {path, DMX_CACHE_MIN_BYTES, MAX_TTL, MAX_TTL, 100, false};
    if (dmx_cache_open(&settings, &cache, &reason) != DMX_OK ||
        dmx_cache_map_open(&settings, &map, &reason) != DMX_OK || unlink(path) != 0 || rmdir(dir) != 0)
        abort();
}

static void put_slot(const struct dmx_cache_place *place, uint64_t tag, bool odd, struct dmx_slice bytes)
{
    struct dmx_cache_slot *slot = (struct dmx_cache_slot *)(void *)(map.base + place->slot);
    struct dmx_cache_image image = {.sequence = odd, .place = place->slot};
    memcpy((char *)&image + DMX_IMAGE_BEFORE, bytes.ptr, bytes.len);
    memcpy((char *)slot + offsetof(struct dmx_cache_slot, words), (char *)&image + DMX_IMAGE_BEFORE, bytes.len);
    slot->sequence = odd;
    slot->hits = slot->used_s = 0;
    ((_Atomic uint64_t *)(void *)(map.base + place->set))[place->way] = tag;
    if (image.len <= dmx_cache_capacity(place->class))
        slot->check = dmx_siphash(map.key, dmx_slice((const char *)&image, DMX_IMAGE_HEAD + (size_t)image.len));
}

static void check(enum dmx_cache_found found, uint16_t type, uint32_t max_ttl_s, const struct dmx_answer *answer)
{
    if (found == DMX_CACHE_MISS)
        return;
    if (answer->ttl_s > max_ttl_s || (found == DMX_CACHE_FRESH) != (answer->ttl_s > 0) ||
        (answer->status == DMX_DNS_OK) != (answer->count > 0) || answer->status >= DMX_DNS_CUT)
        abort();
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->rrs[i].type != type)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!cache)
        prepare();
    struct dmx_question question = {.type = DMX_RR_TXT};
    if (size < 1 || !dmx_name_from_text(DMX_SLICE("a.test"), &question.name))
        return 0;
    char key[DMX_CACHE_KEY_MAX + 1];
    struct dmx_builder b = dmx_builder_fixed(key, sizeof key);
    dmx_put_char(&b, (char)question.name.len);
    dmx_put(&b, dmx_slice((const char *)question.name.wire, question.name.len));
    dmx_put_be16(&b, question.type);
    const uint64_t tag = dmx_siphash(map.key, dmx_builder_text(&b));
    const struct dmx_cache_place place = dmx_cache_place(&map, data[0] & 1 ? DMX_CLASS_LARGE : DMX_CLASS_SMALL, tag, 1);
    size_t room = dmx_cache_capacity(place.class) + DMX_IMAGE_HEAD - DMX_IMAGE_BEFORE;
    put_slot(&place, tag, data[0] & 2, dmx_slice((const char *)data + 1, size - 1 < room ? size - 1 : room));

    struct dmx_arena *arena = dmx_arena_new(16 << 20);
    struct dmx_answer answer;
    struct dmx_cache_entry entry;
    check(dmx_cache_find(cache, &question, NOW, arena, &answer), question.type, DMX_CACHE_PIN_MAX_S, &answer);
    for (size_t cursor = 0; dmx_cache_next(cache, &cursor, NOW, arena, &entry);) {
        const uint32_t max_ttl_s = entry.pinned ? DMX_CACHE_PIN_MAX_S : MAX_TTL;
        check(entry.state, entry.question.type, max_ttl_s, &entry.answer);
    }
    const struct dmx_answer none = {.status = DMX_DNS_NXDOMAIN, .ttl_s = 60};
    dmx_cache_store(cache, &question, &none, DMX_CACHE_ORDINARY, NOW);
    check(dmx_cache_find(cache, &question, NOW, arena, &answer), question.type, DMX_CACHE_PIN_MAX_S, &answer);
    dmx_cache_flush_all(cache, true);
    dmx_arena_free(&arena);
    return 0;
}
