/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/resinfo.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/mail/domain.h"
#include "lexis.h"

struct reader {
    struct dmx_cursor c;
    struct dmx_arena *arena;
};

/* Keyword = Ldh-str (RFC 5321 section 4.1.2); writers use underscores in names of their own. */
static bool is_keyword_byte(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '_';
}

/*
 * A value without quotes. RFC 8601 wants a token or an address; Google writes header.b with "/", and addresses hold
 * "=" and more. What would end the value, or begin something else, is shut out.
 */
static bool is_bare_byte(char ch)
{
    return (dmx_is_vchar(ch) || (unsigned char)ch >= 0x80) && ch != ';' && ch != '(' && ch != ')' && ch != '"' &&
           ch != '\\';
}

/* [CFWS] Keyword [CFWS] */
static struct dmx_slice read_keyword(struct reader *r)
{
    dmx_skip_cfws(&r->c);
    struct dmx_slice word = dmx_cursor_run(&r->c, is_keyword_byte);
    if (word.len == 0)
        dmx_cursor_fail(&r->c);
    dmx_skip_cfws(&r->c);
    return word;
}

/* The text between the quotes, without the backslashes of its quoted-pairs. */
static void put_quoted(struct reader *r, struct dmx_builder *b)
{
    struct dmx_slice quoted = dmx_read_quoted(&r->c);
    if (dmx_has_bare_control(quoted))
        dmx_cursor_fail(&r->c);
    dmx_put_unquoted(b, quoted);
}

/*
 * pvalue = [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name ) ) [CFWS]; value = token / quoted-string
 * A quoted local-part goes on behind its quotes. The value may be empty: that is how a null sender gets written.
 */
static struct dmx_slice read_value(struct reader *r)
{
    dmx_skip_cfws(&r->c);
    if (dmx_cursor_peek(&r->c) != '"')
        return dmx_cursor_run(&r->c, is_bare_byte);
    struct dmx_builder b = dmx_builder_arena(r->arena, DMX_RESINFO_MAX_BYTES);
    put_quoted(r, &b);
    if (dmx_cursor_peek(&r->c) == '@')
        dmx_put(&b, dmx_cursor_run(&r->c, is_bare_byte));
    if (b.failed)
        dmx_cursor_fail(&r->c);
    return dmx_builder_text(&b);
}

/* What can stand behind a value: white space, a comment, the next result, the end. */
static void expect_end_of_value(struct reader *r)
{
    int ch = dmx_cursor_peek(&r->c);
    if (ch != -1 && ch != ';' && ch != '(' && !dmx_is_fws((char)ch))
        dmx_cursor_fail(&r->c);
    dmx_skip_cfws(&r->c);
}

/* authserv-id = value, and [ CFWS authres-version ] behind it. Microsoft's id is "mx.microsoft.com 1". */
static struct dmx_slice read_id(struct reader *r)
{
    struct dmx_slice id = read_value(r);
    if (id.len == 0)
        dmx_cursor_fail(&r->c);
    expect_end_of_value(r);
    dmx_cursor_run(&r->c, dmx_is_digit);
    dmx_skip_cfws(&r->c);
    return id;
}

/*
 * methodspec = [CFWS] method [CFWS] "=" [CFWS] result; method = Keyword [ [CFWS] "/" [CFWS] method-version ]
 * Version 1 is the only one there is: a result of another is none that we know.
 */
static void read_method(struct reader *r, struct dmx_resinfo *out)
{
    out->method = read_keyword(r);
    if (dmx_cursor_accept(&r->c, '/')) {
        dmx_skip_cfws(&r->c);
        if (!dmx_slice_eq(dmx_cursor_run(&r->c, dmx_is_digit), DMX_SLICE("1")))
            dmx_cursor_fail(&r->c);
        dmx_skip_cfws(&r->c);
    }
    dmx_cursor_expect(&r->c, '=');
    out->result = read_keyword(r);
}

/*
 * propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue; reasonspec = "reason" [CFWS] "=" [CFWS] value
 * A word without "." is taken as a property without ptype: reason=, and the "action=none" that Microsoft writes.
 */
static void read_property(struct reader *r, struct dmx_resinfo_property *out)
{
    out->property = read_keyword(r);
    if (dmx_cursor_accept(&r->c, '.')) {
        out->ptype = out->property;
        out->property = read_keyword(r);
    }
    dmx_cursor_expect(&r->c, '=');
    out->value = read_value(r);
    expect_end_of_value(r);
}

static bool at_end_of_resinfo(const struct reader *r)
{
    return r->c.failed || dmx_cursor_at_end(&r->c) || dmx_cursor_peek(&r->c) == ';';
}

/* resinfo = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ] */
static void read_resinfo(struct reader *r, struct dmx_resinfo *out)
{
    size_t capacity = 0;
    *out = (struct dmx_resinfo){.property_count = 0};
    read_method(r, out);
    while (!at_end_of_resinfo(r)) {
        struct dmx_resinfo_property property = {.value = DMX_SLICE_NONE};
        read_property(r, &property);
        struct dmx_resinfo_property *grown =
            dmx_arena_grow(r->arena, out->properties, out->property_count, &capacity, sizeof property);
        if (!grown || out->property_count == DMX_RESINFO_MAX_PROPERTIES)
            return dmx_cursor_fail(&r->c);
        out->properties = grown;
        out->properties[out->property_count++] = property;
    }
}

