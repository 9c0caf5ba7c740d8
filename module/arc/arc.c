/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/arc/arc.h"

#include "chain.h"
#include "seal.h"

#include "dmx/dkim/body_hash.h"
#include "dmx/dkim/key.h"
#include "dmx/dkim/verify.h"

#include "dmx/base/banned.h"

#define VALIDATOR "RFC 8617 section 5.2"

struct dmx_arc {
    const struct dmx_message *message;
    const struct dmx_arc_settings *settings;
    struct dmx_arena *arena;
    struct arc_chain *chain;
    struct dmx_arc_set *sets;
    bool decided;
    struct dmx_arc_result result;
};

static void fail(struct dmx_arc *arc, struct dmx_reason reason)
{
    arc->decided = true;
    arc->result.result = DMX_FAIL;
    arc->result.reason = reason;
}

/* The reason with the instance as its detail. */
static void fail_at(struct dmx_arc *arc, struct dmx_reason reason, unsigned instance)
{
    reason.detail = arc_instance_text(instance, arc->arena);
    fail(arc, reason);
}

static void fail_by_status(struct dmx_arc *arc, enum dmx_status status)
{
    if (status == DMX_LIMIT)
        fail(arc, DMX_REASON("deadline", "the time for this message was over", NULL));
    else if (status == DMX_IO)
        fail(arc, DMX_REASON("body-unreadable", "the body could not be read", NULL));
    else
        fail(arc, DMX_REASON("no-memory", "there was no memory to validate the chain", NULL));
}

/* ---- before any key ------------------------------------------------------------------------------------------------ */

/* Who sealed, as far as it is known: also of a chain that failed. */
static bool list_sets(struct dmx_arc *arc)
{
    arc->sets = dmx_arena_array(arc->arena, arc->chain->count, sizeof *arc->sets);
    if (!arc->sets)
        return false;
    for (size_t i = 0; i < arc->chain->count; i++) {
        const struct arc_links *links = &arc->chain->links[i];
        arc->sets[i] = (struct dmx_arc_set){.instance = (unsigned)i + 1,
                                            .domain = links->seal_signature.domain,
                                            .selector = links->seal_signature.selector,
                                            .results = links->payload};
    }
    arc->result.sets = arc->sets;
    arc->result.count = arc->chain->count;
    return true;
}

static struct arc_links *newest(const struct dmx_arc *arc)
{
    return &arc->chain->links[arc->chain->count - 1];
}

static bool has_expired(const struct dmx_arc *arc, const struct dmx_signature *s)
{
    return s->has_expiry && s->expiry_s < arc->settings->now_s;
}

enum dmx_status dmx_arc_begin(const struct dmx_message *message, const struct dmx_arc_settings *settings,
                              struct dmx_arena *arena, struct dmx_arc **out)
{
    struct dmx_reason reason;
    struct dmx_arc *arc = dmx_arena_alloc(arena, sizeof *arc);
    if (!arc)
        return DMX_NOMEM;
    *arc = (struct dmx_arc){.message = message, .settings = settings, .arena = arena};
    *out = arc;
    if (!dmx_arc_present(message)) {
        arc->decided = true;
        return DMX_OK;
    }
    arc->chain = dmx_arena_alloc(arena, sizeof *arc->chain);
    if (!arc->chain)
        return DMX_NOMEM;
    bool sound = arc_chain_read(message, arena, arc->chain, &reason);
    if (dmx_arena_failed(arena) || !list_sets(arc))
        return DMX_NOMEM;
    if (!sound)
        fail(arc, reason);
    else if (has_expired(arc, &newest(arc)->message_signature))
        fail_at(arc, DMX_REASON("signature-expired", "the newest message signature has expired", VALIDATOR),
                (unsigned)arc->chain->count);
    return DMX_OK;
}

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

static const struct dmx_answer *ask(const struct dmx_signature *s, struct dmx_answers *book)
{
    return dmx_answers_ask_text(book, s->key_prefix, s->domain, DMX_RR_TXT);
}

/* The instance at which the search for oldest-pass ends: the older message signatures are too many, or not wanted. */
static size_t last_wanted(const struct dmx_arc *arc)
{
    size_t count = arc->chain->count, most = arc->settings->max_signatures;
    if (!arc->settings->oldest_pass)
        return count;
    return count > most ? count - most + 1 : 1;
}

/* Asks for every key that is needed, from the newest set down; false when one is not there yet. */
static bool ask_all(const struct dmx_arc *arc, struct dmx_answers *book)
{
    bool complete = true;
    for (size_t i = arc->chain->count; i > 0; i--) {
        const struct arc_links *links = &arc->chain->links[i - 1];
        if (i >= last_wanted(arc) && !links->message_defect.token)
            complete = ask(&links->message_signature, book) && complete;
        complete = ask(&links->seal_signature, book) && complete;
    }
    return complete;
}

/* ---- verification -------------------------------------------------------------------------------------------------- */

/* Whether a signature over a digest is right by the key that DNS has for it. */
static bool verify(const struct dmx_arc *arc, const struct dmx_signature *s, const struct dmx_digest_value *digest,
                   struct dmx_answers *book, struct dmx_reason *out_reason)
{
    const struct dmx_key_use use = {s->key_type, s->hash, true};
    struct dmx_key key;
    if (dmx_key_select(ask(s, book), &use, arc->arena, &key, out_reason) != DMX_PASS)
        return false;
    if (s->key_type == DMX_KEY_RSA && key.key.bits < arc->settings->min_rsa_bits) {
        *out_reason = DMX_REASON("key-too-short", "the RSA key has fewer bits than dkim_min_rsa_bits asks for",
                                 "RFC 8301 section 3.2");
        return false;
    }
    *out_reason = DMX_REASON("signature-mismatch", "an ARC signature does not fit its fields and key", VALIDATOR);
    return dmx_crypto_verify(&key.key, s->hash, digest, s->signature) == DMX_VERIFIED;
}

