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

enum { DIR_MODE = 0750 };

/* Made here, since its parent is root's as a rule. One that is there stays whose it is. A database has none. */
static bool make_store_dir(struct dmx_slice store, uid_t user, gid_t group)
{
    char dir[PATH_MAX];
    struct dmx_builder b = dmx_builder_fixed(dir, sizeof dir);
    struct dmx_slice path = dmx_slice_from(store, dmx_slice_find(store, ':') + 1);
    size_t slash = dmx_slice_rfind(path, '/');
    if (!dmx_location_is_sqlite(store) || slash == 0 || slash == path.len)
        return true;
    dmx_put(&b, dmx_slice_upto(path, slash));
    if (dmx_builder_text(&b).len == 0)
        return false;
    if (mkdir(dir, DIR_MODE) != 0)
        return errno == EEXIST;
    return chmod(dir, DIR_MODE) == 0 && lchown(dir, user, group) == 0;
}

enum dmx_status dmx_owner_become(const char *journal_dir, struct dmx_slice store, const char **out_why)
{
    struct stat st;
    if (geteuid() != 0 || lstat(journal_dir, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid == 0)
        return DMX_OK;
    *out_why = "the directory of report_store cannot be made";
    if (!make_store_dir(store, st.st_uid, st.st_gid))
        return DMX_IO;
    *out_why = "cannot become the user to whom journal_dir belongs";
    if (setgroups(0, NULL) != 0 || setgid(st.st_gid) != 0 || setuid(st.st_uid) != 0)
        return DMX_IO;
    return unsetenv("HOME") == 0 ? DMX_OK : DMX_IO; /* root's: libpq would look for .pgpass there */
}
