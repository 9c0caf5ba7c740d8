/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* FOLDER: report */
/*
 * Any text: masking ends, makes it no longer than it may get, leaves nothing for a second look to find, and leaves a text
 * alone in which it finds nothing. A quad of plain numbers that stands by itself never survives.
 */
#include <stdlib.h>
#include <string.h>

#include "dmx/report/mask.h"

static struct dmx_config *config;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_words(const struct dmx_mask *mask, struct dmx_slice text)
{
    struct dmx_slice word;
    struct dmx_ip ip;
    while (dmx_slice_split(&text, ' ', &word)) {
        /* Zeros are the filler, and may stand in what is left of a longer address. */
        static const uint8_t zeros[16];
        if (dmx_ip_parse(word, &ip) && dmx_mask_hides(mask, &ip))
            check(mask->form != DMX_MASK_LITERAL && memcmp(ip.bytes, zeros, ip.family == DMX_IP_V4 ? 4 : 16) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[4 * DMX_MASK_TEXT], again_buf[8 * DMX_MASK_TEXT];
    if (size < 1 || (!config && dmx_config_new(&config) != DMX_OK))
        return 0;
    struct dmx_mask mask = dmx_mask_of(config);
    struct dmx_slice text = dmx_slice((const char *)data + 1, size - 1);
    struct dmx_builder out = dmx_builder_fixed(buf, sizeof buf), again = dmx_builder_fixed(again_buf, sizeof again_buf);
    mask.form = (enum dmx_mask_form)(data[0] % 3);
    bool found = dmx_mask_put_text(&mask, text, &out);
    struct dmx_slice masked = dmx_builder_text(&out);
    check(!out.failed && found == dmx_mask_finds(&mask, text));
    check(found || dmx_slice_eq(masked, dmx_slice_upto(text, DMX_MASK_TEXT)));
    check_words(&mask, masked);
    if (masked.len > DMX_MASK_TEXT)
        return 0;
    check(!dmx_mask_put_text(&mask, masked, &again) && dmx_slice_eq(dmx_builder_text(&again), masked));
    return 0;
}
