/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/domain.h"

#include <idn2.h>
#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

enum {
    MAX_LABEL = 63, /* RFC 1035 section 2.3.4 */
    /* A label's 63 bytes of Punycode stand for fewer than 60 characters, each of 4 bytes of UTF-8 at most; mapping can
     * shorten the text (wide letters, ignored ones), so there is room to spare. */
    MAX_U_LABEL = 1024,
};

static bool is_ascii(struct dmx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* Appends the A-label of a label with bytes beyond ASCII. The result may hold dots: U+3002 and its kin map to one. */
static bool put_a_label(struct dmx_builder *b, struct dmx_slice label)
{
    char text[MAX_U_LABEL + 1];
    if (label.len > MAX_U_LABEL || dmx_slice_find(label, '\0') < label.len)
        return false;
    memcpy(text, label.ptr, label.len);
    text[label.len] = '\0';
    uint8_t *ascii = NULL;
    if (idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return false;
    dmx_put_lower(b, dmx_slice_cstr((const char *)ascii));
    idn2_free(ascii);
    return true;
}

/* The labels one by one, so that an odd A-label beside a U-label is kept as it is. */
static bool put_ascii_form(struct dmx_builder *b, struct dmx_slice text)
{
    struct dmx_slice label;
    for (bool first = true; dmx_slice_split(&text, '.', &label); first = false) {
        if (!first)
            dmx_put_char(b, '.');
        if (is_ascii(label))
            dmx_put_lower(b, label);
        else if (!put_a_label(b, label))
            return false;
    }
    return true;
}

static bool is_label(struct dmx_slice label, bool *out_numeric)
{
    if (label.len == 0 || label.len > MAX_LABEL)
        return false;
    *out_numeric = true;
    for (size_t i = 0; i < label.len; i++) {
        char ch = label.ptr[i];
        if (!dmx_is_alnum(ch) && ch != '-' && ch != '_')
            return false;
        *out_numeric &= dmx_is_digit(ch);
    }
    return true;
}

/* Labels of the right form, and not all of them numbers: that is somebody's IP address. */
static bool is_domain(struct dmx_slice text)
{
    bool numeric = true, label_numeric;
    struct dmx_slice label;
    while (dmx_slice_split(&text, '.', &label)) {
        if (!is_label(label, &label_numeric))
            return false;
        numeric &= label_numeric;
    }
    return !numeric;
}

bool dmx_domain_normalise(struct dmx_slice text, struct dmx_arena *arena, struct dmx_slice *out)
{
    char buf[DMX_MAX_DOMAIN + 2]; /* room for the last dot */
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    if (text.len == 0 || !put_ascii_form(&b, text))
        return false;
    struct dmx_slice domain = dmx_builder_text(&b);
    if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    if (domain.len == 0 || domain.len > DMX_MAX_DOMAIN || !is_domain(domain))
        return false;
    domain = dmx_arena_dup(arena, domain);
    if (!domain.ptr)
        return false;
    *out = domain;
    return true;
}

bool dmx_domain_within(struct dmx_slice child, struct dmx_slice parent)
{
    if (parent.len == 0 || !dmx_slice_ends_nocase(child, parent))
        return false;
    return child.len == parent.len || child.ptr[child.len - parent.len - 1] == '.';
}

struct dmx_slice dmx_domain_parent(struct dmx_slice domain)
{
    return dmx_slice_from(domain, dmx_slice_find(domain, '.') + 1);
}

size_t dmx_domain_labels(struct dmx_slice domain)
{
    size_t count = domain.len > 0;
    for (size_t i = 0; i < domain.len; i++)
        count += domain.ptr[i] == '.';
    return count;
}
