/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/address.h"

#include "display_name.h"
#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/builder.h"
#include "dmx/base/utf8.h"
#include "dmx/mail/domain.h"
#include "lexis.h"

enum {
    MAX_ADDRESSES = 500, /* From fields name one to three; each address costs a conversion of its domain */
    MAX_SCANNED = 20000, /* places in a field that cannot be read; each costs a conversion, all of them under 0.1 s */
    MAX_DOMAIN_TEXT = 1024, /* as written, in UTF-8; 253 bytes of A-labels never need more */
    MAX_DETAIL = 64,        /* bytes of the field shown with a reason */
};

/* One From field (or several, one after the other) on its way into the author. */
struct reader {
    struct dmx_cursor c;
    struct dmx_arena *arena;
    struct dmx_author *author;
    struct dmx_reason reason; /* the first that made the cursor fail */
    size_t addresses;         /* of all fields */
    bool in_group;
};

/* A run of words and dots: what stands before "<", "@" or ":". */
struct phrase {
    size_t words;
    bool local_part; /* may be one: no two words without a dot between them, and UTF-8 throughout */
};

static const char addresses_section[] = "RFC 5322 section 3.4";

static void refuse(struct reader *r, const char *token, const char *text)
{
    if (!r->reason.token) {
        struct dmx_slice rest = dmx_slice(r->c.at, (size_t)(r->c.end - r->c.at));
        r->reason = DMX_REASON_ABOUT(token, text, addresses_section, dmx_slice_upto(rest, MAX_DETAIL));
    }
    dmx_cursor_fail(&r->c);
}

static bool has_domain(const struct dmx_author *author, struct dmx_slice domain)
{
    for (size_t i = 0; i < author->domain_count; i++)
        if (dmx_slice_eq(author->domains[i], domain))
            return true;
    return false;
}

/* Notes a domain as seen. A fifth one changes nothing: two make the field unusable already. */
static void add_domain(struct dmx_author *author, struct dmx_slice domain)
{
    if (has_domain(author, domain))
        return;
    if (author->domain_count < DMX_AUTHOR_DOMAINS)
        author->domains[author->domain_count++] = domain;
    else
        author->more_domains = true;
}

static void skip_cfws(struct reader *r)
{
    bool before = r->c.failed;
    dmx_skip_cfws(&r->c);
    if (r->c.failed && !before)
        refuse(r, "from-bad-comment", "a comment of From is not closed or nested too deep");
}

/*
 * phrase     = 1*word / obs-phrase             obs-phrase = word *(word / "." / CFWS)
 * local-part = dot-atom / quoted-string / obs-local-part
 * obs-local-part = word *("." word)            word       = atom / quoted-string
 *
 * Which of them it is shows at the byte that follows. More lenient than the text: a local part may begin or end with a
 * dot and hold several in a row (addresses that Japanese mobile carriers gave out do), which leaves its domain as clear
 * as before; and a phrase may hold square brackets ("[list] name"), which mean something in a domain only.
 */
static struct phrase read_phrase(struct reader *r)
{
    struct phrase phrase = {.local_part = true};
    bool after_word = false;
    for (;;) {
        skip_cfws(r);
        int ch = dmx_cursor_peek(&r->c);
        if (ch == -1 || (!dmx_is_atext((char)ch) && ch != '"' && ch != '.' && ch != '[' && ch != ']'))
            break;
        if (dmx_cursor_accept(&r->c, '.')) {
            after_word = false;
            continue;
        }
        if (dmx_cursor_accept(&r->c, '[') || dmx_cursor_accept(&r->c, ']')) {
            phrase.local_part = false;
            continue;
        }
        struct dmx_slice word = ch == '"' ? dmx_read_quoted(&r->c) : dmx_cursor_run(&r->c, dmx_is_atext);
        if (r->c.failed)
            refuse(r, "from-open-quote", "a quoted string of From is not closed");
        phrase.local_part &= !after_word && dmx_is_utf8(word);
        phrase.words++;
        after_word = true;
    }
    phrase.local_part &= phrase.words > 0;
    return phrase;
}

