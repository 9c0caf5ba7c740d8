/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "reading.h"

#include "dmx/base/ascii.h"
#include "dmx/site/file.h"

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

bool dmx_is_quoted(struct dmx_slice text)
{
    if (text.len < 2 || (text.ptr[0] != '"' && text.ptr[0] != '\''))
        return false;
    return dmx_slice_find(dmx_slice_from(text, 1), text.ptr[0]) == text.len - 2;
}

const char *dmx_byte_order_mark(struct dmx_slice text)
{
    return dmx_slice_starts(text, DMX_SLICE("\xef\xbb\xbf"))
               ? "the file begins with a byte order mark (UTF-8 BOM); save it without one"
               : NULL;
}

static bool has(struct dmx_slice text, char ch)
{
    return dmx_slice_find(text, ch) < text.len;
}

/* Blanks, semicolons and commas stand in no entry; a dot and a colon in no address that has come as far as here. */
static bool is_many(const struct dmx_reading *reading, struct dmx_slice entry)
{
    if (reading->option->kind == DMX_KIND_CIDR_LIST && has(entry, '.') && has(entry, ':'))
        return true;
    return has(entry, ' ') || has(entry, '\t') || has(entry, ';') || has(entry, ',');
}

static const char *guess_entry(const struct dmx_reading *reading, struct dmx_slice entry)
{
    if (is_many(reading, entry))
        return reading->list_file.len ? "a file has one entry a line" : "separate entries by commas";
    size_t slash = dmx_slice_find(entry, '/');
    if (reading->option->kind == DMX_KIND_CIDR_LIST && has(dmx_slice_from(entry, slash), '.'))
        return "a block ends in the number of its bits, not in a netmask: 10.0.0.0/8";
    return NULL;
}

/* What people who come from other formats get wrong. NULL: no idea. */
static const char *guess(const struct dmx_reading *reading, struct dmx_slice value)
{
    if (has_comment(value))
        return "a comment needs a line of its own";
    if (dmx_is_quoted(value))
        return "values are not quoted";
    bool has_blanks = reading->option->kind == DMX_KIND_APPROVALS || reading->option->kind == DMX_KIND_OVERRIDES ||
                      reading->option->kind == DMX_KIND_DIALECTS;
    return dmx_option_entry(reading->option) && !has_blanks ? guess_entry(reading, value) : NULL;
}

enum dmx_status dmx_reading_refuse(const struct dmx_reading *reading, struct dmx_slice value, const char *why)
{
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_char(&text, '"');
    dmx_put_escaped(&text, value, SHOWN_VALUE);
    dmx_put_cstr(&text, "\" is not accepted");
    if (!why)
        why = guess(reading, value);
    if (why) {
        dmx_put_cstr(&text, ": ");
        dmx_put_cstr(&text, why);
    }
    dmx_put_cstr(&text, "; accepted: ");
    if (reading->list_file.len)
        dmx_put_cstr(&text, dmx_option_entry(reading->option));
    else
        dmx_option_put_accepted(reading->option, &text);
    dmx_complaint_end(reading, &text);
    return DMX_INVALID;
}

enum dmx_status dmx_reading_file(const struct dmx_reading *reading, const char *path, size_t max_bytes,
                                 struct dmx_arena *scratch, struct dmx_slice *out, const char **out_why)
{
    struct dmx_config *config = reading->config;
    struct dmx_slice kept = dmx_arena_dup(config->arena, dmx_slice_cstr(path));
    struct dmx_stamp *files =
        dmx_arena_grow(config->arena, config->files, config->file_count, &config->file_capacity, sizeof *config->files);
    if (!kept.ptr || !files)
        return DMX_NOMEM;
    config->files = files;
    config->files[config->file_count++] = dmx_stamp_take(kept.ptr);
    return dmx_file_read(path, max_bytes, scratch, out, out_why);
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
