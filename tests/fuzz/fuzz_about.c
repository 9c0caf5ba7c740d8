/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: psl-updater */
#include <stdint.h>
#include <stdlib.h>

#include "../../psl-updater/about.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What psl-updater kept of a server's words. What is read is fit for a header field, and reads the same when written again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[64 * 1024];
    struct about about, again;
    if (size > sizeof text / 2 || !about_parse(dmx_slice((const char *)data, size), &about))
        return 0;
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    about_print(&about, &b);
    struct dmx_slice written = dmx_builder_text(&b);
    if (dmx_slice_find(dmx_slice_cstr(about.etag), '\n') < dmx_slice_cstr(about.etag).len)
        abort();
    if (!about_parse(written, &again) || !dmx_slice_eq(about.url, again.url) ||
        !dmx_slice_eq(dmx_slice_cstr(about.etag), dmx_slice_cstr(again.etag)) ||
        !dmx_slice_eq(dmx_slice_cstr(about.last_modified), dmx_slice_cstr(again.last_modified)))
        abort();
    return 0;
}