/*
 * domain = dot-atom / domain-literal / obs-domain      obs-domain = atom *("." atom)
 * A last dot is accepted; a literal is an address of a host, which publishes no policy.
 */
static struct dmx_slice read_domain(struct reader *r)
{
    char buf[MAX_DOMAIN_TEXT];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_slice domain = DMX_SLICE_NONE;
    skip_cfws(r);
    if (dmx_cursor_peek(&r->c) == '[')
        refuse(r, "from-domain-literal", "From names a host address instead of a domain");
    struct dmx_cursor start = r->c;
    for (;;) {
        dmx_put(&b, dmx_cursor_run(&r->c, dmx_is_atext));
        skip_cfws(r);
        if (!dmx_cursor_accept(&r->c, '.'))
            break;
        dmx_put_char(&b, '.');
        skip_cfws(r);
    }
    if (!r->c.failed && !dmx_domain_normalise(dmx_builder_text(&b), r->arena, &domain)) {
        r->c = start;
        refuse(r, "from-bad-domain", "From has an address whose domain is none");
    }
    return domain;
}

/* addr-spec = local-part "@" domain, from the "@" on. */
static struct dmx_slice read_after_local_part(struct reader *r, struct phrase phrase)
{
    if (!phrase.local_part)
        refuse(r, "from-bad-local-part", "From has an address whose local part cannot be read");
    if (++r->addresses > MAX_ADDRESSES)
        refuse(r, "from-too-many", "From has too many addresses");
    dmx_cursor_expect(&r->c, '@');
    struct dmx_slice domain = read_domain(r);
    if (!r->c.failed)
        add_domain(r->author, domain);
    return domain;
}

/*
 * obs-route       = obs-domain-list ":"
 * obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
 * Its domains are way points, not the author's.
 */
