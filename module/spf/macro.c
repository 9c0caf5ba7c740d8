/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "macro.h"

#include "dmx/base/ascii.h"
#include "dmx/base/cursor.h"
#include "limits.h"

#include "dmx/base/banned.h"

enum {
    NIBBLES = 32,
    VALUE_BUFFER = 64, /* an IPv6 address as nibbles with dots takes 63 bytes, any other value of ours less */
};

struct macro {
    char letter; /* in lower case; '%', '_' and '-' are the three escapes */
    bool escape; /* upper case: percent-encode the value */
    bool reverse;
    size_t keep; /* so many parts from the right; 0: all */
    struct dmx_slice delimiters;
};

/* delimiter = "." / "-" / "+" / "," / "/" / "_" / "=" */
static bool is_delimiter(char ch)
{
    return ch == '.' || ch == '-' || ch == '+' || ch == ',' || ch == '/' || ch == '_' || ch == '=';
}

/* macro-letter = "s" / "l" / "o" / "d" / "i" / "p" / "h" / "c" / "r" / "t" / "v" */
static bool is_letter(char ch)
{
    return dmx_slice_find(DMX_SLICE("slodiphvcrt"), ch) < sizeof "slodiphvcrt" - 1;
}

/* *DIGIT; no value has more parts than SPF_MAX_VALUE, so larger numbers all mean the same. */
static size_t read_count(struct dmx_cursor *c)
{
    struct dmx_slice digits = dmx_cursor_run(c, dmx_is_digit);
    size_t count = 0;
    for (size_t i = 0; i < digits.len; i++) {
        count = count * 10 + (size_t)(digits.ptr[i] - '0');
        if (count > SPF_MAX_VALUE)
            count = SPF_MAX_VALUE;
    }
    /* Section 7.3: if a number is given, it is not zero. */
    if (digits.len > 0 && count == 0)
        dmx_cursor_fail(c);
    return count;
}

/*
 * macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * transformers = *DIGIT [ "r" ]      (a quoted "r" is of either case: RFC 5234 section 2.3)
 */
static struct macro read_macro(struct dmx_cursor *c)
{
    struct macro m = {0};
    dmx_cursor_expect(c, '%');
    char second = (char)dmx_cursor_u8(c);
    if (second == '%' || second == '_' || second == '-') {
        m.letter = second;
        return m;
    }
    char letter = (char)dmx_cursor_u8(c);
    m.letter = dmx_lower(letter);
    m.escape = m.letter != letter;
    if (second != '{' || !is_letter(m.letter))
        dmx_cursor_fail(c);
    m.keep = read_count(c);
    m.reverse = dmx_cursor_accept(c, 'r') || dmx_cursor_accept(c, 'R');
    m.delimiters = dmx_cursor_run(c, is_delimiter);
    dmx_cursor_expect(c, '}');
    if (m.delimiters.len == 0)
        m.delimiters = DMX_SLICE(".");
    return m;
}

static bool is_record_literal(char ch)
{
    return dmx_is_vchar(ch) && ch != '%';
}

/*
 * macro-literal  = %x21-24 / %x26-7E
 * explain-string = *( macro-string / SP )
 */
static bool is_explanation_literal(char ch)
{
    return is_record_literal(ch) || ch == ' ';
}

static bool allowed_in(const struct macro *m, enum dmx_spf_place place)
{
    return place == SPF_IN_EXPLANATION || (m->letter != 'c' && m->letter != 'r' && m->letter != 't');
}

/* macro-string = *( macro-expand / macro-literal ); *out_tail is what follows the last macro. */
static enum dmx_spf_why check_string(struct dmx_slice text, enum dmx_spf_place place, struct dmx_slice *out_tail)
{
    struct dmx_cursor c = dmx_cursor_from(text);
    bool (*is_literal)(char) = place == SPF_IN_EXPLANATION ? is_explanation_literal : is_record_literal;
    for (;;) {
        *out_tail = dmx_cursor_run(&c, is_literal);
        if (dmx_cursor_at_end(&c))
            return SPF_FINE;
        if (dmx_cursor_peek(&c) != '%')
            return SPF_BAD_BYTE;
        struct macro m = read_macro(&c);
        if (c.failed || !allowed_in(&m, place))
            return SPF_BAD_MACRO;
    }
}

