/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/authres.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/invariant.h"
#include "lexis.h"

enum {
    MAX_ID = 1024,     /* of an id that is read: one that is longer can be no host name */
    LINE_BYTES = 300,  /* an item that would end beyond gets a line of its own; RFC 5322 allows 998 */
    ITEM_BYTES = 1024, /* of one method, property or comment, all its bytes escaped */
    TAIL_BYTES = 64,   /* kept for "(... and N more)" and the final LF */
};

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* What can stand in an id: a token, or UTF-8 (RFC 8601 section 2.2). */
static bool is_id_byte(char ch)
{
    return dmx_is_token(ch) || (unsigned char)ch >= 0x80;
}

/*
 * authserv-id = value; value = token / quoted-string
 * Reads it into b without its quoting. False when there is none.
 */
static bool read_id(struct dmx_cursor *c, struct dmx_builder *b)
{
    dmx_skip_cfws(c);
    if (dmx_cursor_peek(c) == '"')
        dmx_put_unquoted(b, dmx_read_quoted(c));
    else
        dmx_put(b, dmx_cursor_run(c, is_id_byte));
    struct dmx_slice id = dmx_builder_text(b);
    for (size_t i = 0; i < id.len; i++)
        if (!is_id_byte(id.ptr[i]))
            return false; /* no name of a server, however well it is quoted */
    return !c->failed && id.len > 0;
}

/* What may follow the id: [CFWS 1*DIGIT [CFWS]] and then ";" or the end. */
static bool id_ends_well(struct dmx_cursor *c)
{
    dmx_skip_cfws(c);
    dmx_cursor_run(c, dmx_is_digit);
    dmx_skip_cfws(c);
    return !c->failed && (dmx_cursor_at_end(c) || dmx_cursor_peek(c) == ';');
}

/* A name with and without its last dot is the same host. */
static struct dmx_slice without_last_dot(struct dmx_slice id)
{
    if (id.len > 0 && id.ptr[id.len - 1] == '.')
        id.len--;
    return id;
}

/* The last letters of a text that is fed byte by byte, compared with the id in lower case at each step. */
struct tail {
    struct dmx_slice id;
    char last[MAX_ID];
    size_t seen;
};

static bool ends_in_id(struct tail *t, char ch)
{
    t->last[t->seen++ % MAX_ID] = dmx_lower(ch);
    if (t->seen < t->id.len)
        return false;
    for (size_t i = 1; i <= t->id.len; i++)
        if (t->last[(t->seen - i) % MAX_ID] != dmx_lower(t->id.ptr[t->id.len - i]))
            return false;
    return true;
}

/*
 * Whether the id's letters occur in a value that cannot be read, in the eyes of a hasty reader who sees no white space,
 * no quotes and backslashes, and perhaps no comments. After a comment that does not end the rest is taken as text: to
 * try again at every bracket would cost the square of the field's length.
 */
static bool mentions(struct dmx_slice value, struct dmx_slice id, bool without_comments)
{
    struct tail t = {.id = id};
    struct dmx_cursor c = dmx_cursor_from(value);
    while (!dmx_cursor_at_end(&c)) {
        if (without_comments && *c.at == '(') {
            struct dmx_cursor attempt = c;
            dmx_skip_cfws(&attempt);
            without_comments = !attempt.failed;
            c = attempt.failed ? c : attempt;
            continue;
        }
        char ch = *dmx_cursor_bytes(&c, 1).ptr;
        if (!dmx_is_fws(ch) && ch != '"' && ch != '\\' && ends_in_id(&t, ch))
            return true;
    }
    return false;
}

