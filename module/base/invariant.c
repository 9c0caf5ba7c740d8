/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/invariant.h"

#include <stddef.h>

#include "dmx/base/banned.h"

void (*dmx_invariant_hook)(const char *what, const char *file, int line) = NULL;

bool dmx_invariant_broken(const char *what, const char *file, int line)
{
    if (dmx_invariant_hook)
        dmx_invariant_hook(what, file, line);
    return true;
}
