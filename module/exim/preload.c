/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * dmx_preload(): what the daemon calls for each connection before it forks, by
 *
 *     smtp_accept_max_per_host = ${dlfunc{/usr/lib/exim4/local_scan/dmx.so}{dmx_preload}{0}}
 *
 * so that each child finds configuration, suffix list and OpenSSL ready in the memory that it inherits: Exim loads the
 * module once, and local_scan() is then called in the same copy of it. A fault here would end the daemon, and a wait
 * would hold up all connections.
 */
#include <errno.h>
#include <unistd.h>

#include "abi.h"
#include "dmx/base/clock.h"
#include "guard.h"
#include "refresh.h"

#include "dmx/base/banned.h"

extern int dmx_preload(uschar **yield, int argc, uschar *argv[]) __attribute__((visibility("default")));

/* Expands to its first argument, which Exim takes as the number of connections that a host may have; 0 is no limit. */
int dmx_preload(uschar **yield, int argc, uschar *argv[])
{
    static uschar no_limit[] = "0";
    struct dmx_guard guard;
    int error = errno;
    *yield = argc > 0 && argv[0] && argv[0][0] ? argv[0] : no_limit;
    /* The daemon has given up root by then; what still is root is something else, and must not read files for others. */
    if (geteuid() != 0) {
        dmx_guard_begin(&guard);
        dmx_refresh(dmx_state_of_process(), dmx_clock_mono_ms());
        dmx_guard_release(&guard);
    }
    errno = error;
    return OK;
}
