/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/taglist.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"
#include "dmx/base/cursor.h"

static const char section[] = "RFC 6376 section 3.2";

/* ALNUMPUNC = ALPHA / DIGIT / "_" */
static bool is_alnumpunc(char ch)
{
    return dmx_is_alnum(ch) || ch == '_';
}

/*
 * VALCHAR = %x21-3A / %x3C-7E, white space between, and since RFC 8616 UTF-8 in the values of d=, s= and i=. What a
 * value means is for its tag to judge.
 */
static bool is_value(char ch)
{
    return ch != ';' && (dmx_is_vchar(ch) || dmx_is_fws(ch) || (unsigned char)ch >= 0x80);
}

static enum dmx_status refuse(struct dmx_reason *out_reason, const char *token, const char *text,
                              struct dmx_slice about)
{
    *out_reason = DMX_REASON_ABOUT(token, text, section, about);
    return DMX_INVALID;
}

/*
 * tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 * tag-name = ALPHA *ALNUMPUNC
 */
static bool read_tag(struct dmx_cursor *c, struct dmx_tag *out)
{
    dmx_cursor_run(c, dmx_is_fws);
    out->offset = dmx_cursor_offset(c);
    out->name = dmx_cursor_run(c, is_alnumpunc);
    dmx_cursor_run(c, dmx_is_fws);
    dmx_cursor_expect(c, '=');
    out->value = dmx_slice_trim(dmx_cursor_run(c, is_value));
    return !c->failed && out->name.len > 0 && dmx_is_alpha(out->name.ptr[0]);
}

static enum dmx_status add_tag(struct dmx_taglist *list, struct dmx_arena *arena, size_t *capacity, struct dmx_tag tag,
                               struct dmx_reason *out_reason)
{
    struct dmx_slice ignored;
    if (dmx_taglist_get(list, tag.name, &ignored))
        return refuse(out_reason, "tag-twice", "a tag occurs twice", tag.name);
    if (list->count >= DMX_MAX_TAGS)
        return refuse(out_reason, "too-many-tags", "the list has too many tags", tag.name);
    struct dmx_tag *tags = dmx_arena_grow(arena, list->tags, list->count, capacity, sizeof *tags);
    if (!tags)
        return DMX_NOMEM;
    list->tags = tags;
    list->tags[list->count++] = tag;
    return DMX_OK;
}

/* tag-list = tag-spec *( ";" tag-spec ) [ ";" ] */
enum dmx_status dmx_taglist_parse(struct dmx_slice text, struct dmx_arena *arena, struct dmx_taglist *out,
                                  struct dmx_reason *out_reason)
{
    struct dmx_cursor c = dmx_cursor_from(text);
    struct dmx_taglist list = {0};
    size_t capacity = 0;
    dmx_cursor_run(&c, dmx_is_fws);
    while (!dmx_cursor_at_end(&c)) {
        struct dmx_tag tag;
        size_t from = dmx_cursor_offset(&c);
        if (!read_tag(&c, &tag) || (!dmx_cursor_at_end(&c) && !dmx_cursor_accept(&c, ';')))
            return refuse(out_reason, "bad-tag-list", "the tag list has a syntax error", dmx_slice_from(text, from));
        enum dmx_status status = add_tag(&list, arena, &capacity, tag, out_reason);
        if (status)
            return status;
        dmx_cursor_run(&c, dmx_is_fws);
    }
    *out = list;
    return DMX_OK;
}

bool dmx_taglist_get(const struct dmx_taglist *list, struct dmx_slice name, struct dmx_slice *out_value)
{
    for (size_t i = 0; i < list->count; i++)
        if (dmx_slice_eq(list->tags[i].name, name)) {
            *out_value = list->tags[i].value;
            return true;
        }
    return false;
}
