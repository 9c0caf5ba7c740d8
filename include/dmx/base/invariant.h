/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A broken invariant is a bug of ours. Tools and tests set the hook to a function that aborts; inside Exim it stays
 * NULL, and the caller turns the case into a temporary error: dmx never ends its host.
 */
#ifndef DMX_BASE_INVARIANT_H
#define DMX_BASE_INVARIANT_H

#include <stdbool.h>

#include "dmx/base/status.h"

extern void (*dmx_invariant_hook)(const char *what, const char *file, int line);

bool dmx_invariant_broken(const char *what, const char *file, int line) DMX_NODISCARD;

/* True when the condition does NOT hold: `if (DMX_BROKEN(n <= max)) return …;` */
#define DMX_BROKEN(condition) \
    (__builtin_expect(!(condition), 0) && dmx_invariant_broken(#condition, __FILE__, __LINE__))

#endif
