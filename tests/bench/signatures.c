/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Times what signatures cost: the first use of OpenSSL in a process and its alternatives, body hashes, one signature, a
 * chain, and hostile messages. Each figure is a median; first uses are taken in forked children.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/arc/forge.h"
#include "dmx/arc/arc.h"
#include "dmx/dkim/body_hash.h"
#include "dmx/dkim/dkim.h"
#include "dmx/dns/zone.h"

enum { ROUNDS = 201, CHILDREN = 41, ARENA_BYTES = 256 * 1024 * 1024, MEGABYTE = 1024 * 1024 };

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "signatures: %s\n", what);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, size_t count)
{
    qsort(times, count, sizeof *times, by_value);
    return times[count / 2];
}

static struct dmx_slice load(const char *path)
{
    char *text = malloc(MEGABYTE);
    FILE *file = fopen(path, "rb");
    must(text && file, path);
    size_t size = fread(text, 1, MEGABYTE, file);
    fclose(file);
    return dmx_slice(text, size);
}

/* ---- whole messages ------------------------------------------------------------------------------------------------ */

struct job {
    struct dmx_slice message, zone_text;
    size_t max_signatures;
    bool arc; /* the chain, not DKIM */
    /* Of the last run. */
    enum dmx_result result;
    size_t count;
};

static struct dmx_dns_source source_of(struct dmx_slice zone_text)
{
    static struct dmx_arena *arena;
    struct dmx_zone *zone;
    struct dmx_reason reason;
    size_t line;
    if (!arena)
        arena = dmx_arena_new(ARENA_BYTES);
    must(dmx_zone_parse(zone_text, arena, &zone, &line, &reason, NULL) == DMX_OK, "the zone cannot be read");
    return dmx_zone_source(zone);
}

static void verify_dkim(struct job *job, struct dmx_message *message, struct dmx_dns_source *source,
                        struct dmx_arena *arena)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_verify_memo memo = {0};
    const struct dmx_dkim_settings settings = {.min_rsa_bits = 512,
                                               .max_signatures = job->max_signatures ? job->max_signatures : 10,
                                               .now_s = 1709632800,
                                               .memo = &memo};
    struct dmx_answers *book = dmx_answers_new(arena, 100);
    struct dmx_dkim *dkim;
    must(dmx_dkim_begin(message, &settings, arena, &dkim) == DMX_OK, "no memory");
    while (dmx_dkim_eval(dkim, book, &budget) == DMX_PENDING)
        source->resolve(source->ctx, book, &budget);
    const struct dmx_dkim_result *results = dmx_dkim_results(dkim, &job->count);
    job->result = job->count ? results[0].result : DMX_NONE;
}

static void validate_chain(struct job *job, struct dmx_message *message, struct dmx_dns_source *source,
                           struct dmx_arena *arena)
{
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_verify_memo memo = {0};
    const struct dmx_arc_settings settings = {.min_rsa_bits = 512, .now_s = 1709632800, .memo = &memo};
    struct dmx_answers *book = dmx_answers_new(arena, 100);
    struct dmx_arc *arc;
    must(dmx_arc_begin(message, &settings, arena, &arc) == DMX_OK, "no memory");
    while (dmx_arc_eval(arc, book, &budget) == DMX_PENDING)
        source->resolve(source->ctx, book, &budget);
    job->result = dmx_arc_get(arc)->result;
    job->count = dmx_arc_get(arc)->count;
}

/* From fields in memory to the result, answers at once: microseconds. */
static double run_once(struct job *job, struct dmx_dns_source *source)
{
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    struct dmx_message message = {0};
    must(arena && dmx_message_parse(job->message, arena, &message) == DMX_OK, "the message cannot be read");
    double start = now_us();
    (job->arc ? validate_chain : verify_dkim)(job, &message, source, arena);
    double took = now_us() - start;
    dmx_arena_free(&arena);
    return took;
}

static void row(const char *label, struct job job, int rounds)
{
    static double times[ROUNDS];
    struct dmx_dns_source source = source_of(job.zone_text);
    run_once(&job, &source);
    for (int i = 0; i < rounds; i++)
        times[i] = run_once(&job, &source);
    printf("%-58s %9.1f us  %s\n", label, median(times, (size_t)rounds), dmx_result_word(job.result));
}

/* ---- first use ----------------------------------------------------------------------------------------------------- */

static struct job first_job;

static void use_module(void)
{
    struct dmx_dns_source source = source_of(first_job.zone_text);
    run_once(&first_job, &source);
    must(first_job.result == DMX_PASS, "the signature does not verify");
}

static void prepare_module(void)
{
    must(dmx_crypto_rehearse(), "OpenSSL cannot be used");
}

