/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "forge.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "dmx/base/ascii.h"

enum { MAX_TEXT = 8 * 1024 * 1024, MAX_SETS = 64 };

/* No test goes on without what it wants to test; benches use this file too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

struct dmx_arena *forge_arena(void)
{
    static struct dmx_arena *arena;
    if (!arena)
        arena = dmx_arena_new(512 * 1024 * 1024);
    must(arena != NULL);
    return arena;
}

static EVP_PKEY *key(void)
{
    static EVP_PKEY *made;
    if (!made)
        made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(made != NULL);
    return made;
}

static struct dmx_slice base64(const unsigned char *bytes, size_t len)
{
    unsigned char *out = dmx_arena_alloc(forge_arena(), 4 * (len / 3 + 2));
    return dmx_slice((char *)out, (size_t)EVP_EncodeBlock(out, bytes, (int)len));
}

static struct dmx_slice sha256(struct dmx_slice text)
{
    unsigned char *out = dmx_arena_alloc(forge_arena(), 32);
    must(EVP_Digest(text.ptr, text.len, out, NULL, EVP_sha256(), NULL) == 1);
    return dmx_slice((char *)out, 32);
}

/* RFC 8463 section 3: the signature is of the hash. */
static struct dmx_slice sign(struct dmx_slice text, bool bad)
{
    unsigned char out[64];
    size_t len = sizeof out;
    struct dmx_slice hash = sha256(text);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key()) == 1);
    must(EVP_DigestSign(ctx, out, &len, (const unsigned char *)hash.ptr, hash.len) == 1);
    EVP_MD_CTX_free(ctx);
    if (bad)
        out[5] ^= 1;
    return base64(out, len);
}

struct dmx_slice forge_zone(void)
{
    unsigned char point[32];
    size_t len = sizeof point;
    must(EVP_PKEY_get_raw_public_key(key(), point, &len) == 1);
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT);
    dmx_put_cstr(&b, "*.example. TXT \"v=DKIM1; k=ed25519; p=");
    dmx_put(&b, base64(point, len));
    dmx_put_cstr(&b, "\"\n");
    return dmx_builder_text(&b);
}

/* RFC 6376 section 3.4.2 of a field without its last line end. */
static void put_relaxed(struct dmx_builder *b, struct dmx_slice field)
{
    size_t colon = dmx_slice_find(field, ':');
    struct dmx_slice value = dmx_slice_trim(dmx_slice_from(field, colon + 1));
    dmx_put_lower(b, dmx_slice_trim(dmx_slice_upto(field, colon)));
    dmx_put_char(b, ':');
    for (size_t i = 0; i < value.len; i++) {
        if (!dmx_is_fws(value.ptr[i]))
            dmx_put_char(b, value.ptr[i]);
        else if (!dmx_is_fws(value.ptr[i - 1]))
            dmx_put_char(b, ' ');
    }
}

static void put_relaxed_line(struct dmx_builder *b, struct dmx_slice field)
{
    put_relaxed(b, field);
    dmx_put_cstr(b, "\r\n");
}

struct forging {
    const char *fields, *body;
    /* The fields of the sets so far, without line ends; each set's at its place in the array. */
    struct dmx_slice results[MAX_SETS], message[MAX_SETS], seal[MAX_SETS];
};

static void put_number(struct dmx_builder *b, const char *tag, unsigned number)
{
    dmx_put_cstr(b, tag);
    dmx_put_u64(b, number);
    dmx_put_cstr(b, "; ");
}

static unsigned instance_of(const struct forge_set *sets, size_t n)
{
    return sets[n].instance ? sets[n].instance : (unsigned)n + 1;
}

static void put_domain(struct dmx_builder *b, const struct forge_set *sets, size_t n)
{
    if (sets[n].domain) {
        dmx_put_cstr(b, sets[n].domain);
    } else {
        dmx_put_char(b, 'i');
        dmx_put_u64(b, instance_of(sets, n));
        dmx_put_cstr(b, ".example");
    }
}

static struct dmx_slice make_results(const struct forge_set *sets, size_t n)
{
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT);
    dmx_put_cstr(&b, "ARC-Authentication-Results: ");
    if (sets[n].head)
        dmx_put_cstr(&b, sets[n].head);
    else
        put_number(&b, "i=", instance_of(sets, n));
    dmx_put_cstr(&b, sets[n].results ? sets[n].results : "mx.example; dmarc=pass header.from=author.example");
    return dmx_builder_text(&b);
}

