/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "list_age.h"

#include <sys/stat.h>

#include "abi.h"
#include "dmx/base/builder.h"
#include "panic.h"

#include "dmx/base/banned.h"

enum { DAY_S = 24 * 60 * 60, MS_PER_S = 1000, PATH_SHOWN = 200 };

static void tell(const char *path, uint64_t age_s, uint64_t max_age_ms)
{
    char line[512];
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: public suffix list: ");
    dmx_put_escaped(&b, dmx_slice_cstr(path), PATH_SHOWN);
    dmx_put_cstr(&b, " is ");
    dmx_put_u64(&b, age_s / DAY_S);
    dmx_put_cstr(&b, " days old, more than twice psl_max_age (");
    dmx_put_u64(&b, max_age_ms / MS_PER_S / DAY_S);
    dmx_put_cstr(&b, " days); psl-updater(8) refreshes it");
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}

void dmx_list_age_tell(const char *path, uint64_t max_age_ms, int64_t now_s)
{
    struct stat st;
    /* A time in the future is a clock's mistake, which psl-updater sees to. */
    if (!path || stat(path, &st) != 0 || st.st_mtime >= now_s)
        return;
    uint64_t age_s = (uint64_t)(now_s - st.st_mtime);
    if (!host_checking && age_s > max_age_ms / MS_PER_S * 2 && dmx_daily("/dmx-psl.stamp", now_s) == DMX_HOURLY_DUE)
        tell(path, age_s, max_age_ms);
}