bool dmx_authres_is_from(struct dmx_slice value, struct dmx_slice authserv_id)
{
    char buf[MAX_ID];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_cursor c = dmx_cursor_from(value);
    struct dmx_slice ours = without_last_dot(authserv_id);
    if (ours.len == 0 || DMX_BROKEN(ours.len < MAX_ID))
        return false;
    bool readable = read_id(&c, &b);
    if (readable && dmx_slice_eq_nocase(without_last_dot(dmx_builder_text(&b)), ours))
        return true;
    if (readable && id_ends_well(&c))
        return false;
    return mentions(value, ours, false) || mentions(value, ours, true);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* Control and 8-bit bytes have no place in the header we write. */
static char safe_byte(char ch)
{
    return ch == ' ' || dmx_is_vchar(ch) ? ch : '?';
}

/* Appends s with a backslash before each byte that means something between the two delimiters. */
static void put_between(struct dmx_builder *b, struct dmx_slice s, char open, char close)
{
    dmx_put_char(b, open);
    for (size_t i = 0; i < s.len; i++) {
        char ch = safe_byte(s.ptr[i]);
        if (ch == '\\' || ch == open || ch == close)
            dmx_put_char(b, '\\');
        dmx_put_char(b, ch);
    }
    dmx_put_char(b, close);
}

static void put_quoted(struct dmx_builder *b, struct dmx_slice s)
{
    put_between(b, s, '"', '"');
}

/*
 * pvalue = [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name ) ) [CFWS]
 * A value that is a token, or two around one "@", stands as it is; anything else is quoted.
 */
static void put_value(struct dmx_builder *b, struct dmx_slice value)
{
    size_t at = dmx_slice_find(value, '@');
    bool bare = at + 1 != value.len;
    for (size_t i = 0; i < value.len; i++)
        bare &= i == at || dmx_is_token(value.ptr[i]);
    if (bare)
        dmx_put(b, value);
    else
        put_quoted(b, value);
}

/* Bytes of the line that out ends with. */
static size_t line_length(const struct dmx_authres *ar)
{
    struct dmx_slice text = dmx_slice(ar->out->buf + ar->start, ar->out->len - ar->start);
    size_t lf = dmx_slice_rfind(text, '\n');
    return lf < text.len ? text.len - lf - 1 : text.len;
}

/* Takes the present method back, and leaves out what still comes of it. */
static void leave_out(struct dmx_authres *ar)
{
    ar->out->len = ar->method_at;
    ar->methods--;
    ar->omitted++;
    ar->skipping = true;
}

/* Appends an item of the present method after its separator, folded where the line would grow long. */
static void put_item(struct dmx_authres *ar, struct dmx_builder *item)
{
    struct dmx_slice text = dmx_builder_text(item);
    if (ar->skipping || ar->out->failed)
        return;
    bool fold = line_length(ar) + 1 + text.len > LINE_BYTES;
    size_t need = text.len + (fold ? 3 : 1);
    if (item->failed || ar->out->len - ar->start + need + TAIL_BYTES > DMX_AUTHRES_MAX) {
        if (ar->methods > 0)
            leave_out(ar);
        return;
    }
    dmx_put_cstr(ar->out, fold ? "\n\t " : " ");
    dmx_put(ar->out, text);
}

/* authres-header-field = "Authentication-Results:" [CFWS] authserv-id ... */
void dmx_authres_begin(struct dmx_authres *ar, struct dmx_builder *out, struct dmx_slice authserv_id)
{
    *ar = (struct dmx_authres){.out = out, .start = out->len};
    dmx_put_cstr(out, "Authentication-Results: ");
    struct dmx_slice id = dmx_slice_upto(authserv_id, DMX_AUTHRES_VALUE);
    if (dmx_slice_find(id, '@') < id.len)
        put_quoted(out, id);
    else
        put_value(out, id);
}

/* methodspec = [CFWS] method [CFWS] "=" [CFWS] result; reasonspec = "reason" [CFWS] "=" [CFWS] value */
void dmx_authres_method(struct dmx_authres *ar, const char *method, enum dmx_result result,
                        const struct dmx_reason *reason)
{
    char buf[ITEM_BYTES];
    struct dmx_builder item = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&item, ";\n\t");
    dmx_put_cstr(&item, method);
    dmx_put_char(&item, '=');
    dmx_put_cstr(&item, dmx_result_word(result));
    struct dmx_slice text = dmx_builder_text(&item);
    ar->method_at = ar->out->len;
    ar->methods++;
    ar->skipping = false;
    if (item.failed || ar->out->len - ar->start + text.len + TAIL_BYTES > DMX_AUTHRES_MAX) {
        leave_out(ar);
        return;
    }
    dmx_put(ar->out, text);
    if (!reason || !reason->text)
        return;
    item = dmx_builder_fixed(buf, sizeof buf);
    dmx_put_cstr(&item, "reason=");
    put_quoted(&item, dmx_slice_upto(dmx_slice_cstr(reason->text), DMX_AUTHRES_TEXT));
    put_item(ar, &item);
}

/* propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue */
void dmx_authres_property(struct dmx_authres *ar, const char *ptype, const char *property, struct dmx_slice value)
{
    char buf[ITEM_BYTES];
    struct dmx_builder item = dmx_builder_fixed(buf, sizeof buf);
    if (value.len == 0)
        return;
    bool too_long = value.len > DMX_AUTHRES_VALUE;
    dmx_put_cstr(&item, too_long ? "(" : "");
    dmx_put_cstr(&item, ptype);
    dmx_put_char(&item, '.');
    dmx_put_cstr(&item, property);
    if (too_long) {
        dmx_put_cstr(&item, " is too long)");
    } else {
        dmx_put_char(&item, '=');
        put_value(&item, value);
    }
    put_item(ar, &item);
}

void dmx_authres_comment(struct dmx_authres *ar, struct dmx_slice comment)
{
    char buf[ITEM_BYTES];
    struct dmx_builder item = dmx_builder_fixed(buf, sizeof buf);
    put_between(&item, dmx_slice_upto(comment, DMX_AUTHRES_TEXT), '(', ')');
    if (comment.len > DMX_AUTHRES_TEXT && !item.failed) {
        item.len--; /* before the closing bracket */
        dmx_put_cstr(&item, "...)");
    }
    put_item(ar, &item);
}

/* no-result = [CFWS] ";" [CFWS] "none" */
void dmx_authres_end(struct dmx_authres *ar)
{
    if (ar->methods == 0)
        dmx_put_cstr(ar->out, "; none");
    if (ar->omitted > 0) {
        dmx_put_cstr(ar->out, "\n\t(... and ");
        dmx_put_u64(ar->out, ar->omitted);
        dmx_put_cstr(ar->out, " more)");
    }
    dmx_put_char(ar->out, '\n');
}
