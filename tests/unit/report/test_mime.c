/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "../../../tools/report/mime.h"

#include "../../../tools/report/arf_parts.h"
#include "../../../tools/report/encoded_word.h"
#include "suite.h"

enum { ARENA = 1024 * 1024 };

static const char *const encodings[] = {"as-it-is", "qp", "base64", "?"};

/* want: TYPE/SUBTYPE;CHARSET;ENCODING;BOUNDARY, and "!" for an attachment. */
static const struct {
    const char *label, *header, *want;
} parts[] = {
    {"nothing said", "", "text/plain;;as-it-is;"},
    {"text", "Content-Type: Text/HTML; charset=UTF-8\n", "text/html;utf-8;as-it-is;"},
    {"quoted", "content-type: text/plain; charset=\"utf-8\"\n", "text/plain;utf-8;as-it-is;"},
    {"folded", "Content-Type:\n text/plain;\r\n\tcharset=utf-8\r\n", "text/plain;utf-8;as-it-is;"},
    {"a multipart", "Content-Type: multipart/mixed; boundary=\"a b\\\"c\"\n", "multipart/mixed;;as-it-is;a b\"c"},
    {"a semicolon in quotes", "Content-Type: multipart/mixed; x=\";\"; boundary=b\n", "multipart/mixed;;as-it-is;b"},
    {"a boundary of another type", "Content-Type: text/plain; boundary=b\n", "text/plain;;as-it-is;"},
    {"a boundary that ends in a blank", "Content-Type: multipart/mixed; boundary=\"b \"\n",
     "multipart/mixed;;as-it-is;"},
    {"no type", "Content-Type: ;charset=utf-8\n", "text/plain;;as-it-is;"},
    {"no subtype", "Content-Type: image; x=y\n", "text/plain;;as-it-is;"},
    {"a strange charset", "Content-Type: text/plain; charset=\"utf-8; x\"\n", "text/plain;unknown;as-it-is;"},
    {"the first field counts", "Content-Type: a/b\nContent-Type: c/d\n", "a/b;;as-it-is;"},
    {"not a longer name", "Content-Type-X: a/b\n", "text/plain;;as-it-is;"},
    {"base64", "Content-Transfer-Encoding: BASE64\n", "text/plain;;base64;"},
    {"quoted-printable", "Content-Transfer-Encoding: quoted-printable (x)\n", "text/plain;;qp;"},
    {"another", "Content-Transfer-Encoding: uuencode\n", "text/plain;;?;"},
    {"an attachment", "Content-Disposition: Attachment; filename=x\n", "text/plain;;as-it-is;!"},
    {"shown", "Content-Disposition: inline\n", "text/plain;;as-it-is;"},
};

START_TEST(read_part)
{
    char buf[500];
    struct mime_part part;
    struct dmx_arena *arena = dmx_arena_new(ARENA);
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    mime_part_read(dmx_slice_cstr(parts[_i].header), DMX_SLICE("x"), arena, &part);
    dmx_put(&out, part.type);
    dmx_put_char(&out, '/');
    dmx_put(&out, part.subtype);
    dmx_put_char(&out, ';');
    dmx_put(&out, part.charset);
    dmx_put_char(&out, ';');
    dmx_put_cstr(&out, encodings[part.encoding]);
    dmx_put_char(&out, ';');
    dmx_put(&out, part.boundary);
    dmx_put_cstr(&out, part.attachment ? "!" : "");
    ck_slice_eq(parts[_i].label, dmx_builder_text(&out), parts[_i].want);
    dmx_arena_free(&arena);
}
END_TEST

/* The entities between bars. */
static const struct {
    const char *label, *body, *want;
} bodies[] = {
    {"two", "pre\n--b\none\n--b\ntwo\n--b--\nafter\n", "|one|two|"},
    {"CRLF", "--b\r\none\r\n--b--\r\n", "|one|"},
    {"blanks behind it", "--b \t\none\n--b-- \n", "|one|"},
    {"an empty one", "--b\n--b\n\n--b--\n", "|||"},
    {"no end", "--b\none\ntwo", "|one\ntwo|"},
    {"no delimiter", "one\n", "|"},
    {"a longer word is none", "--b\none\n--bb\n--b-\n--b--x\n--b--\n", "|one\n--bb\n--b-\n--b--x|"},
    {"not within a line", "--b\nx --b\n--b--\n", "|x --b|"},
    {"what follows the end", "--b--\n--b\none\n", "|"},
    {"nothing", "", "|"},
};

