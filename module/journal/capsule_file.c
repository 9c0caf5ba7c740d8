/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/journal/capsule_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/clock.h"

#include "dmx/base/banned.h"

enum { PARENT_MODE = 0750, DIR_MODE = 0700, FILE_MODE = 0600, BY_OTHERS = 022 };

/* The two names of a slot. */
struct slot {
    char temporary[DMX_CAPSULE_NAME + 2]; /* ".NNN" */
    const char *name;                     /* "NNN" */
};

/* Not translated and from no buffer that is shared: strerror() would be both. */
static const char *error_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text ? text : "cannot be written";
}

static enum dmx_status refuse_errno(const char **out_why)
{
    *out_why = error_text(errno);
    return DMX_IO;
}

/* Nobody but its owner may make names in it: then what is there was put there by us. */
static const char *mistake_of(int dir)
{
    struct stat st;
    if (fstat(dir, &st) != 0)
        return error_text(errno);
    if (st.st_uid != geteuid())
        return "belongs to another user";
    return st.st_mode & BY_OTHERS ? "may be written by others; it takes mode 0700" : NULL;
}

/* What is made here is the last part alone: whoever took the journal's directory away wants no capsules. */
static int open_dir(const char *journal_dir)
{
    const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    int parent = open(journal_dir, flags);
    if (parent < 0 && errno == ENOENT && (mkdir(journal_dir, PARENT_MODE) == 0 || errno == EEXIST))
        parent = open(journal_dir, flags);
    if (parent < 0)
        return -1;
    int dir = openat(parent, DMX_CAPSULE_DIR, flags | O_NOFOLLOW);
    if (dir < 0 && errno == ENOENT && (mkdirat(parent, DMX_CAPSULE_DIR, DIR_MODE) == 0 || errno == EEXIST))
        dir = openat(parent, DMX_CAPSULE_DIR, flags | O_NOFOLLOW);
    const int error = errno;
    close(parent);
    errno = error;
    return dir;
}

static struct slot slot_nth(unsigned n)
{
    struct slot slot = {.temporary = {'.'}};
    for (size_t i = DMX_CAPSULE_NAME; i > 0; i--, n /= 10)
        slot.temporary[i] = (char)('0' + n % 10);
    return slot;
}

static void remove_abandoned(int dir, const struct slot *slot)
{
    struct stat st;
    if (fstatat(dir, slot->temporary, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    const int64_t age_s = dmx_clock_unix_s() - st.st_mtim.tv_sec;
    /* One from the future is of before a step of the clock. */
    if (age_s < 0 || age_s > DMX_CAPSULE_ABANDONED_S)
        (void)unlinkat(dir, slot->temporary, 0);
}

/* Opens the slot's temporary file. -1: the slot is taken (errno is EEXIST), or there is trouble. */
static int take_slot(int dir, const struct slot *slot)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    if (faccessat(dir, slot->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    int fd = openat(dir, slot->temporary, flags, FILE_MODE);
    if (fd < 0 && errno == EEXIST) {
        remove_abandoned(dir, slot);
        errno = EEXIST;
    }
    return fd;
}

/* Not flushed to the disk: what a power loss takes is one report. */
static enum dmx_status fill(int fd, struct dmx_slice file, const char **out_why)
{
    ssize_t written = write(fd, file.ptr, file.len);
    if (written == (ssize_t)file.len)
        return DMX_OK;
    *out_why = written < 0 ? error_text(errno) : "has no room: the disk is full";
    return DMX_IO;
}

/* Link and not rename: it fails if somebody else came to the name while we were stopped. */
static enum dmx_status fill_slot(int dir, int fd, const struct slot *slot, struct dmx_slice file, const char **out_why)
{
    enum dmx_status status = fill(fd, file, out_why);
    if (status == DMX_OK && linkat(dir, slot->temporary, dir, slot->name, 0) != 0)
        status = refuse_errno(out_why);
    (void)unlinkat(dir, slot->temporary, 0);
    return status;
}

/* A stride that has no factor in common with their number visits each slot once. */
static unsigned nth_try(uint64_t chance, unsigned i)
{
    enum { STRIDE = 387 };
    return (unsigned)((chance + (uint64_t)i * STRIDE) % DMX_CAPSULE_FILES);
}

static enum dmx_status keep(int dir, struct dmx_slice file, uint64_t chance, const char **out_why)
{
    for (unsigned i = 0; i < DMX_CAPSULE_TRIES; i++) {
        struct slot slot = slot_nth(nth_try(chance % DMX_CAPSULE_FILES, i));
        slot.name = slot.temporary + 1;
        int fd = take_slot(dir, &slot);
        if (fd < 0 && errno != EEXIST)
            return refuse_errno(out_why);
        if (fd < 0)
            continue;
        enum dmx_status status = fill_slot(dir, fd, &slot, file, out_why);
        close(fd);
        return status;
    }
    *out_why = "is full: nobody sends them, or too many at once";
    return DMX_LIMIT;
}

enum dmx_status dmx_capsule_keep(const char *journal_dir, struct dmx_slice file, uint64_t chance, const char **out_why)
{
    int dir = open_dir(journal_dir);
    if (dir < 0)
        return refuse_errno(out_why);
    *out_why = mistake_of(dir);
    enum dmx_status status = *out_why ? DMX_IO : keep(dir, file, chance, out_why);
    close(dir);
    return status;
}
