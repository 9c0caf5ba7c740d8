/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "psl_library.h"

#include "dmx/base/banned.h"

const struct psl_library *psl_library(void)
{
    static const char *const names[] = {PSL_FUNCTIONS(DMX_LIBRARY_NAME)};
    static struct psl_library functions;
    static struct dmx_library late = {
        .file = "libpsl.so.5",
        .names = names,
        .count = sizeof names / sizeof *names,
        .functions = &functions,
    };
    return dmx_library_load(&late) ? &functions : NULL;
}
