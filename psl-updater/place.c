/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"
#include "dmx/base/builder.h"

#include "dmx/base/banned.h"

static bool put_text(char *out, size_t size, struct dmx_slice first, const char *second)
{
    struct dmx_builder b = dmx_builder_fixed(out, size);
    dmx_put(&b, first);
    dmx_put_cstr(&b, second);
    return dmx_builder_text(&b).len > 0;
}

static bool set_names(struct place *place, struct dmx_slice base)
{
    struct dmx_slice stem = base;
    if (dmx_slice_ends_nocase(base, DMX_SLICE(".dafsa")) && base.len > sizeof ".dafsa" - 1)
        stem = dmx_slice_upto(base, base.len - (sizeof ".dafsa" - 1));
    return put_text(place->dafsa, sizeof place->dafsa, base, "") &&
           put_text(place->text, sizeof place->text, stem, ".dat") &&
           put_text(place->home, sizeof place->home, stem, ".d");
}

static bool set_paths(struct place *place, const char *path)
{
    struct dmx_slice all = dmx_slice_cstr(path);
    size_t slash = dmx_slice_rfind(all, '/');
    struct dmx_slice base = slash < all.len ? dmx_slice_from(all, slash + 1) : all;
    struct dmx_slice upto = slash < all.len ? dmx_slice_upto(all, slash + 1) : DMX_SLICE("");
    if (base.len == 0 || dmx_slice_eq(base, DMX_SLICE(".")) || dmx_slice_eq(base, DMX_SLICE("..")))
        return false;
    return set_names(place, base) && put_text(place->path, sizeof place->path, all, "") &&
           put_text(place->text_path, sizeof place->text_path, upto, place->text) &&
           put_text(place->dir, sizeof place->dir, upto.len ? upto : DMX_SLICE("./"), "");
}

int place_open(const char *path, struct place *out)
{
    *out = (struct place){.dir_fd = -1, .home_fd = -1};
    if (dmx_slice_ends_nocase(dmx_slice_cstr(path), DMX_SLICE(".dat")))
        return complain(EXIT_USAGE,
                        "%s: the name of the compiled list is wanted, not its text's, which follows from it", path);
    if (!set_paths(out, path))
        return complain(EXIT_USAGE, "%s: not the path of a file", path);
    out->dir_fd = open(out->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir_fd < 0)
        return complain(EXIT_FILES, "%s: the directory cannot be opened: %s", out->dir, strerror(errno));
    return EXIT_OK;
}

void place_close(struct place *place)
{
    if (place->home_fd >= 0)
        close(place->home_fd);
    if (place->dir_fd >= 0)
        close(place->dir_fd);
    place->home_fd = place->dir_fd = -1;
}

static int open_home(const struct place *place)
{
    return openat(place->dir_fd, place->home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool place_open_home(struct place *place, bool make)
{
    place->home_fd = open_home(place);
    if (place->home_fd >= 0 || !make)
        return place->home_fd >= 0;
    bool made = errno == ENOENT && mkdirat(place->dir_fd, place->home, 0755) == 0;
    if (made)
        place->home_fd = open_home(place);
    /* Others must get in whatever the umask was. */
    if (place->home_fd >= 0 && fchmod(place->home_fd, 0755) == 0)
        return true;
    complain(EXIT_FILES, "%s%s: the directory cannot be %s: %s", place->dir, place->home, made ? "opened" : "made",
             strerror(errno));
    return false;
}
