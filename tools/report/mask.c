/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/mask.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/number.h"

#include "dmx/base/banned.h"

enum {
    IPV6_TEXT_MAX = 45,  /* of RFC 4291: eight groups, the last two as a dotted quad */
    NIBBLES = 32,        /* of an address below ip6.arpa (RFC 3596 section 2.5) */
    NIBBLES_TEXT = 63,   /* with the dots between them */
    OCTET_DIGITS = 3,    /* 001 is an octet in the names that providers give; 0001 is none */
    STEP_BACK = 48,      /* an address that ends in one just replaced begins at most this far before it */
    QUAD_STEP_BACK = 12, /* three numbers of it, and the signs between them */
    IPV6_SEPS_MIN = 6,   /* of an address without "::": six groups and a quad */
    GROWTH = 7 / 3 + 1,  /* ::1 becomes X.X.X.X */
    ROOM = DMX_MASK_TEXT * GROWTH + 8,
};

/* The text while it is being replaced in place. */
struct work {
    const struct dmx_mask *mask;
    size_t len;
    size_t ipv6_end[2]; /* of an address that was looked at, with ':' and with '-': no other begins within it */
    size_t nibbles_end; /* the same of a name below ip6.arpa */
    bool found;
    char text[ROOM];
};

struct dmx_mask dmx_mask_of(const struct dmx_config *config)
{
    return (struct dmx_mask){dmx_config_masks(config), config->mask_in_xml, &config->reserved_ips};
}

bool dmx_mask_hides(const struct dmx_mask *mask, const struct dmx_ip *ip)
{
    return mask->on && ip->family != DMX_IP_NONE && dmx_cidr_list_contains(mask->reserved, ip);
}

static bool is_zero(const struct dmx_ip *ip)
{
    static const uint8_t zeros[sizeof ip->bytes];
    return memcmp(ip->bytes, zeros, ip->family == DMX_IP_V4 ? 4 : sizeof zeros) == 0;
}

/* What stands for a hidden address is not hidden again, though 0.0.0.0 may well be in the list. */
static bool hides(const struct work *work, const struct dmx_ip *ip)
{
    return dmx_mask_hides(work->mask, ip) && (work->mask->form == DMX_MASK_LITERAL || !is_zero(ip));
}

static struct dmx_slice text_from(const struct work *work, size_t at)
{
    return dmx_slice(work->text + at, work->len - at);
}

static char char_at(const struct work *work, size_t at)
{
    return at < work->len ? work->text[at] : '\0';
}

/* The bytes from at on are now those of with. */
static void replace(struct work *work, size_t at, size_t len, struct dmx_slice with)
{
    memmove(work->text + at + with.len, work->text + at + len, work->len - at - len);
    memcpy(work->text + at, with.ptr, with.len);
    work->len = work->len - len + with.len;
    work->found = true;
}

static char filler(const struct work *work)
{
    return work->mask->form == DMX_MASK_LITERAL ? 'X' : '0';
}

/* ---- quads ---- */

struct quad {
    size_t at[4], len[4]; /* of each number */
    struct dmx_ip ip;
    size_t end;
};

static bool is_separator(char ch)
{
    return ch == '.' || ch == '-' || ch == '_';
}

static size_t digits_at(const struct work *work, size_t at)
{
    size_t n = 0;
    while (dmx_is_digit(char_at(work, at + n)))
        n++;
    return n;
}

/* quad = 1*3DIGIT 3( sep 1*3DIGIT ), whole numbers */
static bool read_quad(const struct work *work, size_t at, struct quad *out)
{
    uint64_t octet;
    out->ip = (struct dmx_ip){.family = DMX_IP_V4};
    for (size_t i = 0; i < 4; i++) {
        if (i > 0 && !is_separator(char_at(work, at++)))
            return false;
        size_t n = digits_at(work, at);
        if (n > OCTET_DIGITS || !dmx_parse_u64(dmx_slice(work->text + at, n), UINT8_MAX, &octet))
            return false;
        out->at[i] = at;
        out->len[i] = n;
        out->ip.bytes[i] = (uint8_t)octet;
        at += n;
    }
    out->end = at;
    return true;
}

