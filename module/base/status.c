/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/status.h"

#include "dmx/base/banned.h"

const char *dmx_status_name(enum dmx_status status)
{
    switch (status) {
    case DMX_OK:
        return "ok";
    case DMX_NOMEM:
        return "out of memory";
    case DMX_LIMIT:
        return "over a limit";
    case DMX_IO:
        return "input/output error";
    case DMX_INVALID:
        return "invalid";
    }
    return "unknown";
}