/* What the same work would be through EVP, everything fetched once and no more. */
static void use_evp(void)
{
    static unsigned char exponent[] = {1, 0, 1}, modulus[256], body[30 * 1024], digest[32], signature[256];
    must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                             NULL) == 1,
         "OpenSSL cannot be used");
    memset(modulus, 0xab, sizeof modulus);
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL), *verifier = NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof modulus),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, sizeof exponent),
        OSSL_PARAM_construct_end(),
    };
    must(md && EVP_Digest(body, sizeof body, digest, NULL, md, NULL) == 1, "no hash");
    must(maker && EVP_PKEY_fromdata_init(maker) == 1 &&
             EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params) == 1,
         "no RSA key");
    verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    must(verifier && EVP_PKEY_verify_init(verifier) == 1 && EVP_PKEY_CTX_set_signature_md(verifier, md) == 1, "no RSA");
    must(EVP_PKEY_verify(verifier, signature, sizeof signature, digest, sizeof digest) != 1,
         "a signature of zeros is valid");
    EVP_PKEY_CTX_free(verifier);
    EVP_PKEY_CTX_free(maker);
    EVP_PKEY_free(key);
    EVP_MD_free(md);
}

/* The time of work in a child that has used nothing before, and again of what comes after it. */
static double first_use(void (*work)(void), bool second)
{
    static double times[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        int ends[2];
        must(pipe(ends) == 0, "pipe");
        pid_t child = fork();
        if (child == 0) {
            double start = now_us();
            if (second) {
                work();
                start = now_us();
            }
            work();
            double took = now_us() - start;
            _exit(write(ends[1], &took, sizeof took) == sizeof took ? 0 : 1);
        }
        must(child > 0 && read(ends[0], &times[i], sizeof times[i]) == sizeof times[i], "a child failed");
        waitpid(child, NULL, 0);
        close(ends[0]);
        close(ends[1]);
    }
    return median(times, CHILDREN);
}

static void first_uses(void)
{
    first_job =
        (struct job){.message = load("tests/data/bench/30k.eml"), .zone_text = load("tests/data/bench/30k.zone")};
    source_of(first_job.zone_text);
    double cold = first_use(use_module, false), warm = first_use(use_module, true);
    double evp = first_use(use_evp, false) - first_use(use_evp, true);
    printf("%-58s %9.1f us\n", "OpenSSL, first use in a fresh process", cold - warm);
    printf("%-58s %9.1f us\n", "  the alternative: EVP", evp);
    prepare_module();
    printf("%-58s %9.1f us\n", "  the alternative: made ready before the fork", first_use(use_module, false) - warm);
}

/* ---- body hashes --------------------------------------------------------------------------------------------------- */

static int64_t read_text(void *ctx, uint64_t offset, char *buf, size_t size)
{
    const struct dmx_slice *text = ctx;
    struct dmx_slice part = dmx_slice_upto(dmx_slice_from(*text, (size_t)offset), size);
    memcpy(buf, part.ptr, part.len);
    return (int64_t)part.len;
}

static double hash_body(struct dmx_slice text, enum dmx_canon canon)
{
    static double times[ROUNDS];
    const struct dmx_budget budget = DMX_BUDGET_UNLIMITED;
    struct dmx_body body = {.read_at = read_text, .ctx = &text, .size = text.len, .wire_form = true};
    for (int i = 0; i < ROUNDS; i++) {
        struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
        struct dmx_body_request request = {.canon = canon};
        struct dmx_verify_memo memo = {0};
        double start = now_us();
        must(dmx_body_hash(&body, &request, 1, &memo, &budget, arena) == DMX_OK, "no hash");
        times[i] = now_us() - start;
        dmx_arena_free(&arena);
    }
    return median(times, ROUNDS);
}

static void body_hashes(void)
{
    static char text[MEGABYTE];
    static double times[ROUNDS];
    unsigned char digest[32];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : i % 7 == 3 ? ' ' : (char)('a' + i % 23);
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_us();
        must(EVP_Digest(text, sizeof text, digest, NULL, EVP_sha256(), NULL) == 1, "no hash");
        times[i] = now_us() - start;
    }
    double plain = median(times, ROUNDS), simple = hash_body(dmx_slice(text, sizeof text), DMX_CANON_SIMPLE);
    double relaxed = hash_body(dmx_slice(text, sizeof text), DMX_CANON_RELAXED);
    printf("%-58s %9.1f us\n", "SHA-256 of 1 MB", plain);
    printf("%-58s %9.1f us  %.2f of SHA-256 (aim 0.8)\n", "body hash of 1 MB, simple", simple, plain / simple);
    printf("%-58s %9.1f us  %.2f of SHA-256 (aim 0.5)\n", "body hash of 1 MB, relaxed", relaxed, plain / relaxed);
}

/* ---- hostile ------------------------------------------------------------------------------------------------------- */

static struct dmx_slice base64(const unsigned char *bytes, size_t len)
{
    unsigned char *out = malloc(4 * (len / 3 + 2));
    must(out != NULL, "no memory");
    return dmx_slice((char *)out, (size_t)EVP_EncodeBlock(out, bytes, (int)len));
}

