/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "ares_library.h"

#include "dmx/base/banned.h"

const struct ares_library *ares_library(void)
{
    static const struct ares_library linked = {ARES_FUNCTIONS(DMX_LIBRARY_VALUE)};
    return &linked;
}
