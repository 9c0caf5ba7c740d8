/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The file of pins, written anew by rename: who reads it sees the old one or the new one. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "dmx/site/file.h"
#include "tool.h"

enum { LOCK_TRIES = 50, LOCK_PAUSE_MS = 100, FILE_MODE = 0644 };

struct rewriting {
    char path[PATH_MAX], directory[PATH_MAX], temporary[PATH_MAX + 8];
    int lock;
    struct stat old; /* st_nlink 0: there is none */
};

static int fail(const char *path)
{
    return complain(EXIT_WRITE, "%s: %s", path, strerror(errno));
}

/* A link keeps pointing where it does: what it points to is written. */
static int resolve_path(struct rewriting *w, const char *path)
{
    if (!realpath(path, w->path) && (errno != ENOENT || strlen(path) >= sizeof w->path))
        return fail(path);
    if (access(path, F_OK) != 0)
        strcpy(w->path, path); // NOLINT: its length has been looked at
    const char *slash = strrchr(w->path, '/');
    size_t len = slash ? (size_t)(slash - w->path) + 1 : 0;
    snprintf(w->directory, sizeof w->directory, "%.*s", (int)len, w->path);
    if (len == 0)
        snprintf(w->directory, sizeof w->directory, ".");
    snprintf(w->temporary, sizeof w->temporary, "%s.XXXXXX", w->path);
    return EXIT_OK;
}

/* The directory is what is locked: the file itself is replaced. */
static int take_lock(struct rewriting *w)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    w->lock = open(w->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->lock < 0)
        return fail(w->directory);
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(w->lock, LOCK_EX | LOCK_NB) == 0)
            return EXIT_OK;
        nanosleep(&pause, NULL);
    }
    return complain(EXIT_WRITE, "%s: somebody else is writing it", w->path);
}

static int complain_line(const char *path, size_t line, const struct dmx_reason *reason)
{
    char detail[TOOL_MAX_SHOWN];
    struct dmx_builder b = dmx_builder_fixed(detail, sizeof detail);
    dmx_put_escaped(&b, reason->detail, sizeof detail / 4 - 4);
    struct dmx_slice text = dmx_builder_text(&b);
    return complain(EXIT_CONFIG, "%s line %zu: %s%s%.*s", path, line, reason->text ? reason->text : "out of memory",
                    text.len ? ": " : "", DMX_SLICE_ARG(text));
}

static int check_text(const char *path, struct dmx_slice text, struct dmx_arena *arena)
{
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t line = 0;
    if (dmx_pins_parse(text, arena, &pins, &line, &reason) == DMX_OK)
        return EXIT_OK;
    return complain_line(path, line, &reason);
}

static int read_old(struct rewriting *w, struct dmx_arena *arena, struct dmx_slice *out)
{
    const char *why = "out of memory";
    *out = DMX_SLICE("");
    if (stat(w->path, &w->old) != 0) {
        w->old.st_nlink = 0;
        return errno == ENOENT ? EXIT_OK : fail(w->path);
    }
    if (dmx_file_read(w->path, DMX_PINS_MAX_BYTES, arena, out, &why) != DMX_OK)
        return complain(EXIT_UNREADABLE, "%s: %s", w->path, why);
    return check_text(w->path, *out, arena);
}

static bool is_of(struct dmx_slice line, const struct dmx_question *question, struct dmx_arena *arena)
{
    struct dmx_pins pins;
    struct dmx_reason reason;
    size_t number;
    return dmx_pins_parse(line, arena, &pins, &number, &reason) == DMX_OK && pins.count == 1 &&
           (question->type == 0 || pins.items[0].question.type == question->type) &&
           dmx_name_eq(&pins.items[0].question.name, &question->name);
}

static size_t leave_out(struct dmx_slice text, const struct dmx_question *question, struct dmx_arena *arena,
                        struct dmx_builder *out)
{
    struct dmx_slice line;
    size_t removed = 0;
    while (text.len > 0 && dmx_slice_split(&text, '\n', &line)) {
        if (is_of(line, question, arena)) {
            removed++;
            continue;
        }
        dmx_put(out, line);
        dmx_put_char(out, '\n');
    }
    return removed;
}

static bool write_all(int fd, struct dmx_slice text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno != EINTR)
            return false;
        text = dmx_slice_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static int replace(struct rewriting *w, struct dmx_slice text)
{
    bool had = w->old.st_nlink > 0;
    int fd = mkostemp(w->temporary, O_CLOEXEC);
    if (fd < 0)
        return fail(w->path);
    bool done = write_all(fd, text) && fchmod(fd, had ? w->old.st_mode & 07777 : FILE_MODE) == 0 &&
                (!had || fchown(fd, w->old.st_uid, w->old.st_gid) == 0) && fsync(fd) == 0;
    done = close(fd) == 0 && done && rename(w->temporary, w->path) == 0;
    int code = done ? EXIT_OK : fail(w->path);
    if (done)
        (void)fsync(w->lock); /* the file is there; that its name outlives a loss of power is a courtesy */
    else
        unlink(w->temporary);
    return code;
}

static int rewrite(struct rewriting *w, const struct dmx_question *question, struct dmx_slice added,
                   struct dmx_arena *arena, size_t *out_removed)
{
    struct dmx_slice old;
    struct dmx_builder b = dmx_builder_arena(arena, DMX_PINS_MAX_BYTES);
    int code = take_lock(w);
    if (code == EXIT_OK)
        code = read_old(w, arena, &old);
    if (code != EXIT_OK)
        return code;
    *out_removed = leave_out(old, question, arena, &b);
    dmx_put(&b, added);
    struct dmx_slice text = dmx_builder_text(&b);
    if (b.failed)
        return complain(EXIT_WRITE, "%s: it would be over 1 MB", w->path);
    code = check_text(w->path, text, arena);
    if (code != EXIT_OK || dmx_slice_eq(text, old))
        return code;
    return replace(w, text);
}

int pins_rewrite(const char *path, const struct dmx_question *question, struct dmx_slice added, struct dmx_arena *arena,
                 size_t *out_removed)
{
    struct rewriting w = {.lock = -1};
    *out_removed = 0;
    int code = resolve_path(&w, path);
    if (code == EXIT_OK)
        code = rewrite(&w, question, added, arena, out_removed);
    if (w.lock >= 0)
        close(w.lock);
    return code;
}