static struct dmx_ip backwards(const struct dmx_ip *ip)
{
    return dmx_ip_v4((const uint8_t[]){ip->bytes[3], ip->bytes[2], ip->bytes[1], ip->bytes[0]});
}

/* Replaces a hidden quad that begins here; the signs between its numbers stay. */
static bool mask_quad(struct work *work, size_t at)
{
    struct quad quad;
    if (at < work->nibbles_end || !dmx_is_digit(work->text[at]) || (at > 0 && dmx_is_digit(work->text[at - 1])) ||
        !read_quad(work, at, &quad))
        return false;
    bool reverse = dmx_slice_starts_nocase(text_from(work, quad.end), DMX_SLICE(".in-addr.arpa"));
    struct dmx_ip turned = backwards(&quad.ip);
    if (!hides(work, &quad.ip) && !(reverse && hides(work, &turned)))
        return false;
    char fill = filler(work);
    for (size_t i = 4; i-- > 0;)
        replace(work, quad.at[i], quad.len[i], dmx_slice(&fill, 1));
    return true;
}

/* ---- IPv6 ---- */

/* The address that text is, written with sep for ':'. */
static bool parse_ipv6(struct dmx_slice text, char sep, struct dmx_ip *out)
{
    char copy[IPV6_TEXT_MAX];
    size_t seps = 0;
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i] == sep ? ':' : text.ptr[i];
        seps += text.ptr[i] == sep;
    }
    return seps >= 2 && dmx_ip_parse(dmx_slice(copy, text.len), out);
}

/*
 * How many of the bytes from at on may belong to an address; 0 when there are too few signs among them for one. After the
 * first dot of its quad no sep follows. Most texts end here: what comes next is a parse for each length.
 */
static size_t ipv6_run(const struct work *work, size_t at, char sep)
{
    size_t n = 0, seps = 0;
    bool dotted = false, doubled = false;
    for (; n < IPV6_TEXT_MAX && at + n < work->len; n++) {
        char ch = work->text[at + n];
        if (ch == sep && !dotted) {
            seps++;
            doubled |= n > 0 && work->text[at + n - 1] == sep;
        } else if (ch == '.') {
            dotted = true;
        } else if (dmx_hex_value(ch) < 0) {
            break;
        }
    }
    return doubled || seps >= IPV6_SEPS_MIN ? n : 0;
}

/* An address begins with a group or with "::", never within a word. */
static bool may_begin_ipv6(const struct work *work, size_t at, char sep)
{
    if (at > 0 && dmx_is_alnum(work->text[at - 1]))
        return false;
    if (work->text[at] == sep)
        return char_at(work, at + 1) == sep;
    return dmx_hex_value(work->text[at]) >= 0;
}

/* The longest address that begins here; 0: none does. It ends where no word goes on. */
static size_t ipv6_at(const struct work *work, size_t at, char sep, struct dmx_ip *out)
{
    if (!may_begin_ipv6(work, at, sep))
        return 0;
    for (size_t n = ipv6_run(work, at, sep); n >= 2; n--)
        if (!dmx_is_alnum(char_at(work, at + n)) && parse_ipv6(dmx_slice(work->text + at, n), sep, out))
            return n;
    return 0;
}

static struct dmx_slice ipv6_filler(const struct work *work, const struct dmx_ip *ip, char sep)
{
    if (work->mask->form == DMX_MASK_LITERAL)
        return sep == ':' ? DMX_SLICE("X.X.X.X") : DMX_SLICE("X-X-X-X");
    if (ip->family == DMX_IP_V4) /* mapped */
        return sep == ':' ? DMX_SLICE("0.0.0.0") : DMX_SLICE("0-0-0-0");
    return sep == ':' ? DMX_SLICE("::") : DMX_SLICE("0--0");
}

