/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include <string.h>

#include "dmx/dkim/canon.h"
#include "scene.h"
#include "suite.h"

static void collect(void *ctx, struct dmx_slice piece)
{
    ck_assert_uint_gt(piece.len, 0);
    dmx_put(ctx, piece);
}

/* ---- fields -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    const char *raw;
    const char *cut; /* the part to leave out, or NULL */
    const char *simple;
    const char *relaxed;
} fields[] = {
    {"plain", "A: X", NULL, "A: X", "a:X"},
    {"rfc6376 3.4.5", "B : Y\t\r\n\tZ  ", NULL, "B : Y\t\r\n\tZ  ", "b:Y Z"},
    {"bare LF", "B : Y\t\n\tZ  ", NULL, "B : Y\t\r\n\tZ  ", "b:Y Z"},
    {"mixed folds", "A: x\r\n y\n z", NULL, "A: x\r\n y\r\n z", "a:x y z"},
    {"no blank", "To:x", NULL, "To:x", "to:x"},
    {"empty value", "X-Empty:", NULL, "X-Empty:", "x-empty:"},
    {"blank value", "X: \t ", NULL, "X: \t ", "x:"},
    {"folded blank", "X:\r\n \r\n\tv", NULL, "X:\r\n \r\n\tv", "x:v"},
    {"name with blank", "Subject \t: s", NULL, "Subject \t: s", "subject:s"},
    {"inner runs", "X: a  b \t c\td e", NULL, "X: a  b \t c\td e", "x:a b c d e"},
    {"8-bit", "X: caf\xc3\xa9 \xff\x80", NULL, "X: caf\xc3\xa9 \xff\x80", "x:caf\xc3\xa9 \xff\x80"},
    {"control bytes", "X: a\x01\x1f\x7f b", NULL, "X: a\x01\x1f\x7f b", "x:a\x01\x1f\x7f b"},
    {"lone CR", "X: a\rb \r c\r", NULL, "X: a\rb \r c\r", "x:a\rb \r c\r"},
    {"colons", "X: a:b: c", NULL, "X: a:b: c", "x:a:b: c"},
    {"cut in the middle", "S: a=1; b= Zm\n 9v ; c=2", " Zm\n 9v ", "S: a=1; b=; c=2", "s:a=1; b=; c=2"},
    {"cut at the end", "S: a=1; b=Zm9v", "Zm9v", "S: a=1; b=", "s:a=1; b="},
    {"cut of a blank before text", "S: b=Z; c", "Z", "S: b=; c", "s:b=; c"},
    {"long enough for blocks", "X: 0123456789 0123456 012345  01234567 0123456789abcdef \t0", NULL,
     "X: 0123456789 0123456 012345  01234567 0123456789abcdef \t0",
     "x:0123456789 0123456 012345 01234567 0123456789abcdef 0"},
};

static void check_field(int row, enum dmx_canon canon, const char *want)
{
    struct dmx_field field;
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 1024 * 1024);
    struct dmx_canon_writer writer;
    struct dmx_slice raw = dmx_slice_cstr(fields[row].raw), cut = DMX_SLICE_NONE;
    if (fields[row].cut)
        cut = dmx_slice(strstr(raw.ptr, fields[row].cut), strlen(fields[row].cut));
    ck_assert(dmx_field_parse(raw, &field));
    dmx_canon_writer_init(&writer, (struct dmx_sink){collect, &b});
    dmx_canon_field(canon, &field, cut, &writer);
    dmx_canon_flush(&writer);
    ck_slice_eq(fields[row].label, dmx_builder_text(&b), want);
}

START_TEST(field_simple)
{
    check_field(_i, DMX_CANON_SIMPLE, fields[_i].simple);
}
END_TEST

START_TEST(field_relaxed)
{
    check_field(_i, DMX_CANON_RELAXED, fields[_i].relaxed);
}
END_TEST

/* ---- bodies -------------------------------------------------------------------------------------------------------- */

static struct dmx_slice canonical(enum dmx_canon canon, bool wire_form, struct dmx_slice body, size_t piece)
{
    struct dmx_canon_body *c = dmx_arena_alloc(scene_arena(), sizeof *c);
    struct dmx_builder b = dmx_builder_arena(scene_arena(), 4 * 1024 * 1024);
    dmx_canon_body_init(c, canon, wire_form, (struct dmx_sink){collect, &b});
    for (; body.len; body = dmx_slice_from(body, piece))
        dmx_canon_body_put(c, dmx_slice_upto(body, piece));
    dmx_canon_body_end(c);
    return dmx_builder_text(&b);
}

