/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/sink.h"

#include <errno.h>
#include <unistd.h>

#include "dmx/base/banned.h"

static enum dmx_status write_builder(void *ctx, struct dmx_slice bytes)
{
    struct dmx_builder *builder = ctx;
    dmx_put(builder, bytes);
    return builder->failed ? DMX_LIMIT : DMX_OK;
}

struct dmx_sink dmx_sink_builder(struct dmx_builder *builder)
{
    return (struct dmx_sink){write_builder, builder};
}

static enum dmx_status write_fd(void *ctx, struct dmx_slice bytes)
{
    const int *fd = ctx;
    while (bytes.len > 0) {
        ssize_t n = write(*fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return DMX_IO;
        bytes = dmx_slice_from(bytes, (size_t)n);
    }
    return DMX_OK;
}

struct dmx_sink dmx_sink_fd(int *fd)
{
    return (struct dmx_sink){write_fd, fd};
}