/* What the message signature is over: the lowest field of each name. */
static void put_signed_fields(struct dmx_builder *b, const char *fields, const char *names)
{
    struct dmx_slice names_left = dmx_slice_cstr(names), name;
    while (dmx_slice_split(&names_left, ':', &name)) {
        struct dmx_slice lines = dmx_slice_cstr(fields), line, found = DMX_SLICE_NONE;
        while (dmx_slice_split(&lines, '\n', &line))
            if (dmx_slice_starts_nocase(line, name) && line.len > name.len && line.ptr[name.len] == ':')
                found = line;
        if (found.ptr)
            put_relaxed_line(b, found);
    }
}

static struct dmx_slice body_hash(const char *body)
{
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT);
    for (; *body; body++) {
        if (*body == '\n')
            dmx_put_char(&b, '\r');
        dmx_put_char(&b, *body);
    }
    struct dmx_slice hash = sha256(dmx_builder_text(&b));
    return base64((const unsigned char *)hash.ptr, hash.len);
}

static struct dmx_slice with_signature(struct dmx_slice field, struct dmx_slice signature)
{
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT);
    dmx_put(&b, field);
    dmx_put(&b, signature);
    return dmx_builder_text(&b);
}

static struct dmx_slice make_message(const struct forging *f, const struct forge_set *sets, size_t n)
{
    const struct forge_set *set = &sets[n];
    const char *names = set->names ? set->names : "from:subject";
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT), text = b;
    dmx_put_cstr(&b, "ARC-Message-Signature: ");
    dmx_put_cstr(&b, set->message ? set->message : "");
    if (!set->no_message_instance)
        put_number(&b, "i=", instance_of(sets, n));
    dmx_put_cstr(&b, "a=ed25519-sha256; c=relaxed/relaxed; s=s; d=");
    put_domain(&b, sets, n);
    dmx_put_cstr(&b, "; h=");
    dmx_put_cstr(&b, names);
    dmx_put_cstr(&b, ";\n bh=");
    dmx_put(&b, body_hash(f->body));
    dmx_put_cstr(&b, "; b=");
    put_signed_fields(&text, f->fields, names);
    put_relaxed(&text, dmx_builder_text(&b));
    return with_signature(dmx_builder_text(&b), sign(dmx_builder_text(&text), set->bad_message));
}

static struct dmx_slice make_seal(const struct forging *f, const struct forge_set *sets, size_t n)
{
    const struct forge_set *set = &sets[n];
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT), text = b;
    dmx_put_cstr(&b, "ARC-Seal: ");
    dmx_put_cstr(&b, set->seal ? set->seal : "");
    if (!set->no_seal_instance)
        put_number(&b, "i=", instance_of(sets, n));
    dmx_put_cstr(&b, "a=ed25519-sha256; s=s; cv=");
    dmx_put_cstr(&b, set->cv ? set->cv : instance_of(sets, n) == 1 ? "none" : "pass");
    dmx_put_cstr(&b, "; d=");
    put_domain(&b, sets, n);
    dmx_put_cstr(&b, ";\n\tb=");
    for (size_t i = 0; i <= n; i++) {
        put_relaxed_line(&text, f->results[i]);
        put_relaxed_line(&text, f->message[i]);
        if (i < n)
            put_relaxed_line(&text, f->seal[i]);
    }
    put_relaxed(&text, dmx_builder_text(&b));
    return with_signature(dmx_builder_text(&b), sign(dmx_builder_text(&text), set->bad_seal));
}

static void put_field(struct dmx_builder *b, struct dmx_slice field, bool left_out, bool twice)
{
    for (int i = 0; i < (left_out ? 0 : twice ? 2 : 1); i++) {
        dmx_put(b, field);
        dmx_put_char(b, '\n');
    }
}

struct dmx_slice forge_chain_over(const struct forge_set *sets, size_t count, const char *fields, const char *body)
{
    struct forging *f = dmx_arena_alloc(forge_arena(), sizeof *f);
    struct dmx_builder b = dmx_builder_arena(forge_arena(), MAX_TEXT);
    *f = (struct forging){.fields = fields, .body = body};
    must(count <= MAX_SETS);
    for (size_t i = 0; i < count; i++) {
        f->results[i] = make_results(sets, i);
        f->message[i] = make_message(f, sets, i);
        f->seal[i] = make_seal(f, sets, i);
    }
    for (size_t i = count; i > 0; i--) {
        const struct forge_set *set = &sets[i - 1];
        put_field(&b, f->seal[i - 1], set->no_seal, set->seal_twice);
        put_field(&b, f->message[i - 1], set->no_message, set->message_twice);
        put_field(&b, f->results[i - 1], set->no_results, set->results_twice);
    }
    dmx_put_cstr(&b, fields);
    dmx_put_char(&b, '\n');
    dmx_put_cstr(&b, body);
    return dmx_builder_text(&b);
}

struct dmx_slice forge_chain(const struct forge_set *sets, size_t count)
{
    return forge_chain_over(sets, count, "From: a@author.example\nSubject:  s\n", "body\n");
}
