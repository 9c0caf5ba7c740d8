/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/site/config.h"

#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/invariant.h"
#include "nearest.h"
#include "value.h"

#include "dmx/base/banned.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024, /* two lists of DMX_CONFIG_MAX_LIST of the longest entries */
    SHOWN_NAME = 60,                /* bytes of a name that nobody knows */
};

/* What depends on another option is settled when all of them have been read. */
static void settle(struct dmx_config *config)
{
    if (config->on_reject_set)
        return;
    /* RFC 9989 section 7.4: no refusal on p=reject alone. */
    config->on_reject = config->rules == DMX_OPTION_RFC9989 ? DMX_ON_REJECT_CORROBORATED : DMX_ON_REJECT_REJECT;
}

void dmx_config_with_rules(const struct dmx_config *config, enum dmx_rules_option rules, struct dmx_config *out)
{
    *out = *config;
    out->rules = rules;
    settle(out);
}

static enum dmx_status set_option(struct dmx_reading *reading, const struct dmx_option *option, struct dmx_slice value)
{
    reading->option = option;
    enum dmx_status status = dmx_value_parse(reading, value);
    if (status == DMX_OK && option->offset == offsetof(struct dmx_config, on_reject))
        reading->config->on_reject_set = true;
    reading->option = NULL;
    return status;
}

static enum dmx_status set_defaults(struct dmx_config *config)
{
    struct dmx_config_error error;
    struct dmx_reading reading = {.config = config, .error = &error};
    for (size_t i = 0; i < DMX_OPTION_COUNT; i++) {
        enum dmx_status status = set_option(&reading, &dmx_options[i], dmx_slice_cstr(dmx_options[i].initial));
        if (status == DMX_NOMEM)
            return status;
        if (DMX_BROKEN(status == DMX_OK))
            return DMX_INVALID;
    }
    config->on_reject_set = false;
    settle(config);
    return DMX_OK;
}

enum dmx_status dmx_config_new(struct dmx_config **out)
{
    struct dmx_arena *arena = dmx_arena_new(ARENA_BYTES);
    if (!arena)
        return DMX_NOMEM;
    struct dmx_config *config = dmx_arena_alloc(arena, sizeof *config);
    enum dmx_status status = DMX_NOMEM;
    if (config) {
        config->arena = arena;
        status = set_defaults(config);
    }
    if (status != DMX_OK) {
        dmx_arena_free(&arena);
        return status;
    }
    *out = config;
    return DMX_OK;
}

void dmx_config_free(struct dmx_config **config)
{
    if (!*config)
        return;
    /* The configuration itself lives in its arena. */
    struct dmx_arena *arena = (*config)->arena;
    dmx_arena_free(&arena);
    *config = NULL;
}

static enum dmx_status unknown(const struct dmx_reading *reading, struct dmx_slice name)
{
    const struct dmx_option *nearest = dmx_option_nearest(name);
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_cstr(&text, "unknown option ");
    dmx_put_escaped(&text, name, SHOWN_NAME);
    if (nearest) {
        dmx_put_cstr(&text, "; did you mean ");
        dmx_put_cstr(&text, nearest->name);
        dmx_put_char(&text, '?');
    } else {
        dmx_put_cstr(&text, "; `dmx config show` lists all options");
    }
    dmx_complaint_end(reading, &text);
    return DMX_INVALID;
}

/* assignment = *WSP name *WSP "=" *WSP value *WSP */
static enum dmx_status split_assignment(const struct dmx_reading *reading, struct dmx_slice line,
                                        const struct dmx_option **out_option, struct dmx_slice *out_value)
{
    if (dmx_has_control(line))
        return dmx_reading_complain(reading, DMX_INVALID, "a control byte in the line");
    size_t equals = dmx_slice_find(line, '=');
    struct dmx_slice name = dmx_slice_trim(dmx_slice_upto(line, equals));
    if (equals == line.len || name.len == 0)
        return dmx_reading_complain(reading, DMX_INVALID,
                                    line.len > 0 && dmx_is_wsp(line.ptr[0])
                                        ? "not of the form option = value; a value cannot go on in the next line"
                                        : "not of the form option = value");
    *out_option = dmx_option_find(name);
    if (!*out_option)
        return unknown(reading, name);
    *out_value = dmx_slice_trim(dmx_slice_from(line, equals + 1));
    return DMX_OK;
}

static enum dmx_status given_twice(struct dmx_reading *reading, const struct dmx_option *option, size_t first_line)
{
    reading->option = option;
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_cstr(&text, "given twice, first on line ");
    dmx_put_u64(&text, first_line);
    dmx_complaint_end(reading, &text);
    return DMX_INVALID;
}

/* first_lines: for each option the line that set it, 0 for none yet. */
static enum dmx_status read_line(struct dmx_reading *reading, struct dmx_slice line, size_t *first_lines)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    struct dmx_slice trimmed = dmx_slice_trim(line);
    bool blank = trimmed.len == 0 || dmx_slice_starts(trimmed, DMX_SLICE("#"));
    if (blank && !dmx_has_control(line)) /* a NUL in a comment is a file of another kind, too */
        return DMX_OK;
    const struct dmx_option *option = NULL;
    struct dmx_slice value = DMX_SLICE_NONE;
    enum dmx_status status = split_assignment(reading, line, &option, &value);
    if (status != DMX_OK || !option)
        return status;
    size_t *first_line = &first_lines[option - dmx_options];
    if (*first_line > 0)
        return given_twice(reading, option, *first_line);
    *first_line = reading->line;
    return set_option(reading, option, value);
}

/* What came out wrong: the first `room` mistakes with their texts, and how many there are. */
struct mistakes {
    struct dmx_config_error *items;
    size_t room, count;
};