static bool mask_ipv6(struct work *work, size_t at, char sep)
{
    struct dmx_ip ip;
    size_t *end = &work->ipv6_end[sep == '-'];
    size_t n = at < *end ? 0 : ipv6_at(work, at, sep, &ip);
    if (n == 0)
        return false;
    if (!hides(work, &ip)) {
        /* More groups follow: where the address begins is anybody's guess, and a hidden one may begin within. */
        if (char_at(work, at + n) != sep)
            *end = at + n;
        return false;
    }
    replace(work, at, n, ipv6_filler(work, &ip, sep));
    return true;
}

/* 32( HEXDIG "." ) "ip6.arpa", the last nibble first */
static bool mask_nibbles(struct work *work, size_t at)
{
    uint8_t bytes[16] = {0};
    if (!dmx_slice_starts_nocase(dmx_slice_from(text_from(work, at), NIBBLES_TEXT), DMX_SLICE(".ip6.arpa")))
        return false;
    for (size_t i = 0; i < NIBBLES; i++) {
        int value = dmx_hex_value(work->text[at + 2 * i]);
        if (value < 0 || (i > 0 && work->text[at + 2 * i - 1] != '.'))
            return false;
        bytes[15 - i / 2] |= (uint8_t)(i % 2 ? value << 4 : value);
    }
    struct dmx_ip ip = dmx_ip_v6(bytes);
    if (!hides(work, &ip)) {
        work->nibbles_end = at + NIBBLES_TEXT;
        return false;
    }
    for (size_t i = 0; i < NIBBLES; i++)
        work->text[at + 2 * i] = filler(work);
    work->found = true;
    return true;
}

/* ---- a text ---- */

/*
 * Replaces what begins here. How far before it something may begin that was none before: zeros in a quad make other quads
 * with the numbers in front, and never an IPv6 address that is hidden and was not.
 */
static size_t mask_at(struct work *work, size_t at)
{
    if (mask_nibbles(work, at) || mask_ipv6(work, at, ':') || mask_ipv6(work, at, '-'))
        return STEP_BACK;
    return mask_quad(work, at) ? QUAD_STEP_BACK : 0;
}

static void forget(struct work *work)
{
    work->ipv6_end[0] = work->ipv6_end[1] = work->nibbles_end = 0;
}

/*
 * From left to right. Two addresses may share numbers (10.1.192.168.0.1), and what stands for one may make a new one with
 * what stands before it: from there it is looked at again. Each step leaves fewer numbers that are not the filler.
 */
static void run(struct work *work)
{
    size_t at = 0;
    while (at < work->len) {
        size_t back = mask_at(work, at);
        if (back == 0) {
            at++;
            continue;
        }
        at = at > back ? at - back : 0;
        forget(work);
    }
}

/* Most texts hold nothing of the kind: a name of letters, a word. */
static bool may_hold_address(struct dmx_slice text)
{
    size_t signs = 0, digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        signs += is_separator(text.ptr[i]) || text.ptr[i] == ':';
        digits += dmx_hex_value(text.ptr[i]) >= 0;
    }
    return signs >= 2 && digits > 0;
}

static bool mask_text(const struct dmx_mask *mask, struct dmx_slice text, struct work *work)
{
    work->mask = mask;
    work->len = 0;
    work->found = false;
    forget(work);
    if (!mask->on || !may_hold_address(text))
        return false;
    work->len = text.len;
    memcpy(work->text, text.ptr, text.len);
    run(work);
    return work->found;
}

bool dmx_mask_put_text(const struct dmx_mask *mask, struct dmx_slice text, struct dmx_builder *out)
{
    struct work work;
    text = dmx_slice_upto(text, DMX_MASK_TEXT);
    bool found = mask_text(mask, text, &work);
    dmx_put(out, found ? dmx_slice(work.text, work.len) : text);
    return found;
}

bool dmx_mask_finds(const struct dmx_mask *mask, struct dmx_slice text)
{
    struct work work;
    return mask_text(mask, dmx_slice_upto(text, DMX_MASK_TEXT), &work);
}
