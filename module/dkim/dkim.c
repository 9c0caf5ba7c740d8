/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dkim/dkim.h"

#include "dmx/dkim/body_hash.h"
#include "dmx/dkim/key.h"
#include "dmx/dkim/signature.h"
#include "dmx/dkim/verify.h"
#include "limits.h"

#include "dmx/base/banned.h"

#define FIELD DMX_SLICE("DKIM-Signature")

/* One signature on its way to its result. */
struct job {
    size_t field;
    bool may_align; /* as settings->could_align said */
    bool decided;
    bool has_key;
    struct dmx_signature signature;
    struct dmx_key key;
    struct dmx_body_request *body;
};

struct dmx_dkim {
    const struct dmx_message *message;
    const struct dmx_dkim_settings *settings;
    struct dmx_arena *arena;
    struct job *jobs;
    struct dmx_dkim_result *results; /* one a job */
    size_t count;
    size_t ignored;
    bool hashed; /* the body, for all signatures that were open then */
};

static void decide(struct dmx_dkim *dkim, size_t n, enum dmx_result result, struct dmx_reason reason)
{
    dkim->jobs[n].decided = true;
    dkim->results[n].result = result;
    dkim->results[n].reason = reason;
}

/* ---- which signatures ---------------------------------------------------------------------------------------------- */

static bool domain_may_align(const struct dmx_dkim_settings *settings, struct dmx_slice domain)
{
    return !settings->could_align || (domain.len && settings->could_align(settings->could_align_ctx, domain));
}

static bool field_may_align(const struct dmx_dkim *dkim, size_t field)
{
    struct dmx_slice domain;
    return dmx_signature_peek_domain(&dkim->message->fields[field], dkim->arena, &domain) &&
           domain_may_align(dkim->settings, domain);
}

static size_t count_fields(const struct dmx_message *message)
{
    size_t count = 0;
    for (size_t at = 0; (at = dmx_message_find(message, FIELD, at)) < message->field_count; at++)
        count++;
    return count;
}

/*
 * Marks the fields to be taken when there are more than the limit: those that could align first, then the others, each
 * from the top. Only the first DMX_SIGNATURE_MAX_SCANNED are looked at: thousands of them are an attack, and nobody's
 * place is below.
 */
static void choose(struct dmx_dkim *dkim, size_t *fields, size_t scanned, size_t wanted)
{
    bool aligns[DMX_SIGNATURE_MAX_SCANNED], chosen[DMX_SIGNATURE_MAX_SCANNED] = {false};
    size_t left = wanted;
    for (size_t i = 0; i < scanned; i++) {
        aligns[i] = field_may_align(dkim, fields[i]);
        chosen[i] = aligns[i] && left > 0;
        left -= chosen[i];
    }
    for (size_t i = 0; i < scanned && left > 0; i++)
        if (!chosen[i]) {
            chosen[i] = true;
            left--;
        }
    size_t taken = 0;
    for (size_t i = 0; i < scanned; i++)
        if (chosen[i])
            fields[taken++] = fields[i];
}

/* The first fields, at most capacity; returns how many. */
static size_t list_fields(const struct dmx_message *message, size_t *fields, size_t capacity)
{
    size_t count = 0;
    for (size_t at = 0; count < capacity && (at = dmx_message_find(message, FIELD, at)) < message->field_count; at++)
        fields[count++] = at;
    return count;
}

/* The indexes of the fields to be judged, in the message's order. */
static bool select_fields(struct dmx_dkim *dkim, size_t **out_fields)
{
    size_t total = count_fields(dkim->message), max = dkim->settings->max_signatures;
    size_t wanted = total < max ? total : max;
    size_t scanned = total;
    if (wanted < total && total > DMX_SIGNATURE_MAX_SCANNED)
        scanned = wanted > DMX_SIGNATURE_MAX_SCANNED ? wanted : DMX_SIGNATURE_MAX_SCANNED;
    *out_fields = dmx_arena_array(dkim->arena, scanned, sizeof **out_fields);
    if (!*out_fields)
        return false;
    list_fields(dkim->message, *out_fields, scanned);
    if (wanted < total && scanned <= DMX_SIGNATURE_MAX_SCANNED)
        choose(dkim, *out_fields, scanned, wanted);
    dkim->count = wanted;
    dkim->ignored = total - wanted;
    return true;
}

/* ---- before any key ------------------------------------------------------------------------------------------------ */

/*
 * What the site does not accept is "policy", before it is verified: RFC 8601 section 2.7.1 says "fail" only of
 * signatures that were acceptable. So neither costs a question.
 */