enum dmx_spf_why dmx_spf_macro_check(struct dmx_slice text, enum dmx_spf_place place)
{
    struct dmx_slice tail;
    return check_string(text, place, &tail);
}

/*
 * toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
 * so: letters, digits and inner hyphens, at least one of them not a digit.
 */
static bool is_toplabel(struct dmx_slice s)
{
    bool all_digits = true;
    for (size_t i = 0; i < s.len; i++) {
        if (!dmx_is_alnum(s.ptr[i]) && s.ptr[i] != '-')
            return false;
        all_digits = all_digits && dmx_is_digit(s.ptr[i]);
    }
    return s.len > 0 && !all_digits && s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

/*
 * domain-spec = macro-string domain-end
 * domain-end  = ( "." toplabel [ "." ] ) / macro-expand
 */
enum dmx_spf_why dmx_spf_domain_spec_check(struct dmx_slice text)
{
    struct dmx_slice tail;
    enum dmx_spf_why why = check_string(text, SPF_IN_RECORD, &tail);
    if (why != SPF_FINE)
        return why;
    if (text.len == 0)
        return SPF_BAD_DOMAIN_SPEC;
    if (tail.len == 0) /* the last thing is a macro */
        return SPF_FINE;
    if (tail.ptr[tail.len - 1] == '.')
        tail.len--;
    size_t dot = dmx_slice_rfind(tail, '.');
    bool ends_well = dot < tail.len && is_toplabel(dmx_slice_from(tail, dot + 1));
    return ends_well ? SPF_FINE : SPF_BAD_DOMAIN_SPEC;
}

bool dmx_spf_macro_uses(struct dmx_slice text, char letter)
{
    struct dmx_cursor c = dmx_cursor_from(text);
    for (;;) {
        (void)dmx_cursor_run(&c, is_explanation_literal);
        if (dmx_cursor_at_end(&c) || c.failed)
            return false;
        if (read_macro(&c).letter == letter && !c.failed)
            return true;
    }
}

/* Section 7.3: an IPv4 address as dotted quad, an IPv6 address as dotted nibbles. */
static void put_i(struct dmx_builder *b, const struct dmx_ip *ip)
{
    static const char hex[] = "0123456789ABCDEF";
    if (ip->family != DMX_IP_V6) {
        dmx_put_ip(b, ip);
        return;
    }
    for (size_t i = 0; i < NIBBLES; i++) {
        if (i > 0)
            dmx_put_char(b, '.');
        unsigned byte = ip->bytes[i / 2];
        dmx_put_char(b, hex[i % 2 == 0 ? byte >> 4 : byte & 0xf]);
    }
}

/* The value of a letter; those that are no text of the message are written into b. */
static struct dmx_slice value_of(char letter, const struct dmx_spf_values *v, struct dmx_builder *b)
{
    switch (letter) {
    case 's':
        return v->sender;
    case 'l':
        return v->local;
    case 'o':
        return v->domain;
    case 'd':
        return v->current;
    case 'h':
        return v->helo;
    case 'p':
        return v->validated;
    case 'r':
        return v->receiver.len > 0 ? v->receiver : DMX_SLICE("unknown");
    case 'v':
        return v->client.family == DMX_IP_V6 ? DMX_SLICE("ip6") : DMX_SLICE("in-addr");
    case 'i':
        put_i(b, &v->client);
        break;
    case 'c':
        dmx_put_ip(b, &v->client);
        break;
    default: /* 't', the only one left: a char is no enum */
        dmx_put_i64(b, v->now_s);
        break;
    }
    return dmx_builder_text(b);
}

/* RFC 3986 section 2.3: unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~" */
static bool is_unreserved(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '.' || ch == '_' || ch == '~';
}

static void put_part(struct dmx_builder *b, struct dmx_slice part, bool escape)
{
    static const char hex[] = "0123456789ABCDEF";
    if (!escape) {
        dmx_put(b, part);
        return;
    }
    for (size_t i = 0; i < part.len; i++) {
        unsigned char byte = (unsigned char)part.ptr[i];
        if (is_unreserved(part.ptr[i])) {
            dmx_put_char(b, part.ptr[i]);
            continue;
        }
        dmx_put_char(b, '%');
        dmx_put_char(b, hex[byte >> 4]);
        dmx_put_char(b, hex[byte & 0xf]);
    }
}

static bool splits(const struct macro *m, char ch)
{
    return dmx_slice_find(m->delimiters, ch) < m->delimiters.len;
}

/* The parts from the left, the first skip of them left out. */
static void put_forward(struct dmx_builder *b, struct dmx_slice value, const struct macro *m, size_t skip)
{
    size_t start = 0;
    bool first = true;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && !splits(m, value.ptr[i]))
            continue;
        if (skip > 0) {
            skip--;
        } else {
            if (!first)
                dmx_put_char(b, '.');
            first = false;
            put_part(b, dmx_slice(value.ptr + start, i - start), m->escape);
        }
        start = i + 1;
    }
}

