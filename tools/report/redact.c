/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/redact.h"

#include "dmx/base/ascii.h"
#include "dmx/base/siphash.h"
#include "encoded_word.h"

#include "dmx/base/banned.h"

enum {
    BLANKS = 8,       /* of white space around an at sign that is looked over: a fold and some blanks */
    QUOTED_MAX = 256, /* a quoted string or comment within an address: longer than any local part */
    COMMENTS = 4,     /* between local part and at sign */
    GROWTH = 9,       /* "a@b," becomes "redacted-0123456789abcdef@b," */
    MASK_GROWTH = 4,  /* ::1 becomes X.X.X.X */
    SPARE = 64,       /* of short texts */
    KEY_HALF = 8,
};

/* ---- the key ---- */

struct dmx_redaction dmx_redaction_of(const struct dmx_config *config, const uint8_t store_key[16])
{
    struct dmx_redaction r = {.on = config->failure_redact, .mask = dmx_mask_of(config)};
    /* No text that is hashed with the store's key elsewhere holds a NUL. */
    uint64_t halves[2] = {dmx_siphash(store_key, DMX_SLICE("redact\0a")),
                          dmx_siphash(store_key, DMX_SLICE("redact\0b"))};
    for (size_t i = 0; i < sizeof r.key; i++)
        r.key[i] = (uint8_t)(halves[i / KEY_HALF] >> 8 * (i % KEY_HALF));
    r.mask.form = DMX_MASK_LITERAL;
    return r;
}

void dmx_put_redacted(struct dmx_builder *out, const struct dmx_redaction *redaction, struct dmx_slice local,
                      struct dmx_arena *arena)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t hash = dmx_siphash(redaction->key, dmx_arena_dup_lower(arena, local));
    dmx_put_cstr(out, "redacted-");
    for (int i = 0; i < 16; i++, hash <<= 4)
        dmx_put_char(out, hex[hash >> 60]);
}

/* ---- addresses ---- */

/*
 * "&#" *"0" "64" [";"] / "&#" "x" *"0" "40" [";"]: how long the number of an at sign is, or 0. Browsers take it without its
 * end, if no further digit follows.
 */
static size_t at_number(struct dmx_slice text)
{
    const bool hex = dmx_slice_starts_nocase(text, DMX_SLICE("&#x"));
    size_t n = hex ? 3 : 2;
    if (!dmx_slice_starts(text, DMX_SLICE("&#")))
        return 0;
    while (n < text.len && text.ptr[n] == '0')
        n++;
    if (!dmx_slice_starts(dmx_slice_from(text, n), hex ? DMX_SLICE("40") : DMX_SLICE("64")))
        return 0;
    n += 2;
    if (n < text.len && text.ptr[n] == ';')
        return n + 1;
    return n < text.len && (hex ? dmx_hex_value(text.ptr[n]) >= 0 : dmx_is_digit(text.ptr[n])) ? 0 : n;
}

/* An at sign in one of its spellings begins here: its length, or 0. */
static size_t at_sign(struct dmx_slice text)
{
    static const struct dmx_slice spellings[] = {DMX_SLICE_INIT("@"), DMX_SLICE_INIT("%40"), DMX_SLICE_INIT("%2540"),
                                                 DMX_SLICE_INIT("&commat;")};
    if (text.len == 0 || (text.ptr[0] != '@' && text.ptr[0] != '%' && text.ptr[0] != '&'))
        return 0;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (dmx_slice_starts_nocase(text, spellings[i]))
            return spellings[i].len;
    return at_number(text);
}

/* atext of RFC 5322 section 3.2.3 and RFC 6532, and the dot. */
static bool is_local(char ch)
{
    const struct dmx_slice marks = DMX_SLICE("!#$%&'*+-/=?^_`{|}~.\\");
    return dmx_is_alnum(ch) || (unsigned char)ch >= 0x80 || dmx_slice_find(marks, ch) < marks.len;
}

/* Where the white space that ends at a place begins. */
static size_t before_blanks(struct dmx_slice text, size_t from, size_t end)
{
    for (int i = 0; i < BLANKS && end > from && dmx_is_fws(text.ptr[end - 1]); i++)
        end--;
    return end;
}

/* Where the comment or quoted string that ends at a place begins; end itself where none does. */
static size_t before_bracketed(struct dmx_slice text, size_t from, size_t end, char open)
{
    for (size_t at = end - 1; at > from && end - at < QUOTED_MAX; at--)
        if (text.ptr[at - 1] == open && (at - 1 == from || text.ptr[at - 2] != '\\'))
            return at - 1;
    return end;
}

/*
 * What stands before an address with nothing between them: the properties of RFC 8601 and RFC 6376, and what people write.
 * Any other word before "=" belongs to the local part, as in those that mailing lists make up.
 */