/* Both forms of the same body, written with LF; the CRLF form is made from it. */
static const struct {
    const char *label;
    const char *body;
    const char *simple;
    const char *relaxed;
} bodies[] = {
    {"empty", "", "\r\n", ""},
    {"one line end", "\n", "\r\n", ""},
    {"line ends", "\n\n\n", "\r\n", ""},
    {"rfc6376 3.4.5", " C \nD \t E\n\n\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
    {"no last line end", "a", "a\r\n", "a\r\n"},
    {"blank without line end", "a\n \t", "a\r\n \t\r\n", "a\r\n"},
    {"only blanks", " ", " \r\n", ""},
    {"blank lines at the end", "a\n \n\t\n\n", "a\r\n \r\n\t\r\n", "a\r\n"},
    {"blank lines inside", "\n\na\n \n\nb\n", "\r\n\r\na\r\n \r\n\r\nb\r\n", "\r\n\r\na\r\n\r\n\r\nb\r\n"},
    {"leading blanks", "  a\n\tb\n", "  a\r\n\tb\r\n", " a\r\n b\r\n"},
    {"runs", "a  b\t\tc \t d\n", "a  b\t\tc \t d\r\n", "a b c d\r\n"},
    {"single tabs", "a\tb\tc\n", "a\tb\tc\r\n", "a b c\r\n"},
    {"long words", "0123456789abcdef 0123456789abcdef  x\n", "0123456789abcdef 0123456789abcdef  x\r\n",
     "0123456789abcdef 0123456789abcdef x\r\n"},
    {"blank at each place of a block", "1234567 1234567 1234567  1234567 \n", "1234567 1234567 1234567  1234567 \r\n",
     "1234567 1234567 1234567 1234567\r\n"},
    {"8-bit and control", "\xa0\xa0 \xff\x01\x1f\x7f\n", "\xa0\xa0 \xff\x01\x1f\x7f\r\n",
     "\xa0\xa0 \xff\x01\x1f\x7f\r\n"},
};

static void check_body(int row, enum dmx_canon canon, const char *want)
{
    struct dmx_slice lf = dmx_slice_cstr(bodies[row].body), crlf = scene_crlf(lf);
    for (size_t piece = 1; piece < 40; piece++) {
        ck_slice_eq(bodies[row].label, canonical(canon, false, lf, piece), want);
        ck_slice_eq(bodies[row].label, canonical(canon, true, crlf, piece), want);
    }
}

START_TEST(body_simple)
{
    check_body(_i, DMX_CANON_SIMPLE, bodies[_i].simple);
}
END_TEST

START_TEST(body_relaxed)
{
    check_body(_i, DMX_CANON_RELAXED, bodies[_i].relaxed);
}
END_TEST

/* In wire form a CR or LF that does not belong to a CRLF is a byte like any other. */
static const struct {
    const char *label;
    const char *body;
    const char *simple;
    const char *relaxed;
} wires[] = {
    {"lone LF", "a\nb\r\n", "a\nb\r\n", "a\nb\r\n"},
    {"lone LF at the end", "a\r\n\n", "a\r\n\n\r\n", "a\r\n\n\r\n"},
    {"lone CR", "a\rb\r\n", "a\rb\r\n", "a\rb\r\n"},
    {"lone CR at the end", "a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n"},
    {"only CR", "\r", "\r\r\n", "\r\r\n"},
    {"CR before CRLF", "a\r\r\n\r\n", "a\r\r\n", "a\r\r\n"},
    {"blank before lone CR", "a  \rb\r\n", "a  \rb\r\n", "a \rb\r\n"},
    {"blank before lone LF", "a \t\n b\r\n", "a \t\n b\r\n", "a \n b\r\n"},
    {"LF CR", "a\n\rb\r\n", "a\n\rb\r\n", "a\n\rb\r\n"},
};

START_TEST(wire_form)
{
    for (size_t piece = 1; piece < 12; piece++) {
        struct dmx_slice body = dmx_slice_cstr(wires[_i].body);
        ck_slice_eq(wires[_i].label, canonical(DMX_CANON_SIMPLE, true, body, piece), wires[_i].simple);
        ck_slice_eq(wires[_i].label, canonical(DMX_CANON_RELAXED, true, body, piece), wires[_i].relaxed);
    }
}
END_TEST

/* Around the size of the writer's buffer, and far beyond it. */
static const size_t lengths[] = {DMX_CANON_BUFFER - 1, DMX_CANON_BUFFER, DMX_CANON_BUFFER + 1, 300000};

START_TEST(long_line)
{
    size_t len = lengths[_i];
    char *text = dmx_arena_alloc(scene_arena(), len + 2);
    memset(text, 'x', len);
    text[len] = '\r';
    text[len + 1] = '\n';
    struct dmx_slice body = dmx_slice(text, len + 2);
    ck_assert(dmx_slice_eq(canonical(DMX_CANON_SIMPLE, true, body, body.len), body));
    ck_assert(dmx_slice_eq(canonical(DMX_CANON_RELAXED, true, body, 64 * 1024), body));
}
END_TEST

START_TEST(nul_is_a_byte)
{
    struct dmx_slice body = DMX_SLICE("a\0 b\0\r\n");
    ck_assert(dmx_slice_eq(canonical(DMX_CANON_SIMPLE, true, body, 100), body));
    ck_assert(dmx_slice_eq(canonical(DMX_CANON_RELAXED, true, body, 100), body));
}
END_TEST

DMX_SUITE(canon)
{
    DMX_TABLE(field_simple, fields);
    DMX_TABLE(field_relaxed, fields);
    DMX_TABLE(body_simple, bodies);
    DMX_TABLE(body_relaxed, bodies);
    DMX_TABLE(wire_form, wires);
    DMX_TABLE(long_line, lengths);
    DMX_TEST(nul_is_a_byte);
}
