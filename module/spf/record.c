/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "record.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"
#include "limits.h"
#include "macro.h"

#include "dmx/base/banned.h"

/* What may follow a mechanism's name. */
enum argument { NOTHING, A_DOMAIN, MAYBE_DOMAIN, MAYBE_DOMAIN_AND_CIDR, AN_IP4, AN_IP6 };

/* RFC 7208 section 12. The names are quoted strings of ABNF: any case. */
static const struct {
    struct dmx_slice name;
    enum dmx_spf_kind kind;
    enum argument argument;
} mechanisms[] = {
    {DMX_SLICE_INIT("all"), SPF_ALL, NOTHING},
    {DMX_SLICE_INIT("include"), SPF_INCLUDE, A_DOMAIN},
    {DMX_SLICE_INIT("a"), SPF_A, MAYBE_DOMAIN_AND_CIDR},
    {DMX_SLICE_INIT("mx"), SPF_MX, MAYBE_DOMAIN_AND_CIDR},
    {DMX_SLICE_INIT("ptr"), SPF_PTR, MAYBE_DOMAIN},
    {DMX_SLICE_INIT("ip4"), SPF_IP4, AN_IP4},
    {DMX_SLICE_INIT("ip6"), SPF_IP6, AN_IP6},
    {DMX_SLICE_INIT("exists"), SPF_EXISTS, A_DOMAIN},
};

static const struct dmx_slice version = DMX_SLICE_INIT("v=spf1");

bool dmx_spf_is_record(struct dmx_slice text)
{
    return dmx_slice_starts_nocase(text, version) && (text.len == version.len || text.ptr[version.len] == ' ');
}

/*
 * ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT) ; value range 0-32
 * ip6-cidr-length = "/" ("0" / %x31-39 0*2DIGIT) ; value range 0-128
 */
static enum dmx_spf_why parse_bits(struct dmx_slice digits, uint8_t max, uint8_t *out)
{
    uint64_t bits;
    if ((digits.len > 1 && digits.ptr[0] == '0') || !dmx_parse_u64(digits, max, &bits))
        return SPF_BAD_CIDR;
    *out = (uint8_t)bits;
    return SPF_FINE;
}

/* Whether s ends in "/" and digits; *out_slash is where the slash stands. */
static bool ends_in_bits(struct dmx_slice s, size_t *out_slash)
{
    size_t at = s.len;
    while (at > 0 && dmx_is_digit(s.ptr[at - 1]))
        at--;
    if (at == s.len || at == 0 || s.ptr[at - 1] != '/')
        return false;
    *out_slash = at - 1;
    return true;
}

/*
 * dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
 * A domain-spec may hold slashes, but it ends in no digits behind a slash: so the lengths are taken off the end.
 */
static enum dmx_spf_why take_dual_cidr(struct dmx_slice *s, struct dmx_spf_term *term)
{
    size_t slash;
    if (!ends_in_bits(*s, &slash))
        return SPF_FINE;
    if (slash > 0 && s->ptr[slash - 1] == '/') {
        if (parse_bits(dmx_slice_from(*s, slash + 1), SPF_V6_BITS, &term->prefix6) != SPF_FINE)
            return SPF_BAD_CIDR;
        s->len = slash - 1;
        if (!ends_in_bits(*s, &slash))
            return SPF_FINE;
    }
    if (parse_bits(dmx_slice_from(*s, slash + 1), SPF_V4_BITS, &term->prefix4) != SPF_FINE)
        return SPF_BAD_CIDR;
    s->len = slash;
    return SPF_FINE;
}

/* ":" domain-spec */
static enum dmx_spf_why parse_domain(struct dmx_slice argument, struct dmx_spf_term *term)
{
    if (argument.len < 2 || argument.ptr[0] != ':')
        return argument.len > 0 && argument.ptr[0] == '/' ? SPF_BAD_CIDR : SPF_MISSING_ARGUMENT;
    term->spec = dmx_slice_from(argument, 1);
    return dmx_spf_domain_spec_check(term->spec);
}

