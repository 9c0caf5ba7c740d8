/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * RFC 1952, between two sinks. The same bytes in give the same bytes out, whenever it is (requirement J5): no time and no
 * name stands in the header.
 */
#ifndef DMX_REPORT_GZIP_H
#define DMX_REPORT_GZIP_H

#include "dmx/report/sink.h"

struct dmx_gzip;

/* What the compressor makes goes to the sink, whose context must outlive it. The caller frees it. */
enum dmx_status dmx_gzip_begin(struct dmx_sink sink, struct dmx_gzip **out) DMX_NODISCARD;

/* Where the bytes to be compressed go. */
struct dmx_sink dmx_gzip_sink(struct dmx_gzip *gzip);

/* Everything that is still inside goes to the sink. */
enum dmx_status dmx_gzip_end(struct dmx_gzip *gzip) DMX_NODISCARD;

void dmx_gzip_free(struct dmx_gzip **gzip);

#endif