static size_t label_len(struct dmx_slice run)
{
    static const struct dmx_slice labels[] = {
        DMX_SLICE_INIT("smtp.mailfrom="), DMX_SLICE_INIT("smtp.mfrom="),    DMX_SLICE_INIT("smtp.rcptto="),
        DMX_SLICE_INIT("smtp.auth="),     DMX_SLICE_INIT("header.i="),      DMX_SLICE_INIT("header.from="),
        DMX_SLICE_INIT("header.sender="), DMX_SLICE_INIT("envelope-from="), DMX_SLICE_INIT("i="),
        DMX_SLICE_INIT("email="),
    };
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (dmx_slice_starts_nocase(run, labels[i]) && run.len > labels[i].len)
            return labels[i].len;
    return 0;
}

/* Of a link only the last part is an address: what is before it says where it leads. */
static size_t link_len(struct dmx_slice run)
{
    const struct dmx_slice marks = DMX_SLICE("/?&=");
    size_t len = run.len;
    if (!dmx_slice_starts(run, DMX_SLICE("//")))
        return 0;
    while (len > 0 && dmx_slice_find(marks, run.ptr[len - 1]) == marks.len)
        len--;
    return len < run.len ? len : 0;
}

/* Where the local part that ends at a place begins. What is odd is taken as far as the next blank or bracket. */
static size_t local_start(struct dmx_slice text, size_t from, size_t end)
{
    if (end > from && text.ptr[end - 1] == '"')
        return before_bracketed(text, from, end, '"');
    size_t start = end;
    while (start > from && is_local(text.ptr[start - 1]))
        start--;
    if (start < end) {
        struct dmx_slice run = dmx_slice(text.ptr + start, end - start);
        return start + (link_len(run) ? link_len(run) : label_len(run));
    }
    while (start > from && !dmx_is_fws(text.ptr[start - 1]) && text.ptr[start - 1] != '<' && text.ptr[start - 1] != '>')
        start--;
    return start;
}

static bool has_domain(struct dmx_slice text)
{
    for (int i = 0; i < BLANKS && text.len > 0 && dmx_is_fws(text.ptr[0]); i++)
        text = dmx_slice_from(text, 1);
    return text.len > 0 && (dmx_is_alnum(text.ptr[0]) || (unsigned char)text.ptr[0] >= 0x80 || text.ptr[0] == '[' ||
                            text.ptr[0] == '(');
}

/* The local part before the at sign at a place, behind what has been written already; empty: there is no address. */
static struct dmx_slice find_local(struct dmx_slice text, size_t from, size_t at, size_t at_len)
{
    size_t end = before_blanks(text, from, at);
    if (!has_domain(dmx_slice_from(text, at + at_len)))
        return DMX_SLICE_NONE;
    for (int i = 0; i < COMMENTS && end > from && text.ptr[end - 1] == ')'; i++) {
        size_t start = before_bracketed(text, from, end, '(');
        if (start == end)
            break;
        end = before_blanks(text, from, start);
    }
    size_t start = local_start(text, from, end);
    return dmx_slice(text.ptr + start, end - start);
}

/* ---- links ---- */

/* hxxp, hxxps, fxp: what is read as a link by nobody, and understood by everybody. */
static void put_defanged(struct dmx_builder *out, struct dmx_slice text)
{
    size_t done = 0;
    for (size_t at = 0; at < text.len; at++) {
        struct dmx_slice rest = dmx_slice_from(text, at);
        bool http =
            dmx_slice_starts_nocase(rest, DMX_SLICE("http://")) || dmx_slice_starts_nocase(rest, DMX_SLICE("https://"));
        if (!http && !dmx_slice_starts_nocase(rest, DMX_SLICE("ftp://")))
            continue;
        dmx_put(out, dmx_slice(text.ptr + done, at + 1 - done));
        dmx_put_cstr(out, http ? "xx" : "x");
        done = at + (http ? 3 : 2);
    }
    dmx_put(out, dmx_slice_from(text, done));
}

static void put_redacted_text(const struct dmx_redaction *r, struct dmx_slice text, struct dmx_builder *out)
{
    size_t done = 0;
    for (size_t at = 0; at < text.len; at++) {
        size_t at_len = at_sign(dmx_slice_from(text, at));
        struct dmx_slice local = at_len > 0 ? find_local(text, done, at, at_len) : DMX_SLICE_NONE;
        if (local.len == 0)
            continue;
        put_defanged(out, dmx_slice(text.ptr + done, (size_t)(local.ptr - text.ptr) - done));
        dmx_put_redacted(out, r, local, out->arena);
        done = (size_t)(local.ptr - text.ptr) + local.len;
        at += at_len - 1;
    }
    put_defanged(out, dmx_slice_from(text, done));
}

/* ---- the mask ---- */

/* No address of a host goes on over such a byte. */
static bool ends_address(char ch)
{
    return !dmx_is_alnum(ch) && ch != '.' && ch != ':' && ch != '-' && ch != '_';
}

