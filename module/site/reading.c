/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "reading.h"

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

enum {
    SHOWN_PATH = 120, /* bytes of a path, and of a value, that an error shows: it has 512 for everything */
    SHOWN_VALUE = 60,
};

static void put_place(struct dmx_builder *text, struct dmx_slice name, size_t line)
{
    if (name.len == 0)
        return;
    dmx_put_escaped(text, name, SHOWN_PATH);
    if (line > 0) {
        dmx_put_cstr(text, " line ");
        dmx_put_u64(text, line);
    }
    dmx_put_cstr(text, ": ");
}

struct dmx_builder dmx_complaint_begin(const struct dmx_reading *reading)
{
    struct dmx_builder text = dmx_builder_fixed(reading->error->text, sizeof reading->error->text);
    put_place(&text, reading->name, reading->line);
    if (reading->option) {
        dmx_put_cstr(&text, reading->option->name);
        dmx_put_cstr(&text, ": ");
    }
    put_place(&text, reading->list_file, reading->list_line);
    return text;
}

void dmx_complaint_end(const struct dmx_reading *reading, struct dmx_builder *text)
{
    /* A builder that failed still holds what fitted, and that is what people are to see. */
    reading->error->text[text->len] = '\0';
}

enum dmx_status dmx_reading_complain(const struct dmx_reading *reading, enum dmx_status status, const char *sentence)
{
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_cstr(&text, sentence);
    dmx_complaint_end(reading, &text);
    return status;
}

/* A value that would do without what follows " #" was written with a comment behind it. */
static bool has_comment(struct dmx_slice value)
{
    for (size_t i = 1; i < value.len; i++)
        if (value.ptr[i] == '#' && dmx_is_wsp(value.ptr[i - 1]))
            return true;
    return false;
}

enum dmx_status dmx_reading_refuse(const struct dmx_reading *reading, struct dmx_slice value, const char *why)
{
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_char(&text, '"');
    dmx_put_escaped(&text, value, SHOWN_VALUE);
    dmx_put_cstr(&text, "\" is not accepted");
    if (!why && has_comment(value))
        why = "a comment needs a line of its own";
    if (why) {
        dmx_put_cstr(&text, ": ");
        dmx_put_cstr(&text, why);
    }
    dmx_put_cstr(&text, "; accepted: ");
    dmx_option_put_accepted(reading->option, &text);
    dmx_complaint_end(reading, &text);
    return DMX_INVALID;
}

bool dmx_has_control(struct dmx_slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (((unsigned char)line.ptr[i] < ' ' && line.ptr[i] != '\t') || line.ptr[i] == 0x7f)
            return true;
    return false;
}

struct dmx_slice dmx_reading_path(const struct dmx_reading *reading, struct dmx_slice path, struct dmx_arena *arena)
{
    if (dmx_slice_starts(path, DMX_SLICE("/")) || reading->dir.len == 0)
        return dmx_arena_dup(arena, path);
    struct dmx_builder whole = dmx_builder_arena(arena, reading->dir.len + path.len);
    dmx_put(&whole, reading->dir);
    dmx_put(&whole, path);
    return dmx_builder_text(&whole);
}
