/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Where bytes go that are made piece by piece: a file, a compressor, a buffer. */
#ifndef DMX_REPORT_SINK_H
#define DMX_REPORT_SINK_H

#include "dmx/base/builder.h"

/* write() takes all of the bytes or refuses: after anything but DMX_OK nothing more is written. */
struct dmx_sink {
    enum dmx_status (*write)(void *ctx, struct dmx_slice bytes);
    void *ctx;
};

static inline enum dmx_status dmx_sink_write(struct dmx_sink sink, struct dmx_slice bytes)
{
    return bytes.len > 0 ? sink.write(sink.ctx, bytes) : DMX_OK;
}

/* Into a builder, which must outlive the sink; DMX_LIMIT when it is full. */
struct dmx_sink dmx_sink_builder(struct dmx_builder *builder);

/* Into an open file or pipe, also after short writes; DMX_IO. The descriptor must outlive the sink. */
struct dmx_sink dmx_sink_fd(int *fd);

#endif
