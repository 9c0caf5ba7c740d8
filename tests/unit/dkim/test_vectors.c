/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Messages that others signed (tests/data/dkim), as they are and with one byte changed. */
#include "dmx/dkim/crypto.h"
#include "scene.h"
#include "suite.h"

static const struct {
    const char *label;
    const char *zone;
    enum dmx_result want;
    const char *token;
    unsigned key_bits;
} vectors[] = {
    {"rfc6376-a2", "rfc.zone", DMX_PASS, NULL, 1024},
    {"rfc8463-a3", "rfc.zone", DMX_PASS, NULL, 256},
    {"rsa-simple-simple", "keys.zone", DMX_PASS, NULL, 2048},
    {"rsa-simple-relaxed", "keys.zone", DMX_PASS, NULL, 2048},
    {"rsa-relaxed-simple", "keys.zone", DMX_PASS, NULL, 2048},
    {"rsa-relaxed-relaxed", "keys.zone", DMX_PASS, NULL, 2048},
    {"ed25519-simple-simple", "keys.zone", DMX_PASS, NULL, 256},
    {"ed25519-simple-relaxed", "keys.zone", DMX_PASS, NULL, 256},
    {"ed25519-relaxed-simple", "keys.zone", DMX_PASS, NULL, 256},
    {"ed25519-relaxed-relaxed", "keys.zone", DMX_PASS, NULL, 256},
    {"empty-simple", "keys.zone", DMX_PASS, NULL, 2048},
    {"empty-relaxed", "keys.zone", DMX_PASS, NULL, 2048},
    {"two-signatures", "keys.zone", DMX_PASS, NULL, 256},
    {"length-whole", "keys.zone", DMX_PASS, NULL, 2048},
    {"length-part", "keys.zone", DMX_POLICY, "partial-body", 2048},
    {"repeated-names", "keys.zone", DMX_PASS, NULL, 2048},
    {"long", "keys.zone", DMX_PASS, NULL, 2048},
    {"subdomain", "keys.zone", DMX_PASS, NULL, 2048},
    {"strict", "keys.zone", DMX_PASS, NULL, 2048},
    {"strict-subdomain", "keys.zone", DMX_PERMERROR, "key-identity", 0},
    {"small-key", "keys.zone", DMX_PASS, NULL, 1024},
    {"large-key", "keys.zone", DMX_PASS, NULL, 4096},
    {"pkcs1-key", "keys.zone", DMX_PASS, NULL, 2048},
    {"sha1", "keys.zone", DMX_POLICY, "rsa-sha1", 0},
    {"expiry", "keys.zone", DMX_PASS, NULL, 2048},
};

static struct dmx_slice message_of(int row)
{
    char name[64];
    snprintf(name, sizeof name, "%s.eml", vectors[row].label);
    return scene_file(name);
}

static void check_vector(int row, struct dmx_slice message)
{
    struct scene s = scene_of(scene_file(vectors[row].zone), message);
    scene_play(&s);
    const struct dmx_dkim_result *r = &s.results[0];
    ck_assert_uint_ge(s.count, 1);
    ck_assert_msg(r->result == vectors[row].want, "%s: got %s (%s), want %s", vectors[row].label,
                  dmx_result_word(r->result), r->reason.token ? r->reason.token : "",
                  dmx_result_word(vectors[row].want));
    ck_slice_eq(vectors[row].label, dmx_slice_cstr(r->reason.token), vectors[row].token ? vectors[row].token : "");
    ck_assert_uint_eq(r->key_bits, vectors[row].key_bits);
}

START_TEST(vector_with_lf)
{
    check_vector(_i, message_of(_i));
}
END_TEST

START_TEST(vector_with_crlf)
{
    check_vector(_i, scene_crlf(message_of(_i)));
}
END_TEST

/* Whether any signature passes when byte at of the message is changed; a file of ten pairs of hash and key is cheap. */
static bool passes_with(int row, struct dmx_slice message, size_t at, char change)
{
    struct dmx_slice copy = dmx_arena_dup(scene_arena(), message);
    char *byte = (char *)(uintptr_t)(copy.ptr + at);
    *byte = (char)(*byte ^ change);
    struct scene s = scene_of(scene_file(vectors[row].zone), copy);
    scene_play(&s);
    for (size_t i = 0; i < s.count; i++)
        if (s.results[i].result == DMX_PASS)
            return true;
    return false;
}

/*
 * simple/simple signs every byte of these: the letter case of an algorithm, canonicalisation, domain and tag or field
 * name may change though, and what is left then still fails for the changed signature field or header.
 */
static const int exact_rows[] = {0, 2, 6, 15};

START_TEST(no_byte_may_change)
{
    int row = exact_rows[_i];
    struct dmx_slice message = scene_crlf(message_of(row));
    size_t step = message.len / 200 ? message.len / 200 : 1;
    for (size_t at = 0; at < message.len; at += step)
        ck_assert_msg(!passes_with(row, message, at, 1), "%s: byte %zu", vectors[row].label, at);
}
END_TEST

