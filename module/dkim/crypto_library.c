/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "crypto_library.h"

#include "dmx/base/banned.h"

const struct crypto_library *crypto_library(void)
{
    static const struct crypto_library linked = {CRYPTO_FUNCTIONS(DMX_LIBRARY_VALUE)};
    return &linked;
}
