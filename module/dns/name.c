/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/name.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

void dmx_name_root(struct dmx_name *out)
{
    out->len = 1;
    out->wire[0] = 0;
}

bool dmx_name_append(struct dmx_name *name, struct dmx_slice label)
{
    if (label.len == 0 || label.len > DMX_LABEL_MAX || name->len + 1 + label.len > DMX_NAME_MAX)
        return false;
    uint8_t *at = name->wire + name->len - 1; /* where the root label is now */
    at[0] = (uint8_t)label.len;
    memcpy(at + 1, label.ptr, label.len);
    at[1 + label.len] = 0;
    name->len = (uint8_t)(name->len + 1 + label.len);
    return true;
}

/* text = label *("." label); no last dot here. */
static bool append_labels(struct dmx_name *name, struct dmx_slice text)
{
    struct dmx_slice label;
    while (dmx_slice_split(&text, '.', &label)) {
        if (!dmx_name_append(name, label))
            return false;
    }
    return true;
}

bool dmx_name_from_parts(struct dmx_slice prefix, struct dmx_slice text, struct dmx_name *out)
{
    struct dmx_name name;
    dmx_name_root(&name);
    if (prefix.len && !append_labels(&name, prefix))
        return false;
    if (text.len && text.ptr[text.len - 1] == '.')
        text.len--;
    if (text.len && !append_labels(&name, text))
        return false;
    *out = name;
    return true;
}

bool dmx_name_from_text(struct dmx_slice text, struct dmx_name *out)
{
    return dmx_name_from_parts(DMX_SLICE_NONE, text, out);
}

/* A length byte is at most 63 and so never a capital letter: the whole wire form can be compared at once. */
bool dmx_name_eq(const struct dmx_name *a, const struct dmx_name *b)
{
    return dmx_slice_eq_nocase(dmx_slice((const char *)a->wire, a->len), dmx_slice((const char *)b->wire, b->len));
}

size_t dmx_name_labels(const struct dmx_name *name)
{
    size_t labels = 0;
    for (size_t at = 0; at < name->len && name->wire[at]; at += 1U + name->wire[at])
        labels++;
    return labels;
}

bool dmx_name_parent(const struct dmx_name *name, struct dmx_name *out)
{
    if (name->len <= 1)
        return false;
    size_t cut = 1U + name->wire[0];
    struct dmx_name parent = {.len = (uint8_t)(name->len - cut)};
    memcpy(parent.wire, name->wire + cut, parent.len);
    *out = parent;
    return true;
}

/* A dot and a backslash inside a label could be taken for the separator and for an escape. */
static void put_label_byte(struct dmx_builder *b, char ch)
{
    unsigned value = (unsigned char)ch;
    if (dmx_is_vchar(ch) && ch != '.' && ch != '\\') {
        dmx_put_char(b, dmx_lower(ch));
        return;
    }
    const char code[4] = {'\\', (char)('0' + value / 100), (char)('0' + value / 10 % 10), (char)('0' + value % 10)};
    dmx_put(b, dmx_slice(code, sizeof code));
}

void dmx_put_name(struct dmx_builder *b, const struct dmx_name *name)
{
    if (name->len <= 1)
        dmx_put_char(b, '.');
    for (size_t at = 0; at < name->len && name->wire[at]; at += 1U + name->wire[at]) {
        if (at)
            dmx_put_char(b, '.');
        for (size_t i = 1; i <= name->wire[at]; i++)
            put_label_byte(b, (char)name->wire[at + i]);
    }
}