static void skip_route(struct reader *r)
{
    while (!r->c.failed && !dmx_cursor_accept(&r->c, ':')) {
        skip_cfws(r);
        if (dmx_cursor_accept(&r->c, '@')) {
            if (++r->addresses > MAX_ADDRESSES)
                refuse(r, "from-too-many", "From has too many addresses");
            read_domain(r);
        } else if (!dmx_cursor_accept(&r->c, ',')) {
            refuse(r, "from-bad-route", "From has a source route that cannot be read");
        }
    }
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / [CFWS] "<" obs-route addr-spec ">" [CFWS] */
static struct dmx_slice read_angle_addr(struct reader *r)
{
    dmx_cursor_expect(&r->c, '<');
    skip_cfws(r);
    int ch = dmx_cursor_peek(&r->c);
    if (ch == '>')
        refuse(r, "from-empty-brackets", "From has angle brackets without an address");
    if (ch == '@' || ch == ',')
        skip_route(r);
    struct phrase phrase = read_phrase(r);
    if (!r->c.failed && dmx_cursor_peek(&r->c) != '@')
        refuse(r, "from-no-at", "From has an address without a domain");
    struct dmx_slice domain = read_after_local_part(r, phrase);
    dmx_cursor_expect(&r->c, '>');
    if (r->c.failed)
        refuse(r, "from-unbalanced", "From has angle brackets that do not hold one address");
    skip_cfws(r);
    return domain;
}

/*
 * An address where a display name could stand. What follows may repeat it in angle brackets, as careless programs
 * write it: with the same domain there is no doubt, with another one people may see the wrong one.
 */
static void read_bare_addr(struct reader *r, struct phrase phrase)
{
    struct dmx_slice domain = read_after_local_part(r, phrase);
    if (dmx_cursor_peek(&r->c) != '<')
        return;
    struct dmx_cursor start = r->c;
    struct dmx_slice second = read_angle_addr(r);
    if (!r->c.failed && !dmx_slice_eq(domain, second)) {
        r->c = start;
        refuse(r, "from-address-in-name", "From has an address in place of a name before another address");
    }
}

/* group = display-name ":" [group-list] ";" [CFWS], from the ":" on. */
static void open_group(struct reader *r, struct phrase phrase)
{
    if (r->in_group || phrase.words == 0)
        refuse(r, "from-bad-group", "From has a group that cannot be read");
    dmx_cursor_expect(&r->c, ':');
    r->in_group = true;
}

/* address = mailbox / group; mailbox = name-addr / addr-spec. An empty one is the obsolete form of a list. */
static void read_address(struct reader *r)
{
    struct phrase phrase = read_phrase(r);
    bool without_address = false;
    switch (dmx_cursor_peek(&r->c)) {
    case '<':
        read_angle_addr(r);
        break;
    case '@':
        read_bare_addr(r, phrase);
        break;
    case ':':
        open_group(r, phrase);
        return;
    default:
        without_address = phrase.words > 0;
    }
    if (r->in_group && dmx_cursor_accept(&r->c, ';')) {
        r->in_group = false;
        skip_cfws(r);
    }
    if (!dmx_cursor_at_end(&r->c) && !dmx_cursor_accept(&r->c, ','))
        refuse(r, "from-bad-syntax", "From has something other than addresses between commas");
    if (without_address && !r->c.failed)
        refuse(r, "from-no-at", "From has an address without a domain");
}

/* from = "From:" (mailbox-list / address-list), RFC 6854 section 2.1. */
static void read_list(struct reader *r, struct dmx_slice value)
{
    size_t before = r->addresses;
    bool groups = false;
    r->c = dmx_cursor_from(value);
    r->in_group = false;
    if (dmx_has_bare_control(value))
        refuse(r, "from-control", "From has a control byte");
    while (!dmx_cursor_at_end(&r->c)) {
        read_address(r);
        groups |= r->in_group;
    }
    if (r->in_group && !r->c.failed)
        refuse(r, "from-bad-group", "From has a group that is not closed");
    if (r->addresses == before && !r->c.failed && groups)
        refuse(r, "from-empty-group", "From has a group without addresses");
    if (r->addresses == before && !r->c.failed)
        refuse(r, "from-empty", "From has no address");
}

static size_t count(struct dmx_slice s, char ch)
{
    size_t found = 0;
    for (size_t at; (at = dmx_slice_find(s, ch)) < s.len; s = dmx_slice_from(s, at + 1))
        found++;
    return found;
}

/*
 * "Doe, John <john@x.example>": the comma should have been quoted, and by the grammar this is a list whose first entry
 * is no address. It is so common, from address books and web forms, that it is read as meant, where it can mean nothing
 * else: one address in angle brackets at the very end, and no other @ in the whole field, also none that an encoded
 * word hides. False, and everything as it was, for the rest.
 */
static bool read_unquoted_comma(struct reader *r, struct dmx_slice value)
{
    struct reader lenient = {.c = dmx_cursor_from(value), .arena = r->arena, .author = r->author};
    struct dmx_author before = *r->author;
    struct dmx_slice trimmed = dmx_slice_trim(value);
    if (dmx_has_bare_control(value) || trimmed.len == 0 || trimmed.ptr[trimmed.len - 1] != '>' ||
        count(value, '<') != 1 || count(value, '>') != 1 || count(value, '@') != 1 ||
        count(dmx_shown(value, r->arena), '@') != 1)
        return false;
    *r->author = (struct dmx_author){0};
    do
        read_phrase(&lenient);
    while (dmx_cursor_accept(&lenient.c, ','));
    read_angle_addr(&lenient);
    if (dmx_cursor_at_end(&lenient.c) && !lenient.c.failed && !lenient.reason.token) {
        *r = lenient;
        return true;
    }
    *r->author = before;
    return false;
}

/* A byte of a domain as a hasty reader would take it. */
static bool is_domain_byte(char ch)
{
    return dmx_is_alnum(ch) || ch == '-' || ch == '_' || ch == '.' || (unsigned char)ch >= 0x80;
}

/* The sign itself, or one that people read as it: U+FF20 and U+FE6B. */
static bool accept_at_sign(struct dmx_cursor *c)
{
    static const struct dmx_slice signs[] = {DMX_SLICE_INIT("@"), DMX_SLICE_INIT("\xef\xbc\xa0"),
                                             DMX_SLICE_INIT("\xef\xb9\xab")};
    struct dmx_slice left = dmx_slice(c->at, dmx_cursor_left(c));
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!dmx_slice_starts(left, signs[i]))
            continue;
        (void)dmx_cursor_bytes(c, signs[i].len);
        return true;
    }
    return false;
}

