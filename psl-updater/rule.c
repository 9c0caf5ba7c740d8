/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "rule.h"

#include <idn2.h>
#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

enum {
    MAX_LABEL = 63, /* RFC 1035 section 2.3.4 */
    MAX_NAME = 253,
    /* With the "*": libpsl looks for the registrable domain among the last nine labels. The longest of today has 5. */
    MAX_LABELS = 8,
    /* 59 characters of Punycode stand for 59 characters at most, each of 4 bytes of UTF-8. */
    MAX_U_LABEL = 59 * 4,
    MAX_U_NAME = 5 * (MAX_U_LABEL + 1),
};

static const struct dmx_reason root =
    DMX_REASON_INIT("rule-of-root", "the rule has no name; it would make every domain, or none, a public suffix", NULL);
static const struct dmx_reason marks = DMX_REASON_INIT(
    "rule-marks", "\"*\" may only be the whole leftmost label, \"!\" only the first character, and not both", NULL);
static const struct dmx_reason label_size =
    DMX_REASON_INIT("rule-label", "a label has 1 to 63 bytes, a name 253 at most", "RFC 1035 section 2.3.4");
static const struct dmx_reason depth =
    DMX_REASON_INIT("rule-depth", "a rule has 8 labels at most, its \"*\" among them; libpsl looks no further", NULL);
static const struct dmx_reason label_form = DMX_REASON_INIT(
    "rule-label", "a label is of lower case letters, digits and inner hyphens, \"xn--\" before Punycode alone",
    "RFC 5890 section 2.3.1");
static const struct dmx_reason idna = DMX_REASON_INIT(
    "rule-idna", "no internationalized name in its one valid form, lower case and composed", "RFC 5891 section 4.2");
static const struct dmx_reason address =
    DMX_REASON_INIT("rule-number", "a name cannot end in a number: that is an IP address", "RFC 3696 section 2");

/* A name on its way into its two forms. */
struct forms {
    struct dmx_builder ascii, utf8;
    char ascii_buf[MAX_NAME + 1], utf8_buf[MAX_U_NAME + 1];
};

