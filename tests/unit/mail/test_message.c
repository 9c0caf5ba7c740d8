/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/mail/message.h"

#include <stdlib.h>
#include <string.h>

#include "dmx/base/builder.h"
#include "suite.h"

static const struct {
    const char *label, *raw, *name, *value; /* name NULL: refused */
} field_rows[] = {
    {"plain", "From: a@b", "From", " a@b"},
    {"no space", "From:a@b", "From", "a@b"},
    {"space before the colon", "From \t: a@b", "From", " a@b"},
    {"empty value", "Subject:", "Subject", ""},
    {"folded with LF", "Subject: a\n b", "Subject", " a\n b"},
    {"folded with CRLF", "Subject:\r\n\tb", "Subject", "\r\n\tb"},
    {"final LF is dropped", "Subject: a\n", "Subject", " a"},
    {"final CRLF is dropped", "Subject: a\r\n", "Subject", " a"},
    {"only one line end is dropped", "Subject: a\n\n", "Subject", " a\n"},
    {"colon in the value", "Subject: a: b", "Subject", " a: b"},
    {"any visible name", "!#~-_1: x", "!#~-_1", " x"},
    {"8-bit value", "Subject: \xFC", "Subject", " \xFC"},
    {"no colon", "Subject", NULL, NULL},
    {"no name", ": a", NULL, NULL},
    {"a blank name", " : a", NULL, NULL},
    {"space in the name", "Re mark: a", NULL, NULL},
    {"space before the name", " From: a", NULL, NULL},
    {"8-bit name", "Fr\xF6m: a", "Fr\xF6m", " a"},
    {"control in the name", "Fr\001m: a", NULL, NULL},
    {"DEL in the name", "Fr\177m: a", NULL, NULL},
    {"fold before the colon", "From\r\n : a", "From", " a"},
    {"LF fold before the colon", "From\n\t: a", "From", " a"},
    {"VT before the colon", "From\v: a", "From", " a"},
    {"FF and CR before the colon", "From\f\r: a", "From", " a"},
    {"a word between name and colon", "From\n x: a", NULL, NULL},
    {"empty", "", NULL, NULL},
};

START_TEST(fields)
{
    struct dmx_field field;
    bool ok = dmx_field_parse(dmx_slice_cstr(field_rows[_i].raw), &field);
    ck_assert_msg(ok == (field_rows[_i].name != NULL), "%s: %s", field_rows[_i].label, ok ? "accepted" : "refused");
    if (!ok)
        return;
    ck_slice_eq(field_rows[_i].label, field.name, field_rows[_i].name);
    ck_slice_eq(field_rows[_i].label, field.value, field_rows[_i].value);
}
END_TEST

START_TEST(field_with_nul)
{
    struct dmx_field field;
    ck_assert(dmx_field_parse(DMX_SLICE("Subject: a\0b"), &field));
    ck_assert_uint_eq(field.value.len, 4);
    ck_assert(!dmx_field_parse(DMX_SLICE("Sub\0ject: a"), &field));
}
END_TEST

