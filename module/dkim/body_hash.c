/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/body_hash.h"

#include "limits.h"

#include "dmx/base/banned.h"

enum { CANONS = 2 };

/* One running hash and the requests that it serves. */
struct run {
    struct dmx_digest digest;
    enum dmx_hash hash;
    enum dmx_canon canon;
    struct dmx_body_request *requests; /* all of them, of every run */
    size_t count;
    bool used;
    bool to_the_end; /* a request without l= */
    bool failed;
    uint64_t total; /* canonical bytes so far */
    uint64_t next;  /* the next l= at which a copy is taken; UINT64_MAX: none */
};

struct hasher {
    struct run runs[CANONS][DMX_HASHES];
    struct dmx_canon_body canons[CANONS];
};

static bool is_served(const struct run *run, const struct dmx_body_request *request)
{
    return request->hash == run->hash && request->canon == run->canon;
}

/* Takes the copies that are due at this point and finds the next one. */
static void take_copies(struct run *run)
{
    run->next = UINT64_MAX;
    for (size_t i = 0; i < run->count; i++) {
        struct dmx_body_request *request = &run->requests[i];
        if (!is_served(run, request) || !request->has_length || request->done)
            continue;
        if (request->length == run->total) {
            request->done = dmx_digest_peek(&run->digest, &request->value);
            run->failed |= !request->done;
        } else if (request->length < run->next) {
            run->next = request->length;
        }
    }
}

static void run_put(struct run *run, struct dmx_slice piece)
{
    while (piece.len && (run->to_the_end || run->next != UINT64_MAX)) {
        uint64_t room = run->next - run->total;
        struct dmx_slice part = room < piece.len ? dmx_slice_upto(piece, (size_t)room) : piece;
        dmx_digest_put(&run->digest, part);
        run->total += part.len;
        piece = dmx_slice_from(piece, part.len);
        if (run->total == run->next)
            take_copies(run);
    }
    run->total += piece.len; /* nobody wants these hashed; that they exist makes l= partial */
}

static void put_canonical(void *ctx, struct dmx_slice piece)
{
    struct run *runs = ctx;
    for (size_t i = 0; i < DMX_HASHES; i++)
        if (runs[i].used)
            run_put(&runs[i], piece);
}

static void run_init(struct run *run, enum dmx_canon canon, enum dmx_hash hash, struct dmx_body_request *requests,
                     size_t count)
{
    *run = (struct run){.hash = hash, .canon = canon, .requests = requests, .count = count};
    for (size_t i = 0; i < count; i++)
        if (is_served(run, &requests[i])) {
            run->used = true;
            run->to_the_end |= !requests[i].has_length;
        }
    if (!run->used)
        return;
    dmx_digest_init(&run->digest, hash);
    take_copies(run);
}

static void run_end(struct run *run)
{
    struct dmx_digest_value whole;
    if (!dmx_digest_end(&run->digest, &whole))
        run->failed = true;
    for (size_t i = 0; i < run->count; i++) {
        struct dmx_body_request *request = &run->requests[i];
        if (!is_served(run, request))
            continue;
        if (!request->has_length) {
            request->value = whole;
            request->done = true;
        }
        request->partial = request->has_length && request->length < run->total;
    }
}

static bool canon_is_used(const struct hasher *h, size_t canon)
{
    return h->runs[canon][DMX_HASH_SHA256].used || h->runs[canon][DMX_HASH_SHA1].used;
}

/* From the stack, of which the log line needs as much later: other memory would be touched for nothing else. */
static enum dmx_status read_body(struct hasher *h, const struct dmx_body *body, const struct dmx_budget *budget)
{
    char buffer[DMX_CANON_CHUNK];
    uint64_t offset = 0;
    while (offset < body->size) {
        if (dmx_budget_spent(budget))
            return DMX_LIMIT;
        uint64_t left = body->size - offset;
        int64_t got = body->read_at(body->ctx, offset, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
        if (got <= 0 || (uint64_t)got > left || (uint64_t)got > sizeof buffer)
            return DMX_IO;
        for (size_t i = 0; i < CANONS; i++)
            if (canon_is_used(h, i))
                dmx_canon_body_put(&h->canons[i], dmx_slice(buffer, (size_t)got));
        offset += (uint64_t)got;
    }
    return DMX_OK;
}

/* Ends all runs; DMX_NOMEM when one of them failed. */
static enum dmx_status end_runs(struct hasher *h)
{
    bool failed = false;
    for (size_t i = 0; i < CANONS; i++) {
        if (canon_is_used(h, i))
            dmx_canon_body_end(&h->canons[i]);
        for (size_t j = 0; j < DMX_HASHES; j++)
            if (h->runs[i][j].used) {
                run_end(&h->runs[i][j]);
                failed |= h->runs[i][j].failed;
            }
    }
    return failed ? DMX_NOMEM : DMX_OK;
}

/* The same hash over the same bytes, asked for before; NULL when nobody did. */
static const struct dmx_body_request *remembered(const struct dmx_verify_memo *memo,
                                                 const struct dmx_body_request *wanted)
{
    for (size_t i = 0; i < memo->body_count; i++) {
        const struct dmx_body_request *known = &memo->bodies[i];
        if (known->hash == wanted->hash && known->canon == wanted->canon && known->has_length == wanted->has_length &&
            known->length == wanted->length)
            return known;
    }
    return NULL;
}

static bool answer_from_memo(const struct dmx_verify_memo *memo, struct dmx_body_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dmx_body_request *known = remembered(memo, &requests[i]);
        if (!known)
            return false;
        requests[i] = *known;
    }
    return true;
}

static void run_all(struct hasher *h, const struct dmx_body *body, struct dmx_body_request *requests, size_t count)
{
    for (size_t i = 0; i < CANONS; i++) {
        enum dmx_canon canon = i == 0 ? DMX_CANON_SIMPLE : DMX_CANON_RELAXED;
        run_init(&h->runs[i][DMX_HASH_SHA256], canon, DMX_HASH_SHA256, requests, count);
        run_init(&h->runs[i][DMX_HASH_SHA1], canon, DMX_HASH_SHA1, requests, count);
        dmx_canon_body_init(&h->canons[i], canon, body->wire_form, (struct dmx_sink){put_canonical, h->runs[i]});
    }
}

enum dmx_status dmx_body_hash(const struct dmx_body *body, struct dmx_body_request *requests, size_t count,
                              struct dmx_verify_memo *memo, const struct dmx_budget *budget, struct dmx_arena *arena)
{
    if (answer_from_memo(memo, requests, count))
        return DMX_OK;
    struct hasher *h = dmx_arena_alloc(arena, sizeof *h);
    if (!h)
        return DMX_NOMEM;
    run_all(h, body, requests, count);
    enum dmx_status status = read_body(h, body, budget);
    enum dmx_status ended = end_runs(h);
    if (status == DMX_OK)
        status = ended;
    for (size_t i = 0; status != DMX_OK && i < count; i++)
        requests[i].done = false;
    if (status == DMX_OK) {
        memo->bodies = requests;
        memo->body_count = count;
    }
    return status;
}
