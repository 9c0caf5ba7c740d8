/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "json.h"

#include <stddef.h>

static void put_key(struct json *j, const char *key)
{
    if (j->comma)
        fputs(", ", j->to);
    if (key)
        fprintf(j->to, "\"%s\": ", key);
    j->comma = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
    put_key(j, key);
    fputc(bracket, j->to);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    fputc(bracket, j->to);
    j->comma = true;
}

/* Length of the valid UTF-8 sequence at s (RFC 3629), 0 when it is not one. */
static size_t utf8_length(struct dmx_slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 4;
    if (p[0] > 0xf4 || (p[0] >= 0x80 && p[0] < 0xc2) || s.len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool outside = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

static void put_char(struct json *j, struct dmx_slice s, size_t n)
{
    unsigned char ch = (unsigned char)s.ptr[0];
    if (n == 0)
        fputs("\\ufffd", j->to);
    else if (ch == '"' || ch == '\\')
        fprintf(j->to, "\\%c", ch);
    else if (ch < 0x20 || ch == 0x7f)
        fprintf(j->to, "\\u%04x", ch);
    else
        fwrite(s.ptr, 1, n, j->to);
}

void json_string(struct json *j, const char *key, struct dmx_slice value)
{
    if (!value.ptr) {
        json_null(j, key);
        return;
    }
    put_key(j, key);
    fputc('"', j->to);
    while (value.len) {
        size_t n = utf8_length(value);
        put_char(j, value, n);
        value = dmx_slice_from(value, n ? n : 1);
    }
    fputc('"', j->to);
}

void json_cstring(struct json *j, const char *key, const char *value)
{
    json_string(j, key, dmx_slice_cstr(value));
}

void json_number(struct json *j, const char *key, uint64_t value)
{
    put_key(j, key);
    fprintf(j->to, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    put_key(j, key);
    fputs(value ? "true" : "false", j->to);
}

void json_null(struct json *j, const char *key)
{
    put_key(j, key);
    fputs("null", j->to);
}
