/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "missing.h"

#include "abi.h"
#include "dmx/base/builder.h"
#include "dmx/base/library.h"

#include "dmx/base/banned.h"

void dmx_missing_tell(void)
{
    char line[512];
    const char *why = dmx_library_trouble();
    if (!why)
        return;
    struct dmx_builder b = dmx_builder_fixed(line, sizeof line);
    dmx_put_cstr(&b, "dmx: a library cannot be loaded, install the package that has it: ");
    dmx_put_cstr(&b, why);
    (void)dmx_builder_text(&b);
    dmx_exim_log(line);
}