START_TEST(cuts_never_pass)
{
    int row = exact_rows[_i];
    struct dmx_slice message = scene_crlf(message_of(row));
    for (size_t len = 0; len + 2 < message.len; len += 7) {
        struct scene s = scene_of(scene_file(vectors[row].zone), dmx_slice_upto(message, len));
        /* Trailing empty lines are not signed. */
        if (dmx_slice_eq(dmx_slice_trim(dmx_slice_from(message, len)), DMX_SLICE("")))
            break;
        scene_play(&s);
        for (size_t i = 0; i < s.count; i++)
            ck_assert_msg(s.results[i].result != DMX_PASS, "%s: cut at %zu", vectors[row].label, len);
    }
}
END_TEST

/* Without its last line end a message means the same: the canonical body gets one. */
START_TEST(last_line_end_is_given)
{
    struct dmx_slice message = scene_crlf(message_of(0));
    check_vector(0, dmx_slice_upto(message, message.len - 2));
}
END_TEST

/* What relaxed lets change in header and body. */
START_TEST(relaxed_forgives)
{
    struct dmx_slice message = message_of(5);
    message = scene_edit(message, "Message-ID: <1@example.org>", "MESSAGE-id  :\t<1@example.org>  ");
    message = scene_edit(message, "To:reader@example.net,\n  other", "To: reader@example.net, other");
    message = scene_edit(message, "tabs  and   runs\tof", "tabs and\t\t\truns  of   ");
    check_vector(5, scene_edit(message, "A first line.\n", "A first line. \t\n"));
}
END_TEST

START_TEST(both_signatures_count)
{
    struct scene s = scene_of(scene_file("keys.zone"), scene_file("two-signatures.eml"));
    scene_play(&s);
    ck_assert_uint_eq(s.count, 2);
    ck_assert_int_eq(s.results[1].result, DMX_PASS);
    ck_slice_eq("first", s.results[0].algorithm, "ed25519-sha256");
    ck_slice_eq("second", s.results[1].algorithm, "rsa-sha256");
    ck_assert_uint_eq(s.questions, 2);
}
END_TEST

START_TEST(result_says_what_it_read)
{
    struct scene s = scene_of(scene_file("keys.zone"), scene_file("subdomain.eml"));
    scene_play(&s);
    const struct dmx_dkim_result *r = &s.results[0];
    ck_slice_eq("d=", r->domain, "example.org");
    ck_slice_eq("s=", r->selector, "rsa");
    ck_slice_eq("i=", r->identity, "a user@mail.example.org");
    ck_slice_eq("a=", r->algorithm, "rsa-sha256");
    ck_assert_uint_eq(r->signature.len, 344);
    ck_assert(!r->dns_failed && !r->partial_body);
}
END_TEST

/* A body that was changed on the way leaves the header proved; a changed header, and a signature made up, do not. */
static const struct {
    const char *label, *from, *to;
    bool intact, aligns;
} changes[] = {
    {"nothing", "", "", false, true},
    {"body", "A first line.", "A first line, and more.", true, true},
    {"body, of a domain that cannot align", "A first line.", "A first line, and more.", false, false},
    {"header", "To:reader@example.net", "To:writer@example.net", false, true},
    {"header and body", "<1@example.org>", "<2@example.org>", false, true},
    {"the signature", "b=", "b=AAAA", false, true},
};

static bool aligns(const void *ctx, struct dmx_slice domain)
{
    (void)domain;
    return *(const bool *)ctx;
}

START_TEST(header_proof)
{
    struct dmx_slice message = message_of(5);
    if (changes[_i].from[0])
        message = scene_edit(message, changes[_i].from, changes[_i].to);
    if (dmx_slice_eq(dmx_slice_cstr(changes[_i].label), DMX_SLICE("header and body")))
        message = scene_edit(message, "A first line.", "Another line.");
    struct scene s = scene_of(scene_file(vectors[5].zone), message);
    s.settings.could_align = aligns;
    s.settings.could_align_ctx = &changes[_i].aligns;
    scene_play(&s);
    ck_assert_msg(s.results[0].header_intact == changes[_i].intact, "%s: got %d", changes[_i].label,
                  s.results[0].header_intact);
    ck_assert_msg((s.results[0].result == DMX_PASS) == !changes[_i].from[0], "%s: result", changes[_i].label);
}
END_TEST

/* What a daemon does before it forks: nothing is right in it, and what is verified afterwards still is. */
START_TEST(a_rehearsal_changes_nothing)
{
    ck_assert(dmx_crypto_rehearse());
    ck_assert(dmx_crypto_rehearse());
    check_vector(_i, message_of(_i));
}
END_TEST

DMX_SUITE(vectors)
{
    DMX_TABLE(a_rehearsal_changes_nothing, vectors);
    DMX_TABLE(header_proof, changes);
    DMX_TABLE(vector_with_lf, vectors);
    DMX_TABLE(vector_with_crlf, vectors);
    DMX_TABLE(no_byte_may_change, exact_rows);
    DMX_TABLE(cuts_never_pass, exact_rows);
    DMX_TEST(last_line_end_is_given);
    DMX_TEST(relaxed_forgives);
    DMX_TEST(both_signatures_count);
    DMX_TEST(result_says_what_it_read);
}
