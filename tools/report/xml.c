/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "xml.h"

#include "dmx/base/ascii.h"
#include "dmx/base/utf8.h"

#include "dmx/base/banned.h"

/*
 * Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]
 * of which [#x7F-#x9F] are left out, too: controls that the standard discourages. s is one character of valid UTF-8.
 */
static bool is_char(struct dmx_slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len == 1)
        return p[0] >= ' ' && p[0] != 0x7f;
    if (s.len == 2)
        return p[0] != 0xc2 || p[1] >= 0xa0;
    return s.len != 3 || p[0] != 0xef || p[1] != 0xbf || p[2] < 0xbe; /* U+FFFE, U+FFFF */
}

static void put_clean(struct dmx_builder *out, struct dmx_slice text, size_t max_bytes)
{
    while (text.len > 0) {
        size_t n = dmx_utf8_next(text);
        struct dmx_slice ch = dmx_slice_upto(text, n);
        if (n == 0 || !is_char(ch))
            ch = n == 1 && dmx_is_fws(text.ptr[0]) ? DMX_SLICE(" ") : DMX_SLICE("?");
        if (out->len + ch.len > max_bytes)
            return;
        dmx_put(out, ch);
        text = dmx_slice_from(text, n > 0 ? n : 1);
    }
}

static void put_escaped(struct dmx_builder *out, struct dmx_slice text)
{
    static const struct {
        char ch;
        const char *entity;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            if (text.ptr[i] != rows[row].ch)
                continue;
            dmx_put(out, dmx_slice(text.ptr + from, i - from));
            dmx_put_cstr(out, rows[row].entity);
            from = i + 1;
        }
    }
    dmx_put(out, dmx_slice_from(text, from));
}

bool xml_put_text(struct dmx_builder *out, const struct dmx_mask *mask, struct dmx_slice text, size_t max_bytes)
{
    char clean_buf[DMX_MASK_TEXT + 1], masked_buf[3 * DMX_MASK_TEXT + 8];
    struct dmx_builder clean = dmx_builder_fixed(clean_buf, sizeof clean_buf);
    struct dmx_builder masked = dmx_builder_fixed(masked_buf, sizeof masked_buf);
    put_clean(&clean, text, max_bytes < DMX_MASK_TEXT ? max_bytes : DMX_MASK_TEXT);
    bool hidden = dmx_mask_put_text(mask, dmx_builder_text(&clean), &masked);
    put_escaped(out, dmx_builder_text(&masked));
    return hidden;
}

static void put_indent(struct dmx_builder *out, size_t indent)
{
    dmx_put(out, dmx_slice_upto(DMX_SLICE("            "), indent));
}

static void put_open(struct dmx_builder *out, size_t indent, const char *name)
{
    put_indent(out, indent);
    dmx_put_char(out, '<');
    dmx_put_cstr(out, name);
    dmx_put_char(out, '>');
}

static void put_close(struct dmx_builder *out, const char *name)
{
    dmx_put_cstr(out, "</");
    dmx_put_cstr(out, name);
    dmx_put_cstr(out, ">\n");
}

bool xml_put_element(struct dmx_builder *out, const struct dmx_mask *mask, size_t indent, const char *name,
                     struct dmx_slice text, size_t max_bytes)
{
    put_open(out, indent, name);
    bool hidden = xml_put_text(out, mask, text, max_bytes);
    put_close(out, name);
    return hidden;
}

void xml_put_word(struct dmx_builder *out, size_t indent, const char *name, const char *word)
{
    put_open(out, indent, name);
    dmx_put_cstr(out, word);
    put_close(out, name);
}

void xml_put_number(struct dmx_builder *out, size_t indent, const char *name, int64_t value)
{
    put_open(out, indent, name);
    dmx_put_i64(out, value);
    put_close(out, name);
}

void xml_put_tag(struct dmx_builder *out, size_t indent, const char *name)
{
    put_open(out, indent, name);
    dmx_put_char(out, '\n');
}
