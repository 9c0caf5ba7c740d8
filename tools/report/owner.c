/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/report/owner.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/builder.h"
#include "dmx/site/location.h"

#include "dmx/base/banned.h"

enum { DIR_MODE = 0750, BY_OTHERS = S_IWGRP | S_IWOTH };

struct owner {
    uid_t user; /* 0: nobody but root has a say there */
    gid_t group;
};

static bool is_roots_alone(const struct stat *st)
{
    return st->st_uid == 0 && ((st->st_mode & BY_OTHERS) == 0 || (st->st_mode & S_ISVTX) != 0);
}

static struct owner owner_in(const struct stat *st)
{
    return (struct owner){st->st_uid, st->st_gid};
}

/* The directory that a path lies in, written over it; false at the root. */
static bool go_up(char *path)
{
    struct dmx_slice text = dmx_slice_cstr(path);
    size_t slash = dmx_slice_rfind(text, '/');
    if (slash == text.len || text.len == 1)
        return false;
    path[slash ? slash : 1] = '\0';
    return true;
}

/*
 * Who decides what stands at a path: its owner; where that is root, or nothing is there, whoever owns a directory on the way, who
 * can put there what he likes. False: everybody of a group may.
 */
static bool find_owner(struct dmx_slice at, struct owner *out)
{
    char path[PATH_MAX];
    struct stat st;
    struct dmx_builder b = dmx_builder_fixed(path, sizeof path);
    dmx_put(&b, at);
    *out = (struct owner){0, 0};
    errno = ENAMETOOLONG;
    if (at.len == 0 || at.ptr[0] != '/')
        return true;
    if (dmx_builder_text(&b).len != at.len)
        return false;
    /* A link is its maker's; where root made it, what it leads to counts. */
    if (lstat(path, &st) == 0 && (st.st_uid != 0 || (S_ISLNK(st.st_mode) && stat(path, &st) == 0 && st.st_uid != 0))) {
        *out = owner_in(&st);
        return true;
    }
    while (go_up(path)) {
        if (stat(path, &st) != 0)
            continue;
        *out = owner_in(&st);
        errno = EPERM;
        if (st.st_uid != 0 || !is_roots_alone(&st))
            return st.st_uid != 0;
    }
    return true;
}

/* A database is nowhere. */
static struct dmx_slice place_of(struct dmx_slice store)
{
    return dmx_location_is_sqlite(store) ? dmx_slice_from(store, sizeof DMX_LOCATION_SQLITE - 1) : DMX_SLICE_NONE;
}

/*
 * Made here where its parent is root's, as it is as a rule, and else by the user himself: root would follow what he puts there
 * meanwhile. One that is there stays whose it is.
 */
static bool make_store_dir(struct dmx_slice store, const struct owner *owner)
{
    char dir[PATH_MAX], parent[PATH_MAX];
    struct stat st;
    struct dmx_slice path = place_of(store);
    path = dmx_slice_upto(path, dmx_slice_rfind(path, '/'));
    struct dmx_builder d = dmx_builder_fixed(dir, sizeof dir), p = dmx_builder_fixed(parent, sizeof parent);
    dmx_put(&d, path);
    dmx_put(&p, path);
    if (path.len == 0 || path.ptr[0] != '/')
        return true;
    if (dmx_builder_text(&d).len == 0 || dmx_builder_text(&p).len == 0)
        return false;
    if (geteuid() == 0 && go_up(parent) && (stat(parent, &st) != 0 || !is_roots_alone(&st)))
        return true;
    if (mkdir(dir, DIR_MODE) != 0)
        return errno == EEXIST;
    return geteuid() != 0 || (chmod(dir, DIR_MODE) == 0 && lchown(dir, owner->user, owner->group) == 0);
}

static bool is_directory(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum dmx_status dmx_owner_become(const char *journal_dir, struct dmx_slice store, bool make, const char **out_why)
{
    struct owner owner = {0, 0};
    make = make && is_directory(journal_dir);
    if (geteuid() != 0)
        return DMX_OK;
    *out_why = "others than root may write where journal_dir or report_store lies; run this as Exim's user";
    if (!find_owner(dmx_slice_cstr(journal_dir), &owner) || (owner.user == 0 && !find_owner(place_of(store), &owner)))
        return DMX_IO;
    if (owner.user == 0)
        return DMX_OK;
    *out_why = "the directory of report_store cannot be made";
    if (make && !make_store_dir(store, &owner))
        return DMX_IO;
    *out_why = "cannot become the user to whom journal_dir belongs";
    if (setgroups(0, NULL) != 0 || setgid(owner.group) != 0 || setuid(owner.user) != 0)
        return DMX_IO;
    if (unsetenv("HOME") != 0) /* root's: libpq would look for .pgpass there */
        return DMX_IO;
    *out_why = "the directory of report_store cannot be made";
    return !make || make_store_dir(store, &owner) ? DMX_OK : DMX_IO;
}
