/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/slice.h"

#include <limits.h>
#include <string.h>

#include "dmx/base/ascii.h"
#include "dmx/base/banned.h"

int dmx_slice_int(size_t len)
{
    return len > INT_MAX ? INT_MAX : (int)len;
}

struct dmx_slice dmx_slice_cstr(const char *text)
{
    return dmx_slice(text, text ? strlen(text) : 0);
}

bool dmx_slice_eq(struct dmx_slice a, struct dmx_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool dmx_slice_eq_nocase(struct dmx_slice a, struct dmx_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (dmx_lower(a.ptr[i]) != dmx_lower(b.ptr[i]))
            return false;
    return true;
}

bool dmx_slice_starts(struct dmx_slice s, struct dmx_slice prefix)
{
    return s.len >= prefix.len && dmx_slice_eq(dmx_slice_upto(s, prefix.len), prefix);
}

bool dmx_slice_starts_nocase(struct dmx_slice s, struct dmx_slice prefix)
{
    return s.len >= prefix.len && dmx_slice_eq_nocase(dmx_slice_upto(s, prefix.len), prefix);
}

bool dmx_slice_ends_nocase(struct dmx_slice s, struct dmx_slice suffix)
{
    return s.len >= suffix.len && dmx_slice_eq_nocase(dmx_slice_from(s, s.len - suffix.len), suffix);
}

size_t dmx_slice_find(struct dmx_slice s, char ch)
{
    const char *hit = s.len ? memchr(s.ptr, ch, s.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : s.len;
}

size_t dmx_slice_rfind(struct dmx_slice s, char ch)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.ptr[i - 1] == ch)
            return i - 1;
    return s.len;
}

struct dmx_slice dmx_slice_from(struct dmx_slice s, size_t n)
{
    if (n >= s.len)
        return dmx_slice(s.ptr ? s.ptr + s.len : NULL, 0);
    return dmx_slice(s.ptr + n, s.len - n);
}

struct dmx_slice dmx_slice_upto(struct dmx_slice s, size_t n)
{
    return dmx_slice(s.ptr, n < s.len ? n : s.len);
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

struct dmx_slice dmx_slice_trim(struct dmx_slice s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = dmx_slice_from(s, 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct dmx_slice dmx_slice_next_word(struct dmx_slice *rest)
{
    struct dmx_slice trimmed = dmx_slice_trim(*rest);
    size_t end = 0;
    while (end < trimmed.len && !dmx_is_wsp(trimmed.ptr[end]))
        end++;
    *rest = dmx_slice_trim(dmx_slice_from(trimmed, end));
    return dmx_slice_upto(trimmed, end);
}

bool dmx_slice_split(struct dmx_slice *rest, char sep, struct dmx_slice *out_part)
{
    if (!rest->ptr)
        return false;
    size_t at = dmx_slice_find(*rest, sep);
    *out_part = dmx_slice_upto(*rest, at);
    *rest = at < rest->len ? dmx_slice_from(*rest, at + 1) : DMX_SLICE_NONE;
    return true;
}