/* no-result = [CFWS] ";" [CFWS] "none", instead of any result */
static bool accept_none(struct reader *r)
{
    struct reader ahead = *r;
    bool none = dmx_slice_eq_nocase(read_keyword(&ahead), DMX_SLICE("none"));
    if (!none || ahead.c.failed || !dmx_cursor_at_end(&ahead.c))
        return false;
    *r = ahead;
    return true;
}

/*
 * authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]
 * A last ";" with nothing behind it is let through: several writers leave one.
 */
bool dmx_resinfos_parse(struct dmx_slice payload, struct dmx_arena *arena, struct dmx_resinfos *out)
{
    struct reader r = {dmx_cursor_from(payload), arena};
    size_t capacity = 0;
    *out = (struct dmx_resinfos){.count = 0};
    if (payload.len > DMX_RESINFO_MAX_BYTES)
        return false;
    out->authserv_id = read_id(&r);
    while (!r.c.failed && !dmx_cursor_at_end(&r.c)) {
        struct dmx_resinfo info;
        dmx_cursor_expect(&r.c, ';');
        dmx_skip_cfws(&r.c);
        if (dmx_cursor_at_end(&r.c) || (out->count == 0 && accept_none(&r)))
            break;
        read_resinfo(&r, &info);
        struct dmx_resinfo *grown = dmx_arena_grow(arena, out->items, out->count, &capacity, sizeof info);
        if (!grown || out->count == DMX_RESINFO_MAX)
            return false;
        out->items = grown;
        out->items[out->count++] = info;
    }
    return !r.c.failed && !dmx_arena_failed(arena);
}

/*
 * arc-info = instance [CFWS] ";" authres-payload
 * instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position
 */
bool dmx_arc_info_split(struct dmx_slice value, struct dmx_slice *out_position, struct dmx_slice *out_payload)
{
    struct dmx_cursor c = dmx_cursor_from(value);
    dmx_skip_cfws(&c);
    dmx_cursor_expect(&c, 'i');
    dmx_skip_cfws(&c);
    dmx_cursor_expect(&c, '=');
    dmx_skip_cfws(&c);
    *out_position = dmx_cursor_run(&c, dmx_is_digit);
    dmx_skip_cfws(&c);
    dmx_cursor_expect(&c, ';');
    *out_payload = dmx_cursor_rest(&c);
    return !c.failed;
}

/* ---- what it says of DMARC ---------------------------------------------------------------------------------------- */

#define DMARC DMX_SLICE("dmarc")

/* Whether the word at at is a whole one with "=" or a version behind it; policy.dmarc= is a property. */
static bool is_method_at(struct dmx_slice text, size_t at)
{
    if (!dmx_slice_starts_nocase(dmx_slice_from(text, at), DMARC))
        return false;
    if (at > 0 && (is_keyword_byte(text.ptr[at - 1]) || text.ptr[at - 1] == '.'))
        return false;
    size_t behind = at + DMARC.len;
    while (behind < text.len && dmx_is_fws(text.ptr[behind]))
        behind++;
    return behind < text.len && (text.ptr[behind] == '=' || text.ptr[behind] == '/' || text.ptr[behind] == '(');
}

/* How often the letters of a DMARC result stand in the field, wherever. */
static size_t count_mentions(struct dmx_slice text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; at++)
        count += is_method_at(text, at);
    return count;
}

static const struct dmx_resinfo *the_dmarc_result(const struct dmx_resinfos *all)
{
    const struct dmx_resinfo *found = NULL;
    for (size_t i = 0; i < all->count; i++) {
        if (!dmx_slice_eq_nocase(all->items[i].method, DMARC))
            continue;
        if (found)
            return NULL;
        found = &all->items[i];
    }
    return found;
}

static bool the_header_from(const struct dmx_resinfo *info, struct dmx_slice *out)
{
    size_t count = 0;
    for (size_t i = 0; i < info->property_count; i++) {
        const struct dmx_resinfo_property *p = &info->properties[i];
        if (!dmx_slice_eq_nocase(p->ptype, DMX_SLICE("header")) || !dmx_slice_eq_nocase(p->property, DMX_SLICE("from")))
            continue;
        *out = p->value;
        count++;
    }
    return count == 1;
}

bool dmx_resinfos_dmarc(struct dmx_slice payload, struct dmx_arena *arena, enum dmx_result *out_result,
                        struct dmx_slice *out_domain)
{
    struct dmx_resinfos all;
    struct dmx_slice from;
    if (!dmx_resinfos_parse(payload, arena, &all) || count_mentions(payload) != 1)
        return false;
    const struct dmx_resinfo *info = the_dmarc_result(&all);
    return info && dmx_result_parse(info->result, out_result) && the_header_from(info, &from) &&
           dmx_domain_normalise(from, arena, out_domain);
}
