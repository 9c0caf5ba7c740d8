/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "about.h"

#include <string.h>

#include "dmx/base/ascii.h"

#include "dmx/base/banned.h"

bool about_set(char member[static ABOUT_VALUE_BYTES], struct dmx_slice value)
{
    member[0] = '\0';
    if (value.len >= ABOUT_VALUE_BYTES)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (!dmx_is_vchar(value.ptr[i]) && value.ptr[i] != ' ')
            return false;
    if (value.len)
        memcpy(member, value.ptr, value.len);
    member[value.len] = '\0';
    return true;
}

static void put_line(struct dmx_builder *out, const char *name, struct dmx_slice value)
{
    dmx_put_cstr(out, name);
    dmx_put_char(out, '=');
    dmx_put(out, value);
    dmx_put_char(out, '\n');
}

void about_print(const struct about *about, struct dmx_builder *out)
{
    put_line(out, "url", about->url);
    put_line(out, "etag", dmx_slice_cstr(about->etag));
    put_line(out, "last_modified", dmx_slice_cstr(about->last_modified));
}

static bool take_line(struct dmx_slice *text, const char *name, struct dmx_slice *out)
{
    struct dmx_slice line, key;
    if (!dmx_slice_split(text, '\n', &line) || !dmx_slice_split(&line, '=', &key) || !line.ptr)
        return false;
    *out = line;
    return dmx_slice_eq(key, dmx_slice_cstr(name));
}

bool about_parse(struct dmx_slice text, struct about *out)
{
    struct dmx_slice etag, last_modified;
    *out = (struct about){.etag = ""};
    return text.ptr && take_line(&text, "url", &out->url) && take_line(&text, "etag", &etag) &&
           take_line(&text, "last_modified", &last_modified) && about_set(out->etag, etag) &&
           about_set(out->last_modified, last_modified);
}