/* ":" network [ "/" bits ] */
static enum dmx_spf_why split_network(struct dmx_slice argument, uint8_t max, struct dmx_slice *out_address,
                                      uint8_t *out_bits)
{
    if (argument.len < 2 || argument.ptr[0] != ':')
        return SPF_MISSING_ARGUMENT;
    struct dmx_slice network = dmx_slice_from(argument, 1);
    size_t slash = dmx_slice_find(network, '/');
    *out_address = dmx_slice_upto(network, slash);
    *out_bits = max;
    return slash == network.len ? SPF_FINE : parse_bits(dmx_slice_from(network, slash + 1), max, out_bits);
}

/* ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ] */
static enum dmx_spf_why parse_ip4(struct dmx_slice argument, struct dmx_spf_term *term)
{
    struct dmx_slice address;
    enum dmx_spf_why why = split_network(argument, SPF_V4_BITS, &address, &term->prefix4);
    if (why != SPF_FINE)
        return why;
    bool fine = dmx_slice_find(address, ':') == address.len && dmx_ip_parse(address, &term->ip);
    return fine ? SPF_FINE : SPF_BAD_IP4;
}

/*
 * ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ]
 * Addresses of ours are never IPv4-mapped; a network of the record's may be, and then stays what is written.
 */
static enum dmx_spf_why parse_ip6(struct dmx_slice argument, struct dmx_spf_term *term)
{
    struct dmx_slice address;
    enum dmx_spf_why why = split_network(argument, SPF_V6_BITS, &address, &term->prefix6);
    if (why != SPF_FINE)
        return why;
    struct dmx_ip ip;
    if (dmx_slice_find(address, ':') == address.len || !dmx_ip_parse(address, &ip))
        return SPF_BAD_IP6;
    term->ip = (struct dmx_ip){.family = DMX_IP_V6};
    if (ip.family == DMX_IP_V6) {
        memcpy(term->ip.bytes, ip.bytes, 16);
    } else {
        memset(term->ip.bytes + 10, 0xff, 2);
        memcpy(term->ip.bytes + 12, ip.bytes, 4);
    }
    return SPF_FINE;
}

static enum dmx_spf_why parse_argument(enum argument argument, struct dmx_slice rest, struct dmx_spf_term *term)
{
    enum dmx_spf_why why;
    switch (argument) {
    case NOTHING:
        return rest.len == 0 ? SPF_FINE : SPF_NEEDLESS_ARGUMENT;
    case A_DOMAIN:
        return parse_domain(rest, term);
    case MAYBE_DOMAIN:
        return rest.len == 0 ? SPF_FINE : parse_domain(rest, term);
    case MAYBE_DOMAIN_AND_CIDR:
        why = take_dual_cidr(&rest, term);
        return why != SPF_FINE || rest.len == 0 ? why : parse_domain(rest, term);
    case AN_IP4:
        return parse_ip4(rest, term);
    case AN_IP6:
        return parse_ip6(rest, term);
    }
    return SPF_UNKNOWN_MECHANISM;
}

/* qualifier = "+" / "-" / "?" / "~" */
static bool take_qualifier(struct dmx_slice *s, enum dmx_result *out)
{
    static const enum dmx_result results[] = {DMX_PASS, DMX_FAIL, DMX_NEUTRAL, DMX_SOFTFAIL};
    *out = DMX_PASS;
    size_t i = s->len > 0 ? dmx_slice_find(DMX_SLICE("+-?~"), s->ptr[0]) : 4;
    if (i == 4)
        return false;
    *out = results[i];
    *s = dmx_slice_from(*s, 1);
    return true;
}

/*
 * directive = [ qualifier ] mechanism
 * mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )
 */
static enum dmx_spf_why parse_directive(struct dmx_slice text, struct dmx_spf_term *term)
{
    (void)take_qualifier(&text, &term->result);
    size_t end = 0;
    while (end < text.len && text.ptr[end] != ':' && text.ptr[end] != '/')
        end++;
    struct dmx_slice name = dmx_slice_upto(text, end);
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (!dmx_slice_eq_nocase(name, mechanisms[i].name))
            continue;
        term->kind = mechanisms[i].kind;
        return parse_argument(mechanisms[i].argument, dmx_slice_from(text, end), term);
    }
    return SPF_UNKNOWN_MECHANISM;
}

