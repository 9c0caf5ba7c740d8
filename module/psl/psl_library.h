/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* What dmx calls of libpsl (dmx/base/library.h). */
#ifndef DMX_PSL_PSL_LIBRARY_H
#define DMX_PSL_PSL_LIBRARY_H

#include <libpsl.h>
#include <stdio.h>

#include "dmx/base/library.h"

#define PSL_FUNCTIONS(X)     \
    X(psl_load_fp)           \
    X(psl_free)              \
    X(psl_is_public_suffix)  \
    X(psl_is_public_suffix2) \
    X(psl_registrable_domain)

struct psl_library {
    PSL_FUNCTIONS(DMX_LIBRARY_MEMBER)
};

/* NULL: the library cannot be had. */
const struct psl_library *psl_library(void) DMX_NODISCARD;

#endif
