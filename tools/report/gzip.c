/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/gzip.h"

#include <limits.h>
#include <stdlib.h>

/* Makes next_in point at what must not be changed. */
#define ZLIB_CONST
#include <zlib.h>

#include "dmx/base/banned.h"

enum {
    WINDOW_BITS = 15 + 16, /* of zlib's manual: the largest window, and a gzip header, whose time is 0 */
    MEMORY_LEVEL = 8,      /* zlib's default */
    OUT_BYTES = 16 * 1024,
};

struct dmx_gzip {
    z_stream stream;
    struct dmx_sink sink;
    unsigned char out[OUT_BYTES];
};

enum dmx_status dmx_gzip_begin(struct dmx_sink sink, struct dmx_gzip **out)
{
    *out = NULL;
    struct dmx_gzip *gzip = calloc(1, sizeof *gzip);
    if (!gzip)
        return DMX_NOMEM;
    if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        free(gzip);
        return DMX_NOMEM;
    }
    gzip->sink = sink;
    *out = gzip;
    return DMX_OK;
}

/* Works until all input is taken and, at the end, all output is out. */
static enum dmx_status deflate_all(struct dmx_gzip *gzip, int flush)
{
    for (;;) {
        gzip->stream.next_out = gzip->out;
        gzip->stream.avail_out = OUT_BYTES;
        if (deflate(&gzip->stream, flush) == Z_STREAM_ERROR)
            return DMX_INVALID;
        struct dmx_slice made = {(const char *)gzip->out, OUT_BYTES - gzip->stream.avail_out};
        enum dmx_status status = dmx_sink_write(gzip->sink, made);
        if (status != DMX_OK || gzip->stream.avail_out > 0)
            return status;
    }
}

static enum dmx_status write_gzip(void *ctx, struct dmx_slice bytes)
{
    struct dmx_gzip *gzip = ctx;
    enum dmx_status status = DMX_OK;
    while (bytes.len > 0 && status == DMX_OK) {
        size_t n = bytes.len < INT_MAX ? bytes.len : INT_MAX;
        gzip->stream.next_in = (const unsigned char *)bytes.ptr;
        gzip->stream.avail_in = (unsigned)n;
        status = deflate_all(gzip, Z_NO_FLUSH);
        bytes = dmx_slice_from(bytes, n);
    }
    return status;
}

struct dmx_sink dmx_gzip_sink(struct dmx_gzip *gzip)
{
    return (struct dmx_sink){write_gzip, gzip};
}

enum dmx_status dmx_gzip_end(struct dmx_gzip *gzip)
{
    gzip->stream.avail_in = 0;
    return deflate_all(gzip, Z_FINISH);
}

void dmx_gzip_free(struct dmx_gzip **gzip)
{
    if (!*gzip)
        return;
    deflateEnd(&(*gzip)->stream);
    free(*gzip);
    *gzip = NULL;
}