/* The text as a domain, or else what of it is ASCII: an invisible character behind a name hides nothing from people. */
static void scan_domain(struct reader *r, struct dmx_slice text)
{
    struct dmx_slice domain;
    size_t ascii = 0;
    while (text.len > 0 && text.ptr[text.len - 1] == '.')
        text.len--;
    while (ascii < text.len && (unsigned char)text.ptr[ascii] < 0x80)
        ascii++;
    if (dmx_domain_normalise(text, r->arena, &domain) ||
        (ascii < text.len && dmx_domain_normalise(dmx_slice_upto(text, ascii), r->arena, &domain) &&
         dmx_domain_labels(domain) > 1))
        add_domain(r->author, domain);
}

/*
 * Of a field that cannot be read: every domain that a hasty reader could find in it, wherever it stands. They make
 * the outcome stricter, never gentler.
 */
static void scan_domains(struct reader *r, struct dmx_slice value)
{
    struct dmx_cursor c = dmx_cursor_from(value);
    size_t tries = 0;
    while (!dmx_cursor_at_end(&c) && !r->author->more_domains && tries < MAX_SCANNED) {
        if (!accept_at_sign(&c)) {
            (void)dmx_cursor_u8(&c);
            continue;
        }
        dmx_cursor_run(&c, dmx_is_fws);
        (void)dmx_cursor_accept(&c, '[');
        tries++;
        scan_domain(r, dmx_cursor_run(&c, is_domain_byte));
    }
}

static struct dmx_reason judge(const struct reader *r, size_t fields, enum dmx_author_status *out_status)
{
    static const char author_section[] = "RFC 9989 section 5.3.1";
    *out_status = DMX_AUTHOR_NONE;
    if (fields == 0)
        return DMX_REASON("from-missing", "the message has no From field", author_section);
    *out_status = DMX_AUTHOR_MULTIPLE;
    if (fields > 1)
        return DMX_REASON("from-several-fields", "the message has several From fields", author_section);
    if (!r->reason.token && r->author->domain_count > 1)
        return DMX_REASON("from-several-domains", "From has addresses of several domains", author_section);
    *out_status = r->reason.token ? DMX_AUTHOR_INVALID : DMX_AUTHOR_OK;
    return r->reason;
}

/* The usual field holds one @ and nothing that could decode to another: it is not looked at further. */
static bool may_carry_another(struct dmx_slice value)
{
    return count(value, '@') > 1 || dmx_slice_find(value, '?') < value.len || dmx_slice_find(value, '\xef') < value.len;
}

void dmx_author_find(const struct dmx_message *message, struct dmx_arena *arena, struct dmx_author *out)
{
    const struct dmx_slice from = DMX_SLICE_INIT("From");
    struct reader r = {.arena = arena, .author = out};
    struct dmx_slice last = DMX_SLICE("");
    size_t fields = 0;
    *out = (struct dmx_author){0};
    for (size_t i = 0; (i = dmx_message_find(message, from, i)) < message->field_count; i++) {
        struct dmx_slice value = message->fields[i].value;
        fields++;
        read_list(&r, value);
        if (r.c.failed && (fields > 1 || !read_unquoted_comma(&r, value)))
            scan_domains(&r, value);
        last = value;
    }
    out->reason = judge(&r, fields, &out->status);
    if (out->status != DMX_AUTHOR_OK)
        return;
    out->domain = out->domains[0];
    if (may_carry_another(last))
        out->name_domain = dmx_shown_foreign_domain(dmx_shown(last, arena), out->domain, arena);
}

void dmx_path_split(struct dmx_slice address, struct dmx_slice *out_local, struct dmx_slice *out_domain)
{
    size_t at = dmx_slice_rfind(address, '@');
    *out_local = dmx_slice_upto(address, at);
    *out_domain = dmx_slice_from(address, at + 1);
    if (address.len > 0 && at == address.len) {
        *out_local = DMX_SLICE("postmaster");
        *out_domain = address;
    }
}
