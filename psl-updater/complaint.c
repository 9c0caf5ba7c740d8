/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

#include "dmx/base/builder.h"

#include "dmx/base/banned.h"

enum { LINE_MAX_BYTES = 1500 }; /* a URL of the length that a configuration takes is clipped, nothing else is */

__attribute__((format(printf, 2, 0))) static void say(FILE *to, const char *format, va_list args)
{
    char line[LINE_MAX_BYTES], shown[LINE_MAX_BYTES * 4 + 8];
    int length = vsnprintf(line, sizeof line, format, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    size_t kept = length < 0 ? 0 : (size_t)length;
    struct dmx_builder b = dmx_builder_fixed(shown, sizeof shown);
    dmx_put_escaped(&b, dmx_slice(line, kept < sizeof line ? kept : sizeof line - 1), LINE_MAX_BYTES);
    fprintf(to, "psl-updater: %s\n", dmx_builder_text(&b).len ? shown : "(nothing to say)");
}

int complain(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(stderr, format, args);
    va_end(args);
    return code;
}

int complain_reason(int code, const char *about, const struct dmx_reason *reason)
{
    const char *text = reason->text ? reason->text : "out of memory";
    if (reason->detail.len)
        return complain(code, "%s: %s: %.*s", about, text, DMX_SLICE_ARG(reason->detail));
    return complain(code, "%s: %s", about, text);
}

void report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(stdout, format, args);
    va_end(args);
}
