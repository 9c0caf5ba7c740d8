/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"

#include "dmx/base/banned.h"

/*
 * The group of the account, not that of the directory: an administrator may have given that to readers whose other files
 * are none of our business. 65534 is nogroup.
 */
static gid_t group_of(uid_t user)
{
    const struct passwd *entry = getpwuid(user); /* NOLINT(concurrency-mt-unsafe): one thread */
    return entry ? entry->pw_gid : 65534;
}

static bool become(uid_t user, gid_t group)
{
    uid_t real, effective, saved;
    return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0 &&
           getresuid(&real, &effective, &saved) == 0 && real == user && effective == user && saved == user;
}

/* A sticky directory, such as /tmp, is no better: others can put the names there first. */
static bool is_anybodys(const struct stat *st)
{
    return (st->st_mode & S_IWOTH) != 0;
}

static bool is_a_groups(const struct stat *st)
{
    return (st->st_mode & S_IWGRP) != 0 && st->st_gid != 0;
}

/*
 * Root reads what a name leads to, and leaves a copy for everybody: as root we work only where the names are root's, too,
 * or somebody else could put a link there to what is none of their business.
 */
static int settle(const struct place *place, const struct stat *dir, uid_t owner)
{
    if (geteuid() != 0)
        return EXIT_OK;
    if (owner == 0)
        owner = dir->st_uid;
    if (owner != 0 && !become(owner, group_of(owner)))
        return complain(EXIT_FILES, "%s: cannot become the directory's owner: %s", place->dir, strerror(errno));
    if (owner == 0 && is_a_groups(dir))
        return complain(EXIT_FILES, "%s: a group may write there; a list of root's needs a directory of root's alone",
                        place->dir);
    return EXIT_OK;
}

int account_settle(const struct place *place)
{
    struct stat dir, home;
    if (fstat(place->dir_fd, &dir) != 0)
        return complain(EXIT_FILES, "%s: %s", place->dir, strerror(errno));
    if (is_anybodys(&dir))
        return complain(EXIT_FILES, "%s: everybody may write there; the list needs a directory of its own", place->dir);
    uid_t owner = dir.st_uid;
    if (fstatat(place->dir_fd, place->home, &home, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISDIR(home.st_mode))
            return complain(EXIT_FILES, "%s%s: not a directory", place->dir, place->home);
        if (is_anybodys(&home))
            return complain(EXIT_FILES, "%s%s: everybody may write there", place->dir, place->home);
        owner = home.st_uid;
    }
    return settle(place, &dir, owner);
}
