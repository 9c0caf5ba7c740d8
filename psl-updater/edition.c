/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "edition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"
#include "dmx/base/ascii.h"
#include "dmx/base/builder.h"
#include "file.h"

#include "dmx/base/banned.h"

enum { COPIES_MAX = 4 }; /* of lists before, one in the other */

static const char prefix[] = "list-";

static bool is_name(struct dmx_slice name)
{
    struct edition edition;
    if (name.len != sizeof edition.name - 1 || !dmx_slice_starts(name, dmx_slice_cstr(prefix)))
        return false;
    for (size_t i = sizeof prefix - 1; i < name.len; i++)
        if (dmx_hex_value(name.ptr[i]) < 0)
            return false;
    return true;
}

static struct edition named(struct dmx_slice name)
{
    struct edition edition = {""};
    if (is_name(name))
        memcpy(edition.name, name.ptr, name.len);
    return edition;
}

static int open_edition(const struct place *place, const struct edition *edition)
{
    return openat(place->home_fd, edition->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool wrong(const struct place *place, const char *name)
{
    complain(EXIT_FILES, "%s%s/%s: %s", place->dir, place->home, name, strerror(errno));
    return false;
}

static bool make_name(struct edition *out)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return false;
    snprintf(out->name, sizeof out->name, "%s%016llx", prefix, (unsigned long long)number);
    return true;
}

/* A fresh directory, open; -1 with errno. */
static int make(const struct place *place, struct edition *out)
{
    if (!make_name(out))
        return -1;
    if (mkdirat(place->home_fd, out->name, 0755) != 0)
        return -1;
    int fd = open_edition(place, out);
    if (fd >= 0 && fchmod(fd, 0755) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool put(int fd, const char *name, struct dmx_slice bytes, int64_t mtime_s)
{
    return !bytes.ptr || file_write(fd, name, bytes, mtime_s);
}

bool edition_write(const struct place *place, const struct edition_files *files, struct edition *out)
{
    int fd = make(place, out);
    bool written = fd >= 0 && put(fd, PLACE_DAFSA, files->dafsa, files->dafsa_mtime_s) &&
                   put(fd, PLACE_TEXT, files->text, files->text_mtime_s) &&
                   put(fd, PLACE_ABOUT, files->about, files->text_mtime_s) && fsync(fd) == 0 &&
                   fsync(place->home_fd) == 0;
    if (!written)
        (void)wrong(place, out->name);
    if (fd >= 0)
        close(fd);
    if (!written) {
        edition_discard(place, out);
        out->name[0] = '\0';
    }
    return written;
}

static struct edition read_link(int dir_fd, const char *name)
{
    char target[64];
    ssize_t length = readlinkat(dir_fd, name, target, sizeof target);
    struct dmx_slice text = dmx_slice(target, length > 0 ? (size_t)length : 0);
    if (dmx_slice_starts(text, DMX_SLICE("../")))
        text = dmx_slice_from(text, 3);
    return named(text);
}

struct edition edition_current(const struct place *place)
{
    return read_link(place->home_fd, PLACE_CURRENT);
}

struct edition edition_previous(const struct place *place, const struct edition *edition)
{
    struct edition previous = {""};
    int fd = edition->name[0] ? open_edition(place, edition) : -1;
    if (fd < 0)
        return previous;
    previous = read_link(fd, PLACE_PREVIOUS);
    close(fd);
    return previous;
}

bool edition_set_previous(const struct place *place, const struct edition *edition, const struct edition *previous)
{
    char target[64];
    struct dmx_builder b = dmx_builder_fixed(target, sizeof target);
    dmx_put_cstr(&b, "../");
    dmx_put_cstr(&b, previous->name);
    if (!previous->name[0] || dmx_builder_text(&b).len == 0)
        return true;
    int fd = open_edition(place, edition);
    bool set = fd >= 0 && file_link(fd, PLACE_PREVIOUS, target) && fsync(fd) == 0;
    if (!set)
        (void)wrong(place, edition->name);
    if (fd >= 0)
        close(fd);
    return set;
}

bool edition_make_current(const struct place *place, const struct edition *edition)
{
    if (file_link(place->home_fd, PLACE_CURRENT, edition->name) && fsync(place->home_fd) == 0)
        return true;
    return wrong(place, PLACE_CURRENT);
}

void edition_reclaim(const struct place *place)
{
    struct stat st;
    struct edition edition;
    if (fstatat(place->home_fd, PLACE_CURRENT, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
        return;
    if (!make_name(&edition) || renameat(place->home_fd, PLACE_CURRENT, place->home_fd, edition.name) != 0 ||
        !file_link(place->home_fd, PLACE_CURRENT, edition.name))
        (void)wrong(place, PLACE_CURRENT);
}

/*
 * By name: nothing else is ever in one, and a tree that somebody else made there stays. A copy that followed the links has
 * a directory for the list before, and maybe in that one again.
 */
static void discard(int dir_fd, const char *name, int depth)
{
    static const char spare[] = "." PLACE_PREVIOUS ".new"; /* as file_link calls it */
    static const char *const names[] = {PLACE_DAFSA, PLACE_TEXT, PLACE_ABOUT, PLACE_PREVIOUS, spare};
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlinkat(fd, names[i], 0);
    if (depth > 0)
        discard(fd, PLACE_PREVIOUS, depth - 1);
    close(fd);
    (void)unlinkat(dir_fd, name, AT_REMOVEDIR);
}

void edition_discard(const struct place *place, const struct edition *edition)
{
    if (edition->name[0])
        discard(place->home_fd, edition->name, COPIES_MAX);
}

void edition_clean(const struct place *place)
{
    struct edition current = edition_current(place), previous = edition_previous(place, &current);
    if (!current.name[0] && faccessat(place->home_fd, PLACE_CURRENT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return; /* somebody else's link: who knows what it needs */
    (void)unlinkat(place->home_fd, "." PLACE_CURRENT ".new", 0);
    int fd = openat(place->home_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) { /* NOLINT(concurrency-mt-unsafe): one thread */
        struct edition found = named(dmx_slice_cstr(entry->d_name));
        if (found.name[0] && strcmp(found.name, current.name) != 0 && strcmp(found.name, previous.name) != 0)
            edition_discard(place, &found);
    }
    closedir(dir);
}

bool edition_path(const struct place *place, const struct edition *edition, const char *name, char out[static PATH_MAX])
{
    struct dmx_builder b = dmx_builder_fixed(out, PATH_MAX);
    const char *const parts[] = {place->dir, place->home, "/", edition->name, "/", name};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        dmx_put_cstr(&b, parts[i]);
    return dmx_builder_text(&b).len > 0;
}