static void check_acceptable(struct dmx_dkim *dkim, size_t n)
{
    const struct dmx_signature *s = &dkim->jobs[n].signature;
    if (s->hash == DMX_HASH_SHA1 && !dkim->settings->accept_rsa_sha1)
        decide(dkim, n, DMX_POLICY, DMX_REASON("rsa-sha1", "rsa-sha1 is not accepted", "RFC 8301 section 3.1"));
    else if (s->has_expiry && s->expiry_s < dkim->settings->now_s)
        decide(dkim, n, DMX_POLICY,
               DMX_REASON("signature-expired", "the signature has expired", "RFC 6376 section 3.5"));
}

static unsigned weak_by_field(const struct dmx_dkim *dkim, const struct dmx_signature *s)
{
    return (s->hash == DMX_HASH_SHA1 ? DMX_WEAK_SHA1 : 0U) | (s->has_length ? DMX_WEAK_LENGTH : 0U) |
           (s->has_expiry && s->expiry_s < dkim->settings->now_s ? DMX_WEAK_EXPIRED : 0U);
}

static unsigned weak_by_key(const struct dmx_key *key)
{
    bool is_short = key->key.type == DMX_KEY_RSA && key->key.bits < DMX_STRONG_RSA_BITS;
    return (is_short ? DMX_WEAK_SHORT_KEY : 0U) | (key->testing ? DMX_WEAK_TESTING : 0U);
}

static void read_signature(struct dmx_dkim *dkim, size_t n)
{
    struct job *job = &dkim->jobs[n];
    struct dmx_reason reason;
    const struct dmx_signature *s = &job->signature;
    bool valid = dmx_signature_parse(&dkim->message->fields[job->field], DMX_SIGNATURE_DKIM, dkim->arena,
                                     &job->signature, &reason);
    dkim->results[n] = (struct dmx_dkim_result){.domain = s->domain,
                                                .selector = s->selector,
                                                .identity = s->identity,
                                                .algorithm = s->algorithm,
                                                .signature = s->text};
    if (!valid)
        return decide(dkim, n, DMX_PERMERROR, reason);
    dkim->results[n].weak = weak_by_field(dkim, s);
    job->may_align = domain_may_align(dkim->settings, s->domain);
    check_acceptable(dkim, n);
}

enum dmx_status dmx_dkim_begin(const struct dmx_message *message, const struct dmx_dkim_settings *settings,
                               struct dmx_arena *arena, struct dmx_dkim **out)
{
    size_t *fields = NULL;
    struct dmx_dkim *dkim = dmx_arena_alloc(arena, sizeof *dkim);
    if (!dkim)
        return DMX_NOMEM;
    *dkim = (struct dmx_dkim){.message = message, .settings = settings, .arena = arena};
    if (!select_fields(dkim, &fields))
        return DMX_NOMEM;
    dkim->jobs = dmx_arena_array(arena, dkim->count, sizeof *dkim->jobs);
    dkim->results = dmx_arena_array(arena, dkim->count, sizeof *dkim->results);
    if (!dkim->jobs || !dkim->results)
        return DMX_NOMEM;
    for (size_t i = 0; i < dkim->count; i++) {
        dkim->jobs[i].field = fields[i];
        read_signature(dkim, i);
    }
    *out = dkim;
    return dmx_arena_failed(arena) ? DMX_NOMEM : DMX_OK;
}

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

static const struct dmx_answer *ask(const struct dmx_dkim *dkim, size_t n, struct dmx_answers *book)
{
    const struct dmx_signature *s = &dkim->jobs[n].signature;
    return dmx_answers_ask_text(book, s->key_prefix, s->domain, DMX_RR_TXT);
}

/* Asks for every key that is needed, those that could align first; false when one is not there yet. */
static bool ask_all(struct dmx_dkim *dkim, struct dmx_answers *book)
{
    bool complete = true;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < dkim->count; i++)
            if (!dkim->jobs[i].decided && dkim->jobs[i].may_align == (round == 0))
                complete = ask(dkim, i, book) && complete;
    return complete;
}