START_TEST(read_parts)
{
    char buf[500];
    struct mime_parts walk;
    struct dmx_slice entity;
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    mime_parts_begin(dmx_slice_cstr(bodies[_i].body), DMX_SLICE("b"), &walk);
    dmx_put_char(&out, '|');
    while (mime_parts_next(&walk, &entity)) {
        dmx_put(&out, entity);
        dmx_put_char(&out, '|');
    }
    ck_slice_eq(bodies[_i].label, dmx_builder_text(&out), bodies[_i].want);
}
END_TEST

static const struct {
    const char *label, *text, *want;
    int kind; /* 0: "Q", 1: quoted-printable, 2: base64 */
} decodings[] = {
    {"Q", "a_b=3D=3d", "a b==", 0},
    {"Q that is none", "=G1=4", "=G1=4", 0},
    {"quoted-printable", "a_b=3D=\nc= \t\r\nd", "a_b=cd", 1},
    {"at its end", "a=", "a", 1},
    {"base64", "YW JjZ\nA==", "abcd", 2},
    {"base64 of pieces", "YQ==Yg==", "ab", 2},
    {"base64 that is cut", "YWJj@ZA", "abcd", 2},
    {"none at all", "====", "", 2},
};

START_TEST(decode)
{
    char buf[100];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    if (decodings[_i].kind == 2)
        encoded_put_base64(&out, dmx_slice_cstr(decodings[_i].text));
    else
        encoded_put_q(&out, dmx_slice_cstr(decodings[_i].text), decodings[_i].kind == 1);
    ck_slice_eq(decodings[_i].label, dmx_builder_text(&out), decodings[_i].want);
}
END_TEST

static const struct {
    const char *label, *field, *want;
} fields[] = {
    {"as it is", "A: b\n\tc", "A: b\n\tc\n"},
    {"CRLF", "A: b\r\n c\r", "A: b\n c\n"},
    {"no field", "A b", ""},
    {"no name", ": b", ""},
    {"a blank first", " A: b", ""},
    {"the colon in a fold", "A\n : b", ""},
    {"an empty fold", "A: b\n \t \n c", "A: b\n c\n"},
    {"a line that is no fold", "A: b\nC: d", "A: b\n C: d\n"},
    {"control bytes", "A: \x01\x7f\rx", "A: ???x\n"},
    {"UTF-8",
     "A: x Gr\xc3\xbc\xc3\x9f"
     "e y",
     "A: x =?utf-8?Q?Gr=C3=BC=C3=9Fe?= y\n"},
    {"other bytes", "A: \xff.", "A: =?unknown-8bit?Q?=FF?=.\n"},
    {"many bytes", "A: \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
     "A: =?unknown-8bit?Q?=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF=FF?= =?unknown-8bit?Q?=FF?=\n"},
};

START_TEST(put_field)
{
    char buf[500];
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
    arf_put_field(&out, dmx_slice_cstr(fields[_i].field));
    ck_slice_eq(fields[_i].label, dmx_builder_text(&out), fields[_i].want);
}
END_TEST

/* N-1, N and N+1 of a line: with blanks in it, and without. */
START_TEST(long_lines)
{
    static char field[4000], buf[5000];
    for (size_t len = 895; len < 1005; len++)
        for (int blanks = 0; blanks < 2; blanks++) {
            for (size_t i = 0; i < len; i++)
                field[i] = blanks && i % 10 == 5 ? ' ' : 'x';
            field[1] = ':';
            struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf);
            arf_put_field(&out, dmx_slice(field, len));
            struct dmx_slice rest = dmx_builder_text(&out), line;
            while (rest.len > 0 && dmx_slice_split(&rest, '\n', &line)) {
                ck_assert_uint_le(line.len, ARF_LINE_MAX);
                ck_assert(line.len == 0 || dmx_slice_trim(line).len > 0);
            }
        }
}
END_TEST

DMX_SUITE(mime)
{
    DMX_TABLE(read_part, parts);
    DMX_TABLE(read_parts, bodies);
    DMX_TABLE(decode, decodings);
    DMX_TABLE(put_field, fields);
    DMX_TEST(long_lines);
}
