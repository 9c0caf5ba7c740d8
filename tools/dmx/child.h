/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* A program that is run for what it says, for a bounded time and with bounded output. */
#ifndef DMX_TOOLS_CHILD_H
#define DMX_TOOLS_CHILD_H

#include "dmx/base/builder.h"

enum { CHILD_OUTPUT = 256 * 1024 };

struct child {
    struct dmx_slice output; /* standard output and error, as they came; in the arena */
    int status;              /* exit status; -1: it was ended by a signal, or could not be started */
    bool late;               /* it was still running after timeout_ms, and was killed */
    int error;               /* errno of what kept it from starting, or 0 */
};

/* Runs argv[0] with `input` on its standard input, and waits for its end. */
void child_run(char *const argv[], struct dmx_slice input, unsigned timeout_ms, struct dmx_arena *arena,
               struct child *out);

#endif