static bool body_matches(const struct dmx_arc *arc, const struct dmx_signature *s, const struct dmx_body_request *body,
                         struct dmx_reason *out_reason)
{
    struct dmx_slice wanted = dmx_slice((const char *)body->value.bytes, body->value.len);
    *out_reason = DMX_REASON("body-hash-mismatch", "the body is not as it was signed", VALIDATOR);
    if (!body->done || !dmx_slice_eq(s->body_hash, wanted))
        return false;
    *out_reason =
        DMX_REASON("partial-body", "the signature's l= leaves part of the body unsigned", "RFC 6376 section 8.2");
    return !body->partial || arc->settings->accept_partial_body;
}

/* One message signature, like DKIM's. DMX_OK: out_reason tells whether it is right: it has no token then. */
static enum dmx_status verify_message(struct dmx_arc *arc, const struct arc_links *links, struct dmx_answers *book,
                                      const struct dmx_budget *budget, struct dmx_reason *out_reason)
{
    const struct dmx_signature *s = &links->message_signature;
    struct dmx_body_request *body = dmx_arena_alloc(arc->arena, sizeof *body);
    struct dmx_field_index *index = dmx_field_index_get(arc->settings->memo, arc->message, arc->arena);
    struct dmx_digest_value digest;
    if (!body || !index)
        return DMX_NOMEM;
    *body = (struct dmx_body_request){
        .hash = s->hash, .canon = s->body_canon, .has_length = s->has_length, .length = s->length};
    enum dmx_status status = dmx_body_hash(&arc->message->body, body, 1, arc->settings->memo, budget, arc->arena);
    if (status != DMX_OK || !body_matches(arc, s, body, out_reason))
        return status;
    const struct dmx_header_digest what = {s->hash, s->header_canon, s->names, links->message, s->cut};
    status = dmx_header_digest(index, &what, budget, &digest);
    if (status == DMX_OK && verify(arc, s, &digest, book, out_reason))
        *out_reason = DMX_REASON_NONE;
    return dmx_arena_failed(arc->arena) ? DMX_NOMEM : status;
}

/* Section 5.2, step 4. */
static enum dmx_status check_newest(struct dmx_arc *arc, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_reason reason;
    enum dmx_status status = verify_message(arc, newest(arc), book, budget, &reason);
    if (status == DMX_OK && reason.token)
        fail_at(arc, reason, (unsigned)arc->chain->count);
    return status;
}

/* Section 5.2, step 6: every seal, from the newest down. */
static enum dmx_status check_seals(struct dmx_arc *arc, struct dmx_answers *book, const struct dmx_budget *budget)
{
    struct dmx_reason reason;
    struct dmx_digest_value digests[DMX_ARC_MAX_INSTANCE];
    enum dmx_status status = arc_seal_digests(arc->message, arc->chain, budget, digests);
    for (size_t i = arc->chain->count; status == DMX_OK && !arc->decided && i > 0; i--) {
        if (dmx_budget_spent(budget))
            return DMX_LIMIT;
        if (!verify(arc, &arc->chain->links[i - 1].seal_signature, &digests[i - 1], book, &reason))
            fail_at(arc, reason, (unsigned)i);
        if (dmx_arena_failed(arc->arena))
            return DMX_NOMEM;
    }
    return status;
}

/* Section 5.2, step 5, of a chain that passes. It takes nothing away from the result, whatever happens. */
static void find_oldest_pass(struct dmx_arc *arc, struct dmx_answers *book, const struct dmx_budget *budget)
{
    size_t oldest = arc->chain->count, last = last_wanted(arc);
    if (!arc->settings->oldest_pass)
        return;
    for (; oldest > last; oldest--) {
        const struct arc_links *links = &arc->chain->links[oldest - 2];
        struct dmx_reason reason;
        if (links->message_defect.token || has_expired(arc, &links->message_signature) ||
            verify_message(arc, links, book, budget, &reason) != DMX_OK || reason.token)
            break;
    }
    arc->result.has_oldest_pass = true;
    arc->result.oldest_pass = oldest == 1 ? 0 : (unsigned)oldest;
}

static enum dmx_status validate(struct dmx_arc *arc, struct dmx_answers *book, const struct dmx_budget *budget)
{
    enum dmx_status status = check_newest(arc, book, budget);
    if (status == DMX_OK && !arc->decided)
        status = check_seals(arc, book, budget);
    if (status != DMX_OK || arc->decided)
        return status;
    find_oldest_pass(arc, book, budget);
    if (dmx_arena_failed(arc->arena))
        return DMX_NOMEM;
    arc->decided = true;
    arc->result.result = DMX_PASS;
    return DMX_OK;
}

enum dmx_step dmx_arc_eval(struct dmx_arc *arc, struct dmx_answers *book, const struct dmx_budget *budget)
{
    if (arc->decided)
        return DMX_DONE;
    if (dmx_budget_spent(budget)) {
        fail_by_status(arc, DMX_LIMIT);
        return DMX_DONE;
    }
    if (!ask_all(arc, book))
        return DMX_PENDING;
    enum dmx_status status = dmx_arena_failed(arc->arena) ? DMX_NOMEM : validate(arc, book, budget);
    if (status != DMX_OK)
        fail_by_status(arc, status);
    return DMX_DONE;
}

const struct dmx_arc_result *dmx_arc_get(const struct dmx_arc *arc)
{
    return &arc->result;
}
