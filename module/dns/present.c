/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/dns/present.h"

#include "dmx/base/ascii.h"
#include "master.h"

#include "dmx/base/banned.h"

static void put_decimal(struct dmx_builder *out, uint8_t byte)
{
    dmx_put_char(out, '\\');
    dmx_put_char(out, (char)('0' + byte / 100));
    dmx_put_char(out, (char)('0' + byte / 10 % 10));
    dmx_put_char(out, (char)('0' + byte % 10));
}

static void put_label_byte(struct dmx_builder *out, char ch, bool is_wildcard)
{
    if (dmx_is_alnum(ch) || ch == '-' || ch == '_' || (ch == '*' && is_wildcard))
        dmx_put_char(out, dmx_lower(ch));
    else
        put_decimal(out, (uint8_t)ch);
}

void dmx_put_master_name(struct dmx_builder *out, const struct dmx_name *name)
{
    if (name->len <= 1)
        dmx_put_char(out, '.');
    for (size_t at = 0; at < name->len && name->wire[at] > 0; at += 1U + name->wire[at]) {
        if (at > 0)
            dmx_put_char(out, '.');
        for (size_t i = 1; i <= name->wire[at] && at + i < name->len; i++)
            put_label_byte(out, (char)name->wire[at + i], at == 0 && name->wire[at] == 1);
    }
}

bool dmx_master_name_parse(struct dmx_slice text, struct dmx_name *out)
{
    struct dmx_line line = {.text = dmx_cursor_from(text)};
    struct dmx_word word;
    bool too_long;
    if (!dmx_line_word(&line, &word) || !dmx_line_name(&line, word, out, &too_long))
        return false;
    dmx_line_end(&line);
    return !dmx_line_failed(&line);
}

/* char-string in quotes */
static void put_string(struct dmx_builder *out, struct dmx_slice text)
{
    dmx_put_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        if (ch == '"' || ch == '\\')
            dmx_put_char(out, '\\');
        if (ch == ' ' || dmx_is_vchar(ch))
            dmx_put_char(out, ch);
        else
            put_decimal(out, (uint8_t)ch);
    }
    dmx_put_char(out, '"');
}

/* Where the owner cut the text into strings is not kept. */
static void put_text(struct dmx_builder *out, struct dmx_slice text)
{
    put_string(out, dmx_slice_upto(text, DMX_STRING_MAX));
    while (text.len > DMX_STRING_MAX) {
        text = dmx_slice_from(text, DMX_STRING_MAX);
        dmx_put_char(out, ' ');
        put_string(out, dmx_slice_upto(text, DMX_STRING_MAX));
    }
}

void dmx_put_rr_data(struct dmx_builder *out, const struct dmx_rr *rr)
{
    switch (rr->type) {
    case DMX_RR_A:
    case DMX_RR_AAAA:
        /* A mapped address is held as the IPv4 one; as an AAAA record it has its colons. */
        if (rr->type == DMX_RR_AAAA && rr->data.ip.family == DMX_IP_V4)
            dmx_put_cstr(out, "::ffff:");
        dmx_put_ip(out, &rr->data.ip);
        break;
    case DMX_RR_TXT:
    case DMX_RR_SPF:
        put_text(out, rr->data.text);
        break;
    case DMX_RR_MX:
        dmx_put_u64(out, rr->data.host.preference);
        dmx_put_char(out, ' ');
        dmx_put_master_name(out, &rr->data.host.name);
        break;
    case DMX_RR_PTR:
    case DMX_RR_NS:
    case DMX_RR_CNAME:
        dmx_put_master_name(out, &rr->data.host.name);
        break;
    default:
        dmx_put_char(out, '?');
    }
}
