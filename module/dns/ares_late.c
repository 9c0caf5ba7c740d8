/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "ares_library.h"

#include "dmx/base/banned.h"

const struct ares_library *ares_library(void)
{
    static const char *const names[] = {ARES_FUNCTIONS(DMX_LIBRARY_NAME)};
    static struct ares_library functions;
    static struct dmx_library late = {
        .file = "libcares.so.2",
        .names = names,
        .count = sizeof names / sizeof *names,
        .functions = &functions,
    };
    return dmx_library_load(&late) ? &functions : NULL;
}