/* Fields are written as "[raw]" one after the other, then the body. */
static const struct {
    const char *label, *text, *want;
    bool wire_form;
} message_rows[] = {
    {"LF", "A: 1\nB: 2\n\nbody\n", "[A: 1][B: 2]body\n", false},
    {"CRLF", "A: 1\r\nB: 2\r\n\r\nbody\r\n", "[A: 1][B: 2]body\r\n", true},
    {"folds are kept", "A: 1\n 2\n\t3\nB: 4\n\n", "[A: 1\n 2\n\t3][B: 4]", false},
    {"CRLF folds are kept", "A: 1\r\n 2\r\n\r\nx", "[A: 1\r\n 2]x", false},
    {"a blank continuation is part of the field", "A: 1\n \nB: 2\n\nx", "[A: 1\n ][B: 2]x", false},
    {"empty text", "", "", false},
    {"only the separator", "\n", "", false},
    {"no header", "\nbody", "body", false},
    {"no body", "A: 1\n", "[A: 1]", false},
    {"no final line end", "A: 1", "[A: 1]", false},
    {"no body after the separator", "A: 1\r\n\r\n", "[A: 1]", false},
    {"a line without a colon is the body", "A: 1\nhello\nB: 2\n", "[A: 1]hello\nB: 2\n", false},
    {"a bad name is the body", "A: 1\nB b: 2\nC: 3\n\nx", "[A: 1]B b: 2\nC: 3\n\nx", false},
    {"continuation of nothing is the body", " A: 1\nB: 2\n", " A: 1\nB: 2\n", false},
    {"mailbox separator", "From x@y Thu Jan  1 00:00:00 1970\nA: 1\n\nx", "[A: 1]x", false},
    {"one mailbox separator only", "From x@y Thu\nFrom x@y Thu\nA: 1\n\nx", "From x@y Thu\nA: 1\n\nx", false},
    {"mailbox separator in the middle", "A: 1\nFrom x@y Thu\n\nx", "[A: 1]From x@y Thu\n\nx", false},
    {"From with a space is a field", "From : a@b\n\nx", "[From : a@b]x", false},
    {"From with a fold is a field", "From \n : a@b\nA: 1\n\nx", "[From \n : a@b][A: 1]x", false},
    {"a fold before the colon, further down", "A: 1\r\nFrom\r\n : a@b\r\n\r\nx", "[A: 1][From\r\n : a@b]x", false},
    {"VT before the colon", "From\v: a@b\n\nx", "[From\v: a@b]x", false},
    {"mailbox separator before a fold", "From x@y Thu\n : a@b\nA: 1\n\nx", " : a@b\nA: 1\n\nx", false},
    {"a lone CR is no line end", "A: 1\rB: 2\n\nx", "[A: 1\rB: 2]x", false},
    {"CR before the separator's CRLF", "A: 1\n\r\r\nx", "[A: 1]\r\r\nx", true},
    {"stray CR in an LF body", "A: 1\n\na\rb\nc\n", "[A: 1]a\rb\nc\n", false},
    {"one CRLF among LF", "A: 1\n\na\r\nb\nc\n", "[A: 1]a\r\nb\nc\n", false},
    {"one LF among CRLF", "A: 1\r\n\r\na\nb\r\nc\r\n", "[A: 1]a\nb\r\nc\r\n", true},
};

static void put_body(struct dmx_builder *b, const struct dmx_body *body)
{
    char buf[7];
    uint64_t offset = 0;
    int64_t n;
    while ((n = body->read_at(body->ctx, offset, buf, sizeof buf)) > 0) {
        dmx_put(b, dmx_slice(buf, (size_t)n));
        offset += (uint64_t)n;
    }
    ck_assert_int_eq(n, 0);
    ck_assert_uint_eq(offset, body->size);
    ck_assert_int_eq(body->read_at(body->ctx, UINT64_MAX, buf, sizeof buf), 0);
}

START_TEST(messages)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_builder b = dmx_builder_arena(arena, 4096);
    struct dmx_message message;
    ck_assert_int_eq(dmx_message_parse(dmx_slice_cstr(message_rows[_i].text), arena, &message), DMX_OK);
    for (size_t i = 0; i < message.field_count; i++) {
        dmx_put_char(&b, '[');
        dmx_put(&b, message.fields[i].raw);
        dmx_put_char(&b, ']');
    }
    put_body(&b, &message.body);
    ck_slice_eq(message_rows[_i].label, dmx_builder_text(&b), message_rows[_i].want);
    ck_assert_msg(message.body.wire_form == message_rows[_i].wire_form, "%s: wire form", message_rows[_i].label);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(finds_by_whole_name)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_message message;
    const struct dmx_slice text = DMX_SLICE("Resent-From: a\nFROM: b\nFrom-X: c\nfrom : d\nFro: e\n\nFrom: f\n");
    ck_assert_int_eq(dmx_message_parse(text, arena, &message), DMX_OK);
    ck_assert_uint_eq(message.field_count, 5);
    ck_assert_uint_eq(dmx_message_find(&message, DMX_SLICE("From"), 0), 1);
    ck_assert_uint_eq(dmx_message_find(&message, DMX_SLICE("From"), 1), 1);
    ck_assert_uint_eq(dmx_message_find(&message, DMX_SLICE("From"), 2), 3);
    ck_assert_uint_eq(dmx_message_find(&message, DMX_SLICE("From"), 4), 5);
    ck_assert_uint_eq(dmx_message_find(&message, DMX_SLICE("From"), 99), 5);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(field_limit)
{
    struct dmx_arena *arena = dmx_arena_new((size_t)4 * DMX_MAX_FIELDS * sizeof(struct dmx_field));
    struct dmx_message message = {0};
    struct dmx_field field;
    ck_assert(dmx_field_parse(DMX_SLICE("A: 1"), &field));
    for (size_t i = 0; i < DMX_MAX_FIELDS; i++)
        if (dmx_message_add(&message, arena, field) != DMX_OK)
            ck_abort_msg("field %zu was refused", i);
    ck_assert_int_eq(dmx_message_add(&message, arena, field), DMX_LIMIT);
    ck_assert_uint_eq(message.field_count, DMX_MAX_FIELDS);
    dmx_arena_free(&arena);
}
END_TEST

