/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: site */
/* The configuration file: what is taken prints as a file that is taken and prints the same; what is not has an error. */
#include <stdlib.h>
#include <string.h>

#include "dmx/site/config.h"

enum { ROOM = 4 * 1024 * 1024 };

static struct dmx_slice printed(const struct dmx_config *config)
{
    struct dmx_builder out = dmx_builder_arena(config->arena, ROOM);
    dmx_config_print(config, &out);
    return dmx_builder_text(&out);
}

static enum dmx_status read_again(struct dmx_slice text, struct dmx_config **out, struct dmx_config_error *error)
{
    *out = NULL;
    if (dmx_config_new(out) != DMX_OK)
        abort();
    return dmx_config_parse(*out, text, "fuzz", error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dmx_config *first, *second = NULL;
    struct dmx_config_error error;
    memset(&error, 'x', sizeof error);
    enum dmx_status status = read_again(dmx_slice((const char *)data, size), &first, &error);
    if (status == DMX_OK) {
        struct dmx_slice text = printed(first);
        if (text.len == 0 || read_again(text, &second, &error) != DMX_OK || !dmx_slice_eq(text, printed(second)))
            abort();
    } else if (!memchr(error.text, '\0', sizeof error.text) || error.text[0] == '\0') {
        abort();
    }
    dmx_config_free(&first);
    dmx_config_free(&second);
    return 0;
}