/* Nor over these letters, which neither hexadecimal numbers nor "in-addr.arpa" have: long words of them are no rarity. */
static bool is_in_no_address(char ch)
{
    const struct dmx_slice letters = DMX_SLICE("ghjklmoqstuvwxyz");
    return dmx_slice_find(letters, dmx_lower(ch)) < letters.len;
}

/* The first bytes that can be looked at by themselves; 0: the mask takes no text as long as the word that begins here. */
static size_t piece_len(struct dmx_slice text)
{
    if (text.len <= DMX_MASK_TEXT)
        return text.len;
    for (size_t n = DMX_MASK_TEXT; n > 0; n--)
        if (ends_address(text.ptr[n - 1]))
            return n;
    for (size_t n = DMX_MASK_TEXT; n > 0; n--)
        if (is_in_no_address(text.ptr[n - 1]))
            return n;
    return 0;
}

static size_t word_len(struct dmx_slice text)
{
    size_t n = 0;
    while (n < text.len && !ends_address(text.ptr[n]))
        n++;
    return n;
}

/* A word of a thousand letters, digits, dots and colons is no text: it is left out, for nobody can look at it whole. */
static bool put_masked(const struct dmx_mask *mask, struct dmx_slice text, struct dmx_builder *out)
{
    bool found = false;
    while (text.len > 0) {
        size_t n = mask->on ? piece_len(text) : text.len;
        if (n > 0)
            found |= mask->on ? dmx_mask_put_text(mask, dmx_slice_upto(text, n), out) : (dmx_put(out, text), false);
        else
            dmx_put_cstr(out, "[...]");
        text = dmx_slice_from(text, n > 0 ? n : word_len(text));
    }
    return found;
}

bool dmx_redaction_finds_hidden(const struct dmx_redaction *redaction, struct dmx_slice text)
{
    if (!redaction->mask.on)
        return false;
    while (text.len > 0) {
        size_t n = piece_len(text);
        if (n == 0 || dmx_mask_finds(&redaction->mask, dmx_slice_upto(text, n)))
            return true;
        text = dmx_slice_from(text, n);
    }
    return false;
}

/* ---- texts ---- */

struct dmx_slice dmx_redact_text(const struct dmx_redaction *redaction, struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_builder redacted = dmx_builder_arena(arena, GROWTH * text.len + SPARE);
    if (redaction->on) {
        put_redacted_text(redaction, text, &redacted);
        text = dmx_builder_text(&redacted);
    }
    struct dmx_builder masked = dmx_builder_arena(arena, MASK_GROWTH * text.len + SPARE);
    (void)put_masked(&redaction->mask, text, &masked);
    return dmx_builder_text(&masked);
}

/* Whether decoded words hold what must not be shown, or a link; nobody can look into those of a charset like UTF-16. */
static bool is_hidden(const struct dmx_redaction *r, struct dmx_slice decoded, bool readable, struct dmx_arena *arena)
{
    if (!readable)
        return r->on || r->mask.on;
    return (r->on && (dmx_slice_find(decoded, '@') < decoded.len ||
                      !dmx_slice_eq(dmx_redact_text(r, decoded, arena), decoded))) ||
           dmx_redaction_finds_hidden(r, decoded);
}

static struct dmx_slice without_hidden_words(const struct dmx_redaction *r, struct dmx_slice value,
                                             struct dmx_arena *arena)
{
    struct dmx_builder out = dmx_builder_arena(arena, value.len + SPARE);
    size_t done = 0;
    for (size_t at = 0; at < value.len;) {
        struct dmx_slice decoded;
        bool readable;
        size_t n = encoded_words(dmx_slice_from(value, at), arena, &decoded, &readable);
        if (n == 0) {
            at++;
            continue;
        }
        dmx_put(&out, dmx_slice(value.ptr + done, at - done));
        dmx_put(&out, is_hidden(r, decoded, readable, arena) ? DMX_SLICE("[redacted]") : dmx_slice(value.ptr + at, n));
        done = at += n;
    }
    dmx_put(&out, dmx_slice_from(value, done));
    return dmx_builder_text(&out);
}

struct dmx_slice dmx_redact_field(const struct dmx_redaction *redaction, struct dmx_slice field,
                                  struct dmx_arena *arena)
{
    size_t colon = dmx_slice_find(field, ':');
    struct dmx_slice name = dmx_redact_text(redaction, dmx_slice_upto(field, colon), arena);
    struct dmx_slice value = without_hidden_words(redaction, dmx_slice_from(field, colon + 1), arena);
    value = dmx_redact_text(redaction, value, arena);
    struct dmx_builder out = dmx_builder_arena(arena, name.len + value.len + 2);
    dmx_put(&out, name);
    dmx_put_cstr(&out, colon < field.len ? ":" : "");
    dmx_put(&out, value);
    return dmx_builder_text(&out);
}