static enum dmx_status read_text(struct dmx_reading *reading, struct dmx_slice text, struct mistakes *out)
{
    size_t first_lines[DMX_OPTION_COUNT] = {0};
    struct dmx_slice line;
    struct dmx_config_error untold = {{0}};
    enum dmx_status first = DMX_OK;
    const char *mark = dmx_byte_order_mark(text);
    if (mark) {
        out->count = 1;
        return dmx_reading_complain(reading, DMX_INVALID, mark);
    }
    while (out->count < DMX_CONFIG_MAX_MISTAKES && dmx_slice_split(&text, '\n', &line)) {
        struct dmx_reading one = *reading; /* what a mistake leaves in it is of that line alone */
        one.line = ++reading->line;
        one.error = out->count < out->room ? &out->items[out->count] : &untold;
        enum dmx_status status = read_line(&one, line, first_lines);
        if (status == DMX_NOMEM)
            return first == DMX_OK ? status : first;
        out->count += status != DMX_OK;
        first = first == DMX_OK ? status : first;
    }
    settle(reading->config);
    return first;
}

/* Whoever is told one mistake is to know that mending it is not all; a text that leaves no room for that is cut. */
static void put_others(struct dmx_config_error *error, size_t count)
{
    char tail[80];
    struct dmx_builder b = dmx_builder_fixed(tail, sizeof tail);
    if (count < 2)
        return;
    dmx_put_cstr(&b, count < DMX_CONFIG_MAX_MISTAKES ? " (and " : " (and at least ");
    dmx_put_u64(&b, count - 1);
    dmx_put_cstr(&b, count == 2 ? " more mistake" : " more mistakes");
    dmx_put_cstr(&b, "; `dmx config test` lists them)");
    struct dmx_slice others = dmx_builder_text(&b);
    size_t len = dmx_slice_cstr(error->text).len;
    if (len > sizeof error->text - 1 - others.len)
        len = sizeof error->text - 1 - others.len;
    memcpy(error->text + len, others.ptr, others.len);
    error->text[len + others.len] = '\0';
}

static enum dmx_status too_big(const struct dmx_reading *reading, enum dmx_status status)
{
    struct dmx_builder text = dmx_complaint_begin(reading);
    dmx_put_cstr(&text, "is over ");
    dmx_put_u64(&text, DMX_CONFIG_MAX_BYTES);
    dmx_put_cstr(&text, " bytes");
    dmx_complaint_end(reading, &text);
    return status;
}

static enum dmx_status read_path(struct dmx_config *config, const char *path, struct mistakes *out)
{
    struct dmx_slice name = dmx_slice_cstr(path);
    struct dmx_reading reading = {.config = config, .error = out->items, .name = name, .files_allowed = true};
    size_t slash = dmx_slice_rfind(name, '/');
    reading.dir = slash < name.len ? dmx_slice_upto(name, slash + 1) : DMX_SLICE("");
    struct dmx_arena *scratch = dmx_arena_new(DMX_CONFIG_MAX_BYTES + 1024);
    if (!scratch)
        return dmx_reading_complain(&reading, DMX_NOMEM, "out of memory");
    struct dmx_slice text = DMX_SLICE("");
    const char *why = "";
    enum dmx_status status = dmx_reading_file(&reading, path, DMX_CONFIG_MAX_BYTES, scratch, &text, &why);
    if (status == DMX_OK) {
        status = read_text(&reading, text, out);
    } else {
        out->count = 1;
        status = status == DMX_LIMIT
                     ? too_big(&reading, DMX_IO)
                     : dmx_reading_complain(&reading, status, status == DMX_NOMEM ? "out of memory" : why);
    }
    dmx_arena_free(&scratch);
    return status;
}

enum dmx_status dmx_config_read(struct dmx_config *config, const char *path, struct dmx_config_error *out_error)
{
    struct mistakes mistakes = {.items = out_error, .room = 1};
    enum dmx_status status = read_path(config, path, &mistakes);
    put_others(out_error, mistakes.count);
    return status;
}

enum dmx_status dmx_config_read_all(struct dmx_config *config, const char *path, struct dmx_config_error *out_errors,
                                    size_t *out_count)
{
    struct mistakes mistakes = {.items = out_errors, .room = DMX_CONFIG_MAX_MISTAKES};
    enum dmx_status status = read_path(config, path, &mistakes);
    *out_count = mistakes.count;
    return status;
}

bool dmx_config_is_stale(const struct dmx_config *config)
{
    for (size_t i = 0; i < config->file_count; i++)
        if (dmx_stamp_differs(&config->files[i]))
            return true;
    return false;
}

enum dmx_status dmx_config_parse(struct dmx_config *config, struct dmx_slice text, const char *name,
                                 struct dmx_config_error *out_error)
{
    struct dmx_reading reading = {.config = config, .error = out_error, .name = dmx_slice_cstr(name)};
    struct mistakes mistakes = {.items = out_error, .room = 1};
    if (text.len > DMX_CONFIG_MAX_BYTES)
        return too_big(&reading, DMX_INVALID);
    enum dmx_status status = read_text(&reading, text, &mistakes);
    put_others(out_error, mistakes.count);
    return status;
}

enum dmx_status dmx_config_set(struct dmx_config *config, struct dmx_slice assignment,
                               struct dmx_config_error *out_error)
{
    struct dmx_reading reading = {.config = config, .error = out_error, .files_allowed = true};
    const struct dmx_option *option = NULL;
    struct dmx_slice value = DMX_SLICE_NONE;
    enum dmx_status status = split_assignment(&reading, assignment, &option, &value);
    if (status == DMX_OK && option)
        status = set_option(&reading, option, value);
    if (status == DMX_OK)
        settle(config);
    return status;
}