static bool is_ascii(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* let-dig [ [ ldh-str ] let-dig ] of RFC 1034 section 3.5, in lower case; what is beyond ASCII counts as a letter */
static bool is_ldh(struct dmx_slice label)
{
    for (size_t i = 0; i < label.len; i++) {
        char ch = label.ptr[i];
        bool edge = i == 0 || i + 1 == label.len;
        bool letter = (unsigned char)ch >= 0x80 || (ch >= 'a' && ch <= 'z') || dmx_is_digit(ch);
        if (!letter && (ch != '-' || edge))
            return false;
    }
    return true;
}

/*
 * The A-label of a U-label; false where the strict reading of IDNA2008 and the mapping one of UTS #46, which is
 * libpsl's and most resolvers', do not both have the same.
 */
static bool to_a_label(const char *u_label, uint8_t **out)
{
    const uint8_t *text = (const uint8_t *)u_label;
    uint8_t *mapped = NULL;
    bool good = idn2_lookup_u8(text, out, IDN2_NFC_INPUT | IDN2_NO_TR46) == IDN2_OK &&
                idn2_lookup_u8(text, &mapped, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
                strcmp((const char *)*out, (const char *)mapped) == 0;
    idn2_free(mapped);
    return good;
}

/* Both forms of a label that has an A-label; what does not read back as it was written is no valid one. */
static bool put_idn(struct forms *f, struct dmx_slice label, bool is_a_label)
{
    char text[MAX_U_LABEL + 1], *u_label = NULL;
    uint8_t *a_label = NULL;
    if (label.len > MAX_U_LABEL)
        return false;
    memcpy(text, label.ptr, label.len);
    text[label.len] = '\0';
    bool good = !is_a_label || idn2_to_unicode_8z8z(text, &u_label, 0) == IDN2_OK;
    good = good && to_a_label(u_label ? u_label : text, &a_label);
    if (good && !is_a_label)
        good = idn2_to_unicode_8z8z((const char *)a_label, &u_label, 0) == IDN2_OK;
    if (good) {
        struct dmx_slice a = dmx_slice_cstr((const char *)a_label), u = dmx_slice_cstr(u_label);
        good = dmx_slice_eq(is_a_label ? a : u, label) && !is_ascii(u) && is_ldh(u) && a.len <= MAX_LABEL;
        dmx_put(&f->ascii, a);
        dmx_put(&f->utf8, u);
    }
    idn2_free(a_label);
    idn2_free(u_label);
    return good;
}

static const struct dmx_reason *put_label(struct forms *f, struct dmx_slice label)
{
    if (label.len == 0)
        return &label_size;
    if (!is_ascii(label))
        return put_idn(f, label, false) ? NULL : &idna;
    if (label.len > MAX_LABEL)
        return &label_size;
    if (!is_ldh(label))
        return &label_form;
    if (label.len > 3 && label.ptr[2] == '-' && label.ptr[3] == '-') {
        if (!dmx_slice_starts(label, DMX_SLICE("xn--")))
            return &label_form;
        return put_idn(f, label, true) ? NULL : &idna;
    }
    dmx_put(&f->ascii, label);
    dmx_put(&f->utf8, label);
    return NULL;
}

static bool is_number(struct dmx_slice label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!dmx_is_digit(label.ptr[i]))
            return false;
    return true;
}

static const struct dmx_reason *put_name(struct forms *f, struct dmx_slice name)
{
    const struct dmx_reason *wrong = NULL;
    struct dmx_slice label, last = DMX_SLICE_NONE;
    for (bool first = true; !wrong && dmx_slice_split(&name, '.', &label); first = false) {
        if (!first) {
            dmx_put_char(&f->ascii, '.');
            dmx_put_char(&f->utf8, '.');
        }
        wrong = put_label(f, label);
        last = label;
    }
    if (wrong)
        return wrong;
    if (f->ascii.failed || f->utf8.failed)
        return &label_size;
    return is_number(last) ? &address : NULL;
}

static size_t label_count(struct dmx_slice name)
{
    size_t count = 1;
    for (size_t i = 0; i < name.len; i++)
        count += name.ptr[i] == '.';
    return count;
}

/* Takes the mark off; an error of shape is left in the name for the caller to see. */
static struct dmx_slice read_mark(struct dmx_slice text, struct dmx_rule *out)
{
    out->exception = dmx_slice_starts(text, DMX_SLICE("!"));
    out->wildcard = dmx_slice_starts(text, DMX_SLICE("*."));
    return dmx_slice_from(text, out->exception ? 1 : out->wildcard ? 2 : 0);
}

enum dmx_status dmx_rule_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_rule *out,
                               struct dmx_reason *out_reason)
{
    struct forms f;
    f.ascii = dmx_builder_fixed(f.ascii_buf, sizeof f.ascii_buf);
    f.utf8 = dmx_builder_fixed(f.utf8_buf, sizeof f.utf8_buf);
    struct dmx_slice name = read_mark(text, out);
    const struct dmx_reason *wrong = NULL;
    if (name.len == 0 || dmx_slice_eq(name, DMX_SLICE("*")) || dmx_slice_eq(name, DMX_SLICE(".")))
        wrong = &root;
    else if (dmx_slice_find(name, '*') < name.len || dmx_slice_find(name, '!') < name.len)
        wrong = &marks;
    else
        wrong = put_name(&f, name);
    if (!wrong && label_count(dmx_builder_text(&f.ascii)) + out->wildcard > MAX_LABELS)
        wrong = &depth;
    if (wrong) {
        *out_reason = *wrong;
        return DMX_INVALID;
    }
    struct dmx_slice ascii = dmx_builder_text(&f.ascii), utf8 = dmx_builder_text(&f.utf8);
    out->ascii = dmx_arena_dup(arena, ascii);
    out->utf8 = dmx_slice_eq(ascii, utf8) ? out->ascii : dmx_arena_dup(arena, utf8);
    return out->ascii.ptr && out->utf8.ptr ? DMX_OK : DMX_NOMEM;
}
