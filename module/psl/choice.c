/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/psl/choice.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "dmx/base/banned.h"

static bool is_missing(const char *path)
{
    return !path || !path[0] || (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR));
}

/* A list that is damaged does not end the search: Debian's, perhaps older, judges better than none. */
void dmx_psl_choose(const char *own, const char *fallback, struct dmx_psl_choice *out)
{
    *out = (struct dmx_psl_choice){.path = own};
    if (dmx_psl_load(&own, 1, &out->psl, &out->own) == DMX_OK)
        return;
    out->own_missing = is_missing(own);
    out->path = fallback;
    if (dmx_psl_load(&fallback, 1, &out->psl, &out->fallback) == DMX_OK)
        return;
    out->psl = NULL;
    out->path = NULL;
}
