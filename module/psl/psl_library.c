/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "psl_library.h"

#include "dmx/base/banned.h"

const struct psl_library *psl_library(void)
{
    static const struct psl_library linked = {PSL_FUNCTIONS(DMX_LIBRARY_VALUE)};
    return &linked;
}
