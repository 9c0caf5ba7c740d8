/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"
#include "dmx/base/builder.h"
#include "dmx/psl/dafsa.h"
#include "file.h"
#include "list.h"

#include "dmx/base/banned.h"

static bool target_of(const struct place *place, const char *name, char out[static PATH_MAX])
{
    struct dmx_builder b = dmx_builder_fixed(out, PATH_MAX);
    dmx_put_cstr(&b, place->home);
    dmx_put_cstr(&b, "/" PLACE_CURRENT "/");
    dmx_put_cstr(&b, name);
    return dmx_builder_text(&b).len > 0;
}

static bool is_link_to(int dir_fd, const char *name, const char *target)
{
    char found[PATH_MAX];
    ssize_t length = readlinkat(dir_fd, name, found, sizeof found);
    return length > 0 && dmx_slice_eq(dmx_slice(found, (size_t)length), dmx_slice_cstr(target));
}

/* Whatever can be read there. */
static struct file read_any(const struct place *place, const char *name, size_t max_bytes, struct dmx_arena *arena)
{
    struct file file = {.mtime_s = 0};
    if (file_read(place->dir_fd, name, max_bytes, arena, &file) != DMX_OK)
        return (struct file){.mtime_s = 0};
    return file;
}

static bool is_compiled(struct dmx_slice bytes)
{
    return dmx_slice_starts(bytes, DMX_SLICE(DMX_DAFSA_MAGIC));
}

static bool is_list(struct dmx_slice bytes)
{
    static const char mark[] = "// ===BEGIN ICANN DOMAINS===";
    return bytes.ptr && memmem(bytes.ptr, bytes.len, mark, sizeof mark - 1) != NULL;
}

/* A file that is none of a list, damaged or not, is another's whose name was given by mistake. A link is nothing lost. */
static int check_name(const struct place *place, const char *name, bool is_ours)
{
    struct stat st;
    if (is_ours || fstatat(place->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        st.st_size == 0)
        return EXIT_OK;
    return complain(EXIT_FILES, "%s%s: is there, and nothing of a suffix list; move it away", place->dir, name);
}

/* The files that the names lead to now, as an edition that comes after the current one. */
static int adopt(const struct place *place, struct dmx_arena *arena)
{
    struct edition adopted, current = edition_current(place);
    struct file dafsa = read_any(place, place->dafsa, DMX_DAFSA_MAX_BYTES, arena);
    struct file text = read_any(place, place->text, DMX_LIST_MAX_BYTES, arena);
    const struct edition_files files = {
        .dafsa = dafsa.bytes, .text = text.bytes, .dafsa_mtime_s = dafsa.mtime_s, .text_mtime_s = text.mtime_s};
    int code = check_name(place, place->dafsa, is_compiled(dafsa.bytes));
    if (code == EXIT_OK)
        code = check_name(place, place->text, is_list(text.bytes));
    if (code != EXIT_OK)
        return code;
    if (!dafsa.bytes.ptr && !text.bytes.ptr)
        return EXIT_OK;
    if (!edition_write(place, &files, &adopted))
        return EXIT_FILES;
    if (edition_set_previous(place, &adopted, &current) && edition_make_current(place, &adopted))
        return EXIT_OK;
    edition_clean(place); /* and not discard: it may have become current all the same */
    return EXIT_FILES;
}

static int make_link(const struct place *place, const char *name, const char *target)
{
    if (is_link_to(place->dir_fd, name, target) || file_link(place->dir_fd, name, target))
        return EXIT_OK;
    return complain(EXIT_FILES, "%s%s: cannot be made a link: %s", place->dir, name, strerror(errno));
}

bool install_has_links(const struct place *place)
{
    char dafsa[PATH_MAX], text[PATH_MAX];
    return target_of(place, PLACE_DAFSA, dafsa) && target_of(place, PLACE_TEXT, text) &&
           is_link_to(place->dir_fd, place->dafsa, dafsa) && is_link_to(place->dir_fd, place->text, text);
}

int install_links(const struct place *place, struct dmx_arena *arena)
{
    char dafsa[PATH_MAX], text[PATH_MAX];
    if (!target_of(place, PLACE_DAFSA, dafsa) || !target_of(place, PLACE_TEXT, text))
        return complain(EXIT_FILES, "%s: the path is too long", place->path);
    edition_reclaim(place);
    if (install_has_links(place))
        return EXIT_OK;
    int code = adopt(place, arena);
    if (code == EXIT_OK)
        code = make_link(place, place->text, text);
    if (code == EXIT_OK)
        code = make_link(place, place->dafsa, dafsa);
    if (code == EXIT_OK && fsync(place->dir_fd) != 0)
        code = complain(EXIT_FILES, "%s: %s", place->dir, strerror(errno));
    return code;
}

int install_edition(const struct place *place, const struct edition *edition)
{
    struct edition current = edition_current(place);
    if (edition_set_previous(place, edition, &current) && edition_make_current(place, edition))
        return EXIT_OK;
    return EXIT_FILES;
}

int install_touch(const struct place *place, int64_t now_s)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = (time_t)now_s}};
    if (utimensat(place->dir_fd, place->dafsa, times, 0) == 0 && utimensat(place->dir_fd, place->text, times, 0) == 0)
        return EXIT_OK;
    return complain(EXIT_FILES, "%s: its time cannot be set: %s", place->path, strerror(errno));
}
