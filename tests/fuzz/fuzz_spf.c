/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: spf */
#include <stdlib.h>
#include <string.h>

#include "dmx/base/invariant.h"
#include "dmx/spf/spf.h"

enum { ARENA_BYTES = 32 * 1024 * 1024, MAX_LINES = 64, MAX_ROUNDS = 40, MAX_QUESTIONS = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The input is lines: client address, HELO, MAIL FROM, then the texts of a world in which every name exists. A name
 * gets the line that its bytes select, the sender's own domain the first one. A text with no "v=spf1" is given it,
 * unless it begins with "!" (then it is served as it stands behind that).
 */
struct world {
    struct dmx_slice lines[MAX_LINES];
    size_t count;
    struct dmx_ip client;
};

static size_t hash_of(const struct dmx_name *name)
{
    size_t hash = 5381;
    for (size_t i = 0; i < name->len; i++)
        hash = hash * 33 + name->wire[i];
    return hash;
}

static struct dmx_slice text_for(const struct world *world, struct dmx_arena *arena, size_t hash, bool is_first)
{
    struct dmx_slice line = world->count ? world->lines[is_first ? 0 : hash % world->count] : DMX_SLICE(" -all");
    if (line.len > 0 && line.ptr[0] == '!')
        return dmx_slice_from(line, 1);
    struct dmx_builder b = dmx_builder_arena(arena, 1 << 20);
    dmx_put_cstr(&b, "v=spf1 ");
    dmx_put(&b, line);
    return dmx_builder_text(&b);
}

static void put_rr(const struct world *world, const struct dmx_question *q, struct dmx_arena *arena, size_t hash,
                   struct dmx_rr *rr)
{
    uint8_t bytes[16] = {32, 1, 13, 184, (uint8_t)hash, (uint8_t)(hash >> 8)};
    char host[64];
    struct dmx_builder b = dmx_builder_fixed(host, sizeof host);
    rr->type = q->type;
    dmx_put_cstr(&b, hash % 5 ? "h" : "s"); /* the last labels make some of them lie below example.com */
    dmx_put_u64(&b, hash % 7);
    dmx_put_cstr(&b, hash % 3 ? ".example.com" : ".test");
    if (q->type == DMX_RR_TXT)
        rr->data.text = text_for(world, arena, hash, dmx_name_labels(&q->name) == 2);
    else if (q->type == DMX_RR_MX || q->type == DMX_RR_PTR)
        (void)!dmx_name_from_text(dmx_builder_text(&b), &rr->data.host.name);
    else if (hash % 4 == 0 && world->client.family == (q->type == DMX_RR_A ? DMX_IP_V4 : DMX_IP_V6))
        rr->data.ip = world->client;
    else
        rr->data.ip = q->type == DMX_RR_A ? dmx_ip_v4(bytes) : dmx_ip_v6(bytes);
}

static struct dmx_answer answer_to(const struct world *world, const struct dmx_question *q, struct dmx_arena *arena)
{
    size_t hash = hash_of(&q->name) + q->type, count = q->type == DMX_RR_TXT ? 1 : hash % 13;
    bool is_first = dmx_name_labels(&q->name) == 2;
    struct dmx_answer answer = {.status = DMX_DNS_NODATA};
    if (!is_first && hash % 17 == 0)
        answer.status = (enum dmx_dns_status)(DMX_DNS_NXDOMAIN + hash / 17 % 5);
    struct dmx_rr *rrs = dmx_arena_array(arena, 13, sizeof *rrs);
    if (count == 0 || answer.status != DMX_DNS_NODATA || !rrs)
        return answer;
    for (size_t i = 0; i < count; i++)
        put_rr(world, q, arena, hash + i * 31, &rrs[i]);
    answer.status = DMX_DNS_OK;
    answer.rrs = rrs;
    answer.count = count;
    return answer;
}

static struct dmx_spf_result evaluate(const struct world *world, const struct dmx_spf_request *request,
                                      struct dmx_arena *arena)
{
    struct dmx_answers *book = dmx_answers_new(arena, MAX_QUESTIONS);
    struct dmx_spf_result result;
    size_t rounds = 0;
    if (!book)
        abort();
    while (dmx_spf_eval(request, book, arena, &result) == DMX_PENDING) {
        if (++rounds > MAX_ROUNDS || dmx_answers_open(book) == 0)
            abort();
        for (size_t i = 0; i < dmx_answers_count(book); i++) {
            bool open;
            const struct dmx_question *q = dmx_answers_question(book, i, &open);
            if (open)
                dmx_answers_set(book, i, answer_to(world, q, arena));
        }
    }
    return result;
}

static void check(const struct dmx_spf_result *result)
{
    if ((result->result == DMX_PASS) != !result->reason.token || result->result == DMX_POLICY || result->lookups > 11)
        abort();
    if (result->explanation.ptr && (result->result != DMX_FAIL || result->explanation.len == 0))
        abort();
}

static void die(const char *what, const char *file, int line)
{
    (void)what;
    (void)file;
    (void)line;
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dmx_invariant_hook = die;
    struct dmx_slice rest = dmx_slice(size ? (const char *)data : "", size), line = DMX_SLICE_NONE;
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct world world = {0};
    struct dmx_spf_request request = {.has_mail_from = true, .receiver = DMX_SLICE("mx.test"), .now_s = 1};
    bool has_client = dmx_slice_split(&rest, '\n', &line) && dmx_ip_parse(line, &world.client);
    if (!has_client)
        world.client = dmx_ip_v4((const uint8_t *)"\xc0\x00\x02\x01");
    request.client = world.client;
    (void)dmx_slice_split(&rest, '\n', &request.helo);
    (void)dmx_slice_split(&rest, '\n', &request.mail_from);
    while (world.count < MAX_LINES && dmx_slice_split(&rest, '\n', &line))
        world.lines[world.count++] = line;

    struct dmx_spf_result result = evaluate(&world, &request, arena);
    check(&result);
    /* Without macros in any record, nothing that the sender says but the domain can matter. */
    bool macros = memchr(data, '%', size) != NULL;
    if (!macros && result.domain.len > 0 && request.mail_from.len > 0) {
        struct dmx_spf_request plain = request;
        plain.mail_from = result.domain;
        plain.helo = DMX_SLICE("x");
        struct dmx_spf_result again = evaluate(&world, &plain, arena);
        if (again.result != result.result && !dmx_arena_failed(arena))
            abort();
    }
    dmx_arena_free(&arena);
    return 0;
}