static const struct {
    int offset;
    enum dmx_status want;
} size_rows[] = {{-1, DMX_OK}, {0, DMX_OK}, {1, DMX_LIMIT}};

START_TEST(header_limit)
{
    struct dmx_arena *arena = dmx_arena_new(1024 * 1024);
    struct dmx_message message;
    size_t size = (size_t)(DMX_MAX_HEADER_BYTES + size_rows[_i].offset);
    char *text = malloc(size + 6);
    memset(text, 'a', size);
    text[1] = ':';
    text[size - 1] = '\n';
    memcpy(text + size, "\nbody\n", 6);
    ck_assert_int_eq(dmx_message_parse(dmx_slice(text, size + 6), arena, &message), size_rows[_i].want);
    free(text);
    dmx_arena_free(&arena);
}
END_TEST

START_TEST(without_memory)
{
    struct dmx_arena *arena = dmx_arena_new(16);
    struct dmx_message message;
    ck_assert_int_eq(dmx_message_parse(DMX_SLICE("A: 1\n\n"), arena, &message), DMX_NOMEM);
    dmx_arena_free(&arena);
}
END_TEST

/* A body of LFs with a CR at one place, or nowhere. */
struct scripted {
    uint64_t size, cr_at, readable;
};

static int64_t read_scripted(void *ctx, uint64_t offset, char *buf, size_t size)
{
    const struct scripted *s = ctx;
    if (offset >= s->readable)
        return s->readable < s->size ? -1 : 0;
    uint64_t n = s->readable - offset < size ? s->readable - offset : size;
    memset(buf, '\n', n);
    if (s->cr_at >= offset && s->cr_at < offset + n)
        buf[s->cr_at - offset] = '\r';
    return (int64_t)n;
}

static const struct {
    const char *label;
    struct scripted body;
    enum dmx_status want;
    bool wire_form;
} detect_rows[] = {
    {"empty", {0, 0, 0}, DMX_OK, false},
    {"no CR", {100000, UINT64_MAX, 100000}, DMX_OK, false},
    {"CR first", {100000, 0, 100000}, DMX_OK, true},
    {"CR last", {100000, 99999, 100000}, DMX_OK, true},
    {"CR at the end of a read", {100000, 16383, 100000}, DMX_OK, true},
    {"CR at the start of a read", {100000, 16384, 100000}, DMX_OK, true},
    {"unreadable", {100000, 99999, 50000}, DMX_IO, false},
};

START_TEST(detects_form)
{
    struct scripted script = detect_rows[_i].body;
    struct dmx_body body = {.read_at = read_scripted, .ctx = &script, .size = script.size};
    ck_assert_msg(dmx_body_detect_form(&body) == detect_rows[_i].want, "%s", detect_rows[_i].label);
    ck_assert_msg(body.wire_form == detect_rows[_i].wire_form, "%s: wire form", detect_rows[_i].label);
}
END_TEST

START_TEST(shrunken_body_is_an_error)
{
    struct scripted script = {.size = 10, .cr_at = UINT64_MAX, .readable = 10};
    struct dmx_body body = {.read_at = read_scripted, .ctx = &script, .size = 11};
    ck_assert_int_eq(dmx_body_detect_form(&body), DMX_IO);
}
END_TEST

DMX_SUITE(message)
{
    DMX_TABLE(fields, field_rows);
    DMX_TEST(field_with_nul);
    DMX_TABLE(messages, message_rows);
    DMX_TEST(finds_by_whole_name);
    DMX_TEST(field_limit);
    DMX_TABLE(header_limit, size_rows);
    DMX_TEST(without_memory);
    DMX_TABLE(detects_form, detect_rows);
    DMX_TEST(shrunken_body_is_an_error);
}