static void take_key(struct dmx_dkim *dkim, size_t n, const struct dmx_answer *answer)
{
    struct job *job = &dkim->jobs[n];
    const struct dmx_signature *s = &job->signature;
    const struct dmx_key_use use = {s->key_type, s->hash, dmx_slice_eq(s->identity_domain, s->domain)};
    struct dmx_reason reason;
    enum dmx_result found = dmx_key_select(answer, &use, dkim->arena, &job->key, &reason);
    if (dmx_arena_failed(dkim->arena))
        return; /* what was found may be wrong: it is left to decide_rest */
    if (found != DMX_PASS) {
        dkim->results[n].dns_failed = found == DMX_TEMPERROR && dmx_answer_is_temporary(answer);
        return decide(dkim, n, found, reason);
    }
    job->has_key = true;
    dkim->results[n].key_bits = job->key.key.bits;
    dkim->results[n].weak |= weak_by_key(&job->key);
    if (s->key_type == DMX_KEY_RSA && job->key.key.bits < dkim->settings->min_rsa_bits)
        decide(dkim, n, DMX_POLICY,
               DMX_REASON("key-too-short", "the RSA key has fewer bits than dkim_min_rsa_bits asks for",
                          "RFC 8301 section 3.2"));
}

/* ---- verification -------------------------------------------------------------------------------------------------- */

/*
 * No memory and an unreadable body are our own trouble, and no reason to refuse mail: like a lookup that failed. That
 * the time was over is not, for a sender can bring it about.
 */
static void decide_rest(struct dmx_dkim *dkim, enum dmx_status status)
{
    struct dmx_reason reason = DMX_REASON("no-memory", "there was no memory to verify the signature", NULL);
    if (status == DMX_LIMIT)
        reason = DMX_REASON("deadline", "the time for this message was over", NULL);
    if (status == DMX_IO)
        reason = DMX_REASON("body-unreadable", "the body could not be read", NULL);
    for (size_t i = 0; i < dkim->count; i++) {
        if (dkim->jobs[i].decided)
            continue;
        dkim->results[i].dns_failed = status != DMX_LIMIT;
        decide(dkim, i, DMX_TEMPERROR, reason);
    }
}

static enum dmx_status hash_body(struct dmx_dkim *dkim, const struct dmx_budget *budget)
{
    size_t count = 0;
    struct dmx_body_request *requests = dmx_arena_array(dkim->arena, dkim->count, sizeof *requests);
    if (!requests)
        return DMX_NOMEM;
    for (size_t i = 0; i < dkim->count; i++) {
        const struct dmx_signature *s = &dkim->jobs[i].signature;
        if (dkim->jobs[i].decided)
            continue;
        requests[count] = (struct dmx_body_request){
            .hash = s->hash, .canon = s->body_canon, .has_length = s->has_length, .length = s->length};
        dkim->jobs[i].body = &requests[count++];
    }
    return count ? dmx_body_hash(&dkim->message->body, requests, count, dkim->settings->memo, budget, dkim->arena)
                 : DMX_OK;
}

static bool equals_digest(struct dmx_slice text, const struct dmx_digest_value *value)
{
    return dmx_slice_eq(text, dmx_slice((const char *)value->bytes, value->len));
}

/* Decides when the body does not fit; RFC 6376 section 6.1.3. */
static void check_body(struct dmx_dkim *dkim, size_t n)
{
    const struct job *job = &dkim->jobs[n];
    dkim->results[n].partial_body = job->body->done && job->body->partial;
    if (!job->body->done)
        decide(dkim, n, DMX_PERMERROR,
               DMX_REASON("length-beyond-body", "the signature's l= is larger than the body", "RFC 6376 section 3.5"));
    else if (!equals_digest(job->signature.body_hash, &job->body->value))
        decide(dkim, n, DMX_FAIL,
               DMX_REASON("body-hash-mismatch", "the body is not as it was signed", "RFC 6376 section 6.1.3"));
}

/* A signature that verified; whether it counts is then the site's choice. */
static void accept(struct dmx_dkim *dkim, size_t n)
{
    if (dkim->results[n].partial_body && !dkim->settings->accept_partial_body)
        decide(
            dkim, n, DMX_POLICY,
            DMX_REASON("partial-body", "the signature's l= leaves part of the body unsigned", "RFC 6376 section 8.2"));
    else
        decide(dkim, n, DMX_PASS, DMX_REASON_NONE);
}

/* Whether b= fits the header fields as they are, whatever the body is. */
static enum dmx_status check_header(const struct dmx_dkim *dkim, size_t n, struct dmx_field_index *index,
                                    const struct dmx_budget *budget, enum dmx_verified *out)
{
    const struct job *job = &dkim->jobs[n];
    const struct dmx_signature *s = &job->signature;
    const struct dmx_header_digest what = {s->hash, s->header_canon, s->names, job->field, s->cut};
    struct dmx_digest_value digest;
    enum dmx_status status = dmx_header_digest(index, &what, budget, &digest);
    if (status == DMX_OK)
        *out = dmx_crypto_verify(&job->key.key, s->hash, &digest, s->signature);
    return status;
}

