/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * The normal form of a record for libspf2: qualifier, mechanism, placeholder, prefix lengths. Modifiers are left out
 * (redirect= and exp= are followed by us), terms after `all` too, and what libspf2 refuses is written otherwise. A
 * record comes in pieces that libspf2 can hold; a ptr is always a piece of its own, so that its hook knows the target.
 */
#include "check.h"

#include "dmx/base/banned.h"

static void put_qualifier(struct dmx_builder *b, enum dmx_result result)
{
    dmx_put_char(b, ' ');
    dmx_put_char(b, result == DMX_FAIL ? '-' : result == DMX_SOFTFAIL ? '~' : result == DMX_NEUTRAL ? '?' : '+');
}

/* All eight groups: also an IPv4-mapped network stays what it is. */
static void put_ip6(struct dmx_builder *b, const uint8_t bytes[16])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        if (i > 0 && i % 2 == 0)
            dmx_put_char(b, ':');
        dmx_put_char(b, hex[bytes[i] >> 4]);
        dmx_put_char(b, hex[bytes[i] & 0xf]);
    }
}

static void put_network(struct dmx_builder *b, const struct dmx_spf_term *term, const struct dmx_ip *ip, uint8_t bits)
{
    put_qualifier(b, term->result);
    dmx_put_cstr(b, term->kind == SPF_IP4 ? "ip4:" : "ip6:");
    if (term->kind == SPF_IP4)
        dmx_put_ip(b, ip);
    else
        put_ip6(b, ip->bytes);
    dmx_put_char(b, '/');
    dmx_put_u64(b, bits);
}

/* libspf2 refuses /0: two halves are the whole. */
static void put_ip_term(struct dmx_builder *b, const struct dmx_spf_term *term)
{
    uint8_t bits = term->kind == SPF_IP4 ? term->prefix4 : term->prefix6;
    if (bits > 0) {
        put_network(b, term, &term->ip, bits);
        return;
    }
    struct dmx_ip half = {.family = term->ip.family};
    put_network(b, term, &half, 1);
    half.bytes[0] = 0x80;
    put_network(b, term, &half, 1);
}

static const char *mechanism_name(enum dmx_spf_kind kind)
{
    static const char *const names[SPF_OTHER_MODIFIER + 1] = {
        [SPF_INCLUDE] = "include:", [SPF_A] = "a:", [SPF_MX] = "mx:", [SPF_PTR] = "ptr:", [SPF_EXISTS] = "exists:"};
    return names[kind];
}

/* Only the length for the client's family can matter; /0 is the hook's work, and full length is the default. */
static void put_bits(struct dmx_builder *b, bool v6, uint8_t bits)
{
    if (bits == 0 || bits == (v6 ? SPF_V6_BITS : SPF_V4_BITS))
        return;
    dmx_put_cstr(b, v6 ? "//" : "/");
    dmx_put_u64(b, bits);
}

static void put_name_term(struct dmx_spf_check *check, struct dmx_builder *b, const struct dmx_spf_term *term,
                          struct dmx_slice current)
{
    bool v6 = check->values.client.family == DMX_IP_V6;
    bool has_bits = term->kind == SPF_A || term->kind == SPF_MX;
    uint8_t bits = v6 ? term->prefix6 : term->prefix4;
    put_qualifier(b, term->result);
    dmx_put_cstr(b, mechanism_name(term->kind));
    check->ptr_target = dmx_spf_put_target(check, b, term->spec, current, has_bits && bits == 0);
    if (has_bits)
        put_bits(b, v6, bits);
}

static void put_term(struct dmx_spf_check *check, struct dmx_builder *b, const struct dmx_spf_term *term,
                     struct dmx_slice current)
{
    if (term->kind == SPF_IP4 || term->kind == SPF_IP6) {
        put_ip_term(b, term);
    } else if (term->kind != SPF_ALL) {
        put_name_term(check, b, term, current);
    } else {
        put_qualifier(b, term->result);
        dmx_put_cstr(b, "all");
    }
}

/* What the term takes in libspf2's compiled form. */
static size_t compiled_bytes(const struct dmx_spf_term *term)
{
    switch (term->kind) {
    case SPF_ALL:
        return SPF_PIECE_ALL;
    case SPF_IP4:
        return SPF_PIECE_IP4 * (term->prefix4 == 0 ? 2 : 1);
    case SPF_IP6:
        return SPF_PIECE_IP6 * (term->prefix6 == 0 ? 2 : 1);
    case SPF_INCLUDE:
    case SPF_A:
    case SPF_MX:
    case SPF_EXISTS:
        return SPF_PIECE_NAME;
    case SPF_PTR:
        return SPF_PIECE_BYTES;
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_OTHER_MODIFIER:
        break;
    }
    return 0;
}

static unsigned flags_of(const struct dmx_spf_term *term)
{
    if (term->kind == SPF_ALL && term->result == DMX_PASS)
        return DMX_SPF_PLUS_ALL;
    return term->kind == SPF_PTR ? DMX_SPF_USES_PTR : 0;
}

bool dmx_spf_next_piece(struct dmx_spf_check *check, struct dmx_slice *rest, struct dmx_slice current,
                        struct dmx_builder *out)
{
    size_t used = 0;
    dmx_put_cstr(out, "v=spf1");
    for (;;) {
        struct dmx_slice before = *rest;
        struct dmx_spf_term term;
        if (!dmx_spf_next_mechanism(rest, &term))
            break;
        size_t bytes = compiled_bytes(&term);
        if (used + bytes > SPF_PIECE_BYTES) {
            *rest = before;
            break;
        }
        used += bytes;
        check->flags |= flags_of(&term);
        put_term(check, out, &term, current);
        if (term.kind == SPF_ALL) /* section 5.1: what follows is never tested */
            *rest = dmx_slice_from(*rest, rest->len);
    }
    return used > 0;
}
