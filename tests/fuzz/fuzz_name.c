/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: dns. A name from text; printed and read again it is the same name. */
#include <stdlib.h>

#include "dmx/dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Undoes \DDD in place. A dot in a label cannot come from text without escapes, so none is written back. */
static size_t unescape(char *text, size_t len)
{
    size_t to = 0;
    for (size_t i = 0; i < len; i++, to++) {
        text[to] = text[i];
        if (text[i] == '\\') {
            text[to] = (char)((text[i + 1] - '0') * 100 + (text[i + 2] - '0') * 10 + (text[i + 3] - '0'));
            i += 3;
        }
    }
    return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[4 * DMX_NAME_MAX + 1];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_name name, again;
    if (!dmx_name_from_text(dmx_slice((const char *)data, size), &name))
        return 0;
    dmx_put_name(&b, &name);
    struct dmx_slice text = dmx_builder_text(&b);
    if (!dmx_name_from_text(dmx_slice(buf, unescape(buf, text.len)), &again) || !dmx_name_eq(&name, &again))
        abort();
    size_t labels = 0;
    while (dmx_name_parent(&again, &again))
        labels++;
    if (labels != dmx_name_labels(&name))
        abort();
    return 0;
}
