/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * What a server said of the text it sent, kept beside it and given back when the list is asked for again (RFC 9110
 * section 13.1): a server that still has that text answers 304, and nothing more is sent.
 *
 *     about = "url=" text LF "etag=" text LF "last_modified=" text LF     ; printable ASCII, maybe empty
 */
#ifndef DMX_UPDATER_ABOUT_H
#define DMX_UPDATER_ABOUT_H

#include "dmx/base/builder.h"

enum { ABOUT_MAX_BYTES = 4096, ABOUT_VALUE_BYTES = 256 };

struct about {
    struct dmx_slice url;
    char etag[ABOUT_VALUE_BYTES];          /* empty: none, or one that is too long to keep */
    char last_modified[ABOUT_VALUE_BYTES]; /* as the server wrote it */
};

/* False, and nothing kept, when value is not printable ASCII or too long. */
bool about_set(char member[static ABOUT_VALUE_BYTES], struct dmx_slice value);

void about_print(const struct about *about, struct dmx_builder *out);

/* False where text is not of that grammar. out->url lies in text. */
bool about_parse(struct dmx_slice text, struct about *out);

#endif
