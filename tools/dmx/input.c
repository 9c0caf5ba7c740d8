/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* Complaints, and files read whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

enum { READ_STEP = 64 * 1024 };

void print_safe(FILE *to, struct dmx_slice s, size_t max_bytes)
{
    char text[TOOL_MAX_SHOWN * 4 + 8];
    struct dmx_builder b = dmx_builder_fixed(text, sizeof text);
    dmx_put_escaped(&b, s, max_bytes < TOOL_MAX_SHOWN ? max_bytes : TOOL_MAX_SHOWN);
    struct dmx_slice shown = dmx_builder_text(&b);
    fprintf(to, "%.*s", DMX_SLICE_ARG(shown));
}

int complain(int code, const char *format, ...)
{
    va_list args;
    fputs("dmx: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args); /* NOLINT(clang-analyzer-valist.Uninitialized): va_start is above */
    va_end(args);
    fputc('\n', stderr);
    return code;
}

static void complain_reason(const struct dmx_reason *reason)
{
    complain(0, "public suffix list %.*s: %s", DMX_SLICE_ARG(reason->detail),
             reason->text ? reason->text : "out of memory");
}

void complain_psl(const struct dmx_psl_choice *choice)
{
    if (choice->own.token && !choice->own_missing)
        complain_reason(&choice->own);
    if (choice->psl)
        return;
    complain_reason(&choice->fallback);
    complain(0, "no public suffix list: every domain counts as its own organizational domain");
}

/* Reads to the end, growing; the arena keeps the old copies, so start at the size that the file says it has. */
static bool read_all(int fd, const char *name, size_t guess, struct dmx_arena *arena, struct dmx_slice *out)
{
    struct dmx_builder b = dmx_builder_arena(arena, TOOL_MAX_FILE);
    char *step = malloc(READ_STEP);
    ssize_t got = step ? 1 : -1;
    b.capacity = 0;
    if (guess) {
        b.buf = dmx_arena_alloc(arena, guess + READ_STEP);
        b.capacity = b.buf ? guess + READ_STEP : 0;
    }
    while (got > 0) {
        got = read(fd, step, READ_STEP);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        if (got > 0)
            dmx_put(&b, dmx_slice(step, (size_t)got));
    }
    free(step);
    *out = dmx_builder_text(&b);
    if (got == 0 && !b.failed)
        return true;
    complain(0, "%s: %s", name, b.failed ? "too big" : strerror(errno));
    return false;
}

bool read_file(const char *path, struct dmx_arena *arena, struct dmx_slice *out)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", 0, arena, out);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        complain(0, "%s: %s", path, strerror(errno));
        return false;
    }
    /* A pipe is fine: shells make them. */
    bool ok = fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode);
    if (!ok)
        complain(0, "%s: a directory", path);
    else if (st.st_size > TOOL_MAX_FILE)
        ok = complain(0, "%s: larger than %d MB", path, TOOL_MAX_FILE / 1024 / 1024);
    else
        ok = read_all(fd, path, (size_t)st.st_size, arena, out);
    close(fd);
    return ok;
}

bool config_names_psl(const struct dmx_config *config)
{
    struct dmx_config *defaults = NULL;
    if (dmx_config_new(&defaults) != DMX_OK)
        return false;
    bool other = !dmx_slice_eq(config->psl_file, defaults->psl_file);
    dmx_config_free(&defaults);
    return other;
}