/* A key of 8192 bits with the largest exponent: nobody has its other half, and none is needed to be slow. */
static struct dmx_slice slowest_key(void)
{
    static unsigned char der[1024 + 32] = {0x30, 0x82, 0x04, 0x0c, 0x02, 0x82, 0x04, 0x01};
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 64 * 1024);
    memset(der + 9, 0xc5, 1024);
    memcpy(der + 9 + 1024, "\x02\x05\x00\xff\xff\xff\xff", 7);
    struct dmx_slice text = base64(der, 9 + 1024 + 7);
    dmx_put_cstr(&b, "*.example. TXT \"p=");
    for (size_t i = 0; i < text.len; i += 200) {
        dmx_put(&b, dmx_slice_upto(dmx_slice_from(text, i), 200));
        dmx_put_cstr(&b, "\" \"");
    }
    dmx_put_cstr(&b, "\"\n");
    return dmx_builder_text(&b);
}

static void put_signature(struct dmx_builder *b, size_t n, struct dmx_slice bh, struct dmx_slice signature,
                          size_t names)
{
    static const char *const canons[] = {"relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"};
    dmx_put_cstr(b, "DKIM-Signature: v=1; a=rsa-sha256; d=d");
    dmx_put_u64(b, n);
    dmx_put_cstr(b, ".example; s=s; c=");
    dmx_put_cstr(b, canons[n % 2]);
    dmx_put_cstr(b, "; bh=");
    dmx_put(b, bh);
    dmx_put_cstr(b, "; b=");
    dmx_put(b, signature);
    dmx_put_cstr(b, "; h=from");
    for (size_t i = 0; i < names; i++)
        dmx_put_cstr(b, ":x");
    dmx_put_cstr(b, "\n");
}

/* Signatures over every one of many fields, slow keys, and a body that matches both ways; about 1 MB. */
static struct job hostile_dkim(size_t signatures, size_t key_bytes, size_t names, size_t field_bytes, size_t body_bytes)
{
    unsigned char digest[32], signature[1024];
    static char body[MEGABYTE];
    struct dmx_builder b = dmx_builder_arena(forge_arena(), 8 * MEGABYTE), wire = b;
    memset(body, 'x', body_bytes);
    memset(signature, 0x11, sizeof signature);
    dmx_put(&wire, dmx_slice(body, body_bytes));
    dmx_put_cstr(&wire, "\r\n");
    must(EVP_Digest(wire.buf, wire.len, digest, NULL, EVP_sha256(), NULL) == 1, "no hash");
    for (size_t i = 0; i < signatures; i++)
        put_signature(&b, i, base64(digest, 32), base64(signature, key_bytes), names);
    for (size_t i = 0; i < names; i++) {
        dmx_put_cstr(&b, "x:");
        dmx_put(&b, dmx_slice(body, field_bytes));
        dmx_put_char(&b, '\n');
    }
    dmx_put_cstr(&b, "From: a@b.example\n\n");
    dmx_put(&b, dmx_slice(body, body_bytes));
    dmx_put_char(&b, '\n');
    return (struct job){.message = dmx_builder_text(&b), .zone_text = slowest_key()};
}

static void hostile(void)
{
    static const struct forge_set sets[50];
    row("hostile: 1 MB, 10 signatures, headers of 600 kB each", hostile_dkim(10, 1024, 1000, 600, 400 * 1024), 21);
    row("hostile: 1 MB, 10 signatures, 1023 names each", hostile_dkim(10, 1024, 1023, 1, MEGABYTE - 64 * 1024), 21);
    row("hostile: 2000 signatures, of which 10 are looked at", hostile_dkim(2000, 64, 10, 10, 1000), 21);
    row("  the same with 10 signatures", hostile_dkim(10, 64, 10, 10, 1000), 21);
    row("hostile: a chain of 50 sets",
        (struct job){.message = forge_chain(sets, 50), .zone_text = forge_zone(), .arc = true}, 21);
}

int main(void)
{
    static const struct forge_set sets[3];
    first_uses();
    body_hashes();
    row("DKIM, 30 kB, one RSA-2048 signature",
        (struct job){.message = load("tests/data/bench/30k.eml"), .zone_text = load("tests/data/bench/30k.zone")},
        ROUNDS);
    row("DKIM, Ed25519",
        (struct job){.message = load("tests/data/dkim/ed25519-relaxed-relaxed.eml"),
                     .zone_text = load("tests/data/dkim/keys.zone")},
        ROUNDS);
    row("ARC, three sets, RSA-2048",
        (struct job){
            .message = load("tests/data/arc/three.eml"), .zone_text = load("tests/data/arc/keys.zone"), .arc = true},
        ROUNDS);
    row("ARC, three sets, Ed25519",
        (struct job){.message = forge_chain(sets, 3), .zone_text = forge_zone(), .arc = true}, ROUNDS);
    hostile();
    return 0;
}
