/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* JSON on a FILE, one object a call chain: json_open(&j, key, '{'); json_string(&j, "k", s); json_close(&j, '}'). */
#ifndef DMX_TOOLS_JSON_H
#define DMX_TOOLS_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "dmx/base/slice.h"

struct json {
    FILE *to;
    bool comma;
};

/* key NULL: an element of an array, or the outermost value. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
/* Bytes that are not valid UTF-8 become U+FFFD; a slice with ptr NULL becomes null. */
void json_string(struct json *j, const char *key, struct dmx_slice value);
void json_cstring(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
