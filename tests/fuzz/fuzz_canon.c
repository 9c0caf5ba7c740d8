/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dkim */
#include <stdlib.h>

#include "dmx/base/builder.h"
#include "dmx/dkim/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_OUTPUT = 8 * 1024 * 1024 };

static struct dmx_arena *arena;

static void collect(void *ctx, struct dmx_slice piece)
{
    if (piece.len == 0)
        abort();
    dmx_put(ctx, piece);
}

static struct dmx_slice body(enum dmx_canon canon, bool wire_form, struct dmx_slice text, size_t piece)
{
    struct dmx_canon_body *c = dmx_arena_alloc(arena, sizeof *c);
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    dmx_canon_body_init(c, canon, wire_form, (struct dmx_sink){collect, &b});
    for (; text.len; text = dmx_slice_from(text, piece))
        dmx_canon_body_put(c, dmx_slice_upto(text, piece));
    dmx_canon_body_end(c);
    return dmx_builder_text(&b);
}

static struct dmx_slice field(enum dmx_canon canon, struct dmx_slice raw)
{
    struct dmx_field parsed;
    struct dmx_canon_writer w;
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    if (!dmx_field_parse(raw, &parsed))
        return DMX_SLICE_NONE;
    dmx_canon_writer_init(&w, (struct dmx_sink){collect, &b});
    dmx_canon_field(canon, &parsed, DMX_SLICE_NONE, &w);
    dmx_canon_flush(&w);
    return dmx_builder_text(&b);
}

static struct dmx_slice with_crlf(struct dmx_slice text)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    for (size_t i = 0; i < text.len; i++)
        dmx_put(&b, text.ptr[i] == '\n' ? DMX_SLICE("\r\n") : dmx_slice(text.ptr + i, 1));
    return dmx_builder_text(&b);
}

/* dmx_field_parse takes one line end off. */
static struct dmx_slice with_line_end(struct dmx_slice text)
{
    struct dmx_builder b = dmx_builder_arena(arena, MAX_OUTPUT);
    dmx_put(&b, text);
    dmx_put_cstr(&b, "\r\n");
    return dmx_builder_text(&b);
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

/*
 * The first byte is the size of pieces, the rest is a body and a field. Canonical text stays as it is when it is
 * canonicalised again; pieces make no difference, nor does the form in which lines ended.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 64 * 1024)
        return 0;
    arena = dmx_arena_new(64 * 1024 * 1024);
    const struct dmx_slice text = dmx_slice((const char *)data + 1, size - 1);
    const size_t piece = data[0] ? data[0] : 1;
    for (int i = 0; i < 2; i++) {
        enum dmx_canon canon = i ? DMX_CANON_RELAXED : DMX_CANON_SIMPLE;
        struct dmx_slice once = body(canon, true, text, size);
        check(dmx_slice_eq(once, body(canon, true, text, piece)));
        check(dmx_slice_eq(once, body(canon, true, once, size)));
        struct dmx_slice lf = body(canon, false, text, size);
        check(dmx_slice_eq(lf, body(canon, false, text, piece)));
        if (dmx_slice_find(text, '\r') == text.len)
            check(dmx_slice_eq(lf, body(canon, true, with_crlf(text), piece)));
        struct dmx_slice header = field(canon, text);
        check(dmx_slice_eq(header, field(canon, with_line_end(header))));
    }
    dmx_arena_free(&arena);
    return 0;
}