/* The same from the right. */
static void put_backward(struct dmx_builder *b, struct dmx_slice value, const struct macro *m, size_t skip)
{
    size_t end = value.len;
    bool first = true;
    for (size_t i = value.len + 1; i-- > 0;) {
        if (i > 0 && !splits(m, value.ptr[i - 1]))
            continue;
        if (skip > 0) {
            skip--;
        } else {
            if (!first)
                dmx_put_char(b, '.');
            first = false;
            put_part(b, dmx_slice(value.ptr + i, end - i), m->escape);
        }
        end = i > 0 ? i - 1 : 0;
    }
}

/* Section 7.3: split at the delimiters, reverse, keep parts from the right, join with dots, percent-encode. */
static void put_value(struct dmx_builder *b, const struct macro *m, struct dmx_slice value)
{
    size_t parts = 1;
    for (size_t i = 0; i < value.len; i++)
        parts += splits(m, value.ptr[i]);
    size_t skip = m->keep > 0 && m->keep < parts ? parts - m->keep : 0;
    if (value.len == 0)
        return;
    if (m->reverse)
        put_backward(b, value, m, skip);
    else
        put_forward(b, value, m, skip);
}

static void put_macro(struct dmx_builder *b, const struct macro *m, const struct dmx_spf_values *values)
{
    char buffer[VALUE_BUFFER];
    struct dmx_builder own = dmx_builder_fixed(buffer, sizeof buffer);
    if (m->letter == '%')
        dmx_put_char(b, '%');
    else if (m->letter == '_')
        dmx_put_char(b, ' ');
    else if (m->letter == '-')
        dmx_put_cstr(b, "%20");
    else
        put_value(b, m, value_of(m->letter, values, &own));
}

void dmx_spf_put_expanded(struct dmx_builder *b, struct dmx_slice text, const struct dmx_spf_values *values)
{
    struct dmx_cursor c = dmx_cursor_from(text);
    for (;;) {
        dmx_put(b, dmx_cursor_run(&c, is_explanation_literal));
        if (dmx_cursor_at_end(&c) || c.failed || b->failed)
            break;
        struct macro m = read_macro(&c);
        if (!c.failed)
            put_macro(b, &m, values);
    }
    b->failed = b->failed || c.failed;
}

/* "the left side is truncated to fit, by removing successive domain labels" */
static struct dmx_slice drop_labels(struct dmx_slice name)
{
    while (name.len > SPF_MAX_NAME)
        name = dmx_slice_from(name, dmx_slice_find(name, '.') + 1);
    return name;
}

enum dmx_spf_why dmx_spf_target_name(struct dmx_slice spec, const struct dmx_spf_values *values,
                                     struct dmx_arena *arena, struct dmx_slice *out)
{
    struct dmx_builder b = dmx_builder_arena(arena, SPF_MAX_VALUE);
    dmx_spf_put_expanded(&b, spec, values);
    if (b.failed)
        return dmx_arena_failed(arena) ? SPF_NO_MEMORY : SPF_LONG_EXPANSION;
    struct dmx_slice name = dmx_builder_text(&b);
    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    *out = drop_labels(name);
    return SPF_FINE;
}