static bool is_name_byte(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '_' || ch == '.';
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), then "="; len is that of the name. */
static bool starts_modifier(struct dmx_slice text, size_t *out_len)
{
    size_t len = 0;
    while (len < text.len && is_name_byte(text.ptr[len]))
        len++;
    *out_len = len;
    return len > 0 && len < text.len && dmx_is_alpha(text.ptr[0]) && text.ptr[len] == '=';
}

/*
 * modifier         = redirect / explanation / unknown-modifier
 * redirect         = "redirect" "=" domain-spec
 * explanation      = "exp" "=" domain-spec
 * unknown-modifier = name "=" macro-string
 */
static enum dmx_spf_why parse_modifier(struct dmx_slice text, size_t name_len, struct dmx_spf_term *term)
{
    struct dmx_slice name = dmx_slice_upto(text, name_len);
    struct dmx_slice value = dmx_slice_from(text, name_len + 1);
    bool redirect = dmx_slice_eq_nocase(name, DMX_SLICE("redirect"));
    bool exp = dmx_slice_eq_nocase(name, DMX_SLICE("exp"));
    term->kind = redirect ? SPF_REDIRECT : exp ? SPF_EXP : SPF_OTHER_MODIFIER;
    if (term->kind == SPF_OTHER_MODIFIER)
        return dmx_spf_macro_check(value, SPF_IN_RECORD);
    term->spec = value;
    return value.len == 0 ? SPF_MISSING_ARGUMENT : dmx_spf_domain_spec_check(value);
}

static enum dmx_spf_why check_bytes(struct dmx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!dmx_is_vchar(text.ptr[i]))
            return SPF_BAD_BYTE;
    }
    return text.len > SPF_MAX_TERM ? SPF_LONG_TERM : SPF_FINE;
}

/* ( directive / modifier ) */
static enum dmx_spf_why parse_term(struct dmx_slice text, struct dmx_spf_term *term)
{
    *term = (struct dmx_spf_term){.text = text, .prefix4 = SPF_V4_BITS, .prefix6 = SPF_V6_BITS};
    enum dmx_spf_why why = check_bytes(text);
    if (why != SPF_FINE)
        return why;
    size_t name_len;
    if (starts_modifier(text, &name_len))
        return parse_modifier(text, name_len, term);
    return parse_directive(text, term);
}

/* terms = *( 1*SP ( directive / modifier ) ), and *SP at the end: a tab is no space. */
static bool take_term(struct dmx_slice *rest, struct dmx_slice *out)
{
    while (rest->len > 0 && rest->ptr[0] == ' ')
        *rest = dmx_slice_from(*rest, 1);
    size_t end = dmx_slice_find(*rest, ' ');
    *out = dmx_slice_upto(*rest, end);
    *rest = dmx_slice_from(*rest, end);
    return out->len > 0;
}

/* Section 6: redirect and exp MUST NOT appear more than once each. */
static enum dmx_spf_why note_term(struct dmx_spf_record *record, const struct dmx_spf_term *term)
{
    if (term->kind != SPF_REDIRECT && term->kind != SPF_EXP)
        return SPF_FINE;
    struct dmx_slice *place = term->kind == SPF_REDIRECT ? &record->redirect : &record->exp;
    if (place->ptr)
        return SPF_REPEATED_MODIFIER;
    *place = term->spec;
    return SPF_FINE;
}

bool dmx_spf_record_parse(struct dmx_slice text, struct dmx_spf_record *out, struct dmx_spf_fault *out_fault)
{
    *out = (struct dmx_spf_record){.terms = dmx_slice_from(text, version.len)};
    struct dmx_slice rest = out->terms, word;
    while (take_term(&rest, &word)) {
        struct dmx_spf_term term;
        enum dmx_spf_why why = parse_term(word, &term);
        if (why == SPF_FINE)
            why = note_term(out, &term);
        if (why != SPF_FINE) {
            *out_fault = (struct dmx_spf_fault){why, word, (size_t)(word.ptr - text.ptr)};
            return false;
        }
    }
    return true;
}

bool dmx_spf_next_mechanism(struct dmx_slice *rest, struct dmx_spf_term *out)
{
    struct dmx_slice word;
    while (take_term(rest, &word)) {
        if (parse_term(word, out) == SPF_FINE && out->kind < SPF_REDIRECT)
            return true;
    }
    return false;
}