/*
 * What a changed body leaves to be known of a signature that could align: whether its domain has signed this header.
 * That tells mail changed on its way from mail with a made-up signature, which anybody can add.
 */
static bool wants_header_proof(const struct dmx_dkim *dkim, size_t n)
{
    return dkim->results[n].result == DMX_FAIL && dkim->jobs[n].may_align && dkim->jobs[n].body->done;
}

static enum dmx_status prove_header(struct dmx_dkim *dkim, size_t n, struct dmx_field_index *index,
                                    const struct dmx_budget *budget)
{
    enum dmx_verified found;
    enum dmx_status status = check_header(dkim, n, index, budget, &found);
    if (status == DMX_OK)
        dkim->results[n].header_intact = found == DMX_VERIFIED;
    return status;
}

static enum dmx_status verify_header(struct dmx_dkim *dkim, size_t n, struct dmx_field_index *index,
                                     const struct dmx_budget *budget)
{
    enum dmx_verified found;
    enum dmx_status status = check_header(dkim, n, index, budget, &found);
    if (status != DMX_OK)
        return status;
    switch (found) {
    case DMX_VERIFIED:
        accept(dkim, n);
        break;
    case DMX_NOT_VERIFIED:
        decide(dkim, n, DMX_FAIL,
               DMX_REASON("signature-mismatch", "the signature does not fit header fields and key",
                          "RFC 6376 section 6.1.3"));
        break;
    case DMX_VERIFY_BROKEN:
        /* The key's form was checked before: this is OpenSSL's trouble, and ours. */
        dkim->results[n].dns_failed = true;
        decide(dkim, n, DMX_TEMPERROR, DMX_REASON("key-unusable", "the key cannot be used", "RFC 6376 section 6.1.2"));
        break;
    }
    return DMX_OK;
}

static bool all_decided(const struct dmx_dkim *dkim)
{
    for (size_t i = 0; i < dkim->count; i++)
        if (!dkim->jobs[i].decided)
            return false;
    return true;
}

static enum dmx_status verify_one(struct dmx_dkim *dkim, size_t n, const struct dmx_budget *budget)
{
    check_body(dkim, n);
    bool decided = dkim->jobs[n].decided;
    if (decided && !wants_header_proof(dkim, n))
        return DMX_OK;
    struct dmx_field_index *index = dmx_field_index_get(dkim->settings->memo, dkim->message, dkim->arena);
    if (!index)
        return DMX_NOMEM;
    return decided ? prove_header(dkim, n, index, budget) : verify_header(dkim, n, index, budget);
}

/* Every signature whose key is there: none waits for another's key. The body is read once, for all of them. */
static enum dmx_status verify_ready(struct dmx_dkim *dkim, const struct dmx_budget *budget)
{
    enum dmx_status status = DMX_OK;
    for (size_t i = 0; i < dkim->count && status == DMX_OK; i++) {
        if (dkim->jobs[i].decided || !dkim->jobs[i].has_key)
            continue;
        if (dmx_budget_spent(budget))
            return DMX_LIMIT;
        if (!dkim->hashed)
            status = hash_body(dkim, budget);
        dkim->hashed = true;
        if (status == DMX_OK)
            status = verify_one(dkim, i, budget);
    }
    return status;
}

static void take_keys(struct dmx_dkim *dkim, struct dmx_answers *book)
{
    for (size_t i = 0; i < dkim->count; i++) {
        if (dkim->jobs[i].decided || dkim->jobs[i].has_key)
            continue;
        const struct dmx_answer *answer = ask(dkim, i, book);
        if (answer)
            take_key(dkim, i, answer);
    }
}

enum dmx_step dmx_dkim_eval(struct dmx_dkim *dkim, struct dmx_answers *book, const struct dmx_budget *budget)
{
    if (all_decided(dkim))
        return DMX_DONE;
    bool complete = ask_all(dkim, book);
    take_keys(dkim, book); /* also after the deadline: a key that failed to come is not one that was late */
    enum dmx_status status = dmx_arena_failed(dkim->arena) ? DMX_NOMEM : verify_ready(dkim, budget);
    if (status == DMX_OK && dmx_budget_spent(budget))
        status = DMX_LIMIT;
    if (status != DMX_OK)
        decide_rest(dkim, status);
    return complete || status != DMX_OK ? DMX_DONE : DMX_PENDING;
}

const struct dmx_dkim_result *dmx_dkim_results(const struct dmx_dkim *dkim, size_t *out_count)
{
    *out_count = dkim->count;
    return dkim->results;
}

size_t dmx_dkim_ignored(const struct dmx_dkim *dkim)
{
    return dkim->ignored;
}
