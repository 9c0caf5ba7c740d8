/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: mail */
#include <stdlib.h>

#include "dmx/mail/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dmx_slice id = DMX_SLICE_INIT("mx.receiver.example");

/* A field that we write holds visible bytes only, and each of its lines but the first begins with a tab. */
static void check_written(struct dmx_slice text)
{
    if (text.len == 0 || text.len > DMX_AUTHRES_MAX || text.ptr[text.len - 1] != '\n')
        abort();
    for (size_t i = 0; i + 1 < text.len; i++) {
        unsigned char ch = (unsigned char)text.ptr[i];
        if (ch == '\n' ? text.ptr[i + 1] != '\t' : (ch < ' ' && ch != '\t') || ch >= 0x7f)
            abort();
    }
    if (!dmx_authres_is_from(dmx_slice_from(text, dmx_slice_find(text, ':') + 1), id))
        abort();
}

/* The input is the value of an incoming field, and text from outside in one of ours. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dmx_slice text = dmx_slice((const char *)data, size);
    const struct dmx_slice half = dmx_slice_upto(text, size / 2);
    char buf[2 * DMX_AUTHRES_MAX];
    struct dmx_builder b = dmx_builder_fixed(buf, sizeof buf);
    struct dmx_authres ar;
    (void)dmx_authres_is_from(text, id);
    dmx_authres_begin(&ar, &b, id);
    for (size_t i = 0; i < 20; i++) {
        dmx_authres_method(&ar, "dkim", DMX_PASS, NULL);
        dmx_authres_property(&ar, "header", "d", half);
        dmx_authres_property(&ar, "header", "i", dmx_slice_from(text, size / 2));
        dmx_authres_comment(&ar, text);
    }
    dmx_authres_end(&ar);
    check_written(dmx_builder_text(&b));
    return 0;
}
